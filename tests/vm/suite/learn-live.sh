#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In a guest: yoroi learn from the running kernel, of programs and containers that it runs.
. "$(dirname "${BASH_SOURCE[0]}")/runtime-lib.sh"

cd "$work" || exit 1
learn() { timeout 120 yoroi learn --yes "$@"; }

# nothing_left NAME: no profile of a run is loaded, and no record of one is there
nothing_left()
{
	for _ in $(seq 50); do
		if ! { grep yoroi-learn "$kernel/profiles" || ls /run/yoroi/learn | grep .; } >"$work/out" 2>&1; then
			result 0 "$1"
			return
		fi
		sleep 0.2
	done
	result 1 "$1"
}

cat >helpers.sh <<'END'
#!/bin/sh
head -c 1 /etc/passwd >/dev/null
cat /etc/hostname >/dev/null
echo x >/tmp/learned.txt
rm -f /tmp/learned.txt
date >/dev/null
END
chmod +x helpers.sh
echo guest >/etc/hostname

check "a script with helpers" learn -o script.aa -- ./helpers.sh
sed 's/^/# /' "$work/out" | head -12
nothing_left "nothing stays"
check "its profile loads" yoroi load script.aa
check "and the script runs under it" yoroi exec -p helpers.sh -- ./helpers.sh
ends "which may do nothing else" 2 'Permission denied' yoroi exec -p helpers.sh -- /bin/sh -c 'echo x >/etc/passwd'
yoroi unload helpers.sh >/dev/null

check "the same from /dev/kmsg" learn --source kmsg -o kmsg.aa -- ./helpers.sh
check "has the same rules" sh -c "grep -v '^ *#' script.aa >a; grep -v '^ *#' kmsg.aa | diff a -"

check "a sleeper, for a second" learn --for 1s -o sleep.aa -- sleep 100
check "with an exercise" learn --exercise 'test -d /proc/$YOROI_PID' -o exercise.aa -- sleep 100
ends "one that fails" 1 'the exercise ended with status 5' learn --exercise 'exit 5' -o no.aa -- sleep 100
check "writes nothing" test ! -e no.aa
nothing_left "nothing stays"
check "a process that goes on is ended" learn -o on.aa -- sh -c 'sleep 1000 & exit 0'
check "in time" sh -c '! busybox pgrep -f "[s]leep 1000"'

for engine in crun runc; do
	asking "bundle$engine" '' 'cat /etc/none /proc/self/stat; while [ ! -e /tmp/stop ]; do busybox sleep 0.1; done'
	cp "bundle$engine/config.json" before
	rm -f "$rootfs/tmp/stop"
	check "a bundle with $engine" learn --oci "bundle$engine" --engine "/usr/bin/$engine" \
		--exercise "touch $rootfs/tmp/stop; sleep 1" -o "$engine.aa"
	sed 's/^/# /' "$work/out" | head -8
	check "which is as it was" cmp before "bundle$engine/config.json"
	check "its profile allows what it did" grep -q '/bin/busybox' "$engine.aa"
	nothing_left "nothing stays"
done

# crun's own bundles have no_new_privs; others may not.
busybox grep -q '"noNewPrivileges": true' bundlecrun/config.json
result $? "the bundles have no_new_privs"
check "what was executed is in the profile" grep -qE '^  /bin/busybox [rm]*ix,' crun.aa
check "with what it did" grep -q '/proc/' crun.aa
busybox sed 's/"noNewPrivileges": true/"noNewPrivileges": false/' before >bundlecrun/config.json
check "without it" learn --oci bundlecrun --engine /usr/bin/crun -o plain.aa
check "the rules are the same" sh -c "grep -v '^ *#\\|/proc/' crun.aa | sed 's/^profile [a-z]*/profile/' >a; grep -v '^ *#\\|/proc/' plain.aa | sed 's/^profile [a-z]*/profile/' | diff a -"
cp before bundlecrun/config.json
check "set by the program itself" learn -o own.aa -- setpriv --no-new-privs sh -c 'cat /etc/hostname; true'
check "what it executed is there" grep -qE '/cat [rm]*ix,' own.aa
ends "where programs are told apart they are refused, which is told" 1 'a program was not executed: no_new_privs' \
	learn --exec child -o told.aa -- setpriv --no-new-privs sh -c 'cat /etc/hostname; true'
check "and nothing is written" test ! -e told.aa
check "with it from the beginning" setpriv --no-new-privs timeout 100 yoroi learn --yes -o nnp.aa -- sh -c 'cat /etc/hostname; true'
check "the programs are there" grep -qE '/cat [rm]*ix,' nnp.aa

# Killed at several moments.
for after in 0.1 1.5; do
	yoroi learn --yes -o killed.aa -- sh -c 'while :; do cat /etc/passwd >/dev/null; done' >/dev/null 2>&1 </dev/null &
	pid=$!
	sleep $after
	kill -9 $pid
	wait $pid 2>/dev/null
	nothing_left "killed after $after s: nothing stays"
	check "killed after $after s: nothing is written" test ! -e killed.aa
done
rm -f "$rootfs/tmp/stop"
yoroi learn --yes --oci bundlecrun --engine /usr/bin/crun -o killed.aa >/dev/null 2>&1 </dev/null &
pid=$!
sleep 2
kill -9 $pid
nothing_left "killed beside a container: nothing stays"
check "the container neither" sh -c '! crun list -q | grep yoroi-learn'

check "two at once" sh -c 'timeout 100 yoroi learn --yes --for 2s -o one.aa -- cat /etc/passwd - & yoroi learn --yes -o two.aa -- cat /etc/hostname; wait'
check "neither has the other's" sh -c 'grep -q /etc/hostname two.aa && ! grep -q /etc/passwd two.aa'

# Losses: who may not enlarge the room for records, and sleeps while they come.
cat >burst.sh <<'END'
#!/bin/sh
touch /tmp/ready
until [ -e /tmp/go ]; do sleep 0.2; done
i=0
while [ $i -lt 400 ]; do
	read -r x </etc/hostname
	i=$((i + 1))
done
touch /tmp/done
END
chmod +x burst.sh
rm -f /tmp/ready /tmp/go /tmp/done
echo 4096 >/proc/sys/net/core/rmem_max
setpriv --bounding-set=-net_admin --inh-caps=-net_admin yoroi learn --yes -o lost.aa -- ./burst.sh >lost.out 2>&1 </dev/null &
pid=$!
until [ -e /tmp/ready ]; do sleep 0.2; done
kill -STOP $pid
touch /tmp/go
until [ -e /tmp/done ]; do sleep 0.2; done
kill -CONT $pid
wait $pid
echo "status $?" >>lost.out
sed 's/^/# /' lost.out | head -12
cp lost.out "$work/out"
grep -qE 'lost: an unknown number of records, [1-9][0-9]* times?, which came faster' lost.out
result $? "what came faster than it was read is told"
check "and that rules may be missing" grep -q 'the profile may lack rules' lost.out

# Of what runs already: the exercise is what happens, however long it takes here.
mkdir -p /srv
echo something >/srv/learned
yoroi load --complain script.aa >/dev/null
check "of what runs already" learn --live -p helpers.sh --exercise 'yoroi exec -p helpers.sh -- cat /srv/learned' -o live.aa
sed 's/^/# /' "$work/out" | head -12
check "what it did" grep -qE '^  (owner )?/srv/learned r,' live.aa
finish
