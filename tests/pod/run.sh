#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Pods on one node, above a podman that is made of files.
#
# usage: run.sh [KILLS]   (how often the node is killed at a random moment: normally 100, and 25 with
#                          sanitizers, where a start takes twenty times as long)
. "$(dirname "${BASH_SOURCE[0]}")/run-lib.sh"

[ "${YOROI_SANITIZE:-none}" = none ] && kills=100 || kills=25
kills=${1:-$kills}
check "a Pod with a profile" create one localhost/deny-write sleep
is "runs" Running '.status.phase' one
is "and is ready" true '.status.containerStatuses[0].ready' one
ends "what podman was asked for" 0 'apparmor=deny-write' sh -c "cat '$FAKE_PODMAN'/args/*"
ends "its annotations tell the runtime the Pod" 0 'io.kubernetes.pod.name=one' sh -c "cat '$FAKE_PODMAN'/args/*"
ends "events" 0 'Security:\[seccomp=runtime/default apparmor=deny-write\]' "$yoroi" pod events one
ends "an Event as Kubernetes has it" 0 '^Scheduled Pulled Created Started $' \
	sh -c "'$yoroi' pod events one -o json | jq -rj '.items[] | select(.kind == \"Event\").reason + \" \"'; echo"
ends "one of the same name" 1 'AlreadyExists' create one localhost/deny-write sleep
ends "exec has the command's status" 7 'command terminated with exit code 7' "$yoroi" pod exec one sh -c 'exit 7'
ends "exec passes standard input" 0 '^through$' sh -c "echo through | '$yoroi' pod exec -i one -- cat"
ends "exec without -i does not" 0 '^$' sh -c "echo through | '$yoroi' pod exec one cat; echo"
ends "one that is not there" 1 'NotFound' "$yoroi" pod exec two cat
ends "yaml comes out and goes in" 0 'pod/one: accepted' \
	sh -c "'$yoroi' pod get one -o yaml | '$yoroi' pod check -"

ends "a profile that is not loaded" 0 'pod/two created' create two localhost/nowhere sleep
is "it is Pending" 'Pending AppArmor Pod Cannot enforce AppArmor: profile "nowhere" is not loaded' \
	'.status | "\(.phase) \(.reason) \(.message)"' two
is "its container is Blocked" Blocked '.status.containerStatuses[0].state.waiting.reason' two
ends "there is an event" 0 'Warning +AppArmor +.*Cannot enforce AppArmor: profile "nowhere" is not loaded' "$yoroi" pod events two
ends "nothing was made of it" 1 '' grep -r _two_ "$FAKE_PODMAN/log"
ends "an image that is pulled" 0 created create three "" sleep Always nginx
ends "is told" 0 'Pulling +\{kubelet .*\} +pulling image "nginx"' "$yoroi" pod events three
ends "and that it came" 0 'Successfully pulled image "nginx"' "$yoroi" pod events three
ends "an image that is nowhere" 0 created create four "" sleep Always nowhere
is "waits" ErrImagePull '.status.containerStatuses[0].state.waiting.reason' four
ends "what this node cannot do" 1 'livenessprobe|securityContext.procMount' sh -c \
	"printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: c, image: i, securityContext: {procMount: Unmasked}}]}' | '$yoroi' pod create -f -"
ends "which leaves nothing" 1 NotFound "$yoroi" pod get x
check "a Pod that ends" create five "" true Never
is "has succeeded" Succeeded '.status.phase' five
check "a Pod that fails" create six "" 3 Never
is "has failed" 'Failed 3' '.status | "\(.phase) \(.containerStatuses[0].state.terminated.exitCode)"' six
check "a Pod that is restarted" create seven "" false OnFailure
is "waits after its first restart" 'CrashLoopBackOff 1' \
	'.status.containerStatuses[0] | "\(.state.waiting.reason) \(.restartCount)"' seven
FAKE_ENGINE_PROFILE=other ends "an engine that would take another profile" 0 created create eight localhost/deny-write sleep
ends "does not start it" 1 '' grep 'start yoroi_main_eight' "$FAKE_PODMAN/log"
FAKE_LABEL=unconfined ends "a process with another label" 0 created create nine localhost/deny-write sleep Never
ends "is killed, and that is told" 0 'Warning +AppArmor +.*runs as "unconfined".*it was killed' "$yoroi" pod events nine
is "its Pod failed" 'Failed 137' '.status | "\(.phase) \(.containerStatuses[0].state.terminated.exitCode)"' nine
FAKE_LABEL='deny-write (complain)' ends "one whose profile only complains" 0 created create soft localhost/deny-write sleep
is "runs" Running '.status.phase' soft
ends "and that nothing is refused is told" 0 'Warning +AppArmor +.*runs as "deny-write \(complain\)".*nothing is refused' \
	"$yoroi" pod events soft
check "it goes" timeout 60 "$yoroi" pod delete --grace-period 0 soft
check "unconfined, as it was asked for" create ten unconfined sleep
is "runs, too" Running '.status.phase' ten
YOROI_PODMAN=/nowhere/podman ends "an engine that is not there is named, and what to do" 3 \
	'/nowhere/podman.*install podman' create eleven localhost/deny-write sleep
is "its Pod is taken, and waits with the reason" 'Pending FailedCreatePodSandBox ContainerCreating' \
	'.status | "\(.phase) \(.reason) \(.containerStatuses[0].state.waiting.reason)"' eleven
ends "which is an event" 0 'Warning +FailedCreatePodSandBox .*/nowhere/podman' "$yoroi" pod events eleven
echo 'database is locked' >"$FAKE_PODMAN/broken/ps"
ends "an engine that fails: its words" 3 'cannot list containers: .*database is locked' "$yoroi" pod delete eleven
rm "$FAKE_PODMAN/broken/ps"
check "when it works again" timeout 60 "$yoroi" pod delete --grace-period 0 eleven
check "so does the Pod" create eleven localhost/deny-write sleep
is "which runs" 'Running null' '.status | "\(.phase) \(.reason)"' eleven
{
	printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: full, annotations: {big: "'
	head -c 150000 /dev/zero | tr '\0' x
	printf '"}}\nspec: {restartPolicy: Never, containers: [{name: main, image: busybox:1, command: ["true"]}]}\n'
} >"$work/full.yaml"
ends "no room for the store: refused with the reason" 3 'store of Pods: .*(disk|full|space)' \
	sh -c "trap '' XFSZ; ulimit -f 128; '$yoroi' pod create -f '$work/full.yaml'"
ends "and nothing is half there" 1 NotFound "$yoroi" pod get full
ends "with room it comes" 0 created "$yoroi" pod create -f "$work/full.yaml"
for form in json yaml; do
	ends "a full disk is told, not memory: $form" 3 '^yoroi: write standard output: No space left' \
		sh -c "'$yoroi' pod get full -o $form >/dev/full"
done
ends "delete" 0 'pod "one" deleted' "$yoroi" pod delete --grace-period 0 one two three four five six seven eight nine ten eleven full
ends "nothing is left" 0 '^0$' sh -c "ls '$FAKE_PODMAN/containers' | wc -l"
ends "nor in the store" 0 'No resources found' "$yoroi" pod get

# --- a node ---

fresh
mkdir "$work/manifests"
start_node --manifests "$work/manifests"
until_so "the node says that it is ready" 10 grep -q 'AppArmor enabled' "$work/node"
check "a Pod for it" create late localhost/later sleep
until_so "is Pending" 10 phase_is late Pending
echo 'later (enforce)' >>"$work/aa/profiles"
until_so "and runs when its profile is there" 20 phase_is late Running
pod static localhost/deny-write sleep >"$work/manifests/s.yaml"
until_so "a manifest in the directory" 20 phase_is static Running
kill -9 "$(jq -r .Pid "$FAKE_PODMAN"/containers/yoroi_main_static_*)"
until_so "one that died is started again" 20 sh -c "'$yoroi' pod get static -o json | jq -en 'input | .status.containerStatuses[0] | .ready and .restartCount == 1'"
pid=$(jq -r 'select(.State == "running").Pid' "$FAKE_PODMAN"/containers/yoroi_main_static_*)
echo 'other (enforce)' >"$work/proc/$pid/attr/apparmor/current"
sleep 3
is "one that its profile led to another runs on" 'true 1' '.status.containerStatuses[0] | "\(.ready) \(.restartCount)"' static
echo unconfined >"$work/proc/$pid/attr/apparmor/current"
until_so "one that lost its profile is killed, and that is told" 30 \
	sh -c "'$yoroi' pod events static | grep 'Warning .*AppArmor .*runs as \"unconfined\".*killed'"
until_so "and started under it again" 30 \
	sh -c "'$yoroi' pod get static -o json | jq -en 'input | .status.containerStatuses[0] | .ready and .restartCount == 2'"
echo 'statfs /nowhere: no such file or directory' >"$FAKE_PODMAN/broken/create"
pod broken "" sleep | sed '/image:/a\    imagePullPolicy: Always' >"$work/broken.yaml"
touch "$FAKE_PODMAN/registry/busybox:1"
timeout 60 "$yoroi" pod create -f "$work/broken.yaml" >/dev/null
until_so "one that cannot be made says why" 30 sh -c \
	"'$yoroi' pod get broken -o json | jq -en 'input | .status.containerStatuses[0].state.waiting | .reason == \"CreateContainerError\" and (.message | contains(\"/nowhere\"))'"
sleep 10
ends "it is tried after longer and longer pauses" 0 '^few$' \
	sh -c "[ \$(grep -c '^create .*yoroi_main_broken' '$FAKE_PODMAN/calls') -le 5 ] && echo few"
rm "$FAKE_PODMAN/broken/create"
timeout 60 "$yoroi" pod delete --grace-period 0 broken >/dev/null
rm "$work/manifests/s.yaml"
until_so "it goes with its manifest" 40 sh -c "! '$yoroi' pod get static"
ends "a second node is refused" 3 'runs with' timeout 20 "$yoroi" node run --once
kill -9 "$node"
check "delete without it" timeout 60 "$yoroi" pod delete --grace-period 0 late

# --- after a reboot: podman has what ran as if it had never started, but with its time ---

fresh
create serves localhost/deny-write sleep >/dev/null
create job localhost/deny-write sleep Never >/dev/null
for file in "$FAKE_PODMAN"/containers/yoroi_main_*; do
	kill -9 "$(jq -r .Pid "$file")"
	jq '.State = "created" | .Pid = 0' "$file" >"$work/rebooted" && mv "$work/rebooted" "$file"
done
check "a node after a reboot" timeout 60 "$yoroi" node run --once --restart-delay 1
is "what serves runs again" 'Running 1 137' \
	'"\(.status.phase) \(.status.containerStatuses[0] | "\(.restartCount) \(.lastState.terminated.exitCode)")"' serves
is "what never restarts does not" 'Failed 0 137' \
	'"\(.status.phase) \(.status.containerStatuses[0] | "\(.restartCount) \(.state.terminated.exitCode)")"' job
timeout 60 "$yoroi" pod delete --grace-period 0 serves job >/dev/null

# --- killed at any moment ---

fresh
echo 'deny-write (enforce)' >"$work/aa/profiles"
export FAKE_SLOW=20
made=0
for i in $(seq "$kills"); do
	start_node
	if [ $((i % 4)) = 1 ]; then
		made=$((made + 1))
		pod "job$made" localhost/deny-write true Never >"$work/pod.yaml"
		"$yoroi" pod create -f "$work/pod.yaml" >/dev/null 2>>"$work/create"
	elif [ $((i % 8)) = 4 ] && [ "$made" -gt 3 ]; then
		"$yoroi" pod delete --wait=false --grace-period 0 "job$((made - 3))" >/dev/null 2>>"$work/create"
	fi
	sleep "0.$(printf %03d $((RANDOM % 400 + 20)))"
	kill -9 "$node"
	wait "$node" 2>/dev/null
done
start_node
all_done()
{
	"$yoroi" pod get -o json | jq -en 'input | [.items[].status.phase] | length > 0 and all(. == "Succeeded")'
}
until_so "after $kills kills all that is there has succeeded" 120 all_done
kill -9 "$node"
cp "$FAKE_PODMAN/log" "$work/out"
twice=$(grep '^start' "$FAKE_PODMAN/log" | sort | uniq -d)
[ -z "$twice" ]
result $? "nothing was started twice"
[ "$(grep '^start' "$FAKE_PODMAN/log" | grep -cv '_0$')" = 0 ]
result $? "nothing that ended was started again"
! grep -q OVERLAP "$FAKE_PODMAN/log"
result $? "no two calls changed something at once"
[ "$(grep -c '^create' "$FAKE_PODMAN/log")" = "$(grep '^create' "$FAKE_PODMAN/log" | grep -c ' deny-write$')" ]
result $? "nothing was made without its profile"
"$yoroi" pod get -o json | jq -en 'input | .items | length >= 1' >"$work/out"
result $? "Pods are there to be looked at"
lost=
for name in $("$yoroi" pod get -o name); do
	"$yoroi" pod events "${name#pod/}" -o json >"$work/out"
	[ "$(jq -r '[.items[] | "\(.reason)\(.count)"] | sort | join(" ")' "$work/out")" = "Created1 Pulled1 Scheduled1 Started1" ] ||
		lost="$lost $name"
done
[ -z "$lost" ]
result $? "each event was told once$lost"
finish
