#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A fuzz target for a minute over the corpus in the tree; what it finds stays in the build folder.
#
# usage: run.sh TARGET CORPUS
set -euo pipefail

target=$1 corpus=$2
work=$(mktemp -d "$YOROI_BUILD/fuzz.XXXXXX")
trap 'rm -rf "$work"' EXIT
if ! "$target" -max_total_time="${YOROI_FUZZ_SECONDS:-60}" -timeout=10 -rss_limit_mb=2048 \
	-max_len=65536 -print_final_stats=1 -artifact_prefix="$work/" "$work" "$corpus" \
	>"$work/log" 2>&1; then
	tail -60 "$work/log"
	for found in "$work"/crash-* "$work"/timeout-* "$work"/oom-*; do
		[ -f "$found" ] || continue
		cp "$found" "$YOROI_BUILD/"
		echo "input kept as $YOROI_BUILD/${found##*/}"
	done
	exit 1
fi
grep -E 'stat::number_of_executed_units|stat::average' "$work/log"
