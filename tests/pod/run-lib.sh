# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For scripts that run Pods above a podman and a kernel that are made of files.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

here=$YOROI_SOURCE/tests/pod
yoroi=$YOROI_BUILD/yoroi
export FAKE_PODMAN=$work/fake YOROI_PODMAN=$here/fake-podman YOROI_PODS=$work/db/pods.db
export YOROI_SECURITYFS=$work/aa YOROI_PARAMS=$work/params YOROI_PROC=$work/proc FAKE_PROC=$work/proc
node=

# What sleeps in the name of containers.
end_all()
{
	[ -z "$node" ] || kill -9 "$node" 2>/dev/null
	for pid in $(jq -r '.Pid' "$FAKE_PODMAN"/containers/* 2>/dev/null); do
		[ "$pid" = 0 ] || kill -9 "$pid" 2>/dev/null
	done
	rm -rf "$work"
}
trap end_all EXIT

fresh()
{
	rm -rf "$FAKE_PODMAN" "$work/db" "$work/proc"
	mkdir -p "$FAKE_PODMAN"/{containers,images,registry,slow,names,args,killed,broken,volumes} "$work/proc"
	touch "$FAKE_PODMAN/images/busybox:1" "$FAKE_PODMAN/registry/nginx"
	echo 10.88.0.2 >"$FAKE_PODMAN/addresses"
}

mkdir -p "$work/aa/features" "$work/params"
touch "$work/aa/.load" "$work/aa/.replace" "$work/aa/.remove"
echo Y >"$work/params/enabled"
printf 'deny-write (enforce)\ndefault (enforce)\n' >"$work/aa/profiles"
fresh

# pod NAME PROFILE COMMAND [RESTART] [IMAGE]
pod()
{
	printf 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: %s\n' "$1"
	[ -z "$2" ] || printf '  annotations:\n    container.apparmor.security.beta.kubernetes.io/main: %s\n' "$2"
	printf 'spec:\n  restartPolicy: %s\n  containers:\n  - name: main\n    image: %s\n    command: ["%s"]\n' \
		"${4:-Always}" "${5:-busybox:1}" "$3"
}
create()
{
	pod "$@" >"$work/pod.yaml"
	timeout 60 "$yoroi" pod create -f "$work/pod.yaml"
}
field()
{
	timeout 60 "$yoroi" pod get "$1" -o json | jq -r "$2"
}
# is NAME WANTED FILTER POD
is()
{
	field "$4" "$3" >"$work/out" 2>&1
	[ "$(cat "$work/out")" = "$2" ]
	result $? "$1"
}
gone()
{
	! "$yoroi" pod get "$1"
}
phase_is()
{
	[ "$(field "$1" .status.phase)" = "$2" ]
}
# start_node OPTION...
start_node()
{
	"$yoroi" node run --interval 1 --restart-delay 1 "$@" >>"$work/node" 2>&1 &
	node=$!
}
# until_so NAME SECONDS COMMAND...
until_so()
{
	local name=$1 deadline=$((SECONDS + $2))

	shift 2
	until "$@" >"$work/out" 2>&1; do
		[ $SECONDS -lt $deadline ] || { result 1 "$name"; return; }
		sleep 0.2
	done
	result 0 "$name"
}
