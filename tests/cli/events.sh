#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The record of starts as `yoroi events` reads it, and containers as `yoroi status` shows them, on a
# machine made up: a journal, a log, processes and a kernel's interface of our own.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

export TZ=UTC YOROI_EVENTS=$work/none.jsonl YOROI_RUNTIME_CONF=$work/none.conf
cat >"$work/journalctl" <<'END2'
#!/bin/bash
# Prints the entries, or with --follow those behind the cursor, and those that come.
dir=$(dirname "$0")
printf '%s\n' "$@" >>"$dir/journal.args"
[ ! -e "$dir/journal.fails" ] || exit 1
touch "$dir/journal"
case " $* " in
*" --follow "*) exec tail -n +2 -f "$dir/journal" ;;
*) cat "$dir/journal" ;;
esac
END2
chmod +x "$work/journalctl"
export PATH=$work:$PATH

# start FILE TIME ACTION OUTCOME ID [JSON members]: one line of a file of records
start()
{
	printf '{"time":"%s","action":"%s","outcome":"%s","id":"%s"%s}\n' "$2" "$3" "$4" "$5" \
		"${6:+,$6}" >>"$1"
}
# entry ID NANOSECONDS OUTCOME UID [JSON members]: one of the journal's
entry()
{
	printf '{"__CURSOR":"s=%s","__REALTIME_TIMESTAMP":"%s","_UID":"%s","SYSLOG_IDENTIFIER":"yoroi-runtime","YOROI_TIME":"%s","YOROI_ACTION":"create","YOROI_OUTCOME":"%s","YOROI_CONTAINER_ID":"%s"%s}\n' \
		"$2" "$(($2 / 1000 + 40))" "$4" "$2" "$3" "$1" "${5:+,$5}"
}

long=$(printf 'a%.0s' {1..64})
log=$work/log
start "$log" 2026-11-22T16:25:36.123456789Z create started "$long" \
	'"name":"web","pod":"shop","pod_namespace":"prod","image":"nginx:1.25","profile":"docker-default","mode":"enforce","asked":"localhost/docker-default","source":"process.apparmorProfile","seccomp":"given"'
start "$log" 2026-11-22T16:25:37.000000000Z create refused db \
	'"asked":"localhost/nowhere","reason":"profile nowhere is not in /etc/apparmor.d"'
start "$log" 2026-11-22T16:25:38.000000000Z run weakened job '"asked":"job","reason":"no AppArmor"'
start "$log" 2026-11-22T16:25:39.000000000Z exec started "$long" '"name":"web","asked":"unconfined"'

ends "no record is no mistake" 0 "" "$yoroi" events --file /dev/null
silent "and nothing to tell"
ends "a start is told in one sentence" 0 \
	'^2026-11-22 16:25:36 Created container web; Security:\[seccomp=given apparmor=docker-default\]  \(enforce, id a{64}, Pod prod/shop, image nginx:1.25, decided by process.apparmorProfile\)$' \
	"$yoroi" events --file "$log"
check "each of them" test "$("$yoroi" events --file "$log" | wc -l)" = 4
ends "a refusal says why" 0 \
	'16:25:37 Refused container db; Security:\[.* apparmor=localhost/nowhere\]: profile nowhere is not in' \
	"$yoroi" events --file "$log"
"$yoroi" events --file "$log" --refused >"$work/refused"
check "--refused tells what was refused or weakened" \
	sh -c "test \$(wc -l <'$work/refused') = 2 && grep -q db '$work/refused' && grep -q job '$work/refused'"
check "--container takes the beginning of an id" test "$("$yoroi" events --file "$log" -c aaaa | wc -l)" = 2
check "or a name" test "$("$yoroi" events --file "$log" --container web | wc -l)" = 2
check "not the beginning of one" test "$("$yoroi" events --file "$log" --container we | wc -l)" = 0
check "--since takes a time" \
	test "$("$yoroi" events --file "$log" --since '2026-11-22 16:25:38' | wc -l)" = 2
check "in UTC too" test "$(TZ=Asia/Tokyo "$yoroi" events --file "$log" --since 2026-11-22T16:25:38Z | wc -l)" = 2
check "or how long ago" test "$("$yoroi" events --file "$log" --since 1s | wc -l)" = 0
ends "but no other word" 2 "'--since' takes" "$yoroi" events --since noon
ends "nor a date with more behind it" 2 "'--since' takes" "$yoroi" events --since 2026-11-22x
"$yoroi" events --file "$log" --json >"$work/json"
check "--json is the file's own form" diff "$log" "$work/json"
check "standard input is taken" sh -c "'$yoroi' events --file - --json <'$log' | diff '$log' -"
ends "a file that is not there is told" 3 "nowhere': No such file" "$yoroi" events --file "$work/nowhere"
ends "a folder is told" 3 "directory" "$yoroi" events --file "$work"
ends "two places are a wrong command line" 2 "two places" "$yoroi" events --file x --journal
ends "so is an argument" 2 "too much" "$yoroi" events web
mkfifo "$work/fifo"
ends "a FIFO that nobody writes to is not waited for" 0 "" timeout 10 "$yoroi" events --file "$work/fifo"
ends "and not followed" 3 "only plain files" timeout 10 "$yoroi" events -f --file "$work/fifo"

# Whatever somebody wrote there.
start "$work/line" 2026-11-22T16:25:41.000000000Z run started evil \
	'"name":"x\u001b]0;title\u0007","reason":"a\nb"'
{
	head -n 1 "$log"
	echo 'half a line {"time":'
	printf 'NUL \0 bytes\n'
	head -c 400000 /dev/zero | tr '\0' x
	echo
	printf '{"time":"2026-11-22T16:25:40.000000000Z","action":"run","outcome":"started","id":"\\u001b[2Jevil\\nid","name":"\\u009b31m","profile":"\xff\xfe"}\n'
	cat "$work/line"
	tail -n 1 "$log"
	printf '{"time":"2026-11-22T16:25:42.0'
} >"$work/hostile"
"$yoroi" events --file "$work/hostile" >"$work/said" 2>"$work/errors"
check "what is broken is passed over, the rest told" test "$(wc -l <"$work/said")" = 3
check "without a control character" sh -c "! LC_ALL=C grep -aq '[^ -~]' '$work/said'"
check "the errors too" sh -c "! LC_ALL=C grep -aq '[^ -~]' '$work/errors'"
check "each is told with its line" \
	sh -c "grep -q ':2: is no JSON' '$work/errors' && grep -q ':3: is no JSON' '$work/errors' &&
		grep -q ':5: is no JSON' '$work/errors' && grep -q ':8: is no JSON' '$work/errors'"
check "a line that is too long as well" grep -q "1 line was too long" "$work/errors"
for ((i = 0; i < 50; i++)); do echo "no record $i"; done >"$work/many"
"$yoroi" events --file "$work/many" 2>"$work/errors"
check "many broken lines are counted" \
	sh -c "grep -q '45 more lines are no records' '$work/errors' && test \$(wc -l <'$work/errors') = 6"

# The journal.
ns=1795364736123456789
{
	entry "$long" $ns started 0 '"YOROI_CONTAINER_NAME":"web","YOROI_PROFILE":"docker-default"'
	entry fake $((ns + 1000000000)) started 1000 '"YOROI_PROFILE":"docker-default"'
	echo '{"__REALTIME_TIMESTAMP":"1795364736123456","SYSLOG_IDENTIFIER":"yoroi-runtime","MESSAGE":"hello"}'
	entry bytes $((ns + 2000000000)) started 0 '"YOROI_PROFILE":[97,10,98]'
} >"$work/journal"
"$yoroi" events --journal >"$work/said" 2>"$work/errors"
check "the journal is read" test "$(wc -l <"$work/said")" = 2
check "who is not root is named" grep -q "container fake.*recorded by user 1000" "$work/said"
check "root is not" sh -c "! grep web '$work/said' | grep -q 'recorded by'"
check "an entry whose text is none is told" grep -q "the journal:4: 'YOROI_PROFILE' is no text" "$work/errors"
check "only our own entries are asked for" grep -qx "SYSLOG_IDENTIFIER=yoroi-runtime" "$work/journal.args"
YOROI_EVENTS=$log "$yoroi" events >"$work/said" 2>"$work/errors"
check "what both places have is told once" \
	sh -c "test \$(grep -c 'Created container web' '$work/said') = 1 && test \$(wc -l <'$work/said') = 5"
check "in order of time" sh -c "cut -d' ' -f1,2 '$work/said' | sort -c"
touch "$work/journal.fails"
ends "a journal that cannot be read is told" 3 "journalctl failed" "$yoroi" events --journal
rm "$work/journal.fails"
# A machine without journalctl.
check "without journalctl the file is enough" \
	test "$(PATH=/nowhere YOROI_EVENTS=$log "$yoroi" events 2>&1 | wc -l)" = 4
ends "unless it is asked for" 3 "cannot run journalctl" env PATH=/nowhere "$yoroi" events --journal
printf 'events-file = %s\n' "$log" >"$work/some.conf"
check "the file is that of the configuration" \
	test "$(PATH=/nowhere YOROI_RUNTIME_CONF=$work/some.conf "$yoroi" events 2>&1 | wc -l)" = 4
echo 'frob = 1' >"$work/bad.conf"
ends "a configuration that is broken is told" 3 "bad.conf:1" env YOROI_RUNTIME_CONF="$work/bad.conf" "$yoroi" events

# --follow
tail -n 2 "$log" >"$work/grows"
head -n 1 "$work/journal" >"$work/journal.new" && mv "$work/journal.new" "$work/journal"
YOROI_EVENTS=$work/grows timeout 20 "$yoroi" events --follow >"$work/said" 2>"$work/errors" &
follower=$!
wait_for()
{
	for ((i = 0; i < 100; i++)); do
		grep -q "$1" "$work/said" && return 0
		sleep 0.1
	done
	cat "$work/said" "$work/errors"
	return 1
}
check "--follow begins with what is there" wait_for job
start "$work/grows" 2026-11-22T16:26:00.000000000Z create started later
check "and goes on with the file" wait_for later
entry onward $((ns + 9000000000)) started 0 >>"$work/journal"
check "and with the journal" wait_for onward
check "from where it was read to" grep -q -- "--after-cursor=s=$ns" "$work/journal.args"
start "$work/rotated" 2026-11-22T16:27:00.000000000Z create started rotated
mv "$work/rotated" "$work/grows"
check "another file in its place is read" wait_for rotated
printf '{"time":"2026-11-22T16:28:00.000000000Z","action":"create",' >>"$work/grows"
sleep 0.6
printf '"outcome":"started","id":"slowly"}\n' >>"$work/grows"
check "a line that comes in pieces is one" wait_for slowly
kill $follower
wait $follower 2>/dev/null
check "nothing was said twice" sh -c "test \$(grep -c 'container job' '$work/said') = 1 &&
	test \$(grep -c 'container onward' '$work/said') = 1"
ends "nobody who reads ends it" 0 "" timeout 20 sh -c "'$yoroi' events -f --file '$work/grows' | head -n 1 >/dev/null"

# ---- containers in yoroi status ----
export YOROI_PARAMS=$work/params YOROI_SECURITYFS=$work/fs YOROI_PROC=$work/proc YOROI_RUN=$work/run
mkdir -p "$work/params" "$work/proc/self/attr/apparmor" "$work/proc/thread-self" \
	"$work/run/containers"
echo Y >"$work/params/enabled"
python3 "$(dirname "${BASH_SOURCE[0]}")/fake-kernel.py" make "$work/fs" "$features"
echo unconfined >"$work/proc/self/attr/apparmor/current"
# process PID COMM LABEL CGROUP
process()
{
	local dir=$work/proc/$1

	mkdir -p "$dir/attr/apparmor"
	printf '%s\n' "$2" >"$dir/comm"
	printf '%s\n' "$3" >"$dir/attr/apparmor/current"
	printf '0::%s\n' "$4" >"$dir/cgroup"
	ln -s "/usr/bin/$2" "$dir/exe"
}
web=$(printf '1%.0s' {1..64})
bare=$(printf '2%.0s' {1..64})
other=$(printf '3%.0s' {1..64})
printf 'docker-default (enforce)\nweb (enforce)\n' >"$work/fs/profiles"
process 1 init unconfined /init.scope
process 10 nginx 'web (enforce)' "/system.slice/docker-$web.scope"
process 11 nginx 'web (enforce)' "/system.slice/docker-$web.scope"
process 12 bash unconfined "/system.slice/docker-$web.scope"
process 20 sleep unconfined "/kubepods.slice/kubepods-pod12345678_1234_1234_1234_123456789abc.slice/cri-containerd-$bare.scope"
process 30 sh 'docker-default (enforce)' /user.slice/crun-job.scope
process 31 sshd unconfined /system.slice/job.service
process 40 sh 'docker-default (enforce)' "/docker/$other"
state()
{
	start "$work/run/containers/$1.0123456789abcdef.json" 2026-11-22T10:00:00.000000000Z create "$2" "$1" "$3"
}
state "$web" started '"name":"web","profile":"web","asked":"localhost/web"'
state "$bare" weakened '"name":"api","pod":"shop","pod_namespace":"prod","asked":"localhost/api","reason":"the profile is nowhere"'
state job started '"profile":"docker-default","source":"the default"'
state gone started '"profile":"web"'
echo broken >"$work/run/containers/x.json"
t=1795345200 # 2026-11-22 11:00
denied()
{
	echo "audit: type=1400 audit($1.000:$2): apparmor=\"DENIED\" operation=\"open\" class=\"file\" profile=\"$3\" name=\"/x\" pid=$4 comm=\"c\" requested_mask=\"r\" denied_mask=\"r\" fsuid=0 ouid=0"
}
{
	denied $t 1 web 10
	denied $t 2 web//child 11
	denied $t 3 web 999                # ended; only one container has that profile
	denied $t 4 docker-default 30
	denied $t 5 docker-default 998     # ended; which of the two?
	denied $((t - 9000)) 6 web 10      # before the container was started
	denied $t 7 docker-default 10      # the number was another one's
	denied $t 8 elsewhere 997
	echo "Nov 22 11:00:00 host evil: apparmor=\"DENIED\" operation=\"open\" profile=\"web\" name=\"/x\" pid=10"
} >"$work/kernel"
"$yoroi" status --log "$work/kernel" --policy "$work/void" >"$work/said" 2>"$work/errors"
check "status ends well" test $? = 0
cat "$work/said" "$work/errors" >"$work/out"
ends "containers are counted" 0 "^4 containers run$" cat "$work/said"
ends "with engine, labels, processes and denials" 0 \
	"^   web \(111111111111\) of Docker: 2 of 3 processes web \(enforce\), 1 of 3 processes unconfined, 3 denials" cat "$work/said"
ends "what is in part unconfined is told" 0 \
	"^      runs unconfined in part although localhost/web was asked for$" cat "$work/said"
ends "and what is so altogether, with the reason" 0 \
	"^      runs unconfined although localhost/api was asked for: the profile is nowhere$" cat "$work/said"
ends "Pods are named" 0 "^   api \(222222222222\) of containerd, Pod prod/shop: unconfined, 1 process" cat "$work/said"
ends "a container with a name of its own is found" 0 \
	"^   job: docker-default \(enforce\), 1 process, [0-9]+ denial" cat "$work/said"
ends "one without a record too" 0 "^   333333333333 of Docker: docker-default" cat "$work/said"
ends "denials that may be either's are told apart" 0 "^2 more denials are of processes that ended" cat "$work/said"
ends "processes name their container" 0 "nginx \(10\) web in container web \(111111111111\)" cat "$work/said"
check "a service of that name is none" sh -c "! grep -q 31 '$work/said'"
ends "files that are no records are counted" 0 "1 file in .*containers' is no record" cat "$work/errors"
"$yoroi" status --json --log "$work/kernel" --policy "$work/void" >"$work/json" 2>/dev/null
check "JSON has all of it" jq -en --arg web "$web" 'input | .version == "2" and (.yoroi.containers | length == 4) and
	(.yoroi.containers[0] | .id == $web and .name == "web" and .denials == 3 and .pids == [10, 11, 12] and
	 .unconfined_though_asked and .recorded and (.labels | length == 2)) and
	(.yoroi.containers[1] | .pod == "shop" and .pod_uid == "12345678-1234-1234-1234-123456789abc" and
	 .unconfined_though_asked) and
	(.yoroi.containers[2] | .recorded == false and .name == null and .unconfined_though_asked == false) and
	(.processes["/usr/bin/nginx"][0].container == $web)' "$work/json"
"$yoroi" status --json --log none --policy "$work/void" >"$work/json" 2>/dev/null
check "without a log denials are not known" jq -en 'input | .yoroi.containers[0].denials == null' "$work/json"
ends "a log that is not there is told, and the rest as well" 0 "nolog': No such file" \
	"$yoroi" status --log "$work/nolog" --policy "$work/void"
printf '{"time":"2026-11-22T10:00:00.000000000Z","action":"create","outcome":"started","id":"%s","name":"\\u001b[31m\\nx","asked":"\\u009b","reason":"a\\tb"}' \
	"$other" >"$work/run/containers/$other.json"
"$yoroi" status --log none --policy "$work/void" >"$work/said" 2>&1
check "no control character of a record reaches the terminal" sh -c "! LC_ALL=C grep -aq '[^ -~]' '$work/said'"
rm "$work/run/containers/$other.json"
ln -s /etc/passwd "$work/run/containers/link.json"
mkfifo "$work/run/containers/fifo.json"
ends "links and FIFOs are no records" 0 "3 files in " timeout 10 "$yoroi" status --log none --policy "$work/void"
rm "$work/run/containers/link.json" "$work/run/containers/fifo.json" "$work/run/containers/x.json"
chmod 000 "$work/run/containers"
[ "$(id -u)" = 0 ] || ends "records that are not for this user leave names out" 0 "111111111111 of Docker" \
	"$yoroi" status --log none --policy "$work/void"
chmod 700 "$work/run/containers"
echo N >"$work/params/enabled"
mv "$work/fs" "$work/fs.away"
rm -r "$work"/proc/*/attr/apparmor
ends "without AppArmor, who asked for a profile is told all the same" 3 \
	"runs unconfined although localhost/web was asked for" "$yoroi" status --log none --policy "$work/void"
echo Y >"$work/params/enabled"
mv "$work/fs.away" "$work/fs"

# ---- drift ----
rm -r "$work"/proc/[0-9]*
process 1 init unconfined /init.scope
mkdir -p "$work/proc/self/attr/apparmor"
echo unconfined >"$work/proc/self/attr/apparmor/current"
process 10 nginx 'web//child (enforce)' "/system.slice/docker-$web.scope"
mkdir -p "$work/dir" "$work/fs/policy/profiles/web.1" "$work/fs/policy/profiles/idle.2"
cat >"$work/dir/web" <<'END2'
profile web {
  /etc/web r,
  profile child {
    /etc/child r,
  }
}
END2
printf 'profile idle { /etc/idle r, }\n' >"$work/dir/idle"
printf 'idle (enforce)\nweb (enforce)\nweb//child (enforce)\nmade-up (enforce)\n' >"$work/fs/profiles"
for name in web idle; do
	"$yoroi" compile --features "$features" -o "$work/fs/policy/profiles/$(basename "$work"/fs/policy/profiles/$name.*)/raw_data" "$work/dir/$name"
	echo $name >"$(echo "$work"/fs/policy/profiles/$name.*)/name"
done
drift()
{
	"$yoroi" status --log none --policy "$work/dir" "$@"
}
drift >"$work/said" 2>&1
check "what its file says is no drift" sh -c "! grep -qE 'differ|cannot' '$work/said'"
sed -i 's/^  .etc.web r,/  \/etc\/web r, # the same\n/' "$work/dir/web"
touch -d '+1 day' "$work/dir/web"
drift >"$work/said" 2>&1
check "nor is a comment or a newer date" sh -c "! grep -qE 'differ|cannot' '$work/said'"
sed -i 's/child r,/child rw,/' "$work/dir/web"
ends "a child that may do more is" 0 "^1 of 1 loaded profiles differs from what its file says" drift
ends "with what is different" 0 "^   web: '.*/dir/web' allows '/etc/child w,' in profile 'web//child'" drift
drift --json >"$work/json"
check "in JSON too" jq -en 'input | .yoroi.drift | length == 1 and .[0].profile == "web" and .[0].state == "changed"' "$work/json"
printf 'profile idle { /etc/idle w, }\n' >"$work/dir/idle"
ends "--drift asks of profiles that nobody uses" 0 "^2 of 2 loaded profiles differ from what their files say" \
	drift --drift
sed -i 's/child rw,/child r/' "$work/dir/web"
ends "a file that is broken is drift, with its place" 0 "^   web: .*/dir/web:[0-9]+:[0-9]+: " drift
echo 'profile web { }' >"$work/dir/web"
ends "a child that is gone is" 0 "lacks profile 'web//child'|denies" drift
rm "$work/fs/policy/profiles/web.1/raw_data"
ends "where the kernel keeps no copy it cannot be told" 0 "cannot be told: profile 'web': .*no copy" drift
rm "$work/dir/web"
ends "a profile without a file is not compared" 0 "" drift
check "and nothing said of it" sh -c "! '$yoroi' status --log none --policy '$work/dir' 2>&1 | grep -qE 'differ|cannot'"

# ---- from the runtime to the reader ----
cat >"$work/journald.py" <<'END2'
"""A journal of our own: datagrams of the native protocol become journalctl's JSON."""
import json, socket, sys

s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
s.settimeout(30)
for n in range(int(sys.argv[3])):
    fields = dict(line.split("=", 1) for line in s.recv(1 << 20).decode().rstrip("\n").split("\n"))
    fields |= {"__REALTIME_TIMESTAMP": str(1795364736000000 + n), "_UID": "0", "__CURSOR": f"n={n}"}
    with open(sys.argv[2], "a") as f:
        f.write(json.dumps(fields) + "\n")
END2
printf '#!/bin/sh\nexit 0\n' >"$work/fake"
chmod +x "$work/fake"
printf 'runtime = %s\nprofile-directories = %s\n' "$work/fake" "$work/dir" >"$work/runtime.conf"
mkdir "$work/bundle" "$work/state"
rm -r "$work/run" "$work/journal"
echo 'web (enforce)' >"$work/fs/profiles"
# bundle PROFILE
bundle()
{
	printf '{"ociVersion":"1.0.2","process":{"args":["true"],"apparmorProfile":"%s"},"annotations":{"io.kubernetes.cri.container-name":"front\\u001b[31m","io.kubernetes.cri.sandbox-name":"shop"}}' \
		"$1" >"$work/bundle/config.json"
}
run()
{
	YOROI_RUNTIME_CONF=$work/runtime.conf YOROI_JOURNAL=$work/socket \
		"$YOROI_BUILD/yoroi-runtime" --root "$work/state" create --bundle "$work/bundle" "$1"
}
python3 "$work/journald.py" "$work/socket" "$work/journal" 2 &
journald=$!
for ((i = 0; i < 100; i++)); do [ -S "$work/socket" ] || sleep 0.1; done
bundle web
check "a container is started" run "$web"
bundle nowhere
ends "another is refused" 1 "nowhere" run "$bare"
wait $journald
check "the journal has both" test "$(wc -l <"$work/journal")" = 2
"$yoroi" events --journal >"$work/said" 2>&1
ends "which are told" 0 'Created container front\\x1b\[31m; Security:\[.* apparmor=web\].*enforce.*Pod shop.*process.apparmorProfile' \
	cat "$work/said"
ends "with the reason" 0 "Refused container front.*nowhere" cat "$work/said"
check "as JSON, too" test "$("$yoroi" events --journal --json | jq -r .outcome | tr '\n' ' ')" = "started refused "
rm -r "$work/proc/10"
process 10 nginx 'web (enforce)' "/system.slice/docker-$web.scope"
ends "and status knows the one that runs" 0 'front.*\(111111111111\) of Docker, Pod shop: web \(enforce\), 1 process$' \
	"$yoroi" status --log none --policy "$work/dir"

finish
