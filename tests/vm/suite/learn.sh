#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In a guest: profiles learned for a web server, a database and a script in containers, as a person
# would; then in force under the same and a similar exercise, and under attack.
#
# usage: learn [web|db|report]...
#
# In /out/logs: what the kernel wrote, the profiles, what was said.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

here=/opt/learn features=/sys/kernel/security/apparmor/features
# A folder with a writable layer above it: an import of the files takes minutes on an emulated machine.
image=$here/rootfs:O
logs=/out/logs
mkdir -p "$logs"

configure()
{
	mkdir -p /etc/containers
	echo '{"default": [{"type": "insecureAcceptAnything"}]}' >/etc/containers/policy.json
	cat >/etc/containers/containers.conf <<-'END'
		[engine]
		cgroup_manager = "cgroupfs"
		events_logger = "none"
		[containers]
		netns = "host"
	END
}

# requests DIR DAY...: the files that the script reads
requests()
{
	local day dir=$1
	shift

	mkdir -p "$dir/in" "$dir/out"
	for day; do
		printf '# requests\n1 /a\n2 /b\n3 /a\n' >"$dir/in/requests-$day.log"
	done
}

# start NAME LABEL [OPTION]...
start()
{
	local name=$1 label=$2
	shift 2

	case $name in
	web) set -- -d "$@" --rootfs "$image" web-entry nginx -g 'daemon off;' ;;
	db) set -- -d --workdir /var/lib/redis "$@" --rootfs "$image" db-entry redis-server /etc/redis/db.conf ;;
	report) set -- -v "/srv/$label/in:/srv/in" -v "/srv/$label/out:/srv/out" "$@" --rootfs "$image" report ;;
	esac
	podman run --name "$name" --security-opt "apparmor=$name" "$@" >"$work/started" 2>&1
}

stop()
{
	podman stop -t 10 "$1" >/dev/null 2>&1
	podman rm -f "$1" >/dev/null 2>&1
}

# exercised NAME 1|2 [again]: with a second start of the database, which finds what the first has left
exercised()
{
	case $1 in
	report) start report "$2" ;;
	db)
		start db "$2" && bash "$here/exercise" db "$2" db &&
			{ [ -z "${3-}" ] || { podman restart -t 10 db >/dev/null 2>&1 && bash "$here/exercise" db "$2" db; }; }
		;;
	*) start "$1" "$2" && bash "$here/exercise" "$1" "$2" "$1" ;;
	esac
	local status=$?

	if [ $status != 0 ]; then
		cat "$work/started"
		[ "$1" = report ] || podman logs "$1" 2>&1 | tail
		dmesg | grep DENIED | tail -5
	fi
	stop "$1"
	return $status
}

# The web server: by one command, from the kernel's records while it runs.
learned_beside()
{
	dmesg -C
	ends "web: learned" 0 'until the exercise ended' yoroi learn --yes --podman "$image" --engine-arg=--rootfs --name web \
		--exercise "bash $here/exercise web 1" -o "$logs/web.aa" -- web-entry nginx -g 'daemon off;'
	cp "$work/out" "$logs/web.told"
	dmesg | sed 's/yoroi-learn-[-0-9a-z]*[0-9a-z]/web/g' >"$logs/web.log"
}

learned()
{
	local name=$1

	if [ "$name" = web ]; then
		learned_beside
		return
	fi
	printf 'profile %s flags=(attach_disconnected,mediate_deleted,complain) {\n\taudit /** ix,\n}\n' "$name" >"$work/$name.complain"
	check "$name: a profile that only logs" yoroi load "$work/$name.complain"
	dmesg -C
	check "$name: the exercise" exercised "$name" 1 again
	dmesg >"$logs/$name.log"
	ends "$name: learned" 0 '' yoroi learn -p "$name" --evidence "$logs/$name.log" -o "$logs/$name.evidence.aa"
	ends "$name: learned" 0 '' yoroi learn -p "$name" "$logs/$name.log" -o "$logs/$name.aa"
	cp "$work/out" "$logs/$name.told"
}

# Records of the profile since the last look.
refused_of()
{
	! dmesg | grep -E "apparmor=\"DENIED\".* profile=\"$1[\"/]"
}

# same NAME: what was learned means what a person has read and keeps with the tests
same()
{
	ends "$1: as it was reviewed" 0 '' yoroi diff "$here/golden/$1.aa" "$logs/$1.aa"
}

# attacked NAME: in the mount namespace of a container that runs, under the profile
attacked()
{
	local name=$1 deed what

	dmesg -C
	"$here/attack" "$(podman inspect --format '{{.State.Pid}}' "$2")" "$name" >"$work/attacks" 2>&1
	cp "$work/attacks" "$logs/$name.attacks"
	dmesg >"$logs/$name.attacks.log"
	check "$name: all attacks were made" cmp <(cut -d' ' -f1 "$work/attacks") <(cut -d' ' -f1 "$work/unconfined")
	while read -r deed what; do
		# Linux 6.1 asks nobody about sockets with a path; later ones do.
		if [ "$deed" = docker-socket ] && [ ! -e "$features/network_v9/af_unix" ]; then
			ends "$name: $deed, which this kernel does not mediate" 0 'worked' echo "$what"
			continue
		fi
		ends "$name: $deed is refused" 0 'refused' echo "$what"
		ends "$name: $deed, by AppArmor" 0 DENIED \
			grep -E "apparmor=\"DENIED\".* profile=\"$name\".* comm=\"$deed\"" "$logs/$name.attacks.log"
	done <"$work/attacks"
}

# What works under the profile: the exercise, a similar one, and a start on what the first left.
enforced()
{
	local name=$1

	check "$name: into force" yoroi load "$logs/$name.aa"
	check "$name: it is" is_loaded "$name" enforce
	dmesg -C
	check "$name: the same exercise" exercised "$name" 1
	check "$name: a similar one" exercised "$name" 2
	dmesg | grep "\"$name" >"$logs/$name.enforced.log"
	check "$name: nothing was refused" refused_of "$name"
}

inside()
{
	case $1 in
	web)
		ends "web: in the container no shell reads passwords" 2 'Permission denied' \
			podman exec web sh -c ': </etc/shadow'
		ends "web: and no other program starts" 126 'ermission denied' podman exec web sh -c 'perl -e 1'
		;;
	db)
		check "db: started again, it has its data" podman restart -t 10 db
		check "db: and works" bash "$here/exercise" db 2 db
		ends "db: in the container no shell reads passwords" 2 'Permission denied' \
			podman exec --user 0 db sh -c ': </etc/shadow'
		;;
	esac
}

under_attack()
{
	local name=$1 where=bystander

	if [ "$name" != report ]; then
		start "$name" 1
		where=$name
		inside "$name"
	fi
	attacked "$name" "$where"
	[ "$where" = bystander ] || stop "$name"
}

part()
{
	local began=$SECONDS

	"$@"
	echo "# $*: $((SECONDS - began)) s"
}

# shellcheck disable=SC2034 # lib.sh's
configure
requests /srv/1 2026-01-0{1,2,3,4}
requests /srv/2 2027-11-1{1,2,3,4,5}
mkdir "$here/rootfs"
part check "the containers' files" tar -x -p -f "$here/rootfs.tar" -C "$here/rootfs"
# where the attacks mount
mkdir -p "$here/rootfs/mnt"
[ $# -gt 0 ] || set -- web db report
for name; do
	part learned "$name"
	same "$name"
	part enforced "$name"
done

podman run -d --name bystander --security-opt apparmor=unconfined --rootfs "$image" sleep 1000 >/dev/null
"$here/attack" "$(podman inspect --format '{{.State.Pid}}' bystander)" >"$work/unconfined" 2>&1
cp "$work/unconfined" "$logs/unconfined.attacks"
check "without a profile each attack works" sh -c "! grep -v ' worked\$' '$work/unconfined'"
check "there are some" test "$(wc -l <"$work/unconfined")" -gt 20
for name; do
	part under_attack "$name"
done
stop bystander
finish
