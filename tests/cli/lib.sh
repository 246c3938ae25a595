# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For the scripts beside it: TAP out, a scratch folder that goes away.
set -uo pipefail

work=$(mktemp -d)
trap 'chmod -R u+rwx "$work" 2>/dev/null; rm -rf "$work"' EXIT
yoroi=$YOROI_BUILD/yoroi
parser=$work/bin/apparmor_parser
mkdir "$work/bin"
ln -s "$yoroi" "$parser"
cases=${YOROI_CASES:-$YOROI_SOURCE/../shared/cases}
features=$YOROI_SOURCE/profiles/features/debian-6.1
export YOROI_PROFILES=$YOROI_SOURCE/profiles
count=0

# The machine's own policy and configuration must not reach a test.
p()
{
	"$parser" --config-file=/dev/null -M "$features" -b "$work/policy" "$@"
}
mkdir "$work/policy"

result()
{
	local ok=$1 name=$2

	count=$((count + 1))
	if [ "$ok" = 0 ]; then
		echo "ok $count - $name"
	else
		echo "not ok $count - $name"
		[ -f "$work/out" ] && head -c 1500 "$work/out" | sed 's/^/# /'
	fi
}

# check NAME COMMAND...: the command ends with 0
check()
{
	local name=$1
	shift
	"$@" >"$work/out" 2>&1
	result $? "$name"
}

# silent NAME: what ran last said nothing. (A check would empty the file before it looks.)
silent()
{
	local status=0

	[ ! -s "$work/out" ] || status=1
	result $status "$1"
}

# ends NAME STATUS PATTERN COMMAND...: the command ends with STATUS and says PATTERN
# (an extended regular expression; '' for nothing in particular)
ends()
{
	local name=$1 want=$2 pattern=$3 status=0
	shift 3
	"$@" >"$work/out" 2>&1 </dev/null || status=$?
	if [ "$status" != "$want" ]; then
		echo "# ended with $status, not $want" >>"$work/out"
		result 1 "$name"
	elif [ -n "$pattern" ] && ! grep -aqE -- "$pattern" "$work/out"; then
		echo "# does not say: $pattern" >>"$work/out"
		result 1 "$name"
	else
		result 0 "$name"
	fi
}

skip()
{
	count=$((count + 1))
	if [ "${CI-}" = true ]; then
		echo "not ok $count - $1 (missing in CI)"
	else
		echo "ok $count - $1 # SKIP not here"
	fi
}

finish()
{
	echo "1..$count"
	exit 0
}
