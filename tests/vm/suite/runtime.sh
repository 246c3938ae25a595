#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In a guest: yoroi-runtime before runc and crun, without an engine. Whatever is done to it, no
# container may run with less than was asked for.
#
# usage: runtime.sh [short]   short leaves out what does not depend on the kernel
. "$(dirname "${BASH_SOURCE[0]}")/runtime-lib.sh"

# What people see of one container, above the runtime $runtime.
everyday()
{
	local r=$runtime

	profile on-demand other
	asking c on-demand
	labelled "$r: a profile is loaded when it is needed" 'on-demand \(enforce\)' c
	check "$r: and is in the kernel then" is_loaded on-demand enforce
	labelled "$r: once it is loaded, too" 'on-demand \(enforce\)' c
	asking c nowhere
	refused "$r: a profile that exists nowhere" "'c'.*'nowhere'.*'/etc/apparmor.d'" c
	asking c ''
	labelled "$r: nothing asked for gives the default" 'yoroi-default \(enforce\)' c
	annotated c '"io.yoroi.apparmor.profile": "localhost/on-demand"'
	labelled "$r: an annotation asks" 'on-demand \(enforce\)' c
	annotated c '"container.apparmor.security.beta.kubernetes.io/web": "localhost/other", "io.kubernetes.cri.container-name": "web"'
	labelled "$r: Kubernetes' annotation asks" 'other \(enforce\)' c
	asking c unconfined
	labelled "$r: unconfined is unconfined" unconfined c
	asking c on-demand 'echo bye; exit 7'
	ends "$r: a container's exit status comes through" 7 bye start c
	asking c on-demand 'sleep 100'
	check "$r: in the background" sh -c "yoroi-runtime --yoroi-runtime /usr/bin/$r run -d -b '$work/c' back >'$work/null' 2>&1"
	ends "$r: exec has the container's label" 0 '^on-demand \(enforce\)$' yr exec back cat /proc/self/attr/current
	ends "$r: the status of exec comes through" 9 bye yr exec back sh -c 'echo bye; exit 9'
	ends "$r: so does that of state" 0 '"status": "running"' yr state back
	ends "$r: yoroi status knows the container" 0 'back' yoroi status
	check "$r: kill" yr kill back KILL
	check "$r: delete" yr delete --force back
}

# Prints nothing: fails with what is printed.
none_of()
{
	"$@" >"$work/none" 2>&1
	cat "$work/none"
	[ ! -s "$work/none" ]
}

# The time that a part took, for people who look for what is slow.
part()
{
	local began=$SECONDS

	"$@"
	echo "# $* ($runtime): $((SECONDS - began)) s"
}

unchanged()
{
	"$runtime" "$@" >"$work/bare" 2>&1
	echo $? >>"$work/bare"
	yr "$@" >"$work/through" 2>&1
	echo $? >>"$work/through"
	# runc's errors have the time
	sed -i 's/^time="[^"]*"//' "$work/bare" "$work/through"
	diff "$work/bare" "$work/through"
}

# 50 at once, of ten profiles that are not loaded: five ask for each at the same moment.
fifty()
{
	local i pids=()

	for i in $(seq 10); do
		profile "many-$i"
	done
	for i in $(seq 50); do
		asking "m$i" "many-$((i % 10 + 1))"
	done
	for i in $(seq 50); do
		runtime=$([ $((i % 5)) = 0 ] && echo runc || echo crun)
		start "m$i" >"$work/m$i.out" 2>&1 &
		pids+=($!)
	done
	wait "${pids[@]}"
	for i in $(seq 50); do
		[ "$(grep ^label "$work/m$i.out")" = "label many-$((i % 10 + 1)) (enforce)" ] ||
			{ echo "m$i"; cat "$work/m$i.out"; }
	done >"$work/wrong"
	check "50 at once: each has its label" none_of cat "$work/wrong"
	yoroi events --json >"$work/events" 2>&1
	ends "all are recorded" 0 '^50$' sh -c "grep -oE '\"id\": ?\"m[0-9]+\"' '$work/events' | sort -u | wc -l; head -c 600 '$work/events'"
}

two_at_once()
{
	local _

	: >"$work/twins"
	for _ in 1 2 3; do
		profile twin
		asking t1 twin
		asking t2 twin
		start t1 >>"$work/twins" 2>&1 &
		start t2 >>"$work/twins" 2>&1 &
		wait $!
		wait
	done
	check "two at the same moment: both are under the profile, each time" \
		[ "$(grep -cx 'label twin (enforce)' "$work/twins")" = 6 ]
	cp "$work/twins" "$work/out"
}

# The specification has to be rewritten and the profile loaded, so that there is something to hit.
killed()
{
	local i pid began took

	profile victim
	annotated k '"io.yoroi.apparmor.profile": "victim"'
	began=${EPOCHREALTIME/./}
	start k >/dev/null 2>&1
	took=$((${EPOCHREALTIME/./} - began))
	: >"$work/killed"
	: >"$work/left"
	for i in $(seq 12); do
		[ $((i % 2)) = 0 ] && profile victim
		annotated k '"io.yoroi.apparmor.profile": "victim"'
		setsid yoroi-runtime --yoroi-runtime /usr/bin/crun run -b "$work/k" "k$i" >>"$work/killed" 2>&1 &
		pid=$!
		# Some soon, some when it has run.
		busybox usleep $((took * i / 10))
		kill -9 "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
		jq -en 'input | .ociVersion' "$work/k/config.json" >/dev/null || echo "$i: config.json is broken" >>"$work/left"
		find "$work/k" -mindepth 1 ! -name config.json >>"$work/left"
		crun delete --force "k$i" 2>/dev/null
	done
	find /run/yoroi /var/log/yoroi -name '*.??????' >>"$work/left"
	check "killed at any moment: what ran was under its profile" none_of sh -c \
		"grep ^label '$work/killed' | grep -vx 'label victim (enforce)'"
	check "some were killed before they ran, some after" sh -c \
		"n=\$(grep -c ^label '$work/killed'); echo \"\$n ran\"; [ \$n -gt 0 ] && [ \$n -lt 12 ]"
	check "no file is left half written, nor a temporary one" none_of cat "$work/left"
	annotated k '"io.yoroi.apparmor.profile": "victim"'
	labelled "and the next one starts" 'victim \(enforce\)' k
}

full_disk()
{
	profile full
	annotated f '"io.yoroi.apparmor.profile": "full"'
	cp "$work/f/config.json" "$work/small.json"
	mount -t tmpfs -o size=16k tmpfs "$work/f"
	cp "$work/small.json" "$work/f/config.json"
	head -c 1M /dev/zero >"$work/f/filler" 2>/dev/null
	refused "a full disk below the bundle" 'space' f
	rm "$work/f/filler"
	umount "$work/f"
}

bad()
{
	refused "$1" "$2" h
}

hostile()
{
	profile good
	asking h ''
	truncate -s 100M "$work/h/config.json"
	bad "100 MB" 'large|MiB|bytes'
	asking h good
	{ printf '{"hooks":'; head -c 100000 /dev/zero | tr '\0' '['; } >"$work/h/config.json"
	bad "deep nesting" 'deep|nest'
	bundle h '"args":' '"apparmorProfile": 7, &'
	bad "a number for a profile" 'config.json:[0-9]+:[0-9]+'
	asking h ''
	printf '{"ociVersion": "1.0.0", "process": [], "root": {"path": "%s"}}' "$rootfs" >"$work/h/config.json"
	bad "a list for the process" 'config.json:[0-9]+:[0-9]+'
	bundle h '"linux": {' '"annotations": "good", &'
	bad "a text for the annotations" 'config.json:[0-9]+:[0-9]+'
	bundle h '"process":' '"proces":'
	bad "no process" 'process'
	: >"$work/h/config.json"
	bad "an empty file" 'config.json'
	asking h good
	sed -i 's/"apparmorProfile": "good"/"apparmorProfile": "good", "apparmorprofile": "unconfined"/' "$work/h/config.json"
	bad "a key that runc reads as another" 'config.json:[0-9]+:[0-9]+'
	asking h good
	sed -i 's/"apparmorProfile": "good"/"apparmorProfile": "good", "apparmorProfile": "unconfined"/' "$work/h/config.json"
	bad "a key that comes twice" 'config.json:[0-9]+:[0-9]+'
	asking h good
	truncate -s -10 "$work/h/config.json"
	bad "a file that is cut off" 'config.json'
	asking h good
	mv "$work/h/config.json" "$work/aside.json"
	ln -s "$work/aside.json" "$work/h/config.json"
	bad "config.json is a symbolic link" 'link|regular'
	rm "$work/h/config.json"
	mkfifo "$work/h/config.json"
	# cksum would wait for a writer.
	ends "config.json is a FIFO" 1 'regular' timeout 20 yoroi-runtime run -b "$work/h" h
	rm "$work/h/config.json"
	mkdir "$work/h/config.json"
	bad "config.json is a folder" 'regular'
	annotated real '"io.yoroi.apparmor.profile": "good"'
	rm -rf "$work/h"
	ln -s real "$work/h"
	labelled "a bundle behind a symbolic link is the real one" 'good \(enforce\)' h
	rm "$work/h"
	asking h good
	ends "who may not read it is told" 1 'ermission denied' setpriv --reuid 65534 --clear-groups sh -c \
		"chmod 600 '$work/h/config.json' 2>/dev/null; exec yoroi-runtime run -b '$work/h' h"
}

failing_closed()
{
	profile closed
	asking c closed
	ends "securityfs that is not mounted" 1 'securityfs' unshare -m sh -c \
		"umount -l /sys/kernel/security && exec yoroi-runtime --yoroi-runtime /usr/bin/crun run -b '$work/c' c"
	printf 'profile closed {\n  /x rqq,\n}\n' >"$policy/closed"
	refused "a mistake in the profile's file" "closed:2:6" c
	rm "$policy/closed"
	mkdir -p /etc/yoroi
	echo 'nonsense = 1' >/etc/yoroi/runtime.conf
	asking c on-demand
	refused "a setting that is none" 'runtime.conf:1' c
	rm /etc/yoroi/runtime.conf
}

for runtime in runc crun; do
	part everyday
	check "$runtime: --version is its own" unchanged --version
	check "$runtime: features, or that there are none" unchanged features
	check "$runtime: an unknown command" unchanged nonsense
done
runtime=crun
part failing_closed
part two_at_once
if [ "${1-}" != short ]; then
	part fifty
	part killed
	part full_disk
	part hostile
fi
runtime=runc
finish
