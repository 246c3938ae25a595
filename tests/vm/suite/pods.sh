#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In a guest: Pods with podman, yoroi-runtime below it, and images from a registry.
#
# usage: pods.sh [walk|pulls|node|trouble|kills]...   (default: all; trouble goes on from node)
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

prefix=container.apparmor.security.beta.kubernetes.io
deny=k8s-apparmor-example-deny-write
allow=k8s-apparmor-example-allow-write

# --- the machine -------------------------------------------------------------------------

write_configuration()
{
	mkdir -p /etc/containers /etc/yoroi
	rm -f /etc/cni/net.d/* /etc/containers/registries.conf.d/*
	echo '{"default": [{"type": "insecureAcceptAnything"}]}' >/etc/containers/policy.json
	cat >/etc/containers/registries.conf <<-'END'
		unqualified-search-registries = ["localhost:5000"]
		[[registry]]
		location = "localhost:5000"
		insecure = true
	END
	cat >/etc/containers/containers.conf <<-'END'
		[engine]
		cgroup_manager = "cgroupfs"
		events_logger = "none"
		[containers]
		netns = "none"
	END
}

# All calls of podman that Yoroi makes, with how long they took.
count_calls()
{
	cat >"$work/podman" <<-END
		#!/bin/sh
		begun=\$(date +%s.%N)
		podman "\$@"
		status=\$?
		echo "\$begun \$(date +%s.%N) \$status \$*" >>"$work/calls"
		exit \$status
	END
	chmod +x "$work/podman"
	: >"$work/calls"
	export YOROI_PODMAN=$work/podman
}

tell_calls()
{
	awk '{ n++; s += $2 - $1; c = $6 == "pod" ? $6 " " $7 : $6; of[c]++ }
		END { printf "# %d calls of podman: %.0f s;", n, s; for (c in of) printf " %s %d", c, of[c]; print "" }' "$work/calls"
	: >"$work/calls"
}

# A registry on this machine with the document's image in it, and no image here.
write_images()
{
	mkdir -p "$work/rootfs"/{bin,tmp,etc,marks} "$work/registry" "$work/marks"
	cp /bin/busybox "$work/rootfs/bin/"
	for name in sh cat touch sleep echo ls true false readlink; do
		ln -s busybox "$work/rootfs/bin/$name"
	done
	cat >"$work/registry.yml" <<-END
		version: 0.1
		log: {level: error}
		storage: {filesystem: {rootdirectory: $work/registry}}
		http: {addr: "localhost:5000"}
	END
	docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
	tar -C "$work/rootfs" -c . | podman import -q - busybox >/dev/null
	podman push -q localhost/busybox localhost:5000/busybox
}

write_profiles()
{
	cat >"$work/deny" <<-'END'
		#include <tunables/global>

		profile k8s-apparmor-example-deny-write flags=(attach_disconnected) {
		  #include <abstractions/base>

		  file,

		  # Deny all file writes.
		  deny /** w,
		}
	END
	sed 's/deny-write/allow-write/; /[Dd]eny/d' "$work/deny" >"$work/allow"
}

# pod NAME PROFILE RESTART SCRIPT [MORE OF THE CONTAINER]
pod()
{
	cat <<-END
		apiVersion: v1
		kind: Pod
		metadata: {name: $1, annotations: {$prefix/main: $2}}
		spec:
		  restartPolicy: $3
		  terminationGracePeriodSeconds: 0
		  volumes: [{name: marks, hostPath: {path: $work/marks}}]
		  containers:
		  - name: main
		    image: ${IMAGE:-busybox}
		    command: [sh, -c, "$4"]
		    volumeMounts: [{name: marks, mountPath: /marks}]
		    ${5-}
	END
}

# create NAME ...: as pod(), by the command
create()
{
	pod "$@" | yoroi pod create -f -
}

start_node()
{
	yoroi node run --restart-delay 1 "$@" >>"$work/node" 2>&1 &
	node=$!
}

end_node()
{
	kill "$node"
	wait "$node" 2>/dev/null
	node=
}

# until_so NAME COMMAND...: a call of podman takes a second here, and ten on a busy machine
until_so()
{
	local name=$1 deadline=$((SECONDS + 900)) status=1
	shift
	while [ $status != 0 ] && [ $SECONDS -lt $deadline ]; do
		"$@" >"$work/out" 2>&1 </dev/null && status=0 || sleep 0.3
	done
	result $status "$name"
}

# of NAME FILTER: jq on the Pod
of()
{
	yoroi pod get "$1" -o json | jq -en "input | $2"
}

ready()
{
	of "$1" '.status.containerStatuses | all(.ready)'
}

# all_confined: no container runs without its profile, as seen from outside; each with its runtime.
# Of those that were made by Yoroi, what holds their networks included.
all_confined()
{
	local bad=0 name pid runtime profile label

	podman ps -q | xargs -r podman inspect --type container \
		--format '{{.Name}} {{.State.Pid}} {{.OCIRuntime}} {{.AppArmorProfile}}' >"$work/running"
	while read -r name pid runtime profile; do
		label=$(cat "/proc/$pid/attr/current" 2>/dev/null) || continue
		echo "$name $runtime $profile: $label"
		[ "$runtime" = /usr/bin/yoroi-runtime ] && [ -n "$profile" ] &&
			[ "$label" = "$profile (enforce)" ] || bad=1
	done <"$work/running"
	[ -s "$work/running" ] && [ $bad = 0 ]
}

# --- the first system document -----------------------------------------------------------

# The document's own words, but for names of machines, ages and ids.
write_document()
{
	cat >"$work/doc-events" <<-END
		AGE AGE 1 hello-apparmor Pod Normal Scheduled {default-scheduler } Successfully assigned hello-apparmor to guest
		AGE AGE 1 hello-apparmor Pod spec.containers{hello} Normal Pulling {kubelet guest} pulling image "busybox"
		AGE AGE 1 hello-apparmor Pod spec.containers{hello} Normal Pulled {kubelet guest} Successfully pulled image "busybox"
		AGE AGE 1 hello-apparmor Pod spec.containers{hello} Normal Created {kubelet guest} Created container with docker id ID; Security:[seccomp=unconfined apparmor=$deny]
		AGE AGE 1 hello-apparmor Pod spec.containers{hello} Normal Started {kubelet guest} Started container with docker id ID
	END
	cat >"$work/doc-describe" <<-'END'
		Name:          hello-apparmor-2
		Namespace:     default
		Node:          guest/
		Start Time:    DATE
		Labels:        <none>
		Annotations:   container.apparmor.security.beta.kubernetes.io/hello=localhost/k8s-apparmor-example-allow-write
		Status:        Pending
		Reason:        AppArmor
		Message:       Pod Cannot enforce AppArmor: profile "k8s-apparmor-example-allow-write" is not loaded
		IP:
		Controllers:   <none>
		Containers:
		  hello:
		    Container ID:
		    Image:     busybox
		    Image ID:
		    Port:
		    Command:
		      sh
		      -c
		      echo 'Hello AppArmor!' && sleep 1h
		    State:              Waiting
		      Reason:           Blocked
		    Ready:              False
		    Restart Count:      0
		    Environment:        <none>
		    Mounts:
		      /var/run/secrets/kubernetes.io/serviceaccount from default-token-dnz7v (ro)
		Conditions:
		  Type          Status
		  Initialized   True
		  Ready         False
		  PodScheduled  True
		Volumes:
		  default-token-dnz7v:
		    Type:    Secret (a volume populated by a Secret)
		    SecretName:    default-token-dnz7v
		    Optional:   false
		QoS Class:      BestEffort
		Node-Selectors: <none>
		Tolerations:    <none>
		Events:
		  FirstSeen    LastSeen    Count    From                        SubobjectPath    Type        Reason        Message
		  ---------    --------    -----    ----                        -------------    --------    ------        -------
		  AGE          AGE         1        {default-scheduler }                         Normal      Scheduled     Successfully assigned hello-apparmor-2 to guest
		  AGE          AGE         1        {kubelet guest}             Warning        AppArmor    Cannot enforce AppArmor: profile "k8s-apparmor-example-allow-write" is not loaded
	END
	# What is otherwise here, and why: containers are podman's; its seccomp filter is on; Pods get
	# no account of a cluster that is not there; ContainersReady came to Kubernetes later.
	sed -i 's/with docker id/with podman id/; s/seccomp=unconfined/seccomp=runtime\/default/' "$work/doc-events"
	sed -i 's/^    Mounts:$/    Mounts: <none>/; /serviceaccount from/d
		s/^Volumes:$/Volumes: <none>/; /default-token/d; /a Secret/d; /Optional:/d
		/^  Ready  /a\  ContainersReady False' "$work/doc-describe"
}

# Ages, dates and ids by their names, one blank between words.
plain()
{
	sed -E 's/\b[0-9]+(s|m[0-9]*s?)( +)[0-9]+(s|m[0-9]*s?) /AGE AGE /; s/^(Start Time:).*/\1 DATE/
		s/(podman id) [0-9a-f]{12}/\1 ID/; s/ +/ /g; s/^ //; s/ $//'
}

# same_text NAME FILE: what the command before wrote into $work/said
same_text()
{
	diff <(plain <"$2") <(plain <"$work/said") >"$work/out" 2>&1
	result $? "$1"
}

# What the README shows and wants root for, run line by line; the files come from it, too.
follow_readme()
{
	local line command='' file=''

	cd "$work" || return
	: >"$work/shown"
	while IFS= read -r line; do
		case $line in
		'    $ cat '*) file=${line#*cat } command='' ;;
		'    # '*)
			[ -z "$command" ] || show "$command"
			command=${line#*# } file=''
			;;
		'    '* | '')
			line=${line#    }
			if [ -n "$file" ]; then
				echo "$line" >>"$file"
			elif [ -n "$command$line" ]; then
				echo "$line" >>"$work/shown"
			fi
			;;
		*) file='' ;;
		esac
	done < <(sed -n "/^They run without a cluster/,/^| command/p" /opt/README.md)
	show "$command"
	cd / || return
}

show()
{
	bash -c "$1" >"$work/said" 2>&1 </dev/null
	sed -i '/^$/d' "$work/shown"
	same_text "README: $1" "$work/shown"
	: >"$work/shown"
}

walk()
{
	local why="Cannot enforce AppArmor: profile \"$allow\" is not loaded"

	write_document
	ends "AppArmor is enabled" 0 '^Y$' cat /sys/module/apparmor/parameters/enabled
	ends "the node's ready message" 0 '^guest: kubelet is posting ready status. AppArmor enabled$' yoroi node status
	follow_readme
	check "a profile may be loaded as the document does it" sh -c "apparmor_parser -q -r <'$work/deny'"
	ends "and is listed" 0 "^$deny \(enforce\)\$" sh -c 'cat /sys/kernel/security/apparmor/profiles | sort'
	yoroi pod events | grep 'hello-apparmor ' >"$work/said" 2>&1
	same_text "events are the document's" "$work/doc-events"
	ends "what may not be written ends with the command's own status" 1 '^touch: /tmp/test: Permission denied' \
		yoroi pod exec hello-apparmor touch /tmp/test
	ends "what it wrote" 0 '^Hello AppArmor!$' yoroi pod logs hello-apparmor
	check "yoroi-runtime is below, and all are confined as seen from outside" all_confined
	ends "the runtime's record knows the Pod" 0 "apparmor=$deny.*Pod default/hello-apparmor" yoroi events

	yoroi pod describe hello-apparmor-2 >"$work/said" 2>&1
	same_text "the second Pod is described in the document's words: $why" "$work/doc-describe"
	ends "nothing of it is there" 1 '' sh -c "echo; podman ps -a --format '{{.Names}}' | grep hello-apparmor-2_"

	start_node
	check "the profile comes" apparmor_parser -q "$work/allow"
	until_so "and the Pod starts" ready hello-apparmor-2
	ends "under it, where writing is allowed" 0 "^$allow \(enforce\)\$" \
		yoroi pod exec hello-apparmor-2 sh -c 'touch /tmp/test && cat /proc/1/attr/current'
	kill -9 "$node"
	ends "delete, the node being killed" 0 'pod "hello-apparmor-2" deleted' \
		yoroi pod delete --grace-period 0 hello-apparmor hello-apparmor-2
	ends "nothing is left" 0 '^0$' sh -c 'podman ps -aq | wc -l'
}

# --- images ------------------------------------------------------------------------------

pulls()
{
	podman tag localhost:5000/busybox localhost:5000/late
	IMAGE=localhost:5000/busybox create always runtime/default Never true "imagePullPolicy: Always" >"$work/out" 2>&1
	ends "an image that is here is pulled again if that is asked for" 0 'Successfully pulled image "localhost:5000/busybox"' \
		yoroi pod events always
	check "and the Pod runs to its end" of always '.status.phase == "Succeeded"'
	start_node
	podman rmi localhost:5000/late >/dev/null
	IMAGE=localhost:5000/late create late runtime/default Always 'sleep 1000' >/dev/null 2>&1
	until_so "one that is nowhere: the reason" of late '.status.containerStatuses[0].state.waiting.reason == "ErrImagePull"'
	ends "and the registry's words" 0 'Failed to pull image "localhost:5000/late".*(not found|manifest unknown)' yoroi pod events late
	until_so "then it is tried at longer and longer pauses" \
		of late '.status.containerStatuses[0].state.waiting.reason == "ImagePullBackOff"'
	podman push -q localhost:5000/busybox localhost:5000/late
	until_so "and when it comes the Pod runs" ready late
	end_node
	yoroi pod delete --grace-period 0 always late >/dev/null
}

# --- what a node does --------------------------------------------------------------------

write_many()
{
	cat <<-END
		apiVersion: v1
		kind: Pod
		metadata:
		  name: many
		  annotations: {$prefix/first: localhost/$allow, $prefix/a: localhost/$deny, $prefix/b: localhost/$allow}
		spec:
		  terminationGracePeriodSeconds: 0
		  volumes: [{name: marks, hostPath: {path: $work/marks}}]
		  initContainers:
		  - {name: first, image: "$IMAGE", command: [sh, -c, "echo first >>/marks/many"], volumeMounts: [{name: marks, mountPath: /marks}]}
		  - {name: second, image: "$IMAGE", command: [sh, -c, "echo second >>/marks/many"], volumeMounts: [{name: marks, mountPath: /marks}]}
		  containers:
		  - {name: a, image: "$IMAGE", command: [sleep, "1000"]}
		  - {name: b, image: "$IMAGE", command: [sh, -c, "echo b >>/marks/many; sleep 1000"], volumeMounts: [{name: marks, mountPath: /marks}]}
	END
}

# one_network NAME...: the containers have the same, and it is not the machine's
one_network()
{
	local name pids nets

	for name; do
		pids+=" $(podman ps --filter "name=^yoroi_${name}_" --format '{{.Pid}}')"
	done
	# shellcheck disable=SC2086 # one word each
	nets=$(printf '/proc/%s/ns/net\n' $pids | xargs -n 1 readlink | sort | uniq -c)
	echo "$nets"
	[ "$(echo "$nets" | wc -l)" = 1 ] && echo "$nets" | grep -q "^ *$# net:" &&
		[ "${nets##* }" != "$(readlink /proc/self/ns/net)" ]
}

# One with a tag is not pulled again for each Pod.
tag_image()
{
	IMAGE=busybox:1
	podman image exists busybox || podman pull -q busybox >/dev/null
	podman tag busybox "$IMAGE"
}

node()
{
	mkdir -p "$work/marks" "$work/manifests"
	tag_image
	apparmor_parser -q -r "$work/deny" "$work/allow"
	write_many >"$work/manifests/many.yaml"
	start_node --manifests "$work/manifests"
	until_so "manifests in a directory: several containers, behind one another and side by side" ready many
	ends "in this order" 0 '^first second b $' sh -c "tr '\n' ' ' <'$work/marks/many'; echo"
	check "each under its own profile" all_confined
	check "they share a network that is not the machine's" one_network a b
	pod always "localhost/$allow" Always 'echo x >>/marks/always; sleep 2' >"$work/manifests/always.yaml"
	pod failing "localhost/$allow" OnFailure 'echo x >>/marks/failing; [ -e /marks/enough ]' >"$work/manifests/failing.yaml"
	pod never "localhost/$allow" Never 'echo x >>/marks/never; exit 3' >"$work/manifests/never.yaml"
	until_so "Never: it failed once" of never '.status.phase == "Failed" and .status.containerStatuses[0].state.terminated.exitCode == 3'
	until_so "Always: again and again" of always '.status.containerStatuses[0].restartCount >= 2'
	until_so "OnFailure: again while it fails" of failing '.status.containerStatuses[0].restartCount >= 2'
	touch "$work/marks/enough"
	until_so "and no more when it does not" of failing '.status.phase == "Succeeded"'
	ends "the one that never restarts ran once" 0 '^1$' sh -c "wc -l <'$work/marks/never'"
	rm "$work/manifests"/{always,failing,never}.yaml
	until_so "they go with their manifests" sh -c '[ "$(yoroi pod get -o name)" = pod/many ]'
}

# --- what goes wrong ---------------------------------------------------------------------

trouble()
{
	[ -n "${node-}" ] || {
		result 1 "this part goes on where 'node' ended"
		return
	}
	podman rm -f -t 0 "$(podman ps -q --filter 'name=^yoroi_a_')" >/dev/null
	until_so "a container that somebody removed is made again" sh -c \
		"yoroi pod get many -o json | jq -en 'input | .status.containerStatuses | map(.restartCount) == [1, 0] and all(.ready)'"
	yoroi unload "$deny"
	until_so "a profile that is taken out of the kernel: what ran under it is ended, and that is told" sh -c \
		"yoroi pod events many | grep -E 'Warning +AppArmor +.*Container a runs as .unconfined.'"
	until_so "it waits for the profile" of many '.status.containerStatuses[0] | .ready == false and .state.waiting.reason == "Blocked"'
	check "the other runs on" of many '.status.containerStatuses[1].ready'
	check "nothing is unconfined" all_confined
	apparmor_parser -q -r "$work/deny"
	until_so "and starts when that is back" ready many
	podman pod rm -f -t 0 -a >/dev/null 2>&1
	until_so "a Pod that somebody removed from podman is made again" ready many
	check "under its profiles" all_confined
	end_node
	yoroi pod delete --grace-period 0 many >"$work/out" 2>&1

	pod full runtime/default Never true >"$work/full.yaml"
	ends "podman that is missing: the Pod is taken, and the reason told" 3 'no-podman' \
		env YOROI_PODMAN=/no-podman yoroi pod create -f "$work/full.yaml"
	check "it is Pending, with the reason" of full '.status.phase == "Pending" and .status.reason == "FailedCreatePodSandBox"'
	yoroi pod delete --grace-period 0 full >"$work/out" 2>&1
	mkdir -p "$work/small"
	mount -t tmpfs -o size=256k tmpfs "$work/small"
	export YOROI_PODS=$work/small/pods.db
	yoroi pod get >/dev/null 2>&1
	dd if=/dev/zero of="$work/small/fill" bs=4k >/dev/null 2>&1
	ends "a full disk: refused with the reason" 3 '(disk|full|space)' yoroi pod create -f "$work/full.yaml"
	rm "$work/small/fill"
	ends "and later as if nothing had been" 0 'created' yoroi pod create -f "$work/full.yaml"
	check "it ran" of full '.status.phase == "Succeeded"'
	yoroi pod delete --grace-period 0 full >/dev/null
	unset YOROI_PODS
	umount "$work/small"
}

# --- killed at any moment ----------------------------------------------------------------

job_ends_well()
{
	yoroi pod get -o json | jq -en 'input | [.items[] | select(.metadata.name | startswith("job"))] |
		length == 2 and all(.status.phase == "Succeeded")'
}

kills()
{
	local i lost='' name

	rm -rf "$work/marks"
	mkdir -p "$work/marks"
	tag_image
	apparmor_parser -q -r "$work/allow"
	for i in $(seq 6); do
		start_node
		[ $((i % 2)) = 0 ] || create "job$i" "localhost/$allow" Never \
			"echo \$(cat /proc/self/attr/current) >>/marks/job$i" >/dev/null
		[ "$i" != 2 ] || create serves "localhost/$allow" Always \
			"echo \$(cat /proc/self/attr/current) >>/marks/serves; sleep 1000" >/dev/null
		[ "$i" != 6 ] || yoroi pod delete --wait=false --grace-period 0 job3 >/dev/null
		sleep "$((RANDOM % 4 + 1)).$((RANDOM % 10))"
		kill -9 "$node"
		wait "$node" 2>/dev/null
	done
	start_node
	until_so "after six kills all that is there has succeeded" job_ends_well
	until_so "and what serves is ready" ready serves
	check "all that runs is confined" all_confined
	end_node
	for name in job1 job5 serves; do
		[ "$(cat "$work/marks/$name")" = "$allow (enforce)" ] || lost+=" $name"
	done
	[ "$(cat "$work/marks/job3" 2>/dev/null)" = "$allow (enforce)" ] || [ ! -e "$work/marks/job3" ] || lost+=" job3"
	tail -n 50 "$work"/marks/* >"$work/out"
	[ -z "$lost" ]
	result $? "each ran once, under its profile$lost"
	lost=
	for name in job1 job5 serves; do
		[ "$(yoroi pod events "$name" -o json | jq -r '[.items[] | "\(.reason)\(.count)"] | sort | join(" ")')" = \
			"Created1 Pulled1 Scheduled1 Started1" ] || lost+=" $name"
	done
	[ -z "$lost" ]
	result $? "each event was told once$lost"
	ends "nobody else's containers are there" 0 '^6$' sh -c 'podman ps -aq | wc -l'
	yoroi pod delete --grace-period 0 job1 job5 serves >"$work/out" 2>&1
	ends "nothing is left" 0 '^0$' sh -c 'podman ps -aq | wc -l'
}

part()
{
	local began=$SECONDS

	"$@"
	echo "# $*: $((SECONDS - began)) s"
	[ "$1" = prepare ] || tell_calls
}

prepare()
{
	write_configuration
	write_profiles
	write_images
	podman rmi -a -f >/dev/null
	count_calls
}

[ $# -gt 0 ] || set -- walk pulls node trouble kills
part prepare
for name; do
	part "$name"
done
sed 's/^/# /' "$work/node"
finish
