# SPDX-License-Identifier: Apache-2.0
"""A binary log of a TPM (TCG PC Client PFP 1.06, 10.2), for the judges of this folder."""
import struct

SHA384 = 0xC
SIZE = {4: 20, 0xB: 32, SHA384: 48, 0xD: 64}


def events(log, alg):
    """(pcr, type, digest by alg, data) of each event behind the header."""
    size, = struct.unpack_from("<I", log, 28)
    off = 32 + size
    while off + 12 <= len(log):
        pcr, kind, count = struct.unpack_from("<III", log, off)
        off += 12
        digest = None
        for _ in range(count):
            this, = struct.unpack_from("<H", log, off)
            if this == alg:
                digest = log[off + 2:off + 2 + SIZE[this]].hex()
            off += 2 + SIZE[this]
        size, = struct.unpack_from("<I", log, off)
        yield pcr, kind, digest, log[off + 4:off + 4 + size]
        off += 4 + size
