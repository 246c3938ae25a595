#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In a guest: yoroi learn from the running kernel, of programs and containers that it runs.
. "$(dirname "${BASH_SOURCE[0]}")/runtime-lib.sh"

cd "$work" || exit 1
kernel=/sys/kernel/security/apparmor
learn() { timeout 120 yoroi learn --yes "$@"; }

# nothing_left NAME: no profile of a run is loaded, and no record of one is there
nothing_left()
{
	{ ! grep yoroi-learn "$kernel/profiles" && ! ls /run/yoroi/learn | grep .; } >"$work/out" 2>&1
	result $? "$1"
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
cat "$work/out" | sed 's/^/# /'; sed 's/^/# /' script.aa
nothing_left "and nothing stays"
