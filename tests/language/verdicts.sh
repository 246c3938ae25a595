#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Made-up texts, right and wrong: what is policy to us and what to sid's parser. The seed is fixed;
# YOROI_SEED and YOROI_TEXTS ask about others.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

sid=$("$YOROI_SOURCE/tests/debian/fetch-sid") || { skip "Debian sid's packages"; finish; }
[ -d "$cases/tst" ] || { skip "upstream's parser suite, for its features and includes"; finish; }
trap - EXIT
python3 "$YOROI_SOURCE/tests/language/verdicts.py" --ours "$parser" --upstream "$sid/parser" \
	--cases "$(realpath "$cases/tst")" --seed "${YOROI_SEED:-1}" --count "${YOROI_TEXTS:-4000}"
status=$?
rm -rf "$work"
exit $status
