#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the sound images that tests/cli/hash-made.bats asks about.

usage: make.py FOLDER     writes NAME.tar for every one of IMAGES
"""
import base64, gzip, hashlib, json, os, random, sys
sys.dont_write_bytecode = True
from assemble import *

SBOM = "text/spdx+json"


def docker(config, layers):
    """A docker archive: layers are (name in the archive, bytes)."""
    name = sha(config)[7:] + ".json"
    out = entry(name.encode(), config)
    for file, data in dict(layers).items():
        out += entry(file.encode(), data)
    listed = [{"Config": name, "RepoTags": ["x:y"], "Layers": [file for file, _ in layers]}]
    return out + entry(b"manifest.json", js(listed)) + END


def config_of(tars):
    return js({"architecture": "amd64", "os": "linux", "config": {},
               "rootfs": {"type": "layers", "diff_ids": [sha(t) for t in tars]}})


def tar_of(n, seed):
    data = random.Random(seed).randbytes(n)
    return entry(b"f%d" % seed, data) + END


def large_layers():
    """Layers that are hashed beside each other, one twice, one packed."""
    tars = [tar_of((1 << 20) + 70000 * i + i, i) for i in range(5)]
    packed = gzip.compress(tars[4], 1, mtime=0)
    files = [("l%d.tar" % i, t) for i, t in enumerate(tars[:4])] + [("l4.tar", packed)]
    again = 2
    return docker(config_of(tars + [tars[again]]), files + [files[again]])


def large_layers_wrong():
    """The third says another diffID."""
    tars = [tar_of((1 << 20) + 70000 * i + i, i) for i in range(4)]
    files = [("l%d.tar" % i, t) for i, t in enumerate(tars)]
    return docker(config_of(tars[:2] + [tars[3], tars[2]]), files)


def hybrid(index, docker, full=True, wrap=False):
    """Two images, A and B. index: [(image, name)], docker: [(image, names)]."""
    images = {n: Image([entry(n.lower().encode(), n.encode()) + END]) for n in "AB"}
    files, manifests, listed = {}, [], []
    for image in images.values():
        image.top()
        files.update(image.files)
    for which, name in index:
        d = descriptor(MANIFEST, js(images[which].manifest))
        if wrap:
            inner = js({"schemaVersion": 2, "mediaType": INDEX, "manifests": [d]})
            files["blobs/sha256/" + sha(inner)[7:]] = inner
            d = descriptor(INDEX, inner)
        if name and full:
            d["annotations"] = {"io.containerd.image.name": "docker.io/library/" + name}
        elif name:
            d["annotations"] = {"org.opencontainers.image.ref.name": name}
        manifests.append(d)
    for which, names in docker:
        i = images[which]
        listed.append({"Config": "blobs/sha256/" + sha(i.config)[7:], "RepoTags": names,
                       "Layers": ["blobs/sha256/" + sha(l)[7:] for l in i.layers]})
    out = entry(b"oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
    out += entry(b"index.json", js({"schemaVersion": 2, "manifests": manifests}))
    if docker:
        out += entry(b"manifest.json", js(listed))
    for name, data in files.items():
        out += entry(name.encode(), data)
    return out + END


def docker_tag_twice():
    a, b = [config_of([tar_of(9, i)]) for i in (1, 2)]
    out = b""
    for i, c in ((1, a), (2, b)):
        out += entry(sha(c)[7:].encode() + b".json", c) + entry(b"l%d" % i, tar_of(9, i))
    return out + entry(b"manifest.json", js([{"Config": sha(c)[7:] + ".json", "RepoTags": ["x:1"], "Layers": ["l%d" % i]}
                                             for i, c in ((1, a), (2, b))])) + END


def built(content, mtime):
    """One layer with one file; its time and the config's may differ."""
    f = header(b"app", len(content), patch={136: b"%011o\0" % mtime}) + content + b"\0" * (-len(content) % 512)
    return Image([f + END], {"created": "2026-01-01T00:00:%02dZ" % (mtime % 60)}).tar()


def beside(config, layer_type=SBOM, listed=2):
    """One or two images, and a manifest with an image's config type."""
    images, out = [Image([entry(b"a", b"%d" % i) + END]) for i in range(listed)], Image()
    manifests = []
    for i in images:
        manifests += i.top()
        out.files.update(i.files)
    c, l = out.blob(js(config)), out.blob(b'{"spdxVersion":"SPDX-2.3"}')
    m = out.blob(js({"schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(CONFIG, c),
                     "layers": [descriptor(layer_type, l)]}))
    out.index = {"schemaVersion": 2, "manifests": manifests + [descriptor(MANIFEST, m)]}
    return out


def beside_in_index(config):
    """The same below an index, which a pin may name."""
    i = beside(config, listed=1)
    inner = i.blob(js({"schemaVersion": 2, "mediaType": INDEX, "manifests": i.index["manifests"]}))
    i.index = {"schemaVersion": 2, "manifests": [descriptor(INDEX, inner)]}
    return i.tar()


HELD = entry(b"a", b"x") + END


def as_written(change):
    """An image with one file, as some tool writes it."""
    i = Image([HELD])
    i.index = {"schemaVersion": 2, "manifests": i.top()}
    return change(i)


def embedded(i):
    """The manifest stands in the index, too."""
    i.index["manifests"][0]["data"] = base64.b64encode(js(i.manifest)).decode()
    return i.tar()


def indented(i):
    i.index = json.dumps(i.index, indent=3).encode() + b"\n"
    return i.tar()


def nothing(layers, diffids):
    i = Image([])
    i.manifest["layers"] = layers
    i.config = i.config.replace(b'"diff_ids":[]', b'"diff_ids":' + js(diffids))
    i.manifest["config"] = descriptor(CONFIG, i.config)
    return i.tar()


def packed(said, gzipped):
    """A layer whose media type says how it is packed, and that is or is not."""
    tar = entry(b"a", b"x") + END
    i = Image([gzip.compress(tar, 1, mtime=0) if gzipped else tar], diffids=[sha(tar)])
    i.manifest["layers"][0]["mediaType"] = LAYER + said
    return i.tar()


def schema1(listed):
    i = Image()
    m = i.blob(js({"schemaVersion": 1, "name": "x", "tag": "1", "architecture": "amd64",
                   "fsLayers": [{"blobSum": sha(b"")}], "history": [{"v1Compatibility": "{}"}]}))
    i.index = {"schemaVersion": 2, "manifests": (i.top() if listed else []) +
               [descriptor("application/vnd.docker.distribution.manifest.v1+prettyjws", m)]}
    return i.tar()


def kept_elsewhere(urls, listed):
    """The first of two layers is not here, as of images for other systems."""
    other, i = Image([entry(b"a", b"far") + END, entry(b"b", b"here") + END], {"os": "windows"}), Image()
    type = "application/vnd.docker.image.rootfs.foreign.diff.tar"
    other.manifest["layers"][0].update(urls, mediaType=type)
    top = other.top()
    i.index = {"schemaVersion": 2, "manifests": (i.top() if listed else []) + top}
    i.files.update(other.files)
    del i.files[path(sha(other.layers[0]))]
    return i.tar()


def no_platform(content, more={}, mtime=0):
    f = entry(b"file", content, patch={136: b"%011o\0" % mtime})
    i = Image([f + END])
    c = json.loads(i.config)
    del c["os"], c["architecture"]
    c.update(more)
    i.config = js(c)
    i.manifest["config"] = descriptor(CONFIG, i.config)
    return i.tar()


def written(how, **more):
    """The same image, its config written in another way."""
    i = Image(config={"created": "2026-01-01T00:00:00Z",
                      "history": [{"created": "2026-01-01T00:00:00Z", "created_by": "COPY . /"}], **more})
    i.config = how(i.config)
    i.manifest["config"] = descriptor(CONFIG, i.config)
    return i.tar()


def turned(config):
    return js(dict(reversed(json.loads(config).items())))


def page(name, content, more=b"", end=END):
    return Image([entry(b"same", b"s") + more + entry(name, content) + end]).tar()


def copied(docker):
    """An image with docker's media types, and as a copy that is OCI's has it."""
    i = Image()
    if docker:
        i.manifest["mediaType"] = "application/vnd.docker.distribution.manifest.v2+json"
        i.manifest["config"]["mediaType"] = "application/vnd.docker.container.image.v1+json"
        i.manifest["layers"][0]["mediaType"] = "application/vnd.docker.image.rootfs.diff.tar"
    top = i.top()[0]
    i.index = {"schemaVersion": 2, "manifests": [dict(top, mediaType=i.manifest["mediaType"])]}
    return i.tar()


EMPTY = {"architecture": "", "os": "", "created": "0001-01-01T00:00:00Z", "config": {}, "rootfs": {"type": "layers"}}
FULL = dict(EMPTY, architecture="amd64", os="linux")
STEP = {"created": "2026-01-02T00:00:00Z", "created_by": "COPY . /"}

IMAGES = {
    "beside_sbom": lambda: beside(EMPTY).tar(),
    "beside_signature": lambda: beside(FULL, "application/vnd.dev.cosign.simplesigning.v1+json").tar(),
    "beside_alone": lambda: beside(EMPTY, listed=0).tar(),
    "beside_in_index": lambda: beside_in_index(EMPTY),
    "beside_in_index_full": lambda: beside_in_index(FULL),
    "schema1": lambda: schema1(False),
    "schema1_beside": lambda: schema1(True),
    "elsewhere": lambda: kept_elsewhere({"urls": ["https://ex.invalid/1", "https://ex.invalid/2"]}, False),
    "elsewhere_beside": lambda: kept_elsewhere({"urls": ["https://ex.invalid/1"]}, True),
    "elsewhere_nowhere": lambda: kept_elsewhere({}, False),
    "no_platform": lambda: no_platform(b"one"),
    "no_platform_later": lambda: no_platform(b"one", mtime=7),
    "no_platform_other": lambda: no_platform(b"other"),
    "no_platform_os": lambda: no_platform(b"one", {"os": "linux"}, 7),
    "no_platform_cmd": lambda: no_platform(b"one", {"config": {"Cmd": ["/x"]}}, 7),
    "names": lambda: Image([entry("caf\u00e9/\u1ec7".encode(), b"x") + END]).tar(),
    "names_nfd": lambda: Image([entry("cafe\u0301/e\u0323\u0302".encode(), b"x") + END]).tar(),
    "names_other": lambda: Image([entry("cafe/\u00e9".encode(), b"x") + END]).tar(),
    "copy_docker": lambda: copied(True),
    "copy_oci": lambda: copied(False),
    "page_text": lambda: page(b"<script>x", b"<b>one</b>\ntwo\n"),
    "page_text_other": lambda: page(b"<script>x", b"<b>one</b>\n</pre><img src=x>\n"),
    "page_hex": lambda: page(b"<script>x", bytes(range(64)) + b"\0one"),
    "page_hex_other": lambda: page(b"<script>x", bytes(range(64)) + b"\0two"),
    "page_pax": lambda: page(b"<script>x", b"1", pax([(b"mtime", b"1.5")])),
    "page_pax_other": lambda: page(b"<script>x", b"1", pax([(b"mtime", b"<i>2.5")])),
    "page_more": lambda: page(b"<script>x", b"1", entry(b"more", b"")),
    "page_end": lambda: page(b"<script>x", b"1"),
    "page_end_other": lambda: page(b"<script>x", b"1", end=END + END),
    "page_large": lambda: page(b"<script>x", b"<a>\n" * 300000),
    "written": lambda: written(bytes),
    "written_lf": lambda: written(lambda c: c + b"\n"),
    "written_order": lambda: written(turned),
    "written_blanks": lambda: written(lambda c: json.dumps(json.loads(c), indent=1).encode()),
    "written_time": lambda: written(bytes, history=[STEP]),
    "written_history": lambda: written(bytes, history=[dict(STEP, created_by="COPY . / # buildkit")]),
    "oci_one": lambda: built(b"one", 0),
    "oci_one_again": lambda: built(b"one", 0),
    "oci_other": lambda: built(b"other", 0),
    "oci_later": lambda: built(b"one", 7),
    "end_whole": lambda: Image([entry(b"a", b"x") + END, END]).tar(),
    "end_none": lambda: Image([entry(b"a", b"x"), END]).tar(),
    "end_one_block": lambda: Image([entry(b"a", b"x") + END[:512], END]).tar(),
    "end_no_bytes": lambda: Image([entry(b"a", b"x") + END, b""]).tar(),
    "tool_plain": lambda: as_written(Image.tar),
    "tool_indented": lambda: as_written(indented),
    "tool_embedded": lambda: as_written(embedded),
    "tool_without_version": lambda: as_written(lambda i: i.tar()[1024:]),
    "tool_on_a_mac": lambda: as_written(lambda i: entry(b"._index.json", b"\0\5\x16\7") + i.tar()),
    "tool_empty_first": lambda: Image([END, HELD]).tar(),
    "tool_layers_again": lambda: Image([HELD, END, HELD, END, END]).tar(),
    "nothing": lambda: nothing([], []),
    "nothing_null_layers": lambda: nothing(None, []),
    "nothing_null_diffids": lambda: nothing([], None),
    "packed_none": lambda: packed("", False),
    "packed_gzip": lambda: packed("+gzip", True),
    "packed_none_said_gzip": lambda: packed("+gzip", False),
    "packed_none_said_zstd": lambda: packed("+zstd", False),
    "packed_gzip_said_none": lambda: packed("", True),
    "packed_gzip_said_zstd": lambda: packed("+zstd", True),
    "large_layers": large_layers,
    "large_layers_wrong": large_layers_wrong,
    "docker_tag_twice": docker_tag_twice,
    "hybrid_same": lambda: hybrid([("A", "x:1"), ("B", "x:2")], [("B", ["x:2"]), ("A", ["x:1"])]),
    "hybrid_same_nested": lambda: hybrid([("A", "x:1"), ("B", "x:2")], [("B", ["x:2"]), ("A", ["x:1"])], wrap=True),
    "hybrid_two_tags": lambda: hybrid([("A", "x:1"), ("A", "y:latest")], [("A", ["docker.io/library/x:1", "y"])]),
    "hybrid_ref_name": lambda: hybrid([("A", "1")], [("A", ["x:1"])], full=False),
    "hybrid_by_digest": lambda: hybrid([("A", "x@sha256:" + 64 * "0"), ("B", "x:latest")], [("B", ["x:latest"]), ("A", None)]),
    "hybrid_no_tags": lambda: hybrid([("A", None)], [("A", None)]),
    "hybrid_tags_swapped": lambda: hybrid([("A", "x:1"), ("B", "x:2")], [("B", ["x:1"]), ("A", ["x:2"])]),
    "hybrid_tags_swapped_nested": lambda: hybrid([("A", "x:1"), ("B", "x:2")], [("B", ["x:1"])], wrap=True),
    "hybrid_ref_name_swapped": lambda: hybrid([("A", "1"), ("B", "2")], [("B", ["x:1"])], full=False),
    "hybrid_other_tag": lambda: hybrid([("A", "x:1")], [("A", ["y:1"])]),
    "hybrid_tag_only_docker": lambda: hybrid([("A", None)], [("A", ["x:1"])]),
    "hybrid_tag_only_index": lambda: hybrid([("A", "x:1")], [("A", None)]),
    "hybrid_more_images": lambda: hybrid([("A", "x:1"), ("B", "x:2")], [("A", ["x:1"])]),
    "hybrid_other_config": lambda: hybrid([("A", "x:1")], [("B", ["x:1"])]),
    "oci_tag_twice": lambda: hybrid([("A", "x:1"), ("B", "x:1")], []),
}

if __name__ == "__main__":
    for name, make in IMAGES.items():
        with open(os.path.join(sys.argv[1], name + ".tar"), "wb") as f:
            f.write(make())
