#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# yoroi learn of what runs, above engines and a kernel made of files.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

here=$YOROI_SOURCE/tests/learn
cd "$work" || exit 1
export FAKE=$work/fake YOROI_SECURITYFS=$work/aa YOROI_PARAMS=$work/params YOROI_PROC=$work/proc
export YOROI_RUN=$work/run YOROI_KMSG=$work/kmsg
mkdir fake params proc run
echo Y >params/enabled
mkfifo kmsg
python3 "$YOROI_SOURCE/tests/cli/fake-kernel.py" make "$work/aa" "$features"

learn()
{
	rm -f fake/* aa/.load aa/.remove
	touch aa/.load aa/.remove
	timeout 120 "$yoroi" learn --yes -b "$YOROI_PROFILES" --source kmsg "$@" </dev/null
}
fake() { learn --engine "$here/fake-podman" "$@"; }

# clean NAME: the profile of the run was taken away, and its folder
clean()
{
	{ grep -q '^yoroi-learn-' aa/.remove && [ -z "$(ls run/learn)" ]; }
	result $? "$1"
}
# has NAME FILE LINE
has()
{
	cp "$2" out 2>/dev/null
	grep -qF -- "$3" "$2"
	result $? "$1"
}

check "a container, until its exercise ends" fake --podman docker.io/library/web:1 --exercise 'env >env' -o web.aa -- serve now
cp "$work/out" told
clean "it leaves nothing"
has "the profile is called as the image" web.aa 'profile web flags=(attach_disconnected,mediate_deleted) {'
has "it has what the program did" web.aa '/etc/web.conf r,'
has "a program with a runtime's name is none, once another ran" web.aa '/etc/runc.conf r,'
check "and nothing of others, nor of the runtime, nor of the run" sh -c "! grep -E 'other|/proc/self|yoroi-learn' web.aa"
has "the report counts the runtime" told "1 ignored: the container's runtime"
has "and others" told '2 ignored: of other profiles'
has "and says how it ended" told 'ran docker.io/library/web:1 until the exercise ended'
has "and what to do" told 'podman run --security-opt apparmor=web IMAGE'
has "the exercise knows the address" env 'YOROI_CONTAINER_ADDRESS=10.0.0.5'
has "and the id" env 'YOROI_CONTAINER_ID=abc'
has "words behind -- are the container's" fake/calls 'docker.io/library/web:1 serve now'
has "the container is stopped in order" fake/calls 'stop -t 10 yoroi-learn-'


# loads NAME RULES: the profile of the run was as one with these rules
loads()
{
	printf 'abi "%s",\nprofile yoroi-learn-0000000000000000 flags=(complain,attach_disconnected,mediate_deleted) {\n%s\n}\n' "$features" "$2" >run.aa
	"$yoroi" compile --features "$features" -o run.bin run.aa 2>"$work/out"
	sed 's/yoroi-learn-[0-9a-f]\{16\}/yoroi-learn-0000000000000000/g' aa/.load | cmp - run.bin
	result $? "$1"
}
loads "while it ran, programs stayed in its profile, and that was recorded" 'audit /** ix,'
check "programs apart" fake --podman web --exec child --exercise true -o apart.aa
loads "went to profiles of their own" ''

check "docker, for a time, with options" fake --docker web --for 1s --engine-arg=-p --engine-arg=80:80 --name site -o site.aa
clean "it leaves nothing"
has "options come before the image" fake/calls '-p 80:80 web'
has "the name that was asked for" site.aa 'profile site flags='

FAKE_TENTHS=2 FAKE_STATUS=7
export FAKE_TENTHS FAKE_STATUS
ends "until the program ends" 0 'until it ended, with status 7' fake --podman web -o own.aa
clean "it leaves nothing"
ends "an exercise that comes too late was none" 1 'so that the profile may lack rules: nothing was written' \
	fake --podman web --exercise 'sleep 60' -o late.aa
check "nothing was written" test ! -e late.aa
unset FAKE_TENTHS FAKE_STATUS
echo mine >failed.aa
ends "an exercise that fails" 1 'the exercise ended with status 3' fake --podman web --exercise 'exit 3' -o failed.aa
check "leaves the file that was there" grep -qx mine failed.aa
ends "with --force it is written" 1 'written to failed.aa' fake --force --podman web --exercise 'exit 3' -o failed.aa

mkdir -p bundle/rootfs
cat >bundle/config.json <<'END'
{ "ociVersion": "1.0.2",
  "process": { "args": ["web"], "cwd": "/" },
  "root": { "path": "rootfs" },
  "mounts": [ { "destination": "/proc", "type": "proc", "source": "proc" },
              { "destination": "/data", "type": "none", "source": "data", "options": ["ro", "rbind"] } ] }
END
cp bundle/config.json before.json
check "a bundle" fake --oci bundle --exercise true -o bundle.aa
clean "it leaves nothing"
check "the bundle is as it was" cmp before.json bundle/config.json
check "its root is found" sh -c "[ \"\$(jq -r .root.path fake/config)\" = '$work/bundle/rootfs' ]"
check "its mounts too" sh -c "[ \"\$(jq -r '.mounts[].source' fake/config | tr '\n' ' ')\" = 'proc $work/bundle/data ' ]"
has "the profile is called as the bundle" bundle.aa 'profile bundle '

# What got lost.
{
	echo '4,200,1000,-;kauditd_printk_skb: 12 callbacks suppressed'
	echo '14,201,1000,-;audit: type=1400 audit(1.1:1): apparmor="ALLOWED" operation="open" profile="x" name="/etc/shadow"'
} >more
FAKE_MORE=$work/more
export FAKE_MORE
ends "what the kernel left out is told" 0 'lost: 12 by the kernel' fake --podman web --exercise 'sleep 0.3' -o lost.aa
cp "$work/out" told
has "and that rules may be missing" told 'the profile may lack rules'
has "what somebody else wrote there is told" told '1 record that did not come from the kernel'
fake --json --podman web --exercise 'sleep 0.3' >json 2>&1
check "the same as JSON" jq -en 'input | .run.lost.kernel == 12 and .run.end == "exercise" and .run.exercise.failed == false' json
unset FAKE_MORE

# Programs of containers with no_new_privs inherit the profile of the run, which tells of them.
nnp() { FAKE_NNP=$nnp fake "$@"; }
size() { fake --podman web --exec child --exercise true -o size.aa >/dev/null 2>&1; wc -c <aa/.load; }
none=$(size)
nnp=inherits
jq '.process.noNewPrivileges = true' before.json >bundle/config.json
ends "a bundle with no_new_privs" 0 'programs went on under the profile itself' nnp --oci bundle -o nnp.aa
has "what was executed is in the profile, and inherits" nnp.aa '/bin/web rmix,'
has "so is what it did" nnp.aa '/etc/web.conf r,'
[ "$(wc -c <aa/.load)" -gt "$none" ]
result $? "the profile of the run had a rule for it"
ends "podman with an option that says so" 0 'programs went on under the profile itself' nnp --podman web --engine-arg=--security-opt --engine-arg=no-new-privileges:true -o nnp.aa
has "gives the same" nnp.aa '/bin/web rmix,'
nnp --json --oci bundle >json 2>/dev/null
check "JSON says it" jq -en 'input | .run.inherits and .proof.holds and .counts.unexecuted == 0' json
ends "with a way to go on that cannot be" 2 'exec child cannot be learned' nnp --exec child --oci bundle -o child.aa
check "nothing is written or left" sh -c '[ -z "$(ls -A run/learn)" ] && [ ! -e child.aa ]'
nnp=refused
ends "where nobody said so, the check fails" 1 'the check FAILS' nnp --podman web -o refused.aa
cp "$work/out" told
has "and says why" told '1 time a program was not executed: no_new_privs is set'
has "and what to do" told '--engine-arg=--security-opt=no-new-privileges learns that'
check "nothing is written" test ! -e refused.aa
ends "an option that says no is none" 1 'the check FAILS' nnp --podman web --engine-arg=--security-opt=no-new-privileges:false -o refused.aa
ends "nor is the word in something else" 1 'the check FAILS' nnp --podman web --engine-arg=--env --engine-arg=WORD=no-new-privileges -o refused.aa
cat >refused.log <<'END'
audit: type=1400 audit(1.001:1): apparmor="ALLOWED" operation="exec" info="no new privs" error=-1 profile="web" name="/bin/web" pid=7 comm="sh" requested_mask="x" denied_mask="x" fsuid=0 ouid=0 target="web//null-/bin/web"
audit: type=1400 audit(1.001:2): apparmor="ALLOWED" operation="open" profile="web" name="/etc/web.conf" pid=7 comm="sh" requested_mask="r" denied_mask="r" fsuid=0 ouid=0
END
ends "so it does in a log" 1 "'audit /\*\* ix,' in it, and learn again" "$yoroi" learn --yes -b "$YOROI_PROFILES" -o refused.aa refused.log
check "where nothing is written either" test ! -e refused.aa
cp before.json bundle/config.json

# Interrupted.
for signal in INT TERM HUP; do
	(
		until [ -e fake/running ]; do sleep 0.1; done
		sleep 0.5
		kill -$signal "$(cat pid)"
	) &
	ends "interrupted by SIG$signal it learns from what came" 0 'until it was interrupted' bash -c \
		'rm -f fake/*; echo $$ >pid; exec "$0" learn --yes -b "$1" --source kmsg --engine "$2" --podman web -o int.aa' "$yoroi" "$YOROI_PROFILES" "$here/fake-podman"
	wait
	clean "and leaves nothing"
done

# Killed, at different moments.
for after in 0 0.05 0.2 1; do
	rm -f fake/* killed.aa aa/.load aa/.remove
	touch aa/.load aa/.remove
	"$yoroi" learn --yes -b "$YOROI_PROFILES" --source kmsg --engine "$here/fake-podman" --podman web -o killed.aa </dev/null >/dev/null 2>&1 &
	pid=$!
	sleep $after
	kill -9 $pid
	wait $pid 2>/dev/null
	for _ in $(seq 100); do
		[ -n "$(ls run/learn 2>/dev/null)" ] || break
		sleep 0.1
	done
	check "killed after $after s: no folder stays" sh -c '[ -z "$(ls run/learn)" ]'
	check "killed after $after s: no file, or half of one" sh -c '! ls -A | grep killed.aa'
	# Killed before it was loaded, there is nothing to unload.
	[ ! -s aa/.load ] || check "killed after $after s: the profile is taken away" grep -q ^yoroi-learn aa/.remove
	! grep -q '^run ' fake/calls 2>/dev/null ||
		check "killed after $after s: the container is, too" grep -q '^rm -f -t 0 yoroi-learn' fake/calls
done

# What is left over is told until it is gone.
mkdir -p run/learn/yoroi-learn-0123456789abcdef
touch run/learn/yoroi-learn-0123456789abcdef/lock
echo '{"profile": "yoroi-learn-0123456789abcdef", "what": "nginx", "why": "1 process does not end"}' >run/learn/yoroi-learn-0123456789abcdef/record.json
echo 'yoroi-learn-0123456789abcdef (complain)' >aa/profiles
ends "the next run tells of what is left over" 0 "of an earlier 'yoroi learn nginx' is still loaded: 1 process does not end; no process is under it: 'yoroi unload yoroi-learn-0123456789abcdef'" \
	fake --podman web --exercise true -o left.aa
ends "so does yoroi status" 0 "yoroi unload yoroi-learn-0123456789abcdef" "$yoroi" status --log none
: >aa/profiles
check "when it is gone" fake --podman web --exercise true -o left.aa
check "it is forgotten" sh -c '[ -z "$(ls run/learn)" ]'

# Of what runs already.
echo 'web (complain)' >aa/profiles
(
	sleep 0.5
	printf '6,7,1000,-;audit: type=1400 audit(1.001:7): apparmor="ALLOWED" operation="open" profile="web" name="/etc/live" pid=7 comm="x" requested_mask="r" denied_mask="r" fsuid=0 ouid=1\n' >kmsg
) &
check "of a profile that is loaded" learn --live -p web --for 2s -o live.aa
wait
has "what happened meanwhile" live.aa '/etc/live r,'
ends "of one that is not" 1 "'nowhere' is not loaded" learn --live -p nowhere --for 2s -o nowhere.aa

# Two at once.
rm -f fake/*
fake --podman one --for 2s -o one.aa >/dev/null 2>&1 &
sleep 0.3
"$yoroi" learn --yes -b "$YOROI_PROFILES" --source audit --podman two -o two.aa >/dev/null 2>&1
wait
check "one of two does not disturb the other" grep -q '/etc/web.conf r,' one.aa

# Command lines.
ends "nothing to run" 2 'belongs to something that is run' learn --for 5s log
ends "a time that is none" 2 'a time such as 60s' learn --podman web --for soon
ends "a name that is none" 2 'cannot be a profile' learn --name 'a b' -- true
ends "two things" 2 'exclude each other' learn --podman web --docker web
ends "a word before --" 2 "'x' stands before" learn x -- true
ends "a container in the background" 2 "'-d' is for yoroi to say" learn --podman web --engine-arg=-d
ends "nor behind other letters" 2 "'-d' is for yoroi to say" learn --podman web --engine-arg=-itd
ends "another profile, as engines took it once" 2 "'apparmor=' is for yoroi to say" learn --docker web --engine-arg=--security-opt --engine-arg=apparmor:unconfined
check "a value that has the letter" fake --podman web --exercise true --engine-arg=-eid -o letter.aa
ends "a bundle that is none" 3 "'nowhere'" fake --oci nowhere
check "it leaves nothing" sh -c '[ -z "$(ls run/learn)" ]'
ends "an engine that is not there" 3 "run './none'" learn --engine ./none --podman web -o none.aa
clean "it leaves nothing"
ends "no kernel's log" 3 'open ./nowhere/kmsg' env YOROI_KMSG=/nowhere/kmsg "$yoroi" learn --source kmsg --podman web

echo "1..$count"
