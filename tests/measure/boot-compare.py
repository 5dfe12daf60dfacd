#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare the log of a real boot with what refval-measure predicts.

usage: boot-compare.py LOG PREDICTION.json [--list]

LOG is the binary log of tests/oracle/boot-log.sh. In a TPM the events of RTMR0
are in PCR 1 and 7, those of RTMR1 in 2 to 6, those of RTMR2 from 8 on. What
TDX alone has (TD HOB, CFV, fw_cfg items: all before a TPM is there) is not in
it; the log of the TPM and the separators of the other PCRs are not in the
prediction; ACPI digests are those of another machine, so only their number
counts (tests/acpi/boot-acpi.py compares them on machines that fit). Everything
else must be equal, in order.
"""
import json
import sys

sys.dont_write_bytecode = True  # nothing is left in the tree
import tpmlog  # noqa: E402

SEPARATOR, ACPI, SMBIOS = 4, 0xA, 0x80000009
ONLY_TDX = ("td-hob", "cfv", "fw-cfg-")


def register(pcr):
    return 0 if pcr in (1, 7) else 1 if 2 <= pcr <= 6 else 2 if pcr >= 8 else None


def main():
    log = list(tpmlog.events(open(sys.argv[1], "rb").read(), tpmlog.SHA384))
    prediction = json.load(open(sys.argv[2]))
    if "--list" in sys.argv:
        for pcr, kind, digest, data in log:
            print(f"{pcr:2} {kind:#010x} {digest} {data[:48]!r}")
    bad = same = 0
    for reg in range(3):
        # Without the processor the SMBIOS event is not predicted.
        smbios_known = any(e["type"] == SMBIOS and e["digest"]
                           for e in prediction[f"rtmr{reg}"]["events"])
        # What OVMF measures of a TPM's own, and into every PCR at once.
        seen = [(k, d) for p, k, d, data in log
                if register(p) == reg and k != SEPARATOR and k != ACPI
                and (k != SMBIOS or smbios_known)]
        acpi = [d for p, k, d, data in log if register(p) == reg and k == ACPI and data.startswith(b"ACPI DATA")]
        want = [(e["type"], e["digest"], e["label"]) for e in prediction[f"rtmr{reg}"]["events"]
                if not e["label"].startswith(ONLY_TDX) and e["type"] != SEPARATOR
                and (e["type"] != SMBIOS or smbios_known)]
        want_acpi = [w for w in want if w[2].startswith("acpi-")]
        want = [w for w in want if w[0] != ACPI]
        for (k, d), (wk, wd, label) in zip(seen, want):
            good = (k, d) == (wk, wd)
            bad += not good
            same += good
            print(f"rtmr{reg} {label:27} {'equal' if good else 'DIFFERS'} {wd[:16] if wd else wd} {d[:16]}")
        if len(seen) != len(want):
            bad += 1
            print(f"rtmr{reg}: {len(seen)} events seen, {len(want)} predicted")
        if bool(acpi) != bool(want_acpi) or len(acpi) < len(want_acpi):
            bad += 1
            print(f"rtmr{reg}: {len(acpi)} ACPI events seen, {len(want_acpi)} predicted")
        smbios = [k for p, k, d, data in log if register(p) == reg and k == SMBIOS]
        if len(smbios) != sum(e["type"] == SMBIOS for e in prediction[f"rtmr{reg}"]["events"]):
            bad += 1
            print(f"rtmr{reg}: SMBIOS events: {len(smbios)} seen")
    if SEPARATOR not in [k for p, k, d, data in log if register(p) == 0]:
        bad += 1
        print("rtmr0: no separator seen")
    print(f"{same} events equal, {bad} differences")
    return 1 if bad or same < 8 else 0


if __name__ == "__main__":
    sys.exit(main())
