#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every profile of Debian's packages, and cases of our own: what we write and what Debian's
# apparmor_parser writes decide alike.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

debian=$("$YOROI_SOURCE/tests/debian/fetch") || { skip "Debian's packages"; finish; }
tree=$debian/etc/apparmor.d
same=$YOROI_BUILD/tests/same

# both NAME FILE [INCLUDE-BASE]
both()
{
	local name=$1 file=$2 base=${3-$tree}
	local options=(--config-file=/dev/null -Q -K -S -q -M "$features" -b "$base")

	local ours=0 theirs=0

	"$parser" "${options[@]}" "$file" >"$work/ours" 2>"$work/out" || ours=1
	"$debian/sbin/apparmor_parser" "${options[@]}" "$file" >"$work/theirs" 2>>"$work/out" || theirs=1
	if [ $ours$theirs = 11 ]; then
		result 0 "$name is refused by both"
		return
	elif [ $ours$theirs != 00 ]; then
		result 1 "$name is taken by both or by neither (refused: ours $ours, theirs $theirs)"
		return
	fi
	check "$name decides alike" "$same" "$work/theirs" "$work/ours"
}

for file in "$tree"/* "$debian"/usr/share/apparmor/extra-profiles/*; do
	[ -f "$file" ] && [ "${file##*/}" != README ] || continue
	both "${file##*/}" "$file"
done
for file in "$cases"/profiles/* "$cases"/profiles/docker-default/*; do
	[ -f "$file" ] || continue
	both "${file##*/} on Debian's abstractions" "$file"
	both "${file##*/} on ours" "$file" "$YOROI_SOURCE/profiles"
done
for file in "$YOROI_SOURCE"/profiles/containers/*; do
	both "our ${file##*/}" "$file" "$YOROI_SOURCE/profiles"
done
# One rule a line, each in a profile of its own.
while IFS= read -r rule; do
	[ -n "$rule" ] && [ "${rule:0:1}" != '#' ] || continue
	printf 'include <tunables/global>\n@{TWO}=/one /two/\nprofile t {\n  %s\n}\n' "$rule" >"$work/rule"
	both "$rule" "$work/rule"
done <"$YOROI_SOURCE/tests/same/rules"
while IFS= read -r text; do
	[ -n "$text" ] && [ "${text:0:1}" != '#' ] || continue
	printf 'include <tunables/global>\n%b\n' "$text" >"$work/rule"
	both "$text" "$work/rule"
done <"$YOROI_SOURCE/tests/same/profiles"
finish
