#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Is it policy? Our verdict and upstream's newest parser's, for texts made up here.

usage: verdicts.py --ours PARSER --upstream PARSER --cases FOLDER [--seed N] [--count N]
                   [--features FILE] [--keep FOLDER] [--list]

Every family below makes texts that are right, nearly right and wrong: heads, flags, preambles,
conditions, each kind of rule with its permissions and conditions, contradictions between exec
rules, blocks. PARSERs are called as the upstream suite's judge calls them, the text on standard
input. A text about which they differ is told, unless known.py knows why; what known.py
says of its own examples must still be so. TAP out. --keep: write the texts that differ there.
"""
import argparse
import concurrent.futures
import os
import random
import subprocess
import sys

import known
import texts

TIMEOUT = 30


class Parser:
    def __init__(self, path, cases, features, may_abort=False):
        self.argv = [path, "--config-file=/dev/null", "-QKq", "-j0", "-M", features,
                     "-S", "-I", os.path.join(cases, "simple_tests")]
        self.cases = cases
        self.may_abort = may_abort

    def ask(self, text):
        """(accepted, what it said last)"""
        try:
            done = subprocess.run(self.argv, input=text.encode(), cwd=self.cases,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                  timeout=TIMEOUT, check=False)
        except subprocess.TimeoutExpired:
            return None, f"nothing within {TIMEOUT} s"
        said = [line for line in done.stderr.decode(errors="replace").splitlines() if line.strip()]
        errors = [line for line in said if "error" in line.lower()]
        last = (errors or said or [""])[-1]
        # A crash is no verdict; but upstream's way to refuse some variables is abort().
        if done.returncode < 0 and not self.may_abort:
            return None, f"killed by signal {-done.returncode}"
        return done.returncode == 0, last


def ask_both(pair, text):
    ours, upstream = pair
    return text, ours.ask(text), upstream.ask(text)


def tell(text, ours, upstream):
    print(f"# ours {'accepts' if ours[0] else 'refuses'}: {ours[1][:150]}")
    print(f"# upstream {'accepts' if upstream[0] else 'refuses'}: {upstream[1][:150]}")
    for line in text.rstrip("\n").split("\n"):
        print(f"#     {line[:150]}")


def check_known(pair, number):
    """Differences that have gone must leave the list."""
    failed = 0
    for entry in known.DIFFERENCES:
        _, ours, upstream = ask_both(pair, entry.text())
        good = ours[0] == entry.ours and upstream[0] is not None and upstream[0] != entry.ours
        number += 1
        print(f"{'ok' if good else 'not ok'} {number} - known: {entry.why}")
        if not good:
            failed += 1
            tell(entry.text(), ours, upstream)
    return number, failed


def compare(pair, family, made, keep):
    """The differences among the family's texts that nobody knows, and how many are accepted."""
    unknown = []
    accepted = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for text, ours, upstream in pool.map(lambda t: ask_both(pair, t), made):
            accepted += bool(upstream[0])
            if ours[0] is not None and ours[0] == upstream[0]:
                continue
            if ours[0] is not None and known.explains(text, ours, upstream):
                continue
            unknown.append((text, ours, upstream))
            if keep:
                path = os.path.join(keep, f"{family}-{len(unknown)}.aa")
                with open(path, "w", encoding="utf-8") as f:
                    f.write(text)
    return unknown, accepted


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--ours", required=True)
    args.add_argument("--upstream", required=True)
    args.add_argument("--cases", required=True)
    args.add_argument("--features", default="features_files/features.all")
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--count", type=int, default=3000)
    args.add_argument("--keep")
    args.add_argument("--list", action="store_true")
    opt = args.parse_args()
    families = texts.families()
    if opt.list:
        print("\n".join(name for name, _ in families))
        return 0
    pair = (Parser(opt.ours, opt.cases, opt.features),
            Parser(opt.upstream, opt.cases, opt.features, may_abort=True))
    number, failed = check_known(pair, 0)
    share = sum(weight for _, (weight, _) in families)
    for name, (weight, make) in families:
        # Each family has its own numbers: more of one leaves the others as they are.
        rnd = random.Random(f"{opt.seed} {name}")
        wanted = max(10, opt.count * weight // share)
        made = list(dict.fromkeys(make(rnd) for _ in range(wanted)))
        unknown, accepted = compare(pair, name, made, opt.keep)
        number += 1
        # Texts that are all wrong, or all right, would test nothing.
        good = not unknown and 0 < accepted < len(made)
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {name}: {len(made)} texts, "
              f"{accepted} of them policy")
        for text, ours, upstream in unknown[:5]:
            tell(text, ours, upstream)
        sys.stdout.flush()
    print(f"1..{number}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
