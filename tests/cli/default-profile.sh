#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# yoroi default-profile: ours under any name, and what engines load, equal in meaning to theirs.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

profiles=$YOROI_SOURCE/profiles
kernels=everything,debian-6.1,debian-6.12,debian-7.2,debian-7.3
engines="docker containerd crio podman"
cd "$work" || exit 1
# Policy folders of machines, as engines find them.
mkdir -p none abi/abi tunables base whole
cp "$profiles/abi/3.0" abi/abi/
cp -r "$profiles/tunables" tunables/
cp -r "$profiles/abstractions" base/
cp -r "$profiles/abi" "$profiles/tunables" "$profiles/abstractions" whole/
d()
{
	"$yoroi" default-profile "$@"
}
# same NAME FILE OTHER: equal in meaning, on each kernel
same()
{
	check "$1" "$yoroi" diff --equal --for "$kernels" -b "$profiles" "$2" "$3"
}

# Ours.
check "ours is the file that is installed" cmp <(d) "$profiles/containers/yoroi-default"
for name in docker-default "my own"; do
	d --name "$name" >renamed
	check "'$name' is a name for it" grep -qE "^profile \"?$name\"? flags" renamed
	check "and stands in its peers" grep -qE "peer=\"?\\{$name,unconfined//&$name,$name//&unconfined\\}" renamed
	check "and for a site's own rules" grep -qF "include if exists <local/$name>" renamed
	check "so that no other is left" sh -c "! grep -v '^ *#' renamed | grep yoroi-default"
	sed "s/docker-default/other-default/g; s/yoroi-default/$name/g" "$YOROI_SOURCE/tests/policy/yoroi-default.aatest" |
		sed -E "s/^profile .*/profile renamed/; s/peer=([^,]*${name}[^,]*)/peer=\"\\1\"/" >renamed.aatest
	check "'$name' means what ours does" "$yoroi" test --for "${kernels#everything,}" \
		--coverage-min 100 -b "$profiles" renamed.aatest
done
for name in unconfined "" " a" "a " "-a" "a//b" "/a" "a/" "a,b" "a{b" 'a"b' "a*" "a(b)" $'a\nb' @a ":a:b" \
	"$(printf 'x%.0s' {1..256})"; do
	ends "no profile is called $(printf %q "${name:0:20}")" 2 "name" d --name "$name"
	ends "nor is docker's" 2 "name" d --for docker --name "$name"
done
check "the longest name is taken" d --name "$(printf 'x%.0s' {1..255})"

# Engines'.
for engine in $engines; do
	for folder in none abi tunables base whole; do
		d --for "$engine" -b "$folder" >"$engine.$folder"
		for kernel in ${kernels//,/ }; do
			ends "$engine's compiles for $kernel, $folder in the policy folder" 0 "" "$yoroi" compile \
				--quiet --features "$kernel" -b "$profiles" -o image "$engine.$folder"
			silent "without a word"
		done
		case $engine.$folder in
		docker.abi | containerd.abi | docker.whole | containerd.whole) abi=1 ;;
		*) abi=0 ;;
		esac
		check "$engine's has $abi abi" test "$(grep -c '^abi <abi/3.0>,$' "$engine.$folder")" = "$abi"
	done
	check "$engine's is in the style of yoroi format" "$yoroi" format --check "$engine.whole"
	check "each rule of $engine's has a comment above it, or stands in such a group" awk '
		/^ *#/ { said = 1; next } /^ *$/ { said = 0; next }
		/^(@|include|})/ { next } !said { print; bad = 1 } END { exit bad }' "$engine.whole"
	sed -n 's/^profile "\(.*\)" flags.*/\1/p' "$engine.none" >name
	cp "$engine.none" "$(cat name)"
	cp "$YOROI_SOURCE/tests/policy/engines/$engine.aatest" .
	check "$engine's is what is expected of it" "$yoroi" test --for "${kernels#everything,}" \
		--coverage-min 100 -b "$profiles" "$engine.aatest"
	d --for "$engine" -b none --name "$(cat name)" >named
	check "$engine's own name is not said twice" cmp named "$engine.none"
	ends "ours differs from $engine's" 1 "yoroi-default" "$yoroi" diff --equal -b "$profiles" \
		"$engine.none" "$profiles/containers/yoroi-default"
done
cmp -s <(sed 's/crio-default/X/g' crio.none) <(sed 's/crio-default/X/g' crio.abi)
check "the library's profile does not look for an abi" test $? = 0
check "a folder that is empty gives Docker's own text for that" grep -q '^@{PROC}=/proc/$' docker.none

# What Docker generates, kept as cases; podman's and containerd's follow from it by what differs.
golden=$cases/profiles/docker-default
if [ ! -e "$golden/default.golden" ]; then
	skip "Docker's own profiles, as cases"
else
	compare()
	{
		local file=$1 name=$2
		shift 2
		d --for docker --name "$name" "$@" >ours
		same "equal in meaning: $file" "$golden/$file" ours
	}
	compare default.golden default -b none
	compare with-api3.golden with-api3 -b abi
	compare with-tunables.golden tunables -b tunables
	compare with-abstractions-base.golden abstractions-base -b base
	compare with-daemon-profile.golden with-daemon-profile -b none --daemon-profile my-daemon-profile
	compare with-spaces.golden "Profile with spaces" -b none --daemon-profile "Daemon Profile"
	d --for docker --name default -b none --daemon-profile runc-shim >ours
	ends "and what is not equal is told" 1 "difference" "$yoroi" diff --equal -b "$profiles" \
		"$golden/default.golden" ours

	sed '/deny network alg/d; s/with-api3/cri-containerd.apparmor.d/' "$golden/with-api3.golden" >theirs
	same "containerd's is that without AF_ALG" theirs containerd.abi
	sed -E '/deny network alg|powercap|ptrace|peer=crun/d; s/"default"/crio-default/
		s/\[\^([^]]*[^]\/])\/?\]/[^\1]/g; s/\[\^0-9\*\]/[^0-9]*/
		s/peer=runc/peer={\/usr\/bin\/,\/usr\/sbin\/,}{runc,crun*,podman}/
		s/(.*)peer=crio-default,/&\n\1peer=crio-default\/\/\&*,/
		s/^}/  ptrace (trace,read) peer=crio-default,\n  ptrace (trace,read) peer=crio-default\/\/\&*,\n}/' \
		"$golden/default.golden" >theirs
	check "podman's has other letters" grep -qF '{[^1-9],[^1-9][^0-9],[^1-9s][^0-9y][^0-9s],[^1-9][^0-9][^0-9][^0-9]*}' theirs
	same "CRI-O's is another again" theirs crio.none
	sed 's/crio-default/containers-default/g' theirs >theirs2
	same "and so is podman's" theirs2 podman.none
fi

ends "an unknown engine is named" 2 "no engine 'lxc'" d --for lxc
ends "podman's has no rule for podman's own profile" 2 "podman has no rule" d --for podman --daemon-profile x
ends "nor ours" 2 "local/yoroi-default" d --daemon-profile x
ends "a daemon's name is one" 2 "engine's own profile" d --for docker --daemon-profile 'a{b'
check "which may be a path" grep -qF 'peer="/usr/bin/dockerd"' <(d --for docker --daemon-profile /usr/bin/dockerd)
check "an engine without a profile has no rule twice" cmp <(d --for docker --daemon-profile unconfined -b none) docker.none
ends "ours is the same everywhere" 2 "with '--for' only" d -b none
ends "a policy folder that is not there is told" 3 "nowhere" d --for docker -b nowhere
ends "words behind are none of its" 2 "too many" d docker
ends "a set without ours is told" 3 "nowhere" env YOROI_PROFILES="$work/nowhere" "$yoroi" default-profile
ends "a full disk is told" 3 "No space" sh -c "'$yoroi' default-profile --for docker >/dev/full"

check "what docs/default-profiles.md shows is what happens" env PATH="$YOROI_BUILD:$PATH" \
	python3 "$YOROI_SOURCE/tests/cli/readme.py" "$YOROI_SOURCE/docs/default-profiles.md" "$(mktemp -d -p .)" 5
finish
