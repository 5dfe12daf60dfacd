#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make small firmware volumes as OVMF is laid out: a volume that holds a file
that holds an LZMA section that holds the volume of the drivers.

usage: make-volume.py VECTORS
"""
import lzma
import pathlib
import struct
import sys
import uuid

DXE = "7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1"
FFS2 = uuid.UUID("8c8ce578-8a3d-4f1c-9935-896185c32dd3").bytes_le
LZMA = uuid.UUID("ee4e5898-3914-4259-9d6e-dc7bd79403cf").bytes_le
UI, MENU = "462caa21-7614-4503-836e-8ab6f4662331", "eec25bdc-67f2-4d95-b1d5-f81b2039d11d"
TCG2, SMBIOS = "f062221e-c607-44c2-b0b4-c3886331d351", "d27fed59-abb4-4fed-bead-2a878c7e4a7e"
LOADER = "806040ca-dad9-4978-a3b4-2d2ab0c8a48f"


def section(kind, body):
    out = struct.pack("<I", len(body) + 4 | kind << 24) + body
    return out + b"\0" * (-len(out) % 4)


def file(name, kind, body):
    head = uuid.UUID(name).bytes_le + struct.pack("<HBBI", 0, kind, 0, len(body) + 24)
    return head + body + b"\xff" * (-(len(body) + 24) % 8)


def volume(files, name=None):
    ext = b"" if name is None else uuid.UUID(name).bytes_le + struct.pack("<I", 20)
    body = b"".join(files)
    start = 72 + len(ext) + (-(72 + len(ext)) % 8)
    length = start + len(body) + 64
    head = struct.pack("<16s16sQ4sIHHHBBIIII", b"\0" * 16, FFS2, length, b"_FVH", 0, 72, 0,
                       72 if ext else 0, 0, 2, 1, length, 0, 0)
    return (head + ext).ljust(start, b"\xff") + body + b"\xff" * 64


def firmware(drivers):
    inner = section(0x19, b"\0" * 8) + section(0x17, volume(drivers, DXE))
    filters = [{"id": lzma.FILTER_LZMA1, "preset": 6, "dict_size": 1 << 16}]
    packed = lzma.compress(inner, lzma.FORMAT_ALONE, filters=filters)
    # edk2's tools write the size, where this encoder writes "unknown".
    packed = packed[:5] + struct.pack("<Q", len(inner)) + packed[13:]
    guided = section(0x02, LZMA + struct.pack("<HH", 24, 1) + packed)
    outer = volume([file("9e21fd93-9c72-4c15-8c4b-e77f1db2d792", 0x0B, guided)])
    return outer + b"\xff" * (-len(outer) % 4096)


def app(name):
    return file(name, 9, section(0x10, b"MZ"))


def driver(name, text):
    return file(name, 7, section(0x10, text))


def main():
    root = pathlib.Path(sys.argv[1]) / "measure/volume"
    root.mkdir(parents=True, exist_ok=True)
    acpi = driver(TCG2, b"ACPI DATA\0")
    old = driver(LOADER, b"initrd=%s\0 initrd=initrd\0")
    blobs = driver(LOADER, b"etc/boot/kernel\0 initrd=initrd\0")
    prefix = driver(LOADER, b"etc/boot/kernel\0initrd=initrd \0")
    cfg, smbios = driver(LOADER, b"QEMU FW CFG\0"), driver(SMBIOS, b"")
    for name, files in {
        "202211": [old, app(UI)],
        "202302-202411": [acpi, old, app(UI)],
        "202502": [acpi, blobs, app(UI)],
        "202505": [acpi, blobs, cfg, smbios, app(UI), app(MENU)],
        "202508": [acpi, prefix, cfg, smbios, app(UI), app(MENU)],
        "202605": [acpi, prefix, cfg, smbios],
        "202608": [acpi, prefix, cfg, smbios, app(MENU)],
    }.items():
        (root / f"{name}.fd").write_bytes(firmware(files))


main()
