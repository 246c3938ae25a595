# SPDX-License-Identifier: Apache-2.0
"""What AppArmor's folder of securityfs does, as far as a loader sees it.

usage: fake-kernel.py make FOLDER FEATURES    the folder, with the features of a file
       fake-kernel.py run FOLDER NAME...      list each NAME that is in what is loaded
"""
import os
import re
import sys
import time


def unroll(folder, text):
    """NAME {...} is a folder if there are braces in it, else a file."""
    at = 0
    while at < len(text):
        head = re.compile(r"\s*([^\s{}]+)\s*\{").match(text, at)
        if not head:
            return
        depth, end = 1, head.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        inside, path = text[head.end() : end - 1], os.path.join(folder, head.group(1))
        if "{" in inside:
            os.makedirs(path)
            unroll(path, inside)
        else:
            with open(path, "w") as f:
                f.write(inside)
        at = end


def make(folder, features):
    os.makedirs(folder + "/features")
    unroll(folder + "/features", open(features).read())
    for name in (".load", ".replace", ".remove", "profiles"):
        open(f"{folder}/{name}", "w").close()


def take(folder):
    """What was written, once nobody writes it any more."""
    with open(folder + "/.replace", "rb+") as f:
        image = f.read()
        while image:
            time.sleep(0.005)
            f.seek(0)
            again = f.read()
            if again == image:
                f.truncate(0)
                break
            image = again
    return image


def run(folder, names):
    pushes = 0
    open(folder + "/ready", "w").close()
    while True:
        image = take(folder)
        if image:
            pushes += 1
            listed = open(folder + "/profiles").read()
            for name in names:
                if b"\0" + name.encode() + b"\0" in image and name + " (" not in listed:
                    listed += name + " (enforce)\n"
            with open(folder + "/profiles.new", "w") as f:
                f.write(listed)
            os.rename(folder + "/profiles.new", folder + "/profiles")
            with open(folder + "/pushes", "w") as f:
                f.write(f"{pushes}\n")
        time.sleep(0.002)


if sys.argv[1] == "make":
    make(sys.argv[2], sys.argv[3])
else:
    run(sys.argv[2], sys.argv[3:])
