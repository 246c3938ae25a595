#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Random profiles, compiled by us and by upstream's parser: both must decide alike.

Two grammars: what Debian's parser 3.0.8 takes, for its 6.1 kernel, and the whole language, with
sid's parser (5.0.2) and each newer kernel in turn. Everything that is generated is meant to be
valid; what both refuse (two ways to execute one path, say) is alike, too.
A case that differs is made smaller for as long as it still differs, then printed.

What the two are known and meant to do differently is not generated; look for "Left out".
"""
import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import time

from upstream import plain

BATCH = 100  # cases in one call of a compiler
OLD, NEWER = "debian-6.1", ["debian-6.12", "debian-7.2", "debian-7.3"]
SHRINK_CALLS = 600  # attempts to make one case smaller


class Node:
    """A rule, or a block of them with its head; what a case is made of and shrunk by."""

    def __init__(self, head, children=None, tail="}"):
        self.head, self.children, self.tail = head, children, tail

    def lines(self, indent=""):
        yield indent + self.head
        if self.children is not None:
            for child in self.children:
                yield from child.lines(indent + "\t")
            yield indent + self.tail


class Case:
    def __init__(self, name, nodes):
        self.name, self.nodes = name, nodes

    def text(self):
        return "\n".join(line for node in self.nodes for line in node.lines()) + "\n"

    def parts(self):
        """Each of several profiles with what stands before the first."""
        profiles = [node for node in self.nodes if node.children is not None]
        before = [node for node in self.nodes if node.children is None]
        return [Case(self.name, before + [p]) for p in profiles] if len(profiles) > 1 else []


# ---------------------------------------------------------------- the grammar

CAPABILITIES = """audit_control audit_read audit_write block_suspend bpf checkpoint_restore chown
    dac_override fowner fsetid kill lease mac_admin mknod net_admin net_raw perfmon setfcap setgid
    setuid sys_admin sys_ptrace syslog wake_alarm""".split()
FAMILIES = """inet inet6 unix netlink packet ax25 ipx appletalk netrom bridge atmpvc x25 rose
    netbeui security key ash econet atmsvc sna pppox wanpipe bluetooth can tipc vsock alg nfc kcm
    smc xdp mctp phonet llc rds isdn ib mpls caif ieee802154 qipcrtr rxrpc iucv irda""".split()
TYPES = "stream dgram seqpacket rdm raw packet".split()
SIGNALS = """hup int quit ill trap abrt bus fpe kill usr1 segv usr2 pipe alrm term stkflt chld cont
    stop stp ttin ttou urg xcpu xfsz vtalrm prof winch io pwr sys emt exists""".split()
EXECS = "ix px Px ux Ux cx Cx pix Pix pux PUx cix Cix cux CUx".split()
# Left out: a command (bind, move, remount, make-*) together with other flags. Ours then asks
# for exactly those, as upstream 5 does; 3.0.8 laid several rules, some of them wider than
# what was written (CVE-2016-1585).
# Left out: a flag and its opposite in one options=; ours refuses what no mount can be. And
# norelatime and noiversion, which are no flags at all in 3.0.8: alone they mean any flags.
MOUNT_FLAGS = [pair.split("/") for pair in """ro/rw/r/w/read-only suid/nosuid dev/nodev exec/noexec
    sync/async mand/nomand dirsync atime/noatime diratime/nodiratime silent/loud/verbose acl/noacl
    relatime iversion strictatime user/nouser""".split()]
MOUNT_COMMANDS = """bind rbind move remount make-private make-rprivate make-slave make-rslave
    make-shared make-rshared make-unbindable make-runbindable private rprivate slave rslave shared
    rshared unbindable runbindable B M R""".split()
RLIMITS = (
    ["%s <= %s" % (name, size) for name in "fsize data stack core rss as memlock msgqueue".split()
     for size in "0 12 64K 3M 2G 5KB 7MB 1GB infinity".split()] +
    ["%s <= %s" % (name, n) for name in "nofile nproc locks sigpending rtprio".split()
     for n in "0 1 77 infinity".split()] +
    ["nice <= %d" % n for n in (-20, -7, 0, 5, 19)] +
    ["cpu <= %s" % t for t in ("10", "3 s", "2min", "1 hour", "4 days", "infinity")] +
    ["rttime <= %s" % t for t in ("10", "60ms", "3 s", "2 min", "5us", "infinity")])
UNQUOTED = str.maketrans("", "", "()&=#")  # what ends a word in a condition
CHILD_TARGET = re.compile(r"[cC][iuU]?x.* -> ")


class Generator:
    newer = False  # for sid's parser

    def __init__(self, rng):
        self.r = rng
        self.vars = []
        self.audits = self.aliases = False
        self.depth = 0
        self.pool = []

    def chance(self, p):
        return self.r.random() < p

    def pick(self, *choices):
        return self.r.choice(choices)

    def some(self, items, low, high):
        return self.r.sample(items, min(self.r.randint(low, high), len(items)))

    # Few letters, so that patterns meet.
    def name(self):
        return "".join(self.r.choice("abc") for _ in range(self.r.choice((1, 1, 1, 2, 2, 3))))

    def escape(self, quoted):
        return self.r.choice([
            r"\*", r"\?", r"\[", r"\]", r"\{", r"\}", r"\,", r"\\", r"\x61", r"\x2e", r"\141",
            r"\062", r"\d098", r"\d42", r"\052", r"\@", r"\^", r"\-", r"\a", r"\n", r"\t", r"\x20",
        ] + ([r"\"", " ", ","] if quoted else [r"\040"]))

    # Left out: '*' and '?' inside a class, which 3.0.8 takes for operators of its own.
    def char_class(self):
        if self.chance(0.2):
            return self.pick("[^/]", "[a-c]", "[0-9]", "[^a-b/]", "[.a]", r"[a\]]", r"[\\a]",
                             "[-a]",
                             "[^-a]", "[a,b]", "[{}]", "[+.(]", r"[\^a]", "[a^]", "[ab|]", r"[\-a]")
        members = "".join(self.some(list("abcd.") + ["a-c", "b-d", "0-9", "x"], 1, 3))
        return "[" + self.pick("", "", "^") + members + "]"

    def alternation(self, depth, slash, quoted):
        ways = []
        for _ in range(self.r.randint(2, 3)):
            way = ""
            if not self.chance(0.15):
                way = self.component(depth + 1, quoted)
                if slash and self.chance(0.3):
                    way = self.pick("/" + way, way + "/",
                                    way + "/" + self.component(depth + 1, quoted))
            ways.append(way)
        # Two commas in a row end a word, so one alternative at most is empty, and not inside.
        ways = [way for way in ways if way]
        if not ways or len(ways) == 1 or self.chance(0.15):
            ways = (ways or [self.name()]) + [""]
            if self.chance(0.7):
                ways = ways[-1:] + ways[:-1]
        return "{" + ",".join(ways) + "}"

    def piece(self, depth, quoted):
        x = self.r.random()
        if x < 0.50:
            return self.name()
        if x < 0.64:
            return "*"
        if x < 0.70:
            return "**"
        if x < 0.75:
            return "?"
        if x < 0.82:
            return self.char_class()
        if x < 0.90 and depth < 3:
            return self.alternation(depth, True, quoted)
        if x < 0.93:
            # Left out: a backslash at the end of a word; 3.0.8 reads '\\\\ ' as one escaped blank.
            escaped = self.escape(quoted)
            return escaped + "x" if escaped in (r"\\", r"\,", ",") else escaped
        if x < 0.96 and self.vars:
            return "@{%s}" % self.r.choice(self.vars)
        return self.pick(".", "-", "_", "+", "~", ":", "%", "a.b", "=", "x", "$", "^", "|", "(",
                         ")", "é", "&", ";", "#", "'", "`", "<", ">", "--", "->", "a-b", "@x")

    def component(self, depth=0, quoted=False):
        return "".join(self.piece(depth, quoted) for _ in range(self.r.choice((1, 1, 1, 2, 2, 3))))

    # The same texts again and again meet in more ways than patterns do.
    def path(self, globs=True):
        if globs and self.pool and self.chance(0.6):
            return self.r.choice(self.pool)
        text = self.new_path(globs)
        if self.pool and globs and len(self.pool) < 4:
            self.pool.append(text)
        return text

    def new_path(self, globs):
        quoted = self.chance(0.06)
        if not globs:
            text = "".join("/" + self.name() for _ in range(self.r.choice((1, 1, 2, 3))))
        else:
            text = ""
            if self.chance(0.02):
                text = "/@{profile_name}"
            elif self.vars and self.chance(0.15):
                text = "@{%s}" % self.r.choice(self.vars)
                if text in ("@{W}", "@{N}"):
                    text = "/" + text
                # "@{D}+" would be an assignment.
                if self.chance(0.3):
                    text += "{x,}" + self.component(0, quoted)
            elif self.chance(0.05):
                text = "/"
            for _ in range(self.r.choice((1, 1, 2, 2, 3)) if text != "/" else self.pick(0, 1)):
                text += "/" + self.component(0, quoted)
            if self.chance(0.1):
                text += self.pick("/", "/", "{,/}", "/{,**}", "{,/**}", "/**", "/*", "/**/", "//")
        return '"%s"' % text if quoted else text

    # Left out: audited and denied things in one profile. 3.0.8 lets the audit bit of a permission
    # stay when that is denied; then "audit r" logs every stat(2) of the file, and a class that is
    # denied whole is a class with something in it.
    def prefix(self):
        kinds = ["", "", "", "", "allow "]
        kinds += ["audit ", "audit allow "] if self.audits else ["deny ", "deny ", "audit deny "]
        return self.r.choice(kinds)

    def file_prefix(self):
        return self.prefix() + self.pick("", "", "", "owner ")

    # Left out: variables in an exec target, which 3.0.8 takes for the name as it stands.
    def exec_target(self, mode):
        if not self.chance(0.35) or mode in ("ix", "ux", "Ux"):
            return ""
        if mode[0] in "cC":
            # Left out: a child's name that is a path of another child, see child().
            return " -> " + self.pick("c1", "c2", "ca", "nowhere")
        return " -> " + self.pick("a", "b", "p//c1", "/a/b", ":ns:a", ":ns://a", "&a", "a//&b",
                                  '"a b"')

    def file_rule(self, execs=True):
        prefix = self.file_prefix()
        deny = "deny" in prefix
        if self.chance(0.02) and not deny and "audit" not in prefix:
            return prefix + "file,"
        letters = [c for c in "rwklm" if self.chance(0.35)]
        if "w" in letters and self.chance(0.2):
            letters[letters.index("w")] = "a"
        target, mode, word = "", "", ""
        # Left out: audited exec. In 3.0.8 an exec by exact path takes the audit of patterns
        # that meet it along; upstream 5 counts the rule alone that decides.
        if execs and self.chance(0.35) and "audit " not in prefix.replace("audit deny", ""):
            mode = "x" if deny else self.r.choice(EXECS)
            letters.insert(self.r.randint(0, len(letters)), mode)
            if not deny:
                target = self.exec_target(mode)
                if self.chance(0.05):
                    word = self.pick("safe ", "unsafe ")
        if not letters:
            letters = ["r"]
        perms, path = "".join(letters), self.path(self.chance(0.8))
        keyword = "file " if self.chance(0.05) else ""
        # Left out: 'PATH l -> TARGET', of which 3.0.8 takes the link alone, whatever its target.
        if "l" in letters and not mode and self.chance(0.2):
            target = " -> " + self.path()
            return "%s%s%s %s%s," % (prefix, keyword, perms, path, target)
        if self.chance(0.1) and not (mode and target and "l" in letters):
            return "%s%s%s%s %s%s," % (prefix, keyword, word, perms, path, target)
        return "%s%s%s%s %s%s," % (prefix, keyword, word, path, perms, target)

    # Left out: 'link subset' beside an alias, whose spelling of the rule loses the subset in 3.0.8.
    def link_rule(self):
        kind = self.pick("link ", "l ", "l " if self.aliases else "link subset ")
        return "%s%s%s -> %s," % (self.file_prefix(), kind, self.path(), self.path())

    def capability(self):
        return self.prefix() + " ".join(["capability"] + self.some(CAPABILITIES, 0, 3)) + ","

    def network(self):
        words = self.pick(
            [], [self.r.choice(FAMILIES)], [self.r.choice(FAMILIES), self.r.choice(TYPES)],
            [self.r.choice(TYPES)], [self.pick("tcp", "udp", "icmp")],
            [self.pick("inet", "inet6"), self.pick("tcp", "udp", "icmp")],
            [self.pick("inet", "inet6"), self.r.choice(TYPES)])
        return self.prefix() + " ".join(["network"] + words) + ","

    def access(self, words):
        chosen = self.some(words, 0, 3)
        if not chosen:
            return ""
        if len(chosen) == 1 and self.chance(0.5):
            return " " + chosen[0]
        return " (" + self.pick(", ", " ").join(chosen) + ")"

    # Left out: a pattern that the empty label matches. 3.0.8 logs it; in ours the marker of the
    # class, the same bit as ptrace's read, goes first.
    def label(self):
        if self.chance(0.3):
            return self.name() + self.pick("", "/", "//") + self.component().translate(UNQUOTED)
        return self.pick("a", "b", "unconfined", "/a/*", "a*", "{a,b}", "/a/**", '"a b"', "a//b",
                         "@{profile_name}", "[ab]c", "a?", "?*", "/{a,b}/c", "a//&b", ":ns:a",
                         "@{N}" if "N" in self.vars else "ab")

    def unix(self):
        peer = self.chance(0.3)
        text = self.prefix() + "unix" + self.access(
            ("send receive connect" if peer else "send receive connect accept bind listen create "
             "getattr setattr shutdown getopt setopt").split())
        if self.chance(0.5):
            text += " type=" + self.pick("stream", "dgram", "seqpacket")
        if self.chance(0.2):
            text += " addr=" + self.pick("none", "@a*", '"@a b"')
        if peer:
            text += " peer=(" + self.pick("label=a", "addr=@b", "label=a, addr=none") + ")"
        return text + ","

    def dbus(self):
        return self.prefix() + self.pick(
            "dbus", "dbus send", "dbus bus=session", "dbus (send, receive) bus=system path=/a",
            "dbus bind bus=session name=a.b", "dbus eavesdrop") + ","

    def ptrace(self):
        text = self.prefix() + "ptrace" + self.access(
            "read trace readby tracedby".split() if self.chance(0.8) else ["r", "w", "rw"])
        return text + (" peer=" + self.label() if self.chance(0.5) else "") + ","

    def signal(self):
        text = self.prefix() + "signal" + self.access(
            "send receive".split() if self.chance(0.8) else "r w rw read write".split())
        if self.chance(0.5):
            signals = self.some(SIGNALS + ["rtmin+%d" % self.r.randint(0, 32)], 1, 4)
            text += " set=" + (signals[0] if len(signals) == 1 and self.chance(0.5)
                               else "(" + self.pick(", ", " ").join(signals) + ")")
        return text + (" peer=" + self.label() if self.chance(0.5) else "") + ","

    def mount_path(self):
        # Left out: an empty path.
        return self.path(self.chance(0.7))

    def mount(self):
        text = self.prefix() + "mount"
        command = self.chance(0.3)
        device = self.chance(0.6)
        if not command and self.chance(0.35):
            text += " fstype" + self.pick("=ext4", "=(ext4, xfs)", " in (a, b)", "=fuse.*",
                                          "={a,b}", "=a?", "=[ab]c")
        if command:
            flag = self.r.choice(MOUNT_COMMANDS)
            text += self.pick(" options=(%s)", " options=%s", " options in (%s)") % flag
            # Left out: the mount point of a change of propagation where a source stands. 3.0.8
            # refuses it, later ones take it for what is meant, as ours does.
            device = device and flag in ("bind", "rbind", "move", "B", "M", "R")
        elif self.chance(0.5):
            # Left out: two options=, which the manual page lists among its known bugs.
            text += " options" + self.pick("=(", " in (") + ", ".join(
                self.pick(*pair) for pair in self.some(MOUNT_FLAGS, 1, 4)) + ")"
        if device:
            text += " " + self.mount_path()
        if self.chance(0.6):
            text += " -> " + self.mount_path()
        return text + ","

    def remount(self):
        return self.prefix() + "remount" + self.pick("", " " + self.mount_path()) + ","

    def umount(self):
        # Left out: a logged umount of anything. Of the empty path, which no one can ask for,
        # 3.0.8 logs it; in ours the marker of the class, the same bit, goes first.
        prefix, path = self.prefix(), self.pick("", " " + self.mount_path())
        return ("" if not path else prefix) + self.pick("umount", "unmount") + path + ","

    def pivot_root(self):
        text = self.prefix() + "pivot_root"
        if self.chance(0.5):
            text += " oldroot=" + self.path(self.chance(0.5)).rstrip("/") + "/"
        if self.chance(0.6):
            text += " " + self.path(self.chance(0.5)).rstrip("/") + "/"
        return text.replace('"', "") + "," if '"' not in text else self.prefix() + "pivot_root,"

    def change_profile(self):
        # Left out: audited ones. 3.0.8 puts them together with file rules of the same text and
        # audits those as well, or denies them loudly.
        text = self.pick("", "", "allow ", "" if self.audits else "deny ") + "change_profile"
        if self.chance(0.4):
            # Left out: '//' and variables that bring one; 3.0.8 keeps it here, so that the rule
            # never applies.
            text += self.pick(" ", " ", " safe ", " unsafe ") + \
                re.sub("//+", "/", re.sub(r"@\{\w+\}", "/v", self.path()))
        if self.chance(0.8):
            # Left out: the text of a file rule as the target. 3.0.8 makes one rule of both, and
            # forgets what the file rule grants.
            text += " -> " + self.pick(self.label(), "a", "b*", "{a,b}", "/t/b", ":ns:a", "a//b",
                                       "/t/**", "**", "[ab]c", "&a", '"a b"', "a//&b",
                                       "@{profile_name}//x",
                                       "@{N}" if "N" in self.vars else "c")
        return text + ","

    def rlimit(self):
        return "set rlimit %s," % self.r.choice(RLIMITS)

    def rule(self):
        make = self.r.choices(
            [self.file_rule, self.link_rule, self.capability, self.network, self.unix, self.ptrace,
             self.signal, self.mount, self.remount, self.umount, self.pivot_root,
             self.change_profile, self.rlimit, self.dbus],
            [60, 4, 4, 7, 3, 4, 5, 6, 1, 2, 2, 4, 2, 1])[0]
        return Node(make())

    def rules(self, low, high):
        return [self.rule() for _ in range(self.r.randint(low, high))]

    # Left out: conditions round other rules than files and capabilities, which 3.0.8 forgets, and
    # beside network rules, where it crashes.
    def condition(self):
        test = self.pick("${T}", "${F}", "not ${T}", "not ${F}", "defined @{W}", "defined @{NONE}",
                         "not defined @{W}", "defined ${T}", "defined ${NONE}")
        children = self.plain_rules()
        if self.chance(0.5):
            children += [Node("} else {")] + self.plain_rules()
        return Node("if %s {" % test, children)

    def plain_rules(self):
        return [Node(self.pick(self.file_rule, self.capability)())
                for _ in range(self.pick(1, 2, 3))]

    def flags(self):
        if not self.chance(0.35):
            return ""
        # Left out: the flags that stand for the default (chroot_attach, namespace_relative,
        # delegate_deleted, no_attach_disconnected); 3.0.8 writes some of them as something else.
        chosen = self.some(["attach_disconnected", "mediate_deleted", "chroot_relative", "audit",
                            "chroot_no_attach", self.pick("complain", "kill", "enforce",
                                                          "unconfined"),
                            ], 1, 3)
        return self.pick(" flags=(%s)", " (%s)", " flags = (%s)") % \
            self.pick(", ", " ").join(chosen)

    def attachment(self):
        # Left out: several xattrs, which 3.0.8 lists in another order.
        text = " " + self.path(self.chance(0.8))
        if self.chance(0.1):
            text += " xattrs=(%s)" % self.pick(
                'user.a="%s"' % self.value_of_xattr(),
                "user.a=b", 'user.a="b*"', "security.ima=*", "user.a={a,b}", "user.a")
        return text

    # Left out: variables in the values; 3.0.8 does not expand them and stumbles over the braces.
    def value_of_xattr(self):
        while True:
            value = self.component(0, True).translate(UNQUOTED)
            if "@{" not in value:
                return value

    def child(self, name):
        if self.chance(0.2):
            name = self.pick("/a/b", "/a", '"c d"')
        return Node("profile %s%s%s {" % (name, self.attachment() if self.chance(0.3) else "",
                                          self.flags()), self.inner_rules())

    # Left out: children of children and 'cx -> name' inside a child; 3.0.8 names both from
    # the inner profile alone.
    def inner_rules(self):
        return [node for node in self.rules(0, 4)
                if not CHILD_TARGET.search(node.head)]

    def hat(self, name):
        return Node(self.pick("^", "hat ") + name + self.flags() + " {", self.inner_rules())

    def profile(self, name):
        self.audits = self.chance(0.3)
        self.pool = [self.new_path(True)] if self.chance(0.4) else []
        body = self.rules(0, 12)
        if self.chance(0.12):
            body = [node for node in body if not re.search(r"\b(network|unix)\b", node.head)]
            body.append(self.condition())
        if self.chance(0.05):
            body.append(Node("owner {", [Node(self.plain_file()) for _ in range(2)]))
        if self.chance(0.12):
            body += [self.hat(h) for h in self.some(["h1", "h2", "h-x"], 1, 2)]
        if self.chance(0.12):
            body += [self.child(c) for c in self.some(["c1", "c2", "ca"], 1, 2)]
        self.r.shuffle(body)
        for node in body:
            if self.chance(0.03):
                node.tail = node.tail if node.children is None else node.tail + " # end"
                node.head += " # a comment, {"
        # Left out: children in a namespace; 3.0.8 puts them into the one it runs in.
        names = ["", "", "", "", "", ":ns:", ":ns://"]
        whole = all(node.children is None or node.head.startswith(("if ", "owner "))
                    for node in body)
        head = "profile " + (self.r.choice(names) if whole else "") + name
        # Left out: 'cx -> name' in such a profile; the name goes behind the text "@{N}" in 3.0.8.
        if "N" in self.vars and self.chance(0.1):
            head += "@{N}"
            body = [node for node in body if not CHILD_TARGET.search(node.head)]
        if self.chance(0.25):
            head += self.attachment()
        elif self.chance(0.08):
            head = "/%s/%s" % (name, self.component())
            head = head if not re.search(r"@\{|\\|[\"']", head) else "/" + name
        return Node(head + self.flags() + " {", body)

    def plain_file(self):
        return "%s %s," % (self.path(), self.pick("r", "w", "rw", "rk", "m"))

    def case(self, name):
        self.vars, self.pool = [], []
        nodes = []
        self.aliases = self.chance(0.1)
        if self.chance(0.4):
            values = {"D": ["/a/", "/b", "/c/a/"], "P": ["/a/b", "/{a,b}/c", "/a/*/b", "/b/**"],
                      "W": ["a", "b", "{a,c}", "a*", "b?", "[ab]"], "N": ["nn"]}
            for var in self.some(list(values), 1, 3):
                given = self.some(values[var], 1, 3)
                nodes.append(Node("@{%s}=%s" % (var, " ".join(given))))
                more = self.r.choice(values[var])
                # Left out: a value twice; 3.0.8 makes an alternation of it, as "{nn,nn}".
                if self.chance(0.2) and (self.newer or more not in given):
                    nodes.append(Node("@{%s}+=%s" % (var, more)))
                self.vars.append(var)
            if "W" in self.vars and self.chance(0.2):
                nodes.append(Node("@{WW}=" + self.pick("@{W}", "@{W}x", "/@{W}/ /y")))
                if nodes[-1].head.startswith("@{WW}=/"):
                    self.vars.append("WW")
        if self.aliases:
            for _ in range(self.pick(1, 1, 2)):
                nodes.append(Node("alias %s -> %s," % (
                    self.path(False).strip('"') + self.pick("", "/"),
                    self.path(False).strip('"') + self.pick("", "/"))))
        nodes += [Node("${T}=true"), Node("${F}=false")]
        for suffix in ("", "b") if self.chance(0.05) else ("",):
            nodes.append(self.profile(name + suffix))
        return Case(name, nodes)


# ---------------------------------------------------------------- the whole language

MQUEUE = "r w rw read write create open delete getattr setattr".split()
SOCKET = "send receive connect accept bind listen create getattr setattr shutdown getopt setopt".split()
QUALIFIERS = ["audit", "deny", "allow", "owner", "audit deny", "audit owner"]


def drop_named(node, tails):
    """Without the rules of paths that are one of @tails behind their first byte."""
    def lost(line):
        return any(re.sub("/+", "/", word.strip(',"'))[1:] in tails for word in line.split())
    node.children = [child for child in node.children if child.children is not None or
                     "change_profile" in child.head or not lost(child.head)]
    for child in node.children:
        if child.children is not None:
            drop_named(child, tails)


# What else 5.0.2 loses, seen from the difference: the names, what it has, what we have.
DIFFERENCE = re.compile(r"(?m)^profile '.*': (.*)\n +first:  (.*)\n +second: (.*)\n")


def lost_upstream(text, found):
    where, theirs, ours = found.groups()
    if re.search(r"named -> .*@\{", theirs):  # no profile has such a name
        return True
    # The audit of setattr, where a rule with a type allows the same: by the rank of exact paths.
    if where.startswith("network") and " audit " in ours:
        allowed, audited = ours.split(" audit ")
        rest = ",".join(x for x in audited.split(",") if x != "setattr")
        if theirs == allowed + (" audit " + rest if rest else ""):
            return True
    # "unix," beside "network create," and the like, with a word of access and no family.
    return (re.match(r'network .v[89].: "\\x0[ef]\\x00\\x01', where) is not None and
            re.search(r"\bnetwork ?\(?(%s)\b" % "|".join(SOCKET), text) is not None and
            re.search(r"\bunix\b", text) is not None)


def without_known(text, policy):
    """The differences that are not upstream's losses; "" when none is left."""
    left = DIFFERENCE.sub(lambda m: "" if lost_upstream(policy, m) else m.group(0), text)
    return left if re.search(r"(?m)^profile '", left) else ""


class Whole(Generator):
    """What 5.0.2 takes beside what 3.0.8 does."""

    newer = True

    # Left out: nothing about audit and deny in one profile; 5.0.2 keeps them apart.
    def prefix(self):
        words = [self.pick("priority=%d" % self.r.randint(-3, 3), "priority=1000",
                           "priority=-1000")] if self.chance(0.12) else []
        words += self.pick([], [], [], ["allow"], ["deny"], ["audit", "deny"], ["audit"],
                           ["audit", "allow"])
        return "".join(word + " " for word in words)

    def socket_access(self, peer):
        return self.access("send receive connect".split() if peer else SOCKET)

    def unix(self):
        peer = self.chance(0.4)
        text = self.prefix() + "unix" + self.socket_access(peer)
        if self.chance(0.5):
            text += " type=" + self.pick("stream", "dgram", "seqpacket")
        if self.chance(0.4):
            text += " addr=" + self.pick("none", "auto", "@a*", "@a/b", '"@a b"', "@[ab]*", "/a/*",
                                         "@**")
        if peer:
            text += " peer=(" + self.pick("label=%s" % self.label(), "addr=@b", "addr=none",
                                          "label=a, addr=@b*", "addr=@b label=b") + ")"
        return text + ","

    def network(self):
        words = [self.socket_access(False).strip()] if self.chance(0.3) else []
        words += self.pick(
            [], [self.r.choice(FAMILIES)], [self.r.choice(FAMILIES), self.r.choice(TYPES)],
            [self.r.choice(TYPES)], [self.pick("tcp", "udp", "icmp")],
            [self.pick("inet", "inet6"), self.pick("tcp", "udp", "icmp")],
            [self.pick("inet", "inet6"), self.r.choice(TYPES)])
        if self.chance(0.12):
            words = ["inet", self.pick("stream", "dgram")] + self.some(
                ["ip=10.0.0.1", "port=80", "peer=(ip=1.2.3.4)", "peer=(ip=1.2.3.4 port=22)"], 1, 2)
        prefix = re.sub(r"priority=\S+ ", "", self.prefix())
        return prefix + " ".join(["network"] + [w for w in words if w]) + ","

    def dbus(self):
        text = self.prefix() + "dbus"
        name = self.pick("a.b", "a.*", "{a,b}.c", "a.b{,.c}")
        kind = self.pick("message", "message", "bind", "eavesdrop", "all")
        bus = " bus=" + self.pick("system", "session", "{system,session}", "a*") \
            if self.chance(0.5) else ""
        if kind == "bind":
            return text + " bind" + bus + (" name=" + name if self.chance(0.7) else "") + ","
        if kind == "eavesdrop":
            return text + " eavesdrop" + bus + ","
        if kind == "all":
            return text + ","
        text += self.access(["send", "receive"]) + bus
        for word, values in (("path", ("/a", "/a/**", "/{a,b}", "/")),
                             ("interface", ("a.b", "a.*")), ("member", ("M", "{M,N}", "M*"))):
            if self.chance(0.35):
                text += " %s=%s" % (word, self.pick(*values))
        if self.chance(0.4):
            text += " peer=(%s)" % self.pick("name=" + name, "label=" + self.label(),
                                             "name=%s, label=a" % name)
        return text + ","

    def mqueue(self):
        text = self.prefix() + "mqueue"
        if self.chance(0.5):
            text += self.access(MQUEUE)
        kind = self.pick("", "posix", "sysv")
        if kind:
            text += " type=" + kind
        if self.chance(0.3):
            text += " label=" + self.label()
        if self.chance(0.6):
            text += " " + (str(self.r.randint(0, 99999)) if kind == "sysv" else
                           self.pick("/a", "/a*", "/{a,b}") if kind else "/a")
        return text + ","

    def userns(self):
        return self.prefix() + self.pick("userns,", "userns create,")

    # Left out: variables in the label; 5.0.2 does not expand them and stumbles over the braces.
    def io_uring(self):
        return self.prefix() + "io_uring" + self.pick(
            "", " sqpoll", " override_creds", " (sqpoll, override_creds)") + self.pick(
                "", " label=" + self.pick("a", "b*", "/a/**", "{a,b}", '"a b"')) + ","

    # Left out: audited ones, for pivot_root's sake.
    def everything(self):
        return re.sub("audit ", "", self.prefix()) + "all,"

    def mount(self):
        if self.chance(0.1):
            return self.prefix() + "mount " + self.pick("detached -> ", "options=(move) detached -> ") + \
                self.mount_path() + ","
        text = super().mount()
        return text

    # Left out: priorities, which 5.0.2 forgets here.
    def change_profile(self):
        text = re.sub(r"priority=\S+ ", "", self.prefix()) + "change_profile"
        if self.chance(0.4):
            # Left out: '//', which 5.0.2 keeps at the beginning here.
            text += self.pick(" ", " ", " safe ", " unsafe ") + \
                re.sub("//+", "/", re.sub(r"@\{\w+\}", "/v", self.path()))
        if self.chance(0.8):
            text += " -> " + self.pick(self.label(), "a", "b*", "{a,b}", ":ns:a", "a//b", "&a",
                                       "&{a,b}", "**", '"a b"', "a//&b", "@{profile_name}//x")
        return text + ","

    # Left out: audited ones. pivot_root is the bit of exec, and by the rank of exact paths 5.0.2
    # loses the audit of others.
    def pivot_root(self):
        return re.sub("audit ", "", super().pivot_root())

    # Left out: variables with slashes inside of a path; 5.0.2 keeps "//" at a beginning.
    def piece(self, depth, quoted):
        text = super().piece(depth, quoted)
        return self.name() if text in ("@{D}", "@{P}", "@{WW}") else text

    def rlimit(self):
        if self.chance(0.3):
            return "set rlimit %s," % self.pick(
                "cpu <= 3 minutes", "cpu <= 2 weeks", "cpu <= 1 day", "rttime <= 10ms",
                "rttime <= 5 seconds", "rttime <= 1 us", "fsize <= 1KB", "fsize <= 3 MB",
                "data <= 2 GB", "nice <= -3", "nofile <= infinity")
        return super().rlimit()

    def rule(self):
        make = self.r.choices(
            [self.file_rule, self.link_rule, self.capability, self.network, self.unix, self.ptrace,
             self.signal, self.mount, self.remount, self.umount, self.pivot_root,
             self.change_profile, self.rlimit, self.dbus, self.mqueue, self.userns, self.io_uring,
             self.everything, self.block, self.condition],
            [50, 4, 4, 7, 7, 4, 5, 6, 1, 2, 2, 4, 2, 5, 2, 2, 2, 0.4, 2, 2])[0]
        made = make()
        return made if isinstance(made, Node) else Node(made)

    # Left out: other rules than those of files in a block; 5.0.2 forgets them.
    def block(self):
        return Node(self.r.choice(QUALIFIERS) + " {", [Node(self.pick(
            self.plain_file(), "change_profile -> a,", "link /a -> /b,")) for _ in range(2)])

    # Left out: 'defined ${T}', which is always false in 5.0.2, and words in parentheses, which
    # it reads as something else.
    def test(self, depth=0):
        if depth < 2 and self.chance(0.4):
            return self.pick("not %s", "%%s and %s" % self.atom(), "%%s or %s" % self.atom()
                             ) % self.test(depth + 1)
        return self.pick(self.atom(), self.atom(), "(${T})", "(not ${F} or ${F})")

    def atom(self):
        return self.pick(
            "${T}", "${F}", "defined @{W}", "defined @{NONE}", "defined ${NONE}", "1 < 2",
            "@{NUM} == 10", "@{NUM} >= 9", "@{NUM} != 10", "abc in @{LIST}", "/a in @{LIST}",
            "@{NUM} < 9", "@{LIST} == @{LIST}", "b > a", "10 <= 9")

    # Left out: limits in a condition; 5.0.2 forgets them.
    def conditional_rule(self):
        made = self.rule()
        return Node(self.plain_file()) if made.head.startswith("set rlimit") else made

    def condition(self):
        if self.depth > 2:
            return Node(self.plain_file())
        self.depth += 1
        children = [self.conditional_rule() for _ in range(self.pick(1, 2))]
        if self.chance(0.3):
            children += [Node("} else if %s {" % self.test()), self.conditional_rule()]
        if self.chance(0.4):
            children += [Node("} else {"), self.conditional_rule()]
        self.depth -= 1
        return Node("if %s {" % self.test(), children)

    # Left out: debug, whose number 5.0.2 has wrong, and kill.signal= and error=, which it drops for
    # kernels that publish them under the name that they have since 7.x.
    def flags(self):
        if not self.chance(0.4):
            return ""
        chosen = self.some([
            "attach_disconnected", "mediate_deleted", "chroot_relative", "audit",
            "chroot_no_attach", "attach_disconnected.path=/a/b", "interruptible",
            self.pick("attach_disconnected.ipc", "attach_disconnected.ipc=/x"),
            self.pick("complain", "kill", "enforce", "unconfined", "default_allow", "prompt")],
            1, 3)
        return " flags=(%s)" % self.pick(", ", " ").join(chosen)

    def attachment(self):
        text = " " + self.path(self.chance(0.8))
        if self.chance(0.2):
            text += " xattrs=(%s)" % " ".join(self.some(
                ["user.a=b", 'user.b="b*"', "security.ima=*", "user.c={a,b}", "user.d"], 1, 3))
        return text

    # Left out: 'cx -> name' of a child, which 5.0.2 names from the child alone.
    def inner_rules(self):
        return [node for node in self.rules(0, 4)
                if not any(CHILD_TARGET.search(line) for line in node.lines())]

    # Left out: paths beside a change_profile to what has the same name, the first byte aside;
    # 5.0.2 forgets what they grant.
    def profile(self, name):
        node = super().profile(name)
        tails = set()
        for line in node.lines():
            if "change_profile" in line:
                tails.add(line.split("->")[1].strip(' ,"')[1:] if "->" in line else "")
        if tails:
            drop_named(node, tails | {"", "*"})
        return node

    def child(self, name):
        node = super().child(name)
        if self.chance(0.2):
            node.children.append(Node("profile %s {" % self.pick("d", "e"), self.inner_rules()))
        return node

    def case(self, name):
        case = super().case(name)
        declared = [Node("@{NUM}=10"), Node("@{LIST}=abc /a x")]
        if self.chance(0.2):
            declared += [Node("@{NUM} ?= 11"), Node("@{NEW} ?= n"), Node("@{LIST} := abc /b"),
                         Node("$G := true")]
        case.nodes = declared + case.nodes
        return case


# ---------------------------------------------------------------- the comparison

class Judge:
    def __init__(self, ours, theirs, same, folder, lossy):
        self.lossy = lossy  # theirs is one whose losses we know
        self.ours, self.theirs, self.same_program = ours, theirs, same
        self.folder = folder
        self.options = []

    def aim(self, features):
        self.options = ["--config-file=/dev/null", "-Q", "-K", "-S", "-q", "-j1", "-M", features,
                        "-b", self.folder]
        self.said = ""

    def write(self, cases):
        paths = []
        for case in cases:
            paths.append(os.path.join(self.folder, case.name))
            with open(paths[-1], "w", encoding="utf-8") as out:
                out.write(case.text())
        return paths

    def run(self, parser, paths, image):
        """The status; the image is left in the folder. A crash is not a refusal."""
        with open(os.path.join(self.folder, image), "wb") as out:
            done = subprocess.run([parser] + self.options + paths, stdout=out,
                                  stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False)
        self.said = done.stderr.decode("utf-8", "replace")
        if done.returncode < 0 or "Sanitizer" in self.said:
            self.said += "\nended by signal %d" % -done.returncode
            return -1
        return done.returncode

    def compare(self):
        for name in ("theirs.img", "ours.img"):
            path = os.path.join(self.folder, name)
            with open(path, "rb") as image:
                data = image.read()
            with open(path, "wb") as image:
                image.write(plain(data))
        done = subprocess.run([self.same_program, "theirs.img", "ours.img"], cwd=self.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        return done.returncode, done.stdout.decode("utf-8", "replace")

    def verdict(self, case):
        """(kind, text): "" for alike, "both refuse", or how they differ."""
        path = self.write([case])
        theirs = self.run(self.theirs, path, "theirs.img")
        their_words = self.said
        ours = self.run(self.ours, path, "ours.img")
        our_words = self.said
        if ours < 0:
            return "ours crashes", our_words
        if theirs < 0 or theirs and not their_words:
            return "theirs crashes", their_words
        if theirs and ours:
            return "both refuse", ""
        # Known: what is denied is denied in ours, however many ways to execute it there are.
        if theirs and "conflicting x modifiers" in their_words and \
                self.run(self.ours, self.write([without_denials(case)]), "ours.img"):
            return "both refuse", ""
        if theirs:
            return "only ours accepts", their_words
        # Known: with a second profile behind it, 5.0.2 takes one that it refuses alone.
        if ours and any(self.run(self.theirs, self.write([part]), "theirs.img")
                        for part in case.parts()):
            return "both refuse", ""
        if ours:
            return "only theirs accepts", our_words
        status, text = self.compare()
        if status == 1 and self.lossy:
            text = without_known(text, case.text())
            status = 1 if text else 0
        return {0: "", 1: "different"}.get(status, "trouble"), text

    def accepted(self, parser, cases, image):
        """Those cases that the parser takes: halves of what it does not take whole."""
        if not cases:
            return []
        if self.run(parser, self.write(cases), image) == 0:
            return cases
        if len(cases) == 1:
            return []
        refused = set(re.findall(r"%s/(r\d+)\b" % re.escape(self.folder), self.said))
        refused |= set(re.findall(r"profile '?/?(r\d+)b?\b", self.said))
        rest = [case for case in cases if case.name not in refused]
        if len(rest) == len(cases):
            half = len(cases) // 2
            return self.accepted(parser, cases[:half], image) + \
                self.accepted(parser, cases[half:], image)
        if self.run(parser, self.write(rest), image) == 0:
            return rest
        half = len(rest) // 2
        return self.accepted(parser, rest[:half], image) + self.accepted(parser, rest[half:], image)

    def suspects(self, cases):
        """(cases to be looked at alone, number that both took and that are alike)."""
        good = self.accepted(self.theirs, cases, "theirs.img")
        good = self.accepted(self.ours, good, "ours.img")
        names = {case.name for case in good}
        bad = [case for case in cases if case.name not in names]
        paths = self.write(good)
        self.run(self.theirs, paths, "theirs.img")
        self.run(self.ours, paths, "ours.img")
        status, text = self.compare()
        if status == 0:
            return bad, len(good)
        differ = set(re.findall(r"^profile '(?::ns:)?/?(r\d+)", text, re.M))
        differ = [case for case in good if case.name in differ] or good
        return bad + differ, len(good) - len(differ)


def without_denials(case):
    def filtered(nodes):
        return [Node(n.head, n.children and filtered(n.children), n.tail) for n in nodes
                if not re.match(r"(audit )?deny\b", n.head)]
    return Case(case.name, filtered(case.nodes))


def smaller(case):
    """Every case with one thing less, larger things first."""
    def variants(nodes):
        size = len(nodes) // 2
        while size:
            for at in range(0, len(nodes), size):
                yield nodes[:at] + nodes[at + size:]
            size //= 2
        for i, node in enumerate(nodes):
            if node.children is not None:
                for children in variants(node.children):
                    yield nodes[:i] + [Node(node.head, children, node.tail)] + nodes[i + 1:]
                yield nodes[:i] + node.children + nodes[i + 1:]
    for nodes in variants(case.nodes):
        yield Case(case.name, nodes)


def simpler_words(case):
    """Every case with a few bytes less in one of its rules."""
    def variants(nodes):
        for i, node in enumerate(nodes):
            for size in (8, 4, 2, 1) if node.children is None else ():
                for at in range(0, len(node.head) - size):
                    head = node.head[:at] + node.head[at + size:]
                    yield nodes[:i] + [Node(head, node.children, node.tail)] + nodes[i + 1:]
            if node.children is not None:
                for children in variants(node.children):
                    yield nodes[:i] + [Node(node.head, children, node.tail)] + nodes[i + 1:]
    for nodes in variants(case.nodes):
        yield Case(case.name, nodes)


def shrink(judge, case, kind):
    calls = 0
    steps = (smaller, simpler_words) if kind == "different" else (smaller,)
    for step in steps:
        again = True
        while again and calls < SHRINK_CALLS:
            again = False
            for candidate in step(case):
                calls += 1
                if calls >= SHRINK_CALLS:
                    break
                if judge.verdict(candidate)[0] == kind:
                    case, again = candidate, True
                    break
    return case


def main():
    root = os.environ.get("YOROI_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(
        os.path.abspath(__file__))))
    build = os.environ.get("YOROI_BUILD") or os.path.join(root, "build")
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--seed", type=int, help="the same seed makes the same profiles")
    p.add_argument("--count", type=int, default=2000, help="how many files (default 2000)")
    p.add_argument("--keep", metavar="DIR", help="leave what differs in this folder")
    p.add_argument("--ours", default=os.path.join(build, "apparmor_parser"), help="our compiler")
    p.add_argument("--whole", action="store_true",
                   help="the whole language, by sid's parser, for kernels past 6.1")
    p.add_argument("--show", action="store_true", help="print the profiles, compile nothing")
    p.add_argument("--most", type=int, default=10, help="stop after so many differences")
    o = p.parse_args()

    seed = o.seed if o.seed is not None else random.SystemRandom().randrange(1 << 32)
    print("# seed %d" % seed, flush=True)
    rng = random.Random(seed)
    generator = (Whole if o.whole else Generator)(rng)
    kernels = NEWER if o.whole else [OLD]
    if o.show:
        for i in range(o.count):
            print(generator.case("r%d" % i).text())
        return 0
    fetch = "fetch-sid" if o.whole else "fetch"
    debian = subprocess.run([os.path.join(root, "tests/debian", fetch)], check=True,
                            stdout=subprocess.PIPE, universal_newlines=True).stdout.strip()
    if o.keep:
        os.makedirs(o.keep, exist_ok=True)
    alike = refused = crashed = found = 0
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(os.path.abspath(o.ours),
                      debian + ("/parser" if o.whole else "/sbin/apparmor_parser"),
                      os.path.join(os.path.abspath(build), "tests/same"), folder, o.whole)
        for at in range(0, o.count, BATCH):
            kernel = kernels[at // BATCH % len(kernels)]
            judge.aim(os.path.join(root, "profiles/features", kernel))
            cases = [generator.case("r%d" % i) for i in range(at, min(at + BATCH, o.count))]
            suspects, n = judge.suspects(cases)
            alike += n
            for case in suspects:
                kind, _ = judge.verdict(case)
                if kind == "both refuse":
                    refused += 1
                elif kind == "theirs crashes":
                    crashed += 1
                elif not kind:
                    alike += 1
                else:
                    found += 1
                    if o.keep:
                        with open(os.path.join(o.keep, "%d-%s" % (seed, case.name)), "w",
                                  encoding="utf-8") as out:
                            out.write(case.text())
                    case = shrink(judge, case, kind)
                    text = judge.verdict(case)[1]
                    print("# %s, %s: %s" % (case.name, kernel, kind))
                    for line in (case.text() + text).splitlines():
                        print("#   " + line)
                    sys.stdout.flush()
                if found >= o.most:
                    break
            if found >= o.most:
                break
    print("# %d alike, %d refused by both, %d crash upstream's parser, %d differ, %.0f s" % (
        alike, refused, crashed, found, time.monotonic() - begin))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
