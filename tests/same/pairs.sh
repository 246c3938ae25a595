#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The comparer itself: pairs that differ in one thing are told apart, pairs that mean the
# same are not; images made by Debian's parser and by ours.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

debian=$("$YOROI_SOURCE/tests/debian/fetch") || { skip "Debian's packages"; finish; }
tester=$YOROI_SOURCE/tests/same/test_same.sh
for maker in "$debian/sbin/apparmor_parser" "$parser"; do
	check "images by ${maker%/apparmor_parser}" "$tester" "$YOROI_BUILD/tests/same" "$maker" \
		"$features" "$debian/etc/apparmor.d"
done
finish
