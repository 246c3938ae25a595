#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a Pod's status tells of its addresses and of when things became so, and a store of a version
# before.
. "$(dirname "${BASH_SOURCE[0]}")/run-lib.sh"

fake=$FAKE_PODMAN
asked()
{
	grep -c 'inspect .*NetworkSettings' "$fake/calls"
}
since()
{
	field "$1" ".status.conditions[] | select(.type == \"$2\") | \"\(.status) \(.lastTransitionTime | fromdate)\""
}
sql()
{
	python3 -c 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1], 20); c.executescript(sys.argv[2])' "$YOROI_PODS" "$1"
}
once()
{
	timeout 60 "$yoroi" node run --once --restart-delay 0
}
# later NAME BEFORE AFTER: two times of since()
later()
{
	echo "$2, $3" >"$work/out"
	[ -n "$2" ] && [ -n "$3" ] && [ "${3#* }" -gt "${2#* }" ]
	result $? "$1"
}

# --- addresses ---

check "a Pod" create one localhost/deny-write sleep
is "has its address" 10.88.0.2 .status.podIP one
is "in the list, too" '[{"ip":"10.88.0.2"}]' '.status.podIPs | tojson' one
ends "and people see it" 0 '^IP: +10\.88\.0\.2$' "$yoroi" pod describe one
ends "it was asked for once" 0 '^1$' asked
echo '10.88.0.3 fd00::3' >"$fake/addresses"
check "one with two" create two localhost/deny-write sleep
is "has the first" 10.88.0.3 .status.podIP two
is "and both" '10.88.0.3 fd00::3' '[.status.podIPs[].ip] | join(" ")' two
echo '<no value> 10.88.0.4.5 -v 10.88.0.5 ::x' >"$fake/addresses"
check "an engine that tells of more than addresses" create three localhost/deny-write sleep
is "is taken at its addresses" '10.88.0.5' '[.status.podIPs[].ip] | join(" ")' three
: >"$fake/addresses"
check "no network" create four localhost/deny-write sleep
is "is no address" 'null null' '.status | "\(.podIP) \(.podIPs)"' four
ends "nor one for people" 0 '^IP:$' "$yoroi" pod describe four
echo 10.88.0.6 >"$fake/addresses"
calls=$(asked)
pod five localhost/deny-write sleep | sed 's/^spec:/&\n  hostNetwork: true/' >"$work/pod.yaml"
check "the machine's network" timeout 60 "$yoroi" pod create -f "$work/pod.yaml"
is "is no address of the Pod" null .status.podIP five
check "which is known without a question" test "$(asked)" = "$calls"
check "what does not start" create six localhost/nowhere sleep
is "has none" null .status.podIP six
python3 - >"$work/own" <<-'END'
	import socket
	def own(family, to):
	    try:
	        with socket.socket(family, socket.SOCK_DGRAM) as s:
	            s.connect((to, 9))
	            return s.getsockname()[0]
	    except OSError:
	        return None
	print(own(socket.AF_INET, "192.0.2.1") or own(socket.AF_INET6, "2001:db8::1") or "null")
END
is "all tell the machine's" "$(cat "$work/own")" .status.hostIP one
is "this one, too" "$(cat "$work/own")" .status.hostIP six

# Its network was started anew, as after a reboot, and has another address.
calls=$(asked)
infra=$(echo "$fake"/containers/yoroi_one_*_infra)
jq '.StartedAt -= 100 | .Addresses = "10.88.0.9"' "$infra" >"$work/infra" && mv "$work/infra" "$infra"
once >/dev/null
is "without a start nobody asks again" 10.88.0.2 .status.podIP one
kill -9 "$(jq -r .Pid "$fake"/containers/yoroi_main_one_*)"
until [ "$(field one '.status.containerStatuses[0] | "\(.ready) \(.restartCount)"')" = 'true 1' ] || [ $SECONDS -gt 120 ]; do
	once >/dev/null
done
is "with one it is the new one" 10.88.0.9 .status.podIP one
calls=$(asked)
kill -9 "$(jq -r 'select(.State == "running").Pid' "$fake"/containers/yoroi_main_one_*)"
until [ "$(field one '.status.containerStatuses[0] | "\(.ready) \(.restartCount)"')" = 'true 2' ] || [ $SECONDS -gt 180 ]; do
	once >/dev/null
done
check "which the next start does not ask for" test "$(asked)" = "$calls"

# --- since when ---

waiting=$(since six Ready)
check "a Pod that waits is not ready" test "${waiting% *}" = False
scheduled=$(since six PodScheduled)
[ "${scheduled#* }" = "$(field six '.metadata.creationTimestamp | fromdate')" ]
result $? "scheduled when it was created"
sleep 1.1
once >/dev/null
[ "$(since six Ready)" = "$waiting" ]
result $? "nothing changes by a look"
echo 'nowhere (enforce)' >>"$work/aa/profiles"
once >/dev/null
ready=$(since six Ready)
check "its profile came: ready" test "${ready% *}" = True
later "since then" "$waiting" "$ready"
[ "$(since six PodScheduled)" = "$scheduled" ]
result $? "scheduled when it was"
sleep 1.1
once >/dev/null
[ "$(since six Ready)" = "$ready" ]
result $? "nor by another look"
[ "$(since six Initialized)" = "True ${waiting#* }" ]
result $? "what was so before stays"
kill -9 "$(jq -r .Pid "$fake"/containers/yoroi_main_six_*)"
ended=$(since six Ready)
check "it died: not ready" test "${ended% *}" = False
later "since then" "$ready" "$ended"

# --- a store of the version before ---

uid=$(field one .metadata.uid)
sql 'ALTER TABLE pods DROP COLUMN addresses; ALTER TABLE pods DROP COLUMN net_since; PRAGMA user_version = 1'
is "its Pods are there" "$uid" .metadata.uid one
is "and their status" Running .status.phase two
ends "it is of this version now" 0 '^2$' python3 -c 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("PRAGMA user_version").fetchone()[0])' "$YOROI_PODS"
check "a new Pod has its place" create seven localhost/deny-write sleep
is "and its address" 10.88.0.6 .status.podIP seven
sql 'ALTER TABLE pods DROP COLUMN addresses; ALTER TABLE pods DROP COLUMN net_since; PRAGMA user_version = 1'
for i in 1 2 3 4; do
	"$yoroi" pod get -o name >"$work/get$i" 2>&1 &
done
wait
[ "$(sort -u "$work"/get[1-4] | wc -l)" = 7 ]
result $? "four that come at once find it so"
cat "$work"/get[1-4] >"$work/out"
sql 'ALTER TABLE pods DROP COLUMN addresses; PRAGMA user_version = 1'
ends "half of it is none" 3 'up to date: duplicate column' "$yoroi" pod get
sql 'PRAGMA user_version = 3'
ends "nor is one of a version to come" 3 'version 3, this program knows 2' "$yoroi" pod get
sql "ALTER TABLE pods ADD COLUMN addresses TEXT NOT NULL DEFAULT ''; PRAGMA user_version = 2"
ends "all go" 0 deleted timeout 100 "$yoroi" pod delete --grace-period 0 one two three four five six seven
finish
