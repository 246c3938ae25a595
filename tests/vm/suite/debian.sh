#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In a guest: the kernel takes every profile of Debian's packages as we compile it.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

for file in /opt/debian/apparmor.d/* /opt/debian/extra-profiles/*; do
	[ -f "$file" ] && [ "${file##*/}" != README ] || continue
	check "${file##*/} is loaded" apparmor_parser -r -K -q -b /opt/debian/apparmor.d "$file"
	while IFS= read -r name; do
		grep -qF "$name (" /sys/kernel/security/apparmor/profiles ||
			echo "$name" >>"$work/missing"
	done < <(apparmor_parser -N -q -b /opt/debian/apparmor.d "$file")
done
cp "$work/missing" "$work/out" 2>/dev/null || : >"$work/out"
check "every profile is in the kernel's list" test ! -s "$work/missing"
check "a whole directory is loaded at once" apparmor_parser -r -K -q -j2 -b /opt/debian/apparmor.d \
	/opt/debian/apparmor.d
check "the kernel has no complaint" sh -c '! dmesg | grep -E "apparmor=.*error=-"'
finish
