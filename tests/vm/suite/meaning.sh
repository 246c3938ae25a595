#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In a guest: what our matcher answers in the unit tests, the kernel does. One row a line:
# rules | command under them | 0 (allowed) or 1 (refused)
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mkdir -p /t/d/e
for f in /t/a /t/b /t/ab /t/d/x /t/d/e/y '/t/s p'; do echo x >"$f"; done
chown 65534 /t/b
cp /bin/true /t/run

base='/{usr/,}{bin,sbin,lib,lib64}/** mrix, /etc/ld.so.* r, /lib64/* mr, /dev/null rw, /proc/** r,'
rows=0
while IFS='|' read -r rules command want; do
	[ -n "$command" ] || continue
	rows=$((rows + 1))
	echo "profile row flags=(attach_disconnected) { $base $rules }" >"$work/row"
	yoroi load --quiet "$work/row" >"$work/out" 2>&1 || { result 1 "load: $rules"; continue; }
	got=0
	yoroi exec -p row -- bash -c "$command" >"$work/out" 2>&1 </dev/null || got=1
	[ "$got" = "${want// /}" ]
	result $? "$rules $command -> $want"
done <<'END'
/t/a r, | cat /t/a | 0
/t/a r, | cat /t/ab | 1
/t/a r, | echo >/t/a | 1
/t/a w, | echo >/t/a | 0
/t/a a, | dd of=/t/a oflag=append conv=notrunc,nocreat </dev/null | 0
/t/a a, | echo >/t/a | 1
/t/* r, | cat /t/a | 0
/t/* r, | cat /t/d/x | 1
/t/** r, | cat /t/d/e/y | 0
/t/? r, | cat /t/ab | 1
/t/[^a] r, | cat /t/a | 1
/t/[^a] r, | cat /t/b | 0
/t/{a,d/**} r, | cat /t/d/x | 0
"/t/s p" r, | cat '/t/s p' | 0
/t/s\040p r, | cat '/t/s p' | 0
/t/** rw, deny /t/a w, | echo >/t/a | 1
/t/** rw, deny /t/a w, | cat /t/a | 0
owner /t/* r, | cat /t/a | 0
owner /t/* r, capability dac_override, capability dac_read_search, | cat /t/b | 1
/t/d/ r, | ls /t/d | 0
/t/d/** r, | ls /t/d | 1
/t/run ix, /t/run r, | /t/run | 0
/t/run r, | /t/run | 1
/t/** r, | mkdir /t/new | 1
/t/** rw, | mkdir /t/new && rmdir /t/new | 0
/t/** rwl, | ln /t/a /t/l && rm /t/l | 0
/t/** rw, | ln /t/a /t/l | 1
link /t/l -> /t/a, /t/** rw, | ln /t/a /t/l && rm /t/l | 0
link /t/l -> /t/b, /t/** rw, | ln /t/a /t/l | 1
/t/** rwk, | flock /t/a true | 0
/t/** rw, | flock /t/a true | 1
network inet stream, | case $( (exec 3<>/dev/tcp/127.0.0.1/1) 2>&1) in *refused*) exit 0 ;; esac; exit 1 | 0
network inet dgram, | case $( (exec 3<>/dev/tcp/127.0.0.1/1) 2>&1) in *refused*) exit 0 ;; esac; exit 1 | 1
capability sys_admin, mount options=(bind) /t/d/ -> /t/d/, | mount --bind /t/d /t/d && umount /t/d; mount --bind /t/d /t/d | 0
capability sys_admin, | mount --bind /t/d /t/d | 1
capability sys_admin, mount, umount, deny mount -> /t/d/, | mount --bind /t/d /t/d | 1
capability sys_admin, mount fstype=tmpfs, umount, | mount -t tmpfs x /t/d && umount /t/d | 0
capability sys_admin, mount fstype=tmpfs options=(ro), umount, | mount -t tmpfs -o nosuid x /t/d | 1
capability chown, /t/** w, | chown 1 /t/a && chown 0 /t/a | 0
/t/** w, | chown 1 /t/a | 1
signal set=(term) peer=row, | sleep 9 & kill -TERM $! | 0
signal set=(hup) peer=row, | sleep 9 & kill -TERM $! | 1
signal set=(term) peer=other, | sleep 9 & kill -TERM $! | 1
set rlimit nofile <= 7, | [ "$(ulimit -Hn)" = 7 ] | 0
change_profile -> row2, | echo changeprofile row2 >/proc/self/attr/current | 1
END
umount /t/d 2>/dev/null
check "all rows were read" test "$rows" -ge 40
finish
