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
    told = f"{output}.usage"
    with open(output, "wb") as out, tempfile.TemporaryFile() as err:
        done = subprocess.run(
            [BUILD / "tests/usage", *(["--each", str(len(files))] if each else []), told, *argv, *files],
            stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            preexec_fn=limits and functools.partial(limit, *limits))
        if done.returncode:
            err.seek(0)
            raise Refused(f"{argv[0]} ended with {done.returncode}:\n" +
                          err.read().decode(errors="replace")[-2000:])
    user, system, wall, peak = pathlib.Path(told).read_text().split()
    return Cost(float(user), float(system), float(wall), int(peak))


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
