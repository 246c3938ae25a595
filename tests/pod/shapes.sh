#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Pods and events as kubectl prints them: columns, their words, what is said of nothing.
. "$(dirname "${BASH_SOURCE[0]}")/run-lib.sh"

ends "no events are said" 0 '^No resources found in default namespace\.$' "$yoroi" pod events
ends "nor of all namespaces" 0 '^No resources found$' "$yoroi" pod events -A
ends "of one that is not there" 0 '^No resources found in web namespace\.$' "$yoroi" pod events -n web one
ends "as JSON an empty list" 0 '^\[\]$' sh -c "'$yoroi' pod events -o json | jq -c .items"

# of NAME CONTAINERS [INITS]: a Pod that is not restarted, of NAME=COMMAND[=IMAGE] each
of()
{
	printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: %s, namespace: %s}\nspec:\n  restartPolicy: %s\n' \
		"$1" "${NS:-default}" "${RESTART:-Never}"
	for list in "containers:$2" "initContainers:${3-}"; do
		[ -n "${list#*:}" ] || continue
		printf '  %s:\n' "${list%%:*}"
		for c in ${list#*:}; do
			IFS='=' read -r name command image <<<"$c"
			printf '  - {name: %s, image: %s, command: ["%s"]}\n' "$name" "${image:-busybox:1}" "$command"
		done
	done
	echo ---
}
{
	of half "a=sleep b=true"
	of both "a=5 b=true=nowhere"
	of ends "a=true b=true"
	of worse "a=true b=3"
	of begins "a=sleep" "i=sleep j=true"
	of second "a=sleep" "i=true j=sleep"
	of broken "a=sleep" "i=4"
	of pulls "a=sleep" "i=true=nowhere"
	NS=web of half "a=sleep"
} >"$work/all.yaml"
check "Pods in all states" timeout 60 "$yoroi" pod create -f "$work/all.yaml"
cat <<X >"$work/blocked.yaml"
apiVersion: v1
kind: Pod
metadata: {name: blocked, annotations: {container.apparmor.security.beta.kubernetes.io/i: localhost/nowhere}}
spec:
  initContainers: [{name: i, image: "busybox:1", command: [sleep]}]
  containers: [{name: a, image: "busybox:1", command: [sleep]}]
X
check "and one that waits for a profile" timeout 60 "$yoroi" pod create -f "$work/blocked.yaml"
"$yoroi" pod get >"$work/table"
cat "$work/table" >"$work/out"
# row NAME READY STATUS WHY
row()
{
	grep -Eq "^$1 +$2 +$3 +0 +[0-9]+s$" "$work/table"
	result $? "$4"
}
row half 1/2 NotReady "one of two has ended"
row both 0/2 Error "the first container's reason is told"
row ends 0/2 Completed "all have ended"
row worse 0/2 Completed "the first of two that ended"
row begins 0/1 Init:0/2 "the first init container runs"
row second 0/1 Init:1/2 "the second does"
row broken 0/1 Init:Error "one has failed"
row pulls 0/1 Init:ErrImagePull "one has no image"
row blocked 0/1 Init:Blocked "one has no profile"
ends "all namespaces" 0 '^web +half +1/1 +Running' "$yoroi" pod get -A
ends "a name is not one in all of them" 2 'leave out the names' "$yoroi" pod get -A half
ends "events by name" 0 '^event/half\.[0-9a-f]{16}$' "$yoroi" pod events half -o name
[ "$("$yoroi" pod events half -o name)" = "$("$yoroi" pod events half -o json | jq -r '"event/" + .items[].metadata.name')" ]
result $? "as JSON has them"

of ends "a=true" >"$work/again.yaml"
ends "who is there already is told with the file" 1 \
	"^Error from server \(AlreadyExists\): error when creating \"$work/again.yaml\": pods \"ends\" already exists$" \
	"$yoroi" pod create -f "$work/again.yaml"
of other "a=sleep" >"$work/other.yaml"
ends "the next file is created all the same" 1 '^pod/other created$' \
	timeout 60 "$yoroi" pod create -f "$work/again.yaml" -f "$work/other.yaml"
sed 's/name: other/generateName: made-/' "$work/other.yaml" >"$work/made.yaml"
ends "a name is made" 0 '^pod/made-[bcdfghjklmnpqrstvwxz2456789]{5} created$' timeout 60 "$yoroi" pod create -f "$work/made.yaml"
ends "and another one" 0 '^pod/made-' timeout 60 "$yoroi" pod create -f "$work/made.yaml"
[ "$("$yoroi" pod get -o name | grep -c '^pod/made-')" = 2 ]
result $? "two Pods of it"
made=$("$yoroi" pod get -o name | grep -m 1 '^pod/made-')
is "the name is in the Pod" "${made#pod/}" .metadata.name "$made"
mkdir "$work/served"
cp "$work/made.yaml" "$work/served"
ends "none is made for a file that is served" 0 'this Pod has no metadata.name' \
	sh -c "timeout 60 '$yoroi' node run --once --manifests '$work/served'; true"

echo N >"$work/params/enabled"
for era in 1.4 1.20 1.36; do
	pod "off-${era/./-}" runtime/default sleep Never >"$work/off.yaml"
	ends "without AppArmor, a Pod of $era" 0 created timeout 60 "$yoroi" pod create --era "$era" -f "$work/off.yaml"
done
ends "the node's message" 0 'posting ready status$' "$yoroi" node status
echo Y >"$work/params/enabled"
ends "with it again" 0 '' timeout 60 "$yoroi" node run --once
is "who failed stays so" 'Failed AppArmor Pod Cannot enforce AppArmor: AppArmor is not enabled on the host Blocked' \
	'.status | "\(.phase) \(.reason) \(.message) \(.containerStatuses[0].state.waiting.reason)"' off-1-4
is "in later eras, too" 'Failed AppArmor Pod was rejected: Cannot enforce AppArmor: AppArmor is not enabled on the host' \
	'.status | "\(.phase) \(.reason) \(.message)"' off-1-36
is "who waited runs" Running .status.phase off-1-20
check "one that failed goes" timeout 60 "$yoroi" pod delete --grace-period 0 off-1-4

ends "logs of a container that is named twice" 2 "name the container once: 'a' or 'b'" "$yoroi" pod logs half -c a b
ends "all lines, as kubectl says it" 0 '^log of' "$yoroi" pod logs half --tail=-1
ends "exec takes the options behind the name" 0 '^in$' "$yoroi" pod exec half --container a --namespace=web --stdin -- echo in </dev/null
ends "in short, too" 0 '^in$' "$yoroi" pod exec half -n web -c a -- echo in
ends "a container that is not there" 1 'container b is not valid for pod half' "$yoroi" pod exec half -n web -c b -- echo in
ends "an option of other commands" 2 "no option called 'all-namespaces'" "$yoroi" pod describe -A
ends "grace as the Pod says" 0 '^pod "half" deleted$' timeout 60 "$yoroi" pod delete half -n web --wait=false --grace-period=-1
ends "is the usual" 0 '^30$' sh -c "'$yoroi' pod get -n web half -o json | jq .metadata.deletionGracePeriodSeconds"
finish
