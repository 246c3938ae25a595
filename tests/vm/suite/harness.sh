#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Does the guest harness itself keep its word? Runs on the host, boots guests, prints TAP.
# A test in a guest is worth what these are worth: a harness that calls a dead guest a pass
# would pass everything.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
guest=$here/../guest
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

count=0 failures=0

# check TEXT COMMAND...: one line of TAP, with what was seen when it fails
check()
{
	local text=$1
	shift

	count=$((count + 1))
	if "$@"; then
		printf 'ok %d - %s\n' "$count" "$text"
	else
		failures=$((failures + 1))
		printf 'not ok %d - %s\n' "$count" "$text"
		printf '# status %s\n' "$(cat "$run/status")"
		sed 's/^/# stdout: /' "$run/stdout"
		sed 's/^/# stderr: /' "$run/stderr"
	fi
}

# boot NAME ARGS...: a run of the harness whose output and status are kept in $work/NAME
boot()
{
	local name=$1 status=0
	shift

	mkdir "$work/$name"
	"$guest" "$@" >"$work/$name/stdout" 2>"$work/$name/stderr" || status=$?
	echo "$status" >"$work/$name/status"
}

look_at()
{
	run=$work/$1
}

status_is()
{
	[ "$(cat "$run/status")" -eq "$1" ]
}

stdout_is()
{
	[ "$(cat "$run/stdout")" = "$1" ]
}

stdout_has()
{
	grep -qF -- "$1" "$run/stdout"
}

stderr_has()
{
	grep -qF -- "$1" "$run/stderr"
}

stderr_lacks()
{
	! grep -qF -- "$1" "$run/stderr"
}

a_command_comes_back()
{
	local out=$work/out words="it's \"quoted\" \$HOME; a
second line"

	# Closed to others, as mktemp makes them: the guest's / and /usr must not become so.
	mkdir -p "$work/stage/usr/local" "$work/stage/sbin"
	chmod 700 "$work/stage" "$work/stage/usr"
	echo staged >"$work/stage/usr/local/file"
	echo staged >"$work/stage/sbin/file"
	# shellcheck disable=SC2016 # for the guest's shell
	boot plain -s "$work/stage" -o "$out" -- bash -c '
		printf "%s\n" "$1"
		echo "to stderr" >&2
		echo kept >/out/kept
		{
			stat -c "%a %n" / /usr
			cat /usr/local/file /usr/sbin/file
			readlink /sbin
			cat /sys/module/apparmor/parameters/enabled
			ls -d /etc/apparmor.d /usr/sbin/apparmor_parser
		} >/out/facts 2>&1
		exit 7' bash "$words"
	look_at plain
	check "the command's exit status comes back" status_is 7
	check "its output comes back, and its words went in unharmed" stdout_is "$words"
	check "its stderr comes back apart" stderr_has "to stderr"
	check "what it leaves in /out comes back" grep -qx kept "$out/kept"
	check "the kernel log comes back" grep -q 'Linux version 6\.1' "$out/.guest/kernel.log"
	check "staged trees lie over the guest's own, also through /sbin" \
		[ "$(grep -cx staged "$out/facts")" -eq 2 ]
	check "they change no modes and no links" \
		[ "$(sed -n '1p;2p;5p' "$out/facts" | paste -sd,)" = "755 /,755 /usr,usr/sbin" ]
	check "AppArmor is on" grep -qx Y "$out/facts"
	check "Debian's own AppArmor files are not there" \
		[ "$(grep -c 'No such file' "$out/facts")" -eq 2 ]
}

two_guests_side_by_side()
{
	boot off -a apparmor=0 -- sh -c 'cat /sys/module/apparmor/parameters/enabled
		ls -d /sys/kernel/security/apparmor; ls /written' &
	boot on -- sh -c 'echo 1 >/written; sync; cat /sys/module/apparmor/parameters/enabled'
	wait
	look_at on
	check "one of two guests at the same time" status_is 0
	check "has AppArmor" stdout_is Y
	look_at off
	check "the other, booted with apparmor=0, has none" stdout_is N
	check "and no interface of it" stderr_has "/sys/kernel/security/apparmor"
	check "and does not see what the first one writes" stderr_has "/written"
}

silence_is_a_failure()
{
	boot gone -- sh -c 'echo going; sync; echo o >/proc/sysrq-trigger; sleep 60'
	look_at gone
	check "a guest that switches off without a report is a failure" status_is 125
	check "what it said before is shown" stdout_has going
	check "and the end of its console" stderr_has "end of the console log"
	check "and it is not run again" stderr_lacks "once more"

	boot crashed -- sh -c 'echo c >/proc/sysrq-trigger; sleep 60'
	look_at crashed
	check "a kernel that crashes under a test is a failure" status_is 125
	check "with the crash on stderr" stderr_has "Kernel panic"
	check "and the test is not run again" stderr_lacks "once more"
}

time_runs_out()
{
	boot slow -t 20 -- sleep 1000
	look_at slow
	check "a guest that does not end in time is ended" status_is 124
	check "and that is said" stderr_has "still running after 20 s"
}

a_boot_is_retried_once()
{
	boot dead -a rdinit=/nothing -- true
	look_at dead
	check "a guest that does not boot is a failure" status_is 125
	check "after one more try" [ "$(grep -c 'once more' "$run/stderr")" -eq 1 ]
}

wrong_words()
{
	boot kernel -k 6.1.1 -- true
	look_at kernel
	check "an impossible kernel name is refused" status_is 125
	boot root -r nothing -- true
	look_at root
	check "an unknown root file system is refused" status_is 125
	boot nothing
	look_at nothing
	check "no command is a mistake in usage" status_is 2
}

a_command_comes_back
two_guests_side_by_side
silence_is_a_failure
time_runs_out
a_boot_is_retried_once
wrong_words
printf '1..%d\n' "$count"
[ "$failures" -eq 0 ]
