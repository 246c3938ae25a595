# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Bundles of one busybox for the scripts that start containers without an engine.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

policy=/etc/apparmor.d
kernel=/sys/kernel/security/apparmor
rootfs=$work/rootfs
runtime=runc
mkdir -p "$policy" "$rootfs"/{bin,proc,sys,dev,tmp}
chmod 755 "$work"
cp /bin/busybox "$rootfs/bin/"
chroot "$rootfs" /bin/busybox --install -s /bin
(cd "$work" && crun spec && jq --arg root "$rootfs" '.process.terminal = false | .root.path = $root
	| del(.linux.resources) | .process.args = []' config.json >base.json && rm config.json)
base=$(<"$work/base.json")

# profile NAME...: their sources are in the profile directory, and they are not loaded
profile()
{
	local name

	for name; do
		printf 'profile %s flags=(attach_disconnected) {\n  file,\n  capability,\n  network,\n  signal,\n  ptrace,\n  unix,\n  mount,\n  umount,\n  pivot_root,\n  deny /tmp/refused w,\n}\n' \
			"$name" >"$policy/$name"
		printf %s "$name" >"$kernel/.remove" 2>/dev/null || true
	done
}

# asking NAME PROFILE [COMMAND]: a fresh bundle in $work/NAME whose process asks for PROFILE, or
# for none where that is empty. It runs COMMAND, by default one that prints its label behind the
# word "label". Made by the shell: starting jq costs an emulated machine more than a container.
asking()
{
	local command=${3:-echo label \$(cat /proc/self/attr/current)}

	rm -rf "${work:?}/$1"
	mkdir "$work/$1"
	printf '%s' "${base/\"args\": []/\"args\": [\"sh\", \"-c\", \"$command\"]${2:+, \"apparmorProfile\": \"$2\"}}" \
		>"$work/$1/config.json"
}

# bundle NAME PATTERN REPLACEMENT: one that asks for none, with that changed as sed does it
bundle()
{
	asking "$1" ''
	busybox sed -i "s|$2|$3|" "$work/$1/config.json"
}

# annotated NAME "KEY": "VALUE"...: one that asks by annotations
annotated()
{
	bundle "$1" '"linux": {' "\"annotations\": {${2}}, &"
}

yr()
{
	yoroi-runtime --yoroi-runtime "/usr/bin/$runtime" "$@"
}

# start NAME: run the bundle as a container of that name
start()
{
	yr run -b "$work/$1" "$1"
}

# refused NAME PATTERN BUNDLE: it is not started, PATTERN says why, and the bundle is as it was
refused()
{
	local status=0 wrong='' before after

	before=$(busybox stat -c '%n %s %Y %i' "$work/$3" "$work/$3/"* 2>&1)
	start "$3" >"$work/out" 2>&1 </dev/null || status=$?
	after=$(busybox stat -c '%n %s %Y %i' "$work/$3" "$work/$3/"* 2>&1)
	[ "$status" = 1 ] || wrong+=" status $status;"
	grep -qE -- "$2" "$work/out" || wrong+=" does not say $2;"
	! grep -q ^label "$work/out" || wrong+=" it ran;"
	[ "$before" = "$after" ] || wrong+=" the bundle was $before and is $after;"
	echo "wrong:$wrong" >>"$work/out"
	result $((${#wrong} > 0)) "$1"
}

# labelled NAME LABEL BUNDLE: it ran under that
labelled()
{
	ends "$1" 0 "^label $2\$" start "$3"
}
