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
ends "and tells about one" 0 "usage: yoroi check" "$yoroi" help check
ends "but not about what is none" 2 "no command 'frob'" "$yoroi" help frob
ends "the version is told" 0 "^yoroi [0-9]" "$yoroi" version
for command in check compile default-profile diff events exec explain format learn load log pod query \
	status test unload; do
	ends "$command --help tells its options" 0 "usage: yoroi $command" "$yoroi" "$command" --help
	ends "$command names an unknown option" 2 "no option '--frob'" "$yoroi" "$command" --frob
done
ends "the manual has what --help tells" 0 'options$' python3 "$YOROI_SOURCE/tests/cli/manual.py" "$yoroi" "$YOROI_SOURCE/man"

ends "a good file is checked in silence" 0 "" "$yoroi" check "$work/good"
silent "and in real silence"
mkdir "$work/readme"
check "what the README shows is what happens" env TZ=UTC PATH="$YOROI_BUILD:$PATH" \
	python3 "$YOROI_SOURCE/tests/cli/readme.py" "$YOROI_SOURCE/README.md" "$work/readme"
ends "the README's mistakes are told" 1 \
	"web:4:14: error: no capability is called 'net_bind_servce'; did you mean 'net_bind_service'" \
	"$yoroi" check "$work/web"
ends "and both of them" 1 "web:5:[0-9]+: error: ',' is missing" "$yoroi" check "$work/web"
"$yoroi" check --json "$work/web" >"$work/json" 2>/dev/null
check "findings come as JSON" jq -en 'input | length == 2 and .[0].line == 4 and .[0].column == 14 and
	.[0].severity == "error" and .[0].name == "bad-word"' "$work/json"
ends "an empty file is a mistake" 1 "is empty" "$yoroi" check --json /dev/stdin
grep -v '^yoroi:' "$work/out" >"$work/json"
check "which JSON tells" jq -en 'input | length == 1 and .[0].name == "missing"' "$work/json"
for args in "$work/nowhere" "$work/web" "$work/good" "--features nowhere $work/good" "$work/void"; do
	mkdir -p "$work/void"
	# shellcheck disable=SC2086 # some are several words
	"$yoroi" check --json $args >"$work/json" 2>/dev/null
	check "JSON is whole for $args" jq -en 'input | type == "array"' "$work/json"
done
full() { "$yoroi" "$@" </dev/null >/dev/full; }
for how in "check --json" "check --sarif" "query --json" "diff --json $work/good" "test --json" \
	"explain --json" "learn --json -o $work/none" "log --json" "status --json"; do
	case $how in
	explain* | learn* | log*) file=$YOROI_SOURCE/tests/explain/kinds.log ;;
	status*) file= ;;
	*) file=$work/good ;;
	esac
	# shellcheck disable=SC2086 # they are several words
	ends "a full disk is told: ${how%% /*}" 3 "write standard output: No space left" full $how $file
done
check "nothing is coloured in a pipe" sh -c "! '$yoroi' check '$work/web' 2>&1 | grep -q '$(printf '\033')'"
tty()
{
	script -qec "$1" /dev/null </dev/null
}
ends "on a terminal errors are" 0 "$(printf '\033')\\[31merror" tty "$yoroi check $work/web; true"
check "not with NO_COLOR" sh -c "! NO_COLOR=1 script -qec '$yoroi check $work/web' /dev/null \
	</dev/null | grep -q '$(printf '\033')'"
ends "control bytes of a file's name stay off the terminal" 3 'a\\033\[31m' \
	"$yoroi" check "$work/a$(printf '\033[31m')"
for ((i = 0; i < 60; i++)); do echo "profile p$i { /**a????????????$i r, }"; done >"$work/slow"
ends "who waits on a terminal is told" 0 "compiling 1 of 1" tty "$yoroi check $work/slow"
check "but not who reads a pipe" sh -c "! '$yoroi' check '$work/slow' 2>&1 | grep -q compiling"
sed -n 's/^\.It Cm //p' "$YOROI_SOURCE/man/yoroi-diagnostics.7" >"$work/described"
sed -n '/^} names\[\]/,/^};/s/.*{ "\([a-z-]*\)",.*/\1/p' "$YOROI_SOURCE/src/base/diag.c" >"$work/known"
check "names of findings are known" test -s "$work/known"
check "and yoroi-diagnostics.7 lists just these" diff "$work/known" "$work/described"
ends "a missing file is the machine's failure" 3 "nowhere" "$yoroi" check "$work/nowhere"
ends "a base that is none is told" 0 "warning: .*/none' is not a directory" \
	"$yoroi" check -b "$work/none" "$work/good"
ends "an unknown warning is a wrong command line" 2 "no warning is called 'x'" \
	"$yoroi" check --warn x "$work/good"
echo 'profile d { dbus, }' >"$work/dbus"
ends "a rule without a feature is a warning" 0 "warning: dbus rules are not enforced" \
	"$yoroi" check --features debian-6.12 "$work/dbus"
ends "which can be made an error" 1 "error: dbus rules are not enforced" \
	"$yoroi" check --features debian-6.12 --Werror=rule-not-enforced "$work/dbus"
ends "and hidden" 0 "" "$yoroi" check --features debian-6.12 --no-warn rule-not-enforced "$work/dbus"
silent "so that nothing is said"

ends "an image needs a name" 2 "-o FILE" "$yoroi" compile --features debian-6.1 "$work/good"
check "an image is written" "$yoroi" compile --features debian-6.1 -o "$work/image" "$work/good"
check "and holds something" test -s "$work/image"
check "standard input is taken" sh -c "'$yoroi' compile --features debian-6.1 -o '$work/image2' <'$work/good'"
check "and gives the same" cmp "$work/image" "$work/image2"
ends "a mistake leaves the old image" 1 "" \
	"$yoroi" compile --features debian-6.1 -o "$work/image" "$work/good" "$work/web"
check "as it was" cmp "$work/image" "$work/image2"
check "without a temporary file" test -z "$(find "$work" -name 'image.*')"
ln -s "$work/image3" "$work/link"
check "a link is written through" "$yoroi" compile --features debian-6.1 -o "$work/link" "$work/good"
check "and stays" test -L "$work/link"
check "with the image behind it" cmp "$work/image" "$work/image3"
name=$(printf 'no\033[31m\302\2331m')
ends "what a terminal would obey is shown as numbers" 3 'no\\033\[31m\\302\\2331m' \
	"$yoroi" check "$work/$name"
ends "a full disk is told" 3 "No space left" \
	"$yoroi" compile --features debian-6.1 -o /dev/full "$work/good"
ends "features that are no features are refused" 3 "features" \
	"$yoroi" compile --features "$work/web" -o "$work/x" "$work/good"
check "a kernel with permission tables gets one" \
	sh -c "'$yoroi' compile --features debian-7.2 -o - '$work/good' | grep -qa permsv"
check "and one without gets none" \
	sh -c "! '$yoroi' compile --features debian-6.12 -o - '$work/good' | grep -qa permsv"

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
check "as JSON it is aa-status' object" jq -en 'input | .version == "2" and .profiles.good == "enforce" and
	.profiles["odd name (x)"] == "complain" and (.processes | type == "object")' "$work/json"
"$yoroi" status --json good >"$work/json" 2>/dev/null
check "as JSON with names too" jq -en 'input | .version == "2"' "$work/json"
ends "exec wants a profile" 2 "-p PROFILE" "$yoroi" exec true
ends "exec wants a command" 2 "command" "$yoroi" exec -p good
ends "also of a namespace" 2 "-p PROFILE says which" "$yoroi" exec -n ns true
ends "and at one time only" 2 "exclude each other" "$yoroi" exec -i --onexec -p good true
: >"$work/proc/self/attr/apparmor/exec"
ends "what exec asks the kernel can be shown" 0 "stack profile 'good' of namespace 'ns', when" \
	"$yoroi" exec -v --stack -n ns -p good -- true 'a b'
check "and is asked" grep -qx 'stack :ns:good' "$work/proc/self/attr/apparmor/exec"

finish
