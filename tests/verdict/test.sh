#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# yoroi test: expectations, what is said when they are not met, and files that are none.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

cd "$work" || exit 1
mkdir -p sub policy
cat >web.aa <<'END'
include <inc>
profile web /usr/sbin/nginx {
  /etc/** r,
  /usr/sbin/nginx ix,
  deny /etc/shadow r,
  network inet tcp,
  owner /home/** rw,
  audit /var/log/** w,
  /usr/bin/id px -> idp,
  /usr/bin/sudo Px,
  include <rules>

  profile kid {
    /kid r,
  }
  hat cap {
    /hat r,
  }
}
END
echo '@{X}=1' >policy/inc
printf '/run/x w,\n/run/y w,\n' >policy/rules
t() { "$yoroi" test -b policy "$@"; }

# says NAME STATUS LINES TEXT [OPTION...]: TEXT as x.aatest gives LINES, to the byte
says()
{
	local name=$1 want=$2 lines=$3 text=$4 status=0

	shift 4
	printf '%s\n' "$text" >x.aatest
	t "$@" x.aatest >whole 2>errors </dev/null || status=$?
	grep -vE '^(# not tested|# coverage|1\.\.)' whole >got
	[ $status = "$want" ] || echo "exit $status" >>got
	check "$name" diff <(printf '%s\n' "$lines") got
}
# wrong NAME LINE COL TEXT LINES: a line of LINES is told, and what follows it is asked
wrong()
{
	local status=0

	printf 'profile web.aa\n%s\nallow /etc/last r,\n' "$5" >x.aatest
	t x.aatest >whole 2>&1 || status=$?
	printf '%s\n' "$4" >pattern
	if [ $status != 2 ] || ! grep -qF "# x.aatest:$2:$3: error: $4" whole ||
		! grep -qE '^ok .*/etc/last r,( \[everything\])?$' whole; then
		echo "# exit $status" >>whole
		cp whole out
		result 1 "$1"
	else
		result 0 "$1"
	fi
}

says "what is expected and so is passed" 0 "ok 1 - x.aatest:3: allow /etc/passwd r,
ok 2 - x.aatest:4: deny quiet /etc/shadow r,
ok 3 - x.aatest:5: deny audit /etc/passwd w,
ok 4 - x.aatest:6: allow audit /var/log/x w,
ok 5 - x.aatest:7: allow quiet /etc/x r,
ok 6 - x.aatest:8: allow /etc/x r
ok 7 - x.aatest:9: allow \"/etc/a \\# b\" r," "# A table.
profile web.aa web
allow /etc/passwd r,   # a comment
deny quiet /etc/shadow r,
deny audit /etc/passwd w,
allow audit /var/log/x w,
  allow quiet /etc/x r,
allow /etc/x r
allow \"/etc/a # b\" r,"

# A wrong expectation fails, whichever way it is wrong.
says "an access that should be allowed" 1 "not ok 1 - x.aatest:2: allow /etc/shadow r,
# expected: allow
# got:      deny quiet
#        web.aa:5:3: deny /etc/shadow r,          (silent)
#        hides web.aa:3:3: /etc/** r," "profile web.aa
allow /etc/shadow r,"
says "an access that should be denied" 1 "not ok 1 - x.aatest:2: deny /etc/passwd r,
# expected: deny
# got:      allow quiet
#        web.aa:3:3: /etc/** r," "profile web.aa
deny /etc/passwd r,"
says "a denial that should be logged" 1 "not ok 1 - x.aatest:2: deny audit /etc/shadow r,
# expected: deny audit
# got:      deny quiet
#        web.aa:5:3: deny /etc/shadow r,          (silent)
#        hides web.aa:3:3: /etc/** r," "profile web.aa
deny audit /etc/shadow r,"
says "a denial that should be silent names the nearest rule" 1 "not ok 1 - x.aatest:2: deny quiet /etc/passwd w,
# expected: deny quiet
# got:      deny audit
#        no rule; nearest: web.aa:3:3: /etc/** r,  (without w)" "profile web.aa
deny quiet /etc/passwd w,"
says "what should be logged though it is allowed" 1 "not ok 1 - x.aatest:2: allow audit /etc/x r,
# expected: allow audit
# got:      allow quiet
#        web.aa:3:3: /etc/** r," "profile web.aa
allow audit /etc/x r,"
says "and what should not" 1 "not ok 1 - x.aatest:2: allow quiet /var/log/x w,
# expected: allow quiet
# got:      allow audit
#        web.aa:8:3: audit /var/log/** w," "profile web.aa
allow quiet /var/log/x w,"
printf 'profile all flags=(audit) { /a r, deny /b r, }\n' >audit.aa
says "flags=(audit) logs everything" 1 "not ok 1 - x.aatest:2: allow quiet /a r,
# expected: allow quiet
# got:      allow audit
#        audit.aa:1:29: /a r,
not ok 2 - x.aatest:3: deny quiet /b r,
# expected: deny quiet
# got:      deny audit
#        audit.aa:1:35: deny /b r,
ok 3 - x.aatest:4: deny audit /b r," "profile audit.aa
allow quiet /a r,
deny quiet /b r,
deny audit /b r,"
says "a denial that holds only for some is none" 1 "not ok 1 - x.aatest:2: deny /home/x r,
# expected: deny
# got:      deny audit, but not for all
#        not for all: e.g. other /home/x r,
#        no rule; nearest: web.aa:7:3: owner /home/** rw,  (for the owner only)
#        allowed in part by web.aa:7:3: owner /home/** rw,
ok 2 - x.aatest:3: deny other /home/x r," "profile web.aa
deny /home/x r,
deny other /home/x r,"
says "where an exec leads" 0 "ok 1 - x.aatest:2: allow /usr/sbin/nginx x, -> inherit
ok 2 - x.aatest:3: allow /usr/bin/id x, -> profile idp
ok 3 - x.aatest:4: allow /usr/bin/id x, -> profile idp, environment kept,
ok 4 - x.aatest:5: allow /usr/bin/sudo x, -> the program's own profile
ok 5 - x.aatest:6: allow /usr/bin/sudo x, -> the program's own profile, environment scrubbed
ok 6 - x.aatest:7: allow /usr/bin/id px -> idp, -> profile idp" "profile web.aa
allow /usr/sbin/nginx x, -> inherit
allow /usr/bin/id x, -> profile idp
allow /usr/bin/id x, -> profile idp, environment kept,
allow /usr/bin/sudo x, -> the program's own profile
allow /usr/bin/sudo x, -> the program's own profile, environment scrubbed
allow /usr/bin/id px -> idp, -> profile idp"
says "and where not" 1 "not ok 1 - x.aatest:2: allow /usr/sbin/nginx x, -> unconfined
# expected: allow, -> unconfined
# got:      allow quiet, -> inherit
#        web.aa:4:3: /usr/sbin/nginx ix,
not ok 2 - x.aatest:3: allow /usr/bin/id x, -> profile idp, or inherit
# expected: allow, -> profile idp, or inherit
# got:      allow quiet, -> profile idp
#        web.aa:9:3: /usr/bin/id px -> idp,
not ok 3 - x.aatest:4: allow /usr/bin/id x, -> profile idp, environment scrubbed
# expected: allow, -> profile idp, environment scrubbed
# got:      allow quiet, -> profile idp
#        web.aa:9:3: /usr/bin/id px -> idp,
not ok 4 - x.aatest:5: allow /etc/x r, -> inherit
# expected: allow, -> inherit
# got:      allow quiet
#        web.aa:3:3: /etc/** r," "profile web.aa
allow /usr/sbin/nginx x, -> unconfined
allow /usr/bin/id x, -> profile idp, or inherit
allow /usr/bin/id x, -> profile idp, environment scrubbed
allow /etc/x r, -> inherit"
says "sections ask other profiles" 0 "ok 1 - x.aatest:3: allow /kid r,
ok 2 - x.aatest:5: allow /hat r,
ok 3 - x.aatest:6: deny /kid r,
ok 4 - x.aatest:8: allow /kid r,
ok 5 - x.aatest:10: deny /kid r," "profile web.aa
child kid
allow /kid r,
hat cap
allow /hat r,
deny /kid r,
profile \"web.aa\" web//kid
allow /kid r,
profile web.aa
deny /kid r,"

# Kernels.
printf 'abi "%s/features/everything",\n' "$YOROI_PROFILES" | cat - web.aa >abi.aa
cp "$YOROI_PROFILES/features/debian-6.1" sub/mine
says "each kernel is asked" 1 "ok 1 - x.aatest:3: deny userns create, [debian-7.2]
not ok 2 - x.aatest:3: deny userns create, [sub/mine]
# expected: deny
# got:      allow quiet (not mediated)
ok 3 - x.aatest:5: deny userns create, [debian-7.2]" "profile abi.aa
features debian-7.2 sub/mine
deny userns create,
features debian-7.2
deny userns create,"
says "those of --for instead of the file's" 0 "ok 1 - x.aatest:3: allow userns create, [debian-6.1]" \
	"profile abi.aa
features debian-7.2
allow userns create," --for debian-6.1
says "one of --features is not named" 0 "ok 1 - x.aatest:3: allow userns create," "profile abi.aa
features debian-7.2
allow userns create," --features debian-6.1
says "without any, every class is mediated" 0 "ok 1 - x.aatest:2: deny userns create," "profile web.aa
deny userns create,"

# Places.
printf 'profile ../web.aa\nfeatures mine\nallow /etc/x r,\n' >sub/y.aatest
check "names begin where the file is" t sub/y.aatest
check "also from elsewhere" sh -c "cd / && '$yoroi' test -b '$work/policy' '$work/sub/y.aatest'"
check "expectations come from standard input, too" sh -c "'$yoroi' test -b policy - <<'X' | grep -q '^ok 1 - stdin:2: '
profile web.aa
allow /etc/x r,
X"
"$yoroi" compile -b policy --quiet --features debian-6.1 -o web.image web.aa
says "an image is asked as well" 1 "ok 1 - x.aatest:2: allow /etc/x r,
not ok 2 - x.aatest:3: deny /etc/x r,
# expected: deny
# got:      allow quiet" "profile web.image
allow /etc/x r,
deny /etc/x r," --features debian-6.1

# Coverage.
cat >some.aatest <<'END'
profile web.aa
allow /etc/passwd r,
deny /etc/shadow r,
allow owner /home/x r,
child kid
deny /x r,
END
t some.aatest >whole
check "rules that nothing exercised are told" diff <(sed -n '/^#/p' whole) - <<'END'
# not tested: web.aa:4:3: /usr/sbin/nginx ix,
# not tested: web.aa:6:3: network inet tcp,
# not tested: web.aa:8:3: audit /var/log/** w,
# not tested: web.aa:9:3: /usr/bin/id px -> idp,
# not tested: web.aa:10:3: /usr/bin/sudo Px,
# not tested: web.aa:14:5: /kid r,
# not tested: web.aa:17:5: /hat r,
# coverage: 3 of 10 rules
END
check "those of includes on request" sh -c "'$yoroi' test -b policy --includes some.aatest | grep -qx '# not tested: policy/rules:2:1: /run/y w,'"
ends "less than is wanted fails" 1 "^not ok 5 - coverage is at least 31%" t --coverage-min 31 some.aatest
ends "as much as is wanted does not" 0 "^ok 5 - coverage is at least 30%" t --coverage-min 30 some.aatest
printf 'profile web.aa\ndeny /etc/x w,\n' >none.aatest
ends "the nearest rule is not exercised" 0 "^# coverage: 0 of 10 rules" t none.aatest
printf 'profile h.aa\ndeny /a r,\n' >h.aatest
printf 'profile h {\n  /a r,\n  deny /a r,\n  capability chown,\n  set rlimit nofile <= 5,\n}\n' >h.aa
check "nor is one that a deny hides" sh -c "'$yoroi' test -b policy h.aatest | grep -qx '# not tested: h.aa:2:3: /a r,'"
printf 'allow capability chown,\nallow set rlimit nofile <= 5,\n' >>h.aatest
ends "what no automaton decides counts" 0 "^# coverage: 3 of 4 rules" t h.aatest
{
	echo 'profile many {'
	for i in 1 2 3 4 5 6 7; do echo "  /m/{x,$i} r,"; done
	echo '}'
} >many.aa
printf 'profile many.aa\nallow /m/x r,\n' >many.aatest
ends "all rules that decide count, not only those that are named" 0 "^# coverage: 7 of 7 rules" t many.aatest
printf 'profile web.image\nallow /etc/x r,\n' >image.aatest
ends "of an image nothing is known" 1 "^# of an image no rules are known" \
	t --features debian-6.1 --coverage-min 0 image.aatest
printf 'abi "%s/features/everything",\nprofile u {\n  userns create,\n}\n' "$YOROI_PROFILES" >u.aa
printf 'profile u.aa\nallow userns create,\n' >u.aatest
ends "a rule that the kernel does not have is not exercised" 0 "^# coverage: 0 of 1 rules" t --for debian-6.1 u.aatest
ends "kernels add up" 0 "^# coverage: 1 of 1 rules" t --for debian-6.1,debian-7.2 u.aatest

# Wrong lines: told with their place, and the rest is asked.
wrong "an unknown word" 2 1 "a line begins with 'allow', 'deny', 'profile', 'child', 'hat' or 'features'; did you mean 'allow'? [bad-word]" 'alow /x r,'
wrong "another, near nothing" 2 1 "a line begins with 'allow', 'deny', 'profile', 'child', 'hat' or 'features' [bad-word]" '/etc/passwd r,'
wrong "the policy language's order" 2 1 "'allow' or 'deny' comes first, as in 'deny audit /etc/passwd w,' [syntax]" 'audit deny /x r,'
wrong "no access" 2 1 "behind 'deny' stands an access, such as '/etc/passwd r,' [syntax]" 'deny'
wrong "none behind 'quiet'" 2 1 "behind 'deny' stands an access, such as '/etc/passwd r,' [syntax]" 'deny quiet  # none'
wrong "none before an arrow" 2 1 "behind 'allow' stands an access, such as '/etc/passwd r,' [syntax]" 'allow , -> inherit'
wrong "a wildcard, at its column" 2 19 "an access names one thing, and '*' stands for many; '\\*' is the character itself [bad-pattern]" '  deny quiet /etc/* r,'
wrong "a qualifier inside" 2 7 "an access has no 'audit', 'allow', 'deny', 'prompt' or 'priority'" 'allow deny /x r,'
wrong "two accesses" 2 14 "one access is asked about at a time, and this is another [syntax]" 'allow /x r,  /y r,'
wrong "a transition of what is denied" 2 11 "what is denied leads nowhere: '->' belongs to 'allow' [conflict]" 'deny /x x, -> inherit'
wrong "an unknown transition" 2 16 "this is no transition; there are 'inherit', 'unconfined', 'profile NAME'" 'allow /x x, -> px'
wrong "an empty one" 2 12 "this is no transition; there are" 'allow /x x, ->'
wrong "features without kernels" 2 1 "behind 'features' stands one kernel or several [syntax]" $'features\nfeatures everything'
wrong "an unknown kernel" 2 10 "features: there is no file 'nokernel'" $'features nokernel\nallow /x r,\nfeatures everything'
wrong "too many kernels" 2 97 "these are more than 32 kernels [limit]" "features$(printf ' %s' {1..33})
features everything"
wrong "a child without a name" 2 1 "behind 'child' stands the name of a child [syntax]" $'child\nprofile web.aa'
wrong "a hat with two" 2 9 "behind 'hat' stands the name of a hat, and nothing else [syntax]" $'hat cap b\nprofile web.aa'
wrong "a profile without a file" 2 1 "behind 'profile' stands a file, and a profile's name if there are several [syntax]" $'profile\nchild x\nallow /x r,\nprofile web.aa'
wrong "an open quote" 2 9 "this quote is never closed [syntax]" $'profile "web.aa\nprofile web.aa'
wrong "an empty one" 2 9 "nothing is quoted here [syntax]" $'profile ""\nprofile web.aa'
wrong "a long name" 2 9 "this is longer than 4096 bytes, the most that a name may have [limit]" "profile $(printf 'a%.0s' {1..5000})
profile web.aa"
printf 'allow /x r,\nchild x\nprofile web.aa\nallow /etc/x r,\n' >x.aatest
ends "an expectation of nobody" 2 "^# x.aatest:1:1: error: no profile is named yet: 'profile FILE' comes first \[missing\]" t x.aatest
ends "a child of nobody" 2 "^# x.aatest:2:7: error: no profile is named yet" t x.aatest
says "what a wrong line spoils is not asked" 2 "not ok 1 - x.aatest:1: profile
# x.aatest:1:1: error: behind 'profile' stands a file, and a profile's name if there are several [syntax]
# profile
# ^~~~~~~
not ok 2 - x.aatest:2: allow /x r,
# not asked: see line 1
ok 3 - x.aatest:4: allow /etc/x r," "profile
allow /x r,
profile web.aa
allow /etc/x r,"
printf '# nothing\nprofile web.aa\n' >x.aatest
ends "a file that expects nothing" 2 "^# there is no expectation in this file" t x.aatest

# Profiles that cannot be asked.
printf 'profile nowhere.aa\nallow /x r,\nprofile web.aa\nallow /etc/x r,\n' >x.aatest
ends "a profile file that is missing" 3 "open 'nowhere.aa': No such file" t x.aatest
cp out kept
check "fails what is expected of it" grep -qx 'not ok 2 - x.aatest:2: allow /x r,' kept
check "and the rest is asked" grep -qx 'ok 3 - x.aatest:4: allow /etc/x r,' kept
echo 'profile x { /a rz, }' >bad.aa
printf 'profile bad.aa\nallow /x r,\n' >x.aatest
ends "one with mistakes" 1 "^bad.aa:1:16: error" t x.aatest
printf 'profile web.aa wob\nallow /x r,\nprofile web.aa\nhat kip\nallow /x r,\n' >x.aatest
ends "a name that is not there" 2 "there is no profile 'wob'; did you mean 'web'" t x.aatest
ends "a hat that is not there" 2 "there is no profile 'web//kip'; did you mean 'web//kid'" t x.aatest
printf 'profile -\nallow /x r,\n' >x.aatest
ends "standard input is no profile of a file" 3 "open './-'" t x.aatest
printf 'profile .\nallow /x r,\n' >x.aatest
ends "nor is a folder" 3 "not a regular file" t x.aatest

sed 's/nginx {/nginx flags=(complain) {/' web.aa >complain.aa
printf 'profile complain.aa\ndeny /x r,\ndeny /y r,\n' >x.aatest
ends "complain mode is told" 0 "profile 'web' is in complain mode: what is denied here is logged and allowed" \
	t --for debian-6.1,debian-7.2 x.aatest
cp out kept
check "once" test "$(grep -c 'complain mode' kept)" = 1

# The command line.
ends "no file" 2 "which expectations" t
ends "a missing file" 3 "open 'no.aatest': No such file" t no.aatest some.aatest
cp out kept
check "the others are read" grep -q '^ok 1 - some.aatest:2' kept
ends "a wrong percentage" 2 "'101' is no percentage" t --coverage-min 101 some.aatest
ends "another" 2 "'5x' is no percentage" t --coverage-min 5x some.aatest
ends "an unknown kernel of --for" 3 "no file 'nokernel'" t --for nokernel some.aatest
ends "no kernel of --for" 2 "names no kernel" t --for , some.aatest
ends "both" 2 "both name the kernel" t --for debian-6.1 --features debian-6.1 some.aatest
ends "JUnit on standard output" 2 "needs a file" t --junit - some.aatest
ends "what others take and this does not" 2 "no option '--jobs'" t --jobs 2 some.aatest
ends "JUnit that cannot be written" 3 "write 'no/where.xml'" t --junit no/where.xml some.aatest

# JUnit and JSON.
printf 'profile web.aa\nallow /etc/x r,\nallow /srv/<&\x01\xff r,\nallow /etc/* r,\nallow /usr/sbin/nginx x, -> inherit\nprofile gone.aa\nallow /x r,\n' >x.aatest
t --junit out.xml --coverage-min 99 some.aatest x.aatest >/dev/null 2>&1
check "JUnit says all" python3 - out.xml <<'END'
import sys, xml.etree.ElementTree as E
r = E.parse(sys.argv[1]).getroot()
assert (r.get("tests"), r.get("failures"), r.get("errors")) == ("11", "3", "2"), r.attrib
s = r.findall("testsuite")
assert [x.get("name") for x in s] == ["some.aatest", "x.aatest", "coverage"]
c = s[1].findall("testcase")
assert [x[0].tag if len(x) else "" for x in c] == ["", "failure", "error", "", "failure", "error"]
assert c[1][0].get("message") == "expected allow, got deny audit" and "no rule" in c[1][0].text
assert c[1].get("line") == "3" and c[1].get("name").startswith("line 3: allow /srv/<&")
assert "stands for many" in c[2][0].get("message") and "^" in c[2][0].text
assert "4 of 10" in s[2][0][0].text
END
t --json some.aatest x.aatest >json 2>errors
check "JSON says all" jq -en 'input | 
	.summary == {passed: 6, failed: 2, wrong: 1, notAsked: 1} and
	.coverage.rules == 10 and .coverage.tested == 4 and
	.coverage.notTested[0] == {file: "web.aa", line: 6, column: 3, text: "network inet tcp,", profile: "web"} and
	(.tests | length) == 10 and
	.tests[1].answer.rules[0].line == 5 and .tests[1].got == "deny quiet" and
	.tests[6].result == "wrong" and .tests[6].errors[0].column == 12 and
	.tests[9].why == "not asked: see line 6"' json

# Hostile files.
{
	echo 'profile web.aa'
	printf 'allow /' && head -c 1000000 /dev/zero | tr '\0' a && echo ' r,'
	head -c 1000000 /dev/zero | tr '\0' '"' && echo
	printf 'features' && head -c 1000000 /dev/zero | tr '\0' ' ' && echo '"'
	printf 'allow /a\0b r,\n\0\n'
	printf 'features everything\nallow /etc/x r,'
} >long.aatest
ends "lines of a megabyte and NUL bytes" 2 "^# long.aatest:2:7: error: the access is longer than 65536 bytes" t long.aatest
cp out kept
check "NUL bytes are told" grep -qx '# long.aatest:5:9: error: a NUL byte \[syntax\]' kept
check "and what follows is asked" grep -qE '^ok [0-9]+ - long.aatest:8: allow /etc/x r, \[everything\]$' kept
check "what is said stays short" test "$(wc -c <kept)" -lt 20000
cp "$YOROI_PROFILES/features/everything" copied
for i in $(seq 40); do cp copied "kernel$i"; done
{
	echo 'profile web.aa'
	for i in $(seq 40); do printf 'features kernel%s\ndeny /x r,\n' "$i"; done
} >kernels.aatest
ends "kernels without end" 2 "error: more than 32 kernels in one run \[limit\]" t kernels.aatest
head -c 100000 /dev/urandom >noise.aatest
ends "noise" 2 "" t noise.aatest
head -c 9000000 /dev/zero >zero.aatest
ends "more than a file may have" 3 "zero.aatest" t zero.aatest
ln -s /dev/zero device.aatest
ends "a device" 3 "not a regular file" t device.aatest
for i in $(seq 300); do
	printf 'profile p%s {\n  /a r,\n}\n' "$i" >"p$i.aa"
	printf 'profile p%s.aa\nallow /a r,\n' "$i"
done >profiles.aatest
ends "profile files without end" 3 "more than 256 profile files in one run" t profiles.aatest
cp out kept
check "of which the first are asked" test "$(grep -c '^ok' kept)" = 256
{
	echo 'profile web.aa'
	yes 'allow capability chown,' | head -n 140000
} >endless.aatest
ends "expectations without end" 2 "error: these are more than 131072 expectations in one run \[limit\]" t endless.aatest

mkdir doc
check "what docs/testing-profiles.md shows is what happens" env PATH="$YOROI_BUILD:$PATH" \
	python3 "$YOROI_SOURCE/tests/cli/readme.py" "$YOROI_SOURCE/docs/testing-profiles.md" doc 5

# A thousand expectations.
{
	echo 'profile web.aa'
	for i in $(seq 250); do
		printf 'allow /etc/%s r,\ndeny /srv/%s w,\ndeny network inet raw,\ndeny capability chown,\n' "$i" "$i"
	done
} >thousand.aatest
begin=$(date +%s%N)
ends "a thousand expectations" 0 "^1\.\.1000" t thousand.aatest
took=$((($(date +%s%N) - begin) / 1000000))
check "are answered at once ($took ms)" \
	test "$took" -lt "$([ "${YOROI_SANITIZE:-none}" = none ] && echo 700 || echo 15000)"
finish
