#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The records of three containers that ran in a guest (tests/vm/suite/learn.sh) give the profiles that
# a person has reviewed, and that were in force there.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

here=$YOROI_SOURCE/tests/learn
cd "$work" || exit 1
for name in web db report; do
	ends "$name: learned" 0 'the check holds' "$yoroi" learn -b "$YOROI_PROFILES" -p "$name" \
		"$here/golden/$name.log" -o "$name.aa"
	# flags, too: a log does not say that it is a container's, 'learn --podman' knows
	check "$name: as it was reviewed" sh -c "tail -n +2 '$here/golden/$name.aa' | sed 's/ flags=([a-z_,]*)//' >reviewed && tail -n +2 $name.aa | diff reviewed -"
	check "$name: the kernel of Debian 12 takes it" "$yoroi" compile -b "$YOROI_PROFILES" --features debian-6.1 -o "$name.bin" "$name.aa"
done
finish
