#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# yoroi-runtime on scratch folders for the kernel's, with a runtime that tells what it was given.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

runtime=$YOROI_BUILD/yoroi-runtime
here=$(dirname "${BASH_SOURCE[0]}")
fs=$work/fs
features=$YOROI_SOURCE/profiles/features/debian-6.1
mkdir "$work/params" "$work/aa" "$work/run" "$work/root"
export YOROI_SECURITYFS=$fs YOROI_PARAMS=$work/params YOROI_PROC=/proc
export YOROI_RUN=$work/run YOROI_EVENTS=$work/events YOROI_JOURNAL=$work/no-journal
export YOROI_RUNTIME_CONF=$work/conf WORK=$work

python3 "$here/fake-kernel.py" make "$fs" "$features"
printf '%s\n' 'web (enforce)' 'yoroi-default (enforce)' 'noisy (complain)' 'open (unconfined)' 'web//sub (enforce)' \
	':ns://inner (enforce)' >"$work/listed"
kernel()
{
	cp "$work/listed" "$fs/profiles"
	: >"$fs/.replace"
	echo Y >"$work/params/enabled"
	rm -f "$work/events" "$work/log"
}

# It tells its words one by one, what is open, and the profile that the specification has.
cat >"$work/fake" <<'FAKE'
#!/bin/bash
printf 'argument:%s\n' "$@"
bundle=. next=
for word; do
	case $next in
	bundle) bundle=$word ;;
	process) process=$word ;;
	esac
	next=
	case $word in
	-b | --bundle) next=bundle ;;
	-p | --process) next=process ;;
	esac
done
echo "profile:$(python3 -c '
import json, sys
spec = json.load(open(sys.argv[1]))
print(spec.get("process", spec).get("apparmorProfile"))' "${process:-$bundle/config.json}" 2>/dev/null)"
echo "$$" >>"$WORK/started"
case " $* " in
*" state "*) exit 7 ;;
*" kill "*) kill -TERM $$ ;;
*" features "*) [ -e /dev/fd/0 ] && echo open || echo closed ;;
*" ps "*) cat ;;
esac
FAKE
chmod +x "$work/fake"
conf() { printf "runtime = $work/fake\nprofile-directories = $work/aa\n$1" >"$work/conf"; }
conf ''

# bundle PROCESS REST: a specification with these members
bundle()
{
	rm -rf "$work/b"
	mkdir "$work/b"
	printf '{"ociVersion":"1.0.2",\n "process": {"args":["sh"]%s}%s,\n "linux":{}}' "$1" "$2" \
		>"$work/b/config.json"
	cp "$work/b/config.json" "$work/before"
	rm -f "$work/started"
}
with() { bundle ",\"apparmorProfile\":\"$1\"" ''; }
create() { "$runtime" --root "$work/root" create -b "$work/b" c1; }
# started NAME PROFILE: it was handed on with this profile
started()
{
	ends "$1" 0 "^profile:$2\$" create
	check "$1: recorded" grep -q '"outcome":"started"' "$work/events"
}
# refused NAME PATTERN: nothing was handed on, the specification is as it was, everybody is told
refused()
{
	local name=$1 pattern=$2
	shift 2
	rm -f "$work/started" "$work/events"
	ends "$name" 1 "container 'c1' is not started: .*$pattern" "${@:-create}"
	check "$name: nothing is started" test ! -e "$work/started"
	check "$name: recorded" grep -q '"outcome":"refused"' "$work/events"
	check "$name: the specification is as it was" same_spec
	check "$name: no file is left" nothing_left
}
same_spec() { [ ! -f "$work/b/config.json" ] || cmp "$work/b/config.json" "$work/before"; }
nothing_left() { [ "$(find "$work/b/" -mindepth 1 -name '*yoroi*' | wc -l)" = 0 ]; }

kernel
with web
started "a profile that is loaded" web
check "it is handed on as it was" same_spec
check "with its mode and who decided" grep -q '"mode":"enforce".*process.apparmorProfile' "$work/events"
with noisy
started "one in complain mode" noisy
check "whose mode is recorded" grep -q '"mode":"complain"' "$work/events"
with web//sub
started "a child" web//sub
with 'web//&noisy'
started "a stack" 'web//&noisy'
check "of mixed mode" grep -q '"mode":"mixed"' "$work/events"
with 'web//&nowhere'
refused "a stack with one that is not there" "'nowhere'.*not loaded.*no file in '$work/aa'"
with ':ns:inner'
started "another namespace's" ':ns:inner'
bundle '' ''
started "the default" yoroi-default
check "which is put into the specification" grep -q '"apparmorProfile":"yoroi-default"' "$work/b/config.json"
with unconfined
started "unconfined, asked for" unconfined
bundle '' ',"annotations":{"io.yoroi.apparmor.profile":"localhost/web"}'
started "by annotation" web
check "and recorded as such" grep -q '"annotation io.yoroi.apparmor.profile"' "$work/events"
bundle '' ',"annotations":{"container.apparmor.security.beta.kubernetes.io/a":"localhost/web","io.kubernetes.cri.container-name":"a"}'
started "by Kubernetes' annotation" web
bundle '' ',"annotations":{"io.yoroi.apparmor.profile":"runtime/nope"}'
refused "a wish that is none" "runtime/nope"
bundle ',"capabilities":{"bounding":["CAP_SYS_ADMIN","CAP_SYS_MODULE","CAP_SYS_RAWIO","CAP_MAC_ADMIN"]}' ''
started "privileged, without a wish" None
conf 'privileged-profile = web\n'
started "privileged, with one in the configuration" web
with open
ends "a profile in mode unconfined is warned of" 0 "'open' is loaded in mode unconfined" create
check "and recorded" grep -q '"outcome":"started".*"profile":"open","mode":"unconfined"' "$work/events"
conf 'allow-unconfined = no\n'
with unconfined
refused "unconfined, where that is forbidden" "allow-unconfined"
with open
refused "and a profile that does nothing" "'open' is loaded in mode unconfined.*allow-unconfined"
with 'web//&open'
started "but not beside another" 'web//&open'

# ---- the line ----
conf ''
kernel
with web
ends "the line goes on as it was" 0 '' "$runtime" --yoroi-runtime="$work/fake" --debug --root "$work/root" \
	--yoroi-config "$work/conf" create --bundle "$work/b" --pid-file "/x  y" --console-socket=/s c1
printf 'argument:%s\n' --debug --root "$work/root" create --bundle "$work/b" --pid-file "/x  y" \
	--console-socket=/s c1 >"$work/want"
grep '^argument' "$work/out" >"$work/got"
check "without our own words" cmp "$work/want" "$work/got"
ln -s b "$work/link"
ends "a bundle behind a link is handed on by its place" 0 "^argument:$work/b\$" "$runtime" run -b "$work/link" c2
mv "$work/b/config.json" "$work/b/mine.json"
ends "crun's other file is read" 0 "^argument:$work/b/mine.json\$" "$runtime" run -b "$work/b" -f "$work/link/mine.json" c2
mv "$work/b/mine.json" "$work/b/config.json"
ends "an option that nobody knows is refused" 1 "frobnicate" "$runtime" create --frobnicate -b "$work/b" c1
ends "which is told in the log, too" 1 '' "$runtime" --log "$work/log" --log-format json create --frobnicate c1
check "in its form" python3 -c 'import json, sys
o = json.loads(open(sys.argv[1]).read()); assert o["level"] == "error" and "frobnicate" in o["msg"] and o["time"]' "$work/log"
with nowhere
ends "a refusal is in the log" 1 '' "$runtime" --log="$work/log2" create -b "$work/b" c1
check "as text" grep -q "^time=.* level=error msg=\".*'nowhere'.*\"\$" "$work/log2"
for command in state kill list features --version --help; do
	ends "$command goes on" "$(case $command in state) echo 7 ;; kill) echo 143 ;; *) echo 0 ;; esac)" \
		"^argument:$command\$" "$runtime" "$command" c1
done
"$runtime" kill c1 >/dev/null 2>&1 &
wait $!
check "and dies by the runtime's signal" test $? = 143
check "input goes through" test "$(echo hello | "$runtime" ps x | tail -1)" = hello
check "a closed input stays closed" grep -qx closed <("$runtime" features <&-)
with web
check "all closed: nothing gets mixed up" bash -c "! '$runtime' --log '$work/log3' create --frobnicate <&- >&- 2>&-"
check "and the log has it" grep -q frobnicate "$work/log3"
ends "closed output, and a start" 0 '' bash -c "'$runtime' create -b '$work/b' c1 <&- >&- 2>&-"
check "leaves its record whole" python3 -c 'import json, sys
[json.loads(l) for l in open(sys.argv[1])]' "$work/events"

# ---- closed ----
with web
mv "$fs" "$work/away"
echo N >"$work/params/enabled"
refused "switched off at boot" "AppArmor is switched off"
rm "$work/params/enabled"
refused "not in the kernel" "no AppArmor"
echo Y >"$work/params/enabled"
refused "securityfs not mounted" "securityfs is not mounted"
mv "$work/away" "$fs"
echo N >"$work/params/enabled"
refused "listed, but not enabled, which crun takes for no AppArmor" "enabled"
echo Y >"$work/params/enabled"
printf 'damaged\n' >"$fs/profiles"
refused "a list that is none" "line 1"
kernel
with nowhere
refused "a profile that is nowhere" "profile 'nowhere': it is not loaded, and no file in '$work/aa' defines it; put its file there"
ends "with the same words in the runtime's log" 1 "" "$runtime" --root "$work/root" --log "$work/log" create -b "$work/b" c1
check "as on standard error" grep -qF "$(sed 's/^yoroi-runtime: //' "$work/out")" "$work/log"
with localhost/web
refused "a name as annotations have it" "profile 'localhost/web': .*'localhost/'.* it would be 'web'\$"
conf "profile-directories = $work/aa $work/ab\n"
sed -i 2d "$work/conf"
with nowhere
refused "a folder that is not there either" "there is no folder '$work/ab'"
conf ''
printf 'profile parent { /a r,\n profile child { /b r, }\n}\n' >"$work/aa/parent"
with parent//other
refused "a child that its file does not have" "profile 'parent//other': it is not loaded, and no file"
echo 'profile broken { /a qq, }' >"$work/aa/broken"
with broken
refused "one with a mistake" "$work/aa/broken:1:[0-9]+: "
printf 'profile twice { /a r, }\n' >"$work/aa/one"
printf 'profile twice { /b r, }\n' >"$work/aa/two"
with twice
refused "one that two files define" "both '$work/aa/one' and '$work/aa/two' define it"
printf 'profile off { /a r, }\n' >"$work/aa/off"
mkdir "$work/aa/disable"
ln -s ../off "$work/aa/disable/off"
with off
refused "one that is disabled" "$work/aa/disable/off"
printf 'profile fresh { /a r, }\n' >"$work/aa/fresh"
with fresh
rm "$fs/.replace"
ln -s /dev/full "$fs/.replace"
refused "a load that the kernel refuses" "load '$work/aa/fresh'.*no space"
rm "$fs/.replace"
: >"$fs/.replace"
refused "one that is taken, but never listed" "does not list it"
mv "$fs/features" "$work/features-away"
refused "features that cannot be read" "features"
mv "$work/features-away" "$fs/features"

conf ''
with web
ends "no runtime there" 1 "runtime '/no/runtime'" "$runtime" --yoroi-runtime /no/runtime create -b "$work/b" c1
ends "itself is no runtime" 1 "yoroi-runtime itself" "$runtime" --yoroi-runtime "$runtime" create -b "$work/b" c1
ends "a folder is no runtime" 1 "not a program" "$runtime" --yoroi-runtime /tmp create -b "$work/b" c1
ends "a configuration that is named must be there" 1 "/no/conf" "$runtime" --yoroi-config /no/conf create -b "$work/b" c1
conf 'on-failure = maybe\n'
refused "a configuration with a mistake" "$work/conf:3: 'maybe'"
conf ''
started "a container before the configuration breaks" web
conf 'on-failure = maybe\n'
ends "which can be stopped all the same, by what started it" 143 "nothing is started until" "$runtime" kill c1 TERM
refused "but none is started" "$work/conf:3: 'maybe'"
sed "s,^runtime = .*,runtime = $(command -v false)," "$work/conf" | grep -v on-failure >"$work/other"
ends "and by what started it when another is configured now" 143 "" \
	"$runtime" --yoroi-config "$work/other" kill c1 TERM
conf ''
chmod o+w "$work/conf"
refused "one that everybody can write" "written by others"
chmod o-w "$work/conf"

# ---- specifications that are none ----
hostile()
{
	local name=$1 pattern=$2
	cp "$work/b/config.json" "$work/before" 2>/dev/null
	refused "config.json: $name" "$pattern"
}
bundle '' ''
rm "$work/b/config.json"
hostile "not there" "config.json.*No such file"
mkfifo "$work/b/config.json"
ends "config.json: a FIFO" 1 "regular file" timeout 10 "$runtime" create -b "$work/b" c1
rm "$work/b/config.json"
ln -s /etc/passwd "$work/b/config.json"
ends "config.json: a symbolic link" 1 "c1.*config.json" create
rm "$work/b/config.json"
truncate -s 100M "$work/b/config.json"
ends "config.json: 100 MB" 1 "YR_LIMIT_SPEC_BYTES|larger" create
rm "$work/b/config.json"
head -c 1000000 /dev/zero | tr '\0' '[' >"$work/b/config.json"
hostile "nested deep" "config.json:1:[0-9]+: "
echo '{"process":{"apparmorProfile":7}}' >"$work/b/config.json"
hostile "a wrong type" "config.json:1:"
echo '{"linux":{}}' >"$work/b/config.json"
hostile "no process" "no process"
echo '{"process":{"apparmorProfile":"web","AppArmorProfile":"unconfined"}}' >"$work/b/config.json"
hostile "two spellings of one key" "config.json:1:"
echo '{"process":{"args":["sh"]}' >"$work/b/config.json"
hostile "cut short" "config.json:"

# ---- loading on demand ----
python3 "$here/fake-kernel.py" run "$fs" fresh late slow many /usr/bin/prog soft parent//child &
fake_kernel=$!
trap 'kill $fake_kernel 2>/dev/null; wait 2>/dev/null; chmod -R u+rwx "$work" 2>/dev/null; rm -rf "$work"' EXIT
for _ in $(seq 600); do
	[ ! -e "$fs/ready" ] || break
	sleep 0.1
done
kernel
with fresh
started "a profile that is loaded on demand" fresh
check "which is told" grep -q "loaded 'fresh' from '$work/aa/fresh'" "$work/events"
printf 'profile other { /a r, }\nprofile late { /b r, }\n' >"$work/aa/several"
with late
started "one from a file of another name" late
printf '/usr/bin/prog { /b r, }\n' >"$work/aa/usr.bin.prog"
with /usr/bin/prog
started "one that is called after a path" /usr/bin/prog
rm -f "$work/aa/broken"
with parent//child
ends "a child is loaded with its parent" 0 "^profile:parent//child\$" create
mkdir "$work/aa/force-complain"
printf 'profile soft { /a r, }\n' >"$work/aa/soft"
ln -s ../soft "$work/aa/force-complain/soft"
with soft
started "one that is to be in complain mode" soft
check "as told" grep -q "from '$work/aa/soft', in complain mode" "$work/events"
printf 'profile slow { /a r, }\n' >"$work/aa/slow"
with slow
rm -f "$fs/pushes" "$work/started"
kernel
before=$(cat "$fs/pushes" 2>/dev/null || echo 0)
for i in 1 2 3 4 5 6 7 8; do
	cp -r "$work/b" "$work/b$i"
	"$runtime" create -b "$work/b$i" "s$i" >"$work/slow$i" 2>&1 &
	jobs_[i]=$!
done
all=0
for i in 1 2 3 4 5 6 7 8; do wait "${jobs_[i]}" || all=1; done
cat "$work"/slow? >"$work/out"
check "eight starters of one profile at once all start" test $all = 0
check "each with it" test "$(cat "$work"/slow? | grep -c '^profile:slow$')" = 8
check "and it is loaded once" test "$(grep -c 'loaded .slow. from' "$work/events")" = 1

# ---- a file that has changed ----
# There is no copy of what is loaded here, so that it may be another thing at any time.
kernel
printf 'profile web { /a r, }\n' >"$work/aa/web"
with web
started "what is loaded is not looked at" web
check "and not loaded again" bash -c "! grep -q \"loaded 'web'\" '$work/events'"
conf 'reload-changed = yes\n'
started "unless that is wanted" web
check "when it is" grep -q "loaded 'web' from" "$work/events"
echo 'profile web { /a qq, }' >"$work/aa/web"
refused "a mistake in the file counts then" "reload-changed.*$work/aa/web:1:"
rm "$work/aa/web"
started "no file is no other one" web
conf ''

# ---- killed at any moment ----
printf 'profile many { /a r, }\n' >"$work/aa/many"
bundle '' ',"annotations":{"io.yoroi.apparmor.profile":"many"}'
cp "$work/b/config.json" "$work/before"
bad=0 cut=0
for i in $(seq 1 60); do
	cp "$work/before" "$work/b/config.json"
	[ $((i % 2)) = 0 ] || kernel
	rm -f "$work/started"
	"$runtime" create -b "$work/b" k1 >"$work/killed" 2>&1 &
	pid=$!
	sleep "0.00$((i % 10))$((RANDOM % 10))"
	kill -KILL $pid 2>/dev/null && cut=$((cut + 1))
	wait $pid 2>/dev/null
	python3 -c 'import json, sys
p = json.load(open(sys.argv[1]))["process"].get("apparmorProfile"); assert p in (None, "many")' \
		"$work/b/config.json" 2>/dev/null || bad=1
	[ ! -s "$work/killed" ] || ! grep -q '^profile:' "$work/killed" || grep -q '^profile:many' "$work/killed" || bad=2
	[ "$(find "$work/b" -name '.*yoroi*' | wc -l)" -le 1 ] || bad=3
done >/dev/null 2>&1
check "killed $cut times of 60: whole files, and no start with less ($bad)" test $bad = 0
kernel
ends "the next one works" 0 '^profile:many$' "$runtime" create -b "$work/b" k1
check "and clears up" nothing_left
kill $fake_kernel

# ---- start ----
kernel
with 'web//&noisy'
create >/dev/null 2>&1
ends "what was created is started" 0 '^argument:start$' "$runtime" --root "$work/root" start c1
rm -f "$work/started" "$work/events"
grep -v '^noisy' "$work/listed" >"$fs/profiles"
ends "but not when its profile was removed meanwhile" 1 \
	"'c1' is not started: profile 'noisy' is not loaded, but the container was created under it" \
	"$runtime" --root "$work/root" start c1
check "nothing is started" test ! -e "$work/started"
check "which is recorded" grep -q '"action":"start","outcome":"refused"' "$work/events"
rm "$fs/profiles"
ends "nor when nobody can tell" 1 "'c1' is not started" "$runtime" --root "$work/root" start c1
kernel
ends "nobody knows about others" 0 '^argument:start$' "$runtime" --root "$work/root" start other

# ---- restore ----
kernel
with web
ends "what is restored has its profile named" 0 '^argument:--lsm-profile=apparmor:web$' \
	"$runtime" restore --image-path /i --bundle "$work/b" r1
check "and is recorded" grep -q '"action":"restore","outcome":"started".*"profile":"web"' "$work/events"
ends "the same may be named already" 0 '^argument:apparmor:web$' "$runtime" restore --lsm-profile apparmor:web -b "$work/b" r1
ends "but no other" 1 "'r1' is not started: --lsm-profile asks for 'apparmor:noisy'" \
	"$runtime" restore --lsm-profile=apparmor:noisy -b "$work/b" r1
with nowhere
rm -f "$work/started"
ends "one that is nowhere is not restored without" 1 "profile 'nowhere': it is not loaded" "$runtime" restore -b "$work/b" r1
check "nothing is started" test ! -e "$work/started"
bundle '' ''
ends "without a wish it gets the default" 0 'lsm-profile=apparmor:yoroi-default$' "$runtime" restore -b "$work/b" r1
with unconfined
ends "unconfined, asked for, is what it was" 0 '^argument:restore$' "$runtime" restore -b "$work/b" r1
cp "$work/out" "$work/got"
check "with nothing named" bash -c "! grep -q lsm-profile '$work/got'"

# ---- exec ----
kernel
with web
create >/dev/null 2>&1
mkdir -p "$work/root/c1"
ends "exec has its container's profile" 0 '^argument:exec$' "$runtime" --root "$work/root" exec c1 sh
check "and is recorded with it" grep -q '"action":"exec".*"profile":"web"' "$work/events"
ends "whatever its bundle says by now" 0 '^argument:--apparmor=web$' "$runtime" --root "$work/root" exec c1 sh
echo '{"args":["sh"],"apparmorProfile":"noisy"}' >"$work/process.json"
ends "its own comes first" 0 '^profile:noisy$' "$runtime" --root "$work/root" exec -p "$work/process.json" c1
check "and is recorded" grep -q '"action":"exec".*"profile":"noisy"' "$work/events"
exec_refused()
{
	local name=$1 pattern=$2
	shift 2
	rm -f "$work/started"
	ends "$name" 1 "the process in container 'c1' is not started: .*$pattern" "$runtime" --root "$work/root" exec "$@"
	check "$name: nothing is started" test ! -e "$work/started"
}
exec_refused "one that is nowhere" nowhere --apparmor nowhere c1 sh
grep -v '^web' "$work/listed" >"$fs/profiles"
exec_refused "its container's, which is loaded no more" "profile 'web'" c1 sh
kernel
echo '{"args":["sh"],"apparmorProfile":"unconfined"}' >"$work/process.json"
ends "unconfined, asked for" 0 '^profile:unconfined$' "$runtime" --root "$work/root" exec -p "$work/process.json" c1
check "is recorded as asked for" grep -q '"action":"exec".*"asked":"unconfined"' "$work/events"
conf 'allow-unconfined = no\n'
exec_refused "unconfined, where that is forbidden" allow-unconfined -p "$work/process.json" c1
exec_refused "and a profile that does nothing" allow-unconfined --apparmor open c1 sh
conf ''
echo '{"args":["sh"],"apparmorProfile":""}' >"$work/process.json"
exec_refused "an empty one, which is the container's to runc alone" "process.json:1:34: .*empty" -p "$work/process.json" c1
echo '{"args":' >"$work/process.json"
exec_refused "a process that is none" "process.json:" -p "$work/process.json" c1
ends "a container that nobody knows" 0 '^argument:exec$' "$runtime" --root "$work/root" exec other sh
check "is told" grep -q 'nothing is known of its start' "$work/events"
for file in "$work"/run/containers/c1.*; do echo damaged >"$file"; done
exec_refused "a damaged record of its start" "c1" c1 sh

# ---- what a configuration lets go on ----
conf 'on-failure = unconfined\n'
kernel
mv "$fs" "$work/away"
echo N >"$work/params/enabled"
with web
ends "on-failure = unconfined starts it" 0 "started without protection.*switched off" create
check "without a profile that a runtime would ask for" grep -q '"apparmorProfile":null' "$work/b/config.json"
with ''
ends "nor one that is empty, which crun asks for" 0 "started without protection" create
check "and gets null for" grep -q '"apparmorProfile":null' "$work/b/config.json"
check "and leaves a record" grep -q '"outcome":"weakened".*switched off' "$work/events"
with web
"$runtime" --root "$work/root2" create -b "$work/b" c1 >/dev/null 2>&1
rm -f "$work/events"
ends "exec goes into it" 0 '^argument:exec$' "$runtime" --root "$work/root2" exec c1 sh
check "as is told" grep -q '"action":"exec".*its container was started without protection' "$work/events"
rm -f "$work/started"
ends "but not with a profile of its own" 1 "not started: .*switched off" \
	"$runtime" --root "$work/root2" exec --apparmor web c1 sh
check "which is not started" test ! -e "$work/started"
with web
mkdir "$work/dir"
ends "which there must be" 1 "cannot be recorded" env YOROI_EVENTS="$work/dir" "$runtime" create -b "$work/b" c2
check "else nothing is started" test ! -e "$work/started"
ends "also of what it runs under" 1 "without a profile" env YOROI_RUN=/proc/nowhere "$runtime" create -b "$work/b" c2
bundle '' ',"annotations":{"io.yoroi.apparmor.on-failure":"refuse"}'
refused "an annotation may be stricter" "switched off"
conf ''
bundle '' ',"annotations":{"io.yoroi.apparmor.on-failure":"unconfined"}'
refused "but not laxer" "was not followed: .*does not permit it"
conf 'annotations-permitted = on-failure\n'
ends "unless it is permitted" 0 "started without protection" create
mv "$work/away" "$fs"
kernel
conf ''
with web
ends "no record can be written: told" 0 "warning|is not recorded" env YOROI_EVENTS="$work/dir" "$runtime" create -b "$work/b" c3
conf 'record-required = yes\n'
ends "and refused where that is wanted" 1 "cannot be recorded" env YOROI_EVENTS="$work/dir" "$runtime" create -b "$work/b" c3

# ---- what would kill ----
conf ''
kernel
bundle '' ''
small_files() { (ulimit -f 0; exec "$runtime" create -b "$work/b" c1 2>&1) | cat; }
cp "$work/b/config.json" "$work/before"
rm -f "$work/started"
small_files >"$work/small-files" 2>&1
check "no file may grow: refused in words" grep -q "c1' is not started: .*File too large" "$work/small-files"
check "nothing is started" test ! -e "$work/started"
check "the specification is as it was" same_spec
cat >"$work/signals" <<'SIGNALS'
#!/bin/bash
echo "ignored:$((16#$(awk '/SigIgn/ { print $2 }' /proc/$$/status) & 0x1001000))"
SIGNALS
chmod +x "$work/signals"
with web
ends "and the runtime dies of what it did before" 0 '^ignored:0$' \
	env --default-signal=PIPE,XFSZ "$runtime" --yoroi-runtime "$work/signals" create -b "$work/b" c1

# ---- a full disk ----
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	conf ''
	bundle '' ''
	cat >"$work/full" <<FULL
mkdir $work/small && mount -t tmpfs -o size=64k tmpfs $work/small && cp $work/b/config.json $work/small
head -c 1000000 /dev/zero >$work/small/fill 2>/dev/null
"$runtime" create -b $work/small f1
status=\$?
cmp $work/small/config.json $work/before || status=9
[ "\$(ls -A $work/small | wc -l)" = 2 ] || status=8
exit \$status
FULL
	rm -f "$work/started"
	ends "a full disk" 1 "No space left" unshare -m bash "$work/full"
	check "nothing is started" test ! -e "$work/started"
else
	skip "a full disk"
fi

# ---- a user's own ----
if [ "$(id -u)" = 0 ] && setpriv --reuid 65534 --clear-groups true 2>/dev/null; then
	chmod 755 "$work"
	with web
	chmod 600 "$fs/profiles"
	as_user()
	{
		setpriv --reuid 65534 --regid 65534 --clear-groups env YOROI_RUN="$work/own" YOROI_EVENTS="$work/own/events" \
			YOROI_PROC="$work/proc" "$runtime" --yoroi-config /dev/null "$@"
	}
	mkdir -p "$work/own" "$work/proc/self/attr/apparmor"
	chown -R 65534 "$work/own" "$work/b"
	touch "$work/proc/self/attr/apparmor/exec"
	chmod 666 "$work/proc/self/attr/apparmor/exec"
	ends "a user's configuration must be a file" 1 "not a regular file" as_user list
	as_user()
	{
		setpriv --reuid 65534 --regid 65534 --clear-groups env YOROI_RUN="$work/own" YOROI_EVENTS="$work/own/events" \
			YOROI_PROC="$work/proc" YOROI_RUNTIME_CONF="$work/conf" "$runtime" "$@"
	}
	conf ''
	chown 65532 "$work/conf"
	ends "nor another user's" 1 "written by others" as_user create -b "$work/b" c1
	chown 0:65532 "$work/conf"
	chmod 664 "$work/conf"
	ends "nor another group's" 1 "written by others" as_user create -b "$work/b" c1
	chown 0:0 "$work/conf"
	chmod 644 "$work/conf"
	chmod 755 "$work/b"
	mapped() { setpriv --reuid 65533 --regid 65533 --clear-groups unshare -r "$runtime" "$@"; }
	if setpriv --reuid 65533 --clear-groups unshare -r true 2>/dev/null; then
		ends "root's is taken where root has no number" 0 '^argument:list$' mapped list
		told=$(grep -c written "$work/out")
		check "without a word" test "$told" = 0
	else
		skip "root's is taken where root has no number"
	fi
	touch "$work/started"
	chmod 666 "$work/started"
	chmod 0 "$work/b/config.json"
	ends "config.json: not to be read" 1 "c1.*config.json.*Permission denied" as_user create -b "$work/b" c1
	chmod 600 "$work/b/config.json"
	ends "who may not see the list has the kernel asked" 0 '^profile:web$' as_user create -b "$work/b" c1
	check "by a process of its own" grep -q 'exec web' "$work/proc/self/attr/apparmor/exec"
	mkdir -m 700 "$work/shut"
	shut_out() { YOROI_SECURITYFS=$work/shut/fs as_user create -b "$work/b" c1; }
	ends "where crun would see no AppArmor, nothing is started" 1 "cannot be seen .*without their profile" shut_out
	ln -sf /dev/full "$work/proc/self/attr/apparmor/exec"
	ends "and is refused with it" 1 "c1.*profile 'web'" as_user create -b "$work/b" c1
else
	skip "a user's own"
fi
finish
