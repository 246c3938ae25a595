#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""All combinations of annotation, Pod field, container field and privileged, in every era: the
decision, the profile that runs and where it comes from, against a little model written for this.
"""
import itertools
import json

from common import PREFIX, check, finish, result, review

ANNOTATIONS = [None, "", "runtime/default", "unconfined", "localhost/a", "localhost/b",
               "localhost/", "localhost/ pad ", "bogus"]
FIELDS = [None, ("RuntimeDefault", None), ("Unconfined", None), ("Localhost", "a"),
          ("Localhost", "b"), ("Localhost", ""), ("Bogus", None), (None, None)]
ERAS = ["annotations", "1.4", "1.13", "1.14", "1.20", "1.24", "1.29", "both", "1.30", "1.33",
        "1.34", "fields", "1.36", "fields-only"]


def field_of(annotation):
    """The field that says the same; None: there is none."""
    if annotation in ("runtime/default", "unconfined"):
        return ({"runtime/default": "RuntimeDefault", "unconfined": "Unconfined"}[annotation], None)
    if annotation and annotation.startswith("localhost/"):
        name = annotation[10:]
        if name and name == name.strip():
            return ("Localhost", name)
    return None


def word(field):
    kind, name = field
    return {"RuntimeDefault": "runtime/default", "Unconfined": "unconfined",
            "Localhost": "localhost/" + (name or "")}[kind]


def is_valid(field):
    return field is None or (field[0] in ("RuntimeDefault", "Unconfined") and field[1] is None) or \
        (field[0] == "Localhost" and field[1])


def is_good(annotation):
    return annotation in (None, "", "runtime/default", "unconfined") or \
        annotation.startswith("localhost/")


def model(era, annotation, pod_field, own_field, privileged):
    """None: refused; else what is asked and runs, and its source."""
    minor = {"annotations": 4, "both": 30, "fields": 36, "fields-only": 36}.get(era)
    minor = minor or int(era.split(".")[1])
    knows_fields = minor >= 30
    if not knows_fields and (pod_field or own_field):
        return None
    if era == "fields-only" and annotation is not None:
        return None
    if not is_good(annotation) or not is_valid(pod_field) or not is_valid(own_field):
        return None
    copy = field_of(annotation)
    wish, source = None, "nothing asked for"
    if knows_fields:
        counts = own_field or (copy if copy != pod_field else None) or pod_field
        if annotation is not None and counts:
            # What both say must be the same.
            if own_field or not copy:
                says = annotation if copy else None
                if not (says == word(counts) or
                        (annotation.startswith("localhost/") and word(counts) == annotation)):
                    return None
        if own_field:
            wish, source = word(own_field), "container field"
        elif copy or (annotation and annotation[10:]):
            # The node takes a name with blanks around it, which makes no field.
            wish, source = annotation, "annotation"
        elif pod_field:
            wish, source = word(pod_field), "pod field"
    elif annotation:
        wish, source = annotation, "annotation"
    if wish in (None, "runtime/default"):
        runs = "unconfined" if privileged else "runtime/default"
    else:
        runs = wish
    if privileged and wish is None:
        source = "privileged, nothing asked for"
    elif runs != (wish or runs):
        source = f"privileged; asked for by {source}: runtime/default"
    return f"{runs} ({source})"


def profile(field):
    return {k: v for k, v in zip(("type", "localhostProfile"), field) if v is not None}


def make(i, annotation, pod_field, own_field, privileged):
    context = {"privileged": True} if privileged else {}
    if own_field is not None:
        context["appArmorProfile"] = profile(own_field)
    p = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"p{i}"},
         "spec": {"containers": [{"name": "c", "image": "i", "securityContext": context}]}}
    if annotation is not None:
        p["metadata"]["annotations"] = {PREFIX + "c": annotation}
    if pod_field is not None:
        p["spec"]["securityContext"] = {"appArmorProfile": profile(pod_field)}
    return p


def main():
    rows = list(itertools.product(ANNOTATIONS, FIELDS, FIELDS, (False, True)))
    pods = [make(i, *row) for i, row in enumerate(rows)]
    for era in ERAS:
        items = review(pods, "--era", era)
        wrong = [] if len(items) == len(rows) else [f"{len(items)} answers"]
        admitted = 0
        for row, item in zip(rows, items):
            want = model(era, *row)
            notes = item["response"].get("auditAnnotations", {})
            got = notes.get("profile.c") if item["response"]["allowed"] else None
            admitted += want is not None
            if want != got:
                wrong.append(f"{row}: wanted {want}, got {got}: "
                             f"{item['response']['status'].get('message')}")
        result(not wrong and admitted, f"{len(rows)} combinations in era {era}, "
               f"{admitted} of them admitted", *wrong)
    # What is stored: an annotation is in the field afterwards, and up to 1.33 the other way too.
    for era, annotated in (("1.30", True), ("1.33", True), ("1.34", False), ("1.36", False)):
        item = review(make(0, None, ("Localhost", "a"), None, False), "--era", era)[0]
        notes = item["request"]["object"]["metadata"].get("annotations")
        result(notes == ({PREFIX + "c": "localhost/a"} if annotated else None),
               f"a field becomes an annotation in {era}: {annotated}", json.dumps(notes))
    status, _, said = check(make(0, "localhost/a", None, None, False), "--era", "1.37")
    result(status == 2 and "no era '1.37'" in said, "an era that nobody knows is named", said)


main()
finish()
