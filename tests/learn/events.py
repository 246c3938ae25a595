#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Records of one sort, as many distinct ones as wanted.

usage: events.py mount|unix|dbus|net|ptrace|signal|rlimit|link|paths N
       events.py mixed N     of the first six in turn
"""
import sys

SORTS = ["mount", "unix", "dbus", "net", "ptrace", "signal"]
OPERATION = {"unix": "connect", "dbus": "dbus_method_call", "net": "connect", "rlimit": "setrlimit", "paths": "open"}


def letters(i):
    """No number, which would become a pattern with its like."""
    return "".join("abcdefghij"[int(c)] for c in str(i))


def fields(sort, i):
    asked = 'requested_mask="{0}" denied_mask="{0}"'
    word = letters(i)
    if sort == "mount":
        return f'info="failed mntpnt match" error=-13 name="/mnt/{word}/" fstype="tmpfs" srcname="tmpfs" flags="rw, nosuid"'
    if sort == "unix":
        return ('class="net" family="unix" sock_type="stream" protocol=0 requested="send receive connect" '
                f'denied="send receive connect" addr=none peer_addr="@sock{word}" peer="other"')
    if sort == "dbus":
        return (f'bus="system" name="org.a" path="/org/{word}" interface="org.a" member="M" {asked.format("send")} '
                'peer_label="unconfined"')
    if sort == "net":
        return (f'laddr=10.0.{i >> 8 & 255}.{i & 255} lport={1024 + i % 60000} faddr=10.{i >> 8 & 255}.{i & 255}.9 '
                f'fport={i % 60000 + 1} family="inet" sock_type="stream" protocol=6 {asked.format("send receive")}')
    if sort == "ptrace":
        return f'{asked.format("read")} peer="p{word}"'
    if sort == "signal":
        return f'{asked.format("send")} signal=term peer="p{word}"'
    if sort == "rlimit":
        return f"rlimit=nofile value={i}"
    if sort == "link":
        return f'name="/srv/{word}" {asked.format("l")} fsuid=0 ouid=0 target="/srv/x{word}"'
    return f'name="/srv/{word[::-1]}/{word}/{word[::-1]}{word}" {asked.format("r")} fsuid=0 ouid=1'


def main():
    for i in range(int(sys.argv[2])):
        sort = SORTS[i % len(SORTS)] if sys.argv[1] == "mixed" else sys.argv[1]
        print(f'type=AVC msg=audit(1675069200.{i % 1000:03}:{i + 1}): apparmor="ALLOWED" '
              f'operation="{OPERATION.get(sort, sort)}" profile="web" pid=7 comm="srv" {fields(sort, i)}')


main()
