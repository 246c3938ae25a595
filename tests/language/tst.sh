#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Upstream's parser suite, the part of it in cases/tst: every verdict as its authors expect.
#
# usage: tst.sh RUN_TST
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

if [ -d "$cases/tst" ]; then
	check "every verdict agrees" "$1" -v "$cases/tst"
	sed -n '$s/^/# /p' "$work/out"
else
	skip "upstream's parser suite"
fi
finish
