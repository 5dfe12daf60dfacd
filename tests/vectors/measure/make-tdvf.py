#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the small firmwares of tests/vectors/measure/tdvf and .../bad/measure.

Each is 16 KiB with a real OVMF table and TDX metadata; the bad ones are named
after the one thing that is wrong with them. usage: make-tdvf.py VECTORS
"""
import pathlib
import struct
import sys
import uuid

SIZE = 0x4000
FOOTER = uuid.UUID("96b582de-1fb2-45f7-baea-a366c55a082d").bytes_le
META = uuid.UUID("e47a6535-984a-4798-865e-4685a7bf8ec2").bytes_le
BASE = 0x100000000 - SIZE

# data offset, raw size, address, memory size, type, attributes
GOOD = [
    (0x2000, 0x2000, BASE + 0x2000, 0x2000, 0, 1),
    (0, 0x2000, BASE, 0x2000, 1, 0),
    (0, 0, 0x810000, 0x10000, 3, 0),
    (0, 0, 0x80B000, 0x2000, 3, 0),
    (0, 0, 0x809000, 0x2000, 2, 0),
    (0, 0, 0x800000, 0x6000, 3, 0),
]


def change(index, **fields):
    names = ["off", "raw", "gpa", "size", "type", "attr"]
    rows = [list(r) for r in GOOD]
    for name, value in fields.items():
        rows[index][names.index(name)] = value
    return rows


def image(rows, magic=b"TDVF", version=1, count=None, length=None,
          footer=FOOTER, meta=META, descriptor=None, zero_tail=False):
    body = bytearray((i * 7 + (i >> 8)) & 0xFF for i in range(SIZE))
    body[:0x2000] = b"\0" * 0x2000
    if zero_tail:
        body[0x2800:0x3000] = b"\0" * 0x800
    table = b"".join(struct.pack("<IIQQII", *r) for r in rows)
    head = magic + struct.pack("<III", length if length is not None else 16 + len(table),
                               version, count if count is not None else len(rows))
    at = SIZE - 0x400
    body[at:at + 16 + len(table)] = head + table
    off = descriptor if descriptor is not None else SIZE - at
    entry = struct.pack("<I", off) + struct.pack("<H", 22) + meta
    foot = struct.pack("<H", len(entry) + 18) + footer
    end = SIZE - 32
    body[end - len(foot) - len(entry):end] = entry + foot
    return bytes(body)


def main():
    root = pathlib.Path(sys.argv[1])
    good, bad = root / "measure/tdvf", root / "bad/measure"
    good.mkdir(parents=True, exist_ok=True)
    bad.mkdir(parents=True, exist_ok=True)
    (good / "small.fd").write_bytes(image(GOOD))
    (good / "raw-below-mem-zero-tail.fd").write_bytes(
        image(change(0, raw=0x800, size=0x1000), zero_tail=True))
    cases = {
        "no-footer": image(GOOD, footer=b"\0" * 16),
        "no-metadata": image(GOOD, meta=b"\0" * 16),
        "descriptor-outside": image(GOOD, descriptor=SIZE + 1),
        "magic": image(GOOD, magic=b"TDVG"),
        "version-2": image(GOOD, version=2),
        "no-sections": image([]),
        "65-sections": image(GOOD, count=65),
        "length-disagrees": image(GOOD, length=16),
        "section-outside": image(change(0, off=0x3000)),
        "offset-wraps": image(change(0, off=0xFFFFFF00)),
        "raw-above-mem": image(change(0, raw=0x3000, off=0)),
        "raw-below-mem": image(change(0, raw=0x800)),
        "mem-outside-image": image(change(0, size=0x3000)),
        "address-not-page": image(change(0, gpa=BASE + 1)),
        "size-not-page": image(change(2, size=0x10001)),
        "huge-section": image(change(2, size=1 << 40)),
        "huge-sum": image([GOOD[0], GOOD[1], GOOD[4]] + [(0, 0, 0x810000 + (i << 28), 1 << 27, 3, 0) for i in range(4)]),
        "type-7": image(change(2, type=7)),
        "attribute-4": image(change(2, attr=4)),
        "hob-with-data": image(change(4, raw=0x1000)),
        "hob-extended": image(change(4, attr=1)),
        "bfv-empty": image(change(0, raw=0)),
        "truncated": image(GOOD)[:-1],
    }
    for name, data in cases.items():
        (bad / f"tdvf-{name}.fd").write_bytes(data)


main()
