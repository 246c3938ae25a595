#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# yoroi diff: what changes between real profiles, and everything about the command.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

here=$YOROI_SOURCE/tests/verdict
docker=$cases/profiles/docker-default
cd "$work" || exit 1
d() { "$yoroi" diff "$@"; }

# says NAME STATUS WANTED COMMAND...: standard output to the byte
says()
{
	local name=$1 want=$2 text=$3 status=0

	shift 3
	"$@" >got 2>errors </dev/null || status=$?
	[ $status = "$want" ] || echo "exit $status" >>got
	check "$name" diff <(printf '%s\n' "$text") got
}

# changes NAME WANTED COMMAND...: the changes and witnesses alone
changes()
{
	local name=$1 text=$2

	shift 2
	"$@" --json >json 2>errors
	check "$name" diff <(printf '%s\n' "$text") \
		<(jq -r '.profiles[].differences[] | .change + " " + .access' json)
}

if [ -d "$docker" ]; then
	for f in "$docker"/*.golden; do
		ln -s "$f" "$(basename "$f" .golden)"
	done
	says "a profile is equal to itself" 0 "equal: default -> default" d default default
	own() {
		printf '%s\n' "denied ptrace peer=default," "allowed ptrace peer=$1," \
			"denied signal set=hup peer=default,"
	}
	for name in with-api3 with-tunables; do
		peer=${name/with-tunables/tunables}
		changes "$name: the name alone" "$(own "$peer")
allowed signal set=hup peer=$peer," d default "$name"
	done
	changes "with-daemon-profile: the name, and who signals" "$(own with-daemon-profile)
allowed signal receive set=hup peer=my-daemon-profile,
allowed signal set=hup peer=with-daemon-profile," d default with-daemon-profile
	changes "with-spaces: the same, with names in quotes" "$(own '"Profile with spaces"')
allowed signal receive set=hup peer=\"Daemon Profile\",
allowed signal set=hup peer=\"Profile with spaces\"," d default with-spaces
	changes "with-abstractions-base: what the abstraction says of signals and ptrace" \
		"allowed ptrace (tracedby, readby) peer=a,
denied ptrace (trace, read) peer=default,
allowed ptrace peer=abstractions-base,
allowed signal set=exists peer=a,
denied signal set=hup peer=default,
allowed signal set=hup peer=abstractions-base,
allowed signal set=hup peer=abstractions-base//&unconfined,
allowed signal set=hup peer=unconfined//&abstractions-base," d default with-abstractions-base
	changes "and back" "denied ptrace (tracedby, readby) peer=a,
allowed ptrace (trace, read) peer=default,
denied ptrace peer=abstractions-base,
denied signal set=exists peer=a,
allowed signal set=hup peer=default,
denied signal set=hup peer=abstractions-base,
denied signal set=hup peer=abstractions-base//&unconfined,
denied signal set=hup peer=unconfined//&abstractions-base," d with-abstractions-base default

	# Both patterns exist in the wild.
	grep -q '\[^1-9/\],\[^1-9/\]\[^0-9/\],' default || exit 1
	sed '/deny @{PROC}\/{\[/s/.*/  deny @{PROC}\/{[^1-9],[^1-9][^0-9],[^1-9s][^0-9y][^0-9s],[^1-9][^0-9][^0-9][^0-9]*}\/** w,/' \
		default >wild
	says "a class that takes a slash reaches /proc/sys/kernel/shm*" 1 \
		"profile 'default':
now denied      /proc/aas/a/a w,  (silent)
                such as /proc/sys/kernel/shmmax w,
                old: default:11:3: file,
                new: wild:26:3: deny @{PROC}/{[^1-9],[^1-9][^0-9],[^1-9s][^0-9y][^0-9s],[^1-9][^0-9][^0-9][^0-9]*}/** w,
1 difference: default -> wild" d default wild
	says "which takes something away" 0 "nothing more is allowed: default -> wild" \
		d --subset default wild
	ends "and the other way allows more" 1 "^now allowed +/proc/aas/a/a w,$" \
		d --subset wild default

	for kernel in debian-6.1 debian-6.12 debian-7.2 debian-7.3; do
		for f in default wild; do
			"$yoroi" compile --quiet --features $kernel -o $f.image $f
		done
		says "$kernel: an image is equal to its text" 0 "equal: default -> default.image" \
			d --features $kernel default default.image
		says "$kernel: and the text to it" 0 "equal: default.image -> default" \
			d --for $kernel default.image default
		ends "$kernel: images differ as texts do" 1 "such as /proc/sys/kernel/shmmax w," \
			d default.image wild.image
		ends "$kernel: as do an image and a text" 1 "such as /proc/sys/kernel/shmmax w," \
			d --features $kernel default.image wild
	done
	says "without a kernel, text is taken for what the image mediates" 0 \
		"equal: default.image -> default" d default.image default
	check "every witness is decided differently, says query" \
		python3 "$here/diff.py" "$yoroi" "$docker/default.golden" "$here/everything.aa" \
		"$here/newer.aa"
	sed -n '$s/^/# /p' "$work/out"
else
	skip "docker's profiles: no cases"
fi

cat >old.aa <<'END'
profile web /usr/sbin/{nginx,httpd} flags=(complain) {
  capability chown net_raw,
  set rlimit nofile <= 100,
  /etc/** r,
  /srv/** rw,
  /bin/sh ix,
  deny /etc/shadow r,
  network inet tcp,

  profile kid {
    /kid r,
  }
}
profile gone { }
END
cat >new.aa <<'END'
profile web /usr/sbin/nginx {
  capability chown,
  audit capability kill,
  set rlimit nofile <= 200,
  /etc/** r,
  audit /srv/** rw,
  /bin/sh Px -> shell,
  audit deny /etc/shadow r,
  network inet tcp,
  deny network inet raw,

  profile kid {
    owner /kid r,
  }
}
END
says "heads, masks and limits are compared, and profiles by name" 1 \
	"profile 'web':
other setting   mode: complain -> enforce
not attached    /usr/sbin/httpd
now allowed     capability kill,  (audited)
                old: no rule
                new: new.aa:3:3: audit capability kill,
now denied      capability net_raw,
                old: old.aa:2:3: capability chown net_raw,
                new: no rule
other limit     set rlimit nofile: 100 -> 200
                old: old.aa:3:3: set rlimit nofile <= 100,
                new: new.aa:4:3: set rlimit nofile <= 200,
now audited     /srv/a rw,
                old: old.aa:5:3: /srv/** rw,
                new: new.aa:6:3: audit /srv/** rw,
now denied      /bin/sh m,
                old: old.aa:6:3: /bin/sh ix,
                new: no rule
goes elsewhere  /bin/sh x,: inherit -> profile shell, environment scrubbed
                old: old.aa:6:3: /bin/sh ix,
                new: new.aa:7:3: /bin/sh Px -> shell,
not silent      /etc/shadow r,
                old: old.aa:7:3: deny /etc/shadow r,
                new: new.aa:8:3: audit deny /etc/shadow r,
now silent      network create inet raw,
                old: no rule
                new: new.aa:10:3: deny network inet raw,
profile 'web//kid':
now denied      other /kid r,
                old: old.aa:11:5: /kid r,
                new: no rule
profile 'gone':
only in the old policy
12 differences: old.aa -> new.aa" d old.aa new.aa
says "--equal takes one line" 1 "12 differences: old.aa -> new.aa" d --equal old.aa new.aa
says "of one profile" 1 "1 difference: old.aa -> new.aa" d --equal -p web//kid old.aa new.aa
says "--equal says so" 0 "equal: old.aa -> old.aa" d --equal old.aa old.aa
says "--subset tells what is allowed" 1 \
	"profile 'web':
now allowed     capability kill,  (audited)
                old: no rule
                new: new.aa:3:3: audit capability kill,
other limit     set rlimit nofile: 100 -> 200
                old: old.aa:3:3: set rlimit nofile <= 100,
                new: new.aa:4:3: set rlimit nofile <= 200,
goes elsewhere  /bin/sh x,: inherit -> profile shell, environment scrubbed
                old: old.aa:6:3: /bin/sh ix,
                new: new.aa:7:3: /bin/sh Px -> shell,
profile 'gone':
only in the old policy
4 differences: old.aa -> new.aa" d --subset old.aa new.aa
d --json old.aa new.aa >json
check "JSON says all" jq -en 'input | 
	.equal == false and (.profiles | length) == 3 and
	.profiles[2] == {old: "gone", new: null, kernel: null, differences: [], more: false} and
	(.profiles[0].differences | map(select(.change == "transition"))[0] |
		.was == "inherit" and .is == "profile shell, environment scrubbed" and .widens and
		.oldRules[0] == {file: "old.aa", line: 6, column: 3, text: "/bin/sh ix,"} and
		.newRules[0].line == 7 and .access == "/bin/sh x,") and
	(.profiles[0].differences | map(select(.change == "audited"))[0] |
		.class == "file" and .access == "/srv/a rw,")' json
d --json old.aa old.aa >json
check "JSON says that nothing is different" jq -en 'input | .equal and (.profiles | length) == 3' json
printf 'abi "%s/features/everything",\nprofile a { userns, }\n' "$YOROI_PROFILES" >a.aa
sed 's/ userns,//' a.aa >b.aa
says "kernels are compared one by one" 1 \
	"profile 'a' [debian-7.2]:
now denied      userns create,
                old: a.aa:2:13: userns,
                new: no rule
1 difference: a.aa -> b.aa" d --for debian-6.1,debian-7.2 a.aa b.aa
says "text comes from standard input" 0 "equal: - -> old.aa" sh -c \
	"'$yoroi' diff - old.aa <old.aa"

# No entry hides what another rule grants or denies.
pair()
{
	echo "profile f { $1 }" >x.aa
	echo "profile f { $2 }" >y.aa
}
pair '/usr/** r,' '/** r, /etc/shadow w, /bin/sh ux,'
gained="profile 'f':
now allowed     /a r,
                such as /proc/sys/kernel/shmmax r,
                old: no rule
                new: y.aa:1:13: /** r,
now allowed     /bin/sh x,  -> unconfined
                old: no rule
                new: y.aa:1:35: /bin/sh ux,
now allowed     /etc/shadow w,
                old: no rule
                new: y.aa:1:20: /etc/shadow w,
3 differences: x.aa -> y.aa"
says "each rule that grants has its entry" 1 "$gained" d x.aa y.aa
says "for --subset as well" 1 "$gained" d --subset x.aa y.aa
changes "and for --json" "allowed /a r,
allowed /bin/sh x,
allowed /etc/shadow w," d x.aa y.aa
check "which says where the program goes, and nothing is elsewhere" jq -en 'input | 
	.profiles[0].differences | (map(.elsewhere) == [null, null, null]) and
	.[1].is == "unconfined" and .[1].newRules[0].text == "/bin/sh ux,"' json
changes "as has each that granted" "denied /a r,
denied /bin/sh x,
denied /etc/shadow w," d y.aa x.aa
pair 'ptrace read peer=x, signal send set=hup peer=q,' 'ptrace read peer=x,
	ptrace (readby, tracedby), ptrace trace peer=zzz, signal send set=hup peer=q,
	signal send set=(term,kill), signal receive peer=w,'
says "of other classes too" 1 "profile 'f':
now allowed     ptrace (tracedby, readby) peer=a,
                old: no rule
                new: y.aa:2:2: ptrace (readby, tracedby),
now allowed     ptrace trace peer=zzz,
                old: no rule
                new: y.aa:2:29: ptrace trace peer=zzz,
now allowed     signal receive set=hup peer=w,
                old: no rule
                new: y.aa:3:31: signal receive peer=w,
now allowed     signal send set=kill peer=a,
                old: no rule
                new: y.aa:3:2: signal send set=(term,kill),
4 differences: x.aa -> y.aa" d x.aa y.aa
pair '/etc/** r, deny /etc/** w, deny /bin/* x,' '/etc/** r, /etc/shadow w, /bin/sh ux, /bin/* rix,'
changes "a denial that went hides no rule that came" "allowed /bin/a rm,
allowed /bin/a x,
not-quiet /etc/a w,
allowed /bin/sh x,
allowed /etc/shadow w," d x.aa y.aa
pair '' 'owner /x/** rw, other /x/** r,'
says "nor does the owner's rule that of others" 1 "profile 'f':
now allowed     /x/a r,
                old: no rule
                new: y.aa:1:13: owner /x/** rw,
                new: y.aa:1:29: other /x/** r,
now allowed     owner /x/a w,
                old: no rule
                new: y.aa:1:13: owner /x/** rw,
2 differences: x.aa -> y.aa" d x.aa y.aa
pair '/a ix,' '/{a,b,cc} rux,'
changes "an exec is told though its rule has an entry" "allowed /a r,
denied /a m,
transition /a x,
allowed /b rx," d x.aa y.aa
pair '/a r,' '/{a,b} rw,'
says "elsewhere is what the same rule grants" 1 "profile 'f':
now allowed     /a w,  (elsewhere also r)
                old: no rule
                new: y.aa:1:13: /{a,b} rw,
1 difference: x.aa -> y.aa" d x.aa y.aa
pair '' '/** r, /etc/** r, /etc/shadow r,'
changes "what a rule grants that has an entry is told once" "allowed /a r," d x.aa y.aa

# Wrong input.
ends "two policies are wanted" 2 "name two policies" d old.aa
ends "one stream is not both" 2 "cannot be both" d - -
ends "one question at a time" 2 "ask one" d --subset --equal old.aa new.aa
ends "a profile that is in neither is told with the nearest" 2 \
	"no profile 'web//kit'; did you mean 'web//kid'" d -p web//kit old.aa new.aa
ends "a missing file is the machine's failure" 3 "nowhere" d old.aa nowhere
echo 'profile x { /a rz, }' >wrong.aa
ends "mistakes in a policy are told" 1 "wrong.aa:1:16: error" d old.aa wrong.aa
"$yoroi" compile --quiet --features debian-6.1 -o old.image old.aa
head -c $(($(stat -c %s old.image) / 2)) old.image >cut
ends "a cut image is told by its place" 1 "cut: .*offset [0-9]+" d old.aa cut
ends "on the left as well" 1 "cut: .*offset [0-9]+" d cut old.image

# What the kernel has loaded, on a scratch securityfs.
mkdir -p fs/policy/profiles/web.7 fs/policy/raw_data/3 fs/features/policy/versions
echo web >fs/policy/profiles/web.7/name
cp old.image fs/policy/raw_data/3/raw_data
ln -s ../../raw_data/3/raw_data fs/policy/profiles/web.7/raw_data
loaded() { "$yoroi" diff --securityfs fs --features debian-6.1 --loaded "$@"; }
says "what was loaded is what the file says" 0 "equal: the loaded policy -> old.aa" \
	loaded -p web old.aa
says "a profile that is not loaded is a difference" 1 \
	"profile 'gone':
only in the new policy
1 difference: the loaded policy -> old.aa" loaded old.aa
ends "drift is told" 1 "^now denied +other /kid r," loaded new.aa
rm fs/policy/raw_data/3/raw_data
ends "a kernel that keeps no copies is no difference" 3 "keeps no copy" loaded -p web old.aa
ends "nor is one without AppArmor" 3 "securityfs|AppArmor" \
	"$yoroi" diff --securityfs nowhere --features debian-6.1 --loaded old.aa

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
sed 's/7\*\*z7 w/7**z7 rw/' big.aa >one.aa
for f in big one; do
	"$yoroi" compile --quiet --features debian-7.2 -o $f.image $f.aa
done
states=$(python3 "$here/states.py" big.image)
check "the automaton has 50,000 states ($states)" test "$states" -ge 50000
for kind in image aa; do
	# Of the processor alone: others may be at work beside.
	TIMEFORMAT='%3U + %3S'
	{ time "$yoroi" diff big.$kind one.$kind >got 2>&1; } 2>took
	took=$(awk '{ print int(($1 + $3) * 1000) }' took)
	# A build with sanitizers is several times slower.
	check "two of them are compared at once (.$kind: $took ms)" \
		test "$took" -lt "$([ "${YOROI_SANITIZE:-none}" = none ] && echo 1000 || echo 20000)"
done
check "and the rule is one difference" grep -q '^1 difference' got
finish
