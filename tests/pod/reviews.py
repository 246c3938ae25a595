#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""AdmissionReviews, those that real API servers sent among them."""
import base64
import copy
import glob
import json
import os

from common import PREFIX, finish, pod, put, result, run

CASES = os.path.join(os.path.dirname(os.environ["YOROI_SOURCE"]), "shared", "reference",
                     "kubernetes", "admissionreview-*.json")


def ask(review, *args):
    code, out, err = run("-o", "json", *args, "-", stdin=json.dumps(review).encode())
    try:
        return code, json.loads(out), err
    except ValueError:
        return code, None, out + err


def review(obj, operation="CREATE", version="v1", **more):
    return {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/" + version,
            "request": {"uid": "u-1", "kind": {"group": "", "version": "v1", "kind": "Pod"},
                        "name": "x", "namespace": "default", "operation": operation, "object": obj,
                        "oldObject": None, **more}}


for path in sorted(glob.glob(CASES)):
    with open(path) as f:
        text = f.read()
    sent = json.loads(text)
    code, answer, why = ask(sent, "--era", "1.20" if "1.20" in path else "1.36")
    response = (answer or {}).get("response", {})
    result(code == 0 and answer["kind"] == "AdmissionReview"
           and answer["apiVersion"] == sent["apiVersion"] and "request" not in answer
           and response["uid"] == sent["request"]["uid"] and response["allowed"] is True,
           "a real one: " + os.path.basename(path), code, answer, why)

for version in ("v1", "v1beta1"):
    code, answer, why = ask(review(pod("x", {PREFIX + "hello": "localhost/a"}), version=version))
    result(code == 0 and answer["apiVersion"] == "admission.k8s.io/" + version
           and answer["response"]["allowed"], version + " is answered as " + version, answer, why)
code, answer, why = ask(review(pod("x", {PREFIX + "hello": "bogus"})))
status = answer["response"]["status"]
result(code == 1 and answer["response"]["allowed"] is False and status["code"] == 422
       and status["reason"] == "Invalid" and 'Invalid value: "bogus"' in status["message"],
       "an invalid value is refused in Kubernetes' words", answer, why)
code, answer, why = ask(review(pod("x", {PREFIX + "hello": "localhost/a"})), "--era", "1.36")
result(code == 0 and any("deprecated" in w for w in answer["response"].get("warnings", [])),
       "warnings go with the answer", answer, why)

before = pod("x", {PREFIX + "hello": "localhost/a"})
code, answer, why = ask(review(before, "UPDATE", oldObject=before))
result(code == 0 and answer["response"]["allowed"], "an update that changes nothing", answer, why)
code, answer, why = ask(review(pod("x", {PREFIX + "hello": "unconfined"}), "UPDATE", oldObject=before))
result(code == 1 and not answer["response"]["allowed"], "an update that takes the profile away",
       answer, why)
for operation in ("DELETE", "CONNECT"):
    code, answer, why = ask(review(None, operation))
    result(code == 0 and answer["response"]["allowed"], operation + " is not ours to refuse", answer)
code, answer, why = ask(review({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "x"}}))
result(code == 0 and answer["response"]["allowed"], "nor what has no Pod", answer, why)

# A policy's default holds only if the answer changes the Pod.
policy = put("policy.yaml", """apiVersion: yoroi/v1
kind: AppArmorPolicy
metadata: {name: p}
spec: {mode: deny, allowed: [localhost/k8s-*], default: localhost/k8s-web}
""")
for era, path in (("annotations", "/metadata/annotations"), ("fields", "/spec")):
    code, answer, why = ask(review(pod("x")), "--policy", policy, "--era", era)
    response = (answer or {}).get("response", {})
    patch = json.loads(base64.b64decode(response.get("patch", "bnVsbA=="))) or []
    there = [p for p in patch if p["path"] == path and p["op"] == "add"]
    result(code == 0 and response.get("patchType") == "JSONPatch" and there
           and "k8s-web" in json.dumps(there), "a default is a patch in era " + era, patch, answer, why)
    if era == "fields" and there:
        made = copy.deepcopy(pod("x"))
        made["spec"] = there[0]["value"]
        code, answer, why = ask(review(made), "--policy", policy, "--era", era)
        result(code == 0 and "patch" not in answer["response"], "which is taken as it is", answer, why)
code, answer, why = ask(review(pod("x", {PREFIX + "hello": "localhost/evil", PREFIX + "c2": "localhost/k8s-a"})),
                        "--policy", policy)
result(code == 1 and answer["response"]["status"]["code"] == 403, "what a policy forbids", answer, why)

code, answer, why = ask(review({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "x"},
                                "spec": {"containers": "none"}}))
result(code == 1 and answer["response"]["allowed"] is False
       and answer["response"]["status"]["code"] == 400 and answer["response"]["uid"] == "u-1",
       "a Pod that is none is refused, and the server hears of it", answer, why)
elsewhere = pod("x")
elsewhere["metadata"]["namespace"] = "other"
code, answer, why = ask(review(elsewhere))
result(code == 1 and not answer["response"]["allowed"], "one of another namespace", answer, why)
for name, change in (("no uid", {"uid": ""}), ("a long uid", {"uid": "u" * 300}), ("a number for uid", {"uid": 7}),
                     ("an unknown operation", {"operation": "PATCH"}), ("no object", {"object": None}),
                     ("an UPDATE of nothing", {"operation": "UPDATE"}),
                     ("a list for object", {"object": []})):
    code, answer, why = ask(review(pod("x"), **change) if "operation" not in change else
                            {**review(pod("x")), "request": {**review(pod("x"))["request"], **change}})
    allowed = answer and answer.get("response", {}).get("allowed")
    result(code == 1 and not allowed, "refused: " + name, code, answer, why)
for name, change in (("another version", {"apiVersion": "admission.k8s.io/v2"}), ("no request", {"request": None})):
    code, answer, why = ask({**review(pod("x")), **change})
    result(code == 1, "refused: " + name, code, answer, why)
code, out, err = run("--node", "-", stdin=json.dumps(review(pod("x"))).encode())
result(code == 2 and "AdmissionReview" in err, "a review does not ask a node", code, out, err)
code, out, err = run("-", stdin=json.dumps(review(pod("x", {PREFIX + "hello": "localhost/a"}))).encode())
result(code == 0 and "hello: localhost/a" in out, "for people it is told as of a Pod", code, out, err)
two = json.dumps(review(pod("x"))) + "\n" + json.dumps(review(pod("y")))
code, out, err = run("-o", "json", "-", stdin=two.encode())
result(code == 0 and len(json.loads(out)["items"]) == 2, "two of them make a List", code, out, err)
finish()
