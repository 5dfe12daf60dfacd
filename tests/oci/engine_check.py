#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare refval-hash with what engines made of the images of engine_layers.py.

usage: engine_check.py REFVAL-HASH TABLE FOLDER
       engine_check.py REFVAL-HASH prune FOLDER     removes the images that have no content digest

Whatever has a content digest must be the same tree in every engine of TABLE,
path for path, with modes, owners, contents and hard links; one that refuses the
image disagrees, too; one that had no time for it is not asked. Prints how many images have a digest and how many not.
"""
import hashlib, lzma, os, subprocess, sys
sys.dont_write_bytecode = True


def tree_id(text):
    """Of the lines behind that of the root, whose attributes engines choose."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def without_xattrs(text):
    """Docker exports none of them."""
    return "\n".join(" ".join(l.split(" ")[:7]) for l in text.split("\n"))


def ours(tool, file):
    """The tree as its ids, for engines that show attributes and those that do not; or the code of the fault."""
    r = subprocess.run([tool, "image", "--tree", file], capture_output=True, text=True)
    if r.returncode == 0:
        head, root, *rest = r.stdout.split("\n")
        assert head == "refval-tree 1" and root.startswith("/ d "), r.stdout
        text = "\n".join(rest).rstrip("\n")
        return tree_id(text), tree_id(without_xattrs(text))
    assert r.returncode == 3 and r.stdout == "", (file, r)
    return r.stderr.split(": ")[1], ""


def prune(tool, folder):
    files = sorted(os.listdir(folder))
    for file in files:
        if ours(tool, os.path.join(folder, file))[0].startswith("E_"):
            os.unlink(os.path.join(folder, file))
    print("%d images, %d with a content digest" % (len(files), len(os.listdir(folder))))


def main(tool, table, folder):
    if table == "prune":
        return prune(tool, folder)
    lines = lzma.open(table, "rt").read().split("\n")[:-1]
    engines = [l for l in lines if l.startswith("#")][-1].split("\t")[1:]
    rows = {l.split("\t")[0]: l.split("\t")[1:] for l in lines if not l.startswith("#")}
    names = sorted(f[:-4] for f in os.listdir(folder))
    assert set(rows) <= set(names), "the table is of other images"
    yes, wrong, asked, faults = 0, 0, 0, {}
    for name in names:
        said, plain = ours(tool, os.path.join(folder, name + ".tar"))
        answers = rows.get(name, [""] * len(engines))
        assert len(answers) == len(engines)
        if said.startswith("E_"):
            faults[said] = faults.get(said, 0) + 1
            continue
        yes += 1
        for engine, tree in zip(engines, answers):
            asked += tree != ""
            if tree not in ("", plain if engine.startswith("docker") else said):
                wrong += 1
                print("%s: %s %s" % (name, engine, "refuses it" if tree == "-" else "makes another tree"))
    print("%d images, %d engines, %d with a content digest, %d of them wrong" % (len(names), len(engines), yes, wrong))
    if asked < yes * len(engines):
        print("%d answers, as many as there was time for" % asked)
    for code in sorted(faults):
        print("%s %d" % (code, faults[code]))
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
