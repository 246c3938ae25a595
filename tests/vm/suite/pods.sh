#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In a guest: the first system document's walk, from the profile to the refused Pod, with podman.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# The guest has no network, so that the image is there already.
make_image()
{
	mkdir -p "$work/rootfs/bin" "$work/rootfs/tmp" "$work/rootfs/etc"
	cp /bin/busybox "$work/rootfs/bin/" || cp "$(command -v busybox)" "$work/rootfs/bin/"
	for name in sh cat touch sleep echo ls; do
		ln -s busybox "$work/rootfs/bin/$name"
	done
	tar -C "$work/rootfs" -c . | podman import - busybox >"$work/out" 2>&1
}

configure()
{
	mkdir -p /etc/containers /etc/yoroi
	rm -f /etc/cni/net.d/* /etc/containers/registries.conf.d/*
	echo '{"default": [{"type": "insecureAcceptAnything"}]}' >/etc/containers/policy.json
	cat >/etc/containers/containers.conf <<-'END'
		[engine]
		cgroup_manager = "cgroupfs"
		events_logger = "none"
		[containers]
		netns = "none"
	END
	export YOROI_PODS=/var/lib/yoroi/pods.db
}

cat >"$work/deny" <<'END'
#include <tunables/global>

profile k8s-apparmor-example-deny-write flags=(attach_disconnected) {
  #include <abstractions/base>

  file,

  # Deny all file writes.
  deny /** w,
}
END
sed 's/deny-write/allow-write/; /[Dd]eny/d' "$work/deny" | sed 's/^$/&/' >"$work/allow"
manifest()
{
	cat <<-END
		apiVersion: v1
		kind: Pod
		metadata:
		  name: $1
		  annotations:
		    container.apparmor.security.beta.kubernetes.io/hello: localhost/$2
		spec:
		  containers:
		  - name: hello
		    image: busybox
		    command: [ "sh", "-c", "echo 'Hello AppArmor!' && sleep 1h" ]
	END
}

configure
make_image
manifest hello-apparmor k8s-apparmor-example-deny-write >"$work/hello-apparmor.yaml"
manifest hello-apparmor-2 k8s-apparmor-example-allow-write >"$work/hello-apparmor-2.yaml"
ends "AppArmor is enabled" 0 '^Y' cat /sys/module/apparmor/parameters/enabled
ends "the node says so" 0 'kubelet is posting ready status. AppArmor enabled$' yoroi node status
check "the profile is loaded" apparmor_parser -q "$work/deny"
ends "the kernel lists it" 0 '^k8s-apparmor-example-deny-write \(enforce\)' \
	sh -c 'sort /sys/kernel/security/apparmor/profiles'

ends "create" 0 '^pod/hello-apparmor created' yoroi pod create -f "$work/hello-apparmor.yaml"
yoroi pod events hello-apparmor >"$work/events" 2>&1
for event in 'Normal +Scheduled +\{default-scheduler \} +Successfully assigned hello-apparmor to guest' \
	'spec.containers\{hello\} +Normal +Pulled +\{kubelet guest\} +Container image "busybox" already present' \
	'Normal +Created .*Security:\[seccomp=[a-z/]+ apparmor=k8s-apparmor-example-deny-write\]' \
	'Normal +Started .*Started container'; do
	ends "event: $event" 0 "$event" cat "$work/events"
done
ends "the process has the profile" 0 '^k8s-apparmor-example-deny-write \(enforce\)$' \
	yoroi pod exec hello-apparmor cat /proc/1/attr/current
ends "and may not write" 1 '^touch: /tmp/test: Permission denied' \
	yoroi pod exec hello-apparmor touch /tmp/test
ends "what it wrote" 0 '^Hello AppArmor!' yoroi pod logs hello-apparmor

ends "a profile that is not loaded" 0 '^pod/hello-apparmor-2 created' \
	sh -c "yoroi pod create -f /dev/stdin <'$work/hello-apparmor-2.yaml'"
why='Cannot enforce AppArmor: profile "k8s-apparmor-example-allow-write" is not loaded'
yoroi pod describe hello-apparmor-2 >"$work/described" 2>&1
for line in '^Status: +Pending$' '^Reason: +AppArmor$' "^Message: +Pod $why\$" 'State: +Waiting$' \
	'Reason: +Blocked$' '^  PodScheduled +True$' "Warning +AppArmor +$why\$"; do
	ends "described: $line" 0 "$line" cat "$work/described"
done
ends "get" 0 '^hello-apparmor-2 +0/1 +Blocked' yoroi pod get
check "nothing of it is there" sh -c '! podman ps -a --format "{{.Names}}" | grep hello-apparmor-2_'

yoroi node run --interval 5 >"$work/node" 2>&1 &
node=$!
check "the profile comes" apparmor_parser -q "$work/allow"
for _ in $(seq 60); do
	yoroi pod get hello-apparmor-2 2>/dev/null | grep -q Running && break
	sleep 1
done
ends "and the Pod starts" 0 '1/1 +Running' yoroi pod get hello-apparmor-2
ends "under it" 0 '^k8s-apparmor-example-allow-write \(enforce\)$' \
	yoroi pod exec hello-apparmor-2 cat /proc/1/attr/current
check "where writing is allowed" yoroi pod exec hello-apparmor-2 touch /tmp/test
ends "the runtime's record knows the Pod" 0 'hello-apparmor-2' yoroi events
kill -9 "$node"
ends "delete, the node being killed" 0 'pod "hello-apparmor" deleted' \
	yoroi pod delete --grace-period 0 hello-apparmor hello-apparmor-2
check "nothing is left" sh -c '! podman ps -a --format "{{.Names}}" | grep yoroi_'
sed 's/^/# /' "$work/node" "$work/events" "$work/described"
finish
