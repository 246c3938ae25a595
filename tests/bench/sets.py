# SPDX-License-Identifier: Apache-2.0
"""Sets of real policy, compiled by us and by upstream's parser in turns."""
import os
import pathlib
import statistics
import sys
from typing import NamedTuple

import measure

KERNELS = "debian-6.1", "debian-7.2"
# A row gets no further round once theirs has taken this many seconds.
ENOUGH = 12
# And further ones until ours has taken this many: the clock of user CPU ticks every 4 ms.
TOO_FEW = {"set": 0.1, "each": 0.5}
# Seconds of a round from which on it counts by itself: where ticks divide it, there must be many.
FEW_TICKS = {"set": 0.02, "each": 0.25}
# Processes that do nothing, started to see what starting one costs.
NOTHING = 200


class Set(NamedTuple):
    name: str
    base: str
    files: list
    modes: tuple = ("set", "each")
    kernels: tuple = KERNELS
    old: bool = False  # Debian 12's parser takes them


class Beside(NamedTuple):
    """Another compiler; @name is its version."""
    name: str
    argv: list


def policy_files(folder):
    return sorted(str(p) for p in pathlib.Path(folder).iterdir()
                  if p.is_file() and not p.name.startswith(".") and p.name != "README")


def documents():
    cases = os.environ.get("YOROI_CASES", measure.TOP / "../shared/cases")
    names = "no_raw_net", "k8s-apparmor-example-deny-write"
    return [f"{cases}/profiles/{name}" for name in names if os.path.exists(f"{cases}/profiles/{name}")]


def all_sets(debian, sid, folder):
    """The smallest first."""
    empty = f"{folder}/empty"
    pathlib.Path(empty).write_text("profile empty { }\n")
    base, sid_base = f"{debian}/etc/apparmor.d", f"{sid}/etc/apparmor.d"
    extra = "usr/share/apparmor/extra-profiles"
    return [
        Set("documents", base, documents(), old=True),
        Set("start", base, [empty] * 50, modes=("each",)),
        Set("debian", base, policy_files(base), old=True),
        Set("debian-extra", base, policy_files(f"{debian}/{extra}"), old=True),
        Set("sid", sid_base, policy_files(sid_base)),
        Set("sid-extra", sid_base, policy_files(f"{sid}/{extra}")),
    ]


def taken(argv, files, folder):
    """The files that a compiler takes; the others are told."""
    kept = []
    for file in files:
        try:
            measure.cost(argv, [file], f"{folder}/one")
            kept.append(file)
        except measure.Refused as refused:
            print(f"left out for both, since theirs refuses it: {file}\n{refused}")
    return kept


def in_turns(ours, theirs, files, mode, rounds, folder):
    """Costs of ours and of theirs, a pair for each round."""
    pairs, our_sum, their_sum, each = [], 0, 0, mode == "each"
    while their_sum < ENOUGH and (len(pairs) < rounds or our_sum < TOO_FEW[mode]):
        try:
            our_cost = measure.cost(ours, files, f"{folder}/ours", each)
        except measure.Refused as refused:
            sys.exit(f"bench: {refused}")
        pairs.append((our_cost, measure.cost(theirs, files, f"{folder}/theirs", each)))
        our_sum += our_cost.user
        their_sum += pairs[-1][1].user
    return pairs


def start_cost(folder):
    """What one process that does nothing costs."""
    c = measure.cost(["true"], ["x"] * NOTHING, f"{folder}/nothing", each=True)
    return c._replace(user=c.user / NOTHING, booked=c.booked / NOTHING)


def typical(values, mode):
    """The median of the rounds; the mean where ticks are too few to tell one from the other."""
    middle = statistics.median(values)
    return middle if middle >= FEW_TICKS[mode] else statistics.mean(values)


def ratio(pairs, mode, which="user"):
    """Theirs to ours, the median of the rounds; of all together where one is a few ticks long."""
    ours, theirs = ([getattr(cost, which) for cost in side] for side in zip(*pairs))
    if statistics.median(ours) < FEW_TICKS[mode]:
        return sum(theirs) / max(sum(ours), 1e-4)
    return statistics.median(t / o for o, t in zip(ours, theirs))


def row(one, kernel, mode, ours, beside, rounds, folder):
    """A line of the table."""
    options = measure.options(kernel, one.base)
    ours, theirs = [*ours, *options], [*beside.argv, *options]
    files, each = one.files, mode == "each"
    try:
        pairs = in_turns(ours, theirs, files, mode, rounds, folder)
    except measure.Refused:
        files = taken(theirs, files, folder)
        pairs = in_turns(ours, theirs, files, mode, rounds, folder)
    size, their_size = os.path.getsize(f"{folder}/ours"), os.path.getsize(f"{folder}/theirs")
    return {
        "set": one.name, "kernel": kernel, "mode": mode, "beside": beside.name, "files": len(files),
        "rounds": len(pairs),
        "ours_s": typical([o.user for o, _ in pairs], mode),
        "theirs_s": typical([t.user for _, t in pairs], mode),
        "ratio": ratio(pairs, mode), "ratio_booked": ratio(pairs, mode, "booked"),
        "size": size, "their_size": their_size, "size_ratio": size / their_size,
        "peak_kib": max(o.peak for o, _ in pairs), "their_peak_kib": max(t.peak for _, t in pairs),
        # The same work, whoever it is compared with.
        "instructions": None if each or beside.name.startswith("3") else
                        measure.instructions([*ours, *files]),
    }


def rows(sets, ours, newest, old, rounds, folder):
    for one in sets:
        for kernel in one.kernels:
            for mode in one.modes:
                yield row(one, kernel, mode, ours, newest, rounds, folder)
        if one.old:
            yield row(one, KERNELS[0], "set", ours, old, rounds, folder)
