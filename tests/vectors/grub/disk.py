#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Disks that look like those of tests/measure/grub-boot.sh, with programs that have no code, and what a TD measures of them.

usage: disk.py make NAME DISK FOLDER    FOLDER: with grubenv and odd.img of tests/measure/grub-files.sh
       disk.py rtmr2 FOLDER             the register, by the log of the real boot, trixie.log
       disk.py names                    NAME and what is said of it, a line each
"""
import hashlib
import os
import struct
import sys
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.join(HERE, "..", "..")
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(TESTS, "oracle"), os.path.join(TESTS, "measure")]
import fat  # noqa: E402
import tpmlog  # noqa: E402
import uki  # noqa: E402

FIRST = 2048
SECTORS = FIRST + fat.TOTAL + 64
SBAT = "sbat,1,SBAT Version,sbat,1,https://example.com/sbat\n"
MODULES = ("video all_video boot zstd gzio cat net normal configfile echo ext2 fat font gettext linux loadenv ls memdisk part_gpt peimage probe "
           "regexp search search_fs_file search_fs_uuid search_label sleep test tpm true")


def shim(version="16.1", keys=None):
    names = b".data.ident\0.vendor_cert\0"
    keys = keys if keys is not None else open(os.path.join(HERE, "vendor_cert.bin"), "rb").read()
    ident = b"UEFI SHIM\n$Version: %s $\n$BuildMachine: none $\n" % version.encode()
    table = struct.pack("<I", 4 + len(names)) + names
    file = bytearray(uki.pe([(".text", bytes(range(200))), ("/4", ident), ("/16", keys)], trailing=table))
    struct.pack_into("<II", file, 0x80 + 12, len(file) - len(table), 0)
    return bytes(file)


def module(name, code=b""):
    """ELF with the sections .modname and .shstrtab."""
    strings = b"\0.modname\0.shstrtab\0"
    text = name.encode() + b"\0"
    at = 64 + len(code)
    head = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 1, 62, 1, 0, 0, at + len(text) + len(strings), 0, 64, 0, 0, 64, 3, 2)
    row = lambda n, off, size: struct.pack("<IIQQQQIIQQ", n, 1, 0, 0, off, size, 0, 0, 1, 0)
    return head + code + text + strings + bytes(64) + row(1, at, len(text)) + row(10, at + len(text), len(strings))


def grub(version="2.12-9+deb13u4", cc=True, modules=MODULES, prefix="/EFI/debian", more=()):
    guid = uuid.UUID("96751a3d-72f4-41a6-a794-ed5d0e67ae6b").bytes_le
    objects = [(0, module(n, guid if cc and n == "tpm" else b"")) for n in modules.split()] + list(more)
    if prefix:
        objects.append((3, prefix.encode() + b"\0"))
    body = b"".join(struct.pack("<II", k, len(o) + 8) + o for k, o in objects)
    mods = struct.pack("<IIQQ", 0x676d696d, 0, 24, 24 + len(body)) + body
    sbat = SBAT + f"grub,5,Free Software Foundation,grub,{version.split('-')[0]},https://www.gnu.org/software/grub/\ngrub.debian,5,Debian,grub2,{version},https://tracker.debian.org/pkg/grub2\n"
    return uki.pe([(".text", bytes(range(255))), ("mods", mods), (".sbat", sbat.encode())])


KERNEL = uki.kernel(b"not a kernel", version="6.12.9-1 (somebody@somewhere) #1")
INITRD = b"not an initrd"


def read(*path):
    with open(os.path.join(*path), "rb") as f:
        return f.read()


def usual(folder, **change):
    files = {"EFI/BOOT/BOOTX64.EFI": shim(), "EFI/BOOT/grubx64.efi": grub(), "EFI/debian/grub.cfg": read(TESTS, "measure", "grub.cfg"),
             "EFI/debian/more-than-8.3.cfg": read(TESTS, "measure", "grub-more.cfg"), "EFI/debian/grubenv": read(folder, "grubenv"),
             "vmlinuz-6.12-cloud": KERNEL, "vmlinuz": KERNEL, "odd.img": read(folder, "odd.img"), "initrd.img": INITRD}
    for name, content in change.items():
        path = {"long": LONG + "/grubenv", "shim": "EFI/BOOT/BOOTX64.EFI", "grub": "EFI/BOOT/grubx64.efi", "cfg": "EFI/debian/grub.cfg", "env": "EFI/debian/grubenv",
                "fallback": "EFI/BOOT/fbx64.efi", "kernel": "vmlinuz"}[name]
        if content is None:
            del files[path]
        else:
            files[path] = content
    return files


LONG = "l" * 189  # with (hd0,gpt1)/ in front 200 bytes
LINUX = "linux /vmlinuz quiet\n initrd /initrd.img\n"
MENU = "set timeout=0\nmenuentry 'x' {\n %s}\n"

# What is changed, and the sentence: of an error, or of a register that is not computed.
BAD = {
    "shim-none": (dict(shim=None), "the EFI system partition has no EFI/BOOT/BOOTX64.EFI"),
    "shim-is-none": (dict(shim=KERNEL), "EFI/BOOT/BOOTX64.EFI is not shim"),
    "shim-old": (dict(shim=shim(version="15.8")), "only that of shim 16.1"),
    "shim-keys-none": (dict(shim=shim(keys=b"")), "shim: .vendor_cert"),
    "shim-keys-zero": (dict(shim=shim(keys=bytes(16))), "shim: its own key is not one certificate"),
    "shim-keys-outside": (dict(shim=shim(keys=struct.pack("<IIII", 4, 1 << 20, 16, 20) + b"\x30\x82\0\0")), "shim: .vendor_cert: 4 bytes at 16"),
    "shim-keys-list": (dict(shim=shim(keys=struct.pack("<IIII", 8, 0, 16, 24) + b"\x26\x16" + bytes(6))), "shim: its own key is not one certificate"),
    "fallback": (dict(fallback=KERNEL), "fbx64.efi: shim starts it before grub"),
    "grub-none": (dict(grub=None), "the EFI system partition has no EFI/BOOT/grubx64.efi"),
    "grub-is-none": (dict(grub=KERNEL), "grub: no grub"),
    "grub-old": (dict(grub=grub(version="2.06-13+deb12u2")), "only that of Debian's 2.12"),
    "grub-config": (dict(grub=grub(more=[(2, b"normal\0")])), "grub: it has a configuration or keys embedded"),
    "grub-no-prefix": (dict(grub=grub(prefix="")), "grub: it has no prefix"),
    "grub-other-disk": (dict(grub=grub(prefix="(hd1)/boot")), "a prefix on another disk"),
    "grub-no-tpm": (dict(grub=grub(modules=MODULES.replace(" tpm", ""))), "grub: it has no module tpm built in"),
    "grub-no-name": (dict(grub=grub(more=[(0, b"\x7fELF\2\1\1" + bytes(100))])), "has no name"),
}
ENDS = {
    "cfg-none": (dict(cfg=None), "/EFI/debian/grub.cfg is not on the EFI system partition"),
    "cfg-empty": (dict(cfg=b"# nothing\n"), "the configuration has no menu entry"),
    "menu-waits": (dict(cfg=b"menuentry x { linux /vmlinuz; }\n"), "a menu that waits for it"),
    "submenu": (dict(cfg=b"set timeout=0\nsubmenu x { true; }\n"), "what is chosen in a submenu"),
    "default-no-entry": (dict(cfg=b"set default=7\nset timeout=0\nmenuentry x { linux /vmlinuz; }\n"), "the default 7"),
    "password": (dict(cfg=b"set superusers=root\n" + (MENU % LINUX).encode()), "an entry that asks for a password"),
    "loop": (dict(cfg=b"for i in 1 2; do echo $i; done\n"), "grub is followed up to: a loop"),
    "command": (dict(cfg=b"regexp a b\n"), "grub is followed up to: the command regexp"),
    "wildcard": (dict(cfg=b"echo /boot/vmlinuz-*\n"), "names with * or ?"),
    "pipe": (dict(cfg=b"echo a | b\n"), "the character | outside quotes"),
    "translated": (dict(cfg=b'echo $"hello"\n'), "a text that is translated"),
    "open-quote": (dict(cfg=b"echo 'a\n"), "a quote that nothing closes"),
    "open-brace": (dict(cfg=b"menuentry x { echo a\n"), "a brace or quote that nothing closes"),
    "no-fi": (dict(cfg=b"if true; then echo a\n"), 'no "fi" where one belongs'),
    "stray": (dict(cfg=b"echo a\nfi\n"), '"fi" where it does not belong'),
    "deep": (dict(cfg=b"if true; then\n" * 40 + b"fi\n" * 40), "more than 24 levels"),
    "recursion": (dict(cfg=b"function f { f; }\nf\n"), "more than 24 levels"),
    "many": (dict(cfg=b"true\n" * 3000), "more than 2000 commands"),
    "undecided": (dict(cfg=b"if search --label --set=x y; then true; fi\n"), "a condition that the disk does not decide"),
    "by-file": (dict(cfg=b"search --file --set=x /a\n"), "search in a way that is not followed here"),
    "source-elsewhere": (dict(cfg=b"source (hd0,gpt2)/boot/grub/grub.cfg\n"), "is no file of the EFI system partition"),
    "env-damaged": (dict(env=b"\0" * 1024), "a grubenv without its first line"),
    "prefix-long": (dict(long=b"no grubenv", cfg=("set prefix=(hd0,gpt1)/%s-other\nload_env\n" % LONG + MENU % "true\n").encode()),
                    "an entry that starts no kernel"),
    "no-kernel": (dict(cfg=(MENU % "true\n").encode()), "an entry that starts no kernel"),
    "kernel-missing": (dict(cfg=(MENU % "linux /nothing\n").encode()), "/nothing: the disk has no such file"),
    "kernel-elsewhere": (dict(cfg=(MENU % ("linux (hd0,gpt2)/boot/vmlinuz quiet\n initrd /initrd.img\n")).encode()),
                         "grub uses something that is not on the EFI system partition"),
    "no-initrd": (dict(cfg=(MENU % "linux /vmlinuz quiet\n").encode()), "no initrd, or one that is not known"),
    "kernel-old": (dict(cfg=(MENU % LINUX).encode(), kernel=uki.kernel(b"old", version="5.10.1 (x) #1")), "whether this kernel measures"),
}


def rtmr2(folder):
    """By the real log, with the digests of these stand-ins: what shim and grub measured in their order."""
    own = {"(hd0,gpt1)/EFI": None, "/vmlinuz-6.12-cloud": KERNEL, "/odd.img": read(folder, "odd.img"), "/initrd.img": INITRD}
    odd = own["/odd.img"]
    digests = []
    for pcr, kind, digest, data in tpmlog.events(read(HERE, "trixie.log"), tpmlog.SHA384):
        if pcr < 8:
            continue
        content = own.get(data.rstrip(b"\0").decode("latin1")) if kind == 0xD else None
        if kind == 6 and b"Linux initrd" in data:
            content = odd + bytes(-len(odd) % 4) + INITRD
        digests.append(hashlib.sha384(content).hexdigest() if content else digest)
    return uki.extend(digests, "sha384")


def main():
    if sys.argv[1] == "names":
        for rows, code in ((BAD, 3), (ENDS, 0)):
            for name, (_, says) in rows.items():
                print(f"{name}\t{code}\t{says}")
    elif sys.argv[1] == "rtmr2":
        print(rtmr2(sys.argv[2]))
    else:
        name, path, folder = sys.argv[2:]
        files = usual(folder, **({**BAD, **ENDS}[name][0] if name != "usual" else {}))
        parts = [(uki.ESP, uuid.UUID(int=2), FIRST, FIRST + fat.TOTAL - 1, "esp"),
                 (uki.LINUX, uuid.UUID(int=3), FIRST + fat.TOTAL, FIRST + fat.TOTAL + 15, "root")]
        with open(path, "wb") as f:
            f.truncate(SECTORS * 512)
            for at, data in [(0, uki.gpt(parts, sectors=SECTORS))] + [(FIRST * 512 + a, d) for a, d in fat.make(files)]:
                f.seek(at)
                f.write(data)


main()
