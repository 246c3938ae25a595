#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the first system document tells of administration, with Pods that run: policies, the feature
# gate, Pods from before an upgrade, and the way from annotations to fields.
. "$(dirname "${BASH_SOURCE[0]}")/run-lib.sh"

# psp DEFAULT ALLOWED
psp()
{
	cat <<-END
		apiVersion: policy/v1beta1
		kind: PodSecurityPolicy
		metadata:
		  name: psp
		  annotations:
		    apparmor.security.beta.kubernetes.io/defaultProfileName: $1
		    apparmor.security.beta.kubernetes.io/allowedProfileNames: $2
		spec: {privileged: false}
	END
}
# field NAME PROFILE: a Pod that asks by the field
by_field()
{
	pod "$1" "" sleep
	printf '    securityContext: {appArmorProfile: {type: Localhost, localhostProfile: %s}}\n' "$2"
}
# run_file FILE OPTION...
run_file()
{
	local file=$1
	shift
	timeout 60 "$yoroi" pod create "$@" -f "$work/$file"
}

# --- PodSecurityPolicy ---

psp localhost/deny-write localhost/deny-write,runtime/default >"$work/psp"
psp unconfined localhost/deny-write >"$work/bad-psp"
pod plain "" sleep >"$work/plain"
pod loose unconfined sleep >"$work/loose"
pod asks localhost/deny-write sleep >"$work/asks"
by_field field deny-write >"$work/field"
with=(--enable-admission-plugins PodSecurityPolicy)
ends "a Pod that asks for nothing" 0 created run_file plain "${with[@]}" --policy "$work/psp"
is "is given the policy's default" localhost/deny-write \
	'.metadata.annotations["container.apparmor.security.beta.kubernetes.io/main"]' plain
ends "and runs under it" 0 'Created .*apparmor=deny-write' "$yoroi" pod events plain
ends "one that asks for what is not allowed is refused" 1 \
	'^Error from server \(Forbidden\): .*pods "loose" is forbidden: PodSecurityPolicy: unable to admit pod: \[.*unconfined is not an allowed profile. Allowed values: "localhost/deny-write,runtime/default"\]$' \
	run_file loose "${with[@]}" --policy "$work/psp"
ends "a default that is not allowed is refused with its policy" 1 \
	'the default unconfined is not an allowed profile. Allowed values: "localhost/deny-write"$' \
	run_file asks "${with[@]}" --policy "$work/bad-psp"
ends "without a policy nothing is admitted" 1 'no providers available to validate pod request' run_file asks "${with[@]}"
ends "none of these is there" 1 NotFound "$yoroi" pod get loose

# --- the feature gate ---

ends "with AppArmor=false a Pod with a profile is forbidden" 1 'Forbidden: AppArmor is disabled by feature-gate$' \
	run_file asks --feature-gates AppArmor=false
pod without "" sleep >"$work/without"
ends "one without is not" 0 created run_file without --feature-gates AppArmor=false
ends "the engine's default holds on" 0 'Created' "$yoroi" pod events without
ends "the node's message does not promise it" 0 'posting ready status$' "$yoroi" node status --feature-gates AppArmor=false

# --- from annotations to fields, era by era ---

stored='[.metadata.annotations["container.apparmor.security.beta.kubernetes.io/main"],
	.spec.containers[0].securityContext.appArmorProfile.localhostProfile] | map(. // "-") | join(" ")'
# era NAME ERA FILE STATUS PATTERN STORED
era()
{
	ends "$1" "$4" "$5" run_file "$3" --era "$2"
	[ "$4" != 0 ] || {
		is "$1: what is stored" "$6" "$stored" "$3"
		ends "$1: it runs under it" 0 'Created .*apparmor=deny-write' "$yoroi" pod events "$3"
		timeout 60 "$yoroi" pod delete --grace-period 0 "$3" >/dev/null
	}
}
era "annotations: the annotation" annotations asks 0 created 'localhost/deny-write -'
era "annotations: a field is refused" annotations field 1 'unknown field "spec.containers\[0\].securityContext.appArmorProfile"'
era "both: the annotation" both asks 0 created 'localhost/deny-write deny-write'
era "both: the field" both field 0 created 'localhost/deny-write deny-write'
era "fields: the annotation is warned about" fields asks 0 'deprecated since v1.30; use the "appArmorProfile" field' 'localhost/deny-write deny-write'
era "fields: the field" fields field 0 created '- deny-write'
era "fields only: the annotation is refused" fields-only asks 1 'use the "appArmorProfile" field instead'
era "fields only: the field" fields-only field 0 created '- deny-write'

# --- Pods that were there before anybody looked ---

"$yoroi" pod get -o json |
	jq '.items[0].metadata.annotations["container.apparmor.security.beta.kubernetes.io/nobody"] = "docker-default"' >"$work/existing"
ends "those that were there before are looked through" 1 'nobody' "$yoroi" pod check --existing "$work/existing"
check "those of this node are fine" sh -c "'$yoroi' pod get without -o json | '$yoroi' pod check --existing -"
ends "all go" 0 deleted "$yoroi" pod delete --grace-period 0 plain without
finish
