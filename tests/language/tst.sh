#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Upstream's parser suite, the part of it in cases/tst: every verdict as its authors expect, for
# Linux 6.1 and with the command line of the suite's judge.
#
# usage: tst.sh RUN_TST
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

if [ -d "$cases/tst" ]; then
	check "every verdict agrees for Linux 6.1" "$1" -v "$cases/tst"
	sed -n '$s/^/# /p' "$work/out"
	# The check above looks for leaks; 2,751 processes that do so take a minute more.
	check "every verdict agrees as the judge calls us" \
		env ASAN_OPTIONS=detect_leaks=0 python3 "$YOROI_SOURCE/tests/language/suite.py" --ours "$parser" \
		--cases "$(realpath "$cases/tst")"
	sed -n '$s/^/# /p' "$work/out"
else
	skip "upstream's parser suite"
fi
finish
