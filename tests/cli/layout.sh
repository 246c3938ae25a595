#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The tree itself: C as .clang-format says, scripts that shellcheck takes, no machine's own paths.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cd "$YOROI_SOURCE" || exit 1
mapfile -t files < <(find include src tests -name '*.[ch]' | sort)
check "C is laid out as .clang-format says" clang-format-14 --dry-run -Werror "${files[@]}"
mapfile -t files < <(grep -rlE '^#!/bin/(ba)?sh' tools tests .ci | sort)
check "shellcheck has no errors" shellcheck -S error -x "${files[@]}"
missing=$(find include src tests tools man .ci -type f ! -path '*/corpus-*' ! -path '*/workloads/root/var/*' ! -path '*/golden/*' ! -name '*.md' \
	-exec grep -L SPDX-License-Identifier {} +)
check "every file names its licence" test -z "$missing"
printf '%s\n' "$missing" >"$work/out"
finish
