#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every option that --help tells of a command is in the manual, and the other way round.

usage: manual.py YOROI MAN-FOLDER
"""
import pathlib
import re
import subprocess
import sys

PARTS = {"pod": ["check", "create", "delete", "describe", "events", "exec", "get", "logs"],
         "node": ["run"]}
# What --help need not tell of itself, and options of the program that the manual's examples call.
KNOWN = {"help", "version"}


def told(yoroi, *command):
    return subprocess.run([yoroi, *command, "--help"], capture_output=True, text=True,
                          check=True).stdout


def long_options(text):
    return set(re.findall(r"(?<![\w-])--([a-zA-Z][a-zA-Z-]*)", text)) - KNOWN


def documented(page):
    """Of lines of mdoc with Fl: "Fl -name", "Fl n , -name"; examples as they are typed."""
    names = set()
    for line in page.splitlines():
        if re.search(r"\bFl ", line):
            names.update(re.findall(r"(?<=\s)-([a-zA-Z][a-zA-Z-]*)", line))
    return names - KNOWN


def main():
    yoroi, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    main_page = documented((folder / "yoroi.1").read_text())
    pod_page = documented((folder / "yoroi-pod.1").read_text())
    # A command that execs another program tells its options too.
    runtime_page = documented((folder / "yoroi-runtime.8").read_text())
    commands = re.findall(r"^  ([a-z-]+)  ", told(yoroi), re.M)
    missing, every = [], set()

    for command in commands:
        for part in PARTS.get(command, [None]):
            words = [command, part] if part else [command]
            options = long_options(told(yoroi, *words))
            pages = main_page | (pod_page if part else set())
            every |= options
            missing += [f"'yoroi {' '.join(words)} --help' tells --{o}, which no manual has"
                        for o in sorted(options - pages)]
    missing += [f"the manual has --{o}, which no --help tells"
                for o in sorted((main_page | pod_page) - every - runtime_page)]
    print(f"{len(commands)} commands, {len(every)} options")
    for line in missing:
        print(line)
    return 1 if missing or len(every) < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
