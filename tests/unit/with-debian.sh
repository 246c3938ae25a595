#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A unit test that wants real images gets Debian's parser, features and policy as arguments.
#
# usage: with-debian.sh TEST
debian=$("$YOROI_SOURCE/tests/debian/fetch") || exec "$1"
exec "$1" "$debian/sbin/apparmor_parser" "$YOROI_SOURCE/profiles/features/debian-6.1" \
	"$debian/etc/apparmor.d"
