#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The states of the largest automaton in an image.

usage: states.py IMAGE
"""
import struct
import sys

MAGIC = bytes.fromhex("1b5e783d")

with open(sys.argv[1], "rb") as f:
    image = f.read()
found, at = [0], image.find(MAGIC)
while at >= 0:
    header, = struct.unpack_from(">I", image, at + 4)
    # Length of the first table, that of accept values.
    found.append(struct.unpack_from(">I", image, at + header + 8)[0])
    at = image.find(MAGIC, at + 4)
print(max(found))
