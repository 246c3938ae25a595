# SPDX-License-Identifier: Apache-2.0
"""For the tests beside it: objects, the command, TAP."""
import json
import os
import subprocess
import sys
import tempfile

YOROI = os.path.join(os.environ["YOROI_BUILD"], "yoroi")
PREFIX = "container.apparmor.security.beta.kubernetes.io/"
WORK = tempfile.TemporaryDirectory()
os.environ.setdefault("YOROI_PROFILES", os.path.join(os.environ["YOROI_SOURCE"], "profiles"))

count = bad = 0


def result(good, name, *why):
    global count, bad
    count += 1
    print(f"{'ok' if good else 'not ok'} {count} - {name}")
    if not good:
        bad += 1
        for line in "\n".join(str(w) for w in why).split("\n")[:30]:
            print("#", line[:600])


def finish():
    print(f"1..{count}")
    sys.exit(0)


def pod(name, annotations=None, field=None, containers=None, **spec):
    """A Pod of the containers given, (name, securityContext or None) each."""
    made = [{"name": n, "image": "busybox", **({"securityContext": c} if c is not None else {})}
            for n, c in (containers or [("hello", None), ("c2", None)])]
    p = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
         "spec": {"containers": made, **spec}}
    if annotations is not None:
        p["metadata"]["annotations"] = annotations
    if field is not None:
        p["spec"]["securityContext"] = {"appArmorProfile": field}
    return p


def put(name, content):
    path = os.path.join(WORK.name, name)
    with open(path, "wb") as f:
        f.write(content if isinstance(content, bytes) else content.encode())
    return path


def run(*args, stdin=None, timeout=60):
    done = subprocess.run([YOROI, "pod", "check", *args], input=stdin, timeout=timeout,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def check(objects, *args):
    """Exit status, and what was said, of objects on standard input."""
    if not isinstance(objects, list):
        objects = [objects]
    text = "\n".join(json.dumps(o) for o in objects).encode()
    return run(*args, "-", stdin=text)


def review(objects, *args):
    """The items of the JSON form."""
    _, out, _ = check(objects, "-o", "json", *args)
    return json.loads(out)["items"]


def stored(item):
    """What the case files print of a stored Pod."""
    obj = item["request"]["object"]

    def field(holder):
        return (holder.get("securityContext") or {}).get("appArmorProfile")

    return {"ann": obj["metadata"].get("annotations"), "pod": field(obj["spec"]),
            "c": [{c["name"]: field(c)} for c in obj["spec"]["containers"]]}
