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

NV_DATA = uuid.UUID("fff12b8d-7696-4c8b-a985-2747075b4f50").bytes_le
AUTH = uuid.UUID("aaf32c78-947b-439a-a180-2e144ec37792").bytes_le
GLOBAL = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c").bytes_le
SECURITY = uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f").bytes_le
ENABLE = uuid.UUID("f0a30bc7-af08-4556-99c4-001009c93a44").bytes_le
CFV_SIZE = 0x2000


def variable(guid, name, data, state=0x3F, name_size=None, data_size=None):
    raw = (name + "\0").encode("utf-16le")
    head = struct.pack("<HBBIQ16sIII16s", 0x55AA, state, 0, 0x27, 0, b"\0" * 16, 0,
                       len(raw) if name_size is None else name_size,
                       len(data) if data_size is None else data_size, guid)
    body = head + raw + data
    return body + b"\xff" * (-len(body) % 4)


def cfv(variables=b"", fs=NV_DATA, sig=b"_FVH", store=AUTH, state=0xFE, checksum=0,
        size=None, length=CFV_SIZE):
    """A firmware volume with a store of authenticated variables."""
    head = bytearray(struct.pack("<16s16sQ4sIHHHBBIIII", b"\0" * 16, fs, length, sig,
                                 0x4FEFF, 72, 0, 0, 0, 2, 2, 0x1000, 0, 0))
    total = sum(struct.unpack("<36H", head)) & 0xFFFF
    struct.pack_into("<H", head, 50, (-total + checksum) & 0xFFFF)
    body = store + struct.pack("<IBBHI", CFV_SIZE - 72 if size is None else size, 0x5A, state, 0, 0)
    out = bytes(head) + body + variables
    return out + b"\xff" * (CFV_SIZE - len(out))


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
          footer=FOOTER, meta=META, descriptor=None, zero_tail=False, store=None):
    body = bytearray((i * 7 + (i >> 8)) & 0xFF for i in range(SIZE))
    body[:0x2000] = cfv() if store is None else store
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
    keys = (variable(GLOBAL, "PK", b"old", state=0x3E) + variable(GLOBAL, "PK", b"platform")
            + variable(SECURITY, "db", b"") + variable(SECURITY, "dbx", b"gone", state=0x3D)
            + variable(ENABLE, "SecureBootEnable", b"\1") + variable(SECURITY, "dbt", b"stamps")
            + variable(GLOBAL, "db", b"of another vendor") + variable(SECURITY, "db2", b"x"))
    (good / "keys.fd").write_bytes(image(GOOD, store=cfv(keys)))
    broken = {
        "zeros": b"\0" * CFV_SIZE,
        "file-system": cfv(fs=b"\0" * 16),
        "signature": cfv(sig=b"_FVG"),
        "checksum": cfv(checksum=1),
        "length": cfv(length=CFV_SIZE + 1),
        "not-authenticated": cfv(store=GLOBAL),
        "unhealthy": cfv(state=0xFF),
        "store-outside": cfv(size=CFV_SIZE),
        "name-too-long": cfv(variable(GLOBAL, "PK", b"x", name_size=4096)),
        "data-outside": cfv(variable(GLOBAL, "PK", b"x", data_size=0x2000)),
        "data-wraps": cfv(variable(GLOBAL, "PK", b"x", data_size=0xFFFFFFF0)),
        "no-sizes": cfv(variable(GLOBAL, "PK", b"x", data_size=0xFFFFFFFF)),
        "enable-two-bytes": cfv(variable(ENABLE, "SecureBootEnable", b"\1\1")),
    }
    for name, store in broken.items():
        (bad / f"cfv-{name}.fd").write_bytes(image(GOOD, store=store))
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
