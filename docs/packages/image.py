#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A container image of a folder, as an OCI layout in a tar archive that docker
load reads, too. No clock, no owner, no order of a folder reaches it: the same
folder and time, the same bytes. The digest of the manifest is printed.
usage: image.py ROOT NAME VERSION SECONDS MACHINE OUT.tar"""
import hashlib
import io
import json
import os
import stat
import subprocess
import sys
import tarfile
import time

root, name, version, seconds, machine, out = sys.argv[1:]
seconds = int(seconds)
created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
architecture = {"x86_64": "amd64", "aarch64": "arm64"}[machine]
# Folders that anyone may write into, as /tmp is on any machine.
STICKY = {"tmp"}
OCI = "application/vnd.oci.image."


def entry(path, type=tarfile.REGTYPE, mode=0o644, size=0, link=""):
    e = tarfile.TarInfo(path)
    e.type, e.mode, e.size, e.linkname, e.mtime = type, mode, size, link, seconds
    return e


def file_entry(path):
    """The entry of one file below the root, and what is in it."""
    full = os.path.join(root, path)
    s = os.lstat(full)
    if stat.S_ISLNK(s.st_mode):
        return entry(path, tarfile.SYMTYPE, 0o777, link=os.readlink(full)), b""
    if stat.S_ISDIR(s.st_mode):
        return entry(path + "/", tarfile.DIRTYPE, 0o1777 if path in STICKY else 0o755), b""
    if not stat.S_ISREG(s.st_mode):
        raise SystemExit(f"image.py: {path}: neither a file, a folder nor a link")
    with open(full, "rb") as f:
        data = f.read()
    # Whether it is a program is all that is taken of its mode.
    return entry(path, mode=0o755 if s.st_mode & 0o100 else 0o644, size=len(data)), data


def tar(entries):
    with io.BytesIO() as b:
        with tarfile.open(fileobj=b, mode="w", format=tarfile.USTAR_FORMAT) as t:
            for e, data in entries:
                t.addfile(e, io.BytesIO(data))
        return b.getvalue()


def below(folder):
    for top, folders, files in os.walk(folder):
        for n in folders + files:
            yield os.path.relpath(os.path.join(top, n), folder)


def js(x):
    return json.dumps(x, separators=(",", ":"), sort_keys=True).encode()


blobs = {}


def blob(data, type):
    digest = hashlib.sha256(data).hexdigest()
    blobs["blobs/sha256/" + digest] = data
    return {"mediaType": type, "digest": "sha256:" + digest, "size": len(data)}


layer_tar = tar(file_entry(p) for p in sorted(below(root)))
# gzip, as for the release tarball: the digest is of what it makes.
layer = blob(subprocess.run(["gzip", "-9n"], input=layer_tar, stdout=subprocess.PIPE, check=True).stdout, OCI + "layer.v1.tar+gzip")
config = blob(js({
    "architecture": architecture,
    "os": "linux",
    "created": created,
    "config": {
        "User": "65534:65534",
        "Env": ["PATH=/usr/bin"],
        "Entrypoint": ["/usr/bin/refval"],
        "WorkingDir": "/mnt",
        "Labels": {
            "org.opencontainers.image.title": name,
            "org.opencontainers.image.description": "Reference values of confidential virtual machines, and the verdict",
            "org.opencontainers.image.version": version,
            "org.opencontainers.image.licenses": "Apache-2.0",
            "org.opencontainers.image.created": created,
        },
    },
    "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer_tar).hexdigest()]},
    "history": [{"created": created, "created_by": "make image"}],
}), OCI + "config.v1+json")
manifest = blob(js({"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json", "config": config, "layers": [layer]}), OCI + "manifest.v1+json")
index = dict(manifest, platform={"architecture": architecture, "os": "linux"}, annotations={"org.opencontainers.image.ref.name": version})


def path(d):
    return "blobs/sha256/" + d["digest"][7:]


files = {
    "oci-layout": js({"imageLayoutVersion": "1.0.0"}),
    "index.json": js({"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": [index]}),
    "manifest.json": js([{"Config": path(config), "RepoTags": [f"{name}:{version}"], "Layers": [path(layer)]}]),
    **dict(sorted(blobs.items())),
}
with open(out, "wb") as f:
    f.write(tar([(entry(d, tarfile.DIRTYPE, 0o755), b"") for d in ("blobs/", "blobs/sha256/")]
                + [(entry(n, size=len(data)), data) for n, data in files.items()]))
print(manifest["digest"])
