#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the files of this folder from captures.

usage: pack.py CAPTURES OUT

CAPTURES holds NAME.json (machines with "config", "sha384" and QEMU's
arguments) and blobs/PREFIX.gz. Written are NAME.json, a line per machine with
the configuration as text, and blobs.tar.xz with the blobs unpacked.
"""
import gzip
import io
import json
import lzma
import pathlib
import sys
import tarfile

NAMES = ("qemu-10.0.13", "qemu-11.1.3", "qemu-10.0.13-ovmf-2025.02",
         "qemu-tpm", "go-dstack-mr-templates", "hardware")


def machine(m):
    if not m.get("config"):
        return None
    out = {"id": m.get("id") or m["name"], "config": json.dumps(m["config"])}
    sha = m.get("sha384", m)
    for key in ("loader", "rsdp", "tables"):
        if key in sha:
            out[key] = sha[key]
    for key in ("rtmr0", "td_hob", "source", "note", "qemu_args"):
        if key in m:
            out[key] = m[key]
    return out


def main():
    src, dst = map(pathlib.Path, sys.argv[1:])
    for name in NAMES:
        d = json.loads((src / (name + ".json")).read_text())
        rows = filter(None, map(machine, d.get("machines", d.get("vectors"))))
        lines = ",\n".join(json.dumps(r) for r in rows)
        (dst / (name + ".json")).write_text('{"machines": [\n%s\n]}\n' % lines)
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.USTAR_FORMAT) as t:
        for path in sorted((src / "blobs").glob("*.gz")):
            data = gzip.decompress(path.read_bytes())
            info = tarfile.TarInfo(path.stem)
            info.size, info.mode = len(data), 0o644
            t.addfile(info, io.BytesIO(data))
    (dst / "blobs.tar.xz").write_bytes(
        lzma.compress(tar.getvalue(), preset=9 | lzma.PRESET_EXTREME))


main()
