#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# yoroi learn --bane: descriptions mean what bane means by them, mistakes have their place, and what
# cannot work is told.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

here=$YOROI_SOURCE/tests/learn
# The machine's own abstractions must not reach a test.
learn() { "$yoroi" learn -b "$YOROI_PROFILES" --bane "$@"; }
query() { "$yoroi" query -b "$YOROI_PROFILES" "$@"; }
same() { "$yoroi" diff -b "$YOROI_PROFILES" --equal "$@"; }
export -f learn query same
export yoroi
cd "$work" || exit 1

# says NAME STATUS PATTERN DESCRIPTION [OPTION...]
says()
{
	local name=$1 status=$2 pattern=$3

	printf '%b' "$4" >d.toml
	shift 4
	ends "$name" "$status" "$pattern" learn d.toml -o d.aa "$@"
}

if [ -d "$cases/bane" ]; then
	sample=$cases/bane/sample.toml
	check "bane's sample" learn "$sample" -o sample.aa
	check "means what bane's result means" same sample.aa "$cases/bane/docker-nginx-sample"
	check "which the kernel of Debian 12 takes" "$yoroi" compile -b "$YOROI_PROFILES" --features debian-6.1 -o sample.bin sample.aa
	ends "icmp without raw sockets is told" 0 'sample.toml:67:2: warning: this protocol cannot be used' learn "$sample"
	ends "with the line that takes it away" 0 'sample.toml:62:7: note: denied here' learn "$sample"
	ends "AllowExec that allows nothing" 0 'sample.toml:39:2: warning: AllowExec allows nothing new' learn "$sample"
	ends "WritablePaths that allow nothing" 0 'sample.toml:34:2: warning: this line allows nothing new' learn "$sample"
	check "the list of what is allowed" learn "$sample" --allow-list -o list.aa
	check "its program is executed" query list.aa '/usr/sbin/nginx ix' '/usr/sbin/nginx mr' '/etc/nginx/nginx.conf r' '/var/run/nginx.pid w' 'network inet tcp' 'capability chown'
	for access in '/usr/bin/id x' '/bin/sh r' '/var/lib/x r' '/etc/nginx/nginx.conf w' '/srv/x l' '/var/run/x w' \
		'mount' 'umount' 'capability sys_admin' 'network inet6 tcp' 'network inet raw' '/proc/kcore r' 'ptrace trace peer=x'; do
		ends "not $access" 1 '' query list.aa "$access"
	done
	mkdir model
	check "descriptions of all fields" python3 "$here/bane.py" "$cases/bane/docker-nginx-sample" model
	told=0 off=0
	for file in model/*.toml; do
		base=${file%.toml}
		check "${base#*/} means what bane would mean" bash -c "learn $file --quiet -o $base.ours && same $base.ours $base.aa"
		check "  and as a list it compiles" learn "$file" --quiet --allow-list -o "$base.list"
		told=$((told + 1))
		same "$base.ours" "$base.off.aa" >"$work/out" 2>&1 || off=$((off + 1))
	done
	check "a rule that is missing shows" test $((told - off)) -lt $((told / 10))
else
	skip "bane's sample and the model of what it writes: the cases"
fi

# What cannot work.
fs='Name="x"\n[Filesystem]\n'
says "writing below what is read only" 0 'd.toml:4:16: warning: nothing can be written here' \
	"${fs}ReadOnlyPaths=[\"/tmp/**\"]\nWritablePaths=[\"/tmp/x\"]\n"
says "names the line that denies" 0 'd.toml:3:16: note: denied here' \
	"${fs}ReadOnlyPaths=[\"/tmp/**\"]\nWritablePaths=[\"/tmp/x\"]\n"
says "by patterns, not by text" 0 'd.toml:4:16: warning: nothing can be written here' \
	"${fs}ReadOnlyPaths=[\"/{srv,t[a-n]p}/*\"]\nWritablePaths=[\"/tmp/x?z\"]\n"
says "what is free below it is not told" 0 'd.toml:4:16: warning: this line allows nothing new' \
	"${fs}ReadOnlyPaths=[\"/tmp/*\"]\nWritablePaths=[\"/tmp/**\"]\n"
says "writing where every such profile denies" 0 'note: denied here, by a rule of every such profile: deny /sys' \
	"${fs}WritablePaths=[\"/sys/kernel/security/x\"]\n"
says "logging what is denied" 0 'd.toml:4:18: warning: no writing is ever logged here' \
	"${fs}ReadOnlyPaths=[\"/etc/**\"]\nLogOnWritePaths=[\"/etc/x\"]\n"
says "a program allowed and denied" 0 'd.toml:4:12: warning: this program cannot be executed' \
	"${fs}DenyExec=[\"/bin/*sh\"]\nAllowExec=[\"/bin/dash\"]\n"
says "a line that others cover" 0 'd.toml:3:25: warning: this line changes nothing' \
	"${fs}ReadOnlyPaths=[\"/a/**\", \"/a/b\"]\n"
says "capabilities allowed and denied" 0 'd.toml:3:8: warning: this capability is allowed and denied' \
	'Name="x"\n[Capabilities]\nAllow=["chown"]\nDeny=["chown"]\n'
says "as a list, too" 0 'd.toml:3:8: warning: this capability is allowed and denied' \
	'Name="x"\n[Capabilities]\nAllow=["chown"]\nDeny=["chown"]\n' --allow-list
says "Allow where there is Deny" 0 'd.toml:3:8: warning: Allow is not looked at' \
	'Name="x"\n[Capabilities]\nAllow=["kill"]\nDeny=["chown"]\n'
says "Raw that allows nothing" 0 'd.toml:3:5: warning: Raw = true allows nothing' \
	'Name="x"\n[Network]\nRaw=true\nProtocols=["tcp"]\n'
says "Packet that allows nothing" 0 'd.toml:3:8: warning: Packet = true allows nothing' \
	'Name="x"\n[Network]\nPacket=true\nProtocols=["tcp"]\n'
says "an error when asked for" 1 'd.toml:3:5: error: Raw = true allows nothing' \
	'Name="x"\n[Network]\nRaw=true\nProtocols=["tcp"]\n' --Werror=never-applies
says "a capability that lets out" 0 "allows '/dev/mem rw,' and 'capability sys_rawio,'" \
	'Name="x"\n[Capabilities]\nAllow=["sys_rawio"]\n'
says "a list without programs" 0 'no program can be executed' 'Name="x"\n' --allow-list
says "nothing, when nothing is wrong" 0 '' 'Name="x"\n[Filesystem]\nReadOnlyPaths=["/etc/**"]\n' --no-warn container
check "  and so nothing is said" sh -c "! grep -E 'warning|error' '$work/out'"
says "a list: writing below what is read works" 0 '' \
	"${fs}ReadOnlyPaths=[\"/tmp/**\"]\nWritablePaths=[\"/tmp/x\",\"/srv/{a b,c}\",\"/v/*\"]\nLogOnWritePaths=[\"/v/?\",\"/s*/c\"]\nAllowExec=[\"/x\"]\n" \
	--allow-list
check "  it does" query d.aa '/tmp/x w' '/tmp/y r' '"/srv/a b" w'
ends "  and is logged where that was asked for" 0 'audited|logged' query d.aa '/v/long w'
says "the kinds of sockets of a list" 0 '' 'Name="x"\n[Network]\nRaw=true\nPacket=true\n' --allow-list
check "  are there" query d.aa 'network inet raw' 'network packet raw'
ends "  and no others" 1 '' query d.aa 'network inet stream'

# What is no description. Nothing is written, over nothing that is there.
echo kept >d.aa
says "no Name" 1 'd.toml:1:1: error: the description has no Name' '[Network]\nRaw=true\n'
says "an unknown key" 1 "d.toml:3:1: error: .*'ReadOnlyPath' here; did you mean 'ReadOnlyPaths'" "${fs}ReadOnlyPath=[]\n"
says "an unknown table" 1 "d.toml:2:2: error: .*did you mean 'Network'" 'Name="x"\n[Networks]\nX=1\n'
says "a key of another table" 1 "d.toml:3:1: error: 'Raw' belongs below \[Network\]" "${fs}Raw=true\n"
says "a string for an array" 1 'd.toml:3:15: error: WritablePaths takes an array of strings, and this is a string' "${fs}WritablePaths=\"/x\"\n"
says "a number for a string" 1 'd.toml:3:21: error: WritablePaths takes a string, and this is a number' "${fs}WritablePaths=[\"/a\",1]\n"
says "a string for a truth" 1 'd.toml:3:5: error: Raw takes true or false' 'Name="x"\n[Network]\nRaw="yes"\n'
says "a key twice" 1 'd.toml:2:1: error: Name is set twice' 'Name="x"\nname="y"\n'
says "a table twice" 1 'd.toml:3:2: error: the table Network is there twice' 'Name="x"\n[Network]\n[Network]\n'
says "an array of tables" 1 'd.toml:2:1: error: a description has no arrays of tables' 'Name="x"\n[[Network]]\n'
says "a capability that there is not" 1 "d.toml:3:16: error: no capability is called 'chwon'" 'Name="x"\n[Capabilities]\nAllow=["chown","chwon"]\n'
says "a protocol that there is not" 1 'd.toml:3:12: error' 'Name="x"\n[Network]\nProtocols=["tpc"]\n'
says "a pattern that is none" 1 'd.toml:3:16: error: bad pattern' "${fs}ReadOnlyPaths=[\"/{a/**\"]\n"
says "an include that there is not" 1 "d.toml:2:15: error: there is no 'abstractions/no'" 'Name="x"\nInnerImports=["#include <abstractions/no>"]\n'
n=0
for hostile in '/x w,\\n capability,' '/x\\u0000' '/x\\u009b' '/a\\"b' '/../etc/x' '/a/..' '/{..,a}/x' 'etc/x' '/x\\\\' '/x\\\\n' '' \
	'/a\tb' '@{x'; do
	n=$((n + 1))
	says "hostile path $n" 1 'd.toml:3:16: error' "${fs}ReadOnlyPaths=[\"$hostile\"]\n"
done
for hostile in 'x { file, } profile y' 'x\\ny' '../x' 'a//b' 'x y' '' 'x flags=(unconfined)' '\\u202ex' '-x'; do
	n=$((n + 1))
	says "hostile name $n" 1 'd.toml:1:6: error' "Name=\"$hostile\"\n"
done
for hostile in '#include <../x>' 'include <a> /x rw,' 'capability,' '}' '#comment' 'include /etc/passwd' 'include <a>\\ncapability,'; do
	n=$((n + 1))
	says "hostile import $n" 1 'd.toml:2:10: error' "Name=\"x\"\nImports=[\"$hostile\"]\n"
	says "  inside" 1 'd.toml:2:15: error' "Name=\"x\"\nInnerImports=[\"$hostile\"]\n"
done
for hostile in 'chown,\\ncapability sys_admin' 'chown sys_admin' 'chown,' ''; do
	n=$((n + 1))
	says "hostile capability $n" 1 'd.toml:3:8: error' "Name=\"x\"\n[Capabilities]\nAllow=[\"$hostile\"]\n"
	says "hostile protocol $n" 1 'd.toml:3:12: error' "Name=\"x\"\n[Network]\nProtocols=[\"$hostile\"]\n"
done
for broken in 'Name="x' 'Name=x' 'Name="""x"""' 'Name="\\x"' 'Name="x" y' 'Name' '[Network' 'Name="x"\n\001' 'Name="\377"' \
	'Imports=["a" "b"]' 'Imports=["a"' 'X={a=1' 'Name="\\ud800"' 'Name="x"\r' '='; do
	n=$((n + 1))
	says "no TOML $n" 1 'd.toml:[12]:[0-9]*: error' "$broken"
done
says "a path with a space is one path" 0 '' "${fs}ReadOnlyPaths=[\"/a, b/**\"]\n"
check "  it is" query d.aa '/a w'
ends "  and denied" 1 '' query d.aa '"/a, b/c" w'
echo kept >d.aa
says "nothing was written over what was there" 1 'nothing was written' 'Name='
check "  it is still there" test "$(cat d.aa)" = kept
check "  and nothing else" test "$(find . -name '.*' -type f | wc -l)" = 0
printf 'Name="x"\n[Filesystem]\nDenyExec=[' >many.toml
for i in $(seq 2001); do printf '"/%s",' "$i"; done >>many.toml
echo ']' >>many.toml
ends "more entries than are taken" 1 'at most 2000 entries' learn many.toml
head -c 1100000 /dev/zero | tr '\0' '#' >large.toml
ends "more bytes than are taken" 1 '' learn large.toml
printf 'Name=%s' "$(printf '[%.0s' $(seq 5000))" >deep.toml
ends "brackets without end" 1 'too many brackets' learn deep.toml
ends "a file that is not there" 3 'nosuch' learn nosuch

# The command.
printf 'Name="x"\n' >x.toml
check "standard input, standard output" bash -c 'learn - <x.toml 2>said | grep -q "^profile docker-x "'
check "JSON" bash -c "learn x.toml --json | jq -en 'input | .profile == \"docker-x\" and .written == null and (.text | contains(\"umount,\")) and (.findings | length) > 0'"
printf 'Name=""\n' >y.toml
check "JSON of a mistake" bash -c "learn y.toml --json >j; test \$? = 1 && jq -en 'input | .text == null and .findings[0].line == 1' j"
ends "not with a log" 2 'a log' learn x.toml log
ends "not with --merge" 2 "'--merge'" learn x.toml --merge x
ends "--allow-list alone" 2 "belongs to '--bane'" "$yoroi" learn --allow-list
ends "a place that cannot be written" 3 'nowhere' learn x.toml -o nowhere/x
finish
