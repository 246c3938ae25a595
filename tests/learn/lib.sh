# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For scripts that learn from logs: they begin in the scratch folder.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

here=$YOROI_SOURCE/tests/learn
# The machine's own abstractions must not reach a test.
learn() { "$yoroi" learn -b "$YOROI_PROFILES" "$@"; }
query() { "$yoroi" query -b "$YOROI_PROFILES" "$@"; }
export -f learn query
export yoroi
cd "$work" || exit 1
