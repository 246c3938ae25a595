#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# yoroi explain: denials of every kind, libapparmor's records, containers, hostile logs.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

here=$YOROI_SOURCE/tests/explain
mkdir "$work/proc"
: >"$work/proc/none"
export YOROI_PROC=$work/proc
x() { "$yoroi" explain "$@"; }

if [ -d "$cases/logs" ]; then
	check "the records of libapparmor's suite" python3 "$here/cases.py" "$yoroi" "$cases/logs"
	grep '^not ok' -A 1 "$work/out" | sed 's/^/# /'
	sed -n 's/^# \([0-9]* rules are\)/# \1/p' "$work/out"
	x --policy "$here/kinds.aa" "$cases"/logs-*.log >"$work/got" 2>"$work/errors"
	check "logs of containers and of the mailing list: seven kinds and five" \
		grep -q '^1[12] lines, 1[12] records of AppArmor.s, 1[12] denials, 9 distinct$' "$work/got"
	check "LXD's container is told" grep -q 'container u20 of LXD' "$work/got"
	check "and that runc starts one" grep -q 'that is runc' "$work/got"
else
	skip "libapparmor's records: the cases"
fi

check "one of every kind" sh -c "cd '$here' && '$yoroi' explain --policy kinds.aa kinds.log >'$work/got' &&
	tail -n +2 kinds.out | diff - '$work/got'"
check "without policy all is told but the rules" sh -c "cd '$here' && '$yoroi' explain --policy '$work/proc/none' kinds.log |
	grep -c ' rule: ' | grep -qx 31"

cd "$work" || exit 1
for label in 'web//&unconfined' 'unconfined//&web' web; do
	grep sysrq "$here/kinds.log" | head -n 1 | jq -rR --arg l "$label" 'sub("\"web\""; "\"\($l)\"")' >stacked
	x --policy "$here/kinds.aa" stacked | grep -o 'kinds.aa:5:3: deny @{PROC}/sysrq-trigger'
done >got
check "a profile beside unconfined is the one that refused" sh -c '[ "$(wc -l <got)" = 3 ]'
cp "$here/kinds.aa" "$here/kinds.log" .
grep sysrq kinds.log >one

# record PROFILE PID COMM FIELDS
record()
{
	printf 'type=AVC msg=audit(1.2:3): apparmor="DENIED" profile="%s" pid=%s comm="%s" %s\n' "$@"
}

# Containers: only of a process that is still the one.
mkdir -p proc/100/attr/apparmor proc/200/attr/apparmor
id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
echo sh >proc/100/comm
echo 'web (enforce)' >proc/100/attr/apparmor/current
echo "0::/kubepods.slice/kubepods-pod01234567_89ab_cdef_0123_456789abcdef.slice/cri-containerd-$id.scope" \
	>proc/100/cgroup
x --policy kinds.aa one >got
check "the container of a live process is told" grep -q \
	'in container 0123456789ab of containerd, Pod 01234567-89ab-cdef-0123-456789abcdef (the process still runs)' got
x --json --policy kinds.aa one >json
check "in JSON as well" jq -en --arg id $id 'input | .denials[0].container == {id: $id, engine: "containerd",
	pod: "01234567-89ab-cdef-0123-456789abcdef"}' json
echo other >proc/100/comm
x --policy kinds.aa one >got
check "not of another program" sh -c '! grep -q container got'
printf 'sh\n' >proc/100/comm
echo 'other (enforce)' >proc/100/attr/apparmor/current
x --policy kinds.aa one >got
check "not under another profile" sh -c '! grep -q container got'

# Who, what, why, in JSON.
check "JSON says all" sh -c "'$yoroi' explain --json --policy kinds.aa kinds.log | jq -en 'input | 
	.summary == {lines: 37, records: 35, denials: 34, distinct: 31, notTold: 0, cut: 0,
		malformed: 0, tooLong: 0, nul: 0} and
	(.denials[0] | .profile == \"web\" and .verdict == \"denied\" and .records == 3 and
		.what == \"open /proc/sysrq-trigger for writing\" and .rule == null and .helps == false and
		.answer.rules[0].line == 5 and .answer.hidden[0].line == 6 and
		.first == \"2023-11-14T22:13:20.123Z\" and .record.name == \"/proc/sysrq-trigger\") and
	(.denials | map(select(.verdict == \"killed\")) | length == 1) and
	(.denials | map(select(.verdict == \"would-be-denied\")) | length == 2) and
	(.denials | map(select(.flag == \"attach_disconnected\")) | length == 1) and
	(.denials | map(select(.helps)) | length == 22)'"

# Thought-up accesses.
x -p web --policy kinds.aa '/etc/passwd w,' '/bin/x rx' 'capability kill chown' >got
check "accesses are explained" diff - got <<'END'
  denied: write to /etc/passwd
       no rule; nearest: kinds.aa:4:3: /etc/** r,  (without w)
       rule: /etc/passwd w,  (tried: it allows this)
  denied: execute /bin/x
       no rule; nearest: kinds.aa:10:3: /bin/sh ix,
       rule: /bin/x rix,  (tried: it allows this)
       ix: it goes on under this profile; px when it has a profile of its own, cx for a child profile here; a script needs r as well
  denied: use capability chown and kill
       no rule for capability
       rule: capability kill chown,  (tried: it allows this)
END
ends "one that is none is told" 2 "access:1:6: error: .*stands for many" x -p web --policy kinds.aa '/etc/* r'
ends "and the others answered" 2 "allowed: read /etc/x" x -p web --policy kinds.aa '/etc/* r' '/etc/x r'
ends "an unknown profile" 2 "'nobody': this profile is not in" x -p nobody --policy kinds.aa '/x r'
ends "an access needs a profile's name to go with" 2 "goes with accesses" x -p web
ends "two places for policy" 2 "two places" x --loaded --policy kinds.aa
ends "the journal alone" 2 "beside it" x --journal kinds.log
ends "a log that is not there" 3 "nowhere.log" x nowhere.log
ends "policy that is not there" 3 "nowhere" x --policy nowhere one
echo 'profile x { /a rz, }' >wrong.aa
ends "policy with mistakes" 1 "wrong.aa: there are mistakes" x --policy wrong.aa one
ends "no log is an empty one" 0 "0 distinct" x --policy kinds.aa

# The journal, of which each record comes twice.
mkdir fake
printf '#!/bin/sh\ncat "%s/one" "%s/one"\n' "$work" "$work" >fake/journalctl
chmod +x fake/journalctl
check "a record that the journal has twice is counted once" sh -c \
	"PATH='$work/fake:$PATH' '$yoroi' explain --journal --policy kinds.aa >got 2>&1 && grep -q '3x denied' got"

# Folders; the same record in files and images.
mkdir folder
cp kinds.aa wrong.aa folder
x --policy folder one >got 2>errors
check "a folder is searched" grep -q 'folder/kinds.aa:5:3: deny' got
check "what is wrong in it is named" grep -q 'folder/wrong.aa: there are mistakes' errors
check "and what is wrong in it left out" grep -q '^yoroi: 1 file of policy .* is left out' errors
"$yoroi" compile --quiet --features debian-6.1 -o image kinds.aa
x --features debian-6.1 --policy image one >got
check "an image answers without rules" grep -q 'denied by a rule          (silent)' got
check "and its denial is known for one by a rule" grep -q 'none that allows helps' got

# What the kernel has loaded.
mkdir -p fs/policy/profiles/web.7 fs/features outside/profiles/web.1
echo web | tee fs/policy/profiles/web.7/name >outside/profiles/web.1/name
cp image fs/policy/profiles/web.7/raw_data
cp image outside/profiles/web.1/raw_data
loaded() { x --securityfs fs --features debian-6.1 --loaded "$@"; }
ends "loaded policy is asked" 0 "denied by a rule" loaded one
record web 1 sh 'namespace="root//../../../outside" operation="open" name="/x" denied_mask="r"' >away
loaded away >got 2>errors
check "a namespace leads nowhere else" grep -q "namespace is none" errors
check "and nothing is read there" grep -q 'does not give this profile' got
mkdir -p etc
for name in ../../../etc/passwd /etc/passwd .. . '%s%n' ''; do
	record "$name" 1 sh 'operation="open" name="/x" denied_mask="r"'
done >names
# The leak detector wants to trace the process itself.
if command -v strace >/dev/null; then
	ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=%file -o trace "$yoroi" explain --policy kinds.aa names >got 2>&1
	check "no profile's name is a path to anything" sh -c "grep -q kinds.aa trace && ! grep -E 'etc/passwd|%s' trace"
else
	skip "files that are opened: strace"
fi

# Hostile logs.
record web 1 sh 'operation="open" name="/a'$'\e''[2J" denied_mask="r"' >hostile
record $'e\e]0;x\a' 1 $'c\e[1m' 'operation="open" info="'$'\e''[3m" name=2F611B5B324A00620A denied_mask="r" target="'$'\xc2\x9b''1m"' >>hostile
printf 'type=AVC msg=audit(1.2:3): apparmor="DENIED" operation="open" prof\0ile="web" name="/b" denied_mask="w"\n' >>hostile
printf 'type=AVC msg=audit(1.2:3): apparmor="DENIED" operation="open" profile="web" name="/half' >>hostile
check "control characters stay in the log" sh -c "'$yoroi' explain --policy kinds.aa hostile >got 2>errors &&
	! grep -qP '[\\x00-\\x08\\x0b-\\x1f\\x7f]|\\xc2[\\x80-\\x9f]' got errors"
check "a NUL byte of a name is written" grep -qF '/a\033[2J\000b\012' got
check "a rule with a NUL byte is not told as tried" sh -c '! grep -F "\\000" got | grep -q "it allows"'
# Never wider than the record: what is missing, cut or unknown is told instead of a rule.
{
	record web 1 sh 'operation="mount" class="mount" fstype="tmpfs" name="/m/"'
	record web 1 sh 'operation="umount" class="mount"'
	record web 1 sh 'operation="signal" class="signal" requested_mask="send" denied_mask="send" signal=bogus peer="a"'
	record web 1 sh 'operation="uring_sqpoll" class="io_uring" requested="x" denied="bogus"'
	record web 1 sh 'operation="open" class="file" name="/x" denied_mask="r, /** rw,"'
	record web 1 sh 'operation="connect" family="unix" sock_type="stream" denied_mask="send" peer_addr=4000'
} >open
check "what a record leaves open gets no rule" sh -c "'$yoroi' explain --policy kinds.aa open >got 2>errors &&
	! grep -q ' rule: [^n]' got && [ \$(grep -c 'rule: none is known: ' got) = 6 ]"
check "the mount that is not named is told" grep -q 'does not say which mount' got
check "and the word that is unknown" grep -q "policy has no word for 'bogus'" got
printf '%s' "$(record web 1 sh 'operation="open" class="file" name="/x" denied_mask="r" fsuid=10 ouid=10')" >unended
ends "a number at a cut end is not believed" 0 "none is known: the record is cut" x --policy kinds.aa unended
record web 1 sh 'operation="open" class="file" name=2F61FF62 denied_mask="r"' >bytes
record web 1 $'a\x9bb\xe2\x80\xaec' 'operation="open" class="file" name="/y" denied_mask="r"' >>bytes
check "bytes that are not UTF-8 are escaped in rules" sh -c \
	"'$yoroi' explain --policy kinds.aa bytes >got && grep -qF 'rule: /a\\377b r,  (tried: it allows this)' got"
x --json --policy kinds.aa bytes >json
check "and in JSON" jq -en 'input | .denials | map(.rule) | index("/a\\377b r,") != null' json
check "and whatever moves text about, on a terminal" grep -qF 'by a\233b\342\200\256c' got
head -c 1000000 /dev/zero | tr '\0' a >long
{ printf 'type=AVC msg=audit(1.2:3): apparmor="DENIED" operation="open" profile="web" name="/'; cat long; printf '"\n'; cat one; } >long.log
ends "a line of a megabyte is left out" 0 "1 line is no record" x --policy kinds.aa long.log
ends "and the rest told" 0 "3x denied" x --policy kinds.aa long.log
{ printf 'type=AVC msg=audit(1.2:3): apparmor="DENIED" operation="open" denied_mask="r" profile="web" name="/'; head -c 200000 long; printf '"\n'; } >wide.log
ends "a name of 200 KB" 0 "1 distinct" x --policy kinds.aa wide.log
ends "a profile of 200 KB" 0 "1 distinct" x --policy kinds.aa <(sed 's/profile="web"/profile="'"$(head -c 100000 long)"'"/' one)
head -c 300000 /dev/urandom >noise
ends "noise" 0 " 0 denials, 0 distinct" x --policy kinds.aa noise
awk 'BEGIN { for (i = 0; i < 30000; i++)
	printf "type=AVC msg=audit(1.2:3): apparmor=\"DENIED\" operation=\"open\" profile=\"p%d\" comm=\"c\" pid=1 denied_mask=\"w\" name=\"/%d\"\n", i % 9, i }' >many
ends "kinds without end are counted" 0 "30000 denials, 10000 distinct, 20000 not told: more than 10000 kinds" \
	x --policy kinds.aa many
if [ "${YOROI_SANITIZE:-none}" = none ]; then
	for n in 1 2 3 4 5 6 7 8 9 10; do cat many; done >more
	check "in constant memory" sh -c "ulimit -v 200000; '$yoroi' explain --policy kinds.aa more >got"
fi
awk 'BEGIN { print "profile big {"; for (i = 0; i < 2000; i++) printf "  /srv/%d/** r,\n", i; print "}" }' >big.aa
sed 's/profile="p[0-9]"/profile="big"/' many | head -n 300 >few
check "and in bounded time" sh -c "timeout 300 '$yoroi' explain --policy big.aa few >got 2>errors"
check "what was not tried is told" grep -q 'so many denials take too long' errors
check "what was, as well" grep -q 'tried: it allows' got
finish
