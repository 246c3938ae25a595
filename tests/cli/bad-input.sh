#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Hostile and broken input: a clear error, bounded time and memory, nothing left behind.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Compile with a cache that would be written, within the bounds that no input may break.
bounded()
{
	(
		# A sanitizer build maps terabytes of shadow: it is bounded by time alone.
		[ -n "${YOROI_SANITIZED-}" ] || ulimit -v $((1 << 20))
		timeout 60 "$parser" --config-file=/dev/null -M "$features" -b "$work/policy" \
			-Q -W -L "$work/cache" "$@"
	)
}
if "$yoroi" version >/dev/null && nm -D "$yoroi" 2>/dev/null | grep __asan_init >/dev/null; then
	export YOROI_SANITIZED=1
fi

refused()
{
	local name=$1 pattern=$2
	shift 2
	ends "$name" 1 "$pattern" bounded "$@"
	check "$name: no cache entry" test -z "$(find "$work/cache" -type f 2>/dev/null)"
}

cat >"$work/ten" <<'END'
profile ten {
  capability chwon,
  /a qq,
  network inett,
  signal set=nosignal,
  ptrace reed,
  /b r w,
  mount options=rr /a -> /b,
  set rlimit nofiles <= 10,
  frobnicate,
  @{NOWHERE}/x r,
}
END
ends "ten mistakes end with a refusal" 1 "" bounded "$work/ten"
cp "$work/out" "$work/told"
for line in 2 3 4 5 6 7 8 9 10 11; do
	check "the mistake of line $line is told with line and column" \
		grep -qE "ten:$line:[0-9]+: error: " "$work/told"
done
check "and nothing else is told" test "$(grep -c ': error: ' "$work/told")" = 10
check "no cache entry is left of it" test -z "$(find "$work/cache" -type f 2>/dev/null)"

head -c 65536 /dev/urandom >"$work/junk"
refused "binary junk" "junk:[0-9]+:[0-9]+: error" "$work/junk"
printf 'profile p {\n /a r,\n \0\0\0 /b r,\n}\n' >"$work/nul"
refused "a NUL byte in the text" "nul:3:[0-9]+: error" "$work/nul"
truncate -s 100M "$work/huge"
refused "a file of 100 MB" "huge.*(too large|larger)" "$work/huge"
echo 'include <not/there>' >"$work/missing"
refused "a missing include" "missing:1:[0-9]+: error: .*not/there" "$work/missing"
echo "include \"$work/loop\"" >"$work/loop"
refused "an include loop" "loop" "$work/loop"
{
	echo 'profile deep {'
	yes '{' | head -n 10000 | tr -d '\n'
} >"$work/deep"
refused "braces nested 10,000 deep" "deep:[0-9]+:[0-9]+: error" "$work/deep"
{
	echo 'profile deep {'
	for ((i = 0; i < 10000; i++)); do echo "profile p$i {"; done
} >"$work/profiles"
refused "profiles nested 10,000 deep" "profiles:[0-9]+:[0-9]+: error" "$work/profiles"
printf 'profile p {\n /%s r,\n}\n' "$(printf '{%.0s' {1..10000})" >"$work/braces"
refused "alternations nested 10,000 deep" "braces:2:[0-9]+: error" "$work/braces"
printf '@{A}=a b c d e f g h i j\nprofile p {\n /%s r,\n}\n' \
	"$(printf '@{A}%.0s' {1..9})" >"$work/cartesian"
check "variables that stand for 10^9 texts compile in bounds" bounded -K "$work/cartesian"
printf '@{A}=a b c d e f g h i j\n@{B}=%s\nprofile p {\n /@{B} r,\n}\n' \
	"$(printf '@{A}%.0s' {1..9})" >"$work/values"
refused "a variable with 10^9 values" "values:[0-9]+:[0-9]+: error" "$work/values"
printf '@{A}=@{B}\n@{B}=@{A}\nprofile p {\n /@{A} r,\n}\n' >"$work/circle"
refused "variables in a circle" "circle:[0-9]+:[0-9]+: error" "$work/circle"
: >"$work/empty"
refused "an empty file" "empty" "$work/empty"
mkfifo "$work/fifo"
refused "a FIFO" "fifo.*is a FIFO, not a file" "$work/fifo"
ends "a file that is not there ends with 2, as upstream" 2 "nowhere" bounded "$work/nowhere"
mkdir "$work/folder"
ends "an empty directory" 0 "no policy file in .*folder" bounded "$work/folder"
ends "which yoroi takes for a mistake" 1 "no policy file in .*folder" "$yoroi" check "$work/folder"
refused "a device" "is a device, not a file" /dev/zero

# An alternation with 10^9 spellings is no mistake: it costs its length, not its spellings.
printf 'profile p {\n /%s r,\n}\n' "$(printf '{a,b}%.0s' {1..30})" >"$work/spellings"
check "an alternation that stands for 10^9 texts compiles in bounds" bounded -K "$work/spellings"
{
	echo 'profile p {'
	for ((i = 0; i < 24; i++)); do
		printf ' /**%s r,\n' "$(printf 'a%.0s' $(seq "$((i % 5 + 1))"))[ab]$(printf '?%.0s' {1..20})"
	done
	echo '}'
} >"$work/explosion"
refused "an automaton that explodes" "explosion:[0-9]+:[0-9]+: error.*automaton" "$work/explosion"

# What is said of much that is wrong costs little and can be read.
refused_soon()
{
	local name=$1 file=$2 pattern=$3
	ends "$name" 1 "$pattern" frugal "$parser" --config-file=/dev/null -M "$features" -b "$work/policy" -Q -K "$work/$file"
	check "$name: in less than 200 KiB" test "$(stat -c %s "$work/out")" -lt 204800
}
# Ten seconds of a processor, however busy the machine is, and as much memory as bounded() gives.
frugal()
{
	(
		if [ -z "${YOROI_SANITIZED-}" ]; then
			ulimit -v $((1 << 20))
			ulimit -t 10
		fi
		timeout 120 "$@"
	)
}
{
	echo 'profile p {'
	yes '  /a rz,' | head -n 300000
	echo '}'
} >"$work/mistakes"
refused_soon "300,000 mistakes" mistakes "299800 more findings are not shown"
printf 'profile p {\n  /%s rz, /%s r,\n}\n' "$(head -c 1000000 /dev/zero | tr '\0' a)" \
	"$(head -c 1000000 /dev/zero | tr '\0' b)" >"$work/line"
refused_soon "a line of two megabytes" line "line:2:1000005: error: 'rz' are not"
check "is shown around the mistake" test "$(wc -L <"$work/out")" -lt 300
{
	echo 'profile p {'
	yes '  signal set=(hup int' | head -n 200000
} >"$work/parentheses"
refused_soon "200,000 parentheses that are never closed" parentheses "2:14: error: this '\(' is never closed"
{
	echo 'profile p {'
	yes '  "/a \" r,' | head -n 200000
} >"$work/quotes"
refused_soon "200,000 quotes that are never closed" quotes "error: this quote is"
{
	for ((i = 0; i < 100000; i++)); do echo "@{VARIABLE_NUMBER_$i}=x"; done
	echo 'profile p {'
	for ((i = 0; i < 300; i++)); do echo "  /@{VARIABLE_NUMBR_X$i} r,"; done
	echo '}'
} >"$work/variables"
refused_soon "300 misspelt names among 100,000 variables" variables "is not defined"
{
	echo 'profile p {'
	for ((i = 0; i < 500; i++)); do echo "  /bin/a* px -> t$((i % 12)),"; done
	echo '}'
} >"$work/execs"
refused_soon "500 rules that contradict each other" execs "two rules let '/bin/a' be executed"
yes '^a { x ' | head -n 100000 | tr -d '\n' >"$work/heads"
refused_soon "100,000 hats in a line" heads "error"

chmod 0 "$work/nul"
if [ "$(id -u)" != 0 ]; then
	refused "a file that may not be read" "nul.*Permission denied" "$work/nul"
fi
finish
