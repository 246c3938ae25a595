#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Profiles from logs: a tenth of a million and a million lines over 200 paths, and 20,000 distinct ones.

usage: learn.py [--lines N] [--paths N] [--full] [--json FILE]

CPU seconds (user and system) and memory of `yoroi learn`, the proof counted, and of Debian's
aa-logprof (aa_logprof.py), which proves nothing and whose questions cost it no time: on a hundredth of
the lines and a tenth of the paths, beside ours on the same logs; --full: on all of them. Ends with 1
when our million lines take over two seconds, or the distinct paths over one, at their full sizes, or
when ten times the lines over the same paths take more than MORE_MIB of memory.
"""
import argparse
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
LINE = ('type=AVC msg=audit({t}.{f:03}:{n}): apparmor="ALLOWED" operation="open" profile="{profile}" name="{path}" '
        'pid={p} comm="nginx" requested_mask="r" denied_mask="r" fsuid=0 ouid=0\n')
WORD = "abcdefghij"
# Peaks of the same work differ by some pages; a byte kept of each of a million lines would show.
MORE_MIB = 0.5
# Older ones have no room for the states of 20,000 paths without a pattern, and learn says so.
KERNEL = "debian-7.3"


def word(rng, n):
    return "".join(rng.choice(WORD) for _ in range(n))


def write_log(path, lines, distinct, profile):
    rng = random.Random(1)
    paths = [f"/srv/{word(rng, 2)}/{word(rng, 5)}/{word(rng, 9)}.conf" for _ in range(distinct)]
    with open(path, "w") as out:
        for i in range(lines):
            out.write(LINE.format(t=1675069200 + i // 50, f=i % 1000, n=i, p=300 + i % 30000, profile=profile,
                                  path=paths[i] if lines == distinct else rng.choice(paths)))


def run(argv, folder):
    """CPU seconds, peak MiB, how it ended."""
    told = f"{folder}/usage"
    done = subprocess.run([TOP / "build/tests/usage", told, *argv], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL)
    user, system, _, peak = pathlib.Path(told).read_text().split()
    return float(user) + float(system), int(peak) / 1024, done.returncode


def ours(folder, name, lines, distinct):
    log = f"{folder}/log"
    write_log(log, lines, distinct, "web")
    cpu, peak, status = run([TOP / "build/yoroi", "learn", "--yes", "--features", KERNEL, log, "-o", f"{folder}/out"], folder)
    if status:
        sys.exit(f"bench: yoroi learn ended with {status}")
    return row(name, "ours", lines, distinct, cpu, peak)


def row(name, whose, lines, distinct, cpu, peak):
    print(f"{name:<6} {whose:<11} {lines:>8} {distinct:>7} {cpu:>7.2f} {peak:>9.1f}")
    return {"name": name, "whose": whose, "lines": lines, "distinct": distinct, "seconds": cpu, "peak": peak}


def theirs(folder, root, name, lines, distinct):
    """On the log that ours() has left."""
    profiles, conf = f"{folder}/profiles", f"{folder}/conf"
    shutil.rmtree(profiles, ignore_errors=True)
    shutil.rmtree(conf, ignore_errors=True)
    for part in "abi", "abstractions", "tunables":
        shutil.copytree(f"{root}/etc/apparmor.d/{part}", f"{profiles}/{part}")
    pathlib.Path(f"{profiles}/web").write_text("include <tunables/global>\nprofile web {\n}\n")
    shutil.copytree(f"{root}/etc/apparmor", conf)
    settings = pathlib.Path(f"{conf}/logprof.conf")
    settings.write_text(settings.read_text().replace("/sbin/apparmor_parser", f"{root}/sbin/apparmor_parser"))
    cpu, peak, status = run(["/usr/bin/env", f"LD_LIBRARY_PATH={root}/usr/lib/x86_64-linux-gnu", "/usr/bin/python3",
                             TOP / "tests/bench/aa_logprof.py", root, conf, profiles, f"{folder}/log"], folder)
    if status or pathlib.Path(f"{profiles}/web").read_text().count("/srv/") != distinct:
        sys.exit(f"bench: aa-logprof ended with {status}, or has not a rule for each path")
    return row(name, "aa-logprof", lines, distinct, cpu, peak)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--lines", type=int, default=1000000)
    p.add_argument("--paths", type=int, default=20000)
    p.add_argument("--full", action="store_true")
    p.add_argument("--json", default=str(TOP / "build/bench-learn.json"))
    args = p.parse_args()
    root = subprocess.run([TOP / "tests/debian/fetch-utils"], stdout=subprocess.PIPE, check=True, text=True).stdout.strip()
    print(f"{'learn':<6} {'':<11} {'lines':>8} {'paths':>7} {'CPU s':>7} {'peak MiB':>9}")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for lines in args.lines // 10, args.lines:
            rows.append(ours(folder, "lines", lines, min(200, args.lines // 10)))
        rows.append(ours(folder, "paths", args.paths, args.paths))
        if args.full:
            rows.append(theirs(folder, root, "paths", args.paths, args.paths))
            beside = [("lines", args.lines, 200)]
        else:
            beside = [("lines", args.lines // 100, min(200, args.lines // 5000)), ("paths", args.paths // 10, args.paths // 10)]
        for name, lines, distinct in beside:
            rows.append(ours(folder, name, lines, distinct))
            rows.append(theirs(folder, root, name, lines, distinct))
    pathlib.Path(args.json).write_text(json.dumps(rows, indent=1) + "\n")
    tenth, million, paths = rows[:3]
    sys.exit(million["seconds"] > 2 or paths["seconds"] > 1 or million["peak"] > tenth["peak"] + MORE_MIB)


main()
