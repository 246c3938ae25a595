#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In a guest: the kernel takes every profile of Debian's packages as we compile it for that
# kernel: packed permissions or tables, whole rows or differences, compressed or not.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# load WHAT BASE FILE...: all of them in one call, the names that they bring noted down.
load()
{
	local what=$1 base=$2 file files=()
	shift 2
	for file; do
		[ -f "$file" ] && [ "${file##*/}" != README ] && files+=("$file")
	done
	check "$what: ${#files[@]} files are loaded" yoroi load --quiet -b "$base" "${files[@]}"
	sed -n 's/^loaded //p' "$work/out" >>"$work/names"
	loaded=$((loaded + ${#files[@]}))
}

loaded=0
load "Debian 12" /opt/debian/apparmor.d /opt/debian/apparmor.d/*
load "Debian 12's extra profiles" /opt/debian/apparmor.d /opt/debian/extra-profiles/*
mapfile -t names < <(sed 's|^|/opt/packages/apparmor.d/|' /opt/packages/names)
load "other packages" /opt/packages/apparmor.d "${names[@]}"
load "sid" /opt/sid/apparmor.d /opt/sid/apparmor.d/*
load "sid's extra profiles" /opt/sid/apparmor.d /opt/sid/extra-profiles/*
sort -u -o "$work/names" "$work/names"
check "there are as many as Debian ships" test "$loaded" -ge 400 -a "$(wc -l <"$work/names")" -ge 250
sed 's/ ([a-z]*)$//' /sys/kernel/security/apparmor/profiles | sort -u >"$work/listed"
comm -23 "$work/names" "$work/listed" >"$work/missing"
check "every profile is in the kernel's list" sh -c "cat '$work/missing'; test ! -s '$work/missing'"
check "a whole directory is loaded at once" apparmor_parser -r -K -q -j2 -b /opt/debian/apparmor.d \
	/opt/debian/apparmor.d
check "the kernel has no complaint" sh -c '! dmesg | grep -E "apparmor=.*error=-"'
finish
