#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Assemble a dstack-shaped OS image of a given layout, good or bad.

usage: make-image.py --layout L --out FILE [--bad REASON] ...
       make-image.py --each < LINES          a line has the arguments of an image
       make-image.py --list-layouts | --list-bad

Parts that are not given are made up: always the same bytes. The bad ones are a
table at the end: a name (the reason), the layout it starts from, what is done
to it, and the complaint that refval-unpack must make.
"""
import argparse, gzip, hashlib, io, json, lzma, os, random, shlex, subprocess, sys, tarfile, zlib

KARG_TAIL = "mce=off oops=panic pci=noearly pci=nommconf random.trust_cpu=y random.trust_bootloader=n tsc=reliable no-kvmclock"
CMDLINE = {  # specs 1.6
    "old": "console=ttyS0 init=/init dstack.fde=1 panic=1 systemd.unified_cgroup_hierarchy=0",
    "0.4": "console=ttyS0 init=/init panic=1 systemd.unified_cgroup_hierarchy=0 net.ifnames=0 biosdevname=0 "
    + KARG_TAIL + " dstack.fde=1 dstack.rootfs_hash={hash}",
    "0.5": "console=ttyS0 init=/init panic=1 systemd.unified_cgroup_hierarchy=0 net.ifnames=0 biosdevname=0 "
    + KARG_TAIL + " dstack.rootfs_hash={hash} dstack.rootfs_size={size}",
    "0.5.5": "console=ttyS0 init=/init panic=1 net.ifnames=0 biosdevname=0 "
    + KARG_TAIL + " dstack.rootfs_hash={hash} dstack.rootfs_size={size}",
}
# layout: rootfs file, version in metadata, prefix in the archive, checksums
LAYOUTS = {
    "0.3.1": dict(root="rootfs.iso", cmd="old", sums=None, prefix="./"),
    "0.3.2": dict(root="rootfs.iso", cmd="old", sums="all", prefix="./"),
    "0.3.5": dict(root="rootfs.iso", cmd="old", sums="all", prefix="./", version="0.3.5"),
    "0.3.6": dict(root="rootfs.iso", cmd="old", sums="all", prefix="./", version="0.3.6"),
    "0.4.0": dict(root="rootfs.iso", cmd="0.4", sums="all", prefix="./", version="0.4.0"),
    "0.4.2": dict(root="rootfs.iso", cmd="0.4", sums="all", prefix="NAME/", version="0.4.2", no_cpio=True),
    "0.5.0": dict(root="rootfs.img.verity", cmd="0.5", sums="all", prefix="NAME/", version="0.5.0"),
    "0.5.1": dict(root="rootfs.img.verity", cmd="0.5", sums="parts", prefix="NAME/", version="0.5.1"),
    "0.5.8": dict(root="rootfs.img.verity", cmd="0.5.5", sums="parts", prefix="NAME/", version="0.5.8"),
    "0.5.11": dict(root="rootfs.img.verity", cmd="0.5.5", sums="parts", prefix="NAME/", version="0.5.11", ovmf="pre202505"),
    "mr": dict(root="rootfs.img.verity", cmd="0.5.5", sums="parts", prefix="", version="0.5.8", mr=True),
    "mr-dot": dict(root="rootfs.img.verity", cmd="0.5.5", sums="parts", prefix="./", version="0.5.8", mr=True),
    "0.6.0.a1": dict(root="rootfs.img.parted.verity", cmd="0.5.5", sums="parts", prefix="NAME/", version="0.6.0.a1", ovmf="pre202505"),
    "0.6": dict(root="rootfs.img.parted.verity", cmd="0.5.5", sums="parts", prefix="NAME/", version="0.6.0", ovmf="pre202505", six=True),
    "0.6-uki-a1": dict(root="rootfs.img.parted.verity", cmd="0.5.5", sums=None, prefix="NAME/", version="0.6.0.a1", ovmf="pre202505", uki=True),
    "0.6-uki": dict(root="rootfs.img.parted.verity", cmd="0.5.5", sums="parts", prefix="NAME/", version="0.6.0", ovmf="pre202505", six=True, uki=True),
}


TINY = False


def made_up(name, size):
    if TINY:
        size = 40
    return random.Random("refval " + name).randbytes(size)


def sha256(b):
    return hashlib.sha256(b).hexdigest()


def sums_text(names, files, dot, digest="sha256"):
    return "".join(
        "%s  %s%s\n" % (hashlib.new(digest, files[n]).hexdigest(), dot, n) for n in names
    ).encode()


def metadata_text(lay, args, root, cpio):
    m = {"bios": "ovmf.fd"}
    if lay.get("six"):
        m["bios-sev"] = "ovmf-sev.fd"
    m["kernel"] = "bzImage"
    m["cmdline"] = args.cmdline or CMDLINE[lay["cmd"]].format(hash=sha256(root), size=len(root))
    m["initrd"] = "initramfs.cpio.gz"
    m["rootfs"] = lay["root"]
    if lay["root"] == "rootfs.iso":
        m["rootfs_hash"] = sha256(cpio)
    if "version" in lay:
        m["version"] = args.version or lay["version"]
    m["git_revision"] = "48dd3df6e2ecf2b7d5d0a2c6b1c5fd9c8b1c8a4e"
    if "version" in lay:
        m["shared_ro"] = True
        m["is_dev"] = args.dev
    if "ovmf" in lay:
        m["ovmf_variant"] = lay["ovmf"]
    for pair in args.set or []:
        key, value = pair.split("=", 1)
        m[key] = json.loads(value)
    return (json.dumps(m, indent=4) + "\n").encode()


def cbor(v):
    """The one shortest form of maps, lists, texts, bytes and numbers."""
    def head(major, n):
        for code, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
            if n < 24:
                return bytes([major << 5 | n])
            if n < 1 << 8 * size:
                return bytes([major << 5 | code]) + n.to_bytes(size, "big")
    if isinstance(v, dict):
        return head(5, len(v)) + b"".join(cbor(k) + cbor(x) for k, x in v.items())
    if isinstance(v, list):
        return head(4, len(v)) + b"".join(map(cbor, v))
    if isinstance(v, int):
        return head(0, v)
    return head(2 + isinstance(v, str), len(v)) + (v.encode() if isinstance(v, str) else v)


HERE = os.path.dirname(os.path.abspath(__file__))


def sev_firmware():
    with open(os.path.join(HERE, "../vectors/snp/ovmf_AmdSev_suffix.bin"), "rb") as f:
        return f.read()


def measurement_snp(fw, kernel, initrd, cmdline):
    """measurement.snp.cbor, from the firmware's table as AMD's OVMF has it."""
    entries, end = {}, len(fw) - 50
    first = end + 18 - int.from_bytes(fw[end:end + 2], "little")
    while end > first:
        size = int.from_bytes(fw[end - 18:end - 16], "little")
        entries[fw[end - 16:end].hex()] = fw[end - size:end - 18]
        end -= size
    def number(b):
        return int.from_bytes(b[:4], "little")
    meta = len(fw) - number(entries["666588dc4a989847a75e5585a7bf67cc"])
    sections = [{k: number(fw[at + 4 * i:]) for i, k in enumerate(("gpa", "size", "type"))}
                for at in range(meta + 16, meta + 16 + 12 * number(fw[meta + 12:]), 12)]
    ld = bytes(48)
    for at in range(0, len(fw), 4096):
        page = hashlib.sha384(fw[at:at + 4096]).digest()
        gpa = (1 << 32) - len(fw) + at
        ld = hashlib.sha384(ld + page + bytes([0x70, 0, 1, 0, 0, 0, 0, 0]) + gpa.to_bytes(8, "little")).digest()
    return cbor({"version": 3, "cmdline": cmdline, "ovmf_hash": ld, "kernel_hash": hashlib.sha256(kernel).digest(),
                 "initrd_hash": hashlib.sha256(initrd).digest(),
                 "hashes_table_gpa": number(entries["1f3755723b3a044b927b1da6efa8d454"]),
                 "reset_eip": number(entries["de71f7007e1acb4f890e68c77e2fb44e"]), "ovmf_sections": sections})


def aws_documents():
    """measurement.aws.cbor and the events that its digest follows from."""
    events = [{"pcr": p, "event_type": "EV_" + str(i), "digest": hashlib.sha384(b"%d" % i).hexdigest()}
              for i, p in enumerate((4, 4, 7, 4))]
    pcr = {4: bytes(48), 7: bytes(48), 12: bytes(48)}
    for e in events:
        pcr[e["pcr"]] = hashlib.sha384(pcr[e["pcr"]] + bytes.fromhex(e["digest"])).digest()
    doc = cbor({"boot_pcr_digest": hashlib.sha256(pcr[4] + pcr[7] + pcr[12]).digest()})
    replay = {"version": 1, "events": events, "pcr4": pcr[4].hex(), "pcr7": pcr[7].hex(), "pcr12": pcr[12].hex()}
    return doc, (json.dumps(replay, indent=2) + "\n").encode()


def given(path, name, size):
    return open(path, "rb").read() if path else made_up(name, size)


def members(layout, args):
    """{name: bytes} in archive order. A rootfs given as a file stays a path."""
    lay = LAYOUTS[layout]
    parts = {
        "ovmf.fd": given(args.firmware, "ovmf.fd", 20000),
        "bzImage": given(args.kernel, "bzImage", 30000),
        "initramfs.cpio.gz": given(args.initrd, "initramfs", 40000),
    }
    root, cpio = made_up("rootfs", 50000), made_up("cpio", 3000)
    parts["metadata.json"] = metadata_text(lay, args, root, cpio)
    f = dict(parts)
    f[lay["root"]] = root
    if lay["root"] == "rootfs.iso":
        f["rootfs.cpio"] = cpio
    listed = ["ovmf.fd", "bzImage", "initramfs.cpio.gz", "metadata.json"]
    if lay.get("six"):
        f["ovmf-sev.fd"] = sev_firmware()
        with open(os.path.join(HERE, "../vectors/measure/document/lite-v3.cbor"), "rb") as doc:
            f["measurement.tdx.cbor"] = doc.read()
        f["measurement.snp.cbor"] = measurement_snp(f["ovmf-sev.fd"], parts["bzImage"], parts["initramfs.cpio.gz"],
                                                    json.loads(parts["metadata.json"])["cmdline"])
        f["measurement.gcp.cbor"] = cbor({"version": 1, "uki_auth": hashlib.sha256(b"uki").digest()})
        f["measurement.aws.cbor"], f["measurement.aws.replay.json"] = aws_documents()
        listed += sorted(n for n in f if n.startswith("measurement."))
        f["measurement.gcp.eventlog.bin"] = made_up("log", 700)
        f["disk.raw"] = made_up("disk", 60000)
    if lay["sums"] == "all":
        names = sorted(f)
        f["md5sum.txt"] = sums_text(names, f, "./", "md5")
        f["sha256sum.txt"] = sums_text(names, f, "./")
    elif lay["sums"]:
        f["sha256sum.txt"] = sums_text(listed, f, "")
        f["digest.txt"] = (sha256(f["sha256sum.txt"]) + "\n").encode()
    if layout == "0.6-uki-a1":
        return {"disk.raw": made_up("disk", 60000), "auth_hash.txt": (sha256(b"uki") + "\n").encode()}
    if lay.get("uki"):
        return {n: f[n] for n in ("disk.raw", "digest.txt", "sha256sum.txt", "measurement.gcp.cbor",
                                  "measurement.aws.cbor", "measurement.aws.replay.json")}
    f.pop("disk.raw", None)
    if lay.get("no_cpio"):
        del f["rootfs.cpio"]
    if lay.get("mr"):
        del f[lay["root"]]
        return {n: f[n] for n in sorted(f)}
    if lay["root"] == "rootfs.img.parted.verity":
        first = [lay["root"], "bzImage", "ovmf.fd", "digest.txt", "sha256sum.txt"]
        return {n: f[n] for n in first + [n for n in f if n not in first]}
    order = args.order.split(",") if args.order else sorted(f)  # a folder's own order is any order
    return {n: f[n] for n in order}


def relist(f, dot=""):
    """Make sha256sum.txt and digest.txt fit again after a change."""
    names = [l.split()[1][len(dot):] for l in f["sha256sum.txt"].decode().splitlines()]
    f["sha256sum.txt"] = sums_text([n for n in names if n in f], f, dot)
    if "digest.txt" in f:
        f["digest.txt"] = (sha256(f["sha256sum.txt"]) + "\n").encode()
    return f


def info(name, **kw):
    t = tarfile.TarInfo(name)
    t.mtime, t.mode, t.uid, t.gid = 1700000000, 0o644, 0, 0
    for k, v in kw.items():
        setattr(t, k, v)
    return t


def write_tar(out, f, prefix, top, extra=()):
    """Members, then the (TarInfo, bytes) of @extra."""
    t = tarfile.open(fileobj=out, mode="w|", format=tarfile.GNU_FORMAT)
    if prefix == "./":
        t.addfile(info("./", type=tarfile.DIRTYPE, mode=0o755))
    elif prefix:
        prefix = top + "/"
        t.addfile(info(prefix, type=tarfile.DIRTYPE, mode=0o755))
    for name, data in f.items():
        if isinstance(data, str):  # a path
            with open(data, "rb") as src:
                t.addfile(info(prefix + name, size=os.path.getsize(data)), src)
        else:
            t.addfile(info(prefix + name, size=len(data)), io.BytesIO(data))
    for ti, data in extra:
        t.addfile(ti, io.BytesIO(data))
    t.close()


def compress(tar, how):
    if how == "none":
        return tar
    if how == "gz":
        return gzip.compress(tar, 6, mtime=0)
    if how == "xz":
        return lzma.compress(tar, preset=1)
    return subprocess.run(["zstd", "-q", "-c", "-3"], input=tar, stdout=subprocess.PIPE, check=True).stdout


# ---- bad ones ----

def top(n):
    return "dstack-test/" + n


def extra_entry(**kw):
    return lambda f: (f, [(info(kw.pop("name"), **kw), b"")])


def extra_file(name, data=b"x\n"):
    return lambda f: (f, [(info(name, size=len(data)), data)])


def edit(name, change, fit=False, dot=""):
    def do(f):
        f[name] = change(f[name])
        return (relist(f, dot) if fit else f), []
    return do


def meta(change):
    return edit("metadata.json", change, fit=True)


def meta_key(key, value):
    def change(b):
        m = json.loads(b)
        if value is None:
            del m[key]
        else:
            m[key] = value
        return json.dumps(m, indent=4).encode() + b"\n"
    return meta(change)


def drop(name, fit=False, dot=""):
    def do(f):
        del f[name]
        return (relist(f, dot) if fit else f), []
    return do


def unlist(name):
    def do(f):
        lines = [l for l in f["sha256sum.txt"].decode().splitlines(True) if l.split()[1] != name]
        f["sha256sum.txt"] = "".join(lines).encode()
        f["digest.txt"] = (sha256(f["sha256sum.txt"]) + "\n").encode()
        return f, []
    return do


def sums(change):
    """Change the text of sha256sum.txt; digest.txt follows."""
    def do(f):
        f["sha256sum.txt"] = change(f["sha256sum.txt"])
        f["digest.txt"] = (sha256(f["sha256sum.txt"]) + "\n").encode()
        return f, []
    return do


def line1(change):
    return sums(lambda b: change(b.split(b"\n")[0]) + b"\n" + b"\n".join(b.split(b"\n")[1:]))


def flip(at):
    """Flip a bit at a place of the file: from 0 to 1, or counted from the end."""
    def do(b):
        i = int(len(b) * at) if isinstance(at, float) else len(b) + at
        return b[:i] + bytes([b[i] ^ 0x10]) + b[i + 1:]
    return do


def cut(n):
    return lambda b: b[: int(len(b) * n) if isinstance(n, float) else len(b) + n]


def sparse_header(tar):
    """An old GNU sparse member in front: 512 real bytes, one of 1 MiB."""
    h = bytearray(512)
    h[0:4] = b"hole"
    h[100:108], h[108:116], h[116:124] = b"0000644\0", b"0000000\0", b"0000000\0"
    h[124:136], h[136:148], h[156:157] = b"00000001000\0", b"00000000000\0", b"S"
    h[257:265] = b"ustar  \0"
    h[386:398], h[398:410] = b"00003777000\0", b"00000001000\0"
    h[483:495] = b"00004000000\0"
    h[148:156] = b" " * 8
    h[148:156] = b"%06o\0 " % sum(h)
    return bytes(h) + b"y" * 512 + tar


def strip_end(blocks):
    """Without the end mark, then @blocks zero blocks."""
    return lambda tar: tar[: (len(tar.rstrip(b"\0")) + 511) // 512 * 512] + b"\0" * 512 * blocks


def headed(tar, at, value):
    h = bytearray(tar[:512])
    h[at:at + len(value)] = value
    h[148:156] = b" " * 8
    h[148:156] = b"%06o\0 " % sum(h)
    return bytes(h) + tar[512:]


def claims(size):
    """The root file system, first in a 0.6 archive, claims another size."""
    def do(tar):
        return tar[:512] + headed(tar[512:], 124, b"\x80" + size.to_bytes(11, "big"))
    return do


def bomb(_):
    """4 GiB of zeros in some hundred kilobytes: 64 frames of 64 MiB, of zstd, which is quick with them."""
    head = info(top("rootfs.img.verity"), size=4 << 30).tobuf(tarfile.GNU_FORMAT)
    return compress(head, "zst") + compress(bytes(64 << 20), "zst") * 64


def dup_key(b):
    return b.replace(b'"kernel":', b'"kernel": "x",\n    "kernel":')


# reason: (layout, how, complaint), how being one of: files=, tar=, packed=, and compress=
BAD = {
    "absolute-path": dict(files=extra_file("/etc/passwd"), says="/etc/passwd: an absolute path"),
    "dotdot-path": dict(files=extra_file("../evil"), says="../evil: leads out by .."),
    "dotdot-inside": dict(files=extra_file("dstack-test/../evil"), says="dstack-test/../evil: leads out by .."),
    "dotdot-folder": dict(files=extra_entry(name="..", type=tarfile.DIRTYPE), says="../: leads out by .."),
    "symlink-out": dict(files=extra_entry(name=top("etc"), type=tarfile.SYMTYPE, linkname="/etc"), says="dstack-test/etc: a link"),
    "symlink-inside": dict(files=extra_entry(name=top("kernel"), type=tarfile.SYMTYPE, linkname="bzImage"), says="dstack-test/kernel: a link"),
    "hardlink": dict(files=extra_entry(name=top("kernel"), type=tarfile.LNKTYPE, linkname=top("bzImage")), says="dstack-test/kernel: a link"),
    "device": dict(files=extra_entry(name=top("sda"), type=tarfile.BLKTYPE, devmajor=8), says="dstack-test/sda: a device, a pipe or unknown"),
    "pipe": dict(files=extra_entry(name=top("pipe"), type=tarfile.FIFOTYPE), says="dstack-test/pipe: a device, a pipe or unknown"),
    "holes": dict(tar=sparse_header, says="hole: a file with holes"),
    "duplicate-member": dict(files=extra_file(top("bzImage")), says="bzImage: a second time in the image"),
    "duplicate-dotted": dict(layout="mr", files=extra_file("./bzImage"), says="bzImage: a second time in the image"),
    "two-folders": dict(files=extra_file("other/x"), says="other/x: not in the folder of the members before it"),
    "outside-the-folder": dict(files=extra_file("x"), says="x: not in the folder of the members before it"),
    "nested-file": dict(files=extra_file("dstack-test/a/b"), says="dstack-test/a/b: a folder inside the image"),
    "nested-folder": dict(files=extra_entry(name="dstack-test/a", type=tarfile.DIRTYPE), says="dstack-test/a/: a folder inside the image"),
    "name-with-blank": dict(files=extra_file(top("a b")), says="dstack-test/a b: not a plain name"),
    "name-with-dash": dict(files=extra_file(top("-rf")), says="dstack-test/-rf: not a plain name"),
    "name-not-ascii": dict(files=extra_file(top("\u00e4")), says="not a plain name"),
    "name-too-long": dict(files=extra_file(top("n" * 128)), says="not a plain name"),
    "too-many-members": dict(files=lambda f: (f, [(info(top("measurement.%d" % i)), b"") for i in range(64)]), says="more than 64 files"),
    "firmware-unlisted": dict(files=unlist("ovmf.fd"), says="ovmf.fd: not listed in sha256sum.txt"),
    "kernel-unlisted": dict(files=unlist("bzImage"), says="bzImage: not listed in sha256sum.txt"),
    "initrd-unlisted": dict(files=unlist("initramfs.cpio.gz"), says="initramfs.cpio.gz: not listed in sha256sum.txt"),
    "metadata-unlisted": dict(files=unlist("metadata.json"), says="metadata.json: not listed in sha256sum.txt"),
    "measurement-unlisted": dict(layout="0.6", files=unlist("measurement.tdx.cbor"), says="measurement.tdx.cbor: not listed in sha256sum.txt"),
    "unknown-unlisted": dict(files=extra_file(top("evil.bin")), says="evil.bin: not listed in sha256sum.txt"),
    "rootfs-unlisted-050": dict(layout="0.5.0", files=lambda f: (dict(f, **{"sha256sum.txt": b"".join(l for l in f["sha256sum.txt"].splitlines(True) if b"rootfs" not in l)}), []), says="rootfs.img.verity: not listed in sha256sum.txt"),
    "listed-missing": dict(files=line1(lambda l: l + b"\n" + b"0" * 64 + b"  extra.bin"), says="extra.bin: missing, listed in sha256sum.txt"),
    "rootfs-listed-missing": dict(layout="0.5.0", files=drop("rootfs.img.verity"), says="rootfs.img.verity: missing, listed in sha256sum.txt"),
    "firmware-missing": dict(files=drop("ovmf.fd"), says="ovmf.fd: missing, named by metadata.json"),
    "kernel-missing": dict(files=drop("bzImage"), says="bzImage: missing, named by metadata.json"),
    "initrd-missing": dict(files=drop("initramfs.cpio.gz"), says="initramfs.cpio.gz: missing, named by metadata.json"),
    "metadata-missing": dict(files=drop("metadata.json"), says="metadata.json: missing"),
    "sums-missing": dict(files=lambda f: drop("digest.txt")(drop("sha256sum.txt")(f)[0]), says="sha256sum.txt: missing"),
    "sums-missing-digest-there": dict(layout="0.6-uki", files=drop("sha256sum.txt"), says="digest.txt: without a sha256sum.txt"),
    "firmware-other-digest": dict(files=edit("ovmf.fd", flip(0.5)), says="ovmf.fd: sha256 is "),
    "kernel-other-digest": dict(files=edit("bzImage", flip(0.5)), says="bzImage: sha256 is "),
    "initrd-other-digest": dict(files=edit("initramfs.cpio.gz", flip(0.5)), says="initramfs.cpio.gz: sha256 is "),
    "metadata-other-digest": dict(files=edit("metadata.json", lambda b: b.replace(b'"is_dev": false', b'"is_dev": true')), says="metadata.json: sha256 is "),
    "measurement-other-digest": dict(layout="0.6", files=edit("measurement.tdx.cbor", flip(0.5)), says="measurement.tdx.cbor: sha256 is "),
    "uki-measurement-missing": dict(layout="0.6-uki", files=drop("measurement.gcp.cbor"), says="measurement.gcp.cbor: missing, listed in sha256sum.txt"),
    "uki-list-elsewhere": dict(layout="0.6-uki", files=lambda f: (dict({k: v for k, v in f.items() if "measurement." not in k and "digest.txt" not in k}, **{"sha256sum.txt": b"".join(l for l in f["sha256sum.txt"].splitlines(True) if b"measurement." not in l)}), []), says="sha256sum.txt: lists no measurement.gcp.cbor or measurement.aws.cbor"),
    "uki-measurement-other-digest": dict(layout="0.6-uki", files=edit("measurement.gcp.cbor", flip(0.5)), says="measurement.gcp.cbor: sha256 is "),
    "rootfs-other-digest-032": dict(layout="0.3.2", files=edit("rootfs.iso", flip(0.5)), says="rootfs.iso: sha256 is "),
    "rootfs-other-digest-050": dict(layout="0.5.0", files=edit("rootfs.img.verity", flip(0.5)), says="rootfs.img.verity: sha256 is "),
    "rootfs-hash-differs": dict(layout="0.3.1", files=edit("rootfs.cpio", flip(0.5)), says="rootfs.cpio: sha256 is "),
    "digest-differs": dict(files=edit("digest.txt", lambda b: b"0" * 64 + b"\n"), says="sha256sum.txt: sha256 is "),
    "digest-upper-case": dict(files=edit("digest.txt", lambda b: b.upper()), says="digest.txt: not 64 lower-case hex digits and a line feed"),
    "digest-no-line-feed": dict(files=edit("digest.txt", lambda b: b[:-1]), says="digest.txt: not 64 lower-case hex digits and a line feed"),
    "sums-empty": dict(files=sums(lambda b: b""), says="sha256sum.txt: empty"),
    "sums-upper-case": dict(files=line1(lambda l: l[:64].upper() + l[64:]), says="sha256sum.txt: line 1: not 64 lower-case hex digits"),
    "sums-short-digest": dict(files=line1(lambda l: l[1:]), says="sha256sum.txt: line 1: not 64 lower-case hex digits"),
    "sums-binary-star": dict(files=line1(lambda l: l.replace(b"  ", b" *")), says="sha256sum.txt: line 1: no two blanks behind the digest"),
    "sums-one-blank": dict(files=line1(lambda l: l.replace(b"  ", b" ")), says="sha256sum.txt: line 1: no two blanks behind the digest"),
    "sums-three-blanks": dict(files=line1(lambda l: l.replace(b"  ", b"   ")), says="sha256sum.txt: line 1: not a plain name"),
    "sums-tab": dict(files=line1(lambda l: l.replace(b"  ", b"\t\t")), says="sha256sum.txt: line 1: no two blanks behind the digest"),
    "sums-escaped": dict(files=line1(lambda l: b"\\" + l), says="sha256sum.txt: line 1: not 64 lower-case hex digits"),
    "sums-crlf": dict(files=sums(lambda b: b.replace(b"\n", b"\r\n")), says="sha256sum.txt: line 1: not a plain name"),
    "sums-no-line-feed": dict(files=sums(lambda b: b[:-1]), says="sha256sum.txt: no line feed at the end"),
    "sums-blank-line": dict(files=sums(lambda b: b + b"\n"), says="sha256sum.txt: line 5: line: digest: needs 64 bytes at 0 of 0"),
    "sums-duplicate": dict(files=sums(lambda b: b + b.split(b"\n")[0] + b"\n"), says="sha256sum.txt: line 5: ovmf.fd: a second time"),
    "sums-mixed-dots": dict(files=line1(lambda l: l.replace(b"  ", b"  ./")), says="sha256sum.txt: line 2: some names with ./, some without"),
    "sums-path": dict(files=line1(lambda l: l.replace(b"  ", b"  a/")), says="sha256sum.txt: line 1: not a plain name"),
    "sums-dotdot": dict(files=line1(lambda l: l.replace(b"  ", b"  ../")), says="sha256sum.txt: line 1: not a plain name"),
    "sums-comment": dict(files=sums(lambda b: b"# made by hand\n" + b), says="sha256sum.txt: line 1: line: digest: needs 64 bytes"),
    "sums-too-many-lines": dict(files=sums(lambda b: b + b"".join(b"0" * 64 + b"  n%d\n" % i for i in range(61))), says="sha256sum.txt: line 65: more than 64 lines"),
    "metadata-duplicate-key": dict(files=meta(dup_key), says="metadata.json: JSON at byte"),
    "metadata-unknown-key": dict(files=meta_key("smm", True), says="metadata.json: smm: unknown key"),
    "metadata-wrong-type": dict(files=meta_key("is_dev", "false"), says="metadata.json: is_dev: neither true nor false"),
    "metadata-number-for-text": dict(files=meta_key("version", 0.5), says="metadata.json: version: not a string"),
    "metadata-null": dict(files=meta_key("rootfs", [None]), says="metadata.json: rootfs: not a string"),
    "metadata-name-is-path": dict(files=meta_key("kernel", "../bzImage"), says="metadata.json: kernel: not a plain file name"),
    "metadata-control-byte": dict(files=meta_key("cmdline", "console=ttyS0\n"), says="metadata.json: cmdline: not printable ASCII of 1 to 2048 bytes"),
    "metadata-no-cmdline": dict(files=meta_key("cmdline", None), says="metadata.json: cmdline: missing"),
    "metadata-no-kernel": dict(files=meta_key("kernel", None), says="metadata.json: kernel: missing"),
    "metadata-same-file": dict(files=meta_key("initrd", "bzImage"), says="metadata.json: initrd: the same file as kernel"),
    "metadata-names-a-note": dict(files=meta_key("kernel", "digest.txt"), says="metadata.json: kernel: digest.txt is something else"),
    "metadata-not-json": dict(files=meta(lambda b: b"bios=ovmf.fd\n"), says="metadata.json: JSON at byte"),
    "metadata-array": dict(files=meta(lambda b: b"[]\n"), says="metadata.json: not an object"),
    "metadata-trailing-bytes": dict(files=meta(lambda b: b + b"{}"), says="metadata.json: JSON at byte"),
    "metadata-too-big": dict(files=meta(lambda b: b + b" " * (1 << 20)), says="metadata.json: 1049"),
    "firmware-too-big": dict(files=edit("ovmf.fd", lambda b: bytes((16 << 20) + 1)), says="ovmf.fd: 16777217 bytes, more than the 16777216 allowed"),
    "kernel-too-big": dict(files=edit("bzImage", lambda b: bytes((32 << 20) + 1)), says="bzImage: 33554433 bytes, more than the 33554432 allowed"),
    "rootfs-too-big": dict(layout="0.6", tar=claims(33 << 30), says="rootfs.img.parted.verity: 35433480192 bytes, more than the 34359738368 allowed"),
    "expands-too-much": dict(packed=bomb, says="rootfs.img.verity: expands more than 200 times"),
    "gzip-cut-half": dict(packed=cut(0.5), says="gzip: cut short at"),
    "gzip-cut-trailer": dict(packed=cut(-1), says="gzip: cut short at"),
    "gzip-cut-crc": dict(packed=cut(-8), says="gzip: cut short at"),
    "gzip-other-crc": dict(packed=flip(-8), says="gzip: CRC "),
    "gzip-other-length": dict(packed=flip(-4), says="gzip: length "),
    "gzip-bit-flip": dict(packed=flip(0.5), says="gzip: CRC "),
    "gzip-reserved-flag": dict(packed=lambda b: b[:3] + b"\x80" + b[4:], says="gzip: method 8 and flags 0x80 at 0"),
    "gzip-trailing-byte": dict(packed=lambda b: b + b"x", says="gzip: bytes behind the end"),
    "gzip-trailing-zeros": dict(packed=lambda b: b + bytes(512), says="gzip: bytes behind the end"),
    "gzip-in-gzip": dict(packed=lambda b: gzip.compress(b, mtime=0), says="tar: damaged at byte"),
    "gzip-of-text": dict(packed=lambda b: gzip.compress(b"no tar\n", mtime=0), says="tar: damaged at byte"),
    "tar-cut": dict(compress="none", tar=cut(0.5), says="tar: damaged at byte"),
    "tar-no-end": dict(tar=strip_end(0), says="tar: cut short: no end mark"),
    "tar-half-an-end": dict(tar=strip_end(1), says="tar: cut short: no end mark"),
    "tar-garbage-behind": dict(tar=lambda b: b + b"more" + bytes(508), says="tar: bytes behind the end mark"),
    "tar-second-archive-behind": dict(tar=lambda b: b + b, says="tar: bytes behind the end mark"),
    "tar-odd-length": dict(tar=lambda b: b + b"\0", says="are not whole blocks"),
    "tar-header-checksum": dict(tar=lambda b: b[:512 + 100] + b"0000777" + b[512 + 107:], says="tar: damaged at byte"),
    "xz-cut": dict(compress="xz", packed=cut(0.5), says="initramfs.cpio.gz: xz: damaged at byte"),
    "xz-cut-end": dict(compress="xz", packed=cut(-4), says="xz: damaged at byte"),
    "xz-bit-flip": dict(compress="xz", packed=flip(0.5), says="xz: damaged at byte"),
    "xz-trailing": dict(compress="xz", packed=lambda b: b + b"more", says="xz: damaged at byte"),
    "zstd-cut": dict(compress="zst", packed=cut(0.5), says="zstd: damaged at byte"),
    "zstd-cut-end": dict(compress="zst", packed=cut(-2), says="zstd: damaged at byte"),
    "zstd-bit-flip": dict(compress="zst", packed=flip(-2), says="zstd: damaged at byte"),
    "zstd-trailing": dict(compress="zst", packed=lambda b: b + b"more", says="zstd: damaged at byte"),
    "not-an-archive": dict(packed=lambda b: b"<html>404</html>\n" * 100, says="neither gzip, xz, zstd nor tar"),
    "empty-file": dict(packed=lambda b: b"", says="neither gzip, xz, zstd nor tar"),
    "zip-instead": dict(packed=lambda b: b"PK\3\4" + bytes(600), says="neither gzip, xz, zstd nor tar"),
}


def other_hash(f):
    """0.4.2: rootfs.cpio is listed and not there, and rootfs_hash differs."""
    m = json.loads(f["metadata.json"])
    m["rootfs_hash"] = "0" * 64
    f["metadata.json"] = json.dumps(m, indent=4).encode() + b"\n"
    old = f["sha256sum.txt"].decode().splitlines()
    new = ["%s  ./metadata.json" % sha256(f["metadata.json"]) if l.endswith("/metadata.json") else l for l in old]
    f["sha256sum.txt"] = ("\n".join(new) + "\n").encode()
    return f, []


BAD["cpio-missing-other-hash"] = dict(layout="0.4.2", files=other_hash, says="rootfs.cpio: missing, listed in sha256sum.txt")



def in_document(name, old, new):
    """A document that is listed, and says something else."""
    return dict(layout="0.6", files=edit(name, lambda b: b.replace(old, new, 1), fit=True))


def flip_behind(key):
    """The first byte of a value whose header is two bytes."""
    def change(b):
        at = b.index(key) + len(key) + 2
        return b[:at] + bytes([b[at] ^ 1]) + b[at + 1:]
    return change


SNP, AWS, REPLAY = "measurement.snp.cbor", "measurement.aws.cbor", "measurement.aws.replay.json"
for field in ("ovmf_hash", "kernel_hash", "initrd_hash"):
    BAD["snp-other-" + field] = dict(layout="0.6", files=edit(SNP, flip_behind(field.encode()), fit=True),
                                     says="measurement.snp.cbor: %s is not of the image's files" % field)
BAD["snp-other-cmdline"] = dict(in_document(SNP, b"panic=1", b"panic=0"), says="measurement.snp.cbor: cmdline is not of the image's files")
BAD["snp-two-rootfs"] = dict(in_document(SNP, b"mce=off oops=panic pci=noearly", b"dstack.rootfs_hash=" + b"0" * 11),
                             says="measurement.snp.cbor: cmdline: not one dstack.rootfs_hash")
BAD["snp-trailing"] = dict(layout="0.6", files=edit(SNP, lambda b: b + b"\0", fit=True), says="measurement.snp.cbor: 1 bytes left over")
BAD["gcp-version"] = dict(in_document("measurement.gcp.cbor", b"version\x01", b"version\x02"), says="measurement.gcp.cbor: version 2, not 1")
BAD["gcp-long-number"] = dict(in_document("measurement.gcp.cbor", b"version\x01", b"version\x18\x01"), says="measurement.gcp.cbor: ")
BAD["aws-other-digest"] = dict(layout="0.6", files=edit(AWS, flip_behind(b"boot_pcr_digest"), fit=True),
                               says="measurement.aws.cbor: boot_pcr_digest is not what measurement.aws.replay.json gives")
BAD["aws-replay-value"] = dict(in_document(REPLAY, b'"pcr12": "0', b'"pcr12": "1'), says="measurement.aws.replay.json: pcr12 is not what its events give")
BAD["aws-replay-pcr"] = dict(in_document(REPLAY, b'"pcr": 7', b'"pcr": 8'), says="measurement.aws.replay.json: event 2: PCR 8, 3 members")
BAD["tdx-document-malformed"] = dict(layout="0.6", files=edit("measurement.tdx.cbor", lambda b: b[:-1], fit=True), says="measurement")


def build(args):
    bad = BAD[args.bad] if args.bad else {}
    layout = args.layout or bad.get("layout", "0.5.8")
    how = args.compress or bad.get("compress", "gz")
    f, extra = members(layout, args), []
    if "files" in bad:
        f, extra = bad["files"](f)
    if args.rootfs:
        f = {n: args.rootfs if n.startswith("rootfs.img") else d for n, d in f.items()}
    if args.dir:
        os.makedirs(args.dir)
        for n, d in f.items():
            with open(os.path.join(args.dir, n), "wb") as out:
                out.write(d)
        return
    prefix = LAYOUTS[layout]["prefix"]
    if args.rootfs:  # may be large: nothing is held in memory
        with open(args.out, "wb") as out:
            tool = {"gz": ["gzip", "-n", "-6"], "xz": ["xz", "-1"], "zst": ["zstd", "-q", "-c"]}[how]
            p = subprocess.Popen(tool, stdin=subprocess.PIPE, stdout=out)
            write_tar(p.stdin, f, prefix, args.name, extra)
            p.stdin.close()
            sys.exit(p.wait())
    b = io.BytesIO()
    write_tar(b, f, prefix, args.name, extra)
    tar = bad.get("tar", lambda t: t)(b.getvalue())
    with open(args.out, "wb") as out:
        out.write(bad.get("packed", lambda p: p)(compress(tar, how)))


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--layout", choices=LAYOUTS)
    a.add_argument("--out")
    a.add_argument("--dir", help="write the files into this new folder instead")
    a.add_argument("--bad", choices=BAD, metavar="REASON")
    a.add_argument("--compress", choices=["gz", "xz", "zst", "none"])
    a.add_argument("--name", default="dstack-test", help="the top folder")
    a.add_argument("--order", help="NAME,NAME... in the archive")
    for part in ("firmware", "kernel", "initrd", "rootfs"):
        a.add_argument("--" + part)
    a.add_argument("--cmdline")
    a.add_argument("--version")
    a.add_argument("--tiny", action="store_true", help="made-up parts of 40 bytes")
    a.add_argument("--dev", action="store_true")
    a.add_argument("--set", action="append", metavar="KEY=JSON", help="into metadata.json")
    a.add_argument("--list-bad", action="store_true")
    a.add_argument("--all-bad", metavar="DIR", help="every bad one, as DIR/REASON")
    a.add_argument("--list-layouts", action="store_true")
    a.add_argument("--each", action="store_true", help="images whose arguments are lines of standard input")
    args = a.parse_args()
    if args.each:
        for line in sys.stdin:
            do(a.parse_args(shlex.split(line)))
    else:
        do(args)


def do(args):
    global TINY
    TINY = args.tiny
    if args.list_layouts:
        print("\n".join(LAYOUTS))
    elif args.list_bad:
        for reason, bad in BAD.items():
            print(reason, bad["says"], sep="\t")
    elif args.all_bad:
        os.makedirs(args.all_bad, exist_ok=True)
        for args.bad in BAD:
            args.out = os.path.join(args.all_bad, args.bad)
            build(args)
    else:
        build(args)


main()
