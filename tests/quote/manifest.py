#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run refval-quote on every case of tests/vectors/dcap/MANIFEST.json.

usage: manifest.py PROGRAM VECTORS
Compares exit code, verdict, status, advisories, dates and error code with the
manifest; this file has its own table of exit codes, by error code.
"""
import json
import subprocess
import sys

NO = set("""PCK_CHAIN_UNTRUSTED PCK_CHAIN_ROLE PCK_CHAIN_REVOKED TCB_CHAIN_UNTRUSTED TCB_CHAIN_ROLE
TCB_CHAIN_REVOKED QEID_CHAIN_UNTRUSTED QEID_CHAIN_ROLE QEID_CHAIN_REVOKED CRL_SIGNATURE TCB_INFO_SIGNATURE
QE_IDENTITY_SIGNATURE TDX_MODULE_MISMATCH QE_REPORT_SIGNATURE QE_REPORT_DATA ATTESTATION_KEY QUOTE_SIGNATURE
TCB_NOT_SUPPORTED TCB_REVOKED""".split())
# The same code where it was forged and where it could not be read or used.
EITHER = {"PCK_CHAIN", "TCB_CHAIN", "QEID_CHAIN", "QE_IDENTITY_MISMATCH"}
FLAGS_ALLOWED = {"trailing_nonzero"}


def want_exit(x):
    if not x["verified"]:
        e = x["error"]
        return {1, 3} if e in EITHER else {1} if e in NO else {3}
    refused = set(x["policy_flags"]) - FLAGS_ALLOWED
    return {0} if x["status"] == "UpToDate" and not refused else {1}


def check(program, top, e):
    x = e["expect"]
    cmd = [program, "--json", "--explain", "--at", e["time_iso"],
           "--collateral", f"{top}/{e.get('collateral') or e['collateral_dir']}"]
    if e["root"]:
        cmd += ["--root-ca", f"{top}/{e['root']}"]
    p = subprocess.run(cmd + [f"{top}/{e['quote']}"], capture_output=True, check=False)
    d = json.loads(p.stdout)
    v = d["verification"]
    if x.get("either") and not v["verified"]:
        return
    assert p.returncode in want_exit(x), f"exit {p.returncode}: {p.stderr.decode()}"
    assert d["schema"] == "refval.quote/1" and list(d)[0] == "schema"
    assert v["verified"] is x["verified"], v["message"]
    assert v["at"] == e["time_iso"]
    assert d["verdict"] == {0: "yes", 1: "no", 3: "cannot-tell"}[p.returncode]
    assert bool(p.stderr) == (p.returncode != 0)
    assert v["test_root"] is bool(e["root"])
    assert ("Intel" in v["hardware"] and "genuine Intel" in v["hardware"]) == (x["verified"] and not e["root"])
    if not x["verified"]:
        assert v["error"] == x["error"], f"{v['error']}, want {x['error']}"
        assert v["status"] is None and v["message"].startswith(v["error"] + ": ")
        assert sum(c["result"] == "FAIL" for c in v["checks"]) == 1
        return
    assert v["error"] is None and all(c["result"] != "FAIL" for c in v["checks"])
    for k in ("status", "advisory_ids", "current_status", "current_advisory_ids", "policy_flags", "fmspc",
              "tcb_date", "current_tcb_date", "tcb_evaluation_data_number", "component_status"):
        assert v[k] == x[k], f"{k}: {v[k]}, want {x[k]}"
    if "ppid" in x:
        assert v["ppid"] == x["ppid"]
    if e.get("window"):
        assert [v["window"]["not_before"], v["window"]["not_after"]] == e["window"]


def main(program, top):
    n = bad = 0
    with open(f"{top}/MANIFEST.json", encoding="utf-8") as f:
        entries = json.load(f)["entries"]
    for e in entries:
        if e["kind"] != "verify":
            continue
        n += 1
        try:
            check(program, top, e)
        except (AssertionError, KeyError, ValueError) as why:
            bad += 1
            print(f"{e['id']}: {type(why).__name__} {why}")
    print(f"{n} cases, {bad} differ")
    return 1 if bad or n != 221 else 0


sys.exit(main(*sys.argv[1:]))
