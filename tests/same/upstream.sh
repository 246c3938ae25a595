#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# All accepted cases of upstream's suite and all real profiles, for four kernels: our image
# decides as upstream's.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

"$YOROI_SOURCE/tests/debian/fetch-packages" >/dev/null || { skip "Debian's packages"; finish; }
"$YOROI_SOURCE/tests/debian/fetch-sid" >/dev/null || { skip "sid's packages"; finish; }
[ -d "$cases/tst" ] || { skip "upstream's parser suite"; finish; }
check "every image decides as upstream's" \
	python3 "$YOROI_SOURCE/tests/same/upstream.py" --build "$YOROI_BUILD" --cases "$cases"
sed -n '$s/^/# /p' "$work/out"
finish
