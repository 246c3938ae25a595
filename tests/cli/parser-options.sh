#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# apparmor_parser's command line: what works, what is refused by name.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cat >"$work/policy/a" <<'END'
profile a { ^hat { } /x r, }
profile b /bin/b { }
END
echo 'profile c { }' >"$work/policy/c"
echo 'profile c { /x q, }' >"$work/bad"

ends "the version line is the one that dockerd parses" 0 \
	"^AppArmor parser version [0-9]+\.[0-9]+\.[0-9]+$" "$parser" --version
ends "names are listed" 0 "^a//hat$" p -N "$work/policy/a"
check "all of them in order" test "$(p -N "$work/policy/a" "$work/policy/c" | tr '\n' ' ')" = "a a//hat b c "
check "-S writes to standard output" sh -c "'$parser' --config-file=/dev/null -M '$features' -S '$work/policy/a' >'$work/s'"
check "-o writes the same to a file" p -o "$work/o" "$work/policy/a"
check "the very same" cmp "$work/s" "$work/o"
check "standard input gives the same" sh -c "'$parser' --config-file=/dev/null -M '$features' -QSK <'$work/policy/a' | cmp - '$work/s'"
check "several at once give the same" p -j4 -S "$work/policy/a" "$work/policy/c"
cp "$work/out" "$work/j4"
check "as one after the other" sh -c "'$parser' --config-file=/dev/null -M '$features' -S '$work/policy/a' '$work/policy/c' | cmp - '$work/j4'"
# Files that fail among others that do not, and an include with something to say of it in all.
mkdir "$work/policy/inc"
printf '/a r\n/b q,\n' >"$work/policy/inc/wrong"
printf '#include if exists <inc/nothing>\n/odd\\377 r,\n/d r,\n' | sed 's/\\377/\xff/' >"$work/policy/inc/odd"
for ((i = 0; i < 40; i++)); do
	printf 'profile m%d {\n  include <inc/%s>\n  /x%d r,%s\n}\n' "$i" "$([ $((i % 3)) = 0 ] && echo wrong || echo odd)" \
		"$i" "$([ $((i % 5)) = 0 ] && echo ' /y zz,')"
done | csplit -sz -f "$work/many." - '/^profile/' '{*}'
for jobs in 0 1 2 7; do
	p -Q -S --warn=all -j$jobs "$work"/many.* >"$work/j$jobs.out" 2>"$work/j$jobs.err"
	"$yoroi" check --warn all --jobs $jobs --features "$features" -b "$work/policy" "$work"/many.* >"$work/c$jobs.err" 2>&1
	check "-j$jobs tells of the same mistakes in the same order" cmp "$work/j0.err" "$work/j$jobs.err"
	check "and so does check" cmp "$work/c0.err" "$work/c$jobs.err"
done
for ((i = 0; i < 40; i++)); do
	p -Q -S --warn=all "$work/many.$(printf %02d "$i")" 2>&1 >"$work/one.out"
done >"$work/one.err"
check "which are those of one process for each" cmp "$work/one.err" "$work/j7.err"
check "and there are some" grep -q "many.39:2:[0-9]* *note.*is included from here\|many.39:2.*included from here" "$work/one.err"
rm -r "$work/policy/inc" "$work"/many.*
ends "one bad file leaves no output" 1 "bad:1:[0-9]+: error" p -o "$work/none" "$work/policy/a" "$work/bad"
check "really none" test ! -e "$work/none"
ends "--abort-on-error stops" 1 "bad:1" p -Q --abort-on-error "$work/bad" "$work/policy/nowhere"
check "before the next file" sh -c "! grep -q nowhere '$work/out'"
ends "without it the rest goes on, and the last failure is told" 2 "nowhere" p -Q "$work/bad" "$work/policy/nowhere"
check "a directory is all its files" p -Q "$work/policy"
echo junk >"$work/policy/x.dpkg-old"
echo junk >"$work/policy/.hidden"
echo junk >"$work/policy/x~"
check "but for what package managers and editors leave" p -Q "$work/policy"
mkdir "$work/policy/disable" "$work/policy/force-complain"
ln -s ../c "$work/policy/disable/c"
ends "a disabled file is skipped and said so" 0 "skipping .*/c" p -Q "$work/policy/c"
rm "$work/policy/disable/c"
p -S "$work/policy/c" >"$work/plain" 2>/dev/null
p -C -S "$work/policy/c" >"$work/complain" 2>/dev/null
ln -s ../c "$work/policy/force-complain/c"
p -S "$work/policy/c" >"$work/forced" 2>/dev/null
check "force-complain is -C" cmp "$work/complain" "$work/forced"
check "and -C makes a difference" sh -c "! cmp -s '$work/plain' '$work/complain'"

echo 'include "rel"' >"$work/quoted"
echo 'profile rel { }' >"$work/policy/rel"
ends "a quoted include is looked for below the base" 0 "^rel$" p -N "$work/quoted"
mkdir "$work/more"
echo 'profile more { }' >"$work/more/m"
echo 'include <m>' >"$work/angle"
ends "-I adds a place" 0 "^more$" p -I "$work/more" -N "$work/angle"
ends "the abi of a features file" 0 "" p --policy-features "$features" --kernel-features "$features" -Q "$work/policy/a"
ends "no features, no guess" 3 "features" env YOROI_SECURITYFS="$work/no" YOROI_PARAMS="$work/no" \
	"$yoroi" compile -o "$work/x" "$work/policy/a"

for option in -d -X "-D dfa-stats" "-m x" --debug-cache --skip-bad-cache --skip-bad-cache-rebuild \
	"--dfa-cache-loc=x" --show-dfa-cache "--estimated-compile-size=3"; do
	word=${option%%[ =]*}
	# shellcheck disable=SC2086 # some have a value
	ends "$word is refused by name" 1 "'?$word.* is not supported by Yoroi" p $option "$work/policy/a"
done
ends "-O takes upstream's words" 0 "" p -Q -O no-expr-simplify -O compress-fast "$work/policy/a"
# What -O and -c make of the image: a range of sizes says enough here, the unit tests the rest.
# size FEATURES [OPTION...]
size()
{
	local name=$1
	shift
	"$parser" --config-file=/dev/null -q -K -S -M "$YOROI_SOURCE/profiles/features/$name" "$@" \
		"$work/forms" | wc -c
}
{
	echo 'profile forms { /** r,'
	for n in $(seq 60); do echo "  owner /usr/{,local/}lib$n/*.so* mr,"; done
	echo '}'
} >"$work/forms"
check "-O no-diff-encode keeps rows whole" \
	test "$(size debian-7.2 -O no-diff-encode)" -gt "$(size debian-7.2)"
check "-O 0 too" test "$(size debian-7.2 -O 0)" = "$(size debian-7.2 -O no-diff-encode)"
check "and -O diff-encode asks for nothing that 6.1 cannot read" \
	test "$(size debian-6.1 -O diff-encode)" = "$(size debian-6.1)"
check "-O equiv makes another image" test "$(size debian-6.1 -O equiv)" != "$(size debian-6.1)"
check "the last word counts" test "$(size debian-6.1 -O equiv -O no-equiv)" = "$(size debian-6.1)"
check "what is for 7.3 is compressed" test "$(size debian-7.3)" -lt $(($(size debian-7.2) / 2))
check "but not with -c0" test "$(size debian-7.3 -c0)" = "$(size debian-7.2)"
check "nor for others" test "$(size debian-7.2 -c19)" = "$(size debian-7.2)"
check "more is smaller" test "$(size debian-7.3 -csmall)" -lt "$(size debian-7.3 -c1)"
ends "a level is a number or a word" 1 "'x' is no level of compression" p -Q -cx "$work/policy/a"
ends "and no others" 1 "no optimization is called 'frob'" p -Q -O frob "$work/policy/a"
ends "an unknown option is named" 1 "no option '--frob'" p --frob
ends "a missing value is told" 1 "'-o' needs a value" p -o
for pair in "-r -R" "-a -r" "-N -R" "-r -S" "-r -o $work/none"; do
	# shellcheck disable=SC2086 # two options
	ends "$pair are two different things" 1 "two different things" p -Q $pair "$work/policy/a"
done
ends "the same twice is no mistake" 0 "" p -Q -r -r "$work/policy/a"
ends "without a kernel's AppArmor it ends with 1" 1 "AppArmor" \
	env YOROI_PARAMS="$work/no" "$parser" --config-file=/dev/null -f "$work/no" -r "$work/policy/a"
ends "features that are not there are told" 1 "nowhere" p -Q -M "$work/nowhere" "$work/policy/a"
ends "all cache folders are told" 0 "^$work/c2/[0-9a-f]{16}\.0$" \
	p --print-cache-dir -L "$work/c1,$work/c2"
ends "the first one too" 0 "^$work/c1/[0-9a-f]{16}\.0$" \
	p --print-cache-dir -L "$work/c1,$work/c2"
ends "a comma in a folder's name is escaped" 0 "^$work/c1,c2/" \
	p --print-cache-dir -L "$work/c1\\,c2"
ends "names in a namespace are written as upstream does" 0 "^:ns://a//hat$" p -n ns -N "$work/policy/a"
echo 'profile :in:b { }' >"$work/inside"
ends "also those that name it themselves" 0 "^:in://b$" p -N "$work/inside"
ends "--jobs=max is one for each processor" 0 "" p --jobs=max --max-jobs=2 -Q "$work/policy/a"
check "/dev/stdin is standard input" \
	sh -c "cat '$work/policy/a' | '$parser' --config-file=/dev/null -N /dev/stdin | grep -q '^a//hat$'"
echo '#include <a>' >"$work/pound"
ends "--Werror leaves alone what nobody asked about" 0 "" p -Q --Werror "$work/pound"
ends "unless it is asked about" 1 "pound-include" p -Q --warn=pound-include --Werror "$work/pound"

printf '# comment\n  policy-features=%s\n\nOptimize=compress-fast\n  cache-loc \t%s/blank \nquiet\n' \
	"$features" "$work" >"$work/conf"
check "a configuration file is read" "$parser" --config-file="$work/conf" -M "$features" -Q "$work/policy/a"
ends "blanks part a name and its value too" 0 "^$work/blank/" \
	"$parser" --config-file="$work/conf" -M "$features" --print-cache-dir
echo dump >"$work/conf"
ends "and its options are judged alike" 1 "config file '$work/conf'" \
	"$parser" --config-file="$work/conf" -Q "$work/policy/a"

# Loading, with a scratch folder for the kernel.
export YOROI_PARAMS=$work/params YOROI_PROC=$work/proc
mkdir -p "$work/params" "$work/proc/self/attr/apparmor" "$work/fs/features"
echo Y >"$work/params/enabled"
echo unconfined >"$work/proc/self/attr/apparmor/current"
: >"$work/fs/.load"
: >"$work/fs/.replace"
: >"$work/fs/.remove"
check "-a loads" p -f "$work/fs" -a "$work/policy/a"
check "through .load" cmp "$work/fs/.load" "$work/s"
check "-r replaces" p -f "$work/fs" -r "$work/policy/a"
check "through .replace" cmp "$work/fs/.replace" "$work/s"
ends "-v says so" 0 'Replacement succeeded for "a//hat"' p -f "$work/fs" -rv "$work/policy/a"
check "-Q loads nothing" sh -c ": >'$work/fs/.load'; '$parser' --config-file=/dev/null -M '$features' -f '$work/fs' -Q '$work/policy/a' && test ! -s '$work/fs/.load'"
: >"$work/fs/.replace"
check "-B hands an image on" p -f "$work/fs" -rB "$work/complain"
check "as it is" cmp "$work/fs/.replace" "$work/complain"
check "-R removes" p -f "$work/fs" -R "$work/policy/c"
check "by name" test "$(tr -d '\0' <"$work/fs/.remove")" = c

finish
