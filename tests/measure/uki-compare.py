#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare the log of a real boot from a disk with what refval-measure --uki or --disk predicts.

usage: uki-compare.py LOG BANK TPM.json TDX.json|- [PCR...]

LOG is the binary log of tests/oracle/boot-log.sh, LOG.pcr the TPM's registers. TPM.json: --platform tpm, TDX.json:
--platform tdx. Every event of the predicted PCRs must be the predicted one, in order, and every known value the TPM's own.
On TDX the same events go to other registers: PCR 2 to 6 to RTMR1, PCR 8 to 15 to RTMR2, with one separator in RTMR1 instead
of one in each PCR. What the kernel measures into PCR 9 goes to RTMR2 behind the stub's, of which those before 255 know of
TPMs alone.
"""
import json
import sys

sys.dont_write_bytecode = True  # nothing is left in the tree
import tpmlog  # noqa: E402

ALG = {"sha256": 0xB, "sha384": 0xC}


def compare(name, seen, register):
    """How many events are equal, and how many are not."""
    want = [(e["type"], e["digest"], e["label"]) for e in register["events"]]
    same = bad = 0
    # A prediction that ends says so: what is behind is not judged.
    ends = [i for i, w in enumerate(want) if w[2] == "what grub does next"]
    if ends and len(seen) > ends[0]:
        print(f"{name}: {len(seen) - ends[0]} events more, of which nothing is predicted")
        seen, want = seen[:ends[0]], want[:ends[0]]
    for (k, d), (wk, wd, label) in zip(seen, want):
        good = k == wk and wd in (d, None)
        same += good and wd is not None
        bad += not good
        print(f"{name:6} {label:27} {'equal' if good and wd else 'unknown' if good else 'DIFFERS'} {(wd or '-')[:16]} {d[:16]}")
    if len(seen) != len(want):
        bad += 1
        print(f"{name}: {len(seen)} events seen, {len(want)} predicted")
    return same, bad


def main():
    path, bank = sys.argv[1:3]
    log = [e[:3] for e in tpmlog.events(open(path, "rb").read(), ALG[bank])]
    tpm, tdx = (None if p == "-" else json.load(open(p)) for p in sys.argv[3:5])
    only = sys.argv[5:]
    pcrs = {}
    for line in open(path + ".pcr"):
        alg, n, value = line.split()
        if alg == bank:
            pcrs[f"pcr{n}"] = value.lower()
    same = bad = values = 0
    for r in tpm["registers"]:
        if only and r["name"] not in only:
            continue
        n = int(r["name"][3:])
        s, b = compare(r["name"], [(k, d) for p, k, d in log if p == n], r)
        same, bad = same + s, bad + b
        if r["value"]:
            good = r["value"] == pcrs[r["name"]]
            values += good
            bad += not good
            print(f"{r['name']:6} {'value':27} {'equal' if good else 'DIFFERS'} {r['value'][:16]} {pcrs[r['name']][:16]}")
    if bank == "sha384" and tdx:
        first = [(k, d) for p, k, d in log if 2 <= p <= 6]
        # One for each of five PCRs.
        separators = [i for i, (k, d) in enumerate(first) if k == 4]
        first = [e for i, e in enumerate(first) if i not in separators[1:]]
        # What systemd-boot 257 tags, it tags for a TPM alone.
        if not any(e["label"] == "loader.conf" for e in tdx["registers"][0]["events"]):
            first = [e for e in first if e[0] != 6]
        # Stubs before 255 know of TPMs alone.
        old = not any(e["type"] == 0xD for e in tdx["registers"][1]["events"])
        second = [(k, d) for p, k, d in log if (p == 9 if old else 8 <= p <= 15)]
        for r, seen in zip(tdx["registers"], (first, second)):
            s, b = compare(r["name"], seen, r)
            same, bad = same + s, bad + b
    print(f"{same} events and {values} registers equal, {bad} differences")
    return 1 if bad or same < 12 or values < (len(only) or 4) - 1 else 0


if __name__ == "__main__":
    sys.exit(main())
