#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Pods that are named by manifests: to be looked at, to be deleted, and to be served once.
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

# --- a folder, served once ---

dir=$work/manifests
mkdir "$dir"
once()
{
	timeout 60 "$yoroi" node run --once --restart-delay 1 --manifests "$dir"
}
pod first localhost/deny-write sleep >"$dir/a.yaml"
ends "all is well" 0 'AppArmor enabled' once
cp "$work/bad.yaml" "$dir/b.yaml"
pod last "" sleep >"$dir/c.yaml"
ends "one that is refused" 1 'docker-default' once
is "keeps no other back" Running .status.phase last
echo '{' >"$dir/b.yaml"
ends "one that cannot be understood" 1 'b\.yaml:' once
ln -sf nowhere "$dir/b.yaml"
ends "one that cannot be read" 3 'b\.yaml' once
pod first "" sleep >"$work/.new"
rm "$dir/b.yaml"
mv "$work/.new" "$dir/d.yaml"
ends "one whose Pod is another file's" 1 'd\.yaml: the Pod default/first is of .*a\.yaml already' once
rm "$dir/d.yaml"
ends "without them" 0 '' once
echo 'database is locked' >"$FAKE_PODMAN/broken/ps"
ends "an engine that does not answer" 3 'database is locked' once
rm "$FAKE_PODMAN/broken/ps"

# --- somebody deletes what a file wants ---

uid=$(field first .metadata.uid)
"$yoroi" node run --interval 600 --restart-delay 1 --manifests "$dir" >>"$work/node" 2>&1 &
node=$!
ends "a Pod of a file can be deleted, and that it comes again is told" 0 'warning: .*a\.yaml is still there.*default/first' \
	timeout 60 "$yoroi" pod delete --grace-period 0 first
for _ in $(seq 100); do
	[ "$(field first .status.phase)" != Running ] || break
	sleep 0.2
done
is "it does, though the file is as it was" Running .status.phase first
check "as a new one" test "$(field first .metadata.uid)" != "$uid"
rm "$dir/a.yaml"
for _ in $(seq 100); do
	"$yoroi" pod get first >/dev/null 2>&1 || break
	sleep 0.2
done
ends "without its file it goes" 1 NotFound "$yoroi" pod get first
ends "and the other stays" 0 Running "$yoroi" pod get last
finish
