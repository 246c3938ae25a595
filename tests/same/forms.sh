#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every profile of Debian's packages in every form that a kernel may want: what is decided stays.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

debian=$("$YOROI_SOURCE/tests/debian/fetch") || { skip "Debian's packages"; finish; }
tree=$debian/etc/apparmor.d
same=$YOROI_BUILD/tests/same

# 6.1's features with user namespaces, since for 6.1 itself rules mean what they mean in 3.0.8.
sed 's/^namespaces {/namespaces {mask {userns_create\n}\n/' "$features" >"$work/packed"

# The same with more below policy/: the classes are the same, the form is not.
# with NAME LINES
with()
{
	sed "s/^policy {/policy {$2/" "$work/packed" >"$work/$1"
}
table='permstable32 {allow deny\n}\npermstable32_version {'
with v2 "${table}0x000002\\n}\\n"
with v3 "${table}0x000003\\n}\\n"
with diff 'diff-encode {yes\n}\n'
with v3-diff "diff-encode {yes\\n}\\n${table}0x000003\\n}\\nstate32 {0x000001\\n}\\n"

image()
{
	local form=$1
	shift
	"$parser" --config-file=/dev/null -Q -K -S -q -M "$work/$form" --override-policy-abi="$work/packed" \
		-b "$tree" "$@" >"$work/image-$form" 2>"$work/out"
}

# The kernel gives lock to every state but the trap when it expands packed permissions, and a
# table has it on the trap as well; upstream's tables too. Nothing else may differ.
only_lock()
{
	"$same" "$1" "$2" | awk '
		/^profile / { head = $0; next }
		/^    first:  allow nothing$/ { nothing = 1; next }
		/^    second: allow lock$/ && nothing { nothing = 0; next }
		/^    \(there may be more here\)$/ { next }
		{ nothing = 0; print head; print; bad = 1 }
		END { exit bad }'
}

for file in "$tree"/* "$debian"/usr/share/apparmor/extra-profiles/*; do
	[ -f "$file" ] && [ "${file##*/}" != README ] || continue
	name=${file##*/}
	: >"$work/differences"
	for form in packed v2 v3 diff v3-diff; do
		image $form "$file" || echo "$form: not compiled" >>"$work/differences"
	done
	mv "$work/image-v3" "$work/image-table"
	image v3 -O equiv "$file" || echo "equiv: not compiled" >>"$work/differences"
	for form in v2 v3-diff v3; do
		"$same" "$work/image-table" "$work/image-$form" >>"$work/differences" 2>&1
	done
	"$same" "$work/image-packed" "$work/image-diff" >>"$work/differences" 2>&1
	only_lock "$work/image-packed" "$work/image-table" >>"$work/differences" 2>&1
	check "$name decides alike in every form" sh -c "cat '$work/differences'; test ! -s '$work/differences'"
done
check "what is called a table is one" grep -qa permsv "$work/image-table"
check "and what is not, is not" sh -c "! grep -qa permsv '$work/image-packed'"
check "differences make it smaller" \
	test "$(wc -c <"$work/image-v3-diff")" -lt "$(wc -c <"$work/image-table")"
finish
