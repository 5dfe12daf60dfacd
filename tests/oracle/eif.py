#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make enclave image files (EIF) and say which PCRs an enclave of them has: an implementation of its own.

A module; tests/vectors/eif/make.py and tests/measure use it.
"""
import hashlib
import struct
import zlib

import cbor2

KERNEL, CMDLINE, RAMDISK, SIGNATURE, METADATA = range(1, 6)


def eif(sections, version=4, flags=0, order=None, count=None, crc=None, trailing=b"", magic=b".eif", section_flags=0):
    """sections: (type, content) as they lie in the file; order: how the header lists them."""
    at, body, listed = 548, b"", []
    for kind, content in sections:
        listed.append((at, len(content)))
        body += struct.pack(">HHQ", kind, section_flags, len(content)) + content
        at += 12 + len(content)
    listed = [listed[i] for i in order or range(len(listed))] + [(0, 0)] * (32 - len(listed))
    head = magic + struct.pack(">HHQQHH", version, flags, 1 << 30, 2, 0, len(sections) if count is None else count)
    head += b"".join(struct.pack(">Q", o) for o, _ in listed) + b"".join(struct.pack(">Q", n) for _, n in listed)
    head += bytes(4)
    body += trailing
    return head + struct.pack(">I", zlib.crc32(head + body) if crc is None else crc) + body


def extend(content):
    return hashlib.sha384(bytes(48) + hashlib.sha384(content).digest()).digest()


def pcrs(sections, certificate=None):
    """PCR0, 1, 2 and, with a certificate in DER, 8."""
    of = {k: [c for t, c in sections if t == k] for k in range(1, 6)}
    first = of[KERNEL][0] + of[CMDLINE][0]
    disks = of[RAMDISK]
    out = {"pcr0": extend(first + b"".join(disks)), "pcr1": extend(first + disks[0]), "pcr2": extend(b"".join(disks[1:]))}
    if certificate:
        out["pcr8"] = extend(certificate)
    return out


def signature(key, pem, pcr0, index=0):
    """A signature section: of PCR0, by a P-384 key of python-cryptography."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, utils
    payload = cbor2.dumps({"register_index": index, "register_value": list(pcr0)})
    head = bytes.fromhex("a1013822")
    r, s = utils.decode_dss_signature(key.sign(cbor2.dumps(["Signature1", head, b"", payload]), ec.ECDSA(hashes.SHA384())))
    cose = cbor2.dumps([head, {}, payload, r.to_bytes(48, "big") + s.to_bytes(48, "big")])
    return cbor2.dumps([{"signing_certificate": list(pem), "signature": list(cose)}])
