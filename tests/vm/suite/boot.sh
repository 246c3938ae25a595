#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In a guest with systemd, across a reboot: what tools/systemd and tools/cloud-init give people.
# Before it a machine is set up by hand, after it everything must have come by itself.
#
# usage: boot.sh [docker]   the example service's engine: Docker, which takes half a minute to
#                           start, or podman in its place, as Debian's podman-docker puts it there
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

state=/var/lib/boot-test
engine=${1:-podman}
examples=/usr/share/doc/yoroi/examples
policy=/etc/apparmor.d

# The content of the file PATH that a cloud-config writes.
cloud_file()
{
	awk -v path="$1" '
		/^- path:/ { on = $3 == path; text = 0; next }
		/^[^ ]/ { on = text = 0 }
		on && /^  content: \|$/ { text = 1; next }
		text { sub(/^    /, ""); print }' "$examples/no-ping.yaml"
}

unit_property()
{
	systemctl show -P "$2" "$1"
}

# What the unit said since it was last started.
unit_log()
{
	journalctl -o cat "_SYSTEMD_INVOCATION_ID=$(unit_property "$1" InvocationID)" + \
		"INVOCATION_ID=$(unit_property "$1" InvocationID)"
}

# The unit has crun, which waits for it.
profile_of_bare()
{
	local pid=

	for _ in $(seq 40); do
		pid=$(crun state bare | jq .pid)
		[ -z "$pid" ] || break
		sleep 0.5
	done
	cat "/proc/$pid/attr/current"
}

# Found by its command, which no engine has to be asked for.
profile_of_docker()
{
	local process

	for _ in $(seq 60); do
		for process in /proc/[0-9]*; do
			[ "$(tr '\0' ' ' 2>/dev/null <"$process/cmdline")" = "sleep infinity " ] || continue
			cat "$process/attr/current"
			return
		done
		sleep 0.5
	done
	unit_log no-ping
	return 1
}

# earlier A B: A had ended before B began
earlier()
{
	local ended began

	ended=$(unit_property "$1" ExecMainExitTimestampMonotonic)
	began=$(unit_property "$2" ExecMainStartTimestampMonotonic)
	echo "$1 ended at $ended, $2 began at $began"
	[ "$ended" -gt 0 ] && [ "$ended" -lt "$began" ]
}

write_policy()
{
	mkdir -p "$policy"
	cloud_file "$policy/no_raw_net" >"$policy/no_raw_net"
	cat >"$policy/deny-write" <<-'END'
		profile boot-deny-write flags=(attach_disconnected) {
		  file,
		  signal,
		  deny /tmp/** w,
		}
	END
	printf 'profile aa-broken {\n  /x rqq,\n}\n' >"$policy/a-broken"
}

# A container without an engine, for a profile that nothing but the unit loads.
write_container()
{
	mkdir -p "$state/bundle/rootfs"/{bin,proc,sys,dev,tmp}
	cp /bin/busybox "$state/bundle/rootfs/bin/"
	ln -s busybox "$state/bundle/rootfs/bin/sleep"
	(cd "$state/bundle" && crun spec &&
		jq '.process.terminal = false | .process.args = ["sleep", "1000"]
			| .process.apparmorProfile = "boot-deny-write"' config.json >new && mv new config.json)
	cat >/etc/systemd/system/bare.service <<-END
		[Unit]
		After=yoroi-load.service
		[Service]
		ExecStart=/usr/bin/crun run --bundle $state/bundle bare
		# Process 1 of a container takes no notice of SIGTERM, and a shutdown would wait for it.
		ExecStop=/usr/bin/crun delete --force bare
		[Install]
		WantedBy=multi-user.target
	END
}

# A service by the name of Docker's, so that the example and the order are the same.
write_engine()
{
	mkdir -p /etc/docker
	# No network, so no bridge.
	echo '{"bridge": "none", "iptables": false, "ip6tables": false}' >/etc/docker/daemon.json
	cp "$examples/no-ping.service" /etc/systemd/system/
	[ "$engine" = docker ] || {
		ln -sf podman /usr/bin/docker
		# systemd's own way of making control groups asks for D-Bus, which is not here.
		printf '[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "none"\n[containers]\nnetns = "none"\n' \
			>/etc/containers/containers.conf
		printf '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n' |
			tee /etc/systemd/system/docker.service >/etc/systemd/system/containerd.service
		printf '[Install]\nWantedBy=multi-user.target\n' >>/etc/systemd/system/docker.service
		printf '[Install]\nWantedBy=multi-user.target\n' >>/etc/systemd/system/containerd.service
	}
}

# Pods from a directory; one that serves, and one that is over when the machine goes down.
write_manifests()
{
	local name

	mkdir -p /etc/yoroi/manifests
	for name in serves job; do
		cat >"/etc/yoroi/manifests/$name.yaml" <<-END
			apiVersion: v1
			kind: Pod
			metadata:
			  name: $name
			  annotations: {container.apparmor.security.beta.kubernetes.io/main: localhost/boot-deny-write}
			spec:
			  restartPolicy: $([ $name = serves ] && echo Always || echo Never)
			  containers: [{name: main, image: busybox, command: [sleep, "1000"]}]
		END
	done
}

# pods FILTER: jq, until it is so
pods()
{
	for _ in $(seq 240); do
		yoroi pod get -o json | jq -en "input | [.items[] | {(.metadata.name): (.status | {phase} + .containerStatuses[0])}] | add | $1" && return
		sleep 0.5
	done
	journalctl -o cat -u yoroi-node
	return 1
}

profile_of_pod()
{
	cat "/proc/$(podman inspect --format '{{.State.Pid}}' "$(podman ps -q --filter name=yoroi_main_serves)")/attr/current"
}

first_boot()
{
	check "nothing is loaded at first" test -z "$(cat /sys/kernel/security/apparmor/profiles)"
	write_policy
	check "the cloud-config begins as cloud-init wants it" sh -c "head -n 1 $examples/no-ping.yaml | grep -qx '#cloud-config'"
	check "and its profile is a good one" yoroi check "$policy/no_raw_net"

	systemctl daemon-reload
	ends "a file with a mistake makes the unit fail" 1 "" systemctl start yoroi-load
	ends "it says which file, where, and what" 0 "a-broken:2:6: error" unit_log yoroi-load
	ends "and what it loaded" 0 "^loaded no-ping$" unit_log yoroi-load
	check "the files after it are loaded" is_loaded no-ping enforce
	check "all of them" is_loaded boot-deny-write enforce
	mv "$policy/a-broken" "$state/"
	check "without that file it starts" systemctl start yoroi-load
	ends "and stays active" 0 "^active$" systemctl is-active yoroi-load
	printf 'profile boot-later { file, }\n' >"$policy/later"
	check "it can be asked to load again" systemctl reload yoroi-load
	check "and then has what is new" is_loaded boot-later enforce
	rm "$policy/later"
	mv "$state/a-broken" "$policy/"

	write_container
	write_engine
	systemctl daemon-reload
	check "the engine starts" systemctl start docker
	tar -C "$state/bundle/rootfs" -c . >"$state/busybox.tar"
	check "and takes an image" docker import "$state/busybox.tar" busybox
	check "the document's pair of lines starts a container" systemctl start no-ping
	ends "under its profile" 0 "^no-ping \(enforce\)" profile_of_docker
	check "a container without an engine starts" systemctl start bare
	ends "under its own" 0 "^boot-deny-write \(enforce\)" profile_of_bare
	if [ "$engine" = podman ]; then
		write_manifests
		check "the node starts" systemctl enable --now yoroi-node
		check "and runs Pods" pods '.serves.ready and .job.ready'
		ends "under their profile" 0 "^boot-deny-write \(enforce\)" profile_of_pod
		check "it may end" systemctl stop yoroi-node
		ends "and they live on" 0 "^boot-deny-write \(enforce\)" profile_of_pod
	fi
	check "all is enabled" systemctl -q enable yoroi-load containerd docker no-ping bare
}

second_boot()
{
	systemctl is-system-running --wait >/dev/null
	check "after the reboot the profiles are there" is_loaded no-ping enforce
	check "all but the one that was never in a file" sh -c '! grep boot-later /sys/kernel/security/apparmor/profiles'
	ends "and the container of the document's pair is under its profile" 0 "^no-ping \(enforce\)" profile_of_docker
	ends "as is the one that only the unit loads for" 0 "^boot-deny-write \(enforce\)" profile_of_bare
	ends "the unit tells of the file with a mistake" 0 "a-broken:2:6: error" unit_log yoroi-load
	ends "and of those it loaded" 0 "^loaded boot-deny-write$" unit_log yoroi-load
	ends "it is among the failed ones" 0 "yoroi-load.service" systemctl --failed --no-legend --plain
	check "it was done before containerd" earlier yoroi-load containerd
	check "and Docker" earlier yoroi-load docker
	if [ "$engine" = podman ]; then
		check "the Pods that serve run again, those that never restart do not" \
			pods '.serves.ready and .serves.restartCount == 1 and .job.phase == "Failed" and .job.restartCount == 0'
		ends "under their profile" 0 "^boot-deny-write \(enforce\)" profile_of_pod
		check "the profiles were loaded before the node started" earlier yoroi-load yoroi-node
	fi
	for unit in crio podman podman-restart kubelet; do
		ends "it is ordered before $unit" 0 "(^| )$unit.service( |$)" unit_property yoroi-load Before
	done
}

# The count goes on where the first boot stopped.
mkdir -p "$state"
if [ ! -e "$state/count" ]; then
	first_boot
	echo "$count" >"$state/count"
	touch /.guest/reboot
else
	count=$(cat "$state/count")
	second_boot
	finish
fi
