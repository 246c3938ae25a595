# SPDX-License-Identifier: Apache-2.0
"""What one run of a compiler costs."""
import functools
import os
import pathlib
import re
import resource
import subprocess
import tempfile
from typing import NamedTuple

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("YOROI_BUILD", TOP / "build"))


class Refused(Exception):
    """A compiler did not end with 0; what it said."""


class Cost(NamedTuple):
    user: float  # seconds
    system: float
    wall: float
    peak: int  # KiB
    booked: float  # user, as wait4() tells it


class Group:
    """
    A control group, for the user CPU of many short processes. wait4() books one that no tick found
    wholly as user, with what the kernel did to start and to end it; for a group, ticks divide the
    time that all its processes took together.
    """
    def __init__(self, parent, read):
        self.folder, self.read = parent / f"yoroi-bench-{os.getpid()}", read
        self.folder.mkdir()

    def join(self):
        (self.folder / "cgroup.procs").write_text(str(os.getpid()))

    def user(self):
        """Seconds since it was made."""
        return self.read(self.folder)

    def end(self):
        self.folder.rmdir()


def read_first(folder):
    """Version 1: all time, and ticks in both modes; nanoseconds each."""
    total, user, system = (int((folder / f"cpuacct.usage{part}").read_text())
                           for part in ("", "_user", "_sys"))
    return total / 1e9 * user / max(user + system, 1)


def read_second(folder):
    """Version 2, where the kernel itself divides."""
    fields = dict(line.split() for line in (folder / "cpu.stat").read_text().splitlines())
    return int(fields["user_usec"]) / 1e6


def group():
    """A new group; None where the kernel has none that we may make."""
    top = pathlib.Path("/sys/fs/cgroup")
    for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        first = "cpuacct" in controllers.split(",")
        parent = top / (controllers if first else "") / path.strip("/")
        if not (parent / ("cpuacct.usage_user" if first else "cpu.stat")).exists():
            continue
        try:
            return Group(parent, read_first if first else read_second)
        except OSError:
            continue
    return None


@functools.cache
def has_groups():
    """Whether one can be made, and joined."""
    try:
        one = group()
        done = one and subprocess.run(["true"], preexec_fn=one.join)
        if one:
            one.end()
        return bool(done)
    except (OSError, subprocess.SubprocessError):
        return False


def fetch(which):
    """The folder of Debian 12's packages ("fetch") or of sid's ("fetch-sid")."""
    return subprocess.run([TOP / "tests/debian" / which], stdout=subprocess.PIPE, text=True,
                          check=True).stdout.strip()


def sid_parser(sid):
    """sid's parser started by sid's loader: its own front is a shell, which is not measured."""
    loader = next(str(p) for p in pathlib.Path(sid, "usr/lib").rglob("ld-linux-x86-64.so.2"))
    return [loader, "--library-path", os.path.dirname(loader), f"{sid}/usr/sbin/apparmor_parser"]


def options(features, base):
    """No cache, no kernel, no configuration, one thread, the images to standard output."""
    return ["--config-file=/dev/null", "-Q", "-K", "-S", "-q", "-j0",
            "-M", str(TOP / "profiles/features" / features), "-b", base]


def limit(seconds, size):
    """For a child: CPU and memory that it may take."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (size, size))


def cost(argv, files, output, each=False, limits=None):
    """Compile files to @output, by one process or by one for each."""
    told, together = f"{output}.usage", group() if each and has_groups() else None
    try:
        return cost_of(argv, files, output, each, limits, told, together)
    finally:
        if together:
            together.end()


def cost_of(argv, files, output, each, limits, told, together):
    def begin():
        if together:
            together.join()
        if limits:
            limit(*limits)

    with open(output, "wb") as out, tempfile.TemporaryFile() as err:
        done = subprocess.run(
            [BUILD / "tests/usage", *(["--each", str(len(files))] if each else []), told, *argv, *files],
            stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            preexec_fn=begin if together or limits else None)
        if done.returncode:
            err.seek(0)
            raise Refused(f"{argv[0]} ended with {done.returncode}:\n" +
                          err.read().decode(errors="replace")[-2000:])
    user, system, wall, peak = pathlib.Path(told).read_text().split()
    # What usage itself does outside of the kernel is in it: a hundredth.
    return Cost(together.user() if together else float(user), float(system), float(wall), int(peak),
                float(user))


def instructions(argv):
    """Instructions by callgrind, None when valgrind is not here."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", *argv],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        except FileNotFoundError:
            return None
    found = re.search(rb"Collected : (\d+)", done.stderr)
    return int(found.group(1)) if found else None
