#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What `yoroi check` says of rules, held against the compiler.

A rule that is said to change nothing is taken out of the text, and the image must decide as
before; a letter that is said never to apply is taken out of its rule; a denial that is said only to
quiet the log is made an audited one, which must then decide as if it were not there. And the
other way round: of a random profile, once all that was found is gone, no rule may be left whose
removal changes nothing.
"""
import argparse
import importlib.util
import json
import os
import random
import re
import subprocess
import sys
import tempfile

NAMES = ("never-applies", "redundant", "silent-deny")


def load_generator(root):
    sys.path.insert(0, os.path.join(root, "tests/same"))  # what it imports in turn
    spec = importlib.util.spec_from_file_location(
        "random_profiles", os.path.join(root, "tests/same/random-profiles.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Tools:
    def __init__(self, root, build, folder, base):
        self.yoroi = os.path.join(build, "yoroi")
        self.same = os.path.join(build, "tests/same")
        self.parser = os.path.join(folder, "apparmor_parser")
        os.symlink(os.path.abspath(self.yoroi), self.parser)
        self.features = os.path.join(root, "profiles/features/debian-6.12")
        self.folder, self.base = folder, base

    def check(self, path):
        """The findings, each with the notes behind it left out; None when it is refused."""
        cmd = [self.yoroi, "check", "--json", "--features", self.features, "-b", self.base,
               "--no-warn", "all"]
        for name in NAMES:
            cmd += ["--warn", name]
        out = subprocess.run(cmd + [path], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if out.returncode not in (0, 1):
            raise RuntimeError("check: %d %s" % (out.returncode, out.stderr.decode()[:500]))
        found = json.loads(out.stdout.decode())
        if any(f["severity"] == "error" for f in found):
            return None
        return [f for f in found if f["severity"] == "warning" and f["file"] == path]

    def compile(self, text, name, where):
        """An image of @text, as if it were the file @where; None: refused."""
        image = os.path.join(self.folder, name)
        source = os.path.join(self.folder, name + ".aa")
        with open(source, "wb") as f:
            f.write(text)
        out = subprocess.run(
            [self.parser, "--config-file=/dev/null", "-Q", "-K", "-S", "-q", "-M", self.features,
             "-b", self.base, source], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=where)
        if out.returncode:
            return None
        with open(image, "wb") as f:
            f.write(out.stdout)
        return image

    def alike(self, a, b):
        out = subprocess.run([self.same, a, b], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.told = out.stdout
        if out.returncode > 1:
            raise RuntimeError("same: %s" % out.stdout.decode("utf-8", "replace")[:500])
        return not out.returncode


class Text:
    def __init__(self, data):
        self.data = data
        self.lines = [0]
        for i, byte in enumerate(data):
            if byte == 10:
                self.lines.append(i + 1)

    def span(self, finding):
        """From the first word to the comma, which the finding's own length leaves out."""
        start = self.lines[finding["line"] - 1] + finding["column"] - 1
        end = start + finding["length"]
        comma = re.match(rb"\s*,", self.data[end:])
        return start, end + (comma.end() if comma else 0)

    def blank(self, spans):
        data = bytearray(self.data)
        for start, end in spans:
            for i in range(start, end):
                if data[i] != 10:
                    data[i] = 32
        return bytes(data)

    def replace(self, span, new):
        return self.data[:span[0]] + new + self.data[span[1]:]


def with_audit(rule):
    """A denial, audited; what stands before it in the grammar stays before it."""
    head = re.match(rb"(priority\s*=\s*[+-]?\d+\s+)?", rule).group(0)
    return head + b"audit " + rule[len(head):]


def without_letters(rule, letters):
    """@rule without some of its file permissions; None: not of a form that this knows."""
    m = re.match(rb"^(.*?\s)([rwalkmx]+)(\s*,)$", rule, re.S)
    if not m or b"->" in rule:
        return None
    left = bytes(c for c in m.group(2) if chr(c) not in letters)
    return m.group(1) + left + m.group(3) if left else None


class Verifier:
    def __init__(self, tools):
        self.tools = tools
        self.counts = {}
        self.bad = []

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    def fail(self, name, why, text):
        self.bad.append(name)
        print("# %s: %s" % (name, why))
        for line in text.splitlines()[:60]:
            print("#   " + line.decode("utf-8", "replace"))
        sys.stdout.flush()

    def one(self, finding, text, whole, where):
        """None: could not be tried; else whether the finding holds."""
        span = text.span(finding)
        rule = text.data[span[0]:span[1]]
        gone = text.blank([span])
        if finding["name"] == "silent-deny":
            a = self.tools.compile(text.replace(span, with_audit(rule)), "audited", where)
            b = self.tools.compile(gone, "gone", where)
            return self.tools.alike(a, b) if a and b else None
        if finding["text"].startswith("'"):
            letters = re.match(r"((?:'[a-z_]+'(?:, )?)+)", finding["text"]).group(1)
            letters = re.findall(r"'([a-z_]+)'", letters)
            if all(len(x) == 1 for x in letters):
                less = without_letters(rule, letters)
            else:
                less = rule
                for word in letters:
                    less = re.sub(rb"\b%s\b" % word.encode(), b"", less)
                if not rule.lstrip().startswith((b"capability", b"allow capability",
                                                 b"audit capability")):
                    less = None
            if less is None:
                return None
            gone = text.replace(span, less)
        b = self.tools.compile(gone, "gone", where)
        return self.tools.alike(whole, b) if b else None

    def findings(self, name, path, where):
        """Check every finding about @path; the text without the idle rules, and their lines."""
        found = self.tools.check(path)
        with open(path, "rb") as f:
            text = Text(f.read())
        if found is None:
            self.count("refused")
            return None
        whole = self.tools.compile(text.data, "whole", where)
        if not whole:
            self.count("refused")
            return None
        idle = []
        for f in found:
            holds = self.one(f, text, whole, where)
            if holds is None:
                self.count("not tried")
            elif not holds:
                self.fail(name, "%s:%d is no '%s': %s" % (path, f["line"], f["name"], f["text"]),
                          (text.data if len(text.data) < 3000 else b"") + self.tools.told)
            else:
                self.count(f["name"] + (" in part" if f["text"].startswith("'") else ""))
            if "only quiets" not in f["text"] and not f["text"].startswith("'"):
                idle.append(f)
        rest = text.blank([text.span(f) for f in idle])
        if idle:
            b = self.tools.compile(rest, "rest", where)
            if not b or not self.tools.alike(whole, b):
                self.fail(name, "all that was found together is not idle", text.data)
        return text, rest, {f["line"] for f in idle}, whole

    def complete(self, name, got, where):
        """No rule is left that could go."""
        text, rest, idle, whole = got
        lines = rest.split(b"\n")
        inside = []
        for i, line in enumerate(lines):
            rule = line.strip()
            if rule.startswith(b"}"):
                inside.pop()
            if rule.endswith(b"{"):
                inside.append(rule)
            # What a condition leaves out may go in any case.
            if b" if " in text.data or b"\tif " in text.data:
                continue
            if not inside or not rule.endswith(b",") or rule.startswith((b"include", b"#")):
                continue
            less = b"\n".join(lines[:i] + [b""] + lines[i + 1:])
            image = self.tools.compile(less, "less", where)
            if not image or not self.tools.alike(whole, image):
                self.count("needed")
                continue
            # An audited denial of what nobody allows says so on purpose.
            words = b" ".join(inside[1:] + [rule])
            # So does every denied change_profile, which is never quiet.
            if re.search(rb"\b(audit|change_profile)\b", words) and re.search(rb"\bdeny\b", words):
                self.count("audited denials")
                continue
            # A negated class takes NUL in, which no path has: decisions/0006.
            if b"[^" in rule:
                self.count("negated classes")
                continue
            # The pair of a named program says more than a kernel asks.
            if re.search(rb"change_profile( (un)?safe)? [^-]", words):
                self.count("named programs")
                continue
            # A mount with this flag is refused before anybody asks, and the comparer knows that.
            if re.search(rb"\bmount\b.*options\b.*\b(no)?user\b", rule):
                self.count("mounts that nobody asks about")
                continue
            # No kernel asks such a profile, and the comparer knows that.
            if re.search(rb"\([^)]*unconfined", text.data):
                self.count("unconfined anyway")
                continue
            if self.tools.is_unlaid(rule):
                self.count("not enforced")
                continue
            self.fail(name, "line %d could go and nobody says so" % (i + 1), text.data)


def main():
    root = os.path.abspath(os.environ.get("YOROI_SOURCE") or os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "../.."))
    build = os.path.abspath(os.environ.get("YOROI_BUILD") or os.path.join(root, "build"))
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--seed", type=int)
    p.add_argument("--random", type=int, default=0, metavar="N", help="random profiles")
    p.add_argument("--base", help="where includes are")
    p.add_argument("files", nargs="*")
    o = p.parse_args()

    os.environ["YOROI_PROFILES"] = os.path.join(root, "profiles")
    with tempfile.TemporaryDirectory() as folder:
        tools = Tools(root, build, folder, o.base or os.path.join(root, "profiles"))
        tools.is_unlaid = lambda rule: bool(
            re.search(rb"\b(unix|dbus|mqueue|userns|io_uring|prompt)\b", rule))
        v = Verifier(tools)
        for path in o.files:
            v.findings(os.path.basename(path), path, os.path.dirname(path))
        if o.random:
            seed = o.seed if o.seed is not None else random.SystemRandom().randrange(1 << 32)
            print("# seed %d" % seed, flush=True)
            generator = load_generator(root).Generator(random.Random(seed))
            for i in range(o.random):
                path = os.path.join(folder, "case")
                with open(path, "w", encoding="utf-8") as f:
                    f.write(generator.case("r%d" % i).text())
                got = v.findings("r%d" % i, path, folder)
                if got:
                    v.complete("r%d" % i, got, folder)
    print("# " + ", ".join("%d %s" % (n, what) for what, n in sorted(v.counts.items())))
    return 1 if v.bad else 0


if __name__ == "__main__":
    sys.exit(main())
