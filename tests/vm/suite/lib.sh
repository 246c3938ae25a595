# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# TAP for the scripts that run in a guest.
set -uo pipefail
count=0
work=$(mktemp -d)

result()
{
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		head -c 1500 "$work/out" | sed 's/^/# /'
	fi
}

# check NAME COMMAND...: ends with 0
check()
{
	local name=$1 status=0
	shift
	"$@" >"$work/out" 2>&1 </dev/null || status=$?
	result "$status" "$name"
}

# ends NAME STATUS PATTERN COMMAND...: ends with STATUS and says PATTERN
ends()
{
	local name=$1 want=$2 pattern=$3 status=0
	shift 3
	"$@" >"$work/out" 2>&1 </dev/null || status=$?
	echo "ended with $status, expected $want and: $pattern" >>"$work/out"
	[ "$status" = "$want" ] && head -n -1 "$work/out" | grep -qE -- "$pattern"
	result $? "$name"
}

is_loaded()
{
	grep -qxF "$1 ($2)" /sys/kernel/security/apparmor/profiles
}

finish()
{
	echo "1..$count"
	exit 0
}
