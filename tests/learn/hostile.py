#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Logs as somebody would write them who wants his own rules in the profile.

usage: hostile.py names|profiles|attach|mega|hex|forged|others|chains
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
         b"/#include <x>", b"/include <x>", b"/a ", b"/ a  ", b"/a\\,", b"/a,\n  capability,\n  /b", b"/@{}", b"/@{x", b"/a@{int}",
         b"/a\\x2a", b"/a\\052", b"/[^/]", b"/a (deleted)", b"/deny /x r,", b"/ -> /b", b"/\xc0\xaf",
         b"/\xed\xa0\x80", b"/" + b"a/" * 2047 + b"b", b"/" + b"{" * 300, b"/" + b"\\" * 50, b"/**", b"/{,**}"]
REFUSED = [b"/a//b", b"/a\0b", b"a"]
PROFILES = [b'a"b', b"a//", b"//b", b"a\n} profile b {", b":a", b"@{x}", b"a\\b", b"\xff", b"a{", b"a}", b"a[",
            b"x" * 5000, b"//".join([b"n"] * 40), b"a//&b", b"unconfined"]



def other(operation, fields, comm=b'"x"'):
    global serial
    serial += 1
    write(b'type=AVC msg=audit(1675069200.%03d:%d): apparmor="ALLOWED" operation="%s" profile="web" pid=1 comm=%s %s\n'
          % (serial % 1000, serial, operation, comm, fields))


def others():
    """Every name where no file is, three times with a number behind it, so that patterns come of them."""
    send = b'requested_mask="send" denied_mask="send"'
    for name in NAMES:
        for n in (b"", b"1", b"2", b"3"):
            # A field of a record is no longer than this.
            word = hexed(name[:900] + n)
            other(b"connect", b'class="net" family="unix" sock_type="stream" protocol=0 requested="connect" '
                  b'denied="connect" addr=none peer_addr=%s peer="x"' % hexed(b"@" + name[:90] + n))
            other(b"dbus_method_call", b'bus="session" path=%s interface="a.b" member="C" %s peer_label="x"' % (word, send))
            other(b"dbus_bind", b'bus="session" name=%s requested_mask="bind" denied_mask="bind"' % word)
            other(b"signal", b"%s signal=term peer=%s" % (send, word))
            other(b"ptrace", b'requested_mask="read" denied_mask="read" peer=%s' % word)
            other(b"mount", b'name="/mnt/" fstype="tmpfs" srcname=%s flags="rw"' % word)
            other(b"link", b'name=%s requested_mask="l" denied_mask="l" fsuid=0 ouid=1 target="/t"' % word)
            other(b"open", b'name="/c" requested_mask="r" denied_mask="r" fsuid=0 ouid=1', hexed(name[:14] + n))


def chains():
    """The same in the names that complain mode gives."""
    for name in NAMES:
        if len(name) < 1000:
            record(hexed(b"web//null-" + name), b'"/etc/x"')
            other(b"exec", b'name=%s requested_mask="x" denied_mask="x" fsuid=0 ouid=1 target=%s'
                  % (hexed(name), hexed(b"web//null-" + name)))


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
    elif kind == "others":
        others()
    elif kind == "chains":
        chains()
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
