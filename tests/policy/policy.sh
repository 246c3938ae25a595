#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The profiles that we ship do what the expectations beside this file say, on every kernel; and
# the expectations would notice if a rule were gone.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

here=$YOROI_SOURCE/tests/policy
t() { "$yoroi" test -b "$YOROI_SOURCE/profiles" "$@"; }

check "the container profile, and each of its rules is exercised" \
	t --coverage-min 100 "$here"/yoroi-default.aatest "$here"/yoroi-default-classes.aatest
check "the container profile on all kernels" \
	t --coverage-min 100 --for debian-6.1,debian-6.12,debian-7.2,debian-7.3 "$here/yoroi-default.aatest"
check "the abstractions, and each of their rules is exercised" \
	t --includes --coverage-min 100 "$here/abstractions.aatest"
for f in "$YOROI_SOURCE"/profiles/containers/*; do
	check "$(basename "$f") has expectations" grep -qx "profile ../../profiles/containers/$(basename "$f")" \
		"$here"/*.aatest
done

# Take away one rule after another.
mkdir "$work/tests"
cp -r "$YOROI_SOURCE/profiles" "$work/profiles"
cp -r "$here" "$work/tests/policy"
chmod -R u+w "$work/profiles" "$work/tests"
rules=0
# without FILE TABLE OPTION...: prints the rules of FILE without which TABLE is met all the same
without()
{
	local file=$1 table=$2 line

	shift 2
	cp "$file" "$work/whole"
	for line in $(grep -nE '^  [^ #}].*,$' "$file" | cut -d: -f1); do
		sed "${line}s/.*//" "$work/whole" >"$file"
		rules=$((rules + 1))
		"$yoroi" test -b "$work/profiles" "$@" "$table" >/dev/null 2>&1
		[ $? = 1 ] || sed -n "${line}p" "$work/whole"
	done
	cp "$work/whole" "$file"
}
# Other rules say what these two do: "network," has unix sockets, too (upstream's parser wants
# both), and nameservice reads those files as well as base, because each may be included alone.
printf '  %s\n' 'unix,' '/etc/{nsswitch.conf,passwd,group} r,' >"$work/known"
without "$work/profiles/containers/yoroi-default" "$work/tests/policy/yoroi-default.aatest" >"$work/gone"
for f in base consoles nameservice; do
	without "$work/profiles/abstractions/$f" "$work/tests/policy/abstractions.aatest" >>"$work/gone"
done
check "a rule that is taken away is noticed" diff "$work/known" "$work/gone"
check "there were some ($rules)" test "$rules" -ge 80
finish
