#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What else a Pod may want: volumes and resources, in podman's words, and what is refused by name.
. "$(dirname "${BASH_SOURCE[0]}")/run-lib.sh"

# pod NAME VOLUMES CONTAINER: the spec's volumes and more of its container, as JSON
pod()
{
	printf '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "%s"}, "spec": {"volumes": %s, "containers": [
		{"name": "main", "image": "busybox:1", "command": ["sleep"], %s}]}}' "$@" >"$work/pod.json"
}
create()
{
	pod "$@"
	timeout 60 "$yoroi" pod create -f "$work/pod.json"
}
volumes()
{
	ls "$FAKE_PODMAN/volumes"
}
args()
{
	jq -r '. as $a | range(length) | select($a[.] | startswith("--")) | "\($a[.]) \($a[. + 1])"' \
		"$FAKE_PODMAN"/args/yoroi_main_"$1"_*
}

# --- volumes ---

check "a Pod with an empty volume" create one '[{"name": "tmp", "emptyDir": {}}, {"name": "etc", "hostPath": {"path": "/etc"}}]' \
	'"volumeMounts": [{"name": "tmp", "mountPath": "/work"}, {"name": "etc", "mountPath": "/h", "readOnly": true}]'
ends "runs" 0 '1/1 +Running' "$yoroi" pod get one
ends "it is the Pod's own" 0 '^yoroi_[0-9a-f-]{36}_tmp$' volumes
ends "and mounted, without what the image has there" 0 '^--volume yoroi_[0-9a-f-]{36}_tmp:/work:rw,nocopy$' args one
ends "a folder of the machine too" 0 '^--volume /etc:/h:ro$' args one
touch "$FAKE_PODMAN/volumes/.keep"
check "another Pod with one of the same name" create two '[{"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}}]' \
	'"volumeMounts": [{"name": "tmp", "mountPath": "/work"}]'
ends "whose size nobody watches" 0 'sizeLimit' create three '[{"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}}]' '"tty": false'
check "has its own" test "$(volumes | wc -l)" = 3
# podman's answer when something else still has it: the Pod stays on record until it is gone.
echo "volume is being used" >"$FAKE_PODMAN/broken/volume rm"
ends "one that cannot be removed keeps its Pod" 0 . sh -c "timeout 60 '$yoroi' pod delete --wait=false --grace-period 0 two; exit 0"
ends "which is seen" 0 'two' "$yoroi" pod get
rm "$FAKE_PODMAN/broken/volume rm"
check "later it goes" timeout 60 "$yoroi" pod delete --grace-period 0 two
check "with its volume, and no other" test "$(volumes | wc -l)" = 2
check "and so do the others" timeout 60 "$yoroi" pod delete --grace-period 0 one three
ends "nothing is left" 0 "^$" sh -c "ls '$FAKE_PODMAN/volumes'; echo"

# refused NAME PATH VOLUMES CONTAINER
refused()
{
	ends "$1" 1 "$2" create x "$3" "$4"
}
refused "memory would have to outlive containers" 'spec\.volumes\[0\]\.emptyDir\.medium' '[{"name": "v", "emptyDir": {"medium": "Memory"}}]' '"tty": false'
refused "a kind that is unknown" 'spec\.volumes\[0\]\.configMap' '[{"name": "v", "configMap": {"name": "c"}}]' '"tty": false'
refused "two kinds at once" 'more than one kind' '[{"name": "v", "emptyDir": {}, "hostPath": {"path": "/"}}]' '"tty": false'
refused "a type of folder that nobody would look at" 'hostPath\.type' '[{"name": "v", "hostPath": {"path": "/", "type": "Socket"}}]' '"tty": false'
refused "a name that would be an option" 'spec\.volumes\[0\]\.name' '[{"name": "v:/etc", "emptyDir": {}}]' '"tty": false'
refused "variables from elsewhere" 'containers\[0\]\.envFrom' '[]' '"envFrom": [{"configMapRef": {"name": "c"}}]'

# --- resources ---

check "a Pod with limits" create lim '[]' \
	'"resources": {"limits": {"cpu": "1500m", "memory": "64Mi"}, "requests": {"cpu": "250m", "memory": "1G"}}'
ends "has processors" 0 '^--cpus 1\.500$' args lim
ends "shares of them" 0 '^--cpu-shares 256$' args lim
ends "memory" 0 '^--memory 67108864b$' args lim
ends "and no swap" 0 '^--memory-swap 67108864b$' args lim
is "and the class that this means" Burstable .status.qosClass lim
check "limits alone" create guar '[]' '"resources": {"limits": {"cpu": 1, "memory": "64Mi"}}'
is "are guaranteed" Guaranteed .status.qosClass guar
check "what is asked for as it is limited" create guar2 '[]' \
	'"resources": {"limits": {"cpu": "1000m", "memory": "1Gi"}, "requests": {"cpu": 1, "memory": "1024Mi"}}'
is "is, too" Guaranteed .status.qosClass guar2
check "no memory" create burst '[]' '"resources": {"limits": {"cpu": 1}}'
is "is less" Burstable .status.qosClass burst
check "nothing" create best '[]' '"tty": false'
is "is nothing" BestEffort .status.qosClass best
n=0
for row in '2=2.000' '"0.1"=0.100' '"1e1"=10.000' '".5"=0.500' '0.25=0.250' '"1k"=1000.000' '"0.0001"=0.001'; do
	n=$((n + 1))
	pod "cpu$n" '[]' "\"resources\": {\"limits\": {\"cpu\": ${row%=*}}}"
	timeout 60 "$yoroi" pod create -f "$work/pod.json" >/dev/null 2>&1
	ends "cpu: ${row%=*} is ${row#*=}" 0 "^--cpus ${row#*=}$" args "cpu$n"
done
for bad in '""' '"x"' '"1x"' '"-1"' '"1.2.3"' '"1e99"' '"9999999999999999"' '"999999999999E"' '"1 "' '[]' 'true' '"1Ei1"'; do
	refused "cpu: $bad" 'spec\.containers\[0\]\.resources\.limits\.cpu' '[]' "\"resources\": {\"limits\": {\"cpu\": $bad}}"
done
refused "a limit that would not hold" 'resources\.limits\.ephemeral-storage' '[]' '"resources": {"limits": {"ephemeral-storage": "1Gi"}}'
refused "limits that are none" 'resources\.limits' '[]' '"resources": {"limits": 7}'
ends "a request of that is for schedulers" 0 'warning:.*resources\.requests\.ephemeral-storage' \
	create disk '[]' '"resources": {"requests": {"ephemeral-storage": "1Gi"}}'

# --- names of hosts ---

# hosted NAME WANTED [SPEC]: the name of the host of a Pod called NAME
hosted()
{
	printf '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "%s"}, "spec": {%s "containers": [
		{"name": "main", "image": "busybox:1", "command": ["sleep"]}]}}' "$1" "${3-}" >"$work/pod.json"
	timeout 60 "$yoroi" pod create -f "$work/pod.json" >"$work/out" 2>&1
	jq -r '.[index("--hostname") + 1]' "$FAKE_PODMAN/args/yoroi_$1_default"_* >"$work/host" 2>&1
	[ "$(cat "$work/host")" = "$2" ]
	result $? "the host of ${1:0:20}, ${#1} long, is ${2:0:20}, ${#2} long"
}
x=$(printf 'x%.0s' $(seq 60))
hosted short short
hosted a.b-c a.b-c
hosted asks other '"hostname": "other",'
hosted asks-nothing asks-nothing '"hostname": "",'
hosted "${x}abc" "${x}abc"
hosted "${x}abcd" "${x}abc"
hosted "${x}ab-d" "${x}ab"
hosted "${x}a--d" "${x}a"
hosted "yy$(printf '.y%.0s' $(seq 40))" "yy$(printf '.y%.0s' $(seq 30))"
for bad in -a a- A a.b a_b "${x}abcd"; do
	printf '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bad"}, "spec": {"hostname": "%s", "containers": [
		{"name": "main", "image": "busybox:1"}]}}' "$bad" >"$work/pod.json"
	ends "the name ${bad:0:20}, ${#bad} long, is none of a host" 1 'spec\.hostname' timeout 60 "$yoroi" pod create -f "$work/pod.json"
done

# --- variables ---

# got NAME: the variables, the command and the words of its container, as podman was given them
got()
{
	jq -r '. as $a | (range(length) | select($a[.] == "--env" or $a[.] == "--entrypoint") | $a[. + 1]),
		(.[index("busybox:1") + 1:] | "args " + tojson)' "$FAKE_PODMAN"/args/yoroi_main_"$1"_*
}
# expands NAME WANTED ENV WORD: WORD, as an argument of a container with the variables ENV
expands()
{
	n=$((n + 1))
	printf '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "var%s"}, "spec": {"restartPolicy": "Never", "containers": [
		{"name": "main", "image": "busybox:1", "command": ["sleep", %s], "env": [%s], "args": [%s]}]}}' \
		"$n" "$4" "$3" "$4" >"$work/pod.json"
	timeout 60 "$yoroi" pod create -f "$work/pod.json" >/dev/null 2>&1
	got "var$n" >"$work/out"
	grep -qxF "args [$2]" "$work/out" && grep -qxF "[\"sleep\",$2]" "$work/out"
	result $? "$1"
}
ab='{"name": "A", "value": "a"}, {"name": "B", "value": "$(A)b"}, {"name": "C", "value": "$(D)"}, {"name": "D", "value": "d"}'
expands "a variable" '"a"' "$ab" '"$(A)"'
expands "among others" '"-a/ab-"' "$ab" '"-$(A)/$(B)-"'
ends "a variable has those before it" 0 '^B=ab$' got "var$n"
ends "and not those behind it" 0 '^C=\$\(D\)$' got "var$n"
expands "a word has what the container gets, not more" '"$(D)"' "$ab" '"$(C)"'
expands "the last of one name holds" '"2"' '{"name": "A", "value": "1"}, {"name": "A", "value": "$(A)"}, {"name": "A", "value": "2"}' '"$(A)"'
ends "and had the one before" 0 '^A=1$' sh -c "jq -r '.[]' '$FAKE_PODMAN'/args/yoroi_main_var${n}_* | grep '^A=' | sed 1d"
expands "itself is not before it" '"$(A)"' '{"name": "A", "value": "$(A)"}' '"$(A)"'
expands "an empty one" '"--"' '{"name": "A", "value": ""}' '"-$(A)-"'
expands "one without a value" '"--"' '{"name": "A"}' '"-$(A)-"'
expands "an unknown one stays" '"$(X)"' "$ab" '"$(X)"'
expands "as a whole" '"$(X$(A)) a"' "$ab" '"$(X$(A)) $(A)"'
expands "with what is no name" '"$() $( A) $(a$$)"' "$ab" '"$() $( A) $(a$$)"'
expands "two dollars are one" '"$(A)"' "$ab" '"$$(A)"'
expands "and the third begins" '"$a"' "$ab" '"$$$(A)"'
expands "four are two" '"$$(A)"' "$ab" '"$$$$(A)"'
expands "anywhere" '"a$b$"' "$ab" '"a$$b$$"'
expands "one is one" '"$A ${A} $ $"' "$ab" '"$A ${A} $ $"'
expands "nor is one that is never closed" '"$(A $(B"' "$ab" '"$(A $(B"'
expands "a value is not looked through again" '"$(A)"' '{"name": "A", "value": "a"}, {"name": "E", "value": "$$(A)"}' '"$(E)"'
python3 - >"$work/pod.json" <<-'END'
	import json
	env = [{"name": "A0", "value": "x" * 1000}]
	env += [{"name": "A%d" % i, "value": "$(A%d)" % (i - 1) * 10} for i in range(1, 9)]
	main = {"name": "main", "image": "busybox:1", "command": ["sleep"], "env": env}
	words = dict(main, env=env[:2], args=["$(A1)" * 11] * 10)
	for name, c in ("env", main), ("args", words):
	    print(json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "big-" + name},
	                      "spec": {"containers": [c]}}) + "\n---")
END
timeout 60 "$yoroi" pod create -f "$work/pod.json" >/dev/null 2>&1
big='"\(.status.containerStatuses[0].state.waiting | "\(.reason) \(.message)")"'
is "variables that explode" "CreateContainerError Error: the environment of 'main' is not one, or too large" "$big" big-env
is "words that do" "CreateContainerError Error: command and args of 'main' are too large with their variables" "$big" big-args
finish
