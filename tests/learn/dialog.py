#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""yoroi learn on a terminal of its own.

usage: dialog.py KEYS COMMAND...

KEYS is typed, a line each, separated by '|', and then the end of the input. What the terminal shows
goes to standard output; ends with the command's status.
"""
import os
import pty
import sys


def main():
    keys = sys.argv[1].split("|") if sys.argv[1] else []
    pid, fd = pty.fork()
    if not pid:
        os.execvp(sys.argv[2], sys.argv[2:])
    shown = b""
    while True:
        try:
            data = os.read(fd, 4096)
        except OSError:
            break
        if not data:
            break
        shown += data
        # Each question ends with its default, or asks for text.
        if shown.endswith(b"] ") or shown.endswith((b"rule: ", b"name: ")):
            os.write(fd, (keys.pop(0) + "\n").encode() if keys else b"\x04")
    sys.stdout.buffer.write(shown)
    _, status = os.waitpid(pid, 0)
    sys.exit(os.waitstatus_to_exitcode(status))


main()
