#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a tired operator types, and a machine that lacks something: said, with the status for it.
. "$(dirname "${BASH_SOURCE[0]}")/run-lib.sh"

pod one localhost/deny-write sleep >"$work/one.yaml"
ends "a profile directory that is not there" 3 "open '/nowhere/policy'" \
	timeout 60 "$yoroi" pod create --profile-dir /nowhere/policy -f "$work/one.yaml"
ends "creates nothing" 0 'No resources found' "$yoroi" pod get
ends "nor does a node begin" 3 "open '/nowhere/policy'" timeout 60 "$yoroi" node run --once --profile-dir /nowhere/policy
ends "a folder of manifests that is not there" 3 "cannot read '/nowhere/pods'" timeout 60 "$yoroi" node run --once --manifests /nowhere/pods
check "a Pod" timeout 60 "$yoroi" pod create -f "$work/one.yaml"
ends "get takes what get -o name tells" 0 '1/1 +Running' sh -c "'$yoroi' pod get \$('$yoroi' pod get -o name)"
ends "describe" 0 '^Name: +one$' "$yoroi" pod describe pod/one
ends "exec" 0 '^in$' "$yoroi" pod exec pods/one echo in
ends "logs" 0 '' "$yoroi" pod logs pod/one
ends "events" 0 'Started' "$yoroi" pod events pod/one
ends "of all Pods" 0 'Started' "$yoroi" pod events
ends "delete" 0 'pod "one" deleted' timeout 60 "$yoroi" pod delete --grace-period 0 pod/one
ends "what a manifest is for" 2 'name a manifest with -f' "$yoroi" pod create "$work/one.yaml"
ends "a manifest that is none" 1 '/etc/passwd:1:1: error: an object of Kubernetes is a mapping' "$yoroi" pod create -f /etc/passwd
echo junk >"$work/junk"
ends "a store that is none" 3 'junk: file is not a database' "$yoroi" pod get --db "$work/junk"
ends "which stays what it is" 0 '^junk$' cat "$work/junk"
chmod 666 "$YOROI_PODS"
ends "a store that others may write" 3 'pods.db: others may write' "$yoroi" pod get
ends "is none for a node either" 3 'pods.db: others may write' timeout 60 "$yoroi" node run --once
chmod 600 "$YOROI_PODS"
if [ "$(id -u)" = 0 ]; then
	chown 65534 "$YOROI_PODS"
	ends "nor is another user's" 3 'pods.db: others may write' "$yoroi" pod get
	chown 0 "$YOROI_PODS"
fi
ends "put right it is used again" 0 'No resources' "$yoroi" pod get
ends "a ready node says no more" 0 'AppArmor enabled$' "$yoroi" node status
[ "$(wc -l <"$work/out")" = 1 ]
result $? "than one line"
mv "$work/aa" "$work/aa.away"
ends "a node without AppArmor's interface" 0 'ready status$' "$yoroi" node status
ends "says what is missing" 0 'securityfs|mount' "$yoroi" node status
echo N >"$work/params/enabled"
ends "a kernel that has it switched off" 0 'AppArmor is (off|disabled|not enabled|switched off)' "$yoroi" node status
finish
