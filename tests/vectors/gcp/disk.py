#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""disk.py - disks of a partition table, a FAT32 file system and a unified kernel image in it, as the pieces that are not
zero, with what a machine of Google Cloud measures of each (tests/oracle/uki.py). Run in this folder: writes disk.json;
disk.py NAME FILE makes the disk of that name, with holes."""
import hashlib, json, os, struct, sys, uuid
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "oracle"))
import uki

SECTOR, FIRST, TOTAL, RESERVED, FATS = 512, 2048, 67000, 32, 520
SECTORS = FIRST + TOTAL + 64


def fat(content, folders=("EFI", "BOOT"), name="BOOTX64 EFI"):
    """(offset in the partition, bytes) of the file system's pieces: content in EFI/BOOT/BOOTX64.EFI."""
    n = -(-len(content) // SECTOR)
    boot = bytearray(SECTOR)
    boot[:3] = b"\xeb\x58\x90"
    struct.pack_into("<HBHB", boot, 11, SECTOR, 1, RESERVED, 2)
    struct.pack_into("<II", boot, 32, TOTAL, FATS)
    struct.pack_into("<I", boot, 44, 2)
    boot[82:90] = b"FAT32   "
    boot[510:] = b"\x55\xaa"
    last = 0x0fffffff
    chain = [last] * 5 + [i + 1 for i in range(5, n + 4)] + [last]
    table = struct.pack("<%dI" % len(chain), *chain)

    def entry(what, folder, cluster, size):
        return what.ljust(11).encode() + struct.pack("<BBBHHHHHHHI", 0x10 if folder else 0x20, 0, 0, 0, 0, 0, cluster >> 16, 0, 0,
                                                     cluster & 0xffff, size)

    at = lambda c: (RESERVED + 2 * FATS + c - 2) * SECTOR
    long_name = b"\x41" + "esp".encode("utf-16-le") + b"\0\0\xff\xff" + b"\x0f\0\x00" + b"\xff" * 12 + b"\0\0" + b"\xff" * 4
    return [(0, bytes(boot)), (RESERVED * SECTOR, table), ((RESERVED + FATS) * SECTOR, table),
            (at(2), "MADE".ljust(11).encode() + b"\x08" + bytes(20) + long_name + entry(folders[0], True, 3, 0)),
            (at(3), entry(".", True, 3, 0) + entry("..", True, 0, 0) + entry(folders[1], True, 4, 0)),
            (at(4), b"\xe5" + entry(name, False, 9, 9)[1:] + entry(name, False, 5, len(content))), (at(5), content)]


def disk(image, parts=None, **more):
    parts = parts if parts is not None else [(uki.ESP, uuid.UUID(int=2), FIRST, FIRST + TOTAL - 1, "esp"),
                                             (uki.LINUX, uuid.UUID(int=3), FIRST + TOTAL, FIRST + TOTAL + 15, "root")]
    head = uki.gpt(parts, sectors=SECTORS)
    return [(0, head)] + [(FIRST * SECTOR + o, b) for o, b in fat(image, **more)]


def expected(head, image, version, loads):
    text = lambda t, alg: hashlib.new(alg, t).hexdigest()
    table, kernel = uki.gpt_event(head), uki.parts(image)[".linux"]

    def pcr(alg):
        return [text(bytes(4), alg), text(table, alg), uki.authenticode(image, alg)] + ([uki.authenticode(kernel, alg)] if loads else [])

    rtmr1 = ([text(b"Calling EFI Application from Boot Option", "sha384")] + pcr("sha384") +
             [text(b"Exit Boot Services Invocation", "sha384"), text(b"Exit Boot Services Returned with Success", "sha384")])
    # Stubs of 252 and 254 measure into a TPM only.
    rtmr2 = [d for _, _, d in uki.stub_events(image, version, "sha384")] if version > 254 else []
    return {"rtmr1": uki.extend(rtmr1, "sha384"), "rtmr2": uki.extend(rtmr2, "sha384"),
            "pcr2": uki.extend(pcr("sha256"), "sha256"), "uki_auth": uki.authenticode(image, "sha256")}


KERNEL = uki.pe([(".text", bytes(range(200)))])
PARTS = [(".osrel", b"ID=dstack\n"), (".cmdline", b"console=ttyS0"), (".uname", b"6.17.0"), (".sbat", b"sbat,1\n"), (".initrd", b"070701" * 40),
         (".linux", KERNEL)]


def made():
    image, old = uki.uki(PARTS), uki.uki(PARTS, stub="systemd-stub 252.39-1")
    rows = [("good", disk(image), expected(uki.gpt([(uki.ESP, uuid.UUID(int=2), FIRST, FIRST + TOTAL - 1, "esp"),
                                                    (uki.LINUX, uuid.UUID(int=3), FIRST + TOTAL, FIRST + TOTAL + 15, "root")], sectors=SECTORS),
                                           image, 257, True), ""),
            ("stub-252", disk(old), expected(disk(old)[0][1], old, 252, True), ""),
            ("no-esp", disk(image, [(uki.LINUX, uuid.UUID(int=2), FIRST, FIRST + TOTAL - 1)]), None, "no EFI system partition"),
            ("two-esps", disk(image, [(uki.ESP, uuid.UUID(int=2), FIRST, FIRST + TOTAL - 1),
                                      (uki.ESP, uuid.UUID(int=3), FIRST + TOTAL, FIRST + TOTAL + 15)]), None, "two EFI system partitions"),
            ("no-loader", disk(image, name="GRUBX64 EFI"), None, "there is no file BOOTX64.EFI"),
            ("no-folder", disk(image, folders=("EFI", "SYSTEMD")), None, "there is no folder BOOT"),
            ("loader-is-no-uki", disk(KERNEL), None, "uki:"),
            ("no-file-system", disk(image)[:1], None, "FAT32: no boot sector"),
            ("no-table", disk(image)[1:], None, "disk:")]
    return [{"name": n, "size": SECTORS * SECTOR, "pieces": [{"at": a, "bytes": b.rstrip(b"\0").hex()} for a, b in p], "expected": e, "says": s}
            for n, p, e, s in rows]


if __name__ == "__main__":
    if len(sys.argv) == 1:
        json.dump(made(), open("disk.json", "w"), indent=1)
    else:
        here = os.path.dirname(os.path.abspath(__file__))
        row, = (r for r in json.load(open(os.path.join(here, "disk.json"))) if r["name"] == sys.argv[1])
        with open(sys.argv[2], "wb") as f:
            f.truncate(row["size"])
            for p in row["pieces"]:
                f.seek(p["at"])
                f.write(bytes.fromhex(p["bytes"]))
