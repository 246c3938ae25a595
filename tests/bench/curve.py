# SPDX-License-Identifier: Apache-2.0
"""Families of profiles whose size doubles: how our work grows with the result."""
import itertools
import math
import pathlib
import re
import statistics
import subprocess
import sys

import family
import measure

# Rules of the largest profile of each family, so that it takes us about half a second.
LARGEST = {"mixed": 3200, "values": 1600, "crossing": 800}
SMALLEST = 25
KERNEL = "debian-7.2"
ROUNDS = 3
# They are asked no further once they took this long, and stopped after so many seconds and bytes.
TOO_LONG = 20
THEIR_LIMITS = 60, 3 << 30
# The profile of "50,000 states": rules of each family whose automaton has as many.
LARGE_STATES = 50000
LARGE = {"mixed": 1800, "crossing": 250}


def states(image):
    """States of the largest automaton."""
    told = subprocess.run([measure.BUILD / "tests/same", "--dump", image], check=True,
                          stdout=subprocess.PIPE).stdout
    return max(int(n) for n in re.findall(rb"(\d+) states", told))


def profile(recipe, rules, folder):
    path = f"{folder}/{recipe}"
    pathlib.Path(path).write_text(family.text(recipe, rules))
    return path


def ours_for(recipe, rules, ours, base, folder):
    """A point of the curve."""
    argv, path = [*ours, *measure.options(KERNEL, base)], profile(recipe, rules, folder)
    image = f"{folder}/ours"
    try:
        costs = [measure.cost(argv, [path], image) for _ in range(ROUNDS)]
    except measure.Refused as refused:
        sys.exit(f"bench: {recipe} {rules}: {refused}")
    return {"family": recipe, "rules": rules, "states": states(image),
            "size": pathlib.Path(image).stat().st_size,
            "ours_s": statistics.median(c.user for c in costs),
            "peak_kib": max(c.peak for c in costs),
            "instructions": measure.instructions([*argv, path])}


def theirs_for(recipe, rules, theirs, base, folder):
    """Their user seconds, size and peak for the same profile; empty when they do not take it."""
    argv, path = [*theirs, *measure.options(KERNEL, base)], profile(recipe, rules, folder)
    try:
        cost = measure.cost(argv, [path], f"{folder}/theirs", limits=THEIR_LIMITS)
    except measure.Refused:
        return {}
    return {"theirs_s": cost.user, "their_peak_kib": cost.peak,
            "their_size": pathlib.Path(f"{folder}/theirs").stat().st_size}


def between(a, b):
    """The exponent that leads from one point to the next."""
    if not (a["instructions"] and b["instructions"]):
        return None
    return math.log(b["instructions"] / a["instructions"]) / math.log(b["size"] / a["size"])


def slope(points):
    """The exponent of work against bytes, by least squares over logarithms."""
    if len(points) < 2 or not all(p["instructions"] for p in points):
        return None
    x = [math.log(p["size"]) for p in points]
    y = [math.log(p["instructions"]) for p in points]
    return statistics.linear_regression(x, y).slope


def slopes(points):
    """Over the whole family, and over its larger half, where what every profile costs counts less."""
    return {"all": slope(points), "larger": slope(points[len(points) // 2:])}


def points(recipe, largest, ours, theirs, base, folder):
    """One family, doubling."""
    ask, before = True, None
    for rules in itertools.takewhile(lambda n: n <= largest, (SMALLEST << i for i in range(20))):
        point = ours_for(recipe, rules, ours, base, folder)
        if ask:
            point |= theirs_for(recipe, rules, theirs, base, folder)
            ask = point.get("theirs_s", TOO_LONG) < TOO_LONG
        point["slope"] = between(before, point) if before else None
        before = point
        yield point


def large(recipe, ours, theirs, base, folder):
    """A point with as many states as the demand names."""
    rules = LARGE[recipe]
    point = ours_for(recipe, rules, ours, base, folder)
    while point["states"] < LARGE_STATES:
        rules += rules // 8
        point = ours_for(recipe, rules, ours, base, folder)
    return point | {"slope": None} | theirs_for(recipe, rules, theirs, base, folder)
