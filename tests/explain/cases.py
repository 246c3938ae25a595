#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The rules that explain tells for the records of libapparmor's suite, against those it expects.

usage: cases.py YOROI FOLDER

Each record goes through alone. Where the suite has a profile, the rule in it is compared with ours:
to the letter, or it is in the list below with the reason why not. For each rule of ours that is one
the profile of the suite, and an empty one, are asked, too: the empty one must deny the access, and
the rule must be told as tried with success.
"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

IX = "ix alone, and the advice; the suite adds mr, which this record does not ask for"
LINK = "the pair of names, which allows less than every target of that name"
NAME = "the name that the message was for as well, which the record has"
DIFFERENT = {
    "exec01": IX,
    "exec02": IX,
    "testcase12": IX,
    "testcase13": IX,
    "change_onexec_lp1648143": "none: no_new_privs is what refused it, and a rule does not help",
    "testcase_syslog_link_01": LINK,
    "testcase_dmesg_link_01": LINK,
    "testcase_unix_01": "the peer's label as well, which the record has",
    "testcase_dbus_04": NAME,
    "testcase_dbus_09": NAME,
    "testcase_dbus_10": NAME,
    "testcase_dbus_12": NAME,
}


def rule_of(path):
    """The one rule of a profile of the suite; None: it has none."""
    with open(path) as f:
        lines = [line.strip() for line in f]
    rules = [line for line in lines if line.endswith(",") and not line.startswith("^")]
    return rules[0] if rules else None


def explain(yoroi, path, *options):
    run = subprocess.run([yoroi, "explain", "--quiet", "--json", *options, path],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    return run.returncode, json.loads(run.stdout), run.stderr.decode(errors="replace")


def main():
    yoroi, folder = sys.argv[1:]
    number = bad = same = different = tried = 0
    work = tempfile.mkdtemp()
    policy = os.path.join(work, "policy.aa")

    def result(good, name, why=""):
        nonlocal number, bad
        number += 1
        bad += not good
        print(f"{'ok' if good else 'not ok'} {number} - {name}")
        if not good and why:
            print(f"# {why}")

    for path in sorted(glob.glob(os.path.join(folder, "*.in"))):
        name = os.path.basename(path)[:-3]
        with open(path[:-3] + ".out") as f:
            kind = re.search(r"AA_RECORD_(\w+)", f.read()).group(1)
        # One record a file; two of them have a line break inside.
        with open(path, "rb") as f:
            text = b" ".join(f.read().split(b"\n")[:2]).strip() + b"\n"
        line = os.path.join(work, "line")
        with open(line, "wb") as f:
            f.write(text)
        status, told, said = explain(yoroi, line)
        denials = told["denials"]
        is_denial = kind in ("DENIED", "ALLOWED")
        result(status == 0 and len(denials) == is_denial, f"{name}: {kind} is told",
               f"status {status}, {len(denials)} denials, {said}")
        if not denials or not os.path.exists(path[:-3] + ".profile"):
            continue
        d = denials[0]
        result(bool(d["what"]) and not re.search(r"[\0-\x1f]", d["what"]), f"{name}: in words")
        wanted, ours = rule_of(path[:-3] + ".profile"), d["rule"]
        if ours == wanted:
            same += 1
            result(name not in DIFFERENT, f"{name}: the suite's rule", "it is no difference any more")
        else:
            different += 1
            result(name in DIFFERENT, f"{name}: not the suite's rule: {DIFFERENT.get(name)}",
                   f"{ours} is not {wanted}")
        if not ours or "//" in d["profile"] and "//null-" in d["profile"]:
            continue
        # Children are named as the kernel does it; nobody needs their parents.
        with open(policy, "w") as f:
            f.write(f"profile \"{d['profile']}\" {{ }}\n")
        status, told, said = explain(yoroi, line, "--policy", policy)
        d = told["denials"][0]
        tried += 1
        result(status == 0 and d["helps"] is True and d["answer"]["verdict"] == "deny",
               f"{name}: denied, and the rule helps",
               f"{d['helps']} {d['answer'] and d['answer']['verdict']} {d['noPolicy']} {said}")
    print(f"# {same} rules are the suite's to the letter, {different} are not; {tried} were tried")
    print(f"1..{number}")
    sys.exit(bad > 0 or same < 50)


main()
