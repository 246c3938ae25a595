#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Whether a file is a SARIF 2.1.0 log: what the schema requires, and that indexes agree."""
import json
import sys
from urllib.parse import urlsplit

LEVELS = {"none", "note", "warning", "error"}


def wants(thing, where, **fields):
    """@thing is an object with these fields of these types."""
    assert isinstance(thing, dict), "%s is no object" % where
    for name, kind in fields.items():
        assert name in thing, "%s has no '%s'" % (where, name)
        assert isinstance(thing[name], kind), "%s: '%s' is no %s" % (where, name, kind.__name__)


def location(loc, where):
    if "physicalLocation" not in loc:
        return
    physical = loc["physicalLocation"]
    wants(physical, where, artifactLocation=dict)
    wants(physical["artifactLocation"], where, uri=str)
    uri = physical["artifactLocation"]["uri"]
    assert not any(c.isspace() or ord(c) > 126 for c in uri), "%s: no URI: %r" % (where, uri)
    assert not urlsplit(uri).scheme, "%s: a path with a scheme: %r" % (where, uri)
    if "region" in physical:
        region = physical["region"]
        wants(region, where, startLine=int, startColumn=int)
        assert region["startLine"] >= 1 and region["startColumn"] >= 1, where
        assert region.get("endColumn", 1 << 30) > region["startColumn"], where
        if "snippet" in region:
            wants(region["snippet"], where, text=str)


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        log = json.load(f)
    wants(log, "log", version=str, runs=list)
    assert log["version"] == "2.1.0"
    assert len(log["runs"]) == 1
    run = log["runs"][0]
    wants(run, "run", tool=dict, results=list)
    assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
    wants(run["tool"], "tool", driver=dict)
    driver = run["tool"]["driver"]
    wants(driver, "driver", name=str, version=str, rules=list)
    for rule in driver["rules"]:
        wants(rule, "rule", id=str, shortDescription=dict, help=dict)
        wants(rule["shortDescription"], "rule", text=str)
        wants(rule["help"], "rule", text=str)
        assert rule["help"]["text"], "rule %s has no help" % rule["id"]
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(set(ids)) == len(ids)
    for i, result in enumerate(run["results"]):
        where = "result %d" % i
        wants(result, where, ruleId=str, ruleIndex=int, level=str, message=dict, locations=list)
        wants(result["message"], where, text=str)
        assert result["level"] in LEVELS, where
        assert ids[result["ruleIndex"]] == result["ruleId"], where
        for loc in result["locations"]:
            location(loc, where)
        for loc in result.get("relatedLocations", ()):
            wants(loc, where, id=int, message=dict)
            location(loc, where)
    print(" ".join(sorted({r["ruleId"] for r in run["results"]})))


if __name__ == "__main__":
    try:
        main()
    except AssertionError as e:
        sys.exit("no SARIF log: %s" % e)
