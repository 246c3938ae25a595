#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The table "accesses": every row is asked of our text, of our image and of upstream's image for
each kernel, and of the matcher over upstream's image, which knows nothing of how `yoroi query`
works. What an access is asked as is spelled out here once more, by hand: encode().

usage: accesses.py --build DIR [--write]     --write: put the matcher's answers into the table

A row: FILE | PROFILE | ACCESS | ANSWER. FILE begins with where it is: cases: the files that stand
beside the sources, debian: Debian's policy, ours: profiles/ of the sources, here: this folder.
ANSWER is allow or deny; or one for each kernel, 6.1=allow 7.2=deny.
"""
import argparse
import os
import re
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
TABLE = os.path.join(HERE, "accesses")
KERNELS = ["6.1", "7.2"]
# 3.0.8 does not read it.
NEWER = "here:newer.aa"

# Of the kernel's newest numbering; what a letter stands for beside its own bit.
LETTERS = {"r": 0x4, "w": 0x2, "a": 0x8, "x": 0x1, "k": 0x8000, "m": 0x10000, "l": 0x40000}
LINK, ONEXEC, CHANGE = 0x40000, 0x20000000, 0x40000000
# Ways to execute, as the kernel has them.
EXEC = {"ix": 0x40000000, "Px": 0x04000000, "ux": 0x90000000}
NET = {"send": 2, "receive": 4, "create": 0x10, "shutdown": 0x20, "connect": 0x40,
       "setattr": 0x100, "getattr": 0x200, "accept": 0x100000, "bind": 0x200000,
       "listen": 0x400000, "setopt": 0x1000000, "getopt": 0x2000000}
FAMILIES = {"unix": 1, "inet": 2, "netlink": 16, "packet": 17, "inet6": 10, "alg": 38,
            "bluetooth": 31}
TYPES = {"stream": 1, "dgram": 2, "raw": 3, "seqpacket": 5}
SIGNALS = {"hup": 1, "int": 2, "kill": 9, "term": 15, "chld": 17, "stop": 19, "exists": 35}
PTRACE = {"trace": 2, "read": 4, "tracedby": 8, "readby": 0x10}
MQUEUE = {"write": 2, "read": 4, "create": 0x10, "delete": 0x20, "open": 0x40}
DBUS = {"send": 2, "receive": 4, "eavesdrop": 0x20, "bind": 0x40}
CAPABILITIES = {"chown": 0, "dac_override": 1, "kill": 5, "net_admin": 12, "net_raw": 13,
                "sys_ptrace": 19, "sys_admin": 21, "mac_override": 32, "mac_admin": 33,
                "net_bind_service": 10, "setuid": 7, "syslog": 34, "sys_chroot": 18}
MOUNT = {"ro": 1, "nosuid": 2, "nodev": 3, "noexec": 4, "remount": 6, "bind": 13, "move": 14,
         "rec": 15, "private": 19, "slave": 20, "shared": 21}
MOUNT_WORDS = {"rbind": ["bind", "rec"], "make-slave": ["slave"], "make-private": ["private"],
               "make-shared": ["shared"], "rw": []}


def words_of(text, table):
    """The words of "(a, b)" or of "a" at the beginning; all of them when there is none."""
    m = re.match(r"\(([^)]*)\)|([a-z]+)(?![a-z=_])", text)
    if not m:
        return list(table)
    return re.split(r"[ ,]+", (m.group(1) or m.group(2)).strip())


def bits_of(text, table):
    return sum(table[w] for w in words_of(text, table))


def cond(text, name):
    m = re.search(r"\b%s=\(?([^ ,)]+)" % name, text)
    return m.group(1) if m else None


def unquote(word):
    word = word[1:-1] if word.startswith('"') else word
    return re.sub(r"\\(.)", r"\1", word).encode()


def be16(v):
    return struct.pack(">H", v)


def class_question(number, rest, bits):
    return ["class %s 0x%x" % ((bytes([number]) + rest).hex(), bits)]


def mount_question(text):
    options = []
    for word in re.split(r"[ ,]+", (re.search(r"options=\(([^)]*)\)", text) or [0, ""])[1]):
        options += MOUNT_WORDS.get(word, [word] if word else [])
    if text.startswith("remount"):
        options.append("remount")
    kind = re.search(r"fstype=(\S+)", text)
    rest = re.sub(r"^\w+|\b(options|fstype)=(\([^)]*\)|\S+)", "", text).split("->")
    source = rest[0].strip().encode() if len(rest) > 1 else b""
    point = rest[-1].strip().encode()
    command = set(options) & {"remount", "bind", "move", "private", "slave", "shared"}
    # The kernel looks at what belongs to the command alone.
    if "bind" in command and "remount" not in command:
        options = [o for o in options if o in ("bind", "rec")]
    elif command & {"private", "slave", "shared"}:
        options = [o for o in options if o in ("private", "slave", "shared", "rec")]
    flags = bytes(sorted(MOUNT[o] for o in options))
    fstype = kind.group(1).encode() if kind else b""
    return class_question(7, point + b"\0" + source + b"\0" + fstype + b"\0" + flags, 2)


def unix_question(text, number, fine):
    kind = TYPES[cond(text, "type")]
    head = be16(1) + be16(kind)
    want = words_of(text, NET)
    peer = re.search(r"peer=\(addr=([^ )]+)\)", text)
    local = cond(re.sub(r"peer=\([^)]*\)", "", text), "addr")
    bits = sum(NET[w] for w in want)
    if not fine:
        return class_question(number, head, bits)
    address = lambda a: b"\x01" if a == "none" else b"\0" + a[1:].encode()
    head += be16(0)
    questions = []
    if "create" in want:
        questions += class_question(number, head, NET["create"])
    own = head + (address(local) if local else b"\x01") + b"\0\0"
    for word in want:
        if word in ("bind", "accept", "getattr", "setattr", "shutdown"):
            questions += class_question(number, own, NET[word])
        if word == "listen":
            questions += class_question(number, own + b"\x02\0\x05", NET[word])
        if word in ("connect", "send", "receive"):
            questions += class_question(number, own + b"\x01" + address(peer.group(1)) + b"\0",
                                        NET[word])
    return questions


def file_question(text):
    who = "file"
    m = re.match(r"(owner|other) (.*)", text)
    if m:
        who, text = m.groups()
    m = re.match(r"link (\S+) -> (\S+)", text)
    if m:
        link, target = unquote(m.group(1)), unquote(m.group(2))
        return ["%s %s 0x%x" % (who, link.hex(), LINK),
                "%s %s 0x%x" % (who, (link + b"\0" + target).hex(), LINK),
                "subset %s %s" % (link.hex(), target.hex())]
    m = re.match(r"change_profile (?:(\S+) )?-> (\S+)", text)
    if m and not m.group(1):
        return ["file %s 0x%x" % (unquote(m.group(2)).hex(), CHANGE)]
    if m:
        program, name = unquote(m.group(1)), unquote(m.group(2))
        return ["file %s 0x%x" % (s.hex(), ONEXEC)
                for s in (program, name, program + b"\0" + name)]
    path, letters = re.match(r'("[^"]*"|\S+) ([rwaxkmlPiu]+)$', text).groups()
    if letters in EXEC:
        return ["exec %s 0x%x" % (unquote(path).hex(), EXEC[letters])]
    if letters == "l":
        return ["%s %s 0x%x" % (who, name.hex(), LINK)
                for name in (unquote(path), unquote(path) + b"\0/any/target")]
    return ["%s %s 0x%x" % (who, unquote(path).hex(), sum(LETTERS[c] for c in letters))]


def encode(text, net, fine):
    """The questions by which a kernel would ask; @net: its class of sockets in this image."""
    text = text.rstrip(",").strip()
    head, _, rest = text.partition(" ")
    if head == "capability":
        return ["capability %d" % CAPABILITIES[rest]]
    if head == "network":
        words = rest.split()
        bits = sum(NET.values())
        return class_question(net, be16(FAMILIES[words[0]]) + be16(TYPES[words[1]]), bits)
    if head == "unix":
        return unix_question(rest, net, fine)
    if head == "signal":
        name = cond(rest, "set")
        number = 128 + int(name[6:]) if name.startswith("rtmin") else SIGNALS[name]
        return class_question(10, bytes([number]) + cond(rest, "peer").encode(),
                              bits_of(rest, {"send": 2, "receive": 4}))
    if head == "ptrace":
        return class_question(9, cond(rest, "peer").encode(), bits_of(rest, PTRACE))
    if head in ("mount", "remount"):
        return mount_question(text)
    if head == "umount":
        return class_question(7, rest.encode(), 4)
    if head == "pivot_root":
        new = re.sub(r"oldroot=\S+", "", rest).strip()
        return class_question(7, new.encode() + b"\0" + cond(rest, "oldroot").encode(), 1)
    if head == "userns":
        return class_question(21, b"", 8)
    if head == "io_uring":
        return class_question(22, b"", 0x10)
    if head == "mqueue":
        queue = rest.split()[-1]
        sysv = "type=sysv" in rest
        name = struct.pack(">I", int(queue)) if sysv else queue.encode()
        label = b"\0" + b"some" if not sysv else b"\0" + b"some"
        return class_question(18 if sysv else 17, name + label, bits_of(rest, MQUEUE))
    if head == "dbus":
        fields = [cond(rest, "bus"), cond(rest, "name")]
        bits = bits_of(rest, DBUS)
        if bits & 6:
            fields += [cond(rest, n) for n in ("label", "path", "interface", "member")]
        return class_question(32, b"\0".join((f or "").encode() for f in fields), bits)
    return file_question(text)


class Where:
    def __init__(self, build):
        fetch = lambda name: subprocess.run([os.path.join(ROOT, "tests/debian", name)], check=True,
                                            stdout=subprocess.PIPE,
                                            universal_newlines=True).stdout.strip()
        self.build = build
        self.debian = fetch("fetch")
        self.etc = os.path.join(self.debian, "etc/apparmor.d")
        self.parsers = {"6.1": os.path.join(self.debian, "sbin/apparmor_parser"),
                        "7.2": os.path.join(fetch("fetch-sid"), "parser")}
        cases = os.environ.get("YOROI_CASES") or os.path.join(ROOT, "../shared/cases")
        self.folders = {"cases": os.path.join(cases, "profiles"), "debian": self.etc,
                        "ours": os.path.join(ROOT, "profiles"), "here": HERE}

    def path(self, name):
        where, _, rest = name.partition(":")
        return os.path.join(self.folders[where], rest)

    def policy(self, name, kernel, work):
        """Ours are written for the very kernel; the others for what they say themselves."""
        path = self.path(name)
        if not name.startswith("here:"):
            return path
        with open(path) as f:
            text = 'abi "%s",\n' % self.features(kernel) + f.read()
        path = os.path.join(work, name[5:])
        with open(path, "w") as f:
            f.write(text)
        return path

    def features(self, kernel):
        return os.path.join(ROOT, "profiles/features/debian-" + kernel)


def run(words, text=""):
    p = subprocess.run(words, input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       universal_newlines=True)
    return p


def ask_yoroi(where, words, profile, accesses, includes):
    p = run([os.path.join(where.build, "yoroi"), "query", "-b", includes, "-p", profile] + words,
            "".join(a + "\n" for a in accesses))
    got = [line.split()[0].lower() for line in p.stdout.splitlines()
           if re.match("(ALLOW|DENY) ", line)]
    if len(got) != len(accesses):
        sys.exit("query %s: %d answers to %d accesses: %s" %
                 (words, len(got), len(accesses), p.stderr[:1000]))
    return got


def ask_matcher(where, image, profile, accesses):
    """By the matcher alone. A class that the image does not have is not mediated: allowed."""
    program = [os.path.join(where.build, "tests/ask_image"), image, profile]
    mediated = run(program, "".join("mediated %d\n" % c for c in range(256))).stdout.split()
    net = 15 if mediated[15] == "allow" else 14
    # The family of unix sockets has a state of its own where they are told apart.
    fine = net == 15
    questions, owner = [], []
    for i, access in enumerate(accesses):
        for question in encode(access, net, fine):
            questions.append(question)
            owner.append(i)
    p = run(program, "".join(q + "\n" for q in questions))
    got = p.stdout.split()
    if len(got) != len(questions):
        sys.exit("the matcher: " + p.stderr)
    answers = ["allow"] * len(accesses)
    for question, i, answer in zip(questions, owner, got):
        words = question.split()
        if words[0] == "class" and mediated[int(words[1][:2], 16)] == "deny":
            continue
        if answer == "deny":
            answers[i] = "deny"
    return answers


def read_table():
    rows = []
    with open(TABLE) as f:
        for line in f:
            if line.startswith("#") or not line.strip():
                rows.append(line)
            else:
                rows.append([field.strip() for field in line.split(" | ")])
    return rows


def wanted(answer, kernel):
    if "=" not in answer:
        return answer
    return dict(part.split("=") for part in answer.split())[kernel]


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--build", required=True)
    args.add_argument("--write", action="store_true")
    args = args.parse_args()
    where = Where(args.build)
    table = read_table()
    rows = [r for r in table if isinstance(r, list)]
    groups = sorted({(r[0], r[1]) for r in rows})
    wrong = 0
    with tempfile.TemporaryDirectory() as work:
        for name, profile in groups:
            mine = [r for r in rows if (r[0], r[1]) == (name, profile)]
            accesses = [r[2] for r in mine]
            matched = {}
            asked = KERNELS[1:] if name == NEWER else KERNELS
            for kernel in asked:
                features = where.features(kernel)
                path = where.policy(name, kernel, work)
                upstream, ours = (os.path.join(work, n) for n in ("upstream", "ours"))
                subprocess.run([where.parsers[kernel], "--config-file=/dev/null", "-M", features,
                                # What Yoroi takes for policy without an abi of its own.
                                "--policy-features=" + where.features("6.1"), "-b",
                                where.etc, "-QKTq", "-o", upstream, path], check=True,
                               stderr=subprocess.DEVNULL)
                subprocess.run([os.path.join(where.build, "yoroi"), "compile", "--quiet", "-b",
                                where.etc, "--features", features, "-o", ours, path], check=True)
                matched[kernel] = ask_matcher(where, upstream, profile, accesses)
                if args.write:
                    continue
                answers = {
                    "the matcher": matched[kernel],
                    "our text": ask_yoroi(where, ["--for", features, path], profile, accesses,
                                          where.etc),
                    "our image": ask_yoroi(where, [ours], profile, accesses, where.etc),
                    "upstream's image": ask_yoroi(where, [upstream], profile, accesses,
                                                  where.etc)}
                for who, got in answers.items():
                    for row, answer in zip(mine, got):
                        want = wanted(row[3], kernel)
                        if answer != want:
                            wrong += 1
                            print("%s, %s, %s: %s says %s, the table %s" %
                                  (name, kernel, row[2], who, answer, want))
            for i, row in enumerate(mine):
                each = [matched[k][i] for k in asked]
                row[3:] = [each[0] if len(set(each)) == 1 else
                           " ".join("%s=%s" % pair for pair in zip(KERNELS, each))] \
                    if args.write else row[3:]
    if args.write:
        with open(TABLE, "w") as f:
            f.writelines(r if isinstance(r, str) else " | ".join(r) + "\n" for r in table)
    print("%d accesses, %d profiles, %d wrong" % (len(rows), len(groups), wrong))
    sys.exit(wrong != 0)


if __name__ == "__main__":
    main()
