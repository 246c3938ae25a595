#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What findings look like, to the byte. A case is NAME[.VARIANT].aa: it must bring the finding
# called NAME. Its command line stands in it behind '#: ' (without the file), "check" is the
# usual one; of "query", the accesses stand behind '#? '; what must come out, with the exit status, is in NAME[.VARIANT].out.
#
# UPDATE=1: write the .out files anew; read what git says of them.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

golden=$YOROI_SOURCE/tests/golden
cd "$golden" || exit 1
shopt -s nullglob extglob
# The places of a build and of a checkout are nobody's business.
export YOROI_PROFILES=../../profiles
unset NO_COLOR

# one CASE.aa: what its command says, on both streams, and how it ends
one()
{
	local words status=0
	words=$(grep -am1 -oP '#: \K[^\r]*' "$1") || words=check
	read -ra words <<<"$words"
	if [ "${words[0]}" = parser ]; then
		"$parser" --config-file=/dev/null -M "$features" -b include "${words[@]:1}" "$1" 2>&1 || status=$?
	else
		[[ " ${words[*]}" = *" --features"* ]] || words+=(--features "$features")
		grep -aoP '#\? \K.*' "$1" >"$work/accesses"
		"$yoroi" "${words[@]}" -b include "$1" 2>&1 <"$work/accesses" || status=$?
	fi
	echo "exit $status"
}

# Names that are in the table for upstream's sake alone have no case.
sed -n '/^} names\[\]/,/^};/s/.*{ "\([a-z-]*\)",.*/\1/p' "$YOROI_SOURCE/src/base/diag.c" >"$work/names"
printf '%s\n' debug-cache dev jobs override >"$work/silent"
for case in *.aa; do
	name=${case%.aa}
	one "$case" >"$work/out"
	if [ -n "${UPDATE-}" ]; then
		cp "$work/out" "$name.out"
	fi
	if ! diff -u --label wanted --label got "$name.out" "$work/out" >"$work/diff" 2>&1; then
		cp "$work/diff" "$work/out"
		result 1 "$name"
	elif ! grep -aqE "\[${name%%.*}\]$|\"name\": \"${name%%.*}\"" "$work/out"; then
		echo "# nothing in it is called ${name%%.*}" >>"$work/out"
		result 1 "$name"
	else
		result 0 "$name"
	fi
done
: >"$work/out"
check "there are names" test -s "$work/names"
while read -r name; do
	cases=("$name"?(.*).aa)
	if grep -qx -- "$name" "$work/silent"; then
		check "$name has no case, for nothing says it" test "${#cases[@]}" = 0
	else
		check "$name has a case" test "${#cases[@]}" != 0
		check "and an example in the manual" \
			awk -v it=".It Cm $name" '/^\.It/ { in_it = $0 == it } in_it && /^\.Bd/ { n++ }
				END { exit !n }' "$YOROI_SOURCE/man/yoroi-diagnostics.7"
	fi
done <"$work/names"
check "one mistake gives one finding" python3 one-mistake.py "$yoroi" whole/everything
for out in *.out; do
	check "$out belongs to a case" test -f "${out%.out}.aa"
done
finish
