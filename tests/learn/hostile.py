#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Logs as somebody would write them who wants his own rules in the profile.

usage: hostile.py names|profiles|attach|mega|hex|forged
       hostile.py million N
"""
import sys

serial = 0


def write(data):
    sys.stdout.buffer.write(data)


def record(profile, name, mask=b"r"):
    global serial
    serial += 1
    write(b'type=AVC msg=audit(1675069200.%03d:%d): apparmor="ALLOWED" operation="open" profile=%s name=%s '
          b'pid=1 comm="x" requested_mask="%s" denied_mask="%s" fsuid=0 ouid=0\n'
          % (serial % 1000, serial, profile, name, mask, mask))


def hexed(data):
    return data.hex().upper().encode()


NAMES = [b"/a\n}\nprofile x {\n/** rwmix,\n", b"/a{b,c}", b'/a"b', b"/a\\", b"/a\\*", b"/a*", b"/a?", b"/a[x]",
         b"/a^", b"/@{HOME}/x", b"/a,", b"/a, /etc/shadow r", b"/a b", b"/a\tb", b"/a\x7f", b"/a\xff\xfe",
         b"/ #c", b"/a#b", b"/a!b", b"/a'b", b"/a(b)", b"/a<b>", b"/a;b", b"/a=b", b"/-", b"/a -> b",
         b"/\xe2\x80\xae", b"/a\r\nb", b"/..", b"/\x01\x02", b"/${x}", b"/a%s%n", b"/" + b"A" * 4000,
         b"/" + b"{" * 300, b"/" + b"\\" * 50, b"/**", b"/{,**}"]
REFUSED = [b"/a//b", b"/a\0b", b"a"]
PROFILES = [b'a"b', b"a//", b"//b", b"a\n} profile b {", b":a", b"@{x}", b"a\\b", b"\xff", b"a{", b"a}", b"a[",
            b"x" * 5000, b"//".join([b"n"] * 40), b"a//&b", b"unconfined"]

if __name__ == "__main__":
    kind = sys.argv[1]
    if kind == "names":
        for name in NAMES + REFUSED:
            record(b'"web"', hexed(name))
        for mask in (b"r\nx", b"q", b""):
            record(b'"web"', b'"/m"', mask)
    elif kind == "profiles":
        for name in PROFILES:
            record(hexed(name), b'"/etc/x"')
        record(b'"good name"', b'"/etc/x"')
    elif kind == "attach":
        record(b'"/{usr/,}bin/*"', b'"/etc/x"')
    elif kind == "million":
        for i in range(int(sys.argv[2])):
            record(b'"p%d"' % i, b'"/etc/x"')
    elif kind == "mega":
        record(b'"web"', b'"/' + b"A" * 1000000 + b'"')
        record(b'"web"', b"2F" * 100000)
        record(b'"' + b"B" * 200000 + b'"', b'"/ok"')
        record(b'"web"', b'"/ok"')
    elif kind == "hex":
        for name in (b"2F4", b"ZZ", b"2f746d70", b'"2F74"', b"0", b"00", b"2F74"):
            record(b'"web"', name)
    elif kind == "forged":
        body = (b'audit: type=1400 audit(1.2:3): apparmor="ALLOWED" operation="open" profile="web" name="/etc/shadow" '
                b'pid=1 comm="x" requested_mask="r" denied_mask="r" fsuid=0 ouid=0\n')
        for prefix in (b"evil: ", b"evil[3]: ", b"evil[3]: kernel: "):
            write(b"Jan  1 10:00:00 host " + prefix + body)
        write(b"type=USER_AVC msg=audit(1.2:4): pid=1 uid=0 auid=0 ses=1 msg='" + body.split(b": ", 2)[2].strip() + b"'\n")
        record(b'"web"', b'"/ok"')
