#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make PE files, unified kernel images and partition tables, and say what is measured of them: an implementation
of its own of the formulas, with no code of lib/uki.

A module; tests/vectors/uki/make.py and tests/measure use it.
"""
import hashlib
import struct
import uuid
import zlib

ORDER = (".linux", ".osrel", ".cmdline", ".initrd", ".ucode", ".splash", ".dtb", ".uname", ".sbat", ".pcrsig", ".pcrpkey")
KNOWN = {252: set(ORDER) - {".ucode", ".uname", ".sbat"}, 254: set(ORDER) - {".ucode"}, 257: set(ORDER), 262: set(ORDER)}
ESP = uuid.UUID("c12a7328-f81f-11d2-ba4b-00a0c93ec93b")
LINUX = uuid.UUID("0fc63daf-8483-4772-8e79-3d69d8477de4")


def pe(sections, cert=b"", machine=0x8664, align=0x200, trailing=b"", at=0x80, stamp=None, **change):
    """A PE32+ file. sections: (name, content) or (name, content, {field: value}) in order; stamp: bytes before its header."""
    directories = 16
    size = 112 + 8 * directories
    headers = at + 24 + size + 40 * len(sections)
    headers = (headers + align - 1) // align * align
    head = bytearray(headers)
    head[:2] = b"MZ"
    struct.pack_into("<I", head, 0x3C, at)
    for off, value in (stamp or {}).items():
        head[off:off + len(value)] = value
    head[at:at + 4] = b"PE\0\0"
    struct.pack_into("<HHIIIHH", head, at + 4, machine, len(sections), 0, 0, 0, size, 0x22E)
    opt = at + 24
    struct.pack_into("<H", head, opt, 0x20B)
    struct.pack_into("<II", head, opt + 32, 0x1000, align)
    struct.pack_into("<H", head, opt + 44, 3)
    struct.pack_into("<I", head, opt + 60, headers)
    struct.pack_into("<I", head, opt + 64, 0x5EED)
    struct.pack_into("<H", head, opt + 68, 10)
    struct.pack_into("<I", head, opt + 108, directories)
    body, address = b"", 0x1000
    for i, s in enumerate(sections):
        name, content, over = (*s, {})[:3]
        raw = len(content) + -len(content) % align
        row = {"virtual_size": len(content), "address": address, "raw": raw, "offset": headers + len(body) if raw else 0, **over}
        struct.pack_into("<8sIIII", head, opt + size + 40 * i, name.encode() if isinstance(name, str) else name,
                         row["virtual_size"], row["address"], row["raw"], row["offset"])
        body += content.ljust(raw, b"\0")
        address += raw + -raw % 0x1000 + (0 if raw else 0x1000)
    file = bytes(head) + body + trailing
    if cert:
        file += bytes(-len(file) % 8)
        cert = struct.pack("<IHH", len(cert) + 8, 0x200, 2) + cert
        cert += bytes(-len(cert) % 8)
        file = bytearray(file)
        struct.pack_into("<II", file, opt + 112 + 8 * 4, len(file), len(cert))
        file = bytes(file) + cert
    file = bytearray(file)
    for where, value in change.items():
        struct.pack_into("<I", file, {"headers": opt + 60, "pe_at": 0x3C}[where], value)
    return bytes(file)


def kernel(content, version="6.12.9-1 (somebody@somewhere) #1", **more):
    """A kernel that says its version as a bzImage does."""
    return pe([(".text", content)], at=0x400, stamp={0x202: b"HdrS", 0x20E: b"\0\1", 0x300: version.encode() + b"\0"}, **more)


def magic(stub):
    return ("#### LoaderInfo: " + stub + " ####").encode() + b"\0"


def uki(parts, stub="systemd-stub 257.9-1", **more):
    """A stub without code, and the sections of parts: (name, content[, changes]) in order."""
    own = [(".text", bytes(range(256)) * 3), (".sdmagic", magic(stub))]
    return pe(own + list(parts), **more)


def sections(file):
    """(name, VirtualSize, raw bytes) of each section of a PE file."""
    at, = struct.unpack_from("<I", file, 0x3C)
    count, = struct.unpack_from("<H", file, at + 6)
    size, = struct.unpack_from("<H", file, at + 20)
    for i in range(count):
        name, vsize, _, raw, off = struct.unpack_from("<8sIIII", file, at + 24 + size + 40 * i)
        yield name.rstrip(b"\0").decode(), vsize, file[off:off + raw]


def parts(file):
    return {n: (raw + bytes(max(0, v - len(raw))))[:v] for n, v, raw in sections(file)}


def authenticode(file, alg):
    """As firmware measures it: without padding to 8 bytes."""
    at, = struct.unpack_from("<I", file, 0x3C)
    opt = at + 24
    plus = struct.unpack_from("<H", file, opt)[0] == 0x20B
    directory = opt + (112 if plus else 96) + 32
    headers, = struct.unpack_from("<I", file, opt + 60)
    cert_at, cert_n = struct.unpack_from("<II", file, directory)
    end = len(file) - cert_n
    h = hashlib.new(alg)
    h.update(file[:opt + 64] + file[opt + 68:directory] + file[directory + 8:headers])
    count, = struct.unpack_from("<H", file, at + 6)
    size, = struct.unpack_from("<H", file, at + 20)
    table = [struct.unpack_from("<II", file, opt + size + 40 * i + 16) for i in range(count)]
    total = headers
    for raw, off in sorted(table, key=lambda t: t[1]):
        if raw:
            h.update(file[off:off + raw])
            total += raw
    h.update(file[total:end])
    return h.hexdigest()


def stub_events(file, version, alg):
    """(section, "name" or "content", digest) of each event of PCR 11."""
    have = parts(file)
    for name in ORDER:
        if name in have and name in KNOWN[version] and name != ".pcrsig":
            yield name, "name", hashlib.new(alg, name.encode() + b"\0").hexdigest()
            yield name, "content", hashlib.new(alg, have[name]).hexdigest()


def cpio(name, content):
    """What the stub makes of a section that becomes a file."""
    def member(inode, mode, path, data, size="%08x", links=1):
        path = path.encode() + b"\0"
        row = (inode, mode, 0, 0, links, 0, len(data), 0, 0, 0, 0)
        head = b"070701" + b"".join(b"%08x" % v for v in row) + (size % len(path)).encode() + b"%08x" % 0
        return (head + path).ljust(-(-(len(head) + len(path)) // 4) * 4, b"\0") + data + bytes(-len(data) % 4)
    return (member(1, 0o40555, ".extra", b"") + member(2, 0o100444, ".extra/" + name, content) +
            member(0, 0, "TRAILER!!!", b"", size="%08X"))


def initrd(file, version):
    have = parts(file)
    all_ = [have[n] for n in (".ucode", ".initrd") if n in have and n in KNOWN[version]]
    files = [(".pcrsig", "tpm2-pcr-signature.json"), (".pcrpkey", "tpm2-pcr-public-key.pem")]
    if version >= 257:
        files.append((".osrel", "os-release"))
    all_ += [cpio(n, have[s]) for s, n in files if s in have]
    return all_[0] if len(all_) == 1 else b"".join(a + bytes(-len(a) % 4) for a in all_)


def load_options(file):
    text = parts(file)[".cmdline"].split(b"\0")[0].decode().rstrip("".join(map(chr, range(33))))
    return "".join(" " if c < " " else c for c in text).encode("utf-16-le") + b"\0\0"


def registers(file, version, alg, event, loader=None, kernel_measures=True, old_loader=False):
    """Name to digests of the events, or None where the kernel or loader is not known to measure."""
    def h(data):
        return hashlib.new(alg, data).hexdigest()
    option, separator = h(b"Calling EFI Application from Boot Option"), h(bytes(4))
    leave = [h(b"Exit Boot Services Invocation"), h(b"Exit Boot Services Returned with Success")]
    apps = [authenticode(f, alg) for f in ([loader] if loader else []) + [file]]
    if version < 258:
        apps.append(authenticode(parts(file)[".linux"], alg))
    stub = [d for _, _, d in stub_events(file, version, alg)]
    handed = [h(load_options(file)), h(initrd(file, version))] if kernel_measures else None
    return {"pcr4": [option, separator] + apps, "pcr5": [separator, h(event)] + leave, "pcr9": handed, "pcr11": stub, "pcr12": [h(load_options(file))] * 2 if old_loader else [],
            "pcr2": [separator, h(event)] + apps, "rtmr1": [option, separator, h(event)] + apps + leave,
            "rtmr2": None if handed is None else (stub if version >= 255 else []) + handed}


def extend(digests, alg):
    value = bytes(hashlib.new(alg).digest_size)
    for d in digests:
        value = hashlib.new(alg, value + bytes.fromhex(d)).digest()
    return value.hex()


def gpt(partitions, sectors=2048, sector=512, count=128, table=2, guid=None):
    """The first sectors of a disk with a protective MBR and a GPT. partitions: (type, id, first, last[, name])."""
    mbr = bytearray(sector)
    mbr[446:462] = struct.pack("<B3sB3sII", 0, b"\0\2\0", 0xEE, b"\xff\xff\xff", 1, sectors - 1)
    mbr[510:512] = b"\x55\xaa"
    entries = bytearray(128 * count)
    for i, p in enumerate(partitions):
        kind, own, first, last, name = (*p, "")[:5]
        struct.pack_into("<16s16sQQQ72s", entries, 128 * i, kind.bytes_le, own.bytes_le, first, last, 0, name.encode("utf-16-le"))
    span = -(-len(entries) // sector)
    guid = guid or uuid.UUID(int=1)
    header = struct.pack("<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92, 0, 0, 1, sectors - 1, table + span,
                         sectors - span - 2, guid.bytes_le, table, count, 128, zlib.crc32(entries))
    header = bytearray(header)
    struct.pack_into("<I", header, 16, zlib.crc32(header))
    disk = bytearray(sector * (table + span))
    disk[:sector] = mbr
    disk[sector:sector + 92] = header
    disk[sector * table:sector * table + len(entries)] = entries
    return bytes(disk)


def gpt_backup(partitions, sectors, sector=512, **more):
    """(offset, bytes) of the second table, at the end of the disk."""
    disk = bytearray(gpt(partitions, sectors, sector, **more))
    entries, header = disk[2 * sector:], disk[sector:sector + 92]
    at = sectors - 1 - len(entries) // sector
    struct.pack_into("<QQ", header, 24, sectors - 1, 1)
    struct.pack_into("<Q", header, 72, at)
    struct.pack_into("<I", header, 16, 0)
    struct.pack_into("<I", header, 16, zlib.crc32(header))
    return at * sector, bytes(entries) + bytes(header).ljust(sector, b"\0")


def gpt_event(disk, sector=512):
    header = disk[sector:sector + 92]
    at, = struct.unpack_from("<Q", header, 72)
    count, = struct.unpack_from("<I", header, 80)
    all_ = [disk[at * sector + 128 * i:at * sector + 128 * i + 128] for i in range(count)]
    used = [e for e in all_ if e[:16] != bytes(16)]
    return header + struct.pack("<Q", len(used)) + b"".join(used)
