#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In a guest: Docker, podman and containerd with yoroi-runtime as their runtime, above runc and
# crun. What the runtime does by itself is runtime.sh's; here it is what engines make of it.
#
# usage: engines.sh [podman|rootless|docker|containerd]...   (default: all)
. "$(dirname "${BASH_SOURCE[0]}")/runtime-lib.sh"

look='cat /proc/1/attr/current; cat /proc/sysrq-trigger'
mark='echo label $(cat /proc/1/attr/current)'

# The second system document's own profile.
write_no_ping()
{
	cat >"$policy/no_raw_net" <<-'END'
		#include <tunables/global>

		profile no-ping flags=(attach_disconnected,mediate_deleted) {
		  #include <abstractions/base>

		  network inet tcp,
		  network inet udp,
		  network inet icmp,

		  deny network raw,
		  deny network packet,
		  file,
		  mount,
		}
	END
	printf no-ping >"$kernel/.remove" 2>/dev/null
}

# said NAME PATTERN: so did the command before
said()
{
	grep -qE -- "$2" "$work/out"
	result $? "$1"
}

above()
{
	mkdir -p /etc/yoroi
	echo "runtime = /usr/bin/$1" >/etc/yoroi/runtime.conf
}

# recorded NAME PATTERN: a line of yoroi events, from an own file so that each part sees only its own
recorded()
{
	ends "$1" 0 "$2" yoroi events
}

# --- podman ------------------------------------------------------------------------------

write_podman()
{
	cat >/etc/containers/containers.conf <<-'END'
		[engine]
		cgroup_manager = "cgroupfs"
		events_logger = "none"
		runtime_supports_json = ["crun", "runc", "yoroi"]
		runtime_supports_nocgroup = ["crun", "yoroi"]
		[engine.runtimes]
		yoroi = ["/usr/bin/yoroi-runtime"]
		[containers]
		netns = "none"
	END
	echo '{"default": [{"type": "insecureAcceptAnything"}]}' >/etc/containers/policy.json
	tar -C "$rootfs" -c . >"$work/busybox.tar"
}

pod()
{
	podman --runtime yoroi run --rm "$@"
}

podman_as_root()
{
	above runc
	check "podman: takes an image" podman import "$work/busybox.tar" busybox
	ends "podman: its default profile, through the runtime" 1 '^containers-default-[0-9.]+ \(enforce\)' pod busybox sh -c "$look"
	said "podman: refuses sysrq-trigger" 'sysrq-trigger.*Permission denied'
	apparmor_parser -r "$policy/no_raw_net" 2>/dev/null
	ends "podman: a profile" 1 "can't create raw socket: Permission denied|permission denied" \
		pod --cap-add net_raw --security-opt apparmor=no-ping busybox ping -c 1 127.0.0.1
	above crun
	check "podman above crun: in the background" podman --runtime yoroi run -d --name back \
		--security-opt apparmor=no-ping busybox sleep 1000
	ends "podman above crun: exec has the container's label" 0 '^no-ping \(enforce\)' podman exec back cat /proc/self/attr/current
	check "podman above crun: and it goes" podman rm -f -t 0 back
	ends "podman: unconfined" 0 '^label unconfined' pod --security-opt apparmor=unconfined busybox sh -c "$mark"
	ends "podman: privileged is unconfined" 0 '^label unconfined' pod --name strong --privileged busybox sh -c "$mark"
	recorded "podman: and recorded so" 'apparmor=unconfined.*'
	ends "podman: a profile that exists nowhere" 126 'nowhere' pod --security-opt apparmor=nowhere busybox sh -c "$mark"
}

# A user may neither see the list of profiles nor load any.
podman_as_user()
{
	echo 'user:x:1000:1000::/home/user:/bin/bash' >>/etc/passwd
	echo 'user:x:1000:' >>/etc/group
	echo 'user:100000:65536' | tee /etc/subuid >/etc/subgid
	mkdir -p /home/user/.config /run/user/1000
	chown -R 1000:1000 /home/user /run/user/1000
	chmod 644 "$work/busybox.tar"
	chmod 666 /dev/fuse 2>/dev/null
	yoroi unload yoroi-default >/dev/null 2>&1
	rm -f /etc/yoroi/runtime.conf
	check "rootless podman: takes an image" as_user podman import "$work/busybox.tar" busybox
	ends "rootless podman: without the profile it is refused, and who can help is named" 126 \
		"yoroi-default.*(not loaded|root)" user_pod sh -c "$mark"
	yoroi load /usr/share/yoroi/profiles/containers/yoroi-default >/dev/null 2>&1
	ends "rootless podman: with it, it is confined" 0 '^label yoroi-default \(enforce\)' user_pod sh -c "$mark"
	# Root's file belongs to nobody in the user namespace where podman starts the runtime.
	above crun
	ends "rootless podman: the machine's configuration counts" 0 '^label yoroi-default \(enforce\)' \
		as_user podman --runtime yoroi run --rm --cgroups=disabled busybox sh -c "$mark"
}

# Without control groups, which crun alone of the two can do.
user_pod()
{
	as_user podman --runtime yoroi --runtime-flag yoroi-runtime=/usr/bin/crun run --rm --cgroups=disabled busybox "$@"
}

as_user()
{
	(cd /home/user && exec setpriv --reuid 1000 --regid 1000 --clear-groups \
		env HOME=/home/user USER=user XDG_RUNTIME_DIR=/run/user/1000 STORAGE_DRIVER=vfs "$@")
}

# --- Docker ------------------------------------------------------------------------------

start_docker()
{
	mkdir -p /etc/docker
	cat >/etc/docker/daemon.json <<-'END'
		{ "bridge": "none", "iptables": false, "ip6tables": false,
		  "runtimes": {
		    "yoroi": { "path": "/usr/bin/yoroi-runtime" },
		    "yoroi-crun": { "path": "/usr/bin/yoroi-runtime", "runtimeArgs": ["--yoroi-runtime", "/usr/bin/crun"] } } }
	END
	dockerd >"$work/dockerd.log" 2>&1 &
	for _ in $(seq 240); do
		! docker version >/dev/null 2>&1 || break
		sleep 0.5
	done
}

dock()
{
	docker run --rm --network none --runtime "$@"
}

with_docker()
{
	above runc
	start_docker
	check "docker: takes an image" sh -c "tar -C '$rootfs' -c . | docker import - busybox"
	write_no_ping
	check "docker: in the background, its profile loaded when it is needed" \
		docker run -d --name back --network none --runtime yoroi --security-opt apparmor=no-ping busybox sleep 1000
	check "docker: it is loaded" is_loaded no-ping enforce
	ends "docker: exec under it opens no raw socket" 1 \
		"can't create raw socket: Permission denied|permission denied" \
		docker exec back sh -c 'cat /proc/self/attr/current; ping -c 1 127.0.0.1'
	said "docker: it has the container's label" '^no-ping \(enforce\)'
	ends "docker: the container's too" 0 '^no-ping \(enforce\)' \
		sh -c 'cat /proc/$(docker inspect --format "{{.State.Pid}}" back)/attr/current'
	docker kill back >/dev/null
	ends "docker: docker-default, and no sysrq-trigger" 1 'sysrq-trigger.*Permission denied' dock yoroi busybox sh -c "$look"
	said "docker: that is the label" '^docker-default \(enforce\)'
	ends "docker above crun: docker-default" 0 '^label docker-default \(enforce\)' dock yoroi-crun busybox sh -c "$mark"
	ends "docker: unconfined" 0 '^label unconfined' dock yoroi --security-opt apparmor=unconfined busybox sh -c "$mark; ping -c 1 127.0.0.1"
	said "docker: where the raw socket is not refused" '64 bytes from'
	ends "docker: privileged is unconfined" 0 '^label unconfined' dock yoroi --privileged busybox sh -c "$mark"
	ends "docker: a profile that exists nowhere is refused by name, with where it was looked for" 125 \
		"'nowhere'.*/etc/apparmor.d" dock yoroi --security-opt apparmor=nowhere busybox sh -c "$mark"
	recorded "docker: the starts are recorded" 'apparmor=docker-default'
	ends "docker: the refusal too" 0 'nowhere' yoroi events --refused
	learned_by_docker
}

# A profile of what a container did below Docker's own runtime; then under it, the same and more.
learned_by_docker()
{
	local does='cat /etc/hostname; echo x >/tmp/kept; sleep 1'

	ends "docker: learned from a container" 0 '^written to ' yoroi learn --yes --docker busybox --name learned \
		--engine-arg=--network=none -o "$work/learned.aa" -- sh -c "$does"
	sed 's/^/# /' "$work/learned.aa"
	ends "docker: of what it did" 0 '/tmp/kept' cat "$work/learned.aa"
	check "docker: nothing of it is left" \
		sh -c "! docker ps -aq --filter name=yoroi-learn | grep . && ! grep yoroi-learn '$kernel/profiles'"
	check "docker: that loads" yoroi load --quiet "$work/learned.aa"
	check "docker: the same works" dock yoroi --security-opt apparmor=learned busybox sh -c "$does"
	ends "docker: more does not" 1 "can't create /tmp/other: Permission denied" \
		dock yoroi --security-opt apparmor=learned busybox sh -c 'echo x >/tmp/other'
}

# --- containerd --------------------------------------------------------------------------

ct()
{
	ctr -a "$containerd" "$@"
}

ctrun()
{
	ct run --rm --rootfs --runc-binary /usr/bin/yoroi-runtime "$@"
}

# Docker's own containerd if that runs.
start_containerd()
{
	containerd=/run/docker/containerd/containerd.sock
	if [ ! -S "$containerd" ]; then
		containerd=/run/containerd/containerd.sock
		containerd >"$work/containerd.log" 2>&1 &
	fi
	for _ in $(seq 120); do
		! ct version >/dev/null 2>&1 || break
		sleep 0.5
	done
}

with_containerd()
{
	above runc
	start_containerd
	profile ctr-demand
	check "containerd: in the background" ct run -d --rootfs --runc-binary /usr/bin/yoroi-runtime \
		--apparmor-profile ctr-demand "$rootfs" back /bin/sleep 1000
	ends "containerd: exec has the container's label" 0 '^ctr-demand \(enforce\)' \
		ct task exec --exec-id e back /bin/cat /proc/self/attr/current
	ct task kill -s KILL back >/dev/null 2>&1
	ends "containerd: nothing asked for gives the default" 0 '^label yoroi-default \(enforce\)' \
		ctrun "$rootfs" c1 /bin/sh -c "$mark"
	above crun
	profile ctr-demand
	ends "containerd above crun: a profile loaded when it is needed" 0 '^label ctr-demand \(enforce\)' \
		ctrun --apparmor-profile ctr-demand "$rootfs" c2 /bin/sh -c "$mark"
	ends "containerd: a profile that exists nowhere" 1 "'nowhere'.*/etc/apparmor.d" \
		ctrun --apparmor-profile nowhere "$rootfs" c3 /bin/sh -c "$mark"
	ends "containerd: privileged is unconfined" 0 '^label unconfined' ctrun --privileged "$rootfs" c4 /bin/sh -c "$mark"
	recorded "containerd: and recorded so" 'c4.*apparmor=unconfined'
}

part()
{
	local began=$SECONDS

	"$@"
	echo "# $*: $((SECONDS - began)) s"
}

[ $# -gt 0 ] || set -- podman rootless docker containerd
write_no_ping
for engine; do
	case $engine in
	podman)
		write_podman
		part podman_as_root
		;;
	rootless)
		write_podman
		part podman_as_user
		;;
	docker) part with_docker ;;
	containerd) part with_containerd ;;
	esac
done
rm -f /etc/yoroi/runtime.conf
[ -z "${DEBUG-}" ] || yoroi events | sed 's/^/# /'
finish
