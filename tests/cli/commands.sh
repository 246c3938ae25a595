#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the README and the manual page say of `yoroi`, on a machine whose kernel plays no part.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cat >"$work/good" <<'END'
profile good { /etc/passwd r, }
END
cat >"$work/web" <<'END'
include <tunables/global>
profile web /usr/sbin/nginx {
  include <abstractions/base>
  capability net_bind_servce,
  /etc/nginx/** r
  network inet stream,
}
END

ends "no command is a wrong command line" 2 "usage: yoroi COMMAND" "$yoroi"
ends "an unknown command is named" 2 "no command 'frob'" "$yoroi" frob
ends "help lists the commands" 0 "check .*report" "$yoroi" help
ends "the version is told" 0 "^yoroi [0-9]" "$yoroi" version
for command in check compile exec load status unload; do
	ends "$command --help tells its options" 0 "usage: yoroi $command" "$yoroi" "$command" --help
	ends "$command names an unknown option" 2 "no option '--frob'" "$yoroi" "$command" --frob
done

ends "a good file is checked in silence" 0 "" "$yoroi" check "$work/good"
check "and in real silence" test ! -s "$work/out"
ends "the README's mistakes are told" 1 \
	"web:4:14: error: no capability is called 'net_bind_servce'; did you mean 'net_bind_service'" \
	"$yoroi" check "$work/web"
ends "and both of them" 1 "web:5:[0-9]+: error: ',' is missing" "$yoroi" check "$work/web"
"$yoroi" check --json "$work/web" >"$work/json" 2>/dev/null
check "findings come as JSON" jq -e 'length == 2 and .[0].line == 4 and .[0].column == 14 and
	.[0].severity == "error" and .[0].name == "bad-word"' "$work/json"
ends "a missing file is the machine's failure" 3 "nowhere" "$yoroi" check "$work/nowhere"
ends "an unknown warning is a wrong command line" 2 "no warning is called 'x'" \
	"$yoroi" check --warn x "$work/good"
echo 'profile d { dbus, }' >"$work/dbus"
ends "a rule without a feature is a warning" 0 "warning: dbus rules are not enforced" \
	"$yoroi" check "$work/dbus"
ends "which can be made an error" 1 "error: dbus rules are not enforced" \
	"$yoroi" check --Werror=rule-not-enforced "$work/dbus"
ends "and hidden" 0 "" "$yoroi" check --no-warn rule-not-enforced "$work/dbus"
check "so that nothing is said" test ! -s "$work/out"

ends "an image needs a name" 2 "-o FILE" "$yoroi" compile --features debian-6.1 "$work/good"
check "an image is written" "$yoroi" compile --features debian-6.1 -o "$work/image" "$work/good"
check "and holds something" test -s "$work/image"
check "standard input is taken" sh -c "'$yoroi' compile --features debian-6.1 -o '$work/image2' <'$work/good'"
check "and gives the same" cmp "$work/image" "$work/image2"
ends "a mistake leaves the old image" 1 "" \
	"$yoroi" compile --features debian-6.1 -o "$work/image" "$work/good" "$work/web"
check "as it was" cmp "$work/image" "$work/image2"
check "without a temporary file" test -z "$(find "$work" -name 'image.*')"
ends "a full disk is told" 3 "No space left" \
	"$yoroi" compile --features debian-6.1 -o /dev/full "$work/good"
ends "features that are no features are refused" 3 "features" \
	"$yoroi" compile --features "$work/web" -o "$work/x" "$work/good"
ends "a kernel whose form is not written yet is refused by name" 3 "permission table" \
	"$yoroi" compile --features debian-7.2 -o "$work/x" "$work/good"
check "and no image is made" test ! -e "$work/x"

# A host without AppArmor, and one whose interface is a scratch folder.
export YOROI_PARAMS=$work/params YOROI_SECURITYFS=$work/fs YOROI_PROC=$work/proc
mkdir -p "$work/proc/self/attr/apparmor" "$work/proc/thread-self"
ends "load says that the kernel has no AppArmor" 3 "AppArmor is not in this kernel|no AppArmor" \
	"$yoroi" load "$work/good"
ends "unload too" 3 "AppArmor" "$yoroi" unload good
ends "status too" 3 "AppArmor" "$yoroi" status
ends "exec does not run the command" 3 "AppArmor" "$yoroi" exec -p good -- touch "$work/ran"
check "really not" test ! -e "$work/ran"
mkdir "$work/params"
echo N >"$work/params/enabled"
ends "switched off at boot is another thing" 3 "boot|apparmor=0|disabled" "$yoroi" load "$work/good"
echo Y >"$work/params/enabled"
ends "securityfs not mounted is a third" 3 "securityfs" "$yoroi" load "$work/good"
mkdir -p "$work/fs/features/policy/versions"
echo yes >"$work/fs/features/policy/versions/v7"
: >"$work/fs/.load"
: >"$work/fs/.replace"
: >"$work/fs/.remove"
printf 'good (enforce)\nodd name (x) (complain)\n' >"$work/fs/profiles"
echo "unconfined" >"$work/proc/self/attr/apparmor/current"
check "load writes to the interface" "$yoroi" load "$work/good"
check "an image" test -s "$work/fs/.replace"
ends "a broken file is not loaded" 1 "web:4:14" "$yoroi" load "$work/web"
ends "status lists what is loaded" 0 "2 profiles are loaded" "$yoroi" status
ends "and by name" 0 "^good \(enforce\)" "$yoroi" status good
ends "a name that is not loaded is named" 1 'profile "nope" is not loaded' "$yoroi" status nope
"$yoroi" status --json >"$work/json" 2>/dev/null
check "as JSON it is aa-status' object" jq -e '.version == "2" and .profiles.good == "enforce" and
	.profiles["odd name (x)"] == "complain" and (.processes | type == "object")' "$work/json"
ends "exec wants a profile" 2 "-p PROFILE" "$yoroi" exec true
ends "exec wants a command" 2 "command" "$yoroi" exec -p good

finish
