#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Policies of both kinds, the feature gate, the node's gate on a scratch machine, Pods that exist."""
import json
import os

from common import PREFIX, WORK, check, finish, pod, put, result, review, run

HELLO = PREFIX + "hello"


def says(name, status, text, got):
    code, out, err = got
    result(code == status and text in out + err, name, f"status {code}, not {status}", out, err)


def one(annotation=None, name="x", privileged=False, **meta):
    p = pod(name, None if annotation is None else {HELLO: annotation},
            containers=[("hello", {"privileged": True} if privileged else None)])
    p["metadata"].update(meta)
    return p


def policy(**spec):
    return put("policy.yaml", json.dumps({"apiVersion": "yoroi/v1", "kind": "AppArmorPolicy",
                                          "metadata": {"name": "web"}, "spec": spec}))


def allowed():
    file = policy(allowed=["runtime/default", "localhost/web-*"])
    for value, good in (("runtime/default", True), ("localhost/web-", True),
                        ("localhost/web-a", True), ("localhost/web-a/b", False),
                        ("localhost/webx", False), ("localhost/web-a//&unconfined", False),
                        ("unconfined", False), ("", False), (None, False)):
        text = "accepted" if good else 'pods "x" is forbidden: violates AppArmorPolicy "web": '
        says(f"{value} is {'' if good else 'not '}allowed", int(not good), text,
             check(one(value), "--policy", file))
    says("what is allowed is told", 1, 'unconfined is not an allowed profile. Allowed values: '
         '"runtime/default,localhost/web-*"', check(one("unconfined"), "--policy", file))
    says("nothing is no profile", 1, 'container "hello": AppArmor profile must be set',
         check(one(), "--policy", file))
    says("a privileged container's default is none", 1, "(a privileged container has no default",
         check(one("runtime/default", privileged=True), "--policy", file))
    file = policy(allowed=["localhost/**"])
    says("two stars cross slashes", 0, "accepted", check(one("localhost//usr/bin/x"), "--policy", file))
    # Engines and the kernel take it for the word.
    for name in ("unconfined", ":root:unconfined", ":root://unconfined", " unconfined", "unconfined ",
                 "unconfined//&unconfined", "unconfined//&:a://unconfined", "unconfined//hat"):
        says(f"localhost/{name} is unconfined", 1, "is not an allowed profile (it means unconfined)",
             check(one("localhost/" + name), "--era", "1.20", "--policy", file))
        says("which exists", 1, "is more permissive than the default",
             check(one("localhost/" + name), "--era", "1.20", "--existing"))
        says("and is not allowed as a profile", 1, "takes runtime/default, unconfined and",
             check(one(), "--policy", policy(allowed=["localhost/" + name])))
        file = policy(allowed=["localhost/**"])
    for name in ("unconfinedx", "xunconfined", "unconfined//&a", "a//&unconfined", ":unconfined:a",
                 "unconfined/", "UNCONFINED"):
        says(f"localhost/{name} is a profile", 0, "accepted",
             check(one("localhost/" + name), "--era", "1.20", "--policy", file))
    file = policy(allowed=["localhost/?x"])
    says("a question mark is one character", 0, "accepted", check(one("localhost/ax"), "--policy", file))
    says("and not none", 1, "forbidden", check(one("localhost/x"), "--policy", file))
    for era, there in (("annotations", "annotation"), ("fields", "field")):
        file = policy(allowed=["localhost/a"], default="localhost/a")
        item = review(one(), "--policy", file, "--era", era)[0]
        obj = item["request"]["object"]
        if there == "annotation":
            good = obj["metadata"]["annotations"] == {HELLO: "localhost/a"}
        else:
            good = obj["spec"]["containers"][0]["securityContext"]["appArmorProfile"] == {
                "type": "Localhost", "localhostProfile": "a"}
        result(good and item["response"]["allowed"], f"a default becomes an {there}", obj)
    says("a default that is not allowed is refused", 1, "not an allowed profile",
         check(one(), "--policy", policy(allowed=["localhost/a"], default="unconfined")))


def selected():
    def decided(name, bad, p, *args, **spec):
        says(name, int(bad), "forbidden" if bad else "accepted",
             check(p, "--policy", policy(allowed=["localhost/a"], **spec), *args))

    decided("a policy for other namespaces", False, one(), namespaces=["web", "team-*"])
    decided("for this one", True, one(namespace="team-a"), namespaces=["web", "team-*"])
    decided("for the one of -n", True, one(), "-n", "web", namespaces=["web"])
    labels = {"labels": {"app": "web", "tier": "front"}}
    decided("by label", True, one(**labels), podSelector={"matchLabels": {"app": "web"}})
    decided("by another label", False, one(**labels), podSelector={"matchLabels": {"app": "db"}})
    for op, values, bad in (("In", ["web", "db"], True), ("In", ["db"], False),
                            ("NotIn", ["db"], True), ("NotIn", ["web"], False),
                            ("Exists", [], True), ("DoesNotExist", [], False)):
        decided(f"by {op} {values}", bad, one(**labels), podSelector={
            "matchExpressions": [{"key": "app", "operator": op, "values": values}]})
    space = put("space.json", json.dumps({"apiVersion": "v1", "kind": "Namespace",
                                          "metadata": {"name": "default", "labels": {"a": "b"}}}))
    selector = {"matchLabels": {"a": "b"}}
    decided("by the namespace's labels", True, one(), "--policy", space, namespaceSelector=selector)
    decided("which are others", False, one(), "--policy", space,
            namespaceSelector={"matchLabels": {"a": "c"}})
    says("or which nobody knows", 0, "nothing is known of the labels of namespace",
         check(one(), "--policy", policy(allowed=["localhost/a"], namespaceSelector=selector)))
    # What every namespace has, whether somebody tells of it or not, and whatever is told of it.
    for value, there in (("default", True), ("other", False)):
        selector = {"matchLabels": {"kubernetes.io/metadata.name": value}}
        decided(f"by the label of its name {value}", there, one(), namespaceSelector=selector)
        decided(f"by {value} beside others", there, one(), "--policy", space,
                namespaceSelector={"matchLabels": {"a": "b", **selector["matchLabels"]}})
    lies = put("lies.json", json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {
        "name": "default", "labels": {"kubernetes.io/metadata.name": "other"}}}))
    decided("nobody gives it another", True, one(), "--policy", lies, namespaceSelector={
        "matchLabels": {"kubernetes.io/metadata.name": "default"}})
    result("nothing is known" not in "".join(check(one(), "--policy", policy(
        allowed=["localhost/a"], namespaceSelector=selector))[1:]), "and nothing else is asked for")
    # A binding adds annotations to a Pod of which nothing is known then.
    def binding(value):
        return {"apiVersion": "v1", "kind": "Binding", "target": {"name": "node1"},
                "metadata": {"name": "x", "annotations": {HELLO: value}}}
    for value, good in (("localhost/a", True), ("localhost/b", False), ("unconfined", False),
                        ("bogus!!", False), ("", False)):
        file = policy(allowed=["localhost/a"], podSelector={"matchLabels": {"app": "web"}},
                      exceptions=[{"images": ["**"], "allowed": ["localhost/b", "unconfined"]}])
        for era in ("1.20", "1.36"):
            says(f"{value or 'nothing'} by a binding is {'' if good else 'not '}allowed in {era}",
                 int(not good), "" if good else 'violates AppArmorPolicy "web": container "hello": ',
                 check(binding(value), "--era", era, "--policy", file))
    says("in another namespace it is", 0, "", check(binding("unconfined"), "--era", "1.36", "--policy",
                                                    policy(allowed=["localhost/a"], namespaces=["b"])))
    says("with an exception for its name too", 0, "", check(
        binding("unconfined"), "--era", "1.36", "--policy", policy(allowed=["localhost/a"], exceptions=[
            {"containers": ["hello"], "allowed": ["unconfined"]}])))
    exception = {"containers": ["istio-*"], "images": ["proxy:*"], "allowed": ["unconfined"]}
    file = policy(allowed=["localhost/a"], exceptions=[exception])
    for name, image, good in (("istio-a", "proxy:1", True), ("istio-a", "evil", False),
                              ("other", "proxy:1", False)):
        p = pod("x", {PREFIX + name: "unconfined"}, containers=[(name, None)])
        p["spec"]["containers"][0]["image"] = image
        says(f"an exception for {name} of {image}: {good}", int(not good), "", check(p, "--policy", file))


def updates():
    """A Pod that was there before the policy may lose a finalizer, but not get another image."""
    space = put("space.json", json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {
        "name": "default", "labels": {"pod-security.kubernetes.io/enforce": "baseline"}}}))
    old = one("unconfined", finalizers=["example.org/held"])
    image, debug = one("unconfined"), one("unconfined")
    image["spec"]["containers"][0]["image"] = "another"
    debug["spec"]["ephemeralContainers"] = [{"name": "debug", "image": "i", "securityContext": {
        "appArmorProfile": {"type": "Unconfined"}}}]
    for told in (policy(allowed=["localhost/a"]), space):
        for name, new, good in (("another label", one("unconfined", labels={"a": "b"}), True),
                                ("another image", image, False), ("one more container", debug, False)):
            says(f"{name} for a Pod that is there is {'' if good else 'not '}allowed by "
                 f"{os.path.basename(told)}", int(not good), "" if good else "forbidden: violates",
                 check(new, "--era", "1.36", "--old", put("old.json", json.dumps(old)),
                       "--policy", told))


def modes():
    file = policy(allowed=["localhost/a"], mode="warn")
    says("mode warn lets pass and warns", 0, 'Warning: would violate AppArmorPolicy "web"',
         check(one("unconfined"), "--policy", file))
    file = policy(allowed=["localhost/a"], mode="audit")
    item = review(one("unconfined"), "--policy", file)[0]["response"]
    result(item["allowed"] and "warnings" not in item and "would violate AppArmorPolicy" in
           item["auditAnnotations"]["violation-1"], "mode audit tells the log alone", item)
    for bad, spec in (("mode", {"allowed": [], "mode": "maybe"}), ("allowed", {}),
                      ("alowed", {"allowed": [], "alowed": []}),
                      ("no profile", {"allowed": ["localhost/a"], "default": "foo"}),
                      ("takes runtime/default", {"allowed": ["foo"]}),
                      ("operator", {"allowed": [], "podSelector": {
                          "matchExpressions": [{"key": "a", "operator": "Is"}]}}),
                      ("names containers or images", {"allowed": [], "exceptions": [{}]})):
        says(f"a policy with a mistake: {bad}", 1, bad, check(one("localhost/a"), "--policy",
                                                              policy(**spec)))
    says("PodSecurityPolicy is gone in later eras", 1, "is gone since Kubernetes 1.25", check(
        one(), "--era", "1.25", "--policy", put("psp.json", json.dumps({
            "apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy",
            "metadata": {"name": "p"}}))))


def psps():
    def psp(name, allowed=None, default=None):
        notes = {"allowedProfileNames": allowed, "defaultProfileName": default}
        return {"apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy", "metadata": {
            "name": name, "annotations": {"apparmor.security.beta.kubernetes.io/" + k: v
                                          for k, v in notes.items() if v is not None}}}

    def file(*all_of_them):
        return put("psps.json", "\n".join(json.dumps(p) for p in all_of_them))

    bad = file(psp("p", "runtime/default", "localhost/y"))
    says("a default that is not allowed does not hold", 1, "is not an allowed profile. Allowed",
         check(one("runtime/default"), "--policy", bad))
    says("but did on real servers", 0, "warning: ", check(one("runtime/default"), "--policy", bad,
                                                          "--era", "1.20"))
    both = (psp("z", "localhost/z", "localhost/z"), psp("y", "localhost/y", "localhost/y"))
    two = file(*both)
    for value, name, want in ((None, "y", "localhost/y"), ("localhost/z", "z", "localhost/z")):
        item = review(one(value), "--policy", two)[0]
        got = item["request"]["object"]["metadata"]["annotations"]
        result(got == {HELLO: want, "kubernetes.io/psp": name}, f"{value} is let in by {name}", got)
    says("what none lets in is told by all", 1, '[pod.metadata.annotations[' + HELLO +
         ']: Forbidden: unconfined is not an allowed profile. Allowed values: "localhost/y" '
         'pod.metadata.annotations[' + HELLO + ']: Forbidden: unconfined is not an allowed profile. '
         'Allowed values: "localhost/z"]', check(one("unconfined"), "--policy", two))
    as_it_is = file(psp("a", None, "localhost/a"), psp("b", None))
    item = review(one(), "--policy", as_it_is)[0]["request"]["object"]["metadata"]["annotations"]
    result(item == {"kubernetes.io/psp": "b"}, "who changes nothing comes first", item)
    p = pod("x", {HELLO: "localhost/y"}, containers=[("hello", None)],
            initContainers=[{"name": "init", "image": "i"}])
    item = review(p, "--policy", file(*both))[0]["request"]["object"]["metadata"]["annotations"]
    result(item == {HELLO: "localhost/y", PREFIX + "init": "localhost/y", "kubernetes.io/psp": "y"},
           "init containers too", item)


def gates():
    off = ("--feature-gates", "AppArmor=false")
    for era in ("annotations", "1.13", "both", "fields"):
        says(f"the gate off forbids in {era}", 1,
             f"metadata.annotations[{HELLO}]: Forbidden: AppArmor is disabled by feature-gate",
             check(one("bogus"), *off, "--era", era))
        says(f"but not who asks for nothing in {era}", 0, "accepted",
             check(one(), *off, "--era", era))
    item = review(one("bogus"), *off, "--era", "1.20")[0]
    result("annotations" not in item["request"]["object"]["metadata"] and
           item["response"]["allowed"] and "is dropped" in item["response"]["warnings"][0],
           "1.20 drops, and we say so", item)
    says("1.31 has it locked", 2, "feature is locked to true", check(one(), *off, "--era", "1.31"))
    says("1.33 has none", 2, "unrecognized feature gate", check(one(), *off, "--era", "1.33"))
    says("other gates are not ours", 2, "takes AppArmor=true", check(one(), "--feature-gates", "A=true"))


def misplaced():
    d = {"apiVersion": "apps/v1", "kind": "Deployment",
         "metadata": {"name": "d", "annotations": {HELLO: "localhost/a"}},
         "spec": {"template": {"metadata": {}, "spec": one()["spec"]}}}
    says("an annotation of the Deployment itself", 0, "it belongs into spec.template.metadata",
         check(d))
    says("an annotation that means nothing", 0, "has no effect", check(
        pod("x", {"apparmor.security.beta.kubernetes.io/pod": "runtime/default"})))
    says("a field in the annotation era", 1, 'unknown field "spec.securityContext.appArmorProfile"',
         check(pod("x", field={"type": "RuntimeDefault"})))


def machine():
    root = os.path.join(WORK.name, "fs")
    os.makedirs(os.path.join(root, "params"))
    os.environ["YOROI_SECURITYFS"] = os.path.join(root, "apparmor")
    os.environ["YOROI_PARAMS"] = os.path.join(root, "params")
    p = one("localhost/mine")
    says("AppArmor is not there", 1, "Pod Cannot enforce AppArmor: AppArmor is not enabled on the host",
         check(p, "--node"))
    with open(os.path.join(root, "params", "enabled"), "w") as f:
        f.write("Y\n")
    says("its interface is not mounted", 1, "Cannot enforce AppArmor: error finding AppArmor FS: path " +
         os.environ["YOROI_SECURITYFS"] + " does not exist", check(p, "--node"))
    says("which matters to nobody who wants none", 0, "may start", check(one("unconfined"), "--node"))
    os.makedirs(os.path.join(root, "apparmor", "policy"))
    os.makedirs(os.path.join(root, "apparmor", "features"))
    for name in (".load", ".replace", ".remove"):
        open(os.path.join(root, "apparmor", name), "w").close()
    with open(os.path.join(root, "apparmor", "profiles"), "w") as f:
        f.write("no mode\n")
    says("the list cannot be read", 1, "could not read loaded profiles: ", check(p, "--node"))
    with open(os.path.join(root, "apparmor", "profiles"), "w") as f:
        f.write("other (enforce)\nwith (parentheses) in it (enforce)\n")
    got = check(p, "--node")
    says("the profile is not loaded", 1, 'profile "mine" is not loaded', got)
    says("and the Pod waits", 1, "Blocked", got)
    result("node: kubelet is posting ready status. AppArmor enabled\n" in got[1],
           "the node is ready with AppArmor", got[1])
    says("a loaded one may start", 0, "may start", check(one("localhost/other"), "--node"))
    says("also one with parentheses", 0, "may start",
         check(one("localhost/with (parentheses) in it"), "--node"))
    os.makedirs(os.path.join(root, "d"))
    with open(os.path.join(root, "d", "mine"), "w") as f:
        f.write("profile mine { /etc/passwd r, }\nprofile wide { change_profile -> **, file, mount,"
                " capability, network, ptrace, signal, unix, userns, }\n")
    says("one that can be loaded may start", 0, "may start",
         check(p, "--node", "--profile-dir", os.path.join(root, "d")))
    items = review(p, "--node")
    result([i["kind"] for i in items] == ["AdmissionReview", "Event"] and
           items[1]["type"] == "Warning" and items[1]["reason"] == "AppArmor" and
           items[0]["request"]["object"]["status"]["containerStatuses"][0]["state"]["waiting"] ==
           {"reason": "Blocked"}, "as Kubernetes' objects", items)
    return os.path.join(root, "d")


def existing(folder):
    pods = [one("bogus", "a"), one("unconfined", "b"), one("localhost/mine", "c"),
            one("localhost/wide", "d"), one("localhost/unknown", "e"), one("runtime/default", "f"),
            one("unconfined", "g", privileged=True), one("localhost/", "h"), one(None, "i")]
    pods[5]["metadata"]["annotations"][PREFIX + "nope"] = "runtime/default"
    args = ("--existing", "--profile-dir", folder)
    listed = {"apiVersion": "v1", "kind": "PodList",
              "items": [{k: v for k, v in p.items() if k in ("metadata", "spec")} for p in pods]}
    status, out, err = check(listed, *args)
    wanted = [("a", 'Invalid value: "bogus"'), ("b", "unconfined (annotation) is more permissive"),
              ("d", 'profile "wide" (annotation) is more permissive than the default: it allows'),
              ("e", 'profile "unknown" (annotation) cannot be compared'),
              ("f", 'Invalid value: "nope": container not found'),
              ("h", "names no profile that can be loaded")]
    for name, text in wanted:
        result(any(l.startswith(f"default/{name}: ") and text in l for l in out.split("\n")),
               f"existing: {text}", out, err)
    result(status == 1 and not any(f"default/{n}:" in out for n in "cgi") and
           "9 Pods looked at, 6 findings" in out, "and nothing else", status, out, err)
    both = pod("x", {HELLO: "unconfined"}, field={"type": "Localhost", "localhostProfile": "mine"})
    says("what came by a binding is found", 1, "which no server lets in; the node takes the annotation",
         check(both, *args, "--era", "1.36"))
    says("harmless Pods are", 0, "1 Pod looked at, 0 findings", check(one("localhost/mine"), *args))
    held = put("held.json", json.dumps({"apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy",
               "metadata": {"name": "p", "annotations": {
                   "apparmor.security.beta.kubernetes.io/allowedProfileNames": "runtime/default"}}}))
    says("what PodSecurityPolicy would not let in is", 1, "localhost/mine is not an allowed profile",
         check(one("localhost/mine"), *args, "--policy", held))
    says("nor an AppArmorPolicy", 1, 'violates AppArmorPolicy "web"',
         check(one("localhost/mine"), *args, "--policy", policy(allowed=["localhost/a"])))
    code, out, _ = check(pods[1], *args, "-o", "json")
    result(code == 1 and json.loads(out)["items"][0]["name"] == "b", "findings as JSON", out)
    says("without a source nothing is proved", 1, "cannot be compared", check(one("localhost/mine"),
                                                                            "--existing"))


allowed()
selected()
updates()
modes()
psps()
gates()
misplaced()
existing(machine())
code, out, err = check(one("unconfined"), "--era", "1.36", "--quiet")
result(code == 0 and not err, "--quiet shows no warnings", err)
says("what has no Pod is told", 0, "there is no Pod in this Service", check(
    {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}}))
says("no file is a wrong command line", 2, "name files of manifests", run())
says("no such file is the machine's fault", 3, "open 'nowhere'", run("nowhere"))
says("an output that nobody knows", 2, "no output 'yaml'", check(one(), "-o", "yaml"))
finish()
