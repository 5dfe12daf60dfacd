#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Verdicts of refval-quote beside those of the peer, on every case of the manifest.

usage: peers.py REFVAL_QUOTE PEER VECTORS
A disagreement is a quote that one verifies and the other refuses, or another
status or list of advisories, or that only one accepts by the peer's strict
policy. Exit 1 when one is not listed in docs/QUOTE-RULES.md (by the case's id).
"""
import json
import subprocess
import sys


def ours(program, top, e):
    cmd = [program, "--json", "--at", e["time_iso"], "--collateral", f"{top}/{e['collateral']}"]
    if e["root"]:
        cmd += ["--root-ca", f"{top}/{e['root']}"]
    # What is strict there is the rule here, but for this.
    cmd += ["--reject-platform", "dynamic,cached-keys,smt", f"{top}/{e['quote']}"]
    p = subprocess.run(cmd, capture_output=True, check=False)
    v = json.loads(p.stdout)["verification"]
    if v["verified"]:
        return ("verified", v["status"], ",".join(v["advisory_ids"]), "refused" if p.returncode else "accepted")
    return ("refused", v["error"], "", "")


def main(program, peer, top):
    with open(f"{top}/MANIFEST.json", encoding="utf-8") as f:
        entries = [e for e in json.load(f)["entries"] if e["kind"] == "verify" and "collateral" in e]
    with open("docs/QUOTE-RULES.md", encoding="utf-8") as f:
        explained = f.read()
    lines = "".join("\t".join([e["id"], f"{top}/{e['quote']}", f"{top}/{e['collateral']}",
                               f"{top}/{e['root']}" if e["root"] else "-", str(e["time"])]) + "\n" for e in entries)
    out = subprocess.run([peer], input=lines, capture_output=True, text=True, check=True).stdout
    theirs = {f[0]: f[1:] for f in (line.split("\t") for line in out.splitlines())}
    agree = listed = bad = 0
    strict = {"accepted": 0, "refused": 0}
    for e in entries:
        a, b = ours(program, top, e), theirs[e["id"]]
        same = a[0] == b[0] and (a[0] == "refused" or
                                 (a[1] == b[1] and a[2] == ",".join(sorted(filter(None, b[2].split(",")))) and
                                  (a[3] == "accepted") == (b[3] == "accepted")))
        if same:
            agree += 1
            if a[3]:
                strict[a[3]] += 1
            continue
        known = f"`{e['id']}`" in explained
        listed += known
        bad += not known
        print(f"{'explained' if known else 'NEW'}: {e['id']}: {' '.join(a)} | {' '.join(b[:4])}")
    print(f"{len(entries)} cases: {agree} agree, {listed} disagree for a reason in docs/QUOTE-RULES.md, {bad} new")
    print(f"of those that both verify, by the strict policy: {strict['accepted']} accepted by both, {strict['refused']} refused by both")
    return 1 if bad else 0


sys.exit(main(*sys.argv[1:]))
