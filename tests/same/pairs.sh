#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The comparer itself: pairs that differ in one thing are told apart, pairs that mean the
# same are not; images made by Debian's parser and by ours.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

debian=$("$YOROI_SOURCE/tests/debian/fetch") || { skip "Debian's packages"; finish; }
tester=$YOROI_SOURCE/tests/same/test_same.sh
newest=$YOROI_SOURCE/profiles/features/debian-7.2

# pairs MAKER FEATURES
pairs()
{
	check "images by ${1%/apparmor_parser} for ${2##*/}" "$tester" "$YOROI_BUILD/tests/same" "$1" \
		"$2" "$debian/etc/apparmor.d"
}

pairs "$debian/sbin/apparmor_parser" "$features"
pairs "$parser" "$features"
pairs "$parser" "$newest"
if sid=$("$YOROI_SOURCE/tests/debian/fetch-sid"); then
	pairs "$sid/parser" "$features"
	pairs "$sid/parser" "$newest"
else
	skip "sid's packages"
fi
finish
