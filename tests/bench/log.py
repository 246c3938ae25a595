#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Read a log of a million lines beside Debian's libapparmor; print user CPU and memory.

usage: log.py [--lines N] [--rounds N] [--json FILE]

"parse" is both libraries doing nothing but counting events; "command" is `yoroi log --json`, which
writes every event too, beside libapparmor's counting. The lines are the same on every machine, in
forms that libapparmor 3.0.8 reads (80 in 100), in those that it loses, and other programs' lines.
"""
import argparse
import json
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]

# Heads with their weight; {t} is the time, {n} the serial. False: libapparmor loses it.
HEADS = [
    (30, "Jan 30 10:{m:02}:{s:02} node{h} kernel: [{u}.{n:06}] audit: type=1400 audit({t}.{f:03}:{n}): "),
    (15, "2023-01-30T10:{m:02}:{s:02}.123456+01:00 node{h} kernel: audit: type=1400 audit({t}.{f:03}:{n}): "),
    (10, "[{u:>5}.{n:06}] audit: type=1400 audit({t}.{f:03}:{n}): "),
    (25, "type=AVC msg=audit({t}.{f:03}:{n}): "),
    (5, "Jan 30 10:{m:02}:{s:02} node{h} audit[{p}]: AVC "),
    (3, "node=node{h} type=AVC msg=audit({t}.{f:03}:{n}): "),
    (2, "5,{n},{u}000000,-;audit: type=1400 audit({t}.{f:03}:{n}): "),
]
OTHER = (10, "Jan 30 10:{m:02}:{s:02} node{h} sshd[{p}]: Accepted publickey for root from 10.0.{h}.{f} "
         "port {p} ssh2: ED25519 SHA256:{t}{n}{u}{p}, and what else such a line tells whoever reads it later")
PROFILE = "nginx-profile//null-/docker-entrypoint.sh//null-/usr/sbin/nginx"
BODIES = [
    (35, 'apparmor="DENIED" operation="open" profile="' + PROFILE + '" name="/var/lib/app/{n}/file-{p}.conf" '
     'pid={p} comm="nginx" requested_mask="r" denied_mask="r" fsuid=0 ouid=1000'),
    (10, 'apparmor="ALLOWED" operation="exec" profile="docker-default" name="/usr/bin/id{f}" pid={p} comm="sh" '
     'requested_mask="x" denied_mask="x" fsuid=0 ouid=0 target="docker-default//null-/usr/bin/id{f}"'),
    (10, 'apparmor="DENIED" operation="mknod" profile="docker-default" name=2F746D702F6120{n:010} pid={p} '
     'comm=4143504920506F6C6C6572 requested_mask="c" denied_mask="c" fsuid=101 ouid=101'),
    (10, 'apparmor="DENIED" operation="capable" profile="' + PROFILE + '" pid={p} comm="nginx" '
     'capability=7  capname="setuid"'),
    (15, 'apparmor="DENIED" operation="sendmsg" profile="/usr/bin/evince-thumbnailer" pid={p} comm="evince-thumbnai" '
     'laddr=192.168.66.150 lport=765 faddr=192.168.66.200 fport=2049 family="inet" sock_type="stream" protocol=6'),
    (5, 'apparmor="DENIED" operation="mount" info="failed mntpnt match" error=-13 profile="docker-default" '
     'name="/mnt/{n}/" pid={p} comm="mount" fstype="ext2" srcname="/dev/loop0/" flags="rw, mand"'),
    (5, 'apparmor="DENIED" operation="ptrace" profile="docker-default" pid={p} comm="gdb" '
     'requested_mask="trace" denied_mask="trace" peer="unconfined"'),
    (5, 'apparmor="DENIED" operation="signal" profile="docker-default" pid={p} comm="kill" '
     'requested_mask="send" denied_mask="send" signal=term peer="unconfined"'),
    (5, 'apparmor="STATUS" operation="profile_replace" profile="unconfined" name="/usr/sbin/app{f}" '
     'pid={p} comm="apparmor_parser"'),
]


def write_log(path, lines):
    rng = random.Random(1)
    heads, bodies = [h for _, h in HEADS] + [None], [b for _, b in BODIES]
    head_weights, body_weights = [w for w, _ in HEADS] + [OTHER[0]], [w for w, _ in BODIES]
    with open(path, "w") as out:
        for start in range(0, lines, 10000):
            n = min(10000, lines - start)
            for i, (head, body) in enumerate(zip(rng.choices(heads, head_weights, k=n),
                                                 rng.choices(bodies, body_weights, k=n)), start):
                form = OTHER[1] if head is None else head + body
                out.write(form.format(t=1675069200 + i // 50, f=i % 1000, n=i, m=i // 60 % 60, s=i % 60,
                                      u=10000 + i // 50, p=300 + i * 7 % 32000, h=i % 9))
                out.write("\n")


def run(argv, log, folder, answer=True):
    """User seconds, peak KiB and what it printed."""
    told = f"{folder}/usage"
    with open(log, "rb") as stdin:
        done = subprocess.run([TOP / "build/tests/usage", told, *argv], stdin=stdin,
                              stdout=subprocess.PIPE if answer else subprocess.DEVNULL)
    if done.returncode:
        sys.exit(f"bench: {argv[0]} ended with {done.returncode}")
    seconds, _, _, peak = pathlib.Path(told).read_text().split()
    return float(seconds), int(peak), int(done.stdout) if answer else None


def build_theirs(folder):
    root = subprocess.run([TOP / "tests/debian/fetch-libapparmor"], stdout=subprocess.PIPE, text=True,
                          check=True).stdout.strip()
    archive, = pathlib.Path(root).glob("usr/lib/*/libapparmor.a")
    subprocess.run(["cc", "-O2", "-x", "c", "-I", f"{root}/usr/include", "-o", f"{folder}/theirs",
                    str(TOP / "tests/bench/log_theirs.c.in"), "-x", "none", str(archive)], check=True)
    return [f"{folder}/theirs"]


def main():
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("--lines", type=int, default=1000000)
    args.add_argument("--rounds", type=int, default=3)
    args.add_argument("--json", default=str(TOP / "build" / "bench-log.json"))
    args = args.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        log = f"{folder}/log"
        write_log(log, args.lines)
        theirs = build_theirs(folder)
        ways = {"parse": [str(TOP / "build/tests/log_ours")],
                "command": [str(TOP / "build/yoroi"), "log", "--json"]}
        seen = {"theirs": [], **{way: [] for way in ways}}
        events = {}
        for _ in range(args.rounds):
            s, peak, events["theirs"] = run(theirs, log, folder)
            seen["theirs"].append((s, peak))
            for way, argv in ways.items():
                s, peak, n = run(argv, log, folder, way == "parse")
                seen[way].append((s, peak))
                events[way] = n if way == "parse" else events["parse"]
        size = pathlib.Path(log).stat().st_size
    their_s = statistics.median(s for s, _ in seen["theirs"])
    rows = []
    print(f"{'log':8} {'lines':>8} {'MB':>5} {'ours s':>8} {'theirs s':>8} {'ratio':>6} "
          f"{'events':>8} {'theirs':>8} {'peak MiB':>8} {'theirs':>7}")
    for way in ways:
        r = {"way": way, "lines": args.lines, "bytes": size,
             "ours_s": statistics.median(s for s, _ in seen[way]), "theirs_s": their_s,
             "ratio": statistics.median(t / max(s, 1e-4) for (s, _), (t, _) in
                                        zip(seen[way], seen["theirs"])),
             "events": events[way], "their_events": events["theirs"],
             "peak_kib": max(p for _, p in seen[way]),
             "their_peak_kib": max(p for _, p in seen["theirs"])}
        rows.append(r)
        print(f"{way:8} {r['lines']:8} {size / 1e6:5.0f} {r['ours_s']:8.3f} {r['theirs_s']:8.3f} "
              f"{r['ratio']:6.1f} {r['events']:8} {r['their_events']:8} {r['peak_kib'] / 1024:8.1f} "
              f"{r['their_peak_kib'] / 1024:7.1f}")
    pathlib.Path(args.json).write_text(json.dumps(rows, indent=2) + "\n")


main()
