#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""--format dcap-qvl beside what the peer itself prints, on every case of the manifest.

usage: format_peers.py REFVAL_QUOTE PEER CLI VECTORS
Every quote that either decodes, and every one that either verifies; and what CLI,
its own command, says of each PCK certificate: the JSON must be the same, member by member and in the same order. Where only one has an
answer, or the status differs, docs/QUOTE-RULES.md must name the case.
"""
import json
import subprocess
import sys

FORM = {"decode": "dcap-qvl", "pckinfo": "dcap-qvl-pckinfo"}


def ours(program, args, form="dcap-qvl"):
    p = subprocess.run([program, "--format", form] + args, capture_output=True, text=True, check=False)
    return p.stdout.rstrip("\n")


def verify(program, top, e):
    return ours(program, ["--at", e["time_iso"], "--collateral", f"{top}/{e['collateral']}"] +
                (["--root-ca", f"{top}/{e['root']}"] if e["root"] else []) + [f"{top}/{e['quote']}"])


def differences(a, b, path=""):
    """Paths at which two documents differ; the order of members counts."""
    if isinstance(a, dict) and isinstance(b, dict):
        if list(a) != list(b):
            return [f"{path}: members {list(a)} | {list(b)}"]
        return [d for k in a for d in differences(a[k], b[k], f"{path}.{k}")]
    return [] if a == b else [f"{path}: {json.dumps(a)[:120]} | {json.dumps(b)[:120]}"]


def compare(name, mine, theirs, explained, count):
    if not mine and not theirs:
        count["neither"] += 1
        return
    found = differences(json.loads(mine or "null"), json.loads(theirs or "null"))
    if not found and mine == theirs:
        count["same"] += 1
        return
    known = f"`{name}`" in explained
    count["explained" if known else "new"] += 1
    print(f"{'explained' if known else 'NEW'}: {name}: {'; '.join(found or ['the bytes'])}")


def main(program, peer, cli, top):
    with open(f"{top}/MANIFEST.json", encoding="utf-8") as f:
        cases = [e for e in json.load(f)["entries"] if e["kind"] == "verify" and "collateral" in e]
    with open("docs/QUOTE-RULES.md", encoding="utf-8") as f:
        explained = f.read()
    quotes = sorted({e["quote"] for e in cases})
    lines = "".join(f"{q}\t{top}/{q}\n" for q in quotes)
    lines += "".join("\t".join([e["id"], f"{top}/{e['quote']}", f"{top}/{e['collateral']}",
                                f"{top}/{e['root']}" if e["root"] else "-", str(e["time"])]) + "\n" for e in cases)
    out = subprocess.run([peer], input=lines, capture_output=True, text=True, check=True).stdout
    theirs = {f[0]: f[-1] if f[1] in ("decoded", "verified") else "" for f in (x.split("\t") for x in out.splitlines())}
    bad = 0
    pckinfo = {q: subprocess.run([cli, "pckinfo", f"{top}/{q}"], capture_output=True, text=True, check=False).stdout.rstrip("\n") for q in quotes}
    for what, todo in (("decode", [(q, ["--decode", f"{top}/{q}"]) for q in quotes]),
                       ("pckinfo", [(q, ["--decode", f"{top}/{q}"]) for q in quotes]), ("verify", cases)):
        count = {"same": 0, "neither": 0, "explained": 0, "new": 0}
        for one in todo:
            name = one["id"] if what == "verify" else one[0]
            mine = verify(program, top, one) if what == "verify" else ours(program, one[1], FORM[what])
            compare(name, mine, (pckinfo if what == "pckinfo" else theirs)[name], explained, count)
        print(f"{what}: {len(todo)} cases: {count['same']} the same to the byte, {count['neither']} with no answer of either, "
              f"{count['explained']} explained in docs/QUOTE-RULES.md, {count['new']} new")
        bad += count["new"]
    return 1 if bad else 0


sys.exit(main(*sys.argv[1:]))
