#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Hostile YAML and JSON: a clear refusal that names its place, in little time and memory."""
import json
import re
import resource
import subprocess
import time

from common import PREFIX, YOROI, finish, pod, put, result

SANITIZED = b"__asan_init" in open(YOROI, "rb").read()
HEAD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n"
SPEC = "spec:\n  containers:\n  - {name: hello, image: b}\n"


def bombs(levels):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for i in range(1, levels):
        lines.append(f"a{i}: &a{i} [" + ", ".join([f"*a{i - 1}"] * 10) + "]")
    return "\n".join(lines) + "\n"


def limit():
    if not SANITIZED:
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))


def refused(name, text, pattern, status=1, *args):
    path = put("in", text)
    start = time.monotonic()
    done = subprocess.run([YOROI, "pod", "check", *args, path], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120, check=False, preexec_fn=limit)
    took = time.monotonic() - start
    said = done.stderr.decode(errors="replace")
    good = done.returncode == status and re.search(pattern, said)
    result(good and took < (60 if SANITIZED else 5) and len(said) < 2 << 20, name,
           f"status {done.returncode}, {took:.1f} s, {len(said)} bytes", said[:500])


def json_pod(**more):
    return json.dumps({**pod("x"), **more})


many = "".join(f"  - {{name: c{i}, image: b}}\n" for i in range(10000))
place = r":\d+:\d+: error: "
refused("aliases that explode", HEAD + bombs(12) + SPEC, place + ".*more than 1048576 values")
refused("an alias of large text", "t: &t " + "x" * (1 << 20) + "\n" + "u: [" +
        ", ".join(["*t"] * 100) + "]\n" + HEAD + SPEC, place + ".*bytes of text")
refused("an alias inside of itself", HEAD + "a: &a [*a]\n" + SPEC, r":5:8: error: .*inside of what")
refused("an alias of nothing", HEAD + "a: *b\n" + SPEC, r":5:4: error: no anchor")
refused("100 MB of YAML", "a: b\n" * (20 << 20), "larger than 16777216 bytes")
refused("100 MB of JSON", "{" + " " * (100 << 20) + "}", "larger than 16777216 bytes")
refused("10,000 containers", HEAD + "spec:\n  containers:\n" + many,
        place + "a Pod may have 1000 containers, and this has 10000")
refused("10,000 containers in JSON",
        json_pod(spec={"containers": [{"name": f"c{i}", "image": "b"} for i in range(10000)]}),
        r":1:\d+: error: a Pod may have 1000 containers")
refused("YAML 10,000 deep", HEAD + "a: " + "[" * 10000, place + ".*more than 100 deep")
refused("YAML mappings 10,000 deep", "".join(" " * i + "a:\n" for i in range(5000)),
        place + ".*more than 100 deep")
refused("JSON 100,000 deep", '{"a":' * 100000, place + ".*more than 100 deep")
refused("a million values of JSON", "{\"a\":[" + "[]," * 3000000 + "[]]}", "more than 1048576")
refused("a million empty documents", "--- a\n" * 1500000, "1048576")
refused("a duplicate key", HEAD + "kind: Pod\n" + SPEC, r":5:1: error: the key 'kind' is there twice")
refused("a duplicate key in JSON", '{"kind": "Pod",\n "kind": "Pod"}', r":2:\d+: error: .*uplicate")
refused("many duplicate keys", "a: b\n" * 500000, r"is there twice")
refused("bytes that are not UTF-8", (HEAD + "a: b\xffc\n").encode("latin-1"),
        r":5:5: error: this byte, 0xff, is not UTF-8")
refused("half a character", HEAD.encode() + b"a: \xe2\x82", r":5:4: error: .*0xe2")
refused("a byte 0", HEAD + "a: \0\n", r":5:4: error: .*value 0")
refused("a surrogate", (HEAD + "a: ").encode() + b"\xed\xa0\x80\n", r":5:4: error: .*UTF-8")
refused("a control character", HEAD + "a: \x01\n", r":5:4: error: .*control")
refused("UTF-16", HEAD.encode("utf-16"), place + ".*UTF-8")
refused("an escaped 0 in YAML", HEAD + 'a: "\\0"\n', r":5:4: error: .*value 0")
refused("an escaped 0 in JSON", '{"a": "\\u0000"}', place)
for key, value, what in (("metadata", "7", "a mapping"), ("spec", "[]", "a mapping"),
                         ("metadata", "{name: 7}", "a string"),
                         ("metadata", "{name: x, annotations: [a]}", "a mapping"),
                         ("metadata", "{name: x, annotations: {a: 7}}", "a string"),
                         ("metadata", "{name: x, annotations: {a: yes}}", "put it into quotes"),
                         ("metadata", "{name: x, labels: {a: {}}}", "a string"),
                         ("spec", "{containers: {}}", "a list"),
                         ("spec", "{containers: [7]}", "a mapping"),
                         ("spec", "{containers: [{name: []}]}", "a string"),
                         ("spec", "{containers: [{securityContext: 1}]}", "a mapping"),
                         ("spec", "{containers: [{securityContext: {privileged: 1}}]}", "true or false"),
                         ("spec", "{securityContext: {appArmorProfile: x}}", "a mapping"),
                         ("spec", "{securityContext: {appArmorProfile: {type: 1}}}", "a string"),
                         ("kind", "[Pod]", "a string")):
    rest = {"apiVersion": "v1", "kind": "Pod", "metadata": "{name: x}", "spec": "{}", key: value}
    text = "".join(f"{k}: {v}\n" for k, v in rest.items())
    refused(f"{key}: {value}", text, r":[1-4]:\d+: error: '.*" + what)
    refused(f"{key}: {value}, with fields", text, r":[1-4]:\d+: error: '.*" + what, 1, "--era",
            "fields")
refused("a kind that is none", "apiVersion: v1\nkind: \n", r":1:1: error: 'kind' is missing")
refused("a string", "hello\n", r":1:1: error: an object of Kubernetes is a mapping, and this is a string")
refused("nothing", "\n# nothing\n---\n", "no object in it")
refused("a list of numbers", '{"kind":"List","apiVersion":"v1","items":[1,2]}',
        r":1:\d+: error: an object")
refused("a Pod of no known version", HEAD.replace("v1", "v2") + SPEC, r"apiVersion v1, not 'v2'")
refused("a tag", HEAD + "a: !!python/object:os.system x\n", r":5:4: error: of YAML's tags")
refused("a key that is a list", HEAD + "? [a]\n: b\n", r":5:3: error: a key must be a string")
refused("annotations of a megabyte", json_pod(metadata={
    "name": "x", "annotations": {PREFIX + "hello": "localhost/" + "a" * (1 << 20)}}),
        "metadata.annotations: Too long")
refused("200,000 annotations", json_pod(metadata={
    "name": "x", "annotations": {f"a{i}": "b" for i in range(200000)}}), "Too long")
refused("200,000 annotations that must be strings", json_pod(metadata={
    "name": "x", "annotations": {f"a{i}": 1 for i in range(200000)}}), "a string")
refused("100,000 Pods that are wrong", "[]\n---\n" * 100000, place)
refused("merges that explode", HEAD + "a: &a {" + ", ".join(f"k{i}: v" for i in range(20000)) +
        "}\n" + "".join(f"b{i}: {{<<: *a}}\n" for i in range(100)) + SPEC, "too much|1048576 values")
refused("a terminal's control sequence in a name", json_pod(metadata={"name": "x\x1b[31m"}),
        r'Invalid value: "x\\x1b\[31m"')
refused("a typing mistake in the field's name", json_pod(spec={"containers": [
    {"name": "a", "image": "b", "securityContext": {"apparmorProfile": {"type": "Localhost"}}}]}),
        r'unknown field "spec.containers\[0\].securityContext.apparmorProfile"', 1, "--era", "1.36")
refused("and in the field itself", json_pod(spec={"containers": [
    {"name": "a", "image": "b",
     "securityContext": {"appArmorProfile": {"type": "Localhost", "localhostprofile": "x"}}}]}),
        r'unknown field "spec.containers\[0\].securityContext.appArmorProfile.localhostprofile"', 1,
        "--era", "1.36")
patterns = json.dumps({"apiVersion": "yoroi/v1", "kind": "AppArmorPolicy", "metadata": {"name": "p"},
                       "spec": {"allowed": ["localhost/" + "*a" * 200 + str(i) for i in range(900)]}})
refused("patterns that are much work", json_pod(
    metadata={"name": "x", "annotations": {PREFIX + f"c{i}": "localhost/" + "a" * 1900
                                           for i in range(100)}},
    spec={"containers": [{"name": f"c{i}", "image": "b"} for i in range(100)]}),
        "too much work", 1, "--policy", put("patterns", patterns))
finish()
