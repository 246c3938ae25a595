#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the README shows is what happens: its transcripts, run line by line.

usage: readme.py README FOLDER [LEAST]

Of the indented blocks, a line '$ cat NAME' brings the file NAME, when there is none yet; every other
one that begins with '$ ' is run in FOLDER, and must print what stands below it. Lines with '# '
that are not shown by cat or yoroi test want root and a kernel: the guests run those. There must be LEAST commands, or 8.
"""
import os
import subprocess
import sys


def transcripts(readme):
    """Pairs of a command and what is shown below it."""
    command, shown = None, []
    with open(readme) as f:
        for line in f.read().split("\n") + ["end"]:
            # Files and TAP have comments of their own.
            quotes = command and command.startswith(("cat ", "yoroi test"))
            if line.startswith("    ") and not line.startswith("    $ " if quotes else
                                                               ("    $ ", "    # ")):
                shown.append(line[4:])
                continue
            # A blank line inside of what is shown; at the end of a block they are dropped.
            if not line and command:
                shown.append("")
                continue
            if command:
                yield command, "\n".join(shown).rstrip("\n")
            command, shown = line[6:] if line.startswith("    $ ") else None, []


def main():
    readme, folder = (os.path.abspath(a) for a in sys.argv[1:3])
    least = int(sys.argv[3]) if len(sys.argv) > 3 else 8
    os.chdir(folder)
    ran = bad = 0
    for command, shown in transcripts(readme):
        words = command.split()
        if words[0] == "cat" and not os.path.exists(words[1]):
            with open(words[1], "w") as f:
                f.write(shown + "\n")
            continue
        run = subprocess.run(command, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             stdin=subprocess.DEVNULL, timeout=60)
        said = run.stdout.decode(errors="replace").rstrip("\n")
        ran += 1
        if said != shown:
            bad += 1
            print(f"$ {command}", "shown:", shown, "said:", said, sep="\n")
    print(f"{ran} commands of {os.path.basename(readme)} run, {bad} say something else")
    sys.exit(bad > 0 or ran < least)


main()
