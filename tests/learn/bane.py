#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Descriptions, and what bane makes of them: a model of its own, to be compared with ours.

usage: bane.py SAMPLE FOLDER

SAMPLE is a profile that bane wrote: the rules that it writes always are taken from there. For each
case FOLDER gets N.toml, N.aa, and N.off.aa, which differs in meaning.
"""
import os
import random
import sys

PATHS = ["/bin/**", "/etc/*", "/tmp/**", "/tmp/x", "/var/log/**", "/proc/**", "/sys/**", "/srv/[a-c]*",
         "/opt/{a,b}/**", "/run/x.sock", "/usr/bin/top", "/bin/sh", "/home/?/**", "@{PROC}/sys/**",
         "/data/**", "/", "/**", "/dev/null", "/lib/**.so", "/usr/sbin/nginx", "/a-b_c.d/e+f"]
CAPABILITIES = ["chown", "setuid", "setgid", "net_raw", "sys_admin", "dac_override", "kill"]
PROTOCOLS = ["tcp", "udp", "icmp"]
FILESYSTEM = ["ReadOnlyPaths", "LogOnWritePaths", "WritablePaths", "AllowExec", "DenyExec"]
IMPORTS = ["#include <tunables/global>", "@{MINE}=/mine /other", "include <tunables/home>"]
INNER = ["#include <abstractions/base>", "#include <abstractions/nameservice>",
         "include if exists <abstractions/nothing>"]


def fixed(sample):
    """The rules behind those of the description: from the first that is about /proc."""
    lines = open(sample).read().split("\n")
    start = next(i for i, line in enumerate(lines) if line.strip().startswith("deny @{PROC}/"))
    return [line for line in lines[start:] if line.strip() not in ("", "}")]


def profile(d, always):
    """What bane writes, rule for rule."""
    name = d["Name"] if d["Name"].startswith("docker-") else "docker-" + d["Name"]
    rules = list(d.get("InnerImports", [])) + ["#include <abstractions/base>"]
    rules += [f"network inet {p}," for p in d.get("Protocols", [])] or ["network,"]
    rules += [f"deny network {kind.lower()}," for kind in ("Raw", "Packet") if not d.get(kind)]
    rules += ["file,", "umount,"]
    rules += [f"deny {p} wl," for p in d.get("ReadOnlyPaths", [])]
    rules += [f"audit {p} w," for p in d.get("LogOnWritePaths", [])]
    rules += [f"{p} w," for p in d.get("WritablePaths", [])]
    rules += [f"{p} ix," for p in d.get("AllowExec", [])]
    rules += [f"deny {p} mrwklx," for p in d.get("DenyExec", [])]
    if d.get("Deny"):
        rules += ["capability,"] + [f"deny capability {c}," for c in d["Deny"]]
    else:
        rules += [f"capability {c}," for c in d.get("Allow", [])]
    head = list(d.get("Imports", [])) + ["#include <tunables/global>"]
    return "\n".join(head + [f"profile {name} flags=(attach_disconnected,mediate_deleted) {{"] +
                     rules + always + ["}", ""])


def value(v, r):
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, str):
        if r.random() < 0.3:
            return f"'{v}'"
        # Any character may be written by its number.
        return '"' + "".join(f"\\u{ord(c):04x}" if r.random() < 0.05 else c for c in v) + '"'
    if r.random() < 0.5:
        return "[" + ", ".join(value(x, r) for x in v) + "]"
    return "[ # so many\n" + "".join(f"\t{value(x, r)}, # one\n" for x in v) + "]"


def table(name, d, keys, r):
    """[NAME], NAME.KEY or NAME = { }, of the keys that are there; and whether it must stand first."""
    pairs = [(key if r.random() < 0.8 else key.lower(), value(d[key], r)) for key in keys if key in d]
    r.shuffle(pairs)
    how = r.choice(["head", "head", "dots", "braces"])
    if how == "dots":
        return True, "".join(f"{name}.{k} = {v}\n" for k, v in pairs)
    if how == "braces":
        return True, f"{name} = {{ " + ", ".join(f"{k} = {v}" for k, v in pairs) + " }\n"
    return False, f"[{name}]\n" + "".join(f"{k} = {v}\n" for k, v in pairs)


def toml(d, r):
    parts = [table("Filesystem", d, FILESYSTEM, r), table("Network", d, ["Raw", "Packet", "Protocols"], r),
             table("Capabilities", d, ["Allow", "Deny"], r)]
    first = "".join(f"{k} = {value(d[k], r)}\n" for k in ("Name", "Imports", "InnerImports") if k in d)
    return first + "".join(t for top, t in parts if top) + "\n".join(t for top, t in parts if not top)


def cases(r):
    lists = {**{f: PATHS for f in FILESYSTEM}, "Protocols": PROTOCOLS, "Allow": CAPABILITIES,
             "Deny": CAPABILITIES, "Imports": IMPORTS, "InnerImports": INNER}
    yield {"Name": "plain"}
    yield {"Name": "docker-has-it"}
    for raw in (False, True):
        for packet in (False, True):
            yield {"Name": "net", "Raw": raw, "Packet": packet}
            yield {"Name": "net", "Raw": raw, "Packet": packet, "Protocols": PROTOCOLS}
    for field, pool in lists.items():
        yield {"Name": field, field: []}
        yield {"Name": field, field: [r.choice(pool)]}
        yield {"Name": field, field: r.sample(pool, min(3, len(pool)))}
    yield {"Name": "both", "Allow": ["chown", "kill"], "Deny": ["chown"]}
    for i in range(40):
        d = {"Name": r.choice(["a", "docker-b", "c.d_e-1"])}
        for field, pool in lists.items():
            if r.random() < 0.6:
                d[field] = r.sample(pool, r.randrange(0, min(6, len(pool)) + 1))
        for field in ("Raw", "Packet"):
            if r.random() < 0.6:
                d[field] = r.random() < 0.5
        yield d


def main():
    sample, folder = sys.argv[1:3]
    r = random.Random(8)
    always = fixed(sample)
    for i, d in enumerate(cases(r)):
        base = os.path.join(folder, f"{i:03}")
        text = profile(d, always)
        # One of the rules that always stand there is gone.
        off = text.replace(r.choice(["umount,\n", "deny @{PROC}/kcore rwklx,\n",
                                     "deny /sys/kernel/security/** rwklx,\n"]), "\n")
        for suffix, content in ((".toml", toml(d, r)), (".aa", text), (".off.aa", off)):
            with open(base + suffix, "w") as f:
                f.write(content)


main()
