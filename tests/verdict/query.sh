#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# yoroi query: the table of accesses, and everything about the command.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

here=$YOROI_SOURCE/tests/verdict
if "$YOROI_SOURCE/tests/debian/fetch" >/dev/null &&
	"$YOROI_SOURCE/tests/debian/fetch-sid" >/dev/null && [ -d "$cases/profiles" ]; then
	check "text, images and the matcher agree with the table" \
		env YOROI_CASES="$cases" python3 "$here/accesses.py" --build "$YOROI_BUILD"
	sed -n '$s/^/# /p' "$work/out"
else
	skip "the table: Debian's packages, sid's or the cases"
fi

cd "$work" || exit 1
cat >web.aa <<'END'
profile web /usr/sbin/nginx {
  /etc/** r,
  /usr/sbin/nginx ix,
  deny /etc/shadow r,
  network inet tcp,
  owner /home/** rw,
  signal (send) set=(term) peer=web,

  profile kid {
    /kid r,
  }
}
END
printf 'profile a { }\nprofile "b c" { }\nprofile a//x { }\n' >two.aa
q() { "$yoroi" query "$@"; }

# says NAME STATUS WANTED COMMAND...: standard output to the byte
says()
{
	local name=$1 want=$2 text=$3 status=0

	shift 3
	"$@" >got 2>errors </dev/null || status=$?
	[ $status = "$want" ] || echo "exit $status" >>got
	check "$name" diff <(printf '%s\n' "$text") got
}

says "an allowed access names its rule" 0 \
	"ALLOW  /etc/passwd r,
       web.aa:2:3: /etc/** r," q web.aa '/etc/passwd r,'
says "an exec names where it leads" 0 \
	"ALLOW  /usr/sbin/nginx x,  -> inherit
       web.aa:3:3: /usr/sbin/nginx ix," q web.aa '/usr/sbin/nginx x,'
says "a denial names its rule and what it hides" 1 \
	"DENY   /etc/shadow r,
       web.aa:4:3: deny /etc/shadow r,          (silent)
       hides web.aa:2:3: /etc/** r," q web.aa '/etc/shadow r'
says "what nobody allows names the nearest" 1 \
	"DENY   network inet raw,
       no rule; nearest: web.aa:5:3: network inet tcp," q web.aa 'network inet raw,'
says "and what that lacks" 1 \
	"DENY   /etc/passwd w,
       no rule; nearest: web.aa:2:3: /etc/** r,  (without w)" q web.aa '/etc/passwd w,'
says "or that there is none" 1 \
	"DENY   mount,
       no rule for mount" q web.aa 'mount,'
says "what is left unsaid stands for everything" 1 \
	"DENY   /home/x r,
       not for all: e.g. other /home/x r,
       no rule; nearest: web.aa:6:3: owner /home/** rw,  (for the owner only)" q web.aa '/home/x r,'
says "several accesses are answered in order" 1 \
	"ALLOW  /etc/passwd r,
       web.aa:2:3: /etc/** r,
DENY   mount,
       no rule for mount" q web.aa '/etc/passwd r,' 'mount,'
says "a child is asked by name" 0 \
	"ALLOW  /kid r,
       web.aa:10:5: /kid r," q -p web//kid web.aa '/kid r,'
printf 'abi "%s/features/everything",\n' "$YOROI_PROFILES" | cat - web.aa >abi.aa
says "kernels are asked one by one" 1 \
	"ALLOW  userns create,  [debian-6.1]  (not mediated)
DENY   userns create,  [debian-7.2]
       no rule for userns" q --for debian-6.1,debian-7.2 abi.aa 'userns create,'
says "for one by --features" 0 "ALLOW  userns create,  (not mediated)" \
	q --features debian-6.1 abi.aa 'userns create,'

"$yoroi" compile --quiet --features debian-6.1 -o web.image web.aa two.aa
says "an image is known by its bytes and has no places" 1 \
	"ALLOW  /usr/sbin/nginx x,  -> inherit
DENY   /etc/shadow r,
       denied by a rule          (silent)
DENY   network inet raw,
       no rule" q web.image -p web '/usr/sbin/nginx x,' '/etc/shadow r,' 'network inet raw,'
says "also from standard input" 0 "ALLOW  /kid r," sh -c \
	"'$yoroi' query - -p web//kid '/kid r,' <web.image"
says "a compressed one as well" 0 "ALLOW  /kid r," sh -c \
	"zstd -qo web.zst web.image && '$yoroi' query web.zst -p web//kid '/kid r,'"
says "text comes from standard input, too" 0 \
	"ALLOW  /kid r,
       stdin:10:5: /kid r," sh -c "'$yoroi' query - -p web//kid '/kid r,' <web.aa"

ends "several profiles: say which" 2 "there are 5 profiles; say which with -p: web, web//kid, a, b c" \
	q web.image '/x r,'
ends "several at the top: say which" 2 "3 profiles; say which with -p: a, b c, a//x" q two.aa '/x r,'
ends "a wrong name is told with the nearest" 2 "no profile 'web//kit'; did you mean 'web//kid'" \
	q -p web//kit web.aa '/x r,'
ends "or with those that there are" 2 "no profile 'nope'; there is web, web//kid" q -p nope web.aa '/x r,'
ends "a wildcard is no access" 2 "^access:1:6: error: .*'\*' stands for many" q web.aa '/etc/* r,'
ends "of several it is told which" 2 "^access 2:1:6: error:" q web.aa '/etc/x r,' '/etc/* r,'
check "and the rest answered" sh -c "'$yoroi' query web.aa '/etc/x r,' '/etc/* r,' 2>&1 |
	grep -q '^ALLOW  /etc/x r,'"
ends "wrong is worse than denied" 2 "" q web.aa '/x w,' '/etc/* r,'
ends "no policy is a wrong command line" 2 "which policy" q
ends "loaded policy needs a name" 2 "needs -p" q --loaded '/x r,'
ends "one stream is not both" 2 "cannot be both" q -
ends "an unknown kernel is told" 3 "nokernel" q --for nokernel web.aa '/x r,'
ends "a missing file is the machine's failure" 3 "nowhere" q nowhere '/x r,'
echo 'profile x { /a rz, }' >wrong.aa
ends "mistakes in the policy are told" 1 "wrong.aa:1:16: error" q wrong.aa '/x r,'
echo '@{X}=1' >none.aa
ends "a file without a profile is" 1 "no profile in" q none.aa '/x r,'
sed 's/nginx {/nginx flags=(complain) {/' web.aa >complain.aa
ends "complain mode is told" 1 "complain mode: what is denied here is logged and allowed" \
	q complain.aa '/x r,'
sed 's/nginx {/nginx flags=(unconfined) {/' web.aa >unconfined.aa
says "an unconfined profile allows" 0 "ALLOW  /x w,  (unconfined)" q unconfined.aa '/x w,'

# What the kernel makes of it otherwise.
cat >kinds.aa <<'END'
profile audit flags=(audit) { /a r, deny /b r, capability chown, deny capability kill, }
profile complain flags=(complain) { deny /b r, }
profile maps {
  /x/d ix,
  deny /x/d x,
}
profile links {
  /l/* rw,
  /t/a r,
  link subset /l/* -> /t/*,
}
profile signals {
  signal receive peer=bar,
  signal send set=(term,kill) peer=foo*,
  capability chown,
  deny capability kill,
}
profile drops {
  network unix,
  deny unix (connect) peer=(addr=@x),
  deny userns,
}
profile execs {
  file,
  /bin/a px -> other,
}
END
says "flags=(audit): what is allowed is logged, no denial is silent" 1 \
	"ALLOW  /a r,  (audited)
       kinds.aa:1:31: /a r,
DENY   /b r,
       kinds.aa:1:37: deny /b r,
ALLOW  capability chown,  (audited)
       kinds.aa:1:48: capability chown,
DENY   capability kill,
       kinds.aa:1:66: deny capability kill," \
	q -p audit kinds.aa '/a r,' '/b r,' 'capability chown,' 'capability kill,'
"$yoroi" query --json -p audit kinds.aa '/a r,' '/b r,' >json
check "and in JSON" jq -en 'input | .[0].audited and (.[1].quiet | not)' json
"$yoroi" compile --quiet --features debian-7.2 -o kinds.image kinds.aa
says "of an image, too" 1 "ALLOW  /a r,  (audited)
DENY   /b r,
       denied by a rule" q -p audit kinds.image '/a r,' '/b r,'
ends "complain mode does not let silent denials be" 1 \
	"but silent denials are enforced all the same" q -p complain kinds.aa '/b r,'
says "rules that a kernel does not enforce are named" 0 \
	"ALLOW  unix (connect) type=stream peer=(addr=@x),  [debian-6.1]
       kinds.aa:19:3: network unix,
       not enforced here: kinds.aa:20:3: deny unix (connect) peer=(addr=@x),
ALLOW  unix (connect) type=stream peer=(addr=@y),  [debian-6.1]
       kinds.aa:19:3: network unix,
ALLOW  userns create,  [debian-6.1]  (not mediated)
       not enforced here: kinds.aa:21:3: deny userns," \
	q --for debian-6.1 -p drops kinds.aa 'unix (connect) type=stream peer=(addr=@x),' \
	'unix (connect) type=stream peer=(addr=@y),' 'userns create,'
"$yoroi" query --json --for debian-6.1 -p drops kinds.aa 'userns create,' >json
check "and in JSON" jq -en 'input | .[0].notEnforced | length == 1 and .[0].line == 21' json
says "who denies an exec takes the map away that comes with it" 1 \
	"ALLOW  /x/d m,  [debian-6.1]
       kinds.aa:4:3: /x/d ix,
DENY   /x/d m,  [debian-7.2]
       kinds.aa:5:3: deny /x/d x,
       hides kinds.aa:4:3: /x/d ix," q --for debian-6.1,debian-7.2 -p maps kinds.aa '/x/d m,'
says "a link that allows more says what" 1 \
	"DENY   owner link /l/a -> /t/a,
       the link allows what its target does not: w
       kinds.aa:10:3: link subset /l/* -> /t/*," q -p links kinds.aa 'owner link /l/a -> /t/a,'
says "of signals the one with the fewest other words is near" 1 \
	"DENY   signal send set=int peer=foo,
       no rule; nearest: kinds.aa:14:3: signal send set=(term,kill) peer=foo*," \
	q -p signals kinds.aa 'signal send set=int peer=foo,'
says "capabilities have a nearest, and silent rules" 1 \
	"DENY   capability net_raw,
       no rule; nearest: kinds.aa:15:3: capability chown,
DENY   capability,
       not for all: e.g. capability dac_override,
       kinds.aa:16:3: deny capability kill,          (silent)" \
	q -p signals kinds.aa 'capability net_raw,' 'capability,'
cat >unsaid.aa <<'END'
profile unsaid {
  pivot_root oldroot=/old/ /new/,
  mount fstype=proc options=(ro) proc -> /proc/,
}
END
for access in 'pivot_root /new/,' 'mount fstype=proc proc -> /proc/,'; do
	"$yoroi" query unsaid.aa "$access" >got
	check "an example says more than the access: $access" sh -c \
		"grep -q 'not for all: e.g. ' got && ! grep -qF 'e.g. $access' got"
done
says "a transition belongs to the example that it denies" 1 \
	"DENY   file,
       not for all: e.g. owner /bin/a rwlkmx,  but -> profile other
       kinds.aa:25:3: /bin/a px -> other,
DENY   /bin/a ix,  but -> profile other
       kinds.aa:25:3: /bin/a px -> other," q -p execs kinds.aa 'file,' '/bin/a ix,'

# Lines of standard input.
printf '/etc/a r,\n\n  # a remark\n/etc/* r\n/x\0y r,\n/etc/b r' >lines
"$yoroi" query web.aa <lines >got 2>errors
check "the worst of lines counts" test $? = 2
check "lines are answered, with a last one that has no end" diff <(
	printf 'ALLOW  /etc/a r,\n       web.aa:2:3: /etc/** r,\nALLOW  /etc/b r,\n       web.aa:2:3: /etc/** r,\n'
) got
check "wrong ones are told by their number" grep -q '^line 4:1:6: error: .*stands for many' errors
check "a NUL byte is told" grep -q '^line 5:1:3: error: a NUL byte' errors
head -c 1000000 /dev/zero | tr '\0' a >long
printf '\n/etc/b r,\n' >>long
"$yoroi" query web.aa <long >got 2>errors
check "a megabyte is no access" grep -q '^line 1:1:1: error: .*longer than 65536' errors
check "and the next line is answered" grep -q '^ALLOW  /etc/b r,' got

# JSON.
"$yoroi" query --json web.aa '/etc/shadow r,' '/usr/sbin/nginx x,' '/etc/* r,' 'network inet raw,' \
	>json 2>errors
check "wrong accesses count in JSON" test $? = 2
check "JSON says all" jq -en 'input | 
	length == 4 and
	.[0].verdict == "deny" and .[0].quiet and .[0].decided == "rules" and
	.[0].rules[0] == {file: "web.aa", line: 4, column: 3, text: "deny /etc/shadow r,"} and
	.[0].hidden[0].line == 2 and .[0].missing == "r" and .[0].profile == "web" and
	.[1].transition == "inherit" and .[1].verdict == "allow" and
	.[2].errors[0].column == 6 and .[2].access == "/etc/* r," and
	.[3].nearest.line == 5 and .[3].decided == "nobody"' json
check "and nothing else is said" test ! -s errors
"$yoroi" query --json wrong.aa '/x r,' >json 2>errors
check "JSON is whole when there is nothing to ask" jq -en 'input | . == []' json

# What the kernel has loaded, on a scratch securityfs.
mkdir -p fs/policy/profiles/usr.web.7 fs/policy/profiles/other.8 fs/policy/raw_data/3 \
	fs/policy/namespaces/ns/profiles/web.1 fs/features/policy/versions
echo web >fs/policy/profiles/usr.web.7/name
echo other >fs/policy/profiles/other.8/name
cp web.image fs/policy/raw_data/3/raw_data
ln -s ../../raw_data/3/raw_data fs/policy/profiles/usr.web.7/raw_data
echo web >fs/policy/namespaces/ns/profiles/web.1/name
zstd -qo fs/policy/namespaces/ns/profiles/web.1/raw_data web.image
loaded() { "$yoroi" query --securityfs fs --features debian-6.1 --loaded -p "$@"; }
says "loaded policy is asked" 1 "DENY   /etc/x w,
       no rule" loaded web '/etc/x w,'
says "a child of it" 0 "ALLOW  /kid r," loaded web//kid '/kid r,'
says "in a namespace, compressed" 0 "ALLOW  /etc/x r," loaded :ns:web '/etc/x r,'
ends "what is not loaded is told" 3 "'nobody' is not loaded" loaded nobody '/x r,'
ends "and what the kernel keeps no copy of" 3 "keeps no copy of profile 'other'" loaded other '/x r,'
rm fs/policy/raw_data/3/raw_data
ends "no securityfs is told" 3 "securityfs|AppArmor" \
	"$yoroi" query --securityfs nowhere --features debian-6.1 --loaded -p web '/x r,'

# Damaged images: every length, and every byte changed.
size=$(stat -c %s web.image)
bad=0
for ((n = 1; n < size; n += 97)); do
	head -c "$n" web.image >cut
	timeout 10 "$yoroi" query cut -p web '/etc/x r,' >/dev/null 2>&1
	# 0 and 2: the image may end behind whole profiles.
	[ $? -le 2 ] || bad=$((bad + 1))
done
check "no cut image ends badly" test $bad = 0
head -c $((size / 2)) web.image >cut
ends "a cut image is told by its place" 1 "offset [0-9]+: the image ends too early" q cut -p web '/etc/x r,'

# 50,000 states.
awk 'BEGIN {
	srand(5)
	print "profile big {"
	for (i = 0; i < 4600; i++)
		printf "  /srv/%d/%d*/x%d r,\n", int(rand() * 1e8), i, int(rand() * 1000)
	for (i = 0; i < 12; i++)
		printf "  /a/**%d**z%d w,\n", i, i
	print "}"
}' >big.aa
"$yoroi" compile --quiet --features debian-7.2 -o big.image big.aa
states=$(python3 "$here/states.py" big.image)
check "the automaton has 50,000 states ($states)" test "$states" -ge 50000
for f in big.image big.aa; do
	begin=$(date +%s%N)
	"$yoroi" query "$f" '/srv/1/2 w,' >"$work/out" 2>&1
	took=$((($(date +%s%N) - begin) / 1000000))
	# A build with sanitizers is several times slower.
	check "a question to $f is answered at once ($took ms)" \
		test "$took" -lt "$([ "${YOROI_SANITIZE:-none}" = none ] && echo 1000 || echo 20000)"
done
finish
