# SPDX-License-Identifier: Apache-2.0
"""A FAT32 file system of files, with long names: a module for who makes disks for tests."""
import struct

SECTOR, RESERVED, FATS, TOTAL = 512, 32, 520, 67000
SERIAL = 0x12345678


def checksum(short):
    s = 0
    for c in short:
        s = ((s >> 1) + (s << 7) + c) & 0xff
    return s


def short_name(name, taken):
    """The name itself where it fits into eight and three, else one with a number."""
    base, _, ext = name.upper().partition(".")
    fits = len(base) <= 8 and len(ext) <= 3 and "." not in ext
    if not fits:
        base, ext = name.upper().replace(".", "")[:6] + "~%d" % (1 + len(taken)), ""
    short = base.ljust(8).encode() + ext.ljust(3).encode()
    assert short not in taken
    taken.add(short)
    return short, fits


def entries(name, taken, folder, cluster, size):
    short, fits = short_name(name, taken)
    out = b""
    if not fits or name != name.upper():
        text = name.encode("utf-16-le") + b"\0\0"
        text += b"\xff" * (-len(text) % 26)
        pieces = [text[i:i + 26] for i in range(0, len(text), 26)]
        if len(name) % 13 == 0:
            pieces = pieces[:len(name) // 13]
        for k in range(len(pieces), 0, -1):
            p = pieces[k - 1]
            out += bytes([k | (0x40 if k == len(pieces) else 0)]) + p[:10] + b"\x0f\0" + bytes([checksum(short)]) + p[10:22] + b"\0\0" + p[22:]
    return out + short + struct.pack("<BBBHHHHHHHI", 0x10 if folder else 0x20, 0, 0, 0, 0, 0, cluster >> 16, 0, 0, cluster & 0xffff, size)


def make(files, serial=SERIAL):
    """(offset, bytes) of the pieces of a file system that holds files, {"EFI/BOOT/BOOTX64.EFI": bytes}."""
    tree = {}
    for path, content in files.items():
        at = tree
        *folders, name = path.split("/")
        for f in folders:
            at = at.setdefault(f, {})
        at[name] = content
    chain, pieces = [0x0fffffff] * 2, []

    def room(n):
        first = len(chain)
        chain.extend(range(first + 1, first + n))
        chain.append(0x0fffffff)
        return first

    def place(cluster, data):
        pieces.append(((RESERVED + 2 * FATS + cluster - 2) * SECTOR, data))

    def folder(at, own, parent):
        taken, data = set(), b""
        if own != 2:
            for n, c in ((b".", own), (b"..", parent)):
                data += n.ljust(11) + struct.pack("<BBBHHHHHHHI", 0x10, 0, 0, 0, 0, 0, 0, 0, 0, c, 0)
        for name, what in at.items():
            if isinstance(what, dict):
                c = room(4)
                folder(what, c, 0 if own == 2 else own)
                data += entries(name, taken, True, c, 0)
            else:
                c = room(max(1, -(-len(what) // SECTOR)))
                place(c, what)
                data += entries(name, taken, False, c, len(what))
        assert len(data) <= 4 * SECTOR
        place(own, data)

    assert room(4) == 2
    folder(tree, 2, 0)
    boot = bytearray(SECTOR)
    boot[:3] = b"\xeb\x58\x90"
    struct.pack_into("<HBHB", boot, 11, SECTOR, 1, RESERVED, 2)
    struct.pack_into("<II", boot, 32, TOTAL, FATS)
    struct.pack_into("<I", boot, 44, 2)
    struct.pack_into("<I", boot, 67, serial)
    boot[82:90] = b"FAT32   "
    boot[510:] = b"\x55\xaa"
    table = struct.pack("<%dI" % len(chain), *chain)
    return [(0, bytes(boot)), (RESERVED * SECTOR, table), ((RESERVED + FATS) * SECTOR, table)] + pieces
