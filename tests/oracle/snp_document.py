#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""snp_document.py FILE - measurement.snp.cbor as the member platforms.snp of values, read by a reader of its own."""
import hashlib
import json
import sys


def item(b, at):
    major, n = b[at] >> 5, b[at] & 31
    at += 1
    if n > 23:
        size = 1 << n - 24
        n, at = int.from_bytes(b[at:at + size], "big"), at + size
    if major == 0:
        return n, at
    if major in (2, 3):
        s = b[at:at + n]
        return (s if major == 2 else s.decode()), at + n
    out = {} if major == 5 else []
    for _ in range(n):
        k, at = item(b, at)
        if major == 5:
            out[k], at = item(b, at)
        else:
            out.append(k)
    return out, at


bytes_ = open(sys.argv[1], "rb").read()
d, end = item(bytes_, 0)
assert end == len(bytes_)
print(json.dumps({"sha256": hashlib.sha256(bytes_).hexdigest(), "ovmf_hash": d["ovmf_hash"].hex(), "kernel_hash": d["kernel_hash"].hex(),
                  "initrd_hash": d["initrd_hash"].hex(), "cmdline_hash": hashlib.sha256(d["cmdline"].strip().encode() + b"\0").hexdigest(),
                  "hashes_table_gpa": d["hashes_table_gpa"], "reset_eip": d["reset_eip"], "ovmf_sections": d["ovmf_sections"]}))
