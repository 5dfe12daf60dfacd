#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the damaged images of tests/vectors/bad/oci: one fault in each.

usage: make-bad.py FOLDER     writes NAME.tar.xz for every NAME of tests/cli/hash-bad.bats
"""
import gzip, hashlib, json, lzma, os, sys
sys.dont_write_bytecode = True
from assemble import *


def layer(tar):
    return Image([tar]).tar()


def cases():
    f = entry(b"a", b"x")
    yield "tar-checksum", layer(f[:148] + b"000001\0 " + f[156:] + END)
    yield "tar-lone-zero", layer(f + b"\0" * 512 + entry(b"b") + END)
    yield "tar-no-end-meta", layer(f + pax([(b"path", b"b")]))
    yield "tar-no-end-cut", layer(f[:-1])
    yield "tar-pax-length", layer(entry(b"p", b"99 path=b\n", type=b"x") + f + END)
    yield "tar-pax-length-zero", layer(entry(b"p", b"0 path=b\n", type=b"x") + f + END)
    yield "tar-pax-no-newline", layer(entry(b"p", b"9 path=bc", type=b"x") + f + END)
    yield "tar-pax-nul", layer(pax([(b"path", b"a\0b")]) + f + END)
    yield "tar-pax-size-beyond", layer(pax([(b"size", b"99999999")]) + f + END)
    yield "tar-pax-size-negative", layer(pax([(b"size", b"-1")]) + f + END)
    yield "tar-pax-twice", layer(pax([(b"path", b"b")]) + pax([(b"path", b"c")]) + f + END)
    yield "tar-pax-alone", layer(pax([(b"path", b"b")]) + END)
    yield "tar-pax-global-path", layer(pax([(b"path", b"b")], b"g") + f + END)
    yield "tar-gnu-and-pax-name", layer(entry(b"L", b"long\0", type=b"L") + pax([(b"path", b"b")]) + f + END)
    yield "tar-sparse-0.1", layer(pax([(b"GNU.sparse.map", b"0,1"), (b"GNU.sparse.size", b"1")]) + f + END)
    yield "tar-contiguous", layer(entry(b"a", b"x", type=b"7") + END)
    yield "tar-sparse-gnu", layer(
        header(b"s", 3, type=b"S", patch={257: b"ustar  \0", 386: b"%011o\0%011o\0" % (0, 3), 483: b"%011o\0" % 9}) +
        b"abc".ljust(512, b"\0") + END)
    yield "tar-sparse-overlap", layer(
        pax([(b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"), (b"GNU.sparse.name", b"s"),
             (b"GNU.sparse.realsize", b"9")]) + entry(b"s", b"2\n0\n2\n1\n1\n".ljust(512, b"\0") + b"abc") + END)
    yield "tar-sparse-holes", layer(
        pax([(b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"), (b"GNU.sparse.name", b"s"),
             (b"GNU.sparse.realsize", b"4000000000000000000")]) + entry(b"s", b"0\n".ljust(512, b"\0")) + END)
    version = [(b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"), (b"GNU.sparse.name", b"s"), (b"GNU.sparse.realsize", b"1")]
    yield "tar-sparse-map-word", layer(pax(version) + entry(b"s", b"1\nx\n1\n".ljust(512, b"\0") + b"a") + END)
    yield "tar-sparse-key", layer(pax(version + [(b"GNU.sparse.numblocks", b"1")]) + entry(b"s", b"1\n0\n1\n".ljust(512, b"\0") + b"a") + END)
    yield "tar-sparse-name-alone", layer(pax([(b"GNU.sparse.name", b"b")]) + f + END)
    yield "tar-sparse-directory", layer(
        pax([(b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"), (b"GNU.sparse.name", b"b"),
             (b"GNU.sparse.realsize", b"0")]) + entry(b"d", type=b"5") + END)
    yield "tar-gnu-name-empty", layer(entry(b"L", type=b"L") + entry(b"d", type=b"5", mode=0o700) + END)
    yield "tar-gnu-prefix", layer(entry(b"a", b"x", patch={257: b"ustar  \0", 345: b"etc/init.d"}) + END)
    yield "tar-v7-device", layer(
        entry(b"c", type=b"3", patch={257: b"\0" * 8, 329: b"0000001\0", 337: b"0000003\0"}) + END)
    yield "tar-directory-with-data", layer(entry(b"d/", b"x", type=b"5") + END)
    yield "tar-file-with-slash", layer(entry(b"d/") + END)
    yield "path-empty", layer(entry(b"") + END)
    yield "path-4096", layer(pax([(b"path", b"/".join([b"a" * 200] * 21))]) + f + END)
    yield "parent-symlink-same", layer(entry(b"l", type=b"2", link=b"/etc") + entry(b"l/x") + END)
    yield "parent-file-same", layer(f + entry(b"a/x") + END)
    yield "duplicate-whiteout", layer(entry(b".wh.x") + entry(b"./.wh.x") + END)
    yield "link-to-itself", layer(entry(b"h", type=b"1", link=b"h") + END)
    yield "link-symbolic-empty", layer(entry(b"l", type=b"2") + END)
    yield "whiteout-through-symlink", Image(
        [entry(b"l", type=b"2", link=b"/etc") + END, entry(b"l/.wh.x") + END]).tar()
    two = [(b"SCHILY.xattr.user.a", b"1"), (b"SCHILY.xattr.user.b", b"2"), (b"LIBARCHIVE.xattr.user.a", b"MQ")]
    yield "xattr-conflict", layer(pax(two[:2] + [(b"LIBARCHIVE.xattr.user.a", b"Mg")]) + f + END)
    yield "xattr-conflict-second", layer(pax(two + [(b"LIBARCHIVE.xattr.user.b", b"MQ")]) + f + END)
    yield "xattr-twice", layer(pax([(b"SCHILY.xattr.user.a", b"1"), (b"SCHILY.xattr.user.a", b"2")]) + f + END)

    yield "layer-bzip2", layer(b"BZh9" + b"\0" * 600)
    i = Image()
    i.manifest["layers"][0]["digest"] = i.manifest["layers"][0]["digest"].upper().replace("SHA256", "sha256")
    yield "digest-upper-case", i.tar()
    yield from digests()
    i = Image()
    i.manifest["layers"][0]["size"] = -1
    yield "size-negative", i.tar()
    i = Image()
    i.manifest["manifests"] = []
    yield "manifest-and-index", i.tar()
    i = Image()
    i.manifest["Layers"] = []
    yield "manifest-two-cases", i.tar()
    i = Image()
    i.manifest["layer\u017f"] = []
    yield "manifest-two-cases-unicode", i.tar()
    yield "config-two-cases", Image(config={"config": {"Cmd": ["a"], "cmd": ["b"]}}).tar()
    i = Image()
    i.manifest["mediaType"] = INDEX
    yield "mediatype-lies", i.tar()
    i = Image()
    top = i.top()
    for _ in range(13):
        top = [descriptor(INDEX, i.blob(js({"schemaVersion": 2, "mediaType": INDEX, "manifests": top})))]
    i.index = {"schemaVersion": 2, "manifests": top}
    yield "index-depth", i.tar()
    yield "rootfs-type", Image(config={"rootfs": {"type": "other", "diff_ids": []}}).tar()
    yield "diffids-more", Image(diffids=["sha256:" + "0" * 64] * 2).tar()
    yield "config-float", Image(config={"x": 1.5}).tar()
    yield "config-without-os", Image(config={"os": ""}).tar()
    for name, text in (("json-bom", b"\xef\xbb\xbf{}"), ("json-duplicate", b'{"manifests":[],"manifests":[]}'),
                       ("json-utf8", b'{"a":"\xff"}'), ("json-cut", b'{"manifests":['), ("json-list", b"[]")):
        i = Image()
        i.index = text
        yield name, i.tar()
    i = Image()
    yield "outer-duplicate", i.tar(entry(b"./index.json", b"{}"))
    yield "outer-blob-is-link", link_blob()
    yield "outer-no-end", Image().tar(end=b"")
    yield "outer-trailing", Image().tar(end=END + b"x".ljust(512, b"\0"))
    yield "outer-sparse", Image().tar(header(b"s", 0, type=b"S", patch={257: b"ustar  \0", 483: b"%011o\0" % 9}))
    for name, record in (("owner-none", (b"uid", b"4294967295")), ("owner-wraps", (b"uid", b"4294967296")), ("group-wraps", (b"gid", b"4294967297"))):
        yield name, layer(pax([record]) + entry(b"a", b"x") + END)
    for name, major, minor in (("device-major", 4096, 0), ("device-minor", 1, 1 << 20)):
        yield name, layer(entry(b"a", type=b"3", patch={329: b"%07o\0" % major, 337: b"%07o\0" % minor}) + END)
    yield "link-4096", layer(pax([(b"linkpath", b"x" * 4096)]) + entry(b"a", type=b"2", link=b"x") + END)
    yield "not-an-image", entry(b"hello", b"world") + END
    yield "no-end-mark-only-zeros", END
    yield "folder-above", entry(b"my/oci-layout", b'{"imageLayoutVersion":"1.0.0"}') + entry(b"my/index.json", b"{}") + END
    yield "folders-above", entry(b"a/b/manifest.json", b"[]") + END
    yield "random-bytes", hashlib.shake_256(b"refval").digest(4096)
    yield "layout-version", Image().tar().replace(b'"1.0.0"', b'"2.0.0"')


def digests():
    """What a descriptor or a config says by SHA-512, and by what is not verified here."""
    for name, change in (("digest-blake3", lambda d: "blake3:" + d[7:71]),
                         ("digest-sha384", lambda d: "sha384:" + d[7:103]),
                         ("digest-sha512-cut", lambda d: d[:-1]),
                         ("digest-sha512-half", lambda d: d[:71]),
                         ("digest-sha512-long", lambda d: d + "0"),
                         ("digest-sha512-upper-case", lambda d: "sha512:" + d[7:].upper()),
                         ("digest-sha512-algorithm-upper-case", lambda d: d.replace("sha512", "SHA512")),
                         ("sha512-blob-missing", lambda d: d[:-1] + "%x" % (int(d[-1], 16) ^ 1))):
        i = Image(alg="sha512")
        i.manifest["layers"][0]["digest"] = change(i.manifest["layers"][0]["digest"])
        yield name, i.tar()
    for name, what in (("sha512-layer-other", lambda i: i.layers[0]), ("sha512-config-other", lambda i: i.config),
                       ("sha512-manifest-other", lambda i: js(i.manifest))):
        i = Image(alg="sha512")
        top = i.top()
        data = what(i)
        at = path(sha(data, "sha512"))
        i.files[at] = data.replace(b"a", b"b", 1)
        i.index = {"schemaVersion": 2, "manifests": top}
        yield name, i.tar()
    i = Image(alg="sha512")
    inner = js({"schemaVersion": 2, "mediaType": INDEX, "manifests": i.top()})
    i.files[path(sha(inner, "sha512"))] = inner.replace(b":2,", b":3,", 1)
    i.index = {"schemaVersion": 2, "manifests": [descriptor(INDEX, inner, "sha512")]}
    yield "sha512-index-other", i.tar()
    # Under its other name, the manifest that was read is another one.
    i = Image()
    top = i.top()
    m = js(i.manifest)
    i.files[path(sha(m, "sha512"))] = m.replace(b":2,", b":3,", 1)
    i.index = {"schemaVersion": 2, "manifests": top + [descriptor(MANIFEST, m, "sha512")]}
    yield "sha512-alias-other", i.tar()
    # A digest that was never computed must not be all zeros by chance.
    i = Image(alg="sha512")
    i.manifest["layers"][0]["digest"] = "sha512:" + "0" * 128
    i.files[path("sha512:" + "0" * 128)] = i.layers[0]
    yield "sha512-layer-zeros", i.tar()
    yield "sha512-diffid-zeros", Image(diffids=["sha512:" + "0" * 128]).tar()
    yield "sha512-diffid-other", Image(diffids=[sha(b"", "sha512")]).tar()
    yield "sha512-diffid-cut", Image(diffids=[sha(b"", "sha512")[:-2]]).tar()
    yield "diffid-sha384", Image(diffids=[sha(b"", "sha384")]).tar()
    for name, where in (("sha512-size-more", "config"), ("sha512-size-less", "layers")):
        i = Image(alg="sha512")
        d = i.manifest[where][0] if where == "layers" else i.manifest[where]
        d["size"] += 1 if name.endswith("more") else -1
        yield name, i.tar()
    # SHA-256 is right, and so is the path: only the name by SHA-512 is not.
    i = Image()
    other = sha(b"", "sha512")
    i.manifest["layers"].append(dict(i.manifest["layers"][0], digest=other))
    i.files[path(other)] = i.layers[0]
    i.config = js(dict(json.loads(i.config), rootfs={"type": "layers", "diff_ids": [sha(i.layers[0])] * 2}))
    i.manifest["config"] = descriptor(CONFIG, i.config)
    yield "sha512-layer-right-by-sha256", i.tar()
    i = Image(alg="sha512")
    a = dict(i.manifest, layers=[dict(i.manifest["layers"][0], digest=sha(b"", "sha512"))])
    i.files[path(sha(b"", "sha512"))] = i.layers[0]
    i.blob(js(a))
    i.index = {"schemaVersion": 2, "manifests": i.top() + [
        descriptor(MANIFEST, js(a), "sha512", platform={"os": "unknown", "architecture": "unknown"})]}
    yield "sha512-attestation-other", i.tar()
    i = Image(alg="sha512")
    i.top()
    docker = js([{"Config": path(sha(b"", "sha512")), "RepoTags": None, "Layers": ["l.tar"]}])
    yield "sha512-docker-config-other", (entry(path(sha(b"", "sha512")).encode(), i.config) +
        entry(b"l.tar", i.layers[0]) + entry(b"manifest.json", docker) + END)


def link_blob():
    i = Image()
    top = i.top()
    name = "blobs/sha256/" + sha(i.layers[0])[7:]
    del i.files[name]
    i.index = {"schemaVersion": 2, "manifests": top}
    return i.tar(entry(name.encode(), type=b"2", link=b"/etc/passwd"))


def main(folder):
    for name, data in cases():
        with open(os.path.join(folder, name + ".tar.xz"), "wb") as f:
            f.write(lzma.compress(data, preset=9))


def seeds(folder):
    """Small sound inputs for the fuzzers."""
    f = entry(b"a", b"x")
    rich = (entry(b"d/", type=b"5", mode=0o755) + f + entry(b"h", type=b"1", link=b"a") +
            entry(b"l", type=b"2", link=b"a") + entry(b"c", type=b"3", patch={329: b"0000001\0", 337: b"0000003\0"}) +
            entry(b"p", type=b"6") + entry(b".wh.x") + entry(b"d/.wh..wh..opq") +
            pax([(b"path", b"n" * 120), (b"uid", b"3000000"), (b"SCHILY.xattr.user.a", b"1"),
                 (b"LIBARCHIVE.xattr.user.a", b"MQ"), (b"mtime", b"1.5")]) + f +
            entry(b"L", b"m" * 130 + b"\0", type=b"L") + entry(b"K", b"t" * 130 + b"\0", type=b"K") +
            entry(b"k", type=b"2", link=b"t") + pax([(b"comment", b"c")], b"g") +
            pax([(b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"), (b"GNU.sparse.name", b"z"),
                 (b"GNU.sparse.realsize", b"9")]) +
            entry(b"y", b"1\n3\n2\n".ljust(512, b"\0") + b"ab") + END)
    with open(os.path.join(folder, "rich.tar"), "wb") as o:
        o.write(rich)
    with open(os.path.join(folder, "rich.tar.gz"), "wb") as o:
        o.write(gzip.compress(rich, mtime=0))
    with open(os.path.join(folder, "image.tar"), "wb") as o:
        o.write(Image([f + END, entry(b".wh.a") + entry(b"b", b"y") + END], {"config": {"Env": ["A=b"], "Cmd": ["x"]}}).tar())
    with open(os.path.join(folder, "sha512.tar"), "wb") as o:
        i = Image([f + END, entry(b"b", b"y") + END], alg="sha512")
        inner = i.blob(js({"schemaVersion": 2, "mediaType": INDEX, "manifests": i.top()}))
        i.index = {"schemaVersion": 2, "manifests": [descriptor(INDEX, inner, "sha512")]}
        o.write(i.tar())
    i = Image()
    i.top()
    name = sha(i.config)[7:] + ".json"
    docker = js([{"Config": name, "RepoTags": ["x:y"], "Layers": ["l/layer.tar"]}])
    with open(os.path.join(folder, "docker.tar"), "wb") as o:
        o.write(entry(name.encode(), i.config) + entry(b"l/layer.tar", type=b"2", link=b"../x.tar") +
                entry(b"x.tar", i.layers[0]) + entry(b"manifest.json", docker) + END)


if __name__ == "__main__":
    main(sys.argv[1])
    if len(sys.argv) > 2:
        seeds(sys.argv[2])
