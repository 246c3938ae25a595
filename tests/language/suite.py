#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Upstream's parser suite as its judge runs it: our program under upstream's name.

usage: suite.py --ours PARSER --cases FOLDER

With FOLDER as the current one, each case below simple_tests goes to standard input without its
"#=" lines; the verdict is the exit status. PARSER also has to write an image for what it
accepts, to end with 0 or 1 and in time. Exit status: 0 when all agree.
"""
import argparse
import concurrent.futures
import glob
import os
import re
import subprocess
import sys

FEATURES = "features_files/features.all"
SECONDS = 10


def read_case(path):
    """(text, expected to pass, whatever happens is right); None: not to be run"""
    with open(path, "rb") as f:
        lines = f.read().split(b"\n")
    said = [line for line in lines if line.startswith(b"#=")]
    if any(line.startswith(b"#=DISABLED") for line in said):
        return None
    good = not any(line.startswith(b"#=EXRESULT") and b"FAIL" in line for line in said)
    todo = any(line.startswith(b"#=TODO") for line in said)
    return b"\n".join(line for line in lines if not line.startswith(b"#=")), good, todo


def run(argv, cases, path):
    """None, or what is wrong"""
    case = read_case(path)
    if not case:
        return None
    text, good, todo = case
    try:
        done = subprocess.run(argv, input=text, cwd=cases, capture_output=True, timeout=SECONDS,
                              check=False)
    except subprocess.TimeoutExpired:
        return f"no answer in {SECONDS} s"
    if done.returncode not in (0, 1):
        return f"ended with {done.returncode}"
    # Text without a profile, of which the suite has some, is accepted and gives no image.
    if done.returncode == 0 and re.search(rb"\{\s*$", text, re.M) and not done.stdout:
        return "accepted without an image"
    if todo or (done.returncode == 0) == good:
        return None
    errors = [line for line in done.stderr.decode(errors="replace").splitlines()
              if " error: " in line]
    return "accepted though bad" if not done.returncode else f"refused: {' '.join(errors[:1])}"


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--ours", required=True)
    args.add_argument("--cases", required=True)
    opt = args.parse_args()
    argv = [opt.ours, "--config-file=/dev/null", "-M", FEATURES, "-S",
            "-I", os.path.join(opt.cases, "simple_tests")]
    paths = sorted(glob.glob(os.path.join(opt.cases, "simple_tests", "**", "*.sd"), recursive=True))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        problems = [(p, w) for p, w in zip(paths, pool.map(lambda p: run(argv, opt.cases, p), paths))
                    if w]
    for path, what in problems:
        print(f"{os.path.relpath(path, opt.cases)}: {what}")
    print(f"{len(paths)} cases, {len(problems)} problems")
    return 1 if problems or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
