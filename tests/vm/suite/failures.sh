#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In a guest: a load that fails says why, and what was loaded before is still in force.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

chmod 755 "$work"
cat >"$work/keep" <<'END'
profile keep flags=(attach_disconnected) {
  file,
  deny /secret r,
}
END
echo secret >/secret
kept()
{
	check "$1: the profile from before is in force" is_loaded keep enforce
	ends "$1: and it refuses" 1 "Permission denied" yoroi exec -p keep -- cat /secret
}

check "a profile is loaded" yoroi load "$work/keep"
kept "at first"

ends "an unknown profile is named" 1 'profile.*nowhere' yoroi unload nowhere
ends "apparmor_parser -R names it too" 254 nowhere sh -c 'echo "profile nowhere { }" | apparmor_parser -R'
kept "after an unknown name"

head -c 4096 /dev/urandom >"$work/junk"
ends "garbage is told from a refusal" 1 "" sh -c "! apparmor_parser -rB '$work/junk' && exit 1"
ends "and the message says what it is" 1 "not.*(policy|image|form)|Protocol|invalid|malformed" \
	sh -c "apparmor_parser -rB '$work/junk'; exit 1"
kept "after garbage"

yoroi compile --features debian-6.1 -o "$work/image" "$work/keep"
head -c $(($(stat -c %s "$work/image") - 40)) "$work/image" >"$work/cut"
ends "a truncated image is refused" 1 "" sh -c "! apparmor_parser -rB '$work/cut' && exit 1"
kept "after a truncated image"

ends "a profile that is loaded already" 3 "keep|already|exists" yoroi load --add "$work/keep"
kept "after a refused addition"

printf 'profile keep { file, }\nprofile broken { /a qqq, }\n' >"$work/half"
ends "a file with one good and one bad profile" 1 "half:2:[0-9]+: error" yoroi load "$work/half"
kept "after half a file"

ends "not root" 3 "root|permi" setpriv --reuid=65534 --regid=65534 --clear-groups \
	yoroi load --features debian-6.1 "$work/keep"
ends "apparmor_parser ends with 1 then, as upstream" 1 "root|permi" \
	setpriv --reuid=65534 --regid=65534 --clear-groups \
	apparmor_parser -M /usr/share/yoroi/profiles/features/debian-6.1 -r "$work/keep"
kept "after a load by a user"

cat >"$work/cage" <<'END'
profile cage flags=(attach_disconnected) {
  file,
  capability,
  deny capability mac_admin,
}
END
check "a cage is loaded" yoroi load "$work/cage"
ends "a confined caller is told its own profile" 3 "cage" yoroi exec -p cage -- yoroi load "$work/keep"
kept "after a load from a cage"

ends "securityfs that is not mounted" 3 "securityfs" unshare -m sh -c \
	"umount -l /sys/kernel/security && exec yoroi load '$work/keep'"
kept "after a load without securityfs"

ends "status shows the mode" 0 "^keep \(enforce\)" yoroi status keep
check "complain mode is loaded" yoroi load --complain "$work/keep"
check "and listed" is_loaded keep complain
check "a complaining profile refuses nothing" yoroi exec -p keep -- true
check "and is replaced" yoroi load "$work/keep"
yoroi exec -p keep -- sleep 60 &
sleep 0.5
yoroi status --json >"$work/json" 2>"$work/out"
check "JSON lists a confined process" jq -en 'input | .processes | to_entries | any(.value[0].profile == "keep" and
	.value[0].status == "enforce")' "$work/json"
ends "and so does the text" 0 "sleep .*keep" yoroi status
kill $!
ends "exec under a profile that is not loaded does not run" 1 'nope' yoroi exec -p nope -- touch "$work/ran"
check "really not" test ! -e "$work/ran"
# The kernel makes up a profile for a complaining caller and takes it for the one that was asked.
echo 'profile caller flags=(complain) { file, }' >"$work/caller"
check "a complaining caller is loaded" yoroi load "$work/caller"
ends "from which a profile that is not loaded is still told" 1 "'nope' is not loaded" \
	yoroi exec -p caller -- yoroi exec -p nope -- touch "$work/ran"
check "and nothing runs" test ! -e "$work/ran"
check "unload takes it out" yoroi unload keep cage caller
check "really" sh -c '! grep -q "^keep " /sys/kernel/security/apparmor/profiles'

# The kernel's own word on what it was given.
cat >"$work/ns" <<'END'
profile inner { file, }
END
check "a namespace is made by loading into it" yoroi load --namespace tests "$work/ns"
check "and holds the profile" test -n "$(find /sys/kernel/security/apparmor/policy/namespaces/tests/profiles -name 'inner*' 2>/dev/null)"
check "which is unloaded by its full name" yoroi unload :tests:inner
finish
