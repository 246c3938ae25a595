#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every accepted case of upstream's suite and every real profile, for four kernels: our image
decides as those of Debian's parser (3.0.8, for 6.1) and of sid's (5.0.2, for all).

Differences on purpose stand in the file "known" beside this one. A line of it that no difference
answers to any more is a failure as well, when everything was run.

Upstream's images are kept in the cache folder, named by all that they depend on.
"""
import argparse
import concurrent.futures
import copy
import fnmatch
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
KERNELS = ["debian-6.1", "debian-6.12", "debian-7.2", "debian-7.3"]
ALL = "all"  # no kernel: every feature that upstream's suite knows; only when asked for
# Before each profile's frame where the kernel takes compressed policy.
COMPRESSED = rb"\x01\x03\x00{6}(?=\x28\xb5\x2f\xfd)"
UNUSED_DAYS = 14  # until an image goes from the cache
CORES = os.cpu_count() or 1


class Parser:
    def __init__(self, name, program, kernels):
        self.name, self.program, self.kernels = name, program, kernels
        with open(program, "rb") as f:
            self.hash = hashlib.sha256(f.read()).hexdigest()


class Group:
    """Policies that are compiled in one way: where, and with which includes."""

    def __init__(self, name, folder, base, include, parsers, texts):
        self.name, self.folder, self.base, self.include = name, folder, base, include
        self.parsers, self.texts = parsers, texts  # texts: (name, bytes, undecided)


class Job:
    def __init__(self, group, parser, kernel, name, policy, undecided):
        self.group, self.parser, self.kernel = group, parser, kernel
        self.name, self.policy, self.undecided = name, policy, undecided
        self.image = None
        self.differences = None

    def label(self):
        return "%s %s %s" % (self.parser.name, self.kernel, self.name)


def run(*words):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE,
                          universal_newlines=True).stdout.strip()


def plain(image):
    """An image as it is once a kernel has unpacked it."""
    if not re.match(COMPRESSED, image):
        return image
    return subprocess.run(["zstd", "-dcq"], input=re.sub(COMPRESSED, b"", image), check=True,
                          stdout=subprocess.PIPE).stdout


def hash_of_tree(folder, leave_out=()):
    total = hashlib.sha256()
    for where, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(where, name)
            if name.endswith(leave_out) or not os.path.isfile(path):
                continue
            with open(path, "rb") as f:
                total.update(path.encode() + b"\0" + hashlib.sha256(f.read()).digest())
    return total.hexdigest()


# ---------------------------------------------------------------- what is compared

def read(path):
    with open(path, "rb") as f:
        return f.read()


def accepted_cases(folder):
    """Cases that upstream's authors expect to be taken, as they are fed to a parser.

    A TODO is one where upstream gives the opposite of what its authors want: undecided.
    """
    for where, folders, files in os.walk(os.path.join(folder, "simple_tests")):
        folders.sort()
        for name in sorted(files):
            if not name.endswith(".sd"):
                continue
            text = read(os.path.join(where, name))
            if re.search(rb"^#=(EXRESULT.*FAIL|DISABLED)", text, re.M):
                continue
            undecided = re.search(rb"^#=TODO", text, re.M) is not None
            text = re.sub(rb"^#=.*\n?", b"", text, flags=re.M)
            yield os.path.relpath(os.path.join(where, name), folder), text, undecided


def profiles_of(root):
    for folder in ("etc/apparmor.d", "usr/share/apparmor/extra-profiles"):
        full = os.path.join(root, folder)
        for name in sorted(os.listdir(full)):
            if os.path.isfile(os.path.join(full, name)) and name != "README":
                yield (os.path.join(os.path.basename(folder), name),
                       read(os.path.join(full, name)), False)


def rules_of(folder):
    """Each line of the files in @folder, in a profile of its own."""
    for name in sorted(os.listdir(folder)):
        for number, line in enumerate(read(os.path.join(folder, name)).split(b"\n"), 1):
            if line and line[:1] != b"#":
                yield ("%s:%d" % (name, number), b"@{TWO}=/one /two/\n@{MULTI}=a b\n"
                       b"profile t {\n  %s\n}\n" % line, False)


def named(prefix, texts):
    return [(prefix + text[0],) + text[1:] for text in texts]


def groups(o):
    bookworm = run(os.path.join(ROOT, "tests/debian/fetch"))
    sid = run(os.path.join(ROOT, "tests/debian/fetch-sid"))
    old = Parser("3.0.8", bookworm + "/sbin/apparmor_parser", ["debian-6.1"])
    new = Parser(read(sid + "/version").decode().strip().split("-")[0], sid + "/parser", KERNELS)
    new.hash += read(sid + "/version").decode().strip()
    both = [old, new]
    if "cases" in o.what:
        tst = os.path.join(os.path.abspath(o.cases), "tst")
        if not os.path.isdir(os.path.join(tst, "simple_tests")):
            sys.exit("upstream.py: no upstream suite in %s" % tst)
        yield Group("cases", tst, "", os.path.join(tst, "simple_tests"), both,
                    list(accepted_cases(tst)))
    if "profiles" in o.what:
        tree = bookworm + "/etc/apparmor.d"
        yield Group("bookworm", tree, tree, "", both, named("bookworm/", profiles_of(bookworm)))
        packages = run(os.path.join(ROOT, "tests/debian/fetch-packages"))
        tree = packages + "/etc/apparmor.d"
        yield Group("packages", tree, tree, "", both, [
            ("packages/" + name, read(os.path.join(tree, name)), False)
            for name in read(packages + "/names").decode().split()])
        tree = sid + "/etc/apparmor.d"
        yield Group("sid", tree, tree, "", [new], named("sid/", profiles_of(sid)))
        tree = os.path.join(ROOT, "profiles")
        own = [("yoroi/" + n, read(os.path.join(tree, "containers", n)), False)
               for n in sorted(os.listdir(os.path.join(tree, "containers")))]
        yield Group("yoroi", tree, tree, "", both, own)
    if "rules" in o.what:
        # For 6.1 ours are as 3.0.8's, which knows too few of them.
        tree = os.path.join(HERE, "classes")
        later = copy.copy(new)
        later.kernels = KERNELS[1:]
        yield Group("rules", tree, tree, "", [later], named("rules/", rules_of(tree)))


def jobs_of(o, scratch):
    for group in groups(o):
        for number, (name, text, undecided) in enumerate(group.texts):
            if o.only and not any(fnmatch.fnmatch(name, p) for p in o.only):
                continue
            policy = os.path.join(scratch, "%s-%d" % (group.name, number))
            with open(policy, "wb") as f:
                f.write(text)
            for parser in group.parsers:
                for kernel in o.kernel or parser.kernels:
                    if kernel in parser.kernels + [ALL]:
                        if not o.parser or parser.name in o.parser:
                            yield Job(group, parser, kernel, name, policy, undecided)


# ---------------------------------------------------------------- upstream's images

class Upstream:
    def __init__(self, cache, scratch, cases):
        self.cases = cases
        self.folder = os.path.join(cache, "upstream-images-1")
        self.empty = os.path.join(scratch, "no-policy")
        os.mkdir(self.empty)
        self.trees, self.features = {}, {}

    def features_file(self, kernel):
        if kernel == ALL:
            return os.path.join(self.cases, "tst/features_files/features.all")
        return os.path.join(ROOT, "profiles/features", kernel)

    def find(self, job):
        """Where the image is or will be."""
        g = job.group
        if g.name not in self.trees:
            self.trees[g.name] = hash_of_tree(g.include or g.base, (".sd",))
        if job.kernel not in self.features:
            self.features[job.kernel] = hashlib.sha256(
                read(self.features_file(job.kernel))).hexdigest()
        key = "\n".join([job.parser.hash, self.features[job.kernel], self.trees[g.name],
                         hashlib.sha256(read(job.policy)).hexdigest()])
        name = hashlib.sha256(key.encode()).hexdigest()
        job.image = os.path.join(self.folder, name[:2], name[2:])

    def make(self, job):
        g = job.group
        command = [job.parser.program, "--config-file=/dev/null", "-Q", "-K", "-S", "-q", "-j0",
                   "-M", self.features_file(job.kernel), "-b", g.base or self.empty]
        if g.include:
            command += ["-I", g.include]
        with open(job.policy, "rb") as policy:
            done = subprocess.run(command, stdin=policy, stdout=subprocess.PIPE, cwd=g.folder,
                                  stderr=subprocess.PIPE, check=False, timeout=300)
        if done.returncode < 0 or done.returncode == 127:
            return "%s: ended with %d: %s" % (job.label(), done.returncode,
                                              done.stderr.decode("utf-8", "replace"))
        image = b"" if done.returncode else done.stdout
        image = plain(image)
        os.makedirs(os.path.dirname(job.image), exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=os.path.dirname(job.image), delete=False) as f:
            f.write(image)
        os.rename(f.name, job.image)
        return ""

    def make_all(self, jobs):
        """Those that are missing. What went wrong."""
        missing = {}
        for job in jobs:
            self.find(job)
            if os.path.exists(job.image):
                os.utime(job.image)
            else:
                missing[job.image] = job
        with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
            told = [text for text in pool.map(self.make, missing.values()) if text]
        return len(missing), told

    def prune(self):
        limit = time.time() - UNUSED_DAYS * 86400
        for where, _, files in os.walk(self.folder):
            for name in files:
                path = os.path.join(where, name)
                if os.stat(path).st_mtime < limit:
                    os.unlink(path)


# ---------------------------------------------------------------- the comparison

def compare(program, jobs, upstream):
    """Fills in differences. A job that our compiler dies of has one that says so."""
    while jobs:
        lines = "".join("\t".join([
            job.name, upstream.features_file(job.kernel), job.group.folder, job.group.base,
            job.group.include, job.policy, job.image]) + "\n" for job in jobs)
        done = subprocess.run([program], input=lines.encode(), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)
        parts = done.stdout.decode("utf-8", "replace").split("JOB ")[1:]
        for job, part in zip(jobs, parts):
            body = part.split("\n")[1:]
            if "END" in body:
                job.differences = together(body[:body.index("END")])
            else:
                job.differences = ["verdict: we end with %d: %s" % (
                    done.returncode, done.stderr.decode("utf-8", "replace")[-2000:])]
        if not parts:
            sys.exit("upstream.py: %s: %s" % (program, done.stderr.decode("utf-8", "replace")))
        jobs = jobs[len(parts):]


def together(lines):
    """A difference is a line and the indented ones behind it."""
    found = []
    for line in lines:
        if line.startswith("    ") and found:
            found[-1] += "\n" + line
        else:
            found.append(line)
    return found


class Known:
    """One line of the file: PARSER | KERNELS | NAMES | DIFFERENCE | REASON, patterns all."""

    def __init__(self, line):
        self.line = line
        fields = [field.strip() for field in line.split(" | ")]
        if len(fields) != 5 or not fields[4]:
            sys.exit("known: not five fields: %s" % line)
        self.parser, self.kernels, self.names = (re.compile(fnmatch.translate(f))
                                                 for f in fields[:3])
        self.difference = re.compile(fields[3], re.S)
        self.used = 0

    def fits(self, job, difference):
        return (self.parser.match(job.parser.name) and self.kernels.match(job.kernel) and
                self.names.match(job.name) and self.difference.search(difference))


def read_known(path):
    with open(path, encoding="utf-8") as f:
        return [Known(line.strip()) for line in f if line.strip() and line[0] != "#"]


def unknown(job, known):
    left = []
    for difference in job.differences:
        if job.undecided and difference.startswith("verdict: accepted by"):
            continue
        fitting = [k for k in known if k.fits(job, difference)]
        for k in fitting:
            k.used += 1
        if not fitting:
            left.append(difference)
    return left


def report(jobs, known, o, whole):
    bad = 0
    for job in jobs:
        left = unknown(job, known)
        if not left:
            continue
        bad += 1
        if bad <= o.most:
            print("# %s" % job.label())
            for line in "\n".join(left[:o.witnesses]).split("\n"):
                print("#   %s" % line[:400])
    stale = [k for k in known if not k.used] if whole else []
    for k in stale:
        print("# known, but no such difference any more: %s" % k.line)
    return bad, stale


def arguments():
    build = os.environ.get("YOROI_BUILD") or os.path.join(ROOT, "build")
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--build", default=build, help="where our programs are")
    p.add_argument("--cases", default=os.environ.get("YOROI_CASES") or
                   os.path.join(os.path.dirname(ROOT), "shared/cases"))
    p.add_argument("--kernel", action="append", choices=KERNELS + [ALL])
    p.add_argument("--parser", action="append", help="3.0.8 or 5.0.2")
    p.add_argument("--most", type=int, default=25, help="differing images to tell about")
    p.add_argument("--witnesses", type=int, default=3, help="differences told of each")
    p.add_argument("--known", default=os.path.join(HERE, "known"))
    p.add_argument("--only", action="append", metavar="PATTERN", help="names to look at")
    p.add_argument("what", nargs="*", default=["cases", "profiles", "rules"],
                   help="cases, profiles, rules (default: all)")
    return p.parse_args()


def main():
    o = arguments()
    cache = os.environ.get("YOROI_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "yoroi")
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        jobs = list(jobs_of(o, scratch))
        upstream = Upstream(cache, scratch, os.path.abspath(o.cases))
        made, trouble = upstream.make_all(jobs)
        middle = time.monotonic()
        program = os.path.join(os.path.abspath(o.build), "tests/beside")
        with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
            list(pool.map(lambda part: compare(program, part, upstream),
                          [jobs[i::CORES] for i in range(CORES)]))
        upstream.prune()
    for text in trouble:
        print("# %s" % text)
    whole = not (o.only or o.kernel or o.parser) and len(set(o.what)) == 3
    bad, stale = report(jobs, read_known(o.known), o, whole)
    print("# %d images, %d differ, %d stale lines; upstream made %d in %.0f s, ours took %.0f s" % (
        len(jobs), bad, len(stale), made, middle - begin, time.monotonic() - middle))
    return 1 if bad or stale or trouble or not jobs else 0


if __name__ == "__main__":
    sys.exit(main())
