#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What yoroi-runtime adds to a start: wall time and memory beside the bare runtime.

usage: runtime.py [--starts N] [--json FILE]

The runtime is a program that does nothing (true), so that what is seen is the wrapper alone. The
kernel's folders are scratch ones that list 300 profiles, the bundle is what `runc spec` writes, and
the record goes to a file. Ends with 1 when a start takes 5 ms of a processor or 4 MB more than
without; wall time depends on what else goes on.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("YOROI_BUILD", TOP / "build"))
LIMIT_MS, LIMIT_KIB = 5.0, 4096
SPEC = {
    "ociVersion": "1.0.2",
    "process": {"user": {"uid": 0, "gid": 0}, "args": ["sh"], "cwd": "/", "apparmorProfile": "web",
                "env": ["PATH=/usr/bin:/bin"], "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}]},
    "root": {"path": "rootfs"},
    "mounts": [{"destination": f"/mnt/{i}", "type": "bind", "source": f"/srv/{i}", "options": ["rbind", "ro"]}
               for i in range(30)],
    "annotations": {f"io.kubernetes.cri.key-{i}": "value" * 10 for i in range(30)},
    "linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}], "seccomp": {
        "defaultAction": "SCMP_ACT_ERRNO",
        "syscalls": [{"names": [f"call_{i}" for i in range(400)], "action": "SCMP_ACT_ALLOW"}]}},
}


def scratch(folder):
    for name in ("fs", "params", "run", "b"):
        (folder / name).mkdir()
    (folder / "fs/profiles").write_text(
        "".join(f"/usr/lib/some/program-{i} (enforce)\n" for i in range(299)) + "web (enforce)\n")
    (folder / "params/enabled").write_text("Y\n")
    (folder / "b/config.json").write_text(json.dumps(SPEC))
    (folder / "conf").write_text("runtime = /bin/true\nevents = file\n")
    return dict(os.environ, YOROI_SECURITYFS=f"{folder}/fs", YOROI_PARAMS=f"{folder}/params",
                YOROI_RUN=f"{folder}/run", YOROI_EVENTS=f"{folder}/events", YOROI_RUNTIME_CONF=f"{folder}/conf")


def measure(env, folder, starts, command):
    """Milliseconds of CPU and of wall time for each start, the peak in KiB; the best of three rounds."""
    best = None
    for round_ in range(3):
        ids = [f"c{round_}-{i}" for i in range(starts)]
        subprocess.run([BUILD / "tests/usage", "--each", str(starts), folder / "cost", *command, *ids], env=env,
                       check=True, stdout=subprocess.DEVNULL)
        user, system, wall, peak = (folder / "cost").read_text().split()
        cost = ((float(user) + float(system)) * 1000 / starts, float(wall) * 1000 / starts, int(peak))
        best = min(best or cost, cost)
    return best


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--starts", type=int, default=300)
    options.add_argument("--json", default=None)
    args = options.parse_args()
    rows = {}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        env = scratch(folder)
        line = ["create", "-b", str(folder / "b")]
        rows["bare"] = measure(env, folder, args.starts, ["/bin/true", *line])
        rows["other commands"] = measure(env, folder, args.starts, [BUILD / "yoroi-runtime", "state"])
        rows["create, profile loaded"] = measure(env, folder, args.starts, [BUILD / "yoroi-runtime", *line])
        records = (folder / "events").read_text().count('"outcome":"started"')
    bad = records != 3 * args.starts
    for row, cost in rows.items():
        cpu, wall, kib = (mine - bare for mine, bare in zip(cost, rows["bare"]))
        bad |= cpu >= LIMIT_MS or kib >= LIMIT_KIB
        print(f"{row:24} CPU {cost[0]:5.2f} ms {cpu:+6.2f}   wall {cost[1]:5.2f} ms {wall:+6.2f}   "
              f"memory {cost[2] / 1024:4.1f} MiB {kib / 1024:+5.1f}")
    if args.json:
        with open(args.json, "w") as f:
            json.dump({row: dict(zip(("cpu_ms", "wall_ms", "kib"), cost)) for row, cost in rows.items()}, f, indent=1)
    sys.exit(bad)


main()
