#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `yoroi format` as a command, and apparmor_parser's -p: what they print, change and refuse. What
# formatting itself promises is in tests/language/format.sh.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

bad='profile  a{ }'
printf 'profile  a   {\n/b   r,\n}\n' >"$work/ugly"
printf 'profile a {\n  /b r,\n}\n' >"$work/fine"
printf '# nothing\nprofile a { capability chwon, }\n' >"$work/wrong"
printf '  owner /a r,\n' >"$work/rules"

check "a file is printed in the style" sh -c "'$yoroi' format '$work/ugly' | cmp - '$work/fine'"
check "so is standard input" sh -c "'$yoroi' format <'$work/ugly' | cmp - '$work/fine'"
check "and '-'" sh -c "'$yoroi' format - <'$work/ugly' | cmp - '$work/fine'"
check "rules without a profile are policy, too" \
	sh -c "echo 'owner r   /a,' | '$yoroi' format | cmp - '$work/rules'"
check "an empty text stays empty" sh -c "test -z \"\$('$yoroi' format </dev/null)\""
ends "what is wrong is told with its place" 1 "wrong:2:24: error: no capability is called 'chwon'" \
	"$yoroi" format "$work/wrong"
check "and nothing is printed" sh -c "test -z \"\$('$yoroi' format '$work/wrong' 2>/dev/null)\""
echo "$bad" >"$work/worse"
ends "a brace in a name is told" 1 "a space is missing before" "$yoroi" format "$work/worse"
ends "two files are too many to print" 2 "several files go with" \
	"$yoroi" format "$work/ugly" "$work/fine"
ends "a file that is not there is told" 3 "cannot read '$work/none'" "$yoroi" format "$work/none"
mkfifo "$work/fifo"
ends "a FIFO does not hold us" 3 "not a regular file" timeout 10 "$yoroi" format "$work/fifo"
ends "binary input is no policy" 1 "NUL byte" sh -c "printf 'a\\0b' | '$yoroi' format"
ends "output that cannot be written is told" 3 "write standard output" \
	sh -c "'$yoroi' format '$work/ugly' >/dev/full"

# --check
ends "--check names what would change" 1 "^$work/ugly\$" "$yoroi" format --check "$work/ugly" "$work/fine"
check "and only that" \
	sh -c "test \"\$('$yoroi' format --check '$work/ugly' '$work/fine' | wc -l)\" = 1"
ends "--check is content with what is fine" 0 "" "$yoroi" format --check "$work/fine" "$work/rules"
check "and silent" sh -c "! '$yoroi' format --check '$work/fine' 2>&1 | grep ."
ends "--check tells mistakes" 1 "chwon" "$yoroi" format --check "$work/fine" "$work/wrong"
ends "--check and --in-place contradict each other" 2 "changes nothing" \
	"$yoroi" format --check --in-place "$work/ugly"

# --in-place
folder=$work/folder
mkdir "$folder"
cp "$work/ugly" "$folder/one"
cp "$work/wrong" "$folder/wrong"
cp "$work/fine" "$folder/fine"
cp "$work/ugly" "$folder/two~"
chmod 640 "$folder/one"
[ "$(id -u)" -ne 0 ] || chown 7:8 "$folder/one"
was=$(stat -c '%a %u %g' "$folder/one")
touch -d @1000000000 "$folder/fine"
ends "--in-place takes a folder, and goes on behind a mistake" 1 "chwon" \
	"$yoroi" format --in-place "$folder"
check "it changes what is not in the style" cmp "$folder/one" "$work/fine"
check "with its mode and owner" test "$(stat -c '%a %u %g' "$folder/one")" = "$was"
check "but no file with a mistake" cmp "$folder/wrong" "$work/wrong"
check "nor one that is fine" test "$(stat -c %Y "$folder/fine")" = 1000000000

# Killed while it writes: the old file stays, and what is left is no policy.
mkdir "$work/cut"
cp "$work/ugly" "$work/cut/ugly"
(ulimit -f 0 && "$yoroi" format -i "$work/cut/ugly") 2>/dev/null
check "a crash leaves the old file" cmp "$work/cut/ugly" "$work/ugly"
check "and nothing that would be read as policy" test "$(ls "$work/cut")" = ugly
check "nor what is no policy file" cmp "$folder/two~" "$work/ugly"
check "and leaves nothing else behind" \
	test "$(find "$folder" -mindepth 1 -printf '%f\n' | sort | tr '\n' ' ')" = "fine one two~ wrong "
cp "$work/ugly" "$work/aim"
ln -s ../aim "$folder/link"
check "-i goes through a symbolic link" "$yoroi" format -i "$folder/link"
check "which stays one" test -L "$folder/link"
check "to the file in the style" cmp "$work/aim" "$work/fine"
cp "$work/ugly" "$folder/hard"
ln "$folder/hard" "$work/name"
ends "a file with two names stays as it is" 3 "other names" "$yoroi" format -i "$folder/hard"
check "under both" cmp "$work/name" "$work/ugly"
ends "standard input cannot be changed" 2 "needs a file" "$yoroi" format -i
if [ "$(id -u)" -ne 0 ]; then
	cp "$work/ugly" "$folder/one"
	chmod 555 "$folder"
	ends "a folder that is not ours is told" 3 "write '" "$yoroi" format -i "$folder/one"
	check "and its file stays" cmp "$folder/one" "$work/ugly"
	chmod 755 "$folder"
fi

# apparmor_parser -p
mkdir "$work/policy/some"
printf '# one\n  /one r,' >"$work/policy/some/one"
printf '/two r, # two\ninclude <some/one>\n' >"$work/policy/some/two"
printf '@{A}=a\n' >"$work/policy/tunable"
cat >"$work/main" <<'END'
include <tunable>
profile a { # include <some/one>
  include <some>  # behind
  include if exists <nope>
  #include <some/two>
}
profile b {
  include <some/two>
}
END
cat >"$work/whole" <<'END'


##included <tunable>
@{A}=a

profile a { # include <some/one>
  

##included <some>
# one
  /one r,
/two r, # two


##skipped duplicate include <some/one>

  # behind
  

##failed include <nope>

  

##skipped duplicate include <some/two>

}
profile b {
  

##included <some/two>
/two r, # two


##included <some/one>
# one
  /one r,


}
END
p -p "$work/main" >"$work/got" 2>"$work/out"
check "-p prints the text with its includes in it" diff -u "$work/whole" "$work/got"
p -q -S "$work/main" >"$work/a"
p -q -S "$work/got" >"$work/b"
check "which means the same" cmp "$work/a" "$work/b"
ends "-p needs no kernel" 0 "" "$parser" --config-file=/dev/null -f "$work/nowhere" -b "$work/policy" \
	--preprocess "$work/main"
ends "-p says no to what is no policy, as snapd asks" 1 "no rule begins with 'frob'" \
	sh -c "echo 'profile snap-test { frob, }' | '$parser' --config-file=/dev/null -p"
check "and prints none of it" \
	sh -c "! echo 'profile snap-test { frob, }' | '$parser' --config-file=/dev/null -p 2>/dev/null | grep ."
ends "and yes to what is" 0 "userns" \
	sh -c "echo 'profile snap-test { userns, }' | '$parser' --config-file=/dev/null --preprocess"
ends "-p tells an include that is missing" 1 "there is no 'none' in" \
	sh -c "echo 'include <none>' | '$parser' --config-file=/dev/null -b '$work/policy' -p"
ends "-p and -S are two things" 1 "two different things" p -p -S "$work/main"
ends "-p and -B as well" 1 "not supported" p -p -B "$work/main"
finish
