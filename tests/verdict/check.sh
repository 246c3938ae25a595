#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# yoroi check: what it finds in the meaning of policy, in all its forms.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

cd "$work" || exit 1
mkdir set 'an odd: name'
cat >set/a <<'EOT'
profile a /usr/bin/{a,b} {
  deny /tmp/** w,
  /tmp/x w,
  /bin/x px -> nobody,
  /bin/y px -> b,
  deny /nowhere w,
}
EOT
cat >set/b <<'EOT'
profile b /usr/bin/[bc] {
  /etc/* r,
  /etc/passwd r,
}
profile a { }
EOT
cp set/a 'an odd: name/ünï'
sed -i 's|/tmp/x w,|"/tmp/ü" w,|' 'an odd: name/ünï'

findings() { sed -nE 's/^([^ ]*): (warning|error): .*\[(.*)\]$/\1 \3/p' "$work/out"; }

ends "a folder is checked as a whole" 0 "" "$yoroi" check set
findings >got
cat >wanted <<'EOT'
set/a:3:3 never-applies
set/a:6:3 silent-deny
set/b:3:3 redundant
set/a:4:16 missing-target
set/b:5:9 duplicate
set/b:1:9 attachment
EOT
check "and everything found" diff wanted got
ends "notes have places too" 0 "set/a:2:3: note: denied here" "$yoroi" check set
ends "one file knows nothing of others" 0 "" "$yoroi" check set/a
findings >got
check "so it only has its own" diff <(head -2 wanted) got
ends "warnings can be errors" 1 "a:3:3: error: .*never-applies" "$yoroi" check --Werror set/a
ends "one of them" 1 "b:3:3: error: .*redundant" "$yoroi" check --Werror=redundant set
ends "also of the whole set" 1 "b:1:9: error: .*attachment" "$yoroi" check --Werror=attachment set
ends "and hidden" 0 "^yoroi: 2 files checked: 0 errors, 0 warnings$" "$yoroi" check --no-warn all set
cp "$work/out" said
check "all of them" sh -c '! grep -v "^yoroi: 2 files" said'
ends "the last line counts" 1 "^yoroi: 2 files checked: 1 error, 5 warnings$" \
	"$yoroi" check --Werror=redundant set
ends "without warnings where none is wanted" 1 "^yoroi: 2 files checked: 6 errors$" \
	"$yoroi" check --quiet --Werror set
ends "which says nothing when nothing is wrong" 0 "" "$yoroi" check --quiet set
silent "nothing at all"
"$yoroi" check set/a 2>said
check "nor when one file was asked about" sh -c '! grep "files checked" said'

"$yoroi" check --json set >json
check "as JSON the same" diff wanted <(jq -r '.[] | select(.severity == "warning") |
	"\(.file):\(.line):\(.column) \(.name)"' json)
"$yoroi" check --sarif set >sarif
check "as SARIF it is a log" python3 "$YOROI_SOURCE/tests/verdict/sarif.py" sarif
check "with the same in it" diff wanted <(jq -r '.runs[0].results[] |
	"\(.locations[0].physicalLocation | "\(.artifactLocation.uri):\(.region.startLine):\(.region.startColumn)") \(.ruleId)"' sarif)
check "and the deny beside what it denies" jq -en 'input | .runs[0].results[0].relatedLocations[0] |
	.message.text == "denied here" and .physicalLocation.region.startLine == 2' sarif
"$yoroi" check --sarif 'an odd: name' >sarif
check "an odd name makes a URI" python3 "$YOROI_SOURCE/tests/verdict/sarif.py" sarif
check "columns count characters" jq -en 'input | .runs[0].results[0].locations[0].physicalLocation.region |
	.startColumn == 3 and .endColumn == 13' sarif
echo 'profile x {' >broken
ends "a mistake is in it as well" 1 '"level": "error"' "$yoroi" check --sarif broken
for args in nowhere "set nowhere" "--for nowhere set" "--features nowhere set"; do
	# shellcheck disable=SC2086 # some are several words
	"$yoroi" check --sarif $args >sarif 2>/dev/null
	check "SARIF is whole for $args" python3 "$YOROI_SOURCE/tests/verdict/sarif.py" sarif
done
ends "one form at a time" 2 "exclude each other" "$yoroi" check --json --sarif set

printf 'profile u {\n  userns,\n  io_uring sqpoll,\n  dbus send,\n}\n' >u
ends "no kernel is asked unless named" 0 "" "$yoroi" check --no-warn container u
silent "so nothing is said"
"$yoroi" check --no-warn container --for debian-6.1,debian-6.12 u >told 2>&1
check "kernels are told beside each other" grep -q "u:4:3: warning: for debian-6.1, debian-6.12: dbus" told
check "and apart" grep -q "u:2:3: warning: for debian-6.1: userns" told
ends "a kernel that nobody knows" 3 "no file 'debian-9'" "$yoroi" check --for debian-9 u

printf 'profile c /c {\n  /proc/** w,\n}\n' >c
ends "who has an attachment is no container" 0 "" "$yoroi" check c
silent "so nothing is said"
ends "unless one says so" 0 "c:2:3: warning: profile 'c' allows '/proc/sysrq-trigger w,'" \
	"$yoroi" check --container c

# To the byte, in the form of tests/golden: a case NAME.aa, its command line behind "#: ".
for name in attachment class-slash container container.all missing-target never-applies redundant silent-deny; do
	read -ra words <<<"$(grep -m1 -oP '#: \K.*' "$YOROI_SOURCE/tests/golden/$name.aa" || echo check)"
	(cd "$YOROI_SOURCE/tests/golden" && "$yoroi" "${words[@]}" --features "$features" -b "$work" "$name.aa" 2>&1
		echo "exit $?") >golden
	check "$name looks as it should" diff "$YOROI_SOURCE/tests/golden/$name.out" golden
done

mkdir fs
echo 'nobody (enforce)' >fs/profiles
ends "what is loaded counts as there" 0 "" "$yoroi" check --loaded --securityfs fs set
check "when asked for" sh -c "! grep -q missing-target '$work/out'"
ends "and must be readable then" 3 "" "$yoroi" check --loaded --securityfs "$work/none" set

# Rules that overlap in every way: 2^30 sets of them.
for i in {10..40}; do
	printf '  /**%s** r,\n' "$i$i"
done | { echo 'profile big /big {'; cat; echo '  deny /nowhere w,'; echo '}'; } >big
ends "a profile that is too big to be asked is told by name" 0 "big:1:1: warning: .*profile 'big' is too large.*\[limit\]" \
	timeout 300 "$yoroi" check big

# What hostile policy may cost: ten seconds of a processor, and what is left unasked is told.
frugal()
{
	(
		if [ "${YOROI_SANITIZE-none}" = none ]; then
			ulimit -v $((1 << 20))
			ulimit -t 10
		fi
		timeout 120 "$@"
	)
}
{
	echo 'profile p {'
	path=/
	for ((i = 0; i < 2000; i++)); do path+=a && echo "  $path* rw,"; done
	echo '}'
} >nested
ends "2,000 rules that meet each other are asked about in bounds" 0 "nested:1:1: warning: .*too large for some questions.*\[limit\]" frugal "$yoroi" check nested
{
	echo 'profile p {'
	yes '  capability chown,' | head -n 100000
	echo '}'
} >capabilities
ends "100,000 rules about one capability too" 0 "too large for some questions" frugal "$yoroi" check --no-warn redundant capabilities
{
	echo 'profile p {'
	for ((i = 0; i < 100000; i++)); do echo "  set rlimit nofile <= $i,"; done
	echo '}'
} >limits
ends "and 100,000 limits" 0 "too large for some questions" frugal "$yoroi" check --no-warn never-applies limits
for ((i = 0; i < 3000; i++)); do echo "profile p$i /**x$i* { }"; done >attachments
ends "3,000 attachments that meet each other are compared in bounds" 0 "too many attachments.*\[limit\]" frugal "$yoroi" check --no-warn attachment attachments
for ((i = 0; i < 5000; i++)); do echo "profile p$i /usr/{s,}bin/program$i { }"; done >programs
ends "5,000 attachments of their own are compared to the end" 0 "" frugal "$yoroi" check programs
check "and nothing is said of them" test ! -s "$work/out"

debian=$("$YOROI_SOURCE/tests/debian/fetch") || { skip "Debian's packages"; finish; }
files=()
for file in "$debian"/etc/apparmor.d/* "$debian"/usr/share/apparmor/extra-profiles/*; do
	[ -f "$file" ] && [ "${file##*/}" != README ] && files+=("$file")
done
check "what is said of Debian's ${#files[@]} files holds" \
	python3 "$YOROI_SOURCE/tests/verdict/verify.py" --base "$debian/etc/apparmor.d" "${files[@]}"
sed -n '$p' "$work/out"
if [ "$YOROI_SANITIZE" = none ]; then
	TIMEFORMAT=%U
	took=$({ time "$yoroi" check -b "$debian/etc/apparmor.d" "${files[@]}" >/dev/null 2>&1; } 2>&1)
	check "and takes less than 3 s ($took s)" test "${took%.*}" -lt 3
fi
seed=${YOROI_SEED:-${CI:+5}}
seed=${seed:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
check "what is said of random profiles holds, and is all (seed $seed)" \
	python3 "$YOROI_SOURCE/tests/verdict/verify.py" --random "${YOROI_RANDOM_CHECKS:-150}" --seed "$seed"
sed -n '$p' "$work/out"
finish
