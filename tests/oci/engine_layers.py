#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Images of a base and one layer of one or two entries: all there are.

usage: engine_layers.py FOLDER                writes NAME.tar for each
       engine_layers.py FOLDER triples SEED N writes N of three entries, those that SEED chooses
       engine_layers.py FOLDER NAME later     writes one, its layer's last entry at another time

The vocabulary holds what a layer can do to a path that is a directory, a file
or a symbolic link below it. Each image is a docker archive and an OCI layout
in one, so that every engine loads it; what each makes of it is in
tests/vectors/oci/engines.tsv.xz, written by tests/oci/engines.py.
"""
import itertools, random, sys
sys.dont_write_bytecode = True
from assemble import *


def folder(name, mode=0o755):
    return entry(name, type=b"5", mode=mode)


def marked(entry, **attributes):
    """With user.NAME attributes."""
    return pax([(b"SCHILY.xattr.user." + k.encode(), v) for k, v in attributes.items()]) + entry


BASE = (folder(b"d/") + entry(b"d/x", b"dx") + folder(b"d/s/") + entry(b"d/s/y", b"dsy") +
        entry(b"e", type=b"2", link=b"d", mode=0o777) + entry(b"f", b"f") + folder(b"g/") + END)
WORDS = {
    "wh.d": entry(b".wh.d"), "wh.dx": entry(b"d/.wh.x"), "wh.ds": entry(b"d/.wh.s"),
    "opq.d": entry(b"d/.wh..wh..opq"), "opq.ds": entry(b"d/s/.wh..wh..opq"), "opq.root": entry(b".wh..wh..opq"),
    "wh.e": entry(b".wh.e"), "wh.f": entry(b".wh.f"), "wh.none": entry(b".wh.none"),
    "d/": folder(b"d/"), "d/n": entry(b"d/n", b"n"), "d/x": entry(b"d/x", b"DX"), "d/s/": folder(b"d/s/"),
    "d/s/n": entry(b"d/s/n", b"n"), "dfile": entry(b"d", b"now a file"),
    "dlink": entry(b"d", type=b"2", link=b"g", mode=0o777), "e/": folder(b"e/"), "efile": entry(b"e", b"now"),
    "f/": folder(b"f/"), "f/n": entry(b"f/n", b"n"), "hl": entry(b"d/h", type=b"1", link=b"d/x"),
    "hlf": entry(b"d/x", type=b"1", link=b"f"), "g/n": entry(b"g/n", b"n"), "gfile": entry(b"g", b"now"),
    "rootdir": folder(b"./", 0o700),
}
# What two entries of the vocabulary do not show.
MORE = {
    "rm-mkdir-file": ("f/", "opq.f"), "rm-mkdir-file-late": ("opq.f", "f/"), "rm-mkdir-link": ("e/", "opq.e"),
    "rm-mkdir-link-new": ("e/", "opq.e", "e/n"), "link-then-wh": ("g/n", "dlink", "wh.dx"),
    "hl-here": ("d/a", "hla"), "hl-mode": ("d/a", "hla.mode"), "hl-owner": ("d/a", "hla.owner"),
    "hl-here-late": ("hla", "d/a"), "hl-abs": ("d/a", "hla.abs"), "hl-late-lower": ("hl", "d/x"),
    "below-hidden": ("opq.d", "opq.ds", "d/s/n"), "wh-nowhere": ("z/wh",), "opq-nowhere": ("z/opq",),
    "wh-nowhere-dir": ("z/wh", "z/"), "opq-nowhere-dir": ("z/", "z/opq"), "no-parent": ("z/n",),
    "p-implied": ("p/n",), "p-opq": ("p/opq",), "p-wh": ("p/wh",), "p-dir": ("p/", "p/n"),
    "link-dir-child": ("e/", "e/n"), "file-dir-child": ("f/", "f/n"),
    "opq-last": ("d/", "d/n", "opq.d"), "opq-first": ("opq.d", "d/", "d/n"), "opq-child-first": ("d/n", "opq.d", "d/"),
    "late-child": ("f/n", "wh.f", "f/"), "x-none": ("x/",), "x-same": ("x/a1",), "x-value": ("x/a2",),
    "x-other": ("x/b",), "x-more": ("x/ab",), "x-implied": ("x/n",), "x-file": ("x/x",), "x-wh": ("x/a1", "wh.x"),
    "x-opq": ("x/", "x/opq"),
    "dev-none": ("dev.none",), "dev-none-new": ("dev.new",), "dev-other": ("dev.13",), "fifo": ("fifo",),
    "over-opq": ("ov.opq",), "over-redirect": ("ov.redirect",), "over-user": ("ov.user",), "over-fuse": ("ov.fuse",),
    "attr-empty": ("at.empty",), "attr-link": ("at.link",), "attr-trusted": ("at.trusted",),
    "opq-both": ("d/", "opq.d", "d/s/", "opq.ds", "d/s/n"), "opq-sub-wh": ("d/", "opq.d", "wh.dx"),
}
def attribute(name, value, entry):
    return pax([(b"SCHILY.xattr." + name, value)]) + entry


def device(name, major, minor):
    return entry(name, type=b"3", patch={329: b"%07o\0" % major, 337: b"%07o\0" % minor})


MORE_WORDS = {
    "dev.none": device(b"d/x", 0, 0), "dev.new": device(b"d/c", 0, 0), "dev.13": device(b"d/c", 1, 3),
    "fifo": entry(b"d/p", type=b"6"), "ov.opq": attribute(b"trusted.overlay.opaque", b"y", folder(b"d/")),
    "ov.redirect": attribute(b"trusted.overlay.redirect", b"/d/s", folder(b"d/")),
    "ov.user": attribute(b"user.overlay.opaque", b"y", folder(b"d/")),
    "ov.fuse": attribute(b"user.fuseoverlayfs.opaque", b"y", folder(b"d/")),
    "at.trusted": attribute(b"trusted.other", b"1", folder(b"d/")), "at.empty": attribute(b"user.a", b"", folder(b"d/")),
    "at.link": attribute(b"user.a", b"1", entry(b"l", type=b"2", link=b"f", mode=0o777)),
    "opq.f": entry(b"f/.wh..wh..opq"), "opq.e": entry(b"e/.wh..wh..opq"), "e/n": entry(b"e/n", b"n"),
    "d/a": entry(b"d/a", b"a"), "hla": entry(b"d/b", type=b"1", link=b"d/a"),
    "hla.mode": entry(b"d/b", type=b"1", link=b"d/a", mode=0o4755),
    "hla.owner": entry(b"d/b", type=b"1", link=b"d/a", patch={108: b"0001750\0"}),
    "hla.abs": entry(b"d/b", type=b"1", link=b"/d/a"), "z/": folder(b"z/"), "z/n": entry(b"z/n", b"n"),
    "z/wh": entry(b"z/.wh.n"), "z/opq": entry(b"z/.wh..wh..opq"),
    "x/": folder(b"x/"), "x/a1": marked(folder(b"x/"), a=b"1"), "x/a2": marked(folder(b"x/"), a=b"2"),
    "x/b": marked(folder(b"x/"), b=b"1"), "x/ab": marked(folder(b"x/"), a=b"1", b=b"1"), "x/n": entry(b"x/n", b"n"),
    "x/x": entry(b"x/x", b"X"), "wh.x": entry(b"x/.wh.x"), "x/opq": entry(b"x/.wh..wh..opq"),
    "p/": folder(b"p/"), "p/n": entry(b"p/n", b"n"), "p/opq": entry(b"p/.wh..wh..opq"), "p/wh": entry(b"p/.wh.x"),
}
X = marked(folder(b"x/"), a=b"1") + marked(entry(b"x/x", b"x"), a=b"1")
P = folder(b"p/", 0o1777) + entry(b"p/x", b"x")


def layers():
    """NAME, WORDS, bytes of the base, bytes of the layer."""
    for n in (1, 2):
        for words in itertools.permutations(WORDS, n):
            yield "+".join(words).replace("/", "_"), words, BASE, b"".join(WORDS[w] for w in words) + END
    all_words = {**WORDS, **MORE_WORDS}
    for name, words in MORE.items():
        base = {"p-": P, "x-": X}.get(name[:2], b"") + BASE
        yield name, words, base, b"".join(all_words[w] for w in words) + END


def triples(seed, n):
    """N of all 13,800 layers of three entries, in the order of their names; all of them where N is more."""
    all = list(itertools.permutations(WORDS, 3))
    chosen = random.Random(int(seed)).sample(all, min(int(n), len(all)))
    for words in sorted(chosen):
        yield "+".join(words).replace("/", "_"), words, BASE, b"".join(WORDS[w] for w in words) + END


def archive(base, layer):
    image = Image([base, layer])
    top = dict(image.top()[0])
    top["annotations"] = {"io.containerd.image.name": "docker.io/ex/x:t",
                          "org.opencontainers.image.ref.name": "t"}
    image.index = {"schemaVersion": 2, "manifests": [top]}
    listed = [{"Config": path(sha(image.config)), "RepoTags": ["ex/x:t"],
               "Layers": [path(sha(l)) for l in image.layers]}]
    return image.tar(entry(b"manifest.json", js(listed)))


def later(layer):
    """The last header of a layer with another time."""
    at = max(i for i in range(0, len(layer) - 1024, 512) if layer[i + 257:i + 262] == b"ustar")
    h = bytearray(layer[at:at + 512])
    h[136:148] = b"%011o\0" % 7
    h[148:156] = b" " * 8
    h[148:156] = b"%06o\0 " % sum(h)
    return layer[:at] + bytes(h) + layer[at + 512:]


def main(folder, only=None, when=None, n=None):
    for name, _, base, layer in triples(when, n) if only == "triples" else layers():
        if only in (None, "triples", name):
            with open("%s/%s.tar" % (folder, name), "wb") as f:
                f.write(archive(base, later(layer) if when == "later" else layer))


if __name__ == "__main__":
    main(*sys.argv[1:])
