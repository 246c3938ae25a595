#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# yoroi query: the table of accesses, and everything about the command.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

here=$YOROI_SOURCE/tests/verdict
if "$YOROI_SOURCE/tests/debian/fetch" >/dev/null &&
	"$YOROI_SOURCE/tests/debian/fetch-sid" >/dev/null && [ -d "$cases/profiles" ]; then
	check "text, images and the matcher agree with the table" \
		env YOROI_CASES="$cases" python3 "$here/accesses.py" --build "$YOROI_BUILD"
	sed -n '$s/^/# /p' "$work/out"
else
	skip "the table: Debian's packages, sid's or the cases"
fi
finish
