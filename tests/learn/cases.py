#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The profiles that learn writes of the records of libapparmor's suite, against those it expects.

usage: cases.py YOROI FOLDER

Each record goes through alone. What comes out must mean the same as the suite's profile, or stand
in the list below with the reason why not; then it must still be proved.
"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

UNCONFINED = "none: it was under no profile, and none could be named for it"
DIFFERENT = {
    "change_onexec_lp1648143": UNCONFINED,
    "file_without_filename": "none: the record does not say which file",
    "posix_mqueue_disconnected_no_name": "with the flag without which the rule is not asked",
    "ptrace_garbage_lp1689667_1": "none: the record does not say which peer",
    "testcase36": "for the owner alone, whose file it was by the record",
    "testcase_signal_02": "a child profile for what is called as a program; the suite has a hat",
    "testcase_unix_01": "the peer's label as well, which the record has",
    "testcase_unix_no_denied_issue541": "none: the record does not say which peer",
    "testcase_userns_02": UNCONFINED,
    "unconfined-change_hat": UNCONFINED,
}


def folded(text):
    """The suite's profile with what complain mode made a hat of where it belongs."""
    return re.sub(r"\^null-[^{]*\{(.*?)\}", r"\1", text, flags=re.S)


def main():
    yoroi, folder = sys.argv[1:]
    number = bad = same = 0
    work = tempfile.mkdtemp()

    def result(good, name, why=""):
        nonlocal number, bad
        number += 1
        bad += not good
        print(f"{'ok' if good else 'not ok'} {number} - {name}")
        if not good and why:
            for line in why.strip().split("\n")[:12]:
                print(f"# {line}")

    for path in sorted(glob.glob(os.path.join(folder, "*.in"))):
        name = os.path.basename(path)[:-3]
        expected = path[:-3] + ".profile"
        if not os.path.exists(expected):
            continue
        # One record a file; two of them have a line break inside.
        with open(path, "rb") as f:
            text = b" ".join(f.read().split(b"\n")[:2]).strip() + b"\n"
        line, ours = os.path.join(work, "line"), os.path.join(work, "ours")
        with open(line, "wb") as f:
            f.write(text)
        if os.path.exists(ours):
            os.unlink(ours)
        run = subprocess.run([yoroi, "learn", "--quiet", "--yes", line, "-o", ours],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        said = run.stdout.decode(errors="replace")
        got = open(ours).read() if os.path.exists(ours) else ""
        wanted = os.path.join(work, "wanted")
        with open(expected) as f, open(wanted, "w") as out:
            out.write(folded(f.read()))
        diff = subprocess.run([yoroi, "diff", "--quiet", wanted, ours], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60) if got else None
        equal = diff is not None and diff.returncode == 0
        same += equal
        if name in DIFFERENT:
            result(not equal and (run.returncode == 0 or not got),
                   f"{name}: not the suite's profile: {DIFFERENT[name]}", said + got)
        else:
            result(equal and run.returncode == 0, f"{name}: what the suite's profile means",
                   said + got + (diff.stdout.decode(errors="replace") if diff else ""))
    print(f"# {same} mean what the suite's mean")
    print(f"1..{number}")
    sys.exit(bad > 0 or same < 85)


main()
