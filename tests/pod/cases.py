#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Each measured input gives the measured decision and text: the case files of real servers.

The files tell inputs by a heading; objects are made from that here, and what the file shows below
the heading is compared word for word with what Yoroi says.
"""
import json
import os
import re

from common import PREFIX, check, finish, pod, put, result, review, stored

REFERENCE = os.environ.get("YOROI_REFERENCE") or os.path.join(
    os.environ["YOROI_SOURCE"], "..", "shared", "reference", "kubernetes")
PSP = "apparmor.security.beta.kubernetes.io/"
HELLO = PREFIX + "hello"


def psp(name, annotations):
    return {"apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy",
            "metadata": {"name": name, "annotations": annotations}, "spec": {}}


def deployment(name, annotation):
    p = pod("x", {HELLO: annotation}, containers=[("hello", None)])
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
            "spec": {"selector": {}, "template": {"metadata": p["metadata"], "spec": p["spec"]}}}


def blocks(name):
    """Pairs of a heading and the lines below it."""
    head, lines = None, []
    with open(os.path.join(REFERENCE, name)) as f:
        for line in f.read().split("\n") + ["--- end"]:
            if line.startswith("---") or line.startswith("###"):
                if head is not None:
                    yield head, lines
                head, lines = line[4:].strip("\r"), []
            elif line:
                lines.append(line)


def compare(name, objects, lines, *args):
    """The lines of kubectl: warnings, one refusal or 'created', and what was stored."""
    status, _, said = check(objects, *args)
    said = said.rstrip("\n").split("\n") if said else []
    wanted = [l for l in lines if l.startswith(("Warning:", "The ", "Error "))]
    refused = any(l.startswith(("The ", "Error ")) for l in wanted)
    result(status == int(refused) and said == wanted, f"{name}: what is said", "wanted:", *wanted,
           "said:", *said, f"status {status}")
    for line in lines:
        if line.startswith('{"ann"'):
            got = stored(review(objects, *args)[0])
            result(got == json.loads(line), f"{name}: what is stored", line, json.dumps(got))


def name_of(lines, fallback):
    for line in lines:
        m = re.search(r'The \w+ "([^"]+)"|(?:pod|deployment.apps)/(\S+)|pods "([^"]+)"', line)
        if m:
            return next(g for g in m.groups() if g)
    return fallback


def old_server():
    for head, lines in blocks("k8s-1.20-cases.txt"):
        name, era = name_of(lines, "x"), ("--era", "1.20")
        value = re.match(r"value='(.*)'$", head)
        first = pod(name, {HELLO: "runtime/default"}, containers=[("hello", None)])
        if value:
            compare(head, pod(name, {HELLO: value[1]}, containers=[("hello", None)]), lines, *era)
        elif head == "wrong container":
            compare(head, pod(name, {PREFIX + "nope": "runtime/default"}), lines, *era)
        elif head.endswith(" annotation"):
            new = {"update annotation": {HELLO: "unconfined"}, "remove annotation": {},
                   "add annotation": {HELLO: "runtime/default"}}[head]
            if head == "add annotation":
                first = pod(name, {}, containers=[("hello", None)])
            old = put("old.json", json.dumps(first))
            compare(head, pod(name, new, containers=[("hello", None)]), lines, "--old", old, *era)
        elif head.startswith("Deployment"):
            compare(head, deployment(name, "bogus"), lines, *era)
        elif head == "PSP":
            policies(lines)
        elif head == "no PSP at all":
            compare(head, pod(name, {}), lines, "--enable-admission-plugins", "PodSecurityPolicy",
                    *era)
        else:
            result(False, f"nobody knows what '{head}' is")


def policies(lines):
    made = {"psp-a": {PSP + "allowedProfileNames": "runtime/default,localhost/x"},
            "psp-space": {PSP + "allowedProfileNames": "runtime/default, localhost/x"},
            "psp-star": {PSP + "allowedProfileNames": "*"},
            "psp-defnotallowed": {PSP + "defaultProfileName": "localhost/y",
                                  PSP + "allowedProfileNames": "runtime/default"},
            "psp-baddef": {PSP + "defaultProfileName": "foo"},
            "psp-empty": {PSP + "allowedProfileNames": ""},
            "psp-trailing": {PSP + "allowedProfileNames": "runtime/default,"},
            "psp-esc": {PSP + "allowedProfileNames": "localhost/a\\\\,b"}}
    for line in lines:
        name = re.search(r'psp-\w+', line)[0]
        if name == "psp-defnotallowed":
            # The document's rule is the safer one, and holds for who creates a policy.
            status, _, said = check(psp(name, made[name]), "--era", "1.20")
            result(status == 1 and "the default localhost/y is not an allowed profile" in said,
                   "a default that is not allowed is refused", said)
        else:
            compare(name, psp(name, made[name]), [line], "--era", "1.20")


def old_policies():
    with open(os.path.join(REFERENCE, "k8s-1.20-psp-cases.txt")) as f:
        lines = f.read().split("\n")
    for i, line in enumerate(lines):
        if line.startswith("=== PSP:"):
            notes = json.loads("{" + line[8:].strip() + "}")
            file = put("psp.json", json.dumps(psp("psp1", notes)))
        m = re.match(r"  pod annotation '(.*)'\s+-> (.*)$", line)
        if not m:
            continue
        value, wanted = m.groups()
        p = pod("q1", None if value == "-" else {HELLO: value}, containers=[("hello", None)])
        args = ("--era", "1.20", "--policy", file)
        status, _, said = check(p, *args)
        title = f"{notes}, annotation {value}"
        if "created" in wanted:
            got = review(p, *args)[0]["request"]["object"]["metadata"].get("annotations")
            want = json.loads(lines[i + 1].split("stored: ")[1])
            result(status == 0 and got == want, title, want, got, said)
        else:
            text = 'pods "q1" is forbidden: ' + wanted[len("Forbidden: "):]
            result(status == 1 and said.rstrip("\n").endswith(text) and
                   "Error from server (Forbidden)" in said, title, text, said)


def context(**profile):
    return {"appArmorProfile": profile}


def both(first, second=None):
    return [("hello", first), ("c2", second)]


FIELDS = {
    "container RuntimeDefault": {"containers": both(context(type="RuntimeDefault"))},
    "container Unconfined": {"containers": both(context(type="Unconfined"))},
    "container Localhost prof": {
        "containers": both(context(type="Localhost", localhostProfile="prof"))},
    "pod Localhost prof": {"field": {"type": "Localhost", "localhostProfile": "prof"}},
    "pod Localhost + container Unconfined": {
        "field": {"type": "Localhost", "localhostProfile": "prof"},
        "containers": both(context(type="Unconfined"))},
    "Localhost without name": {"containers": both(context(type="Localhost"))},
    "Localhost empty name": {"containers": both(context(type="Localhost", localhostProfile=""))},
    "Localhost padded": {"containers": both(context(type="Localhost", localhostProfile=" a "))},
    "Localhost blanks": {"containers": both(context(type="Localhost", localhostProfile="  "))},
    "RuntimeDefault with name": {
        "containers": both(context(type="RuntimeDefault", localhostProfile="x"))},
    "no type": {"containers": both(context())},
    "bad type": {"containers": both(context(type="localhost"))},
    "4096-char name": {
        "containers": both(context(type="Localhost", localhostProfile="a" * 4096))},
    "windows pod": {"field": {"type": "RuntimeDefault"}, "os": {"name": "windows"}},
    "annotation unconfined, field RuntimeDefault": {
        "annotations": {HELLO: "unconfined"},
        "containers": both(context(type="RuntimeDefault"))},
    "annotation localhost/a, field Localhost b": {
        "annotations": {HELLO: "localhost/a"},
        "containers": both(context(type="Localhost", localhostProfile="b"))},
    "annotation localhost/a, field Localhost a": {
        "annotations": {HELLO: "localhost/a"},
        "containers": both(context(type="Localhost", localhostProfile="a"))},
    "annotation localhost/a, pod field RuntimeDefault": {
        "annotations": {HELLO: "localhost/a"}, "field": {"type": "RuntimeDefault"}},
    "annotation runtime/default == pod field": {
        "annotations": {HELLO: "runtime/default"}, "field": {"type": "RuntimeDefault"}},
    "annotation wrong container": {"annotations": {PREFIX + "nope": "runtime/default"}},
}


def new_server():
    era = ("--era", "1.36")
    for head, lines in blocks("k8s-1.36-cases.txt"):
        name = name_of(lines, "x")
        value = re.match(r"annotation hello='(.*)'$", head)
        if head in FIELDS:
            compare(head, pod(name, **FIELDS[head]), lines, *era)
        elif value:
            compare(head, pod(name, {HELLO: value[1]}), lines, *era)
        elif head == "updates":
            updates(name, lines)
        elif head.startswith("ephemeral"):
            old = pod("u1")
            new = pod("u1", ephemeralContainers=[{
                "name": "dbg", "image": "b",
                "securityContext": context(type="Localhost", localhostProfile="dbg")}])
            status, _, said = check(new, "--old", put("old.json", json.dumps(old)), *era)
            result(status == 0, head, said)
        elif head.startswith("Deployment"):
            compare(head, deployment(name, "runtime/default"), lines, *era)
        elif head.startswith("Pod Security"):
            admission(lines)
        elif head == "bind with annotation":
            binding = {"apiVersion": "v1", "kind": "Binding", "target": {"name": "node1"},
                       "metadata": {"name": "u1", "annotations": {HELLO: "localhost/at-bind"}}}
            status, _, said = check(binding, *era)
            result(status == 0 and "is given to the Pod without validation" in said, head, said)
            status, _, said = check(binding)
            result(status == 1 and "may not add AppArmor annotations" in said,
                   "which the safer eras forbid", said)
        elif head not in ("annotations", "fields", "both", "feature gates mentioning apparmor"):
            result(False, f"nobody knows what '{head}' is")


def updates(name, lines):
    old = put("old.json", json.dumps(pod(name)))
    texts = [l for l in lines if l.startswith("The ")]
    for text, new in zip(texts, (pod(name, {HELLO: "runtime/default"}),
                                 pod(name, field={"type": "RuntimeDefault"}))):
        status, _, said = check(new, "--old", old, "--era", "1.36")
        result(status == 1 and said.rstrip("\n") == text, text[:90], said)


def admission(lines):
    space = put("space.json", json.dumps({
        "apiVersion": "v1", "kind": "Namespace", "metadata": {
            "name": "default", "labels": {"pod-security.kubernetes.io/enforce": "baseline"}}}))
    unconfined = context(type="Unconfined")
    pods = [pod("a1", field={"type": "Unconfined"}),
            pod("a2", containers=[("hello", unconfined), ("h2", unconfined)]),
            pod("a3", {HELLO: "unconfined"}),
            pod("a4", field={"type": "Localhost", "localhostProfile": "snap.lxd.daemon"})]
    for p in pods:
        name = p["metadata"]["name"]
        wanted = [l for l in lines if f'pods "{name}"' in l]
        if name == "a3":
            wanted = [l for l in lines if l.startswith("Warning")] + wanted
        compare(f"{name} under baseline", p, wanted, "--era", "1.36", "--policy", space)


old_server()
old_policies()
new_server()
finish()
