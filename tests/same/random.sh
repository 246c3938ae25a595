#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Random profiles: what we write and what Debian's apparmor_parser writes decide alike. A
# failure names its seed; "tests/same/random-profiles.py --seed N" makes the same ones again.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

"$YOROI_SOURCE/tests/debian/fetch" >/dev/null || { skip "Debian's packages"; finish; }
# In CI always the same: a landing must not hang on luck. By hand other ones every time.
seed=${YOROI_SEED:-${CI:+5}}
seed=${seed:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
profiles=${YOROI_RANDOM_PROFILES:-1400}

echo "# seed $seed, $profiles profiles"
check "$profiles random profiles decide alike (seed $seed)" \
	python3 "$YOROI_SOURCE/tests/same/random-profiles.py" --ours "$parser" --seed "$seed" \
	--count "$profiles" --most 5
sed -n 's/^# [0-9]* alike/&/p' "$work/out"
finish
