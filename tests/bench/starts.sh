#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Whole containers by hyperfine: true, runc and crun bare, and behind yoroi-runtime, `run` of a container
# that ends at once.
#
# usage: starts.sh FOLDER RUNS    write FOLDER/true.json, runc.json and crun.json, hyperfine's own form
#
# Needs root. Where the kernel has AppArmor, 299 more profiles are loaded and both start the
# container under yoroi-default; elsewhere both start it unconfined. A runtime that starts no
# container here is left out, and told. YOROI_RUNTIME is the wrapper.
set -euo pipefail

wrapper=${YOROI_RUNTIME:-yoroi-runtime} profile=unconfined
out=$1 runs=$2
work=$(mktemp -d)
# As /run is: a disk's file system writes at once what is put over a file, here the last start's.
run=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
trap 'rm -rf "$work" "$run"' EXIT

mkdir -p "$work/b/rootfs/bin" "$work/root"
cp "$(command -v busybox)" "$work/b/rootfs/bin/busybox"
export YOROI_RUN=$run YOROI_EVENTS=$work/events YOROI_RUNTIME_CONF=$work/conf
echo 'events = file' >"$work/conf"
if grep -q Y /sys/module/apparmor/parameters/enabled 2>/dev/null; then
	profile=yoroi-default
	for ((i = 0; i < 299; i++)); do echo "profile filler-$i { /srv/$i r, }"; done >"$work/filler"
	yoroi load --quiet "$work/filler" >/dev/null
fi
runc spec -b "$work/b"
jq --arg profile "$profile" '.process.terminal = false | .process.args = ["/bin/busybox", "true"] |
	if $profile == "unconfined" then del(.process.apparmorProfile)
	else .process.apparmorProfile = $profile end' "$work/b/config.json" >"$work/spec"
mv "$work/spec" "$work/b/config.json"
echo "default-profile = $profile" >>"$work/conf"

# true tells what the wrapper itself takes.
for name in true runc crun; do
	runtime=$(type -P $name) || continue
	line=(--root "$work/root/$name" run -b "$work/b" c)
	# This one also loads the profile, so that it is there for the bare runtime.
	if ! "$wrapper" --yoroi-runtime "$runtime" "${line[@]}" >"$work/said" 2>&1; then
		echo "starts: $name starts no container here: $(tail -n 1 "$work/said")" >&2
		continue
	fi
	# In turns, since starts take longer or shorter for half a minute at a time.
	turns=()
	for ((i = 0; i < 4; i++)); do
		turns+=(-n bare "$runtime ${line[*]}")
		turns+=(-n wrapped "$wrapper --yoroi-runtime $runtime ${line[*]}")
	done
	hyperfine -N --warmup 1 --runs $(((runs + 3) / 4)) --export-json "$work/json" --style none \
		"${turns[@]}" >"$work/said" 2>&1 || { cat "$work/said" >&2 && exit 1; }
	jq --arg profile "$profile" '. + {profile: $profile}' "$work/json" >"$out/$name.json"
done
