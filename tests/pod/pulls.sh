#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Which images are pulled when, and what becomes of those that cannot be.
. "$(dirname "${BASH_SOURCE[0]}")/run-lib.sh"

fake=$FAKE_PODMAN

# image NAME IMAGE [POLICY]: a Pod that ends at once
image()
{
	pod "$1" "" true Never "$2" | sed "${3+/image:/a\\    imagePullPolicy: $3}" >"$work/pod.yaml"
	timeout 300 "$yoroi" pod create -f "$work/pod.yaml"
}
# told NAME: the events of its image, and how often podman was asked to pull
told()
{
	"$yoroi" pod events "$1" -o json | jq -r '.items[] | select(.reason | test("Pull|Failed")) | "\(.type) \(.reason)\(.count) \(.message)"'
}
pulled()
{
	grep -c "^pull -q $1\$" "$fake/calls"
}
# here IMAGE...: on the machine, and nowhere else
here()
{
	for i; do
		touch "$fake/images/${i//\//%}"
	done
}
# there IMAGE...: in a registry
there()
{
	for i; do
		touch "$fake/registry/${i//\//%}"
	done
}

digest=sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
n=0
# pulls NAME TIMES IMAGE [POLICY]: an image that is both here and in a registry
pulls()
{
	n=$((n + 1))
	here "$3"
	there "$3"
	image "p$n" "${@:3}" >/dev/null 2>&1
	is "$1: it runs" Succeeded .status.phase "p$n"
	ends "$1: pulled $2 times" "$((1 - $2))" "^$2\$" pulled "$3"
}
pulls "a tag" 0 one:1
pulls "no tag" 1 two
pulls "the latest" 1 three:latest
pulls "a tag that only begins so" 0 four:latest-1
pulls "a digest" 0 "five@$digest"
pulls "a tag and a digest" 0 "six:1@$digest"
pulls "the latest and a digest" 1 "seven:latest@$digest"
pulls "a host's port is no tag" 1 host:5000/eight
pulls "nor is it in the way of one" 0 host:5000/nine:1
pulls "a folder called so" 0 latest/ten:1
pulls "always" 1 eleven:1 Always
pulls "if it is not there" 0 twelve IfNotPresent
pulls "never" 0 thirteen:latest Never
pulls "a policy that says nothing" 1 fourteen '""'
ends "that it is pulled is told" 0 '^Normal Pulling1 pulling image "two"$' told p2
ends "and that it came" 0 '^Normal Pulled1 Successfully pulled image "two"$' told p2
ends "what was not, too" 0 '^Normal Pulled1 Container image "one:1" already present on machine$' told p1
ends "a policy that is none is refused" 1 'spec\.containers\[0\]\.imagePullPolicy' image bad one:1 Sometimes
ends "never, and it is nowhere" 0 created image nowhere nowhere:1 Never
is "waits" ErrImageNeverPull '.status.containerStatuses[0].state.waiting.reason' nowhere

# --- a machine without a registry ---

here lonely lonely:1
check "the image that is here" image lonely lonely
is "will do" Succeeded .status.phase lonely
ends "and why it is taken is told" 0 '^Normal Pulled1 Container image "lonely" already present on machine; it could not be pulled: .*manifest unknown$' told lonely
ends "nothing failed" 1 '' sh -c "'$yoroi' pod events lonely | grep Failed"
ends "but who wants it pulled" 0 created image strict lonely Always
is "waits" ErrImagePull '.status.containerStatuses[0].state.waiting.reason' strict
ends "with the reason" 0 '^Warning Failed1 Failed to pull image "lonely": .*manifest unknown$' told strict
ends "one that is not here" 0 created image absent absent
is "waits, too" ErrImagePull '.status.containerStatuses[0].state.waiting.reason' absent
there absent
check "until it comes" timeout 60 "$yoroi" node run --once --restart-delay 1
for _ in $(seq 100); do
	timeout 60 "$yoroi" node run --once --restart-delay 1 >/dev/null
	[ "$(field absent .status.phase)" != Succeeded ] || break
	sleep 0.2
done
is "and then it runs" Succeeded .status.phase absent

# --- a registry that does not answer ---

here mute deaf
echo 1000 | tee "$fake/slow/mute" >"$fake/slow/deaf"
{
	pod mute "" true Never mute
	echo ---
	pod deaf "" true Never deaf
} >"$work/pods.yaml"
began=$SECONDS
check "two Pods of images that are here" timeout 300 "$yoroi" pod create -f "$work/pods.yaml"
check "one of them waits a minute" test $((SECONDS - began)) -ge 60
check "the other does not" test $((SECONDS - began)) -lt 110
is "both ran" 'Succeeded' .status.phase mute
is "indeed" 'Succeeded' .status.phase deaf
ends "which is told of the first" 0 'could not be pulled: .* did not end within 60 seconds$' told mute
ends "and of the second, without Pulling" 0 '^Normal Pulled1 .*; it could not be pulled: the last pull took long and failed, another is tried later$' told deaf
here tardy
echo 7 >"$fake/slow/tardy"
sed 's/mute/tardy/; s/deaf/quick/; s/name: \(tardy\|quick\)$/&-two/' "$work/pods.yaml" >"$work/late.yaml"
here quick
check "an answer that comes late, and is no" timeout 300 "$yoroi" pod create -f "$work/late.yaml"
ends "is told" 0 'manifest unknown$' told tardy-two
ends "and no other is waited for" 0 'another is tried later$' told quick-two
here new
image new new >/dev/null 2>&1
ends "later it is tried again" 0 '; it could not be pulled: .*manifest unknown$' told new
finish
