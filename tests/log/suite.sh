#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# yoroi log: the records of libapparmor's own suite, each as libapparmor prints it, and the command
# on logs of every form.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

# One case: standard output, standard error and status as the suite has them.
same()
{
	"$yoroi" log --libapparmor "$1" >"$work/have" 2>"$work/said" || return 1
	diff "${1%.in}.out" "$work/have" && diff "${1%.in}.err" "$work/said"
}

if [ -d "$cases/logs" ]; then
	for file in "$cases"/logs/*.in; do
		name=${file##*/}
		check "libapparmor's ${name%.in}" same "$file"
		if grep -q AA_RECORD_INVALID "${file%.in}.out"; then
			"$yoroi" log "$file" >"$work/out" 2>/dev/null
			silent "  and it is no event"
		else
			# A newline inside a record is for one-record files only.
			check "  and it is an event" test "$(head -n 1 "$file" | "$yoroi" log 2>/dev/null | wc -l)" = 1
		fi
	done
	check "records from a mailing list and of a container's start are read" \
		test "$(cat "$cases"/logs-*.log | "$yoroi" log --json 2>/dev/null | wc -l)" = 12
else
	skip "libapparmor's cases"
fi

record='apparmor="DENIED" operation="open" profile="web" name="/etc/shadow" pid=35 comm="cat" requested_mask="r" denied_mask="r" fsuid=0 ouid=0'
line="type=AVC msg=audit(1675069200.123:456): $record"

printf '%s\n' "$line" >"$work/one"
ends "a line for people" 0 '^2023-01-30T09:00:00.123Z denied file .* name=/etc/shadow ' "$yoroi" log "$work/one"
check "standard input is read" test "$("$yoroi" log <"$work/one" | wc -l)" = 1
check "and so it is for -" test "$("$yoroi" log - "$work/one" <"$work/one" | wc -l)" = 2
check "a pipe is" test "$("$yoroi" log <(cat "$work/one") | wc -l)" = 1
"$yoroi" log --json "$work/one" >"$work/json"
check "JSON is an object a line" jq -en 'input | .type == "denied" and .class == "file" and .origin == "kernel" and
	.name == "/etc/shadow" and .ouid == 0 and .epoch == 1675069200 and .serial == 456' "$work/json"

# Torn lines, NULs, a line of a megabyte: told, and the rest is read.
{
	printf 'half a line apparmor="DENIED" operation="op\n'
	printf '\0\0\0\0%s\n' "$line"
	printf 'type=AVC msg=audit(1.2:3): apparmor="DENIED" name="'
	head -c 1048576 /dev/zero | tr '\0' x
	printf '"\n%s fsu\n' "$line"
	printf '%s\n' "$line"
} >"$work/torn"
"$yoroi" log --json "$work/torn" >"$work/have" 2>"$work/said"
result $? "a torn log is no failure"
check "what is whole in it is read" test "$(wc -l <"$work/have")" = 3
for said in '1 line has apparmor= in it and is no record' '1 record was cut' '1 line was too long and was skipped' \
	'1 line has NUL bytes'; do
	check "it says: $said" grep -q "yoroi: $said" "$work/said"
done
head -c 3000000 /dev/urandom >"$work/noise"
check "noise is read to its end" "$yoroi" log "$work/noise"
measure()
{
	prlimit --as=$((64 << 20)) "$yoroi" log "$1"
}
if [ "${YOROI_SANITIZE:-none}" = none ]; then
	head -c 200000000 /dev/zero >"$work/zeros"
	check "and in memory that does not grow" measure "$work/zeros"
	rm "$work/zeros"
fi

# Names are whoever's: nothing reaches the terminal as it is.
printf 'type=AVC msg=audit(1.2:3): apparmor="DENIED" name=2F1B5B316D comm="x"\n' >"$work/evil"
ends "control characters are spelled out" 0 'name=/\\033\[1m' "$yoroi" log "$work/evil"

# The journal, by a program that answers as journalctl does.
cat >"$work/bin/journalctl" <<'END'
#!/bin/sh
printf '%s\n' "$@" >"$0.args"
cat "$0.says"
exit "$(cat "$0.status")"
END
chmod +x "$work/bin/journalctl"
json=${record//\"/\\\"}
{
	# the kernel's log and the audit transport have the same record
	printf '{"_TRANSPORT":"kernel","MESSAGE":"audit: type=1400 audit(1675069200.123:456): %s"}\n' "$json"
	printf '{"_TRANSPORT":"audit","_AUDIT_ID":"456","_SOURCE_REALTIME_TIMESTAMP":"1675069200123000","MESSAGE":"AVC %s"}\n' "$json"
	printf '{"_TRANSPORT":"audit","_AUDIT_ID":"457","_SOURCE_REALTIME_TIMESTAMP":"1675069200123000","MESSAGE":"AVC %s"}\n' "$json"
} >"$work/bin/journalctl.says"
echo 0 >"$work/bin/journalctl.status"
PATH=$work/bin:$PATH "$yoroi" log --journal --json >"$work/json"
result $? "the journal is asked"
check "a record that it has twice is one event" test "$(jq -r .audit_id "$work/json" | tr '\n' ' ')" = \
	"1675069200.123:456 1675069200.123:457 "
check "for JSON" grep -qx -- --output=json "$work/bin/journalctl.args"
echo 1 >"$work/bin/journalctl.status"
ends "a journalctl that fails is told" 3 "journalctl failed" env PATH="$work/bin:$PATH" "$yoroi" log --journal
ends "and one that is not there" 3 "cannot run journalctl" env PATH="$work/none" "$yoroi" log --journal

ends "a file that is not there is named" 3 "nope" "$yoroi" log "$work/nope"
ends "the others are read all the same" 3 "denied file" "$yoroi" log "$work/nope" "$work/one"
ends "a folder is no log" 3 "directory" "$yoroi" log "$work"
ends "two forms at once are refused" 2 "two forms" "$yoroi" log --json --libapparmor "$work/one"
ends "the journal takes no files" 2 "goes with" "$yoroi" log --journal "$work/one"
ends "an unknown option is named" 2 "'--since'" "$yoroi" log --since
ends "a full disk is told" 3 "write standard output" sh -c "'$yoroi' log '$work/one' >/dev/full"
finish
