#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The ACPI digests in the log of a real boot against those of refval-acpi.

usage: boot-acpi.py LOG ACPI.json [OTHER.json]

LOG is the binary log of tests/oracle/boot-log.sh, ACPI.json what refval-acpi
--json says of that machine, OTHER.json what it says of another one, which must
not fit. Exit 1 when a digest differs, or when the other machine fits too.
"""
import importlib.util
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location(
    "boot", HERE.parent / "measure" / "boot-compare.py")
boot = importlib.util.module_from_spec(spec)
spec.loader.exec_module(boot)

BLOBS = ("loader", "rsdp", "tpm_log", "tables")


def predicted(path):
    d = json.load(open(path))
    return [d[b] for b in BLOBS if b in d]


def main():
    log = open(sys.argv[1], "rb").read()
    seen = [digest for pcr, kind, digest, data in boot.events(log)
            if kind == boot.ACPI and pcr == 1 and data == b"ACPI DATA"]
    want = predicted(sys.argv[2])
    for name, s, w in zip(BLOBS, seen, want):
        print(f"  {name:7} {'equal' if s == w else 'DIFFERS'} {w[:16]} {s[:16]}")
    if seen != want:
        print(f"  {len(seen)} digests logged, {len(want)} predicted")
        return 1
    if len(sys.argv) > 3 and predicted(sys.argv[3]) == seen:
        print("  another machine fits as well")
        return 1
    return 0


sys.exit(main())
