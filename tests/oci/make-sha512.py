#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make tests/vectors/oci/sha512: sound images that name content by SHA-512.

usage: make-sha512.py FOLDER     writes NAME.tar.xz, and expected.json with the digests of each

Every digest in expected.json is computed here, from the bytes, by hashlib.
"""
import gzip, json, lzma, os, sys
sys.dont_write_bytecode = True
from assemble import *

SMALL = [entry(b"a", b"x") + END, entry(b".wh.a") + entry(b"b", b"y") + END]
REF = "org.opencontainers.image.ref.name"
STATEMENT = b'{"_type":"https://in-toto.io/Statement/v1"}'


class Made:
    """A layout whose descriptors each have an algorithm of their own."""

    def __init__(self):
        self.files, self.expected = {}, {"index": [], "index_sha256": [], "images": []}

    def put(self, type, data, alg, **more):
        self.files[path(sha(data, alg))] = data
        return descriptor(type, data, alg, **more)

    def image(self, layers, config, diffids, blobs, manifest, packed=False, **more):
        """layers: tars; config, manifest: algorithms; diffids, blobs: one for each layer."""
        c = js({"architecture": "amd64", "os": "linux", "config": {"Cmd": ["/b"]}, "rootfs": {
            "type": "layers", "diff_ids": [sha(t, a) for t, a in zip(layers, diffids)]}})
        stored = [gzip.compress(t, 9, mtime=0) if packed else t for t in layers]
        m = js({"schemaVersion": 2, "mediaType": MANIFEST, "config": self.put(CONFIG, c, config),
                "layers": [self.put(LAYER + ("+gzip" if packed else ""), b, a) for b, a in zip(stored, blobs)]})
        chain = [sha(layers[0])]
        for t in layers[1:]:
            chain.append(sha((chain[-1] + " " + sha(t)).encode()))
        self.expected["images"].append({
            "manifest": sha(m, manifest), "manifest_sha256": sha(m), "config": sha(c, config), "config_sha256": sha(c),
            "layers": [sha(b, a) for b, a in zip(stored, blobs)], "layers_sha256": [sha(b) for b in stored],
            "diffids": [sha(t) for t in layers], "diffids_named": [sha(t, a) for t, a in zip(layers, diffids)],
            "chainids": chain})
        return self.put(MANIFEST, m, manifest, **more)

    def inner(self, manifests, alg, **more):
        data = js({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests})
        self.expected["index"].append(sha(data, alg))
        self.expected["index_sha256"].append(sha(data))
        return self.put(INDEX, data, alg, **more)

    def tar(self, top):
        out = entry(b"oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
        out += entry(b"index.json", js({"schemaVersion": 2, "manifests": top}))
        for name, data in self.files.items():
            out += entry(name.encode(), data)
        return out + END


TWO, ONE = ["sha512"] * 2, ["sha256"] * 2


def all_sha512(m):
    """Index, manifest, config, layers, diff_ids, attestation."""
    image = m.image(SMALL, "sha512", TWO, TWO, "sha512", packed=True, platform={"os": "linux", "architecture": "amd64"})
    proof = js({"schemaVersion": 2, "mediaType": MANIFEST, "config": m.put(CONFIG, b"{}", "sha512"),
                "layers": [m.put("application/vnd.in-toto+json", STATEMENT, "sha512")]})
    proof = m.put(MANIFEST, proof, "sha512", platform={"os": "unknown", "architecture": "unknown"},
                  annotations={"vnd.docker.reference.type": "attestation-manifest"})
    return m.tar([m.inner([image, proof], "sha512", annotations={REF: "one"})])


def plain(m):
    """No SHA-512 at all, to be compared with the others."""
    return m.tar([m.image(SMALL, "sha256", ONE, ONE, "sha256")])


def manifest_only(m):
    """The bytes of plain; only index.json says SHA-512."""
    return m.tar([m.image(SMALL, "sha256", ONE, ONE, "sha512")])


def packed_plain(m):
    """The config of plain in another packing, named by SHA-512."""
    return m.tar([m.image(SMALL, "sha512", ONE, TWO, "sha512", packed=True)])


def mixed(m):
    """Each descriptor by another algorithm than the one before."""
    return m.tar([m.image(SMALL, "sha256", ["sha512", "sha256"], ["sha256", "sha512"], "sha512")])


def twice(m):
    """One index and one manifest, each listed under both names: one image."""
    a = m.inner([m.image(SMALL, "sha256", ONE, ONE, "sha256")], "sha256")
    b = m.files[path(a["digest"])]
    listed = json.loads(b)["manifests"][0]
    manifest = m.files[path(listed["digest"])]
    return m.tar([a, m.put(INDEX, b, "sha512"), m.put(MANIFEST, manifest, "sha512")])


def two_platforms(m):
    """One manifest, listed for two platforms under two names: which one an engine runs is open."""
    a = m.image(SMALL, "sha256", ONE, ONE, "sha256", platform={"os": "linux", "architecture": "amd64"})
    b = m.put(MANIFEST, m.files[path(a["digest"])], "sha512", platform={"os": "linux", "architecture": "arm64"})
    return m.tar([m.inner([a, b], "sha512")])


def shared(m):
    """Two images of one blob; only the second says SHA-512 of it."""
    big = [entry(b"z", bytes(1 << 20)) + END]
    first = m.image(big, "sha256", ["sha256"], ["sha256"], "sha256")
    return m.tar([first, m.image(big, "sha256", ["sha512"], ["sha256"], "sha256")])


def large(m):
    """Layers that are not kept when an archive goes by only once."""
    tars = [entry(b"z%d" % i, bytes((1 << 20) + i)) + END for i in range(3)]
    return m.tar([m.image(tars, "sha512", ["sha512"] * 3, ["sha512"] * 3, "sha512")])


def large_diffids(m):
    """The same, where only the config says SHA-512."""
    tars = [entry(b"z%d" % i, bytes((1 << 20) + i)) + END for i in range(2)]
    return m.tar([m.image(tars, "sha256", TWO, ONE, "sha256")])


def flat(m):
    """A dir: folder, where blobs have no algorithm in their names."""
    d = m.image(SMALL, "sha512", TWO, TWO, "sha256")
    manifest = m.files.pop(path(d["digest"]))
    out = entry(b"manifest.json", manifest) + entry(b"version", b"Directory Transport Version: 1.1\n")
    for name, data in m.files.items():
        out += entry(name.split("/")[-1].encode(), data)
    return out + END


def docker(m):
    """A docker archive beside an index without manifests, as docker 25.0 wrote it."""
    m.image(SMALL, "sha512", TWO, TWO, "sha512")
    e = m.expected["images"][0]
    listed = js([{"Config": path(e["config"]), "RepoTags": ["x:y"], "Layers": [path(l) for l in e["layers"]]}])
    e.update(manifest=None, manifest_sha256=None, layers=None, layers_sha256=None, config=e["config_sha256"])
    out = entry(b"index.json", b'{"schemaVersion":2,"manifests":null}') + entry(b"manifest.json", listed)
    for name, data in m.files.items():
        out += entry(name.encode(), data)
    return out + END


def hybrid(m):
    """index.json and manifest.json of the same image, as containerd writes them."""
    d = m.image(SMALL, "sha512", TWO, TWO, "sha512", annotations={"io.containerd.image.name": "docker.io/library/x:y"})
    e = m.expected["images"][0]
    listed = js([{"Config": path(e["config"]), "RepoTags": ["x:y"], "Layers": [path(l) for l in e["layers"]]}])
    return entry(b"manifest.json", listed) + m.tar([d])


IMAGES = [all_sha512, plain, manifest_only, packed_plain, mixed, twice, two_platforms, shared, large, large_diffids, flat, docker, hybrid]


def main(folder):
    expected = {}
    for make in IMAGES:
        m = Made()
        data = make(m)
        expected[make.__name__] = m.expected
        with open(os.path.join(folder, make.__name__ + ".tar.xz"), "wb") as f:
            f.write(lzma.compress(data, preset=9))
    with open(os.path.join(folder, "expected.json"), "w") as f:
        json.dump(expected, f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
