#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Who takes time to end has it, and holds up nobody.
. "$(dirname "${BASH_SOURCE[0]}")/run-lib.sh"

kill_node()
{
	kill -9 "$node"
	wait "$node" 2>/dev/null
	node=
}
runs()
{
	"$yoroi" pod get "$1" | grep -q Running
}
asked()
{
	grep -c "ask yoroi_main_$1_" "$FAKE_PODMAN/log"
}

# --- without a node ---

check "a Pod that ends when it is asked" create quick "" sleep
began=$SECONDS
check "is deleted" timeout 60 "$yoroi" pod delete --grace-period 25 quick
check "long before its grace is over" test $((SECONDS - began)) -lt 20
check "a Pod that does not" create stubborn "" stubborn
began=$SECONDS
check "is deleted, too" timeout 60 "$yoroi" pod delete --grace-period 4 stubborn
check "after its grace" test $((SECONDS - began)) -ge 3
ends "it was asked once" 0 '^1$' asked stubborn
ends "nothing is left" 0 '^0$' sh -c "ls '$FAKE_PODMAN/containers' | wc -l"

# --- with one ---

start_node
check "one that takes its time" create slow "" stubborn
until_so "runs" 30 runs slow
check "and another" create other "" sleep
until_so "runs" 30 runs other
ends "the slow one is deleted" 0 deleted "$yoroi" pod delete --wait=false --grace-period 600 slow
until_so "it is asked to end" 20 asked slow
until_so "which is told" 20 sh -c "'$yoroi' pod events slow | grep -q 'Killing .*Need to kill Pod'"
ends "it still runs" 0 '^slow .*Terminating' "$yoroi" pod get slow
kill -9 "$(jq -r .Pid "$FAKE_PODMAN"/containers/yoroi_main_other_*)"
until_so "another that died is started again meanwhile" 30 sh -c \
	"'$yoroi' pod get other -o json | jq -en 'input | .status.containerStatuses[0] | .ready and .restartCount == 1'"
check "and a new one" create late "" sleep
until_so "starts" 30 runs late
kill_node
start_node
until_so "a node that was killed goes on" 30 sh -c "'$yoroi' pod delete --wait=false --grace-period 0 late; ! '$yoroi' pod get late"
ends "and does not ask again" 0 '^1$' asked slow
ends "the slow one has its time still" 0 Terminating "$yoroi" pod get slow
ends "less grace is enough" 0 deleted timeout 60 "$yoroi" pod delete --grace-period 0 slow
until_so "and it is gone" 20 gone slow
ends "with all it had" 1 '^0$' sh -c "ls '$FAKE_PODMAN/containers' | grep -c slow"
check "and the other runs" runs other
ends "no two calls at once" 1 '' grep OVERLAP "$FAKE_PODMAN/log"
check "the other goes" timeout 60 "$yoroi" pod delete --grace-period 0 other
finish
