#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Rules of later and earlier servers that the measured cases do not show."""
import json

from common import PREFIX, check, finish, pod, put, result, review, stored

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


def update(old, new, *args):
    return check(new, "--old", put("old.json", json.dumps(old)), *args)


def updates():
    changed = FIRST + "Forbidden: may not remove or update AppArmor annotations"
    bogus = FIRST + 'Invalid value: "bogus": invalid AppArmor profile name: "bogus"'
    for era, lines in (("1.20", (changed, bogus)), ("1.36", (bogus, changed))):
        says(f"the order of what is wrong with an update in {era}", 1,
             ['The Pod "x" is invalid: '] + ["* " + l for l in lines],
             update(one("localhost/a"), one("bogus"), "--era", era))
    both = one("localhost/a", profile("RuntimeDefault"))
    says("of a Pod, field and annotation are compared when it comes", 0, [],
         update(both, both, "--era", "1.36"))
    says("of a template at each change", 1, [
        'The Deployment "d" is invalid: spec.template.spec.containers[0].securityContext.'
        'appArmorProfile.type: Forbidden: apparmor type in annotation and field must match'],
        update(deployment(one("localhost/a")), deployment(both), "--era", "1.36"))


def gate():
    off = ("--feature-gates", "AppArmor=false")
    says("the gate takes nothing from a Pod that has it", 0, [],
         update(one("localhost/a"), one("localhost/a"), "--era", "1.20", *off))
    says("nor lets it be changed", 1, ['The Pod "x" is invalid: ' + FIRST + "Forbidden: may not "
         "remove or update AppArmor annotations"],
         update(one("localhost/a"), one("localhost/b"), "--era", "1.20", *off))
    says("what is added is dropped", 0, [
        "Warning: the feature gate AppArmor is off: what this Pod asks of AppArmor is dropped"],
        check(one("bogus"), "--era", "1.20", *off))
    old = one(None, profile("Unconfined"))
    new = one("localhost/a", profile("Unconfined"))
    item = review(new, "--era", "1.30", *off, "--old", put("old.json", json.dumps(old)))[0]
    got = stored(item)
    result(got["c"] == [{"hello": {"type": "Unconfined"}}] and (got["ann"] or {}).get(HELLO) != "localhost/a",
           "each kind by itself", got)
    says("where it forbids, that is all it says", 1, [
        'The Pod "x" is invalid: ' + FIRST + "Forbidden: AppArmor is disabled by feature-gate"],
        check(one("bogus"), "--era", "fields-only", *off))


def systems():
    for name, text in (("plan9", 'spec.os: Unsupported value: "plan9": supported values: "linux", '
                        '"windows"'),
                       ("Windows", 'spec.os: Unsupported value: "Windows": supported values: '
                        '"linux", "windows"'),
                       ("", "spec.os.name: Required value: cannot be empty")):
        says(f"no system is called '{name}'", 1, ['The Pod "x" is invalid: ' + text],
             check(one(None, profile("Unconfined"), os={"name": name}), "--era", "1.36"))
    says("one without a name is none", 1, [
        'The Pod "x" is invalid: spec.os.name: Required value: cannot be empty'],
        check(one(os={}), "--era", "1.36"))
    says("linux is one", 0, [], check(one("localhost/a", os={"name": "linux"}), "--era", "1.36"))
    path = "securityContext.appArmorProfile: Forbidden: cannot be set for a windows pod"
    says("all of a windows Pod are told, init containers first", 1, [
        'The Pod "x" is invalid: ', "* spec." + path, "* spec.initContainers[0]." + path,
        "* spec.containers[0]." + path],
        check(pod("x", {HELLO: "unconfined"}, {"type": "RuntimeDefault"},
                  [("hello", profile("RuntimeDefault"))], os={"name": "windows"},
                  initContainers=[{"name": "i", "image": "i", "securityContext":
                                   profile("Unconfined")}]), "--era", "1.36"))


def kinds():
    for kind, meant in (("pod", "Pod"), ("POD", "Pod"), ("deployment", "Deployment"),
                        ("cronJob", "CronJob")):
        code, _, err = check({"apiVersion": "v1", "kind": kind, "metadata": {"name": "x"}})
        result(code == 1 and f"the kind is '{meant}', not '{kind}'" in err,
               f"a {kind} is no object without a Pod", code, err)
    code, _, err = check({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}})
    result(code == 0 and "there is no Pod in this Service" in err, "a Service is", code, err)


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


updates()
gate()
systems()
kinds()
levels()
finish()
