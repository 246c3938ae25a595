#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""One mistake gives one finding: take away each comma, quote, parenthesis and brace of a
profile in turn, and see that at most one error comes of it.

usage: one-mistake.py YOROI PROFILE
"""
import subprocess
import sys


def errors(yoroi, text):
    run = subprocess.run(
        [yoroi, "check", "--features", "debian-6.12", "--no-warn", "all", "-b", "include", "-"],
        input=text.encode(), capture_output=True, timeout=60)
    if run.returncode not in (0, 1):
        sys.exit(f"ended with {run.returncode} on:\n{text}")
    return [line for line in run.stderr.decode(errors="replace").split("\n") if ": error: " in line]


def main():
    yoroi, path = sys.argv[1:]
    with open(path) as f:
        text = f.read()
    if errors(yoroi, text):
        sys.exit(f"{path} has mistakes to begin with")
    tried = found = bad = 0
    for i, c in enumerate(text):
        if c not in ',"(){}':
            continue
        said = errors(yoroi, text[:i] + text[i + 1:])
        tried += 1
        found += len(said) == 1
        if len(said) > 1:
            bad += 1
            line = text.count("\n", 0, i)
            print(f"without the {c} of: {text.split(chr(10))[line]}", *said, sep="\n  ")
    # Some commas and braces are not missed: between flags, or where a pattern stays one.
    print(f"{tried} tried, {found} gave one error, {bad} more than one")
    sys.exit(bad > 0 or tried < 50 or found < tried * 4 / 5)


main()
