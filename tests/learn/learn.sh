#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# yoroi learn: from logs to profiles that hold, into profiles that there are, on a terminal.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [ -d "$cases/logs" ]; then
	check "the records of libapparmor's suite" python3 "$here/cases.py" "$yoroi" "$cases/logs"
	grep '^not ok' -A 3 "$work/out" | sed 's/^/# /'
	start=$cases/logs-container-start.log
	check "a container's start" learn "$start" -o start.aa
	check "all five rules of it" sh -c "sed -n '/^profile/,\$p' start.aa >got && tail -n +2 '$here/start.aa' | diff - got"
	check "which the kernel of Debian 12 takes" "$yoroi" compile --features debian-6.1 -o start.bin start.aa
	for how in child separate; do
		check "programs as $how" learn --exec $how "$start" -o $how.aa
		check "$how: compiles" "$yoroi" compile --features debian-6.1 -o $how.bin $how.aa
	done
	check "a child in a child" query -p 'nginx-profile///docker-entrypoint.sh///usr/sbin/nginx' child.aa 'owner /etc/group r'
	check "a profile of its own" query -p nginx-profile.usr.sbin.nginx separate.aa 'capability setuid'
	ends "where it is not the parent's" 1 'no rule' query -p nginx-profile separate.aa 'capability setuid'
else
	skip "libapparmor's records and a container's start: the cases"
fi

# Values of every type; the golden file is what a person has read.
check "typed values" learn --evidence "$here/typed.log" -o typed.aa
check "as they were reviewed" sh -c "tail -n +2 '$here/typed.aa' | diff - typed.aa"
silent "to the letter"
ends "not from two values on" 1 '' query -p web typed.aa '/proc/9/io r'
ends "not across settings of the kernel" 1 '' query -p web typed.aa 'owner /proc/sys/net/ipv4/conf/eth4/forwarding w'
ends "not across disks" 1 '' query -p web typed.aa 'owner /dev/sda4 r'
check "a further temporary name" query -p web typed.aa 'owner /etc/nginx/conf.d/sedZ9y8X7 w'
ends "and nothing longer" 1 '' query -p web typed.aa 'owner /etc/nginx/conf.d/sedZ9y8X7a w'
check "a further uuid" query -p web typed.aa 'owner /var/lib/app/00000000-0000-1111-2222-333344445555/data w'
learn "$here/typed.log" -o again.aa >told
check "the report tells what is dangerous and needed" grep -q 'web: capability sys_admin,' told
check "and what abstractions add" grep -q 'include <abstractions/base>: it stands for [0-9]* rules, and has [0-9]* of its own' told
check "the same log gives the same profile" sh -c "sed '/^ *# /d' typed.aa >a && sed '/^ *# /d' again.aa | diff a -"
check "without abstractions" learn --no-abstractions "$here/typed.log" -o bare.aa
check "there are none" sh -c '! grep -q abstractions bare.aa'
check "every kind of record" learn "$YOROI_SOURCE/tests/explain/kinds.log" -o kinds.aa

# What it says of itself.
record()
{
	printf 'type=AVC msg=audit(1.%03d:%s): apparmor="%s" operation="%s" profile="%s" pid=%s comm="%s" %s\n' "$((RANDOM % 1000))" "$RANDOM" "$@"
}
file() { echo "name=\"$1\" requested_mask=\"$2\" denied_mask=\"$2\" fsuid=0 ouid=${3:-1}"; }
{
	record ALLOWED open web 7 'runc:[2:INIT]' "$(file /proc/self/fd/3 r)"
	record ALLOWED exec web 7 'runc:[2:INIT]' "$(file /init x) target=\"web//null-/init\""
	record ALLOWED open web//null-/init 7 init "$(file /etc/init.conf r) newkey=\"x\" other=7"
	record AUDIT open web 7 init "$(file /etc/audited r)"
	record STATUS profile_load web 7 init "name=\"x\""
	record DENIED open other 8 sh "$(file /etc/other r)"
	echo 'Jan  1 10:00:00 host sshd[3]: Accepted publickey'
} >mixed.log
learn -p web mixed.log -o mixed.aa >told
check "the runtime is not the container" sh -c '! grep -q self/fd mixed.aa && grep -q "1 ignored: the container.s runtime" told'
check "unknown keys stop nothing" grep -q '/etc/init.conf r,' mixed.aa
check "another profile is told" sh -c 'grep -q "1 ignored: of another profile" told && ! grep -q /etc/other mixed.aa'
check "so is what was no access" grep -q '1 ignored: no access' told
check "what a rule had logged was done all the same" grep -q '/etc/audited r,' mixed.aa
check "from standard input to standard output" bash -c 'learn -p web <mixed.log 2>err | grep -q "/init rmix,"'
ends "nothing to learn" 1 'nothing was written' learn -p nobody mixed.log -o none.aa
check "leaves no file" test ! -e none.aa
ends "a file that cannot be" 3 "write 'nowhere/x.aa': No such file" learn -p web mixed.log -o nowhere/x.aa
check "against which --force is no help" sh -c '! grep -q -e --force out'
learn --json -p web mixed.log >json
check "JSON" test -s json
record AUDIT exec web 7 sh "$(file /usr/bin/id x) info=\"ix fallback\" target=\"web\"" >stays.log
check "what stays in its profile inherits" bash -c "learn stays.log -o stays.aa && grep -q '/usr/bin/id rmix,' stays.aa"
check "as it should be" jq -en 'input | .proof.holds and .counts.runtime == 1 and (.profiles[0].rules | length) == 3
	and (.profiles[0].rules[] | select(.rule == "/init rmix,").doubts == ["exec"]) and (.text | contains("profile web {"))' json
for pack in gzip xz; do
	$pack <mixed.log >"packed.$pack"
	ends "a log that $pack has compressed" 3 "'packed.$pack' is compressed: pipe it in" learn "packed.$pack"
done
ends "as standard input, too" 3 "'standard input' is compressed" bash -c 'learn - <packed.xz'
ends "no such log" 3 'No such file' learn missing.log
ends "no such way" 2 'inherit, child or separate' learn --exec px mixed.log
record ALLOWED exec web 7 sh "$(file /usr/bin/nsenter x) target=\"web//null-/usr/bin/nsenter\"" >attack.log
learn attack.log -o attack.aa >told
check "an attack that events need is told" grep -q 'web: /usr/bin/nsenter x, (a shell or a tool' told
record ALLOWED open web 7 sh "$(file /etc/shadow r 0)" >attack.log
learn attack.log -o attack.aa >told
check "one on root's files by root, too" grep -q 'web: owner /etc/shadow r, (passwords' told
{
	record ALLOWED open web 7 sh "$(file /run/containerd/x.sock w 0)"
	record ALLOWED link web 7 sh "$(file /srv/x l 0) target=\"/etc/shadow\""
	record ALLOWED connect web 7 sh 'class="unix" family="unix" sock_type="stream" protocol=0 requested_mask="send connect" denied_mask="send connect" addr=none peer_addr="@/containerd-shim/x" peer="unconfined"'
} >near.log
learn near.log -o near.aa >told
check "what is beside an attack is told, three of three" sh -c 'test $(sed "1,/sensitive, and allowed/d" told | grep -c "^    web: ") = 3'
check "a socket of an engine's, a link, a call out" sh -c "grep -q \"x.sock w, (the engine's socket)\" told && grep -q 'link .*shadow, (passwords' told && grep -q 'unix .* (it calls a program' told"
printf 'profile web {\n  owner /root/** rw,\n}\n' >attack.aa
learn --merge attack.aa mixed.log >told
check "and one that was allowed before" grep -q 'web: owner /root/.ssh/id_rsa r, (a private key' told

# Attacks: denied by a profile that allows nothing, and by what was learned.
learn --json -p web mixed.log | jq -r .proof.attacks >n
echo 'profile empty { }' >empty.aa
record ALLOWED open empty 7 sh "$(file /nothing r)" >empty.log
learn --json --merge empty.aa -o merged.aa empty.log >json
check "JSON of a merge" test -s json
check "all attacks are refused by an empty profile" jq -en 'input | .proof.denied == .proof.attacks and .proof.attacks >= 200' json

# Into a profile that there is.
cat >site.aa <<'END'
# Our own file.

profile web flags=(complain) {
  # why this is here
  /etc/init.conf   r,   # and that
  deny /secret r,

  profile inner {
    /x r,
  }
}
profile last { /y r, }
END
cp site.aa old.aa
check "merge" bash -c "learn --merge site.aa mixed.log >told"
check "shows what it adds" grep -q 'now allowed  */init ' told
check "what there was stays to the byte" sh -c 'diff old.aa site.aa | grep -q "^>" && ! diff old.aa site.aa | grep -q "^<"'
check "what is allowed gets no rule" sh -c 'test $(grep -c init.conf site.aa) = 1'
cp old.aa json.aa
learn --json --merge json.aa mixed.log >json
check "the same as JSON" sh -c "cmp site.aa json.aa && test -s json && jq -en 'input | .diff[0].differences | length > 0' json && jq -en 'input | .written == \"json.aa\"' json"
cp site.aa twice.aa
learn --merge twice.aa mixed.log >/dev/null
check "a second time nothing is added" cmp site.aa twice.aa
check "its mode stays" grep -q 'flags=(complain)' site.aa
record DENIED open web 7 sh "$(file /secret r)" >secret.log
cp old.aa site.aa
ends "a rule that denies is told" 1 'site.aa:[0-9]*: deny /secret r,' learn --merge site.aa secret.log
check "and nothing is written" cmp old.aa site.aa
ends "but with --force" 1 'FAILS' learn --force --merge site.aa secret.log
check "it is" grep -q '^  /secret r,' site.aa
printf 'profile web { /x r, }' >line.aa
check "a profile on one line" learn --merge line.aa mixed.log
check "with what it needs in front" learn --merge line.aa "$here/typed.log"
printf '# mine\nabi <abi/3.0>,\n# of web\nprofile web {\n}\n' >front.aa
check "between that and a profile is an empty line" bash -c "learn --merge front.aa '$here/typed.log' >/dev/null && grep -B1 '^# of web' front.aa | head -1 | grep -qx ''"
check "stays a policy" "$yoroi" check -b "$YOROI_PROFILES" --quiet line.aa
record DENIED open web 7 sh "info=\"Failed name lookup - disconnected path\" error=-13 $(file run/x r)" >cut.log
printf 'profile web flags=(complain) { }\n' >flags.aa
check "a flag that is needed" learn --merge flags.aa cut.log
check "comes into those there are" grep -q 'flags=(attach_disconnected,complain)' flags.aa
record DENIED open 'web//hat' 7 sh "$(file /hat r)" >hat.log
check "a hat that was not there" learn --merge flags.aa hat.log
check "is there" query -p web//hat flags.aa '/hat r'
echo 'profile web { /x r' >broken.aa
cp broken.aa was.aa
ends "a file with mistakes" 1 'nothing was written' learn --merge broken.aa mixed.log
check "stays as it is" cmp broken.aa was.aa
ln -s flags.aa link.aa
check "a link stays one" bash -c "learn --merge link.aa mixed.log >/dev/null && test -L link.aa"

# Hostile logs.
hostile() { python3 "$here/hostile.py" "$1" >hostile.log; }
hostile names
check "names that would be policy" learn hostile.log -o names.aa
check "mean themselves: one profile and its rules" sh -c \
	"test \$(grep -ac '^profile' names.aa) = 1 && test \$(grep -ac ' r,\$' names.aa) = 55 && ! LC_ALL=C grep -aq \$(printf '\\342\\200\\256') names.aa"
ends "and nothing else" 1 '' query -p web names.aa '/b r'
hostile others
check "the same where no files are" learn --evidence hostile.log -o others.aa
check "and nothing else either" sh -c "test \$(grep -ac '^profile' others.aa) = 1 && ! grep -aq '^ *\(capability\|deny\|include\)' others.aa"
ends "no file at all but one" 1 '' query -p web others.aa '/etc/shadow r'
hostile chains
for how in inherit child separate; do
	check "the same as programs: $how" learn --exec $how hostile.log -o chains.aa
done
check "only what can be a name is one" sh -c "grep -a ' px -> ' chains.aa | LC_ALL=C grep -av '^  /[a-z/.-]* px -> web[a-z.-]*,\$' | wc -l | grep -qx 0"
hostile profiles
learn hostile.log -o profiles.aa >told
check "profiles whose names cannot be" sh -c 'test $(grep -c "^profile" profiles.aa) = 1 && grep -q "15 without rules" told'
check "are refused by name" grep -q "profile 'a{': its name" told
hostile attach
ends "a profile that would attach to the machine's programs" 1 'would attach to this program' learn hostile.log -o attach.aa
hostile mega
check "fields of a megabyte" learn hostile.log -o mega.aa
check "are lost, and the rest is not" sh -c 'grep -q "/ok r," mega.aa && test $(wc -c <mega.aa) -lt 1000'
hostile hex
check "broken hexadecimal" learn hostile.log -o hex.aa
check "is no path" sh -c 'test $(grep -c " r,$" hex.aa) = 1 && grep -q " /t r," hex.aa'
hostile forged
check "lines of other programs" learn hostile.log -o forged.aa
check "are not believed" sh -c '! grep -q shadow forged.aa && grep -q "/ok r," forged.aa'
# Sanitizers reserve more than any limit, and take their time.
most=1000000 limit=1000000
case ${YOROI_SANITIZE:-none} in
none) ;;
*) most=20000 limit=unlimited ;;
esac
python3 "$here/hostile.py" million $most >hostile.log
ends "a million profiles" 1 'nothing was written' bash -c "ulimit -v $limit && learn hostile.log -o million.aa"
rm hostile.log

# On a terminal.
cat >ask.log <<END
$(record ALLOWED exec web 7 init "$(file /usr/bin/tool x) target=\"web//null-/usr/bin/tool\"")
$(record ALLOWED open web//null-/usr/bin/tool 7 tool "$(file /etc/tool.conf r)")
$(record ALLOWED open web 7 init "$(file /sys/module/x r)")
END
talk() { python3 "$here/dialog.py" "$@"; }
check "questions" bash -c "python3 '$here/dialog.py' 'c|a' '$yoroi' learn -b '$YOROI_PROFILES' ask.log -o asked.aa >told"
check "about programs and about what is sensitive" grep -qa 'settings of the kernel' told
check "(C)hild" query -p web///usr/bin/tool asked.aa '/etc/tool.conf r'
check "(P)rofile and (D)eny" talk 'P|D' "$yoroi" learn -b "$YOROI_PROFILES" ask.log -o asked.aa
check "the one of its own" query -p web.usr.bin.tool asked.aa '/etc/tool.conf r'
check "the other denied" grep -q '^  deny /sys/module/x r,' asked.aa
check "(I)gnore" talk '|i' "$yoroi" learn -b "$YOROI_PROFILES" ask.log -o asked.aa
check "leaves it out" sh -c '! grep -q /sys asked.aa'
check "(G)lob" talk 'x||g|a' "$yoroi" learn -b "$YOROI_PROFILES" ask.log -o asked.aa
check "is the folder" grep -q '^  /sys/module/\* r,' asked.aa
sed 's|/sys/module/x|/root/x|; s/ouid=1/ouid=0/' ask.log >root.log
ends "(G)lob goes too far where root's keys are" 1 'owner /root/.ssh/id_rsa r, .a private key' talk '|g|g|a' "$yoroi" learn -b "$YOROI_PROFILES" root.log -o far.aa
sed 's|/sys/module/x|/root/x|' ask.log >root.log
ends "(G)lob goes too far where keys are" 1 'id_rsa r, .a private key' talk '|g|g|a' "$yoroi" learn -b "$YOROI_PROFILES" root.log -o far.aa
check "(N)ew, with a mistake first" talk '|n|/sys/module/? }|n|/sys/module/? r|a' "$yoroi" learn -b "$YOROI_PROFILES" ask.log -o asked.aa
check "is what was typed" grep -q '^  /sys/module/? r,' asked.aa
check "(F)inish" talk 'f' "$yoroi" learn -b "$YOROI_PROFILES" ask.log -o asked.aa
rm asked.aa
ends "Abo(r)t" 1 'nothing was written' talk 'r' "$yoroi" learn -b "$YOROI_PROFILES" ask.log -o asked.aa
ends "the end of the input" 1 'nothing was written' talk '' "$yoroi" learn -b "$YOROI_PROFILES" ask.log -o asked.aa
check "write nothing" test ! -e asked.aa
check "--yes asks nothing" talk '' "$yoroi" learn --yes -b "$YOROI_PROFILES" ask.log -o asked.aa

finish
