#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# make demo HOST=1 on a machine that has AppArmor: a guest plays the machine. The walk must
# go through and leave the machine as it was; where it cannot go, it must say why. Prints TAP.
#
# usage: demo-host.sh [STAGE]   STAGE is a tree with Yoroi installed in it; without one it is
#                               installed from $YOROI_BUILD (default: build)
set -euo pipefail

top=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../..")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

make_machine()
{
	mkdir -p "$work/machine/repo/tests" "$work/machine/given"
	cp -a "$top/tools" "$work/machine/repo/"
	cp -a "$top/tests/vm" "$work/machine/repo/tests/"
	if [ $# -gt 0 ]; then
		cp -a "$1/." "$work/machine/given/"
	else
		DESTDIR=$work/machine/given meson install -C "${YOROI_BUILD:-$top/build}" \
			--quiet --no-rebuild >/dev/null
	fi
	chmod -R a+rX "$work/machine"
	cat >"$work/machine/look" <<-'EOF'
		# What a person could find changed: files, folders of control groups, mounts, profiles.
		# Of folders not the time, scratch ones have come and gone in them.
		find / -xdev -type d -printf '%p %m\n' -o -printf '%p %s %m %T@\n' | sort
		find /sys/fs/cgroup -type d | sort
		cat /proc/mounts /sys/kernel/security/apparmor/profiles
		find /run /tmp ! -name 'look.*' ! -path /tmp ! -path /run | sort
	EOF
	cat >"$work/machine/with" <<-'EOF'
		bash /look >/tmp/look.before
		HOST=1 /repo/tools/demo/run -s /given runc crun >/out/walk 2>&1
		echo "walk $?"
		bash /look >/tmp/look.after
		diff /tmp/look.before /tmp/look.after >/out/changed && echo unchanged
		HOST=1 setpriv --reuid 1000 --clear-groups /repo/tools/demo/run -s /given 2>&1
		HOST=1 /repo/tools/demo/run -s /given docker 2>&1
		# A profile of that name is at work on the machine.
		printf 'profile no-ping { file, }\n' >/tmp/other
		PATH=/given/usr/sbin:$PATH apparmor_parser -a -K /tmp/other
		HOST=1 /repo/tools/demo/run -s /given 2>&1
		cat /sys/kernel/security/apparmor/profiles
	EOF
	cat >"$work/machine/without" <<-'EOF'
		HOST=1 /repo/tools/demo/run -s /given && echo "went through"
		HOST=1 setpriv --reuid 1000 --clear-groups /repo/tools/demo/run -s /given
	EOF
}

count=0 failures=0
# has TEXT FILE PATTERN: one line of TAP; the file comes along when it fails
has()
{
	count=$((count + 1))
	if grep -qE -- "$3" "$2"; then
		printf 'ok %d - %s\n' "$count" "$1"
	else
		failures=$((failures + 1))
		printf 'not ok %d - %s\n' "$count" "$1"
		tail -n 20 "$2" | sed 's/^/# /'
	fi
}

make_machine "$@"
guest=$top/tests/vm/guest
"$guest" -t 900 -s "$work/machine" -o "$work/out" -- bash /with >"$work/with" || true
"$guest" -a apparmor=0 -s "$work/machine" -- bash /without >"$work/without" 2>&1 || true

touch "$work/out/walk" "$work/out/changed"
has "the walk with runc goes through" "$work/out/walk" '^All six steps did what they say \(runc\)'
has "the walk with crun goes through" "$work/out/walk" '^All six steps did what they say \(crun\)'
has "the walk ends well" "$work/with" '^walk 0$'
has "the machine is as it was" "$work/with" '^unchanged$'
sed 's/^/# changed: /' "$work/out/changed"
has "who is not root is told so" "$work/with" '^demo: HOST=1: you are not root$'
has "the Docker walk keeps to the guest" "$work/with" 'HOST=1 walks with runc and crun'
has "a profile of the machine's own is not replaced" "$work/with" 'profile no-ping is loaded already'
has "and stays" "$work/with" '^no-ping \(enforce\)$'
has "a kernel without AppArmor is named" "$work/without" "HOST=1: this machine's kernel runs without AppArmor$"
has "both, when both are missing" "$work/without" 'without AppArmor; you are not root$'
printf '1..%d\n' "$count"
[ "$failures" -eq 0 ]
