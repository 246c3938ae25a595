#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Pods that are named by manifests: to be looked at and to be deleted.
. "$(dirname "${BASH_SOURCE[0]}")/run-lib.sh"

# ns NAMESPACE NAME: a Pod of a namespace
ns()
{
	pod "$2" "" sleep | sed "s/^metadata:/&\n  namespace: $1/"
}
names()
{
	"$yoroi" pod get -A -o json | jq -r '.items[].metadata | "\(.namespace)/\(.name)"' | tr '\n' ' '
}

# --- check ---

pod good localhost/deny-write sleep >"$work/good.yaml"
pod bad docker-default sleep >"$work/bad.yaml"
ends "a file" 0 '^pod/good: accepted' "$yoroi" pod check "$work/good.yaml"
cp "$work/out" "$work/bare"
ends "with -f" 0 '^pod/good: accepted' "$yoroi" pod check -f "$work/good.yaml"
mv "$work/out" "$work/with"
check "says the same" cmp "$work/with" "$work/bare"
ends "the long word" 0 '^pod/good: accepted' "$yoroi" pod check --filename="$work/good.yaml"
ends "standard input" 0 '^pod/good: accepted' sh -c "'$yoroi' pod check -f - <'$work/good.yaml'"
ends "two of them, one of which is wrong" 1 '^pod/good: accepted' "$yoroi" pod check -f "$work/bad.yaml" -f "$work/good.yaml"
ends "both ways at once" 1 'docker-default' "$yoroi" pod check "$work/bad.yaml" -f "$work/good.yaml"
ends "one that is not there" 3 'nowhere' "$yoroi" pod check -f "$work/nowhere"
ends "none" 2 'name files' "$yoroi" pod check
ends "too many" 2 'too many files' "$yoroi" pod check $(printf -- '-f x %.0s' $(seq 65))

# --- delete ---

{
	pod one "" sleep
	echo ---
	ns web two
} >"$work/pods.yaml"
check "two Pods of a file" timeout 60 "$yoroi" pod create -f "$work/pods.yaml"
check "one of the same name elsewhere" sh -c "sed 's/namespace: web/namespace: other/; 1,/---/d' '$work/pods.yaml' | '$yoroi' pod create -f -"
ends "are there" 0 '^default/one other/two web/two $' names
ends "the file's go" 0 '^pod "two" deleted' timeout 60 "$yoroi" pod delete --grace-period 0 -f "$work/pods.yaml"
ends "and no other" 0 '^other/two $' names
ends "again: nothing is found" 1 \
	"^Error from server \\(NotFound\\): error when deleting \"$work/pods.yaml\": pods \"one\" not found\$" \
	"$yoroi" pod delete -f "$work/pods.yaml"
ends "of either" 1 'pods "two" not found' "$yoroi" pod delete -f "$work/pods.yaml"
ns web two >"$work/web.yaml"
ends "another namespace than the file's" 1 "of the namespace 'web', not of 'other'" \
	"$yoroi" pod delete -n other -f "$work/web.yaml"
ends "deletes nothing" 0 '^other/two $' names
pod two "" sleep >"$work/two.yaml"
ends "a file without one is of -n" 0 '^pod "two" deleted' timeout 60 "$yoroi" pod delete --grace-period 0 -n other -f "$work/two.yaml"
ends "nothing is left" 0 '^$' sh -c "'$yoroi' pod get -A -o name 2>/dev/null; echo"
check "a Pod" create good localhost/deny-write sleep
sed 's|localhost/deny-write|docker-default|' "$work/pod.yaml" >"$work/changed.yaml"
ends "a file that would be refused by now names it, too" 0 'deleted' \
	sh -c "timeout 60 '$yoroi' pod delete --grace-period 0 -f - <'$work/changed.yaml'"
printf 'kind: Deployment\napiVersion: apps/v1\nmetadata: {name: d}\nspec: {template: {spec: {containers: []}}}\n' >"$work/deployment.yaml"
ends "what is no Pod" 1 'this is a Deployment' "$yoroi" pod delete -f "$work/deployment.yaml"
ends "names besides" 2 'either name Pods, or manifests' "$yoroi" pod delete one -f "$work/pods.yaml"
ends "neither" 2 'name the Pods to delete, or a manifest' "$yoroi" pod delete
ends "a file that is not there" 3 'nowhere' "$yoroi" pod delete -f "$work/nowhere"

finish
