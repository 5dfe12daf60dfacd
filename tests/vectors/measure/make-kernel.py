#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the small kernels of tests/vectors/measure/kernel and .../bad/measure,
and judge them: an implementation of its own of the Authenticode digest and of
QEMU's changes to the setup header, whose results are kept in expected.json.

usage: make-kernel.py VECTORS
"""
import hashlib
import json
import pathlib
import struct
import sys

PE = 0x400
OPT = PE + 24


def kernel(protocol=0x20F, xload=0x7F, initrd_max=0x7FFFFFFF, loadflags=0x01, size=0x3000,
           cert=0, directories=6, extra=0):
    """A file with a Linux setup header and a PE32+ header, two sections."""
    b = bytearray((i * 13 + (i >> 7)) & 0xFF for i in range(size))
    b[:0x600] = bytes(0x600)
    b[0:2] = b"MZ"
    struct.pack_into("<I", b, 0x3C, PE)
    b[0x1F1] = 7
    b[0x1FE:0x200] = b"\x55\xaa"
    b[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", b, 0x206, protocol)
    b[0x211] = loadflags
    struct.pack_into("<I", b, 0x224, 0xABCD5320)
    struct.pack_into("<I", b, 0x22C, initrd_max)
    struct.pack_into("<H", b, 0x236, xload)
    headers = 0x600
    b[PE:PE + 4] = b"PE\0\0"
    struct.pack_into("<HHIIIHH", b, PE + 4, 0x8664, 2, 0, 0, 0, 112 + 8 * directories, 0x206)
    struct.pack_into("<H", b, OPT, 0x20B)
    struct.pack_into("<I", b, OPT + 60, headers)
    struct.pack_into("<I", b, OPT + 64, 0x12345678)
    struct.pack_into("<I", b, OPT + 108, directories)
    table = OPT + 112 + 8 * directories
    # Named in the wrong order: the digest goes by file offset.
    rows = [(b".data", 0x1800, size - 0x1800 - extra), (b".text", 0x600, 0x1200)]
    for i, (name, off, n) in enumerate(rows):
        struct.pack_into("<8sIIIIIIHHI", b, table + 40 * i, name, n, off, n, off, 0, 0, 0, 0, 0)
    if cert:
        if directories > 4:
            struct.pack_into("<II", b, OPT + 112 + 32, len(b), cert)
        b += bytes([0xCE] * cert)
    return b


def authenticode(b):
    pe = struct.unpack_from("<I", b, 0x3C)[0]
    opt = pe + 24
    nsec, = struct.unpack_from("<H", b, pe + 6)
    optsize, = struct.unpack_from("<H", b, pe + 20)
    headers, = struct.unpack_from("<I", b, opt + 60)
    ndir, = struct.unpack_from("<I", b, opt + 108)
    h = hashlib.sha384(b[:opt + 64])
    certs = 0
    if ndir > 4:
        h.update(b[opt + 68:opt + 112 + 32])
        h.update(b[opt + 112 + 40:headers])
        certs = struct.unpack_from("<I", b, opt + 112 + 36)[0]
    else:
        h.update(b[opt + 68:headers])
    done = headers
    rows = [struct.unpack_from("<II", b, opt + optsize + 40 * i + 16) for i in range(nsec)]
    for n, off in sorted(rows, key=lambda r: r[1]):
        h.update(b[off:off + n])
        done += n
    h.update(b[done:len(b) - certs])
    return h.hexdigest()


def patched(b, initrd, memory, cmdline):
    b = bytearray(b)
    protocol, = struct.unpack_from("<H", b, 0x206)
    line = (len(cmdline) + 16) & ~15
    real, at = (0x10000, 0x20000) if b[0x211] & 1 else (0x90000, 0x9A000 - line)
    low = 0x80000000 if memory >= 0xB0000000 else memory
    xload, = struct.unpack_from("<H", b, 0x236)
    if protocol >= 0x20C and xload & 2:
        top = 0xFFFFFFFF
    elif protocol >= 0x203:
        top, = struct.unpack_from("<I", b, 0x22C)
    else:
        top = 0x37FFFFFF
    if top >= low - 0x28000:
        top = low - 0x28000 - 1
    struct.pack_into("<I", b, 0x228, at)
    if "vga=" in cmdline:
        word = cmdline.split("vga=")[1].split(" ")[0]
        mode = {"normal": 0xFFFF, "ext": 0xFFFE, "ask": 0xFFFD}.get(word)
        struct.pack_into("<H", b, 0x1FA, int(word) if mode is None else mode)
    b[0x210] = 0xB0
    b[0x211] |= 0x80
    struct.pack_into("<H", b, 0x224, at - real - 0x200)
    struct.pack_into("<II", b, 0x218, (top - initrd) & ~4095, initrd)
    return b


CMDLINE = "console=ttyS0 panic=1"
GOOD = {
    "plain": kernel(),
    "below-4g": kernel(xload=0x41),          # 5-level paging, not above 4 GiB
    "above-4g": kernel(xload=0x02),          # above 4 GiB, not 5-level paging
    "protocol-202": kernel(protocol=0x202),
    "low": kernel(loadflags=0),
    "odd-size": kernel(size=0x3003),         # no padding to 8 bytes
    "signed": kernel(cert=0x208),
    "trailing": kernel(extra=5),
    "no-directory": kernel(directories=4),
}
BAD = {
    "empty": b"",
    "no-mz": b"ZM" + bytes(kernel())[2:],
    "no-pe": bytes(kernel()).replace(b"PE\0\0", b"PF\0\0"),
    "pe-outside": bytes(kernel())[:0x3C] + b"\xff\xff\xff\x7f" + bytes(kernel())[0x40:],
    "truncated": bytes(kernel())[:0x1000],
    "cert-outside": bytes(kernel(cert=0x208)) + b"x",
    "no-header": bytes(kernel()).replace(b"HdrS", b"HdrT"),
    "old-protocol": bytes(kernel(protocol=0x201)),
}


def overlap():
    b = kernel()
    struct.pack_into("<I", b, OPT + 112 + 48 + 40 + 20, 0x1000)
    return bytes(b)


BAD["overlap"] = overlap()


def main():
    root = pathlib.Path(sys.argv[1])
    good, bad = root / "measure/kernel", root / "bad/measure"
    good.mkdir(parents=True, exist_ok=True)
    bad.mkdir(parents=True, exist_ok=True)
    out = []
    for name, b in GOOD.items():
        (good / f"{name}.bin").write_bytes(b)
        row = {"name": name, "plain": authenticode(b), "patched": []}
        for initrd, mib in ((4097, 512), (4097, 2048), (4097, 2815), (4097, 2816), (4097, 65536), (300 << 20, 1024)):
            row["patched"].append({"initrd": initrd, "mib": mib, "cmdline": CMDLINE,
                                   "digest": authenticode(patched(b, initrd, mib << 20, CMDLINE))})
        for line in ("vga=normal", "a vga=791 b", "vga=ask"):
            row["patched"].append({"initrd": 1, "mib": 2048, "cmdline": line,
                                   "digest": authenticode(patched(b, 1, 2048 << 20, line))})
        out.append(row)
    (good / "expected.json").write_text(json.dumps(out, indent=1) + "\n")
    for name, b in BAD.items():
        (bad / f"kernel-{name}.bin").write_bytes(b)


main()
