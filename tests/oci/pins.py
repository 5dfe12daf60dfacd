#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make pins that look as if they named a rebuild, for tests/cli/hash-pin.bats.

usage: pins.py FOLDER     writes archives and documents, names.tar, dir, and cases.tsv:
                          NAME PIN CODE ARGUMENT...
"""
import gzip, os, sys
sys.dont_write_bytecode = True
from assemble import *

LISTED = "linux/amd64", "linux/arm64"
ATTESTATION = {"vnd.docker.reference.type": "attestation-manifest"}


class Layout:
    """Images of one file each, under one index or beside it."""

    def __init__(self):
        self.files = {}

    def blob(self, type, data, **more):
        self.files["blobs/sha256/" + sha(data)[7:]] = data
        return descriptor(type, data, **more)

    def image(self, content, arch="amd64", level=1, config_type=CONFIG):
        """The bytes of the manifest; the same content has the same config."""
        layer = entry(b"a", content) + END
        config = js({"architecture": arch, "os": "linux", "config": {},
                     "rootfs": {"type": "layers", "diff_ids": [sha(layer)]}})
        return js({"schemaVersion": 2, "mediaType": MANIFEST, "config": self.blob(config_type, config),
                   "layers": [self.blob(LAYER + "+gzip", gzip.compress(layer, level, mtime=0))]})

    def listed(self, manifest, platform=None, **more):
        if platform:
            more["platform"] = {k: v for k, v in zip(("os", "architecture"), platform.split("/")) if v}
        return self.blob(MANIFEST, manifest, **more)

    def index(self, *entries):
        return js({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries})

    def write(self, path, *top, without=()):
        out = entry(b"index.json", js({"schemaVersion": 2, "manifests": top}))
        for name, data in self.files.items():
            if data not in without:
                out += entry(name.encode(), data)
        with open(path, "wb") as f:
            f.write(out + END)


def cases(folder):
    path = lambda name: os.path.join(folder, name)
    l = Layout()
    l.write(path("good.tar"), l.listed(l.image(b"good", level=9)))
    l = Layout()
    l.write(path("evil.tar"), l.listed(l.image(b"evil", level=9)))

    # Two images in the pinned archive, and the pin names one of them.
    l = Layout()
    good, evil = l.image(b"good"), l.image(b"evil")
    l.write(path("two.tar"), l.listed(evil), l.listed(good))
    yield "two-images-other", sha(good), 1, "--pinned", "two.tar", "evil.tar"
    yield "two-images-same", sha(good), 0, "--pinned", "two.tar", "good.tar"
    index = l.index(l.listed(good, LISTED[0]))
    l.write(path("beside.tar"), l.listed(evil), l.blob(INDEX, index))
    yield "image-beside-index", sha(index), 1, "--pinned", "beside.tar", "evil.tar"
    yield "image-in-index", sha(index), 0, "--pinned", "beside.tar", "good.tar"
    # The rebuild has several, of which one is the pinned image.
    l = Layout()
    l.write(path("both.tar"), l.listed(l.image(b"evil", level=9)), l.listed(l.image(b"good", level=9)))
    yield "one-of-a-rebuild's", sha(good), 0, "--pinned", "two.tar", "both.tar"
    yield "none-of-a-rebuild's", sha(good), 1, "--pinned", "two.tar", "evil.tar"

    # The pinned index in a rebuild, without what it lists.
    l = Layout()
    good = l.image(b"good")
    index = l.index(l.listed(good, LISTED[0]))
    top = l.blob(INDEX, index), l.listed(l.image(b"evil"))
    l.write(path("hollow.tar"), *top, without=[good])
    yield "index-alone", sha(index), 3, "hollow.tar"
    l.write(path("whole.tar"), *top)
    yield "index-and-image", sha(index), 0, "whole.tar"

    # One platform, two images: which one runs is not ours to choose.
    def two(name, *entries, without=(), rebuild="good.tar", code=3, **more):
        l = Layout()
        made = [l.image(*e[0]) for e in entries]
        index = l.index(*(l.listed(m, *e[1:2], **(e[2] if len(e) > 2 else {})) for m, e in zip(made, entries)))
        l.write(path(name + ".tar"), l.blob(INDEX, index), without=[made[i] for i in without])
        with open(path(name + ".index.json"), "wb") as f:
            f.write(index)
        yield name, sha(index), code, "--pinned", name + ".tar", rebuild
        yield name, sha(index), code, "--pinned", name + ".tar", "--platform", LISTED[0], rebuild

    amd, arm = LISTED
    yield from two("promised-for-another", ((b"good",), arm), ((b"evil",), amd), code=1)
    yield from two("same-platform-twice", ((b"good",), amd), ((b"evil",), amd))
    yield from two("promised-and-silent", ((b"evil", "arm64"), amd), ((b"good",),))
    yield from two("same-platform-missing", ((b"evil",), amd), ((b"good",), amd), without=[0])
    yield from two("attestation-that-is-none", ((b"evil",), amd, {"annotations": ATTESTATION}), ((b"good",), amd))
    yield from two("other-name-of-it", ((b"evil",), "linux/x86_64"), ((b"good",), amd))
    yield from two("other-name-in-both", ((b"evil", "x86_64"), "linux/x86_64"), ((b"good",), amd))
    yield from two("no-system-said", ((b"evil", "arm64"), "/amd64"), ((b"good",), amd))
    yield from two("config-of-no-type", ((b"evil", "amd64", 1, "application/json"), amd), ((b"good",), amd))
    yield from two("config-of-other-type", ((b"evil", "amd64", 1, "text/plain"), amd), ((b"good",), amd))
    yield from two("one-for-two-platforms", ((b"evil", "arm64"), arm), ((b"evil", "arm64"), amd), ((b"good",),))
    yield from two("attestation-listed-again", ((b"evil",), "unknown/unknown"), ((b"evil",), amd), ((b"good",), amd))
    yield from two("other-platform-missing", ((b"good",), amd), ((b"evil", "arm64"), arm), without=[1], code=0)
    yield from two("two-platforms", ((b"good",), amd), ((b"good", "arm64"), arm), code=0)
    yield from two("two-platforms-other", ((b"good",), amd), ((b"evil", "arm64"), arm), rebuild="evil.tar", code=1)

    # The pinned index with the image for another machine alone.
    l = Layout()
    gone = l.image(b"evil")
    index = l.index(l.listed(l.image(b"good", "arm64"), arm), l.listed(gone, amd))
    l.write(path("arm.tar"), l.blob(INDEX, index), without=[gone])
    yield "other-machine", sha(index), 0, "arm.tar"
    yield "other-machine", sha(index), 3, "--platform", amd, "arm.tar"

    # The same from documents alone: the index, the good manifest, its config.
    l = Layout()
    good = l.image(b"good")
    with open(path("m.json"), "wb") as f:
        f.write(good)
    with open(path("c.json"), "wb") as f:
        f.write(next(d for d in l.files.values() if b"rootfs" in d))
    for name, code in (("promised-for-another", 3), ("same-platform-twice", 3), ("two-platforms", 0),
                       ("other-platform-missing", 0), ("attestation-that-is-none", 3)):
        with open(path(name + ".index.json"), "rb") as f:
            pin = sha(f.read())
        yield (name + "-documents", pin, code, "--manifest", name + ".index.json", "--manifest", "m.json",
               "--config", "c.json", "good.tar")
    l = Layout()
    index = l.index(l.listed(good, "unknown/unknown", annotations=ATTESTATION))
    with open(path("attested.json"), "wb") as f:
        f.write(index)
    yield ("attestation-documents", sha(index), 3, "--manifest", "attested.json", "--manifest", "m.json",
           "--config", "c.json", "good.tar")


def named(folder):
    """Two images under two names, and the names exchanged."""
    for name, tags in (("names", "12"), ("names-swapped", "21")):
        l = Layout()
        l.write(os.path.join(folder, name + ".tar"),
                *(l.listed(l.image(content), annotations={"org.opencontainers.image.ref.name": tag})
                  for content, tag in zip((b"good", b"evil"), tags)))


def dir_folder(folder):
    """An index and two images as skopeo copy --all writes them to dir:."""
    l = Layout()
    manifests = [l.image(b"good", arch) for arch in ("amd64", "arm64")]
    blobs = dict(l.files)
    index = l.index(*(l.listed(m, p) for m, p in zip(manifests, LISTED)))
    l.write(os.path.join(folder, "dir.tar"), l.blob(INDEX, index))
    os.mkdir(os.path.join(folder, "dir"))
    files = {name.rpartition("/")[2]: data for name, data in blobs.items()}
    files.update({sha(m)[7:] + ".manifest.json": m for m in manifests})
    files.update({"manifest.json": index, "version": b"Directory Transport Version: 1.1\n"})
    for name, data in files.items():
        with open(os.path.join(folder, "dir", name), "wb") as f:
            f.write(data)


def main(folder):
    named(folder)
    dir_folder(folder)
    with open(os.path.join(folder, "cases.tsv"), "w") as f:
        for case in cases(folder):
            print(*case, sep="\t", file=f)


if __name__ == "__main__":
    main(sys.argv[1])
