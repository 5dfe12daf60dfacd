#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The ACPI digests in the log of a real boot against those of refval-acpi.

usage: boot-acpi.py LOG ACPI.json [OTHER.json]

LOG is the binary log of tests/oracle/boot-log.sh, ACPI.json what refval-acpi
--json says of that machine, OTHER.json what it says of another one, which must
not fit. Exit 1 when a digest differs, or when the other machine fits too.
"""
import json
import pathlib
import sys

sys.dont_write_bytecode = True  # nothing is left in the tree
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "measure"))
import tpmlog  # noqa: E402

ACPI = 0xA  # EV_PLATFORM_CONFIG_FLAGS
BLOBS = ("loader", "rsdp", "tpm_log", "tables")


def predicted(path):
    d = json.load(open(path))
    return [d[b] for b in BLOBS if b in d]


def main():
    log = open(sys.argv[1], "rb").read()
    seen = [digest for pcr, kind, digest, data in tpmlog.events(log, tpmlog.SHA384)
            if kind == ACPI and pcr == 1 and data == b"ACPI DATA"]
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
