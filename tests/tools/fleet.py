#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Is a line answered as a run of its own is? usage: fleet.py BIN FOLDER N [SEED] < LINES

LINES are documents of evidence, one each. They, and N copies with one place
damaged, are answered by refval-verify --jsonl with two threads, and each by a
run of its own; the reports must be equal. Prints how many of which verdict.
"""
import collections
import json
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

ARGS = ["--release", "dstack-dev-0.5.8", "--at", "2026-04-01"]


def places(doc, at=()):
    if isinstance(doc, dict):
        for k in doc:
            yield from places(doc[k], at + (k,))
    elif isinstance(doc, list):
        for i, v in enumerate(doc):
            yield from places(v, at + (i,))
    else:
        yield at


def damaged(line, dice):
    doc = json.loads(line)
    at = dice.choice(list(places(doc)))
    box = doc
    for k in at[:-1]:
        box = box[k]
    v = box[at[-1]]
    what = dice.randrange(4)
    if what == 0:
        del box[at[-1]]
    elif what == 1 or not v or not isinstance(v, str):
        box[at[-1]] = dice.choice([None, 0, "", [], "00"])
    else:
        i = dice.randrange(len(v))
        box[at[-1]] = v[:i] + dice.choice("0123456789abcdef ") + v[i + 1 :]
    return json.dumps(doc, separators=(",", ":"))


def main():
    verify, folder, n = os.path.join(sys.argv[1], "refval-verify"), sys.argv[2], int(sys.argv[3])
    dice = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    whole = [line for line in sys.stdin.read().splitlines() if line]
    lines = whole + [damaged(dice.choice(whole), dice) for _ in range(n)]
    many = subprocess.run([verify, "--jsonl", "-", "--jobs", "2"] + ARGS, input="\n".join(lines), stdout=subprocess.PIPE, text=True)
    results = [json.loads(r) for r in many.stdout.splitlines()]
    assert [r["line"] for r in results] == list(range(1, len(lines) + 1)), "a result for each line, in order"

    def alone(i):
        path = os.path.join(folder, "%d.json" % i)
        with open(path, "w") as f:
            f.write(lines[i])
        p = subprocess.run([verify, path, "--json"] + ARGS, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        os.unlink(path)
        # A file has a name, which messages tell; a line has none.
        out, said = p.stdout.replace(path, "EVIDENCE"), p.stderr.replace(path + ": ", "").split(": ", 1)
        report = json.loads(out)
        # What was read is in the result itself.
        report.pop("subject", None)
        return p.returncode, report if report["schema"] == "refval.report/1" else None, said[-1].strip()

    count, bad, worst = collections.Counter(), 0, 0
    with ThreadPoolExecutor(2) as pool:
        for i, (code, report, said) in enumerate(pool.map(alone, range(len(lines)))):
            r = results[i]
            mine = r.get("report")
            worst = max(worst, {"yes": 0, "cannot-tell": 3, "no": 4}[r["verdict"]])
            count[r["verdict"] + (", unread" if r["error"] else "")] += 1
            same = (report == mine and code == {"yes": 0, "no": 1, "cannot-tell": 3}[r["verdict"]]) if report else (
                code in (1, 3) and r["error"] == said)
            if not same:
                bad += 1
                print("line %d: exit %d %s, and %s %s" % (i + 1, code, said[:150], r["verdict"], (r["error"] or "")[:150]))
                print("  ", lines[i][:200])
    if many.returncode != {0: 0, 3: 3, 4: 1}[worst]:
        bad += 1
        print("exit %d" % many.returncode)
    print(", ".join("%d %s" % (c, v) for v, c in sorted(count.items())))
    print("%d lines, %d answered otherwise" % (len(lines), bad))


if __name__ == "__main__":
    main()
