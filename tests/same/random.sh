#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Random profiles: what we write and what upstream's apparmor_parser writes decide alike. A
# failure names its seed; "tests/same/random-profiles.py --seed N" makes the same ones again.
#
# usage: random.sh           what 3.0.8 takes, for its kernel
#        random.sh --whole   the whole language by sid's parser, for newer kernels
#
# YOROI_SEED is the seed (a number or "random"), YOROI_RANDOM_PROFILES how many.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

if [ "${1-}" = --whole ]; then
	options=(--whole) profiles=${YOROI_RANDOM_PROFILES:-2000}
	"$YOROI_SOURCE/tests/debian/fetch-sid" >/dev/null || { skip "sid's packages"; finish; }
else
	options=() profiles=${YOROI_RANDOM_PROFILES:-1400}
	"$YOROI_SOURCE/tests/debian/fetch" >/dev/null || { skip "Debian's packages"; finish; }
fi
# In CI always the same: a landing must not hang on luck. By hand other ones every time.
seed=${YOROI_SEED:-${CI:+5}}
[ "${seed:-random}" != random ] || seed=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')

echo "# seed $seed, $profiles profiles"
check "$profiles random profiles decide alike (seed $seed)" \
	python3 "$YOROI_SOURCE/tests/same/random-profiles.py" "${options[@]}" --ours "$parser" \
	--seed "$seed" --count "$profiles" --most 5
sed -n 's/^# [0-9]* alike/&/p' "$work/out"
finish
