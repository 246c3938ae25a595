#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Profiles of any size, made by recipe: the same text for the same numbers, always.

usage: family.py RECIPE RULES

For the features of 7.2 (priorities) and the abstractions of Debian's sid.

mixed     what large profiles are made of: twelve abstractions, `**` in the middle, alternations,
          a variable of sixteen values, owner, priority, deny and audit, profile transitions. Rules
          have names of their own, so the result grows as the text does.
values    one variable that gets as many values as there are rules that use it. Written out, that
          would be the square of them; the result grows as their sum.
crossing  subtrees with `**` in them, and endings that are allowed below all of the subtrees:
          each subtree gets all the endings, so the result outgrows the text.
"""
import math
import sys

ABSTRACTIONS = """base nameservice authentication user-tmp fonts X gnome dbus-session-strict
    openssl ssl_certs audio python""".split()
WORDS = """amber birch cedar delta ember fjord glade heath inlet jetty knoll larch maple north
    ocean pine quartz ridge slate tundra upland vale willow yarrow zephyr""".split()


def word(i, letters=5):
    """Names that differ soon and late, as names on a disk do, and do not share their ends."""
    mixed, end = i * 0x9e3779b97f4a7c15f39cc0605cedc835 % 2**128, ""
    for _ in range(letters):
        mixed, letter = divmod(mixed, 26)
        end += chr(ord("a") + letter)
    return f"{WORDS[i % len(WORDS)]}-{end}"


# {a} and {b} are names; no two rules have the same pair.
MIXED = (
    "/srv/{a}/**/{b}-*.conf r,",
    "owner @{{HOME}}/.{a}/**/{b}/{{cache,data,state}}/** rw,",
    "priority=5 deny /var/lib/{a}/**/{b}.{{key,pem}} rwl,",
    "priority=2 owner /run/user/*/{a}/**/{b}.sock rwk,",
    "/usr/{{bin,sbin,lib/{a}}}/{b} Px -> {tool},",
    "@{{PLACES}}/{a}/**.{b}.so{{,.*}} mr,",
    "/opt/{a}/**/bin/{b} Cx -> helper,",
    "audit /etc/{a}.d/[0-9]*-{b}.{{conf,d/**}} r,",
    "priority=-3 /mnt/{a}/**/{{{b},{b}.[ch],{b}-[0-9]*}} rw,",
    "owner /media/*/{a}/{{,**/}}{b} rwkl,",
)


def mixed(n):
    places = " ".join(f"/net/{word(i)}/share" for i in range(16))
    rules = [MIXED[i % len(MIXED)].format(a=word(i // 3), b=word(i), tool=word(i // 10 % 6))
             for i in range(n)]
    includes = [f"include <abstractions/{name}>" for name in ABSTRACTIONS]
    return [f"@{{PLACES}}={places}"], includes + rules + ["profile helper { /opt/** r, }"]


def values(n):
    # Long enough that the result, in which names come to share their ends, grows as they do.
    half = n // 2
    names = [word(i, 20) for i in range(n - half)]
    places = " ".join(f"/net/{name}/share" for name in names[:half])
    return [f"@{{PLACES}}={places}"], [f"@{{PLACES}}/{name}/**/log r," for name in names]


def crossing(n):
    endings = 2 * math.isqrt(n)
    return [], ([f"/home/{word(i)}/**/{word(i)}.key rw," for i in range(n - endings)] +
                [f"/home/**/*.{word(i)} r," for i in range(endings)])


RECIPES = {"mixed": mixed, "values": values, "crossing": crossing}


def text(recipe, n):
    before, rules = RECIPES[recipe](n)
    lines = ["include <tunables/global>", *before, f"profile {recipe} {{",
             *(f"  {rule}" for rule in rules), "}"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text(sys.argv[1], int(sys.argv[2])))
