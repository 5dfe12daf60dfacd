#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An independent judge for event logs: replays dstack's JSON or a binary
TCG2/CCEL log and prints the four registers, one per line; of each file.
usage: replay.py FILE..."""
import gzip
import hashlib
import json
import struct
import sys


def runtime(e):
    name, payload = e["event"], bytes.fromhex(e["event_payload"])
    if e.get("version", 1) == 2:
        text = json.dumps({"name": name, "payload": payload.hex(),
                           "type": 0x08000001}, sort_keys=True,
                          separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha384(text.encode()).digest()
    head = struct.pack("<I", 0x08000001) + b":" + name.encode() + b":"
    return hashlib.sha384(head + payload).digest()


def from_json(data):
    for e in json.loads(data):
        d = bytes.fromhex(e["digest"])
        if not d:
            d = runtime(e)
        yield e["imr"], d.ljust(48, b"\0")


def from_tcg2(b):
    size, = struct.unpack_from("<I", b, 28)
    n, = struct.unpack_from("<I", b, 32 + 24)
    sizes = dict(struct.unpack_from("<HH", b, 60 + 4 * i) for i in range(n))
    at = 32 + size
    while at < len(b):
        if len(set(b[at:])) == 1 and b[at] in (0, 0xff):
            return
        index, kind, count = struct.unpack_from("<III", b, at)
        at += 12
        digest = None
        for _ in range(count):
            alg, = struct.unpack_from("<H", b, at)
            if alg == 0xc:
                digest = b[at + 2:at + 50]
            at += 2 + sizes[alg]
        size, = struct.unpack_from("<I", b, at)
        at += 4 + size
        if kind != 3:
            yield index - 1, digest


def replay(path):
    with open(path, "rb") as f:
        data = f.read()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    log = from_json(data) if data.lstrip()[:1] == b"[" else from_tcg2(data)
    mr = [bytes(48)] * 4
    for i, digest in log:
        mr[i] = hashlib.sha384(mr[i] + digest).digest()
    for m in mr:
        print(m.hex())


for name in sys.argv[1:]:
    replay(name)
