#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Run by tests/bench/guest in the guest. The first call of each kind is not measured: it reads
# from the disk, and loads profiles that are not there yet.
set -euo pipefail

policy=/opt/bench/policy
files=()
for file in "$policy"/*; do
	[ -f "$file" ] && [ "${file##*/}" != README ] && files+=("$file")
done

measure()
{
	local what=$1
	shift
	"$@" "${files[@]}" >/dev/null
	/opt/bench/usage /tmp/cost "$@" "${files[@]}" >/dev/null
	echo "$what $(cat /tmp/cost)"
}

# A guest's clock runs fast until a dozen seconds after the boot.
sleep 12
parser=(apparmor_parser --config-file=/dev/null -K -q -j0 -b "$policy")
measure compile "${parser[@]}" -Q -S
measure load "${parser[@]}" -r
