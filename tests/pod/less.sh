#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What is written in an odd way is refused by name: no container gets more than was asked for.
. "$(dirname "${BASH_SOURCE[0]}")/run-lib.sh"

# pod NAME SPEC CONTAINER: more of the spec and of its container, as JSON
pod()
{
	printf '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "%s"}, "spec": {%s "containers": [
		{"name": "main", "image": "busybox:1", "command": ["sleep"], %s}]}}' "$@" >"$work/pod.json"
}
create()
{
	pod "$@"
	timeout 60 "$yoroi" pod create --era 1.36 -f "$work/pod.json"
}
args()
{
	jq -r '. as $a | range(length) | select($a[.] | startswith("--")) | "\($a[.]) \($a[. + 1])"' \
		"$FAKE_PODMAN"/args/yoroi_main_"$1"_*
}
n=0
# refused PATH SPEC CONTAINER
refused()
{
	n=$((n + 1))
	ends "$n: $1" 1 "$1.*cannot do that" create x "$2" "$3"
	ends "$n leaves nothing" 1 NotFound "$yoroi" pod get x
}

# --- values of another form ---

context='spec\.containers\[0\]\.securityContext'
while read -r path value; do
	key=${value%%:*}
	refused "$context\\.$path" '' "\"securityContext\": {\"$key\": ${value#*: }}"
done <<'END'
runAsUser runAsUser: "1000"
runAsUser runAsUser: 1000.5
runAsUser runAsUser: -1
runAsUser runAsUser: 4294967296
runAsUser runAsUser: true
readOnlyRootFilesystem readOnlyRootFilesystem: "true"
allowPrivilegeEscalation allowPrivilegeEscalation: "false"
allowPrivilegeEscalation allowPrivilegeEscalation: 0
runAsNonRoot runAsNonRoot: "true"
capabilities capabilities: ["ALL"]
capabilities\.drop capabilities: {"drop": "ALL"}
capabilities\.drop capabilities: {"drop": ["ALL", 1]}
capabilities\.drop capabilities: {"drop": {"ALL": true}}
capabilities\.Drop capabilities: {"Drop": ["ALL"]}
seccompProfile seccompProfile: "RuntimeDefault"
END
refused "$context\\.runAsGroup" '' '"securityContext": {"runAsGroup": 100}'
refused 'spec\.securityContext\.runAsUser' '"securityContext": {"runAsUser": "1000"},' '"tty": false'
refused 'spec\.securityContext\.supplementalGroups' '"securityContext": {"supplementalGroups": ["wheel"]},' '"tty": false'
refused 'spec\.securityContext\.supplementalGroups' '"securityContext": {"supplementalGroups": 7},' '"tty": false'
refused 'spec\.hostPID' '"hostPID": "false",' '"tty": false'
refused 'spec\.terminationGracePeriodSeconds' '"terminationGracePeriodSeconds": "1",' '"tty": false'
refused 'spec\.volumes' '"volumes": {},' '"tty": false'
refused 'spec\.containers\[0\]\.resources' '' '"resources": [{"limits": {"memory": "1Mi"}}]'
refused 'spec\.containers\[0\]\.env' '' '"env": {"A": "b"}'
refused 'spec\.containers\[0\]\.env\[0\]' '' '"env": ["A"]'
refused 'spec\.containers\[0\]\.env\[0\]\.value' '' '"env": [{"name": "A", "value": 1}]'
refused 'spec\.containers\[0\]\.volumeMounts\[0\]\.readOnly' '"volumes": [{"name": "v", "hostPath": {"path": "/etc"}}],' \
	'"volumeMounts": [{"name": "v", "mountPath": "/m", "readOnly": "true"}]'
refused 'spec\.containers\[0\]\.args' '' '"args": "x"'

pod x '' '"tty": false'
sed -i 's|"name": "x"|&, "namespace": "a/b"|' "$work/pod.json"
ends "a namespace that is no name" 1 'metadata.namespace: Invalid value: "a/b": a lowercase RFC 1123 label' \
	timeout 60 "$yoroi" pod create -f "$work/pod.json"

# seccomp KEY VALUE: a Pod with that annotation
seccomp()
{
	pod x '' '"tty": false'
	sed -i "s|\"name\": \"x\"|&, \"annotations\": {\"$1\": \"$2\"}|" "$work/pod.json"
	timeout 60 "$yoroi" pod create -f "$work/pod.json"
}
old=seccomp.security.alpha.kubernetes.io
ends "a seccomp profile by annotation" 1 "annotations.container\.$old/main.*cannot do that" seccomp "container.$old/main" localhost/strict.json
ends "of the Pod" 1 "annotations.$old/pod.*cannot do that" seccomp "$old/pod" localhost/strict.json
ends "leaves nothing" 1 NotFound "$yoroi" pod get x
ends "less than there is has no effect" 0 "warning: metadata.annotations.*no effect" seccomp "$old/pod" unconfined
check "it goes" timeout 60 "$yoroi" pod delete --grace-period 0 x
ends "what there is holds" 0 '^pod/x created$' seccomp "$old/pod" runtime/default
check "it goes" timeout 60 "$yoroi" pod delete --grace-period 0 x

# --- null is as good as nothing, and not user 0 ---

check "null for a user" create null '"securityContext": {"runAsUser": 1000, "runAsGroup": 100},' \
	'"securityContext": {"runAsUser": null, "runAsGroup": null, "readOnlyRootFilesystem": null}'
ends "is the Pod's" 0 '^--user 1000:100$' args null
check "null for both" create none '"securityContext": {"runAsUser": null},' '"securityContext": {"runAsUser": null}'
ends "is the image's" 1 '' grep -- --user "$FAKE_PODMAN"/args/yoroi_main_none_*

# --- words that look like options, and a profile that has the name of none ---

for image in --privileged -v/:/host --security-opt=apparmor=unconfined; do
	pod opt '' '"tty": false'
	sed -i "s|\"busybox:1\"|\"$image\"|" "$work/pod.json"
	timeout 60 "$yoroi" pod create -f "$work/pod.json" >/dev/null 2>&1
	ends "the image $image is none" 0 'InvalidImageName' "$yoroi" pod get opt
	timeout 60 "$yoroi" pod delete --grace-period 0 opt >/dev/null
done
ends "no call has it" 1 '' grep -e '--privileged' -e '-v/:/host' "$FAKE_PODMAN/calls"
mkdir "$work/shelf"
printf 'profile unconfined { file, }\nprofile mine { file, }\n' >"$work/shelf/p"
asks()
{
	pod "$1" '' "\"securityContext\": {\"appArmorProfile\": {\"type\": \"Localhost\", \"localhostProfile\": \"$2\"}}"
	timeout 60 "$yoroi" pod create --era "$3" --profile-dir "$work/shelf" -f "$work/pod.json"
}
i=0
for name in unconfined :ns:unconfined :ns://unconfined; do
	for era in 1.30 1.36; do
		i=$((i + 1))
		ends "a profile called $name, $era" 0 created asks "local$i" "$name" "$era"
		ends "never starts" 0 'AppArmor|CreateContainerError|Blocked' "$yoroi" pod get "local$i"
		ends "nothing was made of it" 1 '' grep "_local${i}_" "$FAKE_PODMAN/log"
	done
done
# --- what engines do not confine is told, and nobody's terminal obeys a manifest ---

pod priv '' '"securityContext": {"privileged": true, "appArmorProfile": {"type": "RuntimeDefault"}}'
ends "a default for a privileged container" 0 "warning: container 'main' is privileged.*runs unconfined" \
	timeout 60 "$yoroi" pod create --era 1.36 -f "$work/pod.json"
pod priv2 '' '"securityContext": {"privileged": true}'
ends "who asks for nothing knows" 0 '^pod/priv2 created$' timeout 60 "$yoroi" pod create --era 1.36 -f "$work/pod.json"
silent_about()
{
	! grep -q "$1" "$work/out"
	result $? "and is not told"
}
silent_about warning
cat >"$work/psp.yaml" <<'END'
apiVersion: policy/v1beta1
kind: PodSecurityPolicy
metadata:
  name: p
  annotations: {apparmor.security.beta.kubernetes.io/allowedProfileNames: runtime/default}
END
printf '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "esc", "annotations": {
	"container.apparmor.security.beta.kubernetes.io/main": "localhost/a\\u001b[31mb"}},
	"spec": {"containers": [{"name": "main", "image": "busybox:1"}]}}' >"$work/pod.json"
ends "an escape in a name is none in the refusal" 1 'localhost/a\\033\[31mb is not an allowed profile' \
	"$yoroi" pod create --era 1.20 --enable-admission-plugins PodSecurityPolicy --policy "$work/psp.yaml" -f "$work/pod.json"
ends "without the policy it waits" 0 created timeout 60 "$yoroi" pod create --era annotations -f "$work/pod.json"
ends "and Kubernetes' text stays what it is" 0 'profile "a\\x1b\[31mb" is not loaded' "$yoroi" pod describe esc
ends "a folder that lives as long as its Pod" 0 created create tmp '"volumes": [{"name": "t", "emptyDir": {}}],' '"tty": false'
ends "is described as one" 0 'Type: +EmptyDir' "$yoroi" pod describe tmp

ends "one that the folder has does" 0 created asks mine mine 1.36
ends "and is asked for" 0 '^--security-opt apparmor=mine$' args mine
finish
