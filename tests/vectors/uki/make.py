#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the unified kernel images and disks of this folder, what is measured of them (expected.json), and the bad ones with
the sentence each must give (bad.tsv). tests/oracle/uki.py has the formulas; tests/measure/uki-peers.py compares these with
systemd-measure and osslsigncode.

usage: make.py
"""
import json
import pathlib
import random
import struct
import sys
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "oracle"))
import uki as u  # noqa: E402

r = random.Random(19)


def some(n):
    return r.randbytes(n)


LINUX = u.pe([(".text", some(700)), (".data", some(33))])
SIGNED = u.pe([(".text", some(300))], cert=some(61))
PLAIN = [(".osrel", b"ID=test\n"), (".cmdline", b"console=ttyS0 quiet"), (".uname", b"6.1.0\0"), (".sbat", some(40)),
         (".initrd", some(513)), (".linux", LINUX)]
good = {
    "usual": u.uki(PLAIN),
    "every-section": u.uki(PLAIN + [(n, some(90)) for n in (".ucode", ".splash", ".dtb", ".pcrsig", ".pcrpkey")]),
    "stub-252": u.uki(PLAIN + [(".pcrpkey", some(451))], stub="systemd-stub 252.39-1~deb12u2"),
    "stub-254": u.uki(PLAIN, stub="systemd-stub 254.26-1~bpo12+1"),
    "stub-dotless": u.uki(PLAIN, stub="systemd-stub 257"),
    "kernel-alone": u.uki([(".linux", SIGNED)]),
    "signed": u.uki(PLAIN, cert=some(1000)),
    "trailing": u.uki(PLAIN, trailing=some(7)),
}
KERNEL = u.kernel(some(800))
LINE = b"console=ttyS0\tquiet \n"
boots = {
    "boot-usual": u.uki([(".osrel", b"ID=test\n"), (".cmdline", LINE), (".initrd", some(514)), (".linux", KERNEL)]),
    "boot-keys": u.uki([(".cmdline", LINE), (".initrd", some(511)), (".linux", KERNEL), (".pcrpkey", some(90)), (".pcrsig", some(77)),
                        (".ucode", some(13))]),
    "boot-initrd-alone": u.uki([(".cmdline", LINE), (".initrd", some(511)), (".linux", KERNEL)]),
    "boot-254": u.uki([(".osrel", b"ID=test\n"), (".cmdline", LINE), (".initrd", some(513)), (".linux", KERNEL),
                       (".pcrpkey", some(33))], stub="systemd-stub 254.1"),
    "boot-old-kernel": u.uki([(".cmdline", LINE), (".initrd", some(9)), (".linux", u.kernel(some(90), version="5.15.1 "))]),
    "boot-262": u.uki([(".cmdline", LINE), (".initrd", some(9)), (".linux", KERNEL)], stub="systemd-stub 262.1-1"),
}
LOADER = u.pe([(".text", some(64)), (".sdmagic", u.magic("systemd-boot 257.1"))])
OLD_LOADER = u.pe([(".text", some(64)), (".sdmagic", u.magic("systemd-boot 254.1"))])
bad = {
    "empty": (b"", "pe: MZ signature: needs 2 bytes"),
    "kernel": (LINUX, "no .sdmagic section"),
    "no-kernel": (u.uki(PLAIN[:-1]), "no .linux section"),
    "machine": (u.uki(PLAIN, machine=0xAA64), "for machine 0xaa64"),
    "stub-unknown": (u.uki(PLAIN, stub="systemd-stub 999.1"), "what systemd-stub 999.1 measures is not known"),
    "stub-candidate": (u.uki(PLAIN, stub="systemd-stub 257~rc1"), "names no version"),
    "stub-without-version": (u.uki(PLAIN, stub="systemd-stub v"), "names no version"),
    "stub-other": (u.uki(PLAIN, stub="other-stub 257.1-1"), "not systemd-stub: other-stub"),
    "loader": (u.uki(PLAIN, stub="systemd-boot 257.9-1"), "not systemd-stub: systemd-boot"),
    "magic": (u.pe([(".sdmagic", b"#### nothing ####")] + PLAIN), ".sdmagic does not name a program"),
    "twice": (u.uki(PLAIN + [(".cmdline", b"x")]), "section .cmdline twice"),
    "magic-twice": (u.uki(PLAIN + [(".sdmagic", u.magic("systemd-stub 254.1"))]), "section .sdmagic twice"),
    "profile": (u.uki(PLAIN + [(".profile", b"ID=a\n")]), ".profile: images for several machines or profiles"),
    "dtbauto": (u.uki(PLAIN + [(".dtbauto", some(9))]), ".dtbauto: images for several machines"),
    "name-longer": (u.uki(PLAIN + [(".initrd2", some(9))]), "section .initrd2: stubs differ in whether it is .initrd"),
    "name-odd": (u.uki(PLAIN + [(b"\x1b[2J", some(9))]), "name is not printable"),
    "section-empty": (u.uki(PLAIN + [(".splash", b"")]), "section .splash is empty"),
    "section-grows": (u.uki(PLAIN + [(".splash", some(9), {"virtual_size": 513})]), ".splash has 513 bytes in memory, and 512"),
    "memory-overlaps": (u.uki(PLAIN + [(".splash", some(9), {"address": 0x1001})]), ".text and .splash overlap in memory"),
    "file-overlaps": (u.uki(PLAIN + [(".splash", some(9), {"offset": 0x600})]), "sections overlap at"),
    "section-outside": (u.uki(PLAIN + [(".splash", some(9), {"raw": 0x7FFFFFFF})]), "pe: section 8 at"),
    "headers-long": (u.uki(PLAIN, headers=0x7FFFFFFF), "headers of 2147483647 bytes"),
    "pe-outside": (u.uki(PLAIN, pe_at=0x7FFFFFFF), "a PE header at 2147483647"),
    "cert-inside": (u.uki(PLAIN, cert=some(99)) + b"\0", "are not at the end"),
}
expected = []
for name, file in good.items():
    (HERE / f"{name}.efi").write_bytes(file)
    version = 252 if "252" in name else 254 if "254" in name else 257
    row = {"name": name, "version": version}
    for alg in ("sha256", "sha384"):
        events = list(u.stub_events(file, version, alg))
        row[alg] = {"authenticode": u.authenticode(file, alg), "linux": u.authenticode(u.parts(file)[".linux"], alg),
                    "events": [list(e) for e in events], "pcr11": u.extend([e[2] for e in events], alg)}
    expected.append(row)
EVENT = u.gpt_event(u.gpt([(u.ESP, uuid.UUID(int=5), 48, 1000, "ESP")], 4096, count=4))
(HERE / "boot-disk.bin").write_bytes(u.gpt([(u.ESP, uuid.UUID(int=5), 48, 1000, "ESP")], 4096, count=4))
(HERE / "boot-loader.efi").write_bytes(LOADER)
(HERE / "boot-loader-254.efi").write_bytes(OLD_LOADER)
(HERE / "boot-loader-262.efi").write_bytes(OLD_LOADER.replace(b"systemd-boot 254", b"systemd-boot 262"))
booted = []
for name, file in boots.items():
    (HERE / f"{name}.efi").write_bytes(file)
    version = 254 if "254" in name else 262 if "262" in name else 257
    hands = name not in ("boot-old-kernel", "boot-262")
    for alg in ("sha256", "sha384"):
        for loader in (None, OLD_LOADER if version < 255 else LOADER):
            regs = u.registers(file, version, alg, EVENT, loader, hands, loader == OLD_LOADER)
            # A new systemd-boot measures a file that is not given here.
            if loader == LOADER:
                regs["pcr5"] = None
            booted.append({"name": name, "alg": alg, "loader": loader is not None,
                           "registers": {n: d and u.extend(d, alg) if d != [] else u.extend([], alg) for n, d in regs.items()}})
(HERE / "boot.json").write_text(json.dumps(booted, indent=1) + "\n")
with open(HERE / "bad.tsv", "w") as f:
    for name, (file, says) in bad.items():
        (HERE / f"bad-{name}.efi").write_bytes(file)
        f.write(f"bad-{name}.efi\t{says}\n")


def own(n):
    return uuid.UUID(int=n * 0x1234567)


SECTORS = 4096
THREE = [(u.ESP, own(1), 48, 1000, "ESP"), (u.LINUX, own(2), 1001, 3000, "root"), (u.LINUX, own(3), 3001, 4062, "\u00e4")]
disks = {
    "disk": u.gpt(THREE, SECTORS),
    "disk-gap": u.gpt([THREE[0], (uuid.UUID(int=0), own(9), 7, 7), THREE[2]], SECTORS),
    "disk-none": u.gpt([], SECTORS),
    "disk-four": u.gpt(THREE[:1], SECTORS, count=4),
    "disk-4k": u.gpt([(u.ESP, own(1), 7, 300)], 512, sector=4096),
}


def changed(disk, at, *values):
    b = bytearray(disk)
    b[at:at + len(values)] = bytes(values)
    return bytes(b)


def resealed(disk, at, fmt, value):
    """A field of the header changed, and its checksum with it."""
    b = bytearray(disk)
    struct.pack_into(fmt, b, 512 + at, value)
    b[528:532] = bytes(4)
    struct.pack_into("<I", b, 528, u.zlib.crc32(b[512:604]))
    return bytes(b)


D = u.gpt(THREE, SECTORS, count=16)
bad_disks = {
    "short": (D[:511], "no MBR"),
    "mbr": (changed(D, 510, 0), "no MBR"),
    "protective": (changed(D, 450, 0x83), "no protective MBR"),
    "header-short": (D[:600], "has none"),
    "signature": (changed(D, 512, 0x46), "no \"EFI PART\""),
    "revision": (resealed(D, 8, "<I", 0x10001), "no \"EFI PART\""),
    "header-size": (resealed(D, 12, "<I", 96), "no \"EFI PART\""),
    "header-crc": (changed(D, 568, 1), "the header's CRC-32"),
    "entries-crc": (changed(D, 1024 + 56, 1), "the entries' CRC-32"),
    "entry-size": (resealed(D, 84, "<I", 256), "entries of 256 bytes"),
    "entry-count": (resealed(D, 80, "<I", 129), "129 entries"),
    "entries-far": (resealed(D, 72, "<Q", 1 << 60), "not at the disk's start"),
    "entries-header": (resealed(D, 72, "<Q", 1), "not at the disk's start"),
    "own-sector": (resealed(D, 24, "<Q", 2), "a header of sector 2"),
    "last-usable": (resealed(D, 48, "<Q", SECTORS), "up to sector 4096"),
    "partition-outside": (u.gpt([(u.ESP, own(1), 48, 5000)], SECTORS), "partition 1 has sectors 48 to 5000"),
    "partition-backwards": (u.gpt([(u.ESP, own(1), 60, 50)], SECTORS), "partition 1 has sectors 60 to 50"),
}
for name, disk in disks.items():
    (HERE / f"{name}.bin").write_bytes(disk)
    sector = 4096 if "4k" in name else 512
    event = u.gpt_event(disk, sector)
    expected.append({"name": name, "sector": sector, "sectors": 512 if "4k" in name else SECTORS, "event": event.hex()})
with open(HERE / "bad.tsv", "a") as f:
    for name, (disk, says) in bad_disks.items():
        (HERE / f"bad-disk-{name}.bin").write_bytes(disk)
        f.write(f"bad-disk-{name}.bin\t{says}\n")
(HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
