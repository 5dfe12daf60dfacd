#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the sound images that tests/cli/hash-made.bats asks about.

usage: make.py FOLDER     writes NAME.tar for every function below
"""
import gzip, hashlib, os, random, sys
sys.dont_write_bytecode = True
from assemble import *


def docker(config, layers, more=b"", **entry_more):
    """A docker archive: layers are (name in the archive, bytes)."""
    name = sha(config)[7:] + ".json"
    out = entry(name.encode(), config)
    for file, data in dict(layers).items():
        out += entry(file.encode(), data)
    listed = [dict({"Config": name, "RepoTags": ["x:y"],
                    "Layers": [file for file, _ in layers]}, **entry_more)]
    return out + entry(b"manifest.json", js(listed)) + more + END


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


if __name__ == "__main__":
    for name in ("large_layers", "large_layers_wrong"):
        with open(os.path.join(sys.argv[1], name + ".tar"), "wb") as f:
            f.write(globals()[name]())
