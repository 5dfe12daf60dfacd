# SPDX-License-Identifier: Apache-2.0
"""Tar entries and OCI images, byte for byte as a test wants them."""
import hashlib, json

OCI = "application/vnd.oci.image."
INDEX, MANIFEST = OCI + "index.v1+json", OCI + "manifest.v1+json"
CONFIG, LAYER = OCI + "config.v1+json", OCI + "layer.v1.tar"


def header(name, size=0, type=b"0", link=b"", mode=0o644, **raw):
    h = bytearray(512)
    h[0:len(name)] = name
    h[100:108] = b"%07o\0" % mode
    h[108:116] = h[116:124] = b"0000000\0"
    h[124:136] = b"%011o\0" % size
    h[136:148] = b"00000000000\0"
    h[156:157] = type
    h[157:157 + len(link)] = link
    h[257:265] = b"ustar\00000"
    for at, value in raw.get("patch", {}).items():
        h[at:at + len(value)] = value
    h[148:156] = b" " * 8
    h[148:156] = b"%06o\0 " % sum(h)
    return bytes(h)


def entry(name, data=b"", **kw):
    if len(name) > 100:
        return pax([(b"path", name)]) + entry(name[:100], data, **kw)
    return header(name, len(data), **kw) + data + b"\0" * (-len(data) % 512)


END = b"\0" * 1024


def pax(records, type=b"x"):
    out = b""
    for key, value in records:
        n = len(key) + len(value) + 3
        n += len(str(n + len(str(n))))
        out += b"%d %s=%s\n" % (n, key, value)
    return entry(b"pax", out, type=type)


def sha(data, alg="sha256"):
    return alg + ":" + hashlib.new(alg, data).hexdigest()


def js(value):
    return json.dumps(value, separators=(",", ":")).encode()


def descriptor(type, data, alg="sha256", **more):
    return dict(mediaType=type, digest=sha(data, alg), size=len(data), **more)


def path(digest):
    return "blobs/" + digest.replace(":", "/")


class Image:
    """A layout of one image; each fault changes one thing of it."""

    def __init__(self, layers=None, config=None, diffids=None, alg="sha256"):
        self.alg = alg
        self.layers = [entry(b"a", b"x") + END] if layers is None else layers
        self.files = {}
        c = {"architecture": "amd64", "os": "linux", "config": {},
             "rootfs": {"type": "layers",
                        "diff_ids": diffids or [sha(l, alg) for l in self.layers]}}
        c.update(config or {})
        self.config = js(c)
        self.manifest = {"schemaVersion": 2, "mediaType": MANIFEST,
                         "config": descriptor(CONFIG, self.config, alg),
                         "layers": [descriptor(LAYER, l, alg) for l in self.layers]}
        self.index = None

    def blob(self, data):
        self.files[path(sha(data, self.alg))] = data
        return data

    def top(self):
        for data in self.layers + [self.config]:
            self.blob(data)
        m = self.blob(js(self.manifest))
        return [descriptor(MANIFEST, m, self.alg)]

    def tar(self, extra=b"", end=END):
        index = self.index or {"schemaVersion": 2, "manifests": self.top()}
        out = entry(b"oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
        out += entry(b"index.json", index if isinstance(index, bytes) else js(index))
        for name, data in self.files.items():
            out += entry(name.encode(), data)
        return out + extra + end
