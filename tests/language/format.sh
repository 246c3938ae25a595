#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What formatting promises (see format_all.c), on every policy text at hand; and that hard files
# come out as they should, byte for byte.
#
# usage: format.sh FORMAT_ALL
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

all=$1
# In CI always the same: a landing must not hang on luck. By hand other ones every time.
seed=${YOROI_SEED:-${CI:+5}}
seed=${seed:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
kernels=()
names=(debian-6.1 debian-6.12)
random=${YOROI_RANDOM_PROFILES:-500}
# With sanitizers a compile takes ten times as long.
if [ "${YOROI_SANITIZE:-none}" != none ]; then
	names=(debian-6.1)
	random=50
fi
for name in "${names[@]}"; do
	kernels+=(-f "$YOROI_SOURCE/profiles/features/$name")
done

# promises LEAST NAME INCLUDE-FOLDER WHAT...: at least so many files can be formatted
promises()
{
	local least=$1 name=$2 include=$3 formatted
	shift 3
	check "$name (seed $seed)" "$all" -s "$seed" "${kernels[@]}" -I "$include" "$@"
	formatted=$(sed -n 's/^\([0-9]*\) formatted.*/\1/p' "$work/out")
	check "$name: ${formatted:-none} files, $least or more" test "${formatted:-0}" -ge "$least"
}

for file in "$YOROI_SOURCE"/tests/language/format/*.in; do
	check "${file##*/} comes out as it should" \
		sh -c "'$yoroi' format '$file' | diff -u '${file%.in}.out' -"
done
promises 10 "our own profiles" "$YOROI_SOURCE/profiles" "$YOROI_SOURCE/profiles"
if [ -d "$cases/tst" ]; then
	cd "$cases/tst" || exit 1
	promises 2000 "upstream's parser suite" simple_tests simple_tests
	cd - >/dev/null || exit 1
else
	skip "upstream's parser suite"
fi
if debian=$("$YOROI_SOURCE/tests/debian/fetch"); then
	promises 300 "Debian's policy" "$debian/etc/apparmor.d" "$debian/etc/apparmor.d" \
		"$debian/usr/share/apparmor/extra-profiles"
else
	skip "Debian's packages"
fi
if [ -x "$YOROI_SOURCE/tests/debian/fetch-sid" ] && sid=$("$YOROI_SOURCE/tests/debian/fetch-sid"); then
	promises 300 "Debian sid's policy" "$sid/etc/apparmor.d" "$sid/etc/apparmor.d"
fi
mkdir "$work/random"
python3 "$YOROI_SOURCE/tests/same/random-profiles.py" --show --seed "$seed" \
	--count "$random" | awk -v RS= -v dir="$work/random" \
	'/profile/ { file = sprintf("%s/%05d", dir, NR); print > file; close(file) }'
promises $((random * 8 / 10)) "random profiles" "$work/random" "$work/random"
finish
