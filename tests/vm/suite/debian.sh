#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In a guest: the kernel takes every profile of Debian's packages as we compile it for that
# kernel: packed permissions or tables, whole rows or differences, compressed or not.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

for file in /opt/debian/apparmor.d/* /opt/debian/extra-profiles/*; do
	[ -f "$file" ] && [ "${file##*/}" != README ] || continue
	check "${file##*/} is loaded" yoroi load --quiet -b /opt/debian/apparmor.d "$file"
	sed -n 's/^loaded //p' "$work/out" >>"$work/names"
done
sort -u -o "$work/names" "$work/names"
check "there are as many as Debian ships" test "$(wc -l <"$work/names")" -ge 100
sed 's/ ([a-z]*)$//' /sys/kernel/security/apparmor/profiles | sort -u >"$work/listed"
comm -23 "$work/names" "$work/listed" >"$work/missing"
check "every profile is in the kernel's list" sh -c "cat '$work/missing'; test ! -s '$work/missing'"
check "a whole directory is loaded at once" apparmor_parser -r -K -q -j2 -b /opt/debian/apparmor.d \
	/opt/debian/apparmor.d
check "the kernel has no complaint" sh -c '! dmesg | grep -E "apparmor=.*error=-"'
finish
