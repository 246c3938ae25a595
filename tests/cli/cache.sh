#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The cache brings back what was compiled from the same text, and nothing else.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mkdir -p "$work/policy/abstractions"
echo '/inc r,' >"$work/policy/abstractions/inc"
cat >"$work/policy/one" <<'END'
profile one { include <abstractions/inc> /a r, }
END
cached()
{
	p -Q -W -k -L "$work/cache" "$@" "$work/policy/one"
}

ends "the first time misses" 0 "Cache miss: $work/policy/one" cached
ends "the second time hits" 0 "Cache hit: $work/policy/one" cached
echo '/inc rw,' >"$work/policy/abstractions/inc"
touch -d '2001-01-01' "$work/policy/abstractions/inc"
ends "a changed include with an old date misses" 0 "Cache miss" cached
ends "and is kept" 0 "Cache hit" cached
entry=$(find "$work/cache" -type f)
check "there is one entry" test "$(echo "$entry" | wc -l)" = 1
touch -d '2099-01-01' "$entry" "$work/policy/one"
ends "times do not matter" 0 "Cache hit" cached
sed -i 's,/a r,/a w,' "$work/policy/one"
touch -d '1999-01-01' "$work/policy/one"
ends "an entry from the future keeps no old policy" 0 "Cache miss" cached
ends "complain mode is another image" 0 "Cache miss" cached -C
ends "a namespace is another image" 0 "Cache miss" cached -n ns
ends "back again it is compiled again" 0 "Cache miss" cached
ends "-T does not read" 0 "" cached -T
check "so it says nothing of a hit" sh -c "! grep -q 'Cache hit' '$work/out'"
ends "-K does nothing" 0 "" cached -K
silent "and says nothing"

# The same two texts, and yet another policy: what <x> means counts, not just what was read.
mkdir -p "$work/with" "$work/without"
echo '/secret rw,' >"$work/with/x"
cat >"$work/policy/two" <<END
profile first { include "$work/with/x" }
profile second { include if exists <x> }
END
two()
{
	p -Q -W -k -L "$work/cache" "$@" "$work/policy/two"
}
ends "an include that is not found is remembered" 0 "Cache miss" two -I "$work/without"
ends "so is the next answer" 0 "Cache hit" two -I "$work/without"
ends "found, it is another policy" 0 "Cache miss" two -I "$work/with"
rm "$work/policy/two"
echo 'profile three { dbus, }' >"$work/policy/three"
three()
{
	p -Q -W -L "$work/cache" "$@" "$work/policy/three"
}
ends "a warning does not keep from the cache" 0 "warning" three
ends "where it is an error the cache has no say" 1 "error" three --Werror=rule-not-enforced
rm "$work/policy/three"
p -q --purge-cache -L "$work/cache"
ends "purged it is compiled again" 0 "Cache miss" cached

entry=$(find "$work/cache" -type f)
printf 'x' | dd of="$entry" bs=1 seek=$(($(stat -c %s "$entry") - 5)) conv=notrunc 2>/dev/null
ends "a flipped byte is a miss" 0 "Cache miss" cached
truncate -s -7 "$entry"
ends "a truncated entry is a miss" 0 "Cache miss" cached
chmod 666 "$entry"
ends "an entry that others can write is not trusted" 0 "warning.*(write|trust)" cached
chmod 644 "$entry" 2>/dev/null
chmod 777 "$work/cache"
ends "nor is a folder" 0 "warning" cached
chmod 755 "$work/cache"

ends "the folder is told" 0 "^$work/cache/[0-9a-f]+\.0$" p --print-cache-dir -L "$work/cache"
echo mine >"$work/cache/foreign"
check "purge empties it" p --purge-cache -L "$work/cache"
check "but for what is not ours" test -e "$work/cache/foreign"
check "really" test -z "$(find "$work/cache" -type f ! -name foreign)"

echo 'profile one { /a r }' >"$work/policy/one"
ends "a mistake is told" 1 "error" cached
check "and leaves no entry" test -z "$(find "$work/cache" -type f ! -name foreign)"
ends "output to a file is not cached" 0 "" sh -c "echo 'profile one { }' >'$work/policy/one';
	'$parser' --config-file=/dev/null -M '$features' -W -L '$work/cache' -o '$work/image' '$work/policy/one'"
check "really not" test -z "$(find "$work/cache" -type f ! -name foreign)"

finish
