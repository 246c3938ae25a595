#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Rules of later and earlier servers that the measured cases do not show."""
import json

from common import PREFIX, check, finish, pod, put, result

HELLO = PREFIX + "hello"
FIRST = f"metadata.annotations[{HELLO}]: "


def says(name, status, lines, got):
    """All that is said, in its order; warnings aside."""
    code, _, err = got
    said = [l for l in err.rstrip("\n").split("\n") if l and not l.startswith("Warning: metadata.")]
    result(code == status and said == lines, name, f"status {code}, not {status}", "wanted:",
           *lines, "said:", *said)


def one(annotation=None, container=None, **spec):
    return pod("x", None if annotation is None else {HELLO: annotation},
               containers=[("hello", container)], **spec)


def deployment(p):
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"},
            "spec": {"template": {"metadata": p["metadata"], "spec": p["spec"]}}}


def profile(kind):
    return {"appArmorProfile": {"type": kind}}


def levels():
    def under(p, era, **labels):
        space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default", "labels": {
            "pod-security.kubernetes.io/" + k.replace("_", "-"): v for k, v in labels.items()}}}
        return check(p, "--era", era, "--policy", put("space.json", json.dumps(space)))

    forbidden = ('Error from server (Forbidden): error when creating "STDIN": pods "x" is '
                 'forbidden: violates PodSecurity "%s": forbidden AppArmor profile%s (%s)')
    field = 'container "hello" must not set AppArmor profile type to "Unconfined"'
    bad = one(None, profile("Unconfined"))
    says("before there were fields, annotations as they are", 1,
         [forbidden % ("baseline:latest", "", HELLO + '="unconfined"')],
         under(one("unconfined"), "1.25", enforce="baseline"))
    p = pod("x", {HELLO: "unconfined", PREFIX + "c2": "unconfined"})
    says("in order, with a comma", 1, [forbidden % ("restricted:v1.24", "s", PREFIX +
         'c2="unconfined", ' + HELLO + '="unconfined"')],
         under(p, "1.25", enforce="restricted", enforce_version="v1.24"))
    for level, shown in (("base-line", "restricted:latest"), ("", "restricted:latest")):
        says(f"a level '{level}' that is none is the strictest", 1,
             [forbidden % (shown, "", field)], under(bad, "1.36", enforce=level))
    says("a version that is none is the latest", 1, [forbidden % ("baseline:latest", "", field)],
         under(bad, "1.36", enforce="baseline", enforce_version="1.24"))
    says("a level to warn by that is none warns of nothing", 0, [],
         under(bad, "1.36", warn="base-line"))
    says("privileged lets all in", 0, [], under(bad, "1.36", enforce="privileged"))
    warning = f'Warning: would violate PodSecurity "%s": forbidden AppArmor profile ({field})'
    says("a template is warned about by what is enforced", 0, [warning % "baseline:v1.30"],
         under(deployment(bad), "1.36", enforce="baseline", enforce_version="v1.30"))
    says("unless there is a level to warn by", 0, [],
         under(deployment(bad), "1.36", enforce="baseline", warn="privileged"))
    says("and not before 1.26", 0, [],
         under(deployment(one("unconfined")), "1.25", enforce="baseline"))


levels()
finish()
