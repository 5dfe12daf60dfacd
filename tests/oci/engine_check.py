#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare refval-hash with what engines made of the images of engine_layers.py.

usage: engine_check.py REFVAL-HASH TABLE FOLDER

Whatever has a content digest must be the same tree in every engine of TABLE,
path for path, with modes, owners, contents and hard links; one that refuses the
image disagrees, too. Prints how many images have a digest and how many not.
"""
import hashlib, lzma, os, subprocess, sys
sys.dont_write_bytecode = True
from engine_layers import layers


def tree_id(text):
    """Of the lines behind that of the root, whose attributes engines choose."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def ours(tool, file):
    """The tree as its id, or the code of the fault."""
    r = subprocess.run([tool, "image", "--tree", file], capture_output=True, text=True)
    if r.returncode == 0:
        head, root, *rest = r.stdout.split("\n")
        assert head == "refval-tree 1" and root.startswith("/ d "), r.stdout
        return tree_id("\n".join(rest).rstrip("\n"))
    assert r.returncode == 3 and r.stdout == "", (file, r)
    return r.stderr.split(": ")[1]


def main(tool, table, folder):
    lines = lzma.open(table, "rt").read().split("\n")[:-1]
    engines = [l for l in lines if l.startswith("#")][-1].split("\t")[1:]
    rows = {l.split("\t")[0]: l.split("\t")[1:] for l in lines if not l.startswith("#")}
    names = [name for name, *_ in layers()]
    assert sorted(names) == sorted(rows), "the table is of other images"
    yes, wrong, faults = 0, 0, {}
    for name in names:
        said = ours(tool, os.path.join(folder, name + ".tar"))
        assert len(rows[name]) == len(engines)
        if said.startswith("E_"):
            faults[said] = faults.get(said, 0) + 1
            continue
        yes += 1
        for engine, tree in zip(engines, rows[name]):
            if tree != said:
                wrong += 1
                print("%s: %s %s" % (name, engine, "refuses it" if tree == "-" else "makes another tree"))
    print("%d images, %d engines, %d with a content digest, %d of them wrong" % (len(names), len(engines), yes, wrong))
    for code in sorted(faults):
        print("%s %d" % (code, faults[code]))
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
