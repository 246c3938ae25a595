#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Policy that people have: the documents' profiles and what engines render, from our own
# fallback set alone and from Debian's.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [ ! -d "$cases/profiles" ]; then
	skip "the documents' profiles"
	finish
fi
# moby's own tests name two includes that are nowhere.
mkdir -p "$work/policy/something"
touch "$work/policy/something/foo" "$work/policy/something/bar"
for file in "$cases"/profiles/* "$cases"/profiles/docker-default/*; do
	[ -f "$file" ] || continue
	check "${file##*/} compiles without /etc/apparmor.d" p -Q -K "$file"
done
for file in "$YOROI_SOURCE"/profiles/containers/*; do
	check "our ${file##*/} compiles" p -Q -K "$file"
done
for file in "$YOROI_SOURCE"/profiles/abstractions/*; do
	[ -f "$file" ] || continue
	printf 'include <tunables/global>\nprofile x { include <abstractions/%s> }\n' \
		"${file##*/}" >"$work/one"
	check "abstraction ${file##*/} compiles" p -Q -K "$work/one"
done
finish
