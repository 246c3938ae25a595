#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In a guest booted with apparmor=0: everything refuses, and says why.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

echo 'profile p { file, }' >"$work/p"
ends "load" 3 "boot|apparmor=0" yoroi load "$work/p"
ends "unload" 3 "boot|apparmor=0" yoroi unload p
ends "status" 3 "boot|apparmor=0" yoroi status
ends "apparmor_parser" 1 "boot|apparmor=0" apparmor_parser -r "$work/p"
ends "exec" 3 "AppArmor" yoroi exec -p p -- touch "$work/ran"
check "and runs nothing" test ! -e "$work/ran"
ends "exec unconfined needs AppArmor too" 3 "AppArmor" yoroi exec -p unconfined -- touch "$work/ran"
check "checking needs no kernel" yoroi check "$work/p"
check "nor does compiling for a named one" yoroi compile --features debian-6.1 -o "$work/i" "$work/p"
finish
