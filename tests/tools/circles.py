#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which files of the library call each other? usage: circles.py [--globals] BUILD/lib, at the top of the tree

Prints each circle of files, one a line; arrows from lib/base to a door or a
stage, and from a door to a stage; and, with --globals, data that can be written.
"""
import glob
import subprocess
import sys

args = [a for a in sys.argv[1:] if a != "--globals"]
top = args[0].rstrip("/")
home, uses, data = {}, {}, set()
names = [c[len("lib/") : -2] for c in sorted(glob.glob("lib/*/*.c"))]
nm = subprocess.run(["nm", "-A", "-f", "sysv"] + [f"{top}/{n}.o" for n in names], capture_output=True, text=True, check=True)
for n in names:
    uses[n] = set()
for line in nm.stdout.splitlines():
    # FILE:symbol|value|class|type|size|line|section
    row = line.split("|")
    if len(row) != 7:
        continue
    path, symbol = row[0].rsplit(":", 1)
    name, symbol = path[len(top) + 1 : -2], symbol.strip()
    kind, section = row[2].strip(), row[6].strip()
    if kind == "U":
        uses[name].add(symbol)
    elif kind in ("T", "D", "B", "R", "V", "W", "C"):
        home[symbol] = name
    if section.startswith((".data", ".bss", ".tdata", ".tbss", "*COM*")) and not section.startswith(".data.rel.ro"):
        data.add(f"{name} {symbol.split('.')[0]}")

if "--globals" in sys.argv:
    print("\n".join(sorted(d for d in data if d.split()[1].isidentifier() and "__" not in d)))
    sys.exit()

call = {f: {home[s] for s in u if home.get(s, f) != f} for f, u in uses.items()}
for f in sorted(call):
    for g in sorted(call[f]):
        a, b = f.split("/")[0], g.split("/")[0]
        if a != b and (a == "base" or (a == "door" and b != "base")):
            print(f"arrow up: {f} -> {g}")


def reach(f):
    seen, todo = set(), [f]
    while todo:
        for g in call[todo.pop()] - seen:
            seen.add(g)
            todo.append(g)
    return seen


far = {f: reach(f) for f in call}
done = set()
for f in sorted(call):
    if f in far[f] and f not in done:
        ring = sorted(g for g in far[f] if f in far[g])
        done.update(ring)
        print("circle:", " ".join(ring))
