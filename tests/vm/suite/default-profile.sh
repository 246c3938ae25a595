#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In a guest: the processes of a container signal and trace each other under our default profile,
# whatever label the kernel makes of it, and the engine stops them.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

yoroi default-profile >"$work/ours"
check "ours is loaded" yoroi load --quiet "$work/ours"
for engine in docker containerd crio podman; do
	yoroi default-profile --for "$engine" >"$work/$engine"
	check "$engine's is loaded" yoroi load --quiet "$work/$engine"
done
yoroi default-profile --name kept >"$work/kept"
check "ours is loaded under another name" yoroi load --quiet "$work/kept"
# As distributions have them: a runtime that is let do everything, but has a name.
cat >"$work/runtimes" <<'END_OF_PROFILES'
profile runc flags=(attach_disconnected, mediate_deleted, default_allow) { }
profile crun flags=(unconfined) { }
profile other flags=(attach_disconnected, mediate_deleted) { file, signal, ptrace, capability, }
END_OF_PROFILES
check "runtimes have profiles" yoroi load --quiet --no-warn all "$work/runtimes"

# The ways to come by a label of the profile.
declare -A way=([plain]="yoroi exec -p" [stacked]="yoroi exec --stack -p"
	[no-new-privs]="setpriv --no-new-privs yoroi exec -p")
# as FORM PROFILE COMMAND...
as()
{
	local form=$1 profile=$2
	shift 2
	# shellcheck disable=SC2086 # several words
	${way[$form]} "$profile" -- "$@"
}
# start FORM PROFILE: $pid is a process of it
start()
{
	# Not in a function, which would be a process of its own.
	# shellcheck disable=SC2086
	${way[$1]} "$2" -- sleep 300 >/dev/null 2>&1 &
	pid=$!
	for _ in {1..50}; do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null || echo sleep)" != sleep ] || break
		sleep 0.1
	done
	sleep 0.1
}
gone()
{
	wait "$pid" 2>/dev/null
	[ $? = 143 ]
}
forms="plain stacked no-new-privs"
is_loaded yoroi-default enforce || finish
for profile in yoroi-default kept; do
	for theirs in $forms; do
		start "$theirs" "$profile"
		echo "# $profile, $theirs: $(cat /proc/$pid/attr/current)"
		for own in $forms; do
			check "$profile, $own: signals $theirs" as "$own" "$profile" sh -c "kill -0 $pid"
			check "$profile, $own: reads $theirs" as "$own" "$profile" readlink "/proc/$pid/exe"
			ends "$profile, $own: traces $theirs" 124 "attached" as "$own" "$profile" \
				timeout 2 strace -o /dev/null -p "$pid"
		done
		ends "another profile does not read $profile, $theirs" 2 "Permission denied" as plain other ls -l "/proc/$pid/exe"
		ends "nor signal" 1 "Permission denied" as plain other sh -c "kill -0 $pid"
		check "crun under its profile stops $profile, $theirs" as plain crun sh -c "kill $pid"
		check "which ends it" gone
		for form in plain stacked; do
			start "$theirs" "$profile"
			check "runc under its profile, $form, stops $profile, $theirs" as "$form" runc sh -c "kill $pid"
			check "which ends it" gone
		done
		start "$theirs" "$profile"
		check "and so does who has no profile" kill "$pid"
		check "which ends it" gone
	done
done
# What the comments in engines' profiles say of them.
start stacked docker-default
for own in plain stacked; do
	ends "docker's, $own: does not signal stacked" 1 "Permission denied" \
		as "$own" docker-default sh -c "kill -0 $pid"
done
kill "$pid"
start stacked crio-default
for own in plain stacked; do
	check "CRI-O's, $own: signals stacked" as "$own" crio-default sh -c "kill -0 $pid"
	ends "but does not read, as ps does" 2 "Permission denied" as "$own" crio-default ls -l "/proc/$pid/exe"
done
kill "$pid"
finish
