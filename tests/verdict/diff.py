#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every difference that `yoroi diff` tells is asked of both sides by `yoroi query`.

usage: diff.py YOROI FILE...

From each FILE (profiles with one rule a line) come as many pairs: the file without one of its
rules against the whole, in both directions, as text and as images. A witness must be read as an
access, and be decided differently in the way that was told. Text and images must agree on whether
there is a difference at all, in both directions.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

WANT = {"allowed": ("deny", "allow"), "denied": ("allow", "deny")}


def run(args, text=None):
    return subprocess.run(args, input=text, capture_output=True, text=True)


class Pairs:
    def __init__(self, yoroi, folder):
        self.yoroi, self.folder = yoroi, folder
        self.pairs = self.witnesses = self.most = 0
        self.wrong = []

    def fail(self, *what):
        self.wrong.append(" ".join(str(w) for w in what))

    def ask(self, path, profile, accesses, kernel):
        answer = run([self.yoroi, "query", "--json", "-p", profile] + kernel + [path],
                     "".join(a + "\n" for a in accesses))
        try:
            return json.loads(answer.stdout)
        except ValueError:
            self.fail("query", path, answer.stderr)
            return []

    def judge(self, name, pair, old, new, kernel):
        told = [d for d in pair["differences"] if d["access"] and d["change"] in (
            "allowed", "denied", "transition", "audited", "not-audited", "quiet", "not-quiet")]
        if not told or not pair["old"] or not pair["new"]:
            return
        accesses = [d["access"] for d in told] + [d["real"] for d in told if d["real"]]
        changes = told + [d for d in told if d["real"]]
        before = self.ask(old, pair["old"], accesses, kernel)
        after = self.ask(new, pair["new"], accesses, kernel)
        if len(before) != len(changes) or len(after) != len(changes):
            self.fail(name, "answers", len(before), len(after), "of", len(changes))
            return
        for text, d, a, b in zip(accesses, changes, before, after):
            self.witnesses += 1
            if "errors" in a or "errors" in b:
                self.fail(name, "no access:", text, (a.get("errors") or b["errors"])[0]["text"])
                continue
            is_it = (a["verdict"], b["verdict"])
            good = True
            if d["change"] in WANT:
                good = is_it == WANT[d["change"]]
            elif d["change"] == "transition":
                good = a["transition"] != b["transition"] and is_it == ("allow", "allow")
            elif d["change"].endswith("audited"):
                good = a["audited"] != b["audited"] and is_it == ("allow", "allow")
            else:
                good = a["quiet"] != b["quiet"] and is_it == ("deny", "deny")
            if not good:
                self.fail(name, d["change"], text, "but", is_it, a["audited"], b["audited"],
                          a["quiet"], b["quiet"], a["transition"], b["transition"])

    def compare(self, name, old, new, kernel, most=None):
        answer = run([self.yoroi, "diff", "--json"] + kernel + [old, new])
        try:
            all = json.loads(answer.stdout)
        except ValueError:
            self.fail(name, "diff", answer.returncode, answer.stderr)
            return None
        n = sum(len(p["differences"]) for p in all["profiles"])
        if answer.returncode != (0 if all["equal"] else 1):
            self.fail(name, "exit", answer.returncode, "equal", all["equal"])
        for p in all["profiles"]:
            self.judge(name, p, old, new, kernel)
        self.pairs += 1
        self.most = max(self.most, n)
        return n

    def image(self, path, kernel):
        image = path + ".image"
        answer = run([self.yoroi, "compile", "--quiet"] + kernel + ["-o", image, path])
        return image if not answer.returncode else None

    def file(self, path, kernel):
        text = open(path).read()
        lines = text.splitlines(True)
        whole = os.path.join(self.folder, "whole.aa")
        without = os.path.join(self.folder, "without.aa")
        open(whole, "w").write(text)
        images = self.image(whole, kernel)
        if self.compare(path + " itself", whole, whole, kernel) != 0:
            self.fail(path, "is not equal to itself")
        if images and self.compare(path + " and its image", whole, images, kernel) != 0:
            self.fail(path, "is not equal to its image", kernel)
        for i, line in enumerate(lines):
            if not re.match(r"\s.*,\s*(#.*)?$", line) or re.match(r"\s*(#|\^|profile)", line):
                continue
            open(without, "w").write("".join(lines[:i] + lines[i + 1:]))
            name = "%s:%d %s" % (os.path.basename(path), i + 1, line.strip())
            n = self.compare("+ " + name, without, whole, kernel)
            if n is not None and n != self.compare("- " + name, whole, without, kernel):
                self.fail(name, "differs in one direction alone")
            small = self.image(without, kernel) if images else None
            if small:
                seen = self.compare("+ image " + name, small, images, kernel)
                if n is not None and seen is not None and bool(n) != bool(seen):
                    self.fail(name, n, "as text,", seen, "as images")


def main():
    with tempfile.TemporaryDirectory() as folder:
        p = Pairs(sys.argv[1], folder)
        for path in sys.argv[2:]:
            for kernel in "debian-6.1", "debian-7.2", "everything":
                p.file(path, ["--features", kernel])
    for w in p.wrong:
        print("wrong:", w)
    print("%d pairs, %d witnesses asked, at most %d differences in one" %
          (p.pairs, p.witnesses, p.most))
    return 1 if p.wrong or not p.witnesses else 0


sys.exit(main())
