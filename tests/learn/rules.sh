#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# yoroi learn: which rules come out of which records, how programs go on, and what is proved of many.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

serial=0
# record PROFILE OPERATION PID FIELDS
record()
{
	serial=$((serial + 1))
	printf 'type=AVC msg=audit(1.%03d:%d): apparmor="ALLOWED" operation="%s" profile="%s" pid=%s comm="srv" %s\n' \
		$serial $serial "$2" "$1" "$3" "$4"
}
mask() { echo "requested_mask=\"$1\" denied_mask=\"$1\""; }
file() { echo "name=\"$1\" $(mask "$2") fsuid=0 ouid=${3:-0}"; }
# rules LOG: what stands in the profile, without the space before it
rules() { learn --no-abstractions "$1" -o got.aa >told && sed -n 's/^  //p' got.aa; }
has() { grep -qxF -- "$1" got; }

# A process's own number says what it is; of others three have to be seen.
{
	record web open 4711 "$(file /proc/4711/stat r)"
	record web open 4712 "$(file /proc/4712/task/4713/comm w)"
	record web open 1 "$(file /proc/1/maps r)"
	record web open 7 "$(file /proc/8/status r)"
	record web open 7 "$(file /proc/9/status r)"
	record web open 7 "$(file /proc/7/environ r)"
	for i in 11 12 13; do record web open 7 "$(file /proc/$i/cmdline r)"; done
} >pid.log
rules pid.log >got
check "its own number, from one on" has 'owner /proc/@{pid}/stat r,'
check "and its threads'" has 'owner /proc/@{pid}/task/@{tid}/comm w,'
check "but not the first program's" has 'owner /proc/1/maps r,'
check "of two others both" sh -c 'grep -qx "owner /proc/8/status r," got && grep -qx "owner /proc/9/status r," got'
check "of three a pattern" has 'owner /proc/@{pid}/cmdline r,'
check "no pattern where secrets are" has 'owner /proc/7/environ r,'
check "as one that is in doubt" sh -c "learn() { '$yoroi' learn -b '$YOROI_PROFILES' \"\$@\"; }
	learn --no-abstractions --json pid.log >json; test -s json && jq -en 'input | .profiles[0].rules[] | select(.rule == \"owner /proc/@{pid}/stat r,\") |
	.doubts == [\"broad\"] and (.reason | contains(\"own\"))' json"

# A number of a process's own is a need of every number, and is told; what it cannot be is none.
{
	record web open 77 "$(file /proc/77/oom_score_adj w)"
	record web open 78 "$(file /proc/78/maps r 33)"
} >own.log
check "what a process does with itself passes the check" sh -c "'$yoroi' learn -b '$YOROI_PROFILES' --no-abstractions own.log -o own.aa >told && grep -qx '  owner /proc/@{pid}/oom_score_adj w,' own.aa"
check "and is told as dangerous" sh -c 'sed -n "/needed by events/,\$p" told | grep -q "owner /proc/4711/oom_score_adj w,"'
check "its maps, too" sh -c 'sed -n "/needed by events/,\$p" told | grep -q "other /proc/4711/maps r,"'

# Devices and keys are no values of a type, wherever they are.
{
	for i in 1 2 3; do
		record web open 7 "$(file /dev/video$i rw)"
		record web open 7 "$(file /dev/pts/$i rw)"
		record web open 7 "$(file /srv/.ssh/id$i r)"
		record web open 7 "$(file /srv/tls/site$i.key r)"
		record web open 7 "$(file /srv/tls/site$i.crt r)"
		record web open 7 "$(file /data/engine$i/docker.sock rw)"
	done
} >places.log
rules places.log >got
check "devices stay what they are" sh -c 'test $(grep -c "^owner /dev/video[123] rw,$" got) = 3'
check "but for terminals" has 'owner /dev/pts/@{int} rw,'
check "keys, by their folder" sh -c 'test $(grep -c "^owner /srv/.ssh/id[123] r,$" got) = 3'
check "keys, by their names" sh -c 'test $(grep -c "^owner /srv/tls/site[123].key r,$" got) = 3'
check "what is beside them is none" has 'owner /srv/tls/site@{int}.crt r,'
check "sockets of engines, by their names" sh -c 'test $(grep -c "^owner /data/engine[123]/docker.sock rw,$" got) = 3'

# Each permission by itself: nothing that no event asked for.
{
	for i in 1 2 3; do record web open 7 "$(file /srv/a$i r)"; done
	record web open 7 "$(file /srv/a3 w)"
	for i in 1 2 3; do record web open 7 "$(file /srv/b$i rw)"; done
} >perms.log
rules perms.log >got
check "three read and one written" sh -c 'grep -qxF "owner /srv/a@{int} r," got && grep -qxF "owner /srv/a3 w," got'
check "three written as well" has 'owner /srv/b@{int} rw,'

# Names that are no files'.
unix() { echo "class=\"net\" family=\"unix\" sock_type=\"stream\" protocol=0 requested=\"$1\" denied=\"$1\" $2"; }
dbus() { echo "bus=\"session\" $1 $(mask "$2") peer_label=\"srv\""; }
{
	for i in 0 1 2; do record web connect 7 "$(unix 'send receive connect' "addr=none peer_addr=\"@/tmp/.X11-unix/X$i\" peer=\"xorg\"")"; done
	for i in aB3dE5f7 Zz9Yy8Xx q1W2e3R4; do record web bind 7 "$(unix bind "addr=\"@ibus-$i\"")"; done
	for i in aB3dE5f7Hx Zz9Yy8XxWw q1W2e3R4t5; do record web connect 7 "$(unix connect "addr=none peer_addr=\"@$i\" peer=\"x\"")"; done
	for i in 1 2; do record web bind 7 "$(unix bind "addr=\"@two$i\"")"; done
	for i in 1 2 3; do record web bind 7 "$(unix bind "addr=\"@/run/docker.sock$i\"")"; done
	record web bind 7 "$(unix bind 'addr="@x*{a}"')"
	record web bind 7 "$(unix bind 'addr="none, /x"')"
} >unix.log
rules unix.log >got
check "an address that counts" has 'unix (connect, receive, send) type=stream peer=(label=xorg addr=@/tmp/.X11-unix/X@{int}),'
check "one made up" has 'unix (bind) type=stream addr=@ibus-@{random8},'
check "nothing but that" grep -q 'addr=[^ ]*@@{random10}' got
check "of two both" sh -c 'test $(grep -c "addr=@two[12]," got) = 2'
check "what looks like a pattern is none" grep -qF 'addr=@x\*\{a\},' got
check "what is no address has no rule, and spoils none" grep -q "no words for a socket's address" told
check "a further one is allowed" query --quiet got.aa 'unix (send) type=stream peer=(label=xorg addr=@/tmp/.X11-unix/X77),'
ends "and no longer name" 1 '' query --quiet got.aa 'unix (bind) type=stream addr=@ibus-aaaaaaaaa,'
check "policy that says so on later kernels" grep -qx 'abi <kernel>,' got.aa
{
	for i in 1 22 333; do record web dbus_method_call 7 "$(dbus "name=\"org.a\" path=\"/org/a/job/$i\" interface=\"org.a\" member=\"Go\"" send)"; done
	for i in 5 6 7; do record web dbus_method_call 7 "$(dbus "name=\":1.$i\" path=\"/org/b\" interface=\"org.b\" member=\"Go\"" send)"; done
	record web dbus_signal 7 "$(dbus 'name=":1.9"' send)"
	record web dbus_eavesdrop 7 'bus="session" mask="eavesdrop"'
	for i in 100 200 300; do record web dbus_bind 7 "bus=\"session\" name=\"org.c.instance$i\" $(mask bind)"; done
} >dbus.log
rules dbus.log >got
check "a path that counts" has 'dbus send bus=session path=/org/a/job/@{int} interface=org.a member=Go peer=(label=srv),'
check "a connection's number names nobody" sh -c '! grep -q ":1\." got && grep -q "path=/org/b interface=org.b member=Go peer=(label=srv)" got'
check "who listens to a bus listens to all of it" has 'dbus eavesdrop bus=session,'
check "a name that counts" has 'dbus bind bus=session name=org.c.instance@{int},'
{
	record web dbus_method_return 7 "bus=\"system\" mask=\"send\" name=\":1.3\" peer_label=\"unconfined\""
	record web open 7 "$(file /etc/web r)"
} >reply.log
rules reply.log >got
check "a reply, which cannot be told from other messages" has 'dbus send bus=system peer=(label=unconfined),'
check "as one that events need" sh -c 'grep -q "of 2 accesses seen 2 are allowed" told && sed -n "/needed by events/,/sensitive/p" told | grep -q "member=StartUnit" && grep -q "it is for every message" told'
check "is no reason to write nothing" has 'owner /etc/web r,'
{
	for i in 1024 4096 2048; do record web setrlimit 7 "rlimit=nofile value=$i"; done
	record web setrlimit 7 "rlimit=nofile value=512 name=\"x\""
} >rlimit.log
rules rlimit.log >got
check "the highest of limits" sh -c 'test "$(grep -c rlimit got)" = 1 && grep -qx "set rlimit nofile <= 4096," got'

# How mounts are passed on, as kernels write it; limits, ports and queues that policy cannot say.
{
	record web mount 7 'class="mount" info="failed flags match" error=-13 name="/" flags="rw, rslave"'
	record web mount 7 'class="mount" name="/mnt/" flags="rw, private"'
	record web mount 7 'class="mount" name="/opt/" flags="rw"'
} >mount.log
rules mount.log >got
check "all mounts below, passed on one way" has 'mount options=(rslave, rw) -> /,'
check "one mount, alone" has 'mount options=(private, rw) -> /mnt/,'
check "of a new mount one has to know what it is" sh -c '! grep -q /opt/ got && grep -q "/opt/.*does not say which mount" told'
{
	record web setrlimit 7 'rlimit=nice value=25'
	record web setrlimit 7 'rlimit=nice value=21'
	record web2 setrlimit 7 'rlimit=nice value=1024'
	record web2 bind 7 'class="net" family="inet" sock_type="stream" protocol=6 saddr=10.0.0.1 src=70000 requested="bind" denied="bind"'
	record web2 open 7 'class="sysv_mqueue" name="abc" requested="read" denied="read"'
	record web2 open 7 'class="posix_mqueue" name="abc" requested="read" denied="read"'
	record web2 open 7 "$(file /etc/web r)"
} >odd.log
rules odd.log >got
check "nice counts from -20, as parsers do" has 'set rlimit nice <= 5,'
check "four that policy cannot say spoil nothing" sh -c 'grep -qx "owner /etc/web r," got && grep -q "^  4 without rules" told'

# A queue that the record does not name; links; what an old kernel's exec calls its second name.
{
	record web mqueue 7 'class="sysv_mqueue" requested="read" denied="read"'
	record web link 7 "$(file /srv/web/final l 0) target=\"/srv/web/part\""
	record web link 7 "$(file /srv/web/mine l 0) target=\"/etc/shadow\""
	echo 'type=UNKNOWN[1503] msg=audit(1181057184.959:7): operation="exec" denied_mask="x" name="/bin/ping" pid=31 profile="web" name2="ping2" requested_mask="x"'
} >any.log
rules any.log >got
check "one for all queues, which is told" sh -c 'grep -qx "mqueue read type=sysv," got && grep -q "mqueue read type=sysv, (it is for every queue" told'
check "links by their own name, but to a sensitive file" sh -c 'grep -qx "owner /srv/web/final l," got && grep -qx "owner link /srv/web/mine -> /etc/shadow," got'
check "no profile is made of it" has '/bin/ping rmix,'

# Names that somebody made up, and words; numbers and dates of any length.
{
	for n in aB3dEf tPzMCg QAkLOv Qhello; do record web open 7 "$(file "/srv/a/sed$n" w)"; done
	for n in QtCore QtHelp QtTest; do record web open 7 "$(file "/srv/b/$n" r)"; done
	for n in QtCore QtHelp QtTest QtBase QtHtml QtMenu QtWord Ab3dEf xY7zKq; do record web open 7 "$(file "/srv/g/$n" r)"; done
	for n in a1_x9z2q 7kq_0m3z backdoor q8w2e4r6; do record web open 7 "$(file "/srv/c/tmp$n" w)"; done
	for n in 1700000000123 1700000000124 1700000000999; do record web open 7 "$(file "/srv/d/$n.log" w)"; done
	for n in 1 2 3; do record web open 7 "$(file "/srv/e/2023010${n}T11223$n" w)"; done
	for n in A B C; do record web open 7 "$(file "/srv/f/A1B2C3D4-0000-1111-2222-33334444555$n" w)"; done
} >made.log
rules made.log >got
check "names that were made up, with those that might be words" sh -c 'grep -qx "owner /srv/a/sed@{random6} w," got && ! grep -q Qhello got'
check "words are none" sh -c 'grep -c "^owner /srv/b/Qt" got | grep -qx 3'
check "nor are many with two among them that might not be" sh -c 'grep -c "^owner /srv/g/Qt" got | grep -qx 7'
check "Python's, with the one that might be a word" sh -c 'grep -qx "owner /srv/c/tmp@{temp8} w," got && ! grep -q backdoor got'
check "milliseconds" has 'owner /srv/d/@{digits13}.log w,'
check "dates with a time" has 'owner /srv/e/@{day}T@{digits6} w,'
check "upper case" has 'owner /srv/f/@{UUID} w,'

# Versions of kernels and of libraries; PostgreSQL's log; what a program's own word stands before.
{
	for n in a1 b2 c3; do record web open 7 "$(file "/tmp/lib-1.1.10-000000$n-1111-4222-8333-0000000000$n-x.so" rwm)"; done
	for n in 1 2 3; do record web open 7 "$(file "/srv/h/thing-1.2.$n-snapshot.jar" r)"; done
	for n in 6.1.0-13 6.5.3-rc1 6.12.1-arch1-1; do record web open 7 "$(file "/lib/modules/$n/modules.dep" r)"; done
	for n in 12 13 14; do record web open 7 "$(file "/srv/k/6.1.0-$n-amd64/x" r)"; done
	for n in 1 A 2F; do record web open 7 "$(file "/srv/wal/$(printf %024s $n | tr ' ' 0)" rwc)"; done
	for n in ccQ1w2E3 cczX9kLm ccpR5tYu; do record web open 7 "$(file "/srv/t/$n.s" wc)"; done
	for n in k3j5x9qa p0ab_x2z a_7dfh3n; do record web open 7 "$(file "/srv/t/wgunicorn-$n" wc)" && record web open 7 "$(file "/srv/t/ansible_$n" wc)"; done
	for n in 4k2jq7vb1n0x8t6m3c5z9p2r7d a91mc0x7b3v5n2k8j4h6g0f1d9 0zq8xw7c6v5b4n3m2l1k0j9h8g; do record web open 7 "$(file "/srv/php/sess_$n" wc)"; done
	for n in EnglishLanguages GermanDictionary ChineseAlphabets NotoSansCJKjp NotoSansCJKkr NotoSansCJKsc; do record web open 7 "$(file "/srv/w/$n" r)"; done
} >likes.log
rules likes.log >got
check "a library's version is no kernel's" has 'owner /tmp/lib-1.1.10-@{uuid}-x.so rwm,'
check "nor is any" sh -c 'test "$(grep -c "^owner /srv/h/thing-1.2.@{int}-snapshot.jar r,$" got)" = 1 && ! grep -q "^owner /srv/h/.*[*]" got'
check "a kernel's, by its place" has 'owner /lib/modules/[0-9]*.[0-9]*-*/modules.dep r,'
check "or by how it is built" has 'owner /srv/k/[0-9]*.[0-9]*-*/x r,'
check "long numbers with many zeros" has 'owner /srv/wal/@{HEX24} rw,'
check "what all begin with nobody made up" has 'owner /srv/t/cc@{random6}.s w,'
check "Python's, behind a prefix" sh -c 'grep -qx "owner /srv/t/wgunicorn-@{temp8} w," got && grep -qx "owner /srv/t/ansible_@{temp8} w," got'
check "sessions" has 'owner /srv/php/sess_@{random26} w,'
check "long words are none" sh -c 'test "$(grep -c "^owner /srv/w/[A-Z]" got)" = 6'

# Names made up for one file each; files that are spread over folders.
{
	i=0
	for n in forms views models; do
		i=$((i + 1))
		record web open 7 "$(file "/srv/__pycache__/$n.cpython-311.pyc.14033456789$i" w)"
	done
	for n in main.3f9a1c2b vendor.8d2e4f6a two.1b2c3d4e; do record web open 7 "$(file "/srv/static/$n.js" r)"; done
	for n in main.Shortened vendor.Shortest other.Shortish; do record web open 7 "$(file "/srv/words/$n.js" r)"; done
	for n in main.3f9a1c2b vendor.8d2e4f6a; do record web open 7 "$(file "/srv/two/$n.css" r)"; done
	for n in a.3f9a1c2b b.8d2e4f6a c.1b2c3d4e; do record web open 7 "$(file "/etc/ssl/private/$n.pem" r)"; done
	for n in 0f a1 de; do
		record web mkdir 7 "$(file "/srv/.git/objects/$n/" c)"
		record web open 7 "$(file "/srv/.git/objects/$n/${n}4567890abcdef1234567890abcdef12345$n" w)"
		record web open 7 "$(file "/srv/npm/sha512/$n/1$n/x" r)"
		record web open 7 "$(file "/srv/npm/sha512/$n/$n/${n}34567890abcdef1234567890abcdef$n" r)"
		record web open 7 "$(file "/srv/locale/$n/messages" r)"
	done
	for n in 0f/tmp_obj_x8Kz2P a1/tmp_obj_Qm3v9L de/tmp_obj_R2d2xX; do record web open 7 "$(file "/srv/.git/objects/$n" wrc)"; done
} >pool.log
rules pool.log >got
check "new files before they get their names" has 'owner /srv/__pycache__/forms.cpython-311.pyc.@{digits12} w,'
check "hashes in names" has 'owner /srv/static/vendor.@{random8}.js r,'
check "words in names are none" sh -c '! grep "^owner /srv/words" got | grep -q @'
check "two are not enough" sh -c '! grep "^owner /srv/two" got | grep -q @'
check "nor is any number of keys" sh -c '! grep "^owner /etc/ssl/private" got | grep -q @'
check "git's folders" has 'owner /srv/.git/objects/@{hex2}/ w,'
check "and files" sh -c 'grep -qx "owner /srv/.git/objects/@{hex2}/@{hex38} w," got && grep -qx "owner /srv/.git/objects/@{hex2}/tmp_obj_@{random6} rw," got'
check "npm's" has 'owner /srv/npm/sha512/@{hex2}/@{hex2}/@{hex34} r,'
check "other folders of two letters are none" sh -c 'test "$(grep -c "^owner /srv/locale/" got)" = 3'

# What is executed is read and mapped by that rule, not by a pattern beside it.
for i in 1 2 3; do
	record web exec 7 "$(file /srv/tests/t$i x) target=\"web//null-/srv/tests/t$i\""
	record "web//null-/srv/tests/t$i" file_mmap 7 "$(file /srv/tests/t$i rm)"
done >executed.log
rules executed.log >got
check "one rule for each program" sh -c 'test "$(grep -c /srv/tests got)" = 3 && test "$(grep -c "^/srv/tests/t[123] rmix,$" got)" = 3'

record web bind 7 "family=\"inet\" sock_type=\"stream\" protocol=6 $(mask bind) laddr=127.0.0.1 lport=80" >port.log
rules port.log >got
check "an address is looked at where the kernel can" sh -c 'grep -q "^ *network (bind) inet stream ip=127.0.0.1 port=80,$" got'
learn --yes port.log -o port.aa >told
check "since the policy says that it knows of them" grep -qx 'abi <kernel>,' port.aa

# One record that nobody could write as policy leaves the others as they are.
{
	record web dbus_method_call 7 "$(dbus 'path="/o" interface="i.a" member="M"' create)"
	record web dbus_bind 7 "bus=\"session\" name=\"a.b\" peer_label=\"x\" $(mask bind)"
	record web uring_sqpoll 7 'class="io_uring" requested="bind" denied="bind"'
	record web ptrace 7 "$(mask create) peer=\"x\""
	record web change_profile 7 'target="?x"'
	record 'a]' open 7 "$(file /etc/web r)"
	record 'w{e}b' open 7 "$(file /etc/web r)"
	record web open 7 "$(file /etc/web r)"
} >no.log
rules no.log >got
check "what is no policy is told" sh -c 'test "$(grep -c "policy has no rule that says" told)" = 4 && grep -c "its name is no pattern" told | grep -qx 2'
check "a name with something to escape in front is quoted, as upstream wants it" has 'change_profile -> "\?x",'
check "and spoils nothing" sh -c 'test "$(grep -c . got)" = 2 && grep -qx "owner /etc/web r," got'

# Namespaces are names of profiles, too.
{
	record web open 7 "namespace=\"root//lxd-a_<var-lib-lxd>\" $(file /etc/a r)"
	record web open 7 "namespace=\"root//a//b\" $(file /etc/b r)"
	record web open 7 "namespace=$(printf 'n:x" {\n/** rw,\n}\nprofile "z' | od -An -tx1 | tr -d ' \n' | tr a-f A-F) $(file /etc/c r)"
	record web open 7 "namespace=\"@{x}\" $(file /etc/d r)"
} >ns.log
rules ns.log >got
check "one is written" sh -c 'grep -qxF "profile \":lxd-a_<var-lib-lxd>:web\" {" got.aa && grep -c "^profile" got.aa | grep -qx 1'
check "what none can be called is told" sh -c 'test "$(grep -c "its namespace cannot be written" told)" = 2 && grep -q "inside of another" told'

# Children, hats, flags.
{
	record web exec 7 "$(file /usr/bin/a x 1) target=\"web//helper\""
	record web//helper open 7 "$(file /etc/helper r)"
	record web//hat open 7 "$(file /etc/hat r)"
	record web open 7 "info=\"Failed name lookup - disconnected path\" error=-13 $(file run/x r)"
} >child.log
rules child.log >got
check "a child that an exec leads to" sh -c 'grep -qx "/usr/bin/a cx -> helper," got && grep -qx "profile helper {" got'
check "a hat that none leads to" has 'hat hat {'
{
	record web exec 7 "$(file /usr/bin/s x 1) target=\"web//&other\""
	record web exec 7 "$(file /usr/bin/u x 1) target=\"unconfined\""
} >stack.log
rules stack.log >got
check "a stack is no child" has '/usr/bin/s px -> web//&other,'
check "what went on unconfined does so with a clean environment" has '/usr/bin/u Ux,'
check "which is told" grep -q 'web: /usr/bin/u Ux, (it goes on under no profile)' told
learn --no-abstractions child.log -o got.aa >told
check "the flag that is needed" grep -qx 'profile web flags=(attach_disconnected) {' got.aa
check "is told" grep -q 'profile web has flags=(attach_disconnected): files were seen' told
printf "profile web {\n  /b r,\n}\n" >one.aa
check "put into a head that has none" sh -c "'$yoroi' learn -b '$YOROI_PROFILES' --merge one.aa child.log >told && grep -qx 'profile web flags=(attach_disconnected) {' one.aa"
check "the kernel of Debian 12 takes it" "$yoroi" compile --features debian-6.1 -b "$YOROI_PROFILES" -o got.bin got.aa

# How programs go on, on a terminal.
{
	record web exec 7 "$(file /usr/bin/tool x 1) target=\"web//null-/usr/bin/tool\""
	record web//null-/usr/bin/tool open 7 "$(file /etc/tool.conf r 1)"
	record web//null-/usr/bin/tool exec 7 "$(file /bin/deep x 1) target=\"web//null-/usr/bin/tool//null-/bin/deep\""
	record web open 7 "$(file /sys/module/x.conf r 1)"
} >ask.log
talk() { python3 "$here/dialog.py" "$1" "$yoroi" learn -b "$YOROI_PROFILES" ask.log -o asked.aa >told; }
check "(U)nconfined" talk '|u|a'
check "with a clean environment, and nothing learned of it" sh -c 'grep -qx "  /usr/bin/tool Ux," asked.aa && ! grep -q tool.conf asked.aa'
check "which is told" grep -qa '2 ignored: of programs that go unconfined' told
check "(D)eny" talk '|d|a'
check "is a rule, and nothing is learned of it" sh -c 'grep -qx "  deny /usr/bin/tool x," asked.aa && ! grep -q tool.conf asked.aa'
ends "which holds" 1 'deny /usr/bin/tool' query -p web asked.aa '/usr/bin/tool x'
check "(N)amed, with a mistake first" talk '|n|/x*|n|helper|a'
check "is that profile" query --quiet -p helper asked.aa '/etc/tool.conf r'
check "by its name" grep -qx '  /usr/bin/tool px -> helper,' asked.aa
check "(X) inherits where it is missing" talk '|x|p|a'
check "as (P)rofile" grep -qx '  /usr/bin/tool pix -> web.usr.bin.tool,' asked.aa
check "(C)hild with (X)" talk '|x|c|a'
check "is a profile inside" sh -c 'grep -qx "  /usr/bin/tool cix," asked.aa && grep -qx "  profile /usr/bin/tool {" asked.aa'
check "Glob with (E)xtension" talk '||e|a'
check "keeps the end" grep -qx '  /sys/module/\*.conf r,' asked.aa
check "(E) and (E) again" talk '||e|e|a'
check "goes deeper" grep -qx '  /sys/module/\*\*.conf r,' asked.aa
rm asked.aa
ends "(Q)uit" 1 '' talk q
check "writes nothing" test ! -e asked.aa

# A profile has room for twelve others.
for i in a b c d e f g h i j k l m n; do record web exec 7 "$(file /usr/bin/$i x 1) target=\"web//null-/usr/bin/$i\""; done >dozen.log
check "more programs than a profile has room for" bash -c 'learn --exec separate dozen.log -o dozen.aa >told'
check "inherit, which is told" sh -c 'test $(grep -c " px -> " dozen.aa) = 12 && grep -q "2 programs go on as (I)nherit" told'

# Many, and more than a kernel takes.
many=20000
case ${YOROI_SANITIZE:-none} in
none) ;;
*) many=3000 ;;
esac
for sort in mixed mount unix link rlimit; do
	python3 "$here/events.py" $sort $many >many.log
	# A pair of names takes many states.
	check "$many of $sort" timeout 60 bash -c "learn --features debian-7.3 many.log -o many.aa >told"
	check "all of them allowed" grep -q "of $many accesses seen $many are allowed" told
done
python3 "$here/events.py" unix 300 >some.log
echo 'profile web { deny unix peer=(addr=@sockbaa), deny unix peer=(addr=@sockbhj), }' >deny.aa
learn --merge deny.aa -o denied.aa some.log >told
check "the two that are refused are found among many" sh -c 'grep -q "of 300 accesses seen 298 are allowed" told && grep -q sockbaa told && grep -q sockbhj told'
if [ "$many" = 20000 ]; then
	python3 "$here/events.py" paths 9000 >paths.log
	ends "more states than some kernel takes: told" 0 'debian-6.1: .* states, this kernel takes 65535' learn paths.log -o paths.aa
	check "and written, for others" test -s paths.aa
	ends "more than the kernel takes that was named" 1 'kernels that cannot load it' learn --features debian-6.1 paths.log -o named.aa
	check "is not written" test ! -e named.aa
	check "but with --force" sh -c '"$0" learn --yes -b "$1" --force --features debian-6.1 paths.log -o named.aa >/dev/null; test -s named.aa' "$yoroi" "$YOROI_PROFILES"
	check "one that has room" learn --features debian-7.3 paths.log -o named.aa
fi

# What a kernel does not look at is no need of anybody's.
learn --no-abstractions --features debian-6.1 child.log -o got.aa >told
check "attacks that no rule can refuse" grep -q '^  [0-9]* that no rule can refuse' told
check "are not said to be needed" sh -c '! grep -q "needed by events" told'

finish
