#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In a guest whose kernel was booted with apparmor=0: what asks for a profile is refused.
. "$(dirname "${BASH_SOURCE[0]}")/runtime-lib.sh"

printf 'profile web { file, }\n' >"$policy/web"
why='AppArmor.*(switched off|no AppArmor)|(no|switched off).*AppArmor'
for runtime in runc crun; do
	asking c web
	refused "$runtime: a profile" "'c'.*$why" c
	asking c ''
	refused "$runtime: the default" "$why" c
	annotated c '"io.yoroi.apparmor.profile": "localhost/web"'
	refused "$runtime: an annotation" "$why" c
done
asking c web 'echo label; id; cat /proc/self/attr/current'
ends "crun by itself starts it, which is why" 0 '^label' crun run -b "$work/c" bare
ends "the refusals are recorded" 0 "web.*AppArmor" yoroi events --refused
mkdir -p /etc/yoroi
echo 'on-failure = unconfined' >/etc/yoroi/runtime.conf
ends "the configuration may say otherwise" 0 '^label' start c
yoroi events --json >"$work/events"
check "and then it is recorded as weakened" grep -q '"outcome": *"weakened"' "$work/events"
rm /etc/yoroi/runtime.conf
asking c unconfined
ends "unconfined needs no AppArmor" 0 '^label' start c
finish
