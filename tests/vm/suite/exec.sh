#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In a guest: yoroi exec in all its forms. What runs is under what was asked, and else nothing runs.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

policy=/sys/kernel/security/apparmor/policy
chmod 755 "$work"
cat >"$work/profiles" <<'END_OF_PROFILES'
profile one flags=(attach_disconnected) {
  file,
  deny /one r,

  profile kid flags=(attach_disconnected) {
    file,
    deny /kid r,
  }
}
profile two flags=(attach_disconnected) {
  file,
  deny /two r,
}
# May ask for two of the others, and for nothing else.
profile caller flags=(attach_disconnected) {
  file,
  deny /caller r,
  change_profile -> two,
  change_profile -> &two,
}
profile closed flags=(attach_disconnected) {
  /** rmw,
}
profile sends flags=(attach_disconnected) {
  /** rmw,
  /{usr/,}bin/* px -> two,
}
profile soft flags=(attach_disconnected, complain) {
  file,
}
END_OF_PROFILES
sed 's/two/inner/g; s/one/inmost/g' >"$work/inside" <<'END_OF_PROFILES'
profile two flags=(attach_disconnected) {
  file,
  deny /two r,

  profile kid flags=(attach_disconnected) { file, }
}
END_OF_PROFILES
for f in one kid two caller inner; do echo "$f" >"/$f"; done
label='cat /proc/self/attr/current'
e()
{
	yoroi exec "$@"
}
# under NAME PATTERN OPTION...: what is run so is under this label
under()
{
	local name=$1 pattern=$2
	shift 2
	# shellcheck disable=SC2086 # several words
	ends "$name" 0 "^$pattern\$" e "$@" -- $label
}
# nothing NAME STATUS PATTERN OPTION...: the command is not run, and the message says PATTERN
nothing()
{
	rm -f "$work/ran"
	ends "$1" "$2" "$3" e "${@:4}" -- touch "$work/ran"
	check "and nothing runs" test ! -e "$work/ran"
}

check "profiles are loaded" yoroi load --quiet "$work/profiles"
check "a namespace is made" mkdir "$policy/namespaces/ns"
check "and one inside it" mkdir "$policy/namespaces/ns/namespaces/deep"
check "with profiles" yoroi load --quiet --namespace ns "$work/inside"
check "which one loads into by its own file" sh -c \
	"yoroi compile --quiet -o - '$work/inside' >'$policy/namespaces/ns/namespaces/deep/.replace'"

under "by default" 'one \(enforce\)' -p one
ends "and the profile is in force" 1 'one: Permission denied' e -p one -- cat /one
under "--onexec is the same" 'one \(enforce\)' -p one --onexec
under "a child" 'one//kid \(enforce\)' -p one//kid
ends "whose own rules count" 1 'kid: Permission denied' e -p one//kid -- cat /kid
ends "and not its parent's" 0 one e -p one//kid -- cat /one
under "unconfined" unconfined -p unconfined
ends "what is asked can be shown" 0 "change to profile 'one', when the command starts" \
	e -v -p one -- true
ends "and what is run" 0 "run 'true' 'a b'" e -d -p one -- true 'a b'

under "--immediate" 'one \(enforce\)' -i -p one
under "--immediate with a child" 'one//kid \(enforce\)' --immediate -p one//kid
nothing "--immediate: the profile must let it start" 126 "under profile 'closed': Permission denied" \
	-i -p closed
under "which --onexec does not ask it" 'closed \(enforce\)' -p closed
under "--immediate: the profile says under what" 'two \(enforce\)' -i -p sends

# The parts are written in the order of their names.
under "--stack on a profile" 'caller//&two \(enforce\)' -p caller -- yoroi exec --stack -p two
ends "what the one below refuses" 1 'caller: Permission denied' \
	e -p caller -- yoroi exec --stack -p two -- cat /caller
ends "what the one above refuses" 1 'two: Permission denied' \
	e -p caller -- yoroi exec --stack -p two -- cat /two
ends "and nothing else is refused" 0 one e -p caller -- yoroi exec --stack -p two -- cat /one
under "--stack --immediate" 'caller//&two \(enforce\)' -p caller -- yoroi exec -i --stack -p two
ends "--stack on no profile: its rules count" 1 'two: Permission denied' e --stack -p two -- cat /two
under "and it is told" 'two(//&unconfined)? \((enforce|mixed)\)' --stack -p two
under "a stack in one name" 'one//&two \(enforce\)' -p 'one//&two'
ends "the caller must be let" 3 "no permission to change to profile 'one'.*'caller \(enforce\)'" \
	e -p caller -- yoroi exec -p one -- touch "$work/ran"
ends "also to stack" 3 "no permission to stack profile 'one'" \
	e -p caller -- yoroi exec --stack -p one -- touch "$work/ran"
check "nothing ran" test ! -e "$work/ran"

# Inside a namespace labels are told without it; who looks from outside sees it.
under "--namespace" 'inner \(enforce\)' -n ns -p inner
under "--namespace with a child" 'inner//kid \(enforce\)' --namespace ns -p inner//kid
ends "its rules count" 1 'inner: Permission denied' e -n ns -p inner -- cat /inner
under "--namespace --immediate" 'inner \(enforce\)' -i -n ns -p inner
under "a namespace in the name" 'inner \(enforce\)' -p :ns:inner
under "also with slashes" 'inner \(enforce\)' -p :ns://inner
under "a namespace inside another" 'inner \(enforce\)' -n ns//deep -p inner
for options in "-n ns -p inner" "-i -n ns -p inner" "--stack -n ns -p inner" "-i --stack -n ns -p inner"; do
	# shellcheck disable=SC2086 # several words
	yoroi exec $options -- sleep 60 &
	sleep 0.5
	# shellcheck disable=SC2086
	ends "seen from outside: $options" 0 '(^|&):ns:inner \((enforce|mixed)\)' cat /proc/$!/attr/current
	kill $!
	wait $! 2>/dev/null
done
ends "--stack --namespace: its rules count" 1 'inner: Permission denied' \
	e --stack -n ns -p inner -- cat /inner

for options in "" --immediate --stack "--immediate --stack"; do
	# shellcheck disable=SC2086 # several words
	nothing "an unknown profile ($options)" 1 "profile 'nope' is not loaded" $options -p nope
	# shellcheck disable=SC2086
	nothing "an unknown one of a namespace ($options)" 1 \
		"profile ':ns:one' is not loaded, or there is no namespace 'ns'" $options -n ns -p one
	# shellcheck disable=SC2086
	nothing "an unknown namespace ($options)" 1 "no namespace 'other'" $options -n other -p inner
	# The kernel makes up a profile for a complaining caller, and takes it for the one asked.
	# shellcheck disable=SC2086
	nothing "an unknown profile, from a complaining caller ($options)" 1 "'nope' is not loaded" \
		-p soft -- yoroi exec $options -p nope
done
nothing "a name that the kernel cannot read" 3 "not the name of a profile" -p 'one '
nothing "a namespace's that would be read otherwise" 3 "not the name of a namespace" -n ns:two -p inner
nothing "two namespaces" 3 "names a namespace besides 'ns'" -n ns -p :ns:inner
ends "a command that is not there" 127 "run '/nowhere' under profile 'one'" e -p one -- /nowhere
finish
