#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The table "accesses" as a guest needs it, which has no Python: what each row is asked as, and
what would have to be done to see it happen.

usage: for_guest.py --build DIR OUT

OUT/profiles: the policy, each file once, by number. OUT/rows: a line for each row, fields parted
by tabs: file, profile, what kind of access, the access, questions where sockets have class 14,
where they have class 15, deed, what the table says of 6.1, of 7.x. Questions as ask_image.c reads
them, parted by ";"; deeds as do_access.c reads them, fields parted by "|", "-" for none.
"""
import argparse
import os
import re
import sys

import accesses as table

FLAGS = {"ro": 1, "nosuid": 2, "nodev": 4, "noexec": 8, "remount": 32, "bind": 4096,
         "move": 8192, "rec": 16384, "private": 1 << 18, "slave": 1 << 19, "shared": 1 << 20}


def signal_number(name):
    """Of this machine; rtmin is the kernel's own."""
    numbers = {"hup": 1, "int": 2, "kill": 9, "term": 15, "chld": 17, "stop": 19, "exists": 0}
    return 32 + int(name[6:]) if name.startswith("rtmin+") else numbers[name]


def mount_deed(text):
    options = []
    for word in re.split(r"[ ,]+", (re.search(r"options=\(([^)]*)\)", text) or [0, ""])[1]):
        options += table.MOUNT_WORDS.get(word, [word] if word else [])
    if text.startswith("remount"):
        options.append("remount")
    kind = re.search(r"fstype=(\S+)", text)
    rest = re.sub(r"^\w+|\b(options|fstype)=(\([^)]*\)|\S+)", "", text).split("->")
    source = rest[0].strip() if len(rest) > 1 else ""
    return ["mount", source, rest[-1].strip(), kind.group(1) if kind else "",
            str(sum(FLAGS[o] for o in set(options)))]


def unix_deed(text):
    peer = re.search(r"peer=\(addr=([^ )]+)\)", text)
    local = table.cond(re.sub(r"peer=\([^)]*\)", "", text), "addr")
    return ["unix", ",".join(table.words_of(text, table.NET)),
            str(table.TYPES[table.cond(text, "type")]), local or "",
            peer.group(1) if peer else ""]


def path_of(word):
    return table.unquote(word).decode()


def file_deed(text):
    half = "both"
    m = re.match(r"(owner|other) (.*)", text)
    if m:
        half, text = m.groups()
    m = re.match(r"link (\S+) -> (\S+)", text)
    if m:
        return ["link", half, path_of(m.group(1)), path_of(m.group(2))]
    m = re.match(r"change_profile (?:(\S+) )?-> (\S+)", text)
    if m:
        return ["change", path_of(m.group(1) or ""), m.group(2)]
    path, letters = re.match(r'("[^"]*"|\S+) ([rwaxkmlPiu]+)$', text).groups()
    if letters.endswith("x"):
        return ["exec", half, path_of(path), letters]
    if letters == "l":
        # Allowed if the link lets do no more than its target: a file of the same kind.
        return ["link", half, path_of(path), path_of(path) + "2"]
    return ["file", half, path_of(path), letters]


def deed_of(text):
    text = text.rstrip(",").strip()
    head, _, rest = text.partition(" ")
    if head == "capability":
        return ["capability", rest, str(table.CAPABILITIES[rest])]
    if head == "network":
        words = rest.split()
        return ["network", str(table.FAMILIES[words[0]]), str(table.TYPES[words[1]])]
    if head == "unix":
        return unix_deed(rest)
    if head == "signal":
        return ["signal", ",".join(table.words_of(rest, {})),
                str(signal_number(table.cond(rest, "set"))), table.cond(rest, "peer")]
    if head == "ptrace":
        return ["ptrace", ",".join(table.words_of(rest, {})), table.cond(rest, "peer")]
    if head in ("mount", "remount"):
        return mount_deed(text)
    if head == "umount":
        return ["umount", rest]
    if head == "pivot_root":
        new = re.sub(r"oldroot=\S+", "", rest).strip()
        return ["pivot_root", new, table.cond(rest, "oldroot")]
    if head in ("userns", "io_uring"):
        return [head]
    if head == "mqueue":
        kind = table.cond(rest, "type")
        return ["mqueue", kind, ",".join(table.words_of(rest, {})), rest.split()[-1]]
    if head == "dbus":
        return ["-"] # a daemon asks, by .access itself
    return file_deed(text)


def kind_of(text):
    head = text.split()[0]
    if head in ("owner", "other"):
        head = text.split()[1]
    if head == "remount":
        head = "mount"
    return "file" if head[0] in '/"' else head


def policy_text(path):
    """In enforce mode: what complain mode refuses nobody sees when it is done."""
    with open(path) as f:
        return re.sub(r"\bflags=\(complain\)", "", re.sub(r"complain, *|, *complain", "", f.read()))


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--build", required=True)
    args.add_argument("out")
    args = args.parse_args()
    where = table.Where(args.build)
    rows = [r for r in table.read_table() if isinstance(r, list)]
    names = sorted({r[0] for r in rows})
    os.makedirs(os.path.join(args.out, "profiles"))
    for number, name in enumerate(names):
        with open(os.path.join(args.out, "profiles", str(number)), "w") as f:
            if name.startswith("here:"):
                f.write('abi "/opt/verdicts/features",\n')
            f.write(policy_text(where.path(name)))
    with open(os.path.join(args.out, "rows"), "w") as f:
        for name, profile, access, answer in rows:
            fields = [str(names.index(name)), profile, kind_of(access), access,
                      ";".join(table.encode(access, 14, False)),
                      ";".join(table.encode(access, 15, True)), "|".join(deed_of(access)),
                      table.wanted(answer, "6.1"), table.wanted(answer, "7.2")]
            if any("\t" in field for field in fields):
                sys.exit("a tab in %s" % access)
            f.write("\t".join(fields) + "\n")


if __name__ == "__main__":
    main()
