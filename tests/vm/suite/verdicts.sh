#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In a guest: `yoroi query` and the kernel answer alike. Every access of tests/verdict/accesses is
# asked of the text, of the loaded profile (`yoroi query --loaded`), of the kernel through
# securityfs' .access, and is really done under the profile, as far as either can tell.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

here=/opt/verdicts
rows=$here/table/rows
release=$(uname -r)
case $release in
6.1.*) features=debian-6.1 column=8 ;;
7.2.*) features=debian-7.2 column=9 ;;
*) features=debian-7.3 column=9 ;;
esac
# What policy that says "this kernel" is written for.
cp "$here/known/$features" "$here/features"
sysctl=/proc/sys/kernel/yama/ptrace_scope
[ ! -e $sysctl ] || echo 0 >$sysctl

# Peers, and where programs go on: they let everything happen.
all='file, capability, network, unix, mount, umount, pivot_root, signal, ptrace, change_profile -> **,'
for name in friend foe x crun libvirtd /usr/sbin/libvirtd other third shell /bin/mount; do
	echo "profile \"$name\" { $all }"
done >"$work/peers"
check "peers are loaded" yoroi load --quiet "$work/peers"
for policy in "$here"/table/profiles/*; do
	check "policy ${policy##*/} is loaded" yoroi load --quiet -b /opt/debian/apparmor.d "$policy"
done

# ask WHAT FILE PROFILE OPTION...: the verdicts on that profile's rows, behind the rows' numbers
ask()
{
	local file=$1 profile=$2

	shift 2
	awk -F'\t' -v f="$file" -v p="$profile" '$1 == f && $2 == p { print NR }' "$rows" >"$work/numbers"
	awk -F'\t' -v f="$file" -v p="$profile" '$1 == f && $2 == p { print $4 }' "$rows" |
		yoroi query -p "$profile" "$@" 2>"$work/out" | awk '/^(ALLOW|DENY) / { print tolower($1) }' |
		paste "$work/numbers" -
}
while IFS=$'\t' read -r file profile; do
	ask "$file" "$profile" -b /opt/debian/apparmor.d --features "$features" \
		"$here/table/profiles/$file" >>"$work/text"
	ask "$file" "$profile" --loaded >>"$work/loaded"
done < <(cut -f1,2 "$rows" | sort -u)
echo "# $SECONDS s until yoroi had answered"
sort -n "$work/text" | cut -f2 >"$work/of-text"
sort -n "$work/loaded" | cut -f2 >"$work/of-loaded"
cut -f2,5,6 "$rows" | "$here/ask_kernel" >"$work/of-access" 2>"$work/out"
check "the kernel could be asked" test ! -s "$work/out"
cut -f2,7 "$rows" | "$here/do_access" >"$work/of-deed"

echo "# $SECONDS s until everything was done"

# known PROFILE ACCESS: why what is done comes out otherwise, or cannot be done. A line of
# verdicts.known: RELEASE|PROFILE|ACCESS|REASON, the first three patterns.
known()
{
	while IFS='|' read -r which profile access reason; do
		# shellcheck disable=SC2053 # patterns
		[[ $release = $which && $1 = $profile && $2 = $access ]] || continue
		echo "$reason"
		return 0
	done <"$(dirname "${BASH_SOURCE[0]}")/verdicts.known"
	return 1
}

declare -A counts sums=([.access]=0 [deed]=0)
doubted=0 asked=0
while IFS=$'\t' read -r profile kind access want text loaded kernel deed; do
	good=0 ways=0
	{ [ "$text" = "$want" ] && [ "$loaded" = "$want" ]; } || good=1
	if [ "$kernel" != - ]; then
		ways=1 counts[.access,$kind]=$((${counts[.access,$kind]-0} + 1))
		[ "$kernel" = "$want" ] || good=1
	fi
	note=$(known "$profile" "$access")
	if [ "$deed" = "$want" ]; then
		# What is known must be so.
		[ -z "$note" ] || good=1
		ways=1 counts[deed,$kind]=$((${counts[deed,$kind]-0} + 1))
	elif [ -n "$note" ]; then
		doubted=$((doubted + 1))
	else
		good=1
	fi
	[ "$ways" = 1 ] && asked=$((asked + 1)) || good=1
	echo "the table: $want, text: $text, loaded: $loaded, .access: $kernel, done: $deed" >"$work/out"
	result "$good" "$profile: $access $want${note:+ (not by doing it: $note)}"
done < <(cut -f"2,3,4,$column" "$rows" |
	paste - "$work/of-text" "$work/of-loaded" "$work/of-access" "$work/of-deed")

for way in .access deed; do
	line=
	for key in "${!counts[@]}"; do
		[ "${key%%,*}" = $way ] || continue
		sums[$way]=$((${sums[$way]} + ${counts[$key]})) line+=" ${key#*,} ${counts[$key]},"
	done
	echo "# by $way: ${sums[$way]}:${line%,}"
done
echo "# $asked accesses were asked of the kernel; $doubted cannot be told by doing them"
check "at least 300 were asked of the kernel" test "$asked" -ge 300
check "at least 300 by .access" test "${sums[.access]}" -ge 300
check "at least 300 by doing them" test "${sums[deed]}" -ge 300
finish
