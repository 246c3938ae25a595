#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The comparer on images that a real parser made.
#
#	test_same.sh SAME PARSER FEATURES [PROFILES]
#
# SAME is the comparer, PARSER any apparmor_parser (Debian's or our own), FEATURES a file for its
# -M, PROFILES a base folder. Pairs that differ in one thing must be found different, pairs that
# mean the same must not. Exit status 77: there is nothing to test with.
set -eu

same=$1 parser=$2 features=$3 base=${4:-/etc/apparmor.d}
[ -x "$parser" ] || { echo "no parser at $parser"; exit 77; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

# compile OUT POLICY [OPTION...]
compile() {
	out=$1
	printf '%s\n' "$2" >"$tmp/policy"
	shift 2
	"$parser" --config-file=/dev/null -Q -K -S -q -M "$features" -b "$base" "$@" \
		"$tmp/policy" >"$out"
}

# expect STATUS POLICY POLICY
expect() {
	compile "$tmp/a" "$2"
	compile "$tmp/b" "$3"
	status=0
	"$same" "$tmp/a" "$tmp/b" >"$tmp/told" 2>&1 || status=$?
	[ "$status" = "$1" ] && return
	printf 'wanted %s, got %s:\n  %s\n  %s\n' "$1" "$status" "$2" "$3"
	cat "$tmp/told"
	failed=1
}

differ() { expect 1 "profile x { $1 }" "profile x { $2 }"; }
alike() { expect 0 "profile x { $1 }" "profile x { $2 }"; }

differ '/a r,' '/a rw,'
differ '/a r,' 'owner /a r,'
differ '/a r,' 'audit /a r,'
differ 'deny /a r,' 'audit deny /a r,'
differ '/a rk,' '/a r,'
differ '/a px -> b,' '/a px -> c,'
differ '/a px -> b,' '/a px -> :n:b,'
differ '/a px,' '/a Px,'
differ '/a px,' '/a pix,'
differ '/a px,' '/a cx,'
differ '/a ix,' '/a ux,'
differ 'link /a -> /b,' 'link subset /a -> /b,'
differ 'change_profile -> a,' 'change_profile -> b,'
differ 'capability chown,' 'capability fowner,'
differ 'capability chown,' 'audit capability chown,'
differ 'deny capability chown,' 'audit deny capability chown,'
differ 'capability bpf,' ''
differ 'set rlimit nofile <= 10,' 'set rlimit nofile <= 11,'
differ 'set rlimit nofile <= 10,' 'set rlimit nproc <= 10,'
differ 'signal send,' 'signal,'
differ 'signal set=hup,' 'signal set=int,'
differ 'audit signal,' 'signal,'
differ 'ptrace peer=a,' 'ptrace peer=b,'
differ 'network inet stream,' 'network inet,'
differ 'network inet stream,' 'network inet6 stream,'
differ 'mount,' 'mount /a -> /b,'
differ 'mount options=ro /a -> /b,' 'mount options=rw /a -> /b,'
differ 'umount /a,' 'audit umount /a,'
differ 'pivot_root /a,' 'pivot_root /b,'
differ '^h { /a r, }' '^h { /b r, }'
differ '^h { }' '^i { }'
expect 1 'profile x { }' 'profile y { }'
expect 1 'profile x { }' 'profile :n:x { }'
expect 1 'profile x { }' 'profile x /x { }'
expect 1 'profile x /a* { }' 'profile x /b* { }'
expect 1 'profile x /a* xattrs=(user.a=b) { }' 'profile x /a* xattrs=(user.a=c) { }'
expect 1 'profile x /a* xattrs=(user.a=b) { }' 'profile x /a* xattrs=(user.b=b) { }'
for flag in complain kill audit unconfined attach_disconnected chroot_relative; do
	expect 1 'profile x { /a r, }' "profile x flags=($flag) { /a r, }"
done

# What newer kernels mediate.
if grep -q 'network_v9' "$features"; then
	differ 'userns,' ''
	differ 'userns,' 'audit userns,'
	differ 'io_uring sqpoll,' 'io_uring,'
	differ 'io_uring override_creds label=a,' 'io_uring override_creds label=b,'
	differ 'dbus send bus=a,' 'dbus receive bus=a,'
	differ 'dbus send bus=a,' 'dbus send bus=b,'
	differ 'dbus send path=/a,' 'dbus send path=/b,'
	differ 'dbus send interface=a,' 'dbus send interface=b,'
	differ 'dbus send member=a,' 'dbus send member=b,'
	differ 'dbus send peer=(name=a),' 'dbus send peer=(name=b),'
	differ 'dbus send peer=(label=a),' 'dbus send peer=(label=b),'
	differ 'dbus bind name=a,' 'dbus bind name=b,'
	differ 'dbus eavesdrop bus=a,' 'dbus eavesdrop bus=b,'
	differ 'deny dbus,' 'audit deny dbus,'
	differ 'unix type=stream,' 'unix type=dgram,'
	differ 'unix (send) type=stream addr=@a,' 'unix (receive) type=stream addr=@a,'
	differ 'unix bind addr=@a,' 'unix bind addr=@b,'
	differ 'unix bind addr=none,' 'unix bind addr=@a,'
	differ 'unix connect peer=(addr=@a),' 'unix connect peer=(addr=@b),'
	differ 'unix connect peer=(label=a),' 'unix connect peer=(label=b),'
	differ 'network send inet,' 'network receive inet,'
	differ 'network inet,' 'network inet6,'
	differ 'mount detached -> /a,' 'mount /b -> /a,'
	expect 1 'profile x { }' 'profile x flags=(default_allow) { }'
	expect 1 'profile x flags=(attach_disconnected.path=/a) { }' \
		'profile x flags=(attach_disconnected.path=/b) { }'
	alike 'unix,' 'unix, unix type=stream,'
	alike 'dbus send,' 'dbus send, dbus send path=/a,'
	alike 'userns,' 'userns create,'
fi

if grep -q 'posix_mqueue' "$features"; then
	differ 'mqueue r /a,' 'mqueue w /a,'
	differ 'mqueue r /a,' 'mqueue r /b,'
	differ 'mqueue r type=posix,' 'mqueue r type=sysv,'
fi

alike '/a r, /b w,' '/b w, /a r,'
alike '/a px -> b, /c px -> d,' '/c px -> d, /a px -> b,'
alike '/a{b,c} r,' '/ab r, /ac r,'
alike '/etc/** r, /etc/passwd r,' '/etc/** r,'
alike 'network inet,' 'network inet, network inet stream,'
alike 'capability chown, capability kill,' 'capability kill chown,'
expect 0 'profile x { } profile y { }' 'profile y { } profile x { }'

# One text, laid down in several ways. Not every parser has these options.
policy='profile x /bin/x* { /etc/** r, owner /home/*/.[a-z]* rw, deny /etc/s* w, network inet,
signal set=(hup int) peer=y*, ptrace read, mount /a/** -> /b/, /bin/* px -> y, }'
compile "$tmp/a" "$policy"
for option in no-minimize no-expr-simplify no-remove-unreachable compress-small equiv; do
	compile "$tmp/b" "$policy" -O "$option" 2>/dev/null || continue
	"$same" "$tmp/a" "$tmp/b" || { echo "-O $option is told as a difference"; failed=1; }
done

# Exit statuses.
printf junk >"$tmp/junk"
status=0
"$same" "$tmp/a" "$tmp/junk" >/dev/null 2>&1 || status=$?
[ "$status" = 2 ] || { echo "junk: status $status"; failed=1; }
status=0
"$same" "$tmp/a" >/dev/null 2>&1 || status=$?
[ "$status" = 2 ] || { echo "one image: status $status"; failed=1; }
"$same" --dump "$tmp/a" >"$tmp/told"
grep -q '^profile x$' "$tmp/told" || { echo "dump without a profile"; failed=1; }

[ "$failed" = 0 ] && echo "same: all pairs as expected"
exit "$failed"
