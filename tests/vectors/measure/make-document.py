#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the bad measurement.tdx.cbor files, each with one thing wrong.

usage: make-document.py VECTORS
"""
import pathlib
import sys


def head(major, n):
    if n < 24:
        return bytes([major << 5 | n])
    if n < 256:
        return bytes([major << 5 | 24, n])
    return bytes([major << 5 | 25]) + n.to_bytes(2, "big")


def text(s):
    b = s if isinstance(s, bytes) else s.encode()
    return head(3, len(b)) + b


def data(b):
    return head(2, len(b)) + b


def pairs(*kv):
    return head(5, len(kv)) + b"".join(text(k) + v for k, v in kv)


D = bytes(48)
HOB = bytes.fromhex("80100904000609020b021010")


def image(cmdline=b"a=b", kernel=D, initrd=D, flag=b"\xf5"):
    return pairs(("cmdline", text(cmdline)), ("kernel_authenticode", data(kernel)),
                 ("kernel_header_normalized", flag), ("initrd_sha384", data(initrd)))


def tdvf(ovmf="pre202505", hob=HOB, mrtd=None):
    return pairs(("ovmf", text(ovmf)),
                 ("mrtd", mrtd or pairs(("single_pass", data(D)), ("two_pass", data(D)))),
                 ("td_hob", data(hob)))


def document(version=b"\x04", img=None, fw=None):
    return pairs(("version", version), ("image", img or image()), ("tdvf", fw or tdvf()))


GOOD = document()
BAD = {
    "empty": b"",
    "trailing": GOOD + b"\0",
    "truncated": GOOD[:-1],
    "version-5": document(b"\x05"),
    "version-2": document(b"\x02"),
    "version-text": document(text("4")),
    "version-long": document(b"\x18\x04"),
    "indefinite": b"\xbf" + GOOD[1:] + b"\xff",
    "four-keys": b"\xa4" + GOOD[1:] + text("x") + b"\0",
    "twice": pairs(("version", b"\x04"), ("image", image()), ("image", image())),
    "order": pairs(("version", b"\x04"), ("tdvf", tdvf()), ("image", image())),
    "tagged": b"\xd8\x20" + GOOD,
    "digest-47": document(img=image(kernel=D[1:])),
    "digest-text": document(img=image().replace(data(D), text("x" * 48), 1)),
    "cmdline-nul": document(img=image(b"a\0b")),
    "cmdline-not-utf8": document(img=image(b"a\xff")),
    "cmdline-long": document(img=image(b"a" * 4096)),
    "flag-null": document(img=image(flag=b"\xf6")),
    "ovmf-unknown": document(fw=tdvf(ovmf="202502")),
    "one-order": document(fw=tdvf(mrtd=pairs(("single_pass", data(D))))),
    "witness-long": document(fw=tdvf(hob=bytes(1025))),
    "huge-length": GOOD[:1] + b"\x7b" + b"\xff" * 8 + GOOD[2:],
}


def main():
    bad = pathlib.Path(sys.argv[1]) / "bad/measure"
    for name, b in BAD.items():
        (bad / f"document-{name}.cbor").write_bytes(b)


main()
