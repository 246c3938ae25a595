#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What yoroi-runtime adds to a start: wall time and memory beside the bare runtime.

usage: runtime.py [--starts N] [--containers N] [--guest KERNEL] [--json FILE]

First the runtime is a program that does nothing (true), so that what is seen is the wrapper alone: by
tests/bench/usage, and by hyperfine. The kernel's folders are scratch ones that list 300 profiles, the
bundle is what engines write, and the record goes to a file. Memory is the most that was resident,
before the wrapper became the runtime or after. Ends with 1 when a start takes 5 ms of a processor or
4 MB more than without, or the quickest of hyperfine's 5 ms more; the others depend on what else goes on.

With --containers N, whole containers beside runc and crun, N starts each (root). With --guest the
same in a guest with AppArmor, whose clock counts instructions: its milliseconds are millions of them.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
HERE = TOP / "tests/bench"
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


def scratch(folder, run):
    for name in ("fs", "params", "b"):
        (folder / name).mkdir()
    (folder / "fs/profiles").write_text(
        "".join(f"/usr/lib/some/program-{i} (enforce)\n" for i in range(299)) + "web (enforce)\n")
    (folder / "params/enabled").write_text("Y\n")
    (folder / "b/config.json").write_text(json.dumps(SPEC))
    (folder / "conf").write_text("runtime = /bin/true\nevents = file\n")
    return dict(os.environ, YOROI_SECURITYFS=f"{folder}/fs", YOROI_PARAMS=f"{folder}/params",
                YOROI_RUN=run, YOROI_EVENTS=f"{folder}/events", YOROI_RUNTIME_CONF=f"{folder}/conf")


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


def pool(results):
    """Milliseconds of all runs of each name, by name."""
    times = {}
    for result in results:
        times.setdefault(result["command"], []).extend(1000 * t for t in result["times"])
    return times


def hyperfine(env, folder, starts):
    """The same start as measure() does, by hyperfine."""
    turns = []
    for _ in range(4):
        turns += ["-n", "bare", f"/bin/true create -b {folder}/b c", "-n", "wrapped",
                  f"{BUILD}/yoroi-runtime create -b {folder}/b c"]
    subprocess.run(["hyperfine", "-N", "--style", "none", "--warmup", "5", "--runs", str(starts // 4),
                    "--export-json", folder / "hyperfine.json", *turns], env=env, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)  # it warns of commands below 5 ms
    return pool(json.loads((folder / "hyperfine.json").read_text())["results"])


def containers(folder, runs):
    subprocess.run(["bash", HERE / "starts.sh", folder, str(runs)], check=True,
                   env=dict(os.environ, YOROI_RUNTIME=str(BUILD / "yoroi-runtime")))


def guest(folder, runs, kernel):
    """In a guest whose clock counts instructions, as tests/bench/guest does it."""
    stage = folder / "stage"
    stage.mkdir(mode=0o755)
    subprocess.run(["meson", "install", "-C", BUILD, "--quiet", "--no-rebuild"], check=True,
                   env=dict(os.environ, DESTDIR=str(stage)), stdout=subprocess.DEVNULL)
    (stage / "opt").mkdir(mode=0o755)
    for file in (HERE / "starts.sh", shutil.which("hyperfine")):
        shutil.copy(file, stage / "opt")
    subprocess.run([HERE / "../vm/guest", "-k", kernel, "-s", stage, "-o", folder / "out", "-t", "600", "-q", "-icount",
                    "-q", "shift=0,sleep=off", "--", "sh", "-c",
                    # A guest's clock runs fast until a dozen seconds after the boot.
                    f"sleep 12; PATH=/opt:$PATH bash /opt/starts.sh /out {runs}"],
                   check=True, env=dict(os.environ, YOROI_ACCEL="tcg,thread=single"))


def show(label, times):
    words = []
    for name, at in (("first quarter", 0), ("median", 1)):
        bare, wrapped = (statistics.quantiles(times[side])[at] for side in ("bare", "wrapped"))
        words.append(f"{name} {bare:6.2f} ms {wrapped:6.2f} {wrapped - bare:+6.2f}")
    print(f"{label:36} {'   '.join(words)}   {len(times['bare'])} starts")


def show_containers(folder, where, into):
    for name in ("true", "runc", "crun"):
        file = folder / f"{name}.json"
        if file.exists():
            told = json.loads(file.read_text())
            into[f"{name} {where}"] = times = pool(told["results"])
            show(f"{name} run, {told['profile']}, {where}", times)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--starts", type=int, default=300)
    options.add_argument("--containers", type=int, default=0)
    options.add_argument("--guest", default=None)
    options.add_argument("--json", default=None)
    args = options.parse_args()
    rows, by_name = {}, {}
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # as /run is
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory(dir=memory) as run:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        env = scratch(folder, run)
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
        by_name["true"] = times = hyperfine(env, folder, args.starts)
        show("hyperfine: true, wrapped", times)
        bad |= min(times["wrapped"]) - min(times["bare"]) >= LIMIT_MS
        if args.containers:
            containers(folder, args.containers)
            show_containers(folder, "here", by_name)
        if args.guest:
            guest(folder, 12, args.guest)
            show_containers(folder / "out", f"guest {args.guest}", by_name)
    if args.json:
        with open(args.json, "w") as f:
            json.dump({**{row: dict(zip(("cpu_ms", "wall_ms", "kib"), cost)) for row, cost in rows.items()},
                       "hyperfine_ms": by_name}, f, indent=1)
    sys.exit(bad)


main()
