#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Made-up texts, right and wrong: what is policy to us and what to sid's parser. The seed is fixed;
# YOROI_SEED and YOROI_TEXTS ask about others.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

sid=$("$YOROI_SOURCE/tests/debian/fetch-sid") || { skip "Debian sid's packages"; finish; }
[ -d "$cases/tst" ] || { skip "upstream's parser suite, for its features and includes"; finish; }
# One start under a sanitizer costs ten times as much, and what is decided is the same.
texts=4000
[ "${YOROI_SANITIZE:-none}" = none ] || texts=1000
trap - EXIT
python3 "$YOROI_SOURCE/tests/language/verdicts.py" --ours "$parser" --upstream "$sid/parser" \
	--cases "$(realpath "$cases/tst")" --seed "${YOROI_SEED:-1}" --count "${YOROI_TEXTS:-$texts}"
status=$?
rm -rf "$work"
exit $status
