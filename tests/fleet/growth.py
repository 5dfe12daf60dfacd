#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CPU and memory of refval-verify --jsonl over the number of lines, as a table and an SVG.

usage: growth.py BIN FLEET FOLDER OUT.svg [MOST]    FLEET: tests/bench/fleet.c, built; MOST: 1000 or more

Rows that FOLDER/rows has already are not measured again. FOLDER keeps the
results of each: half a gigabyte for a million lines.
"""
import json
import math
import os
import subprocess
import sys
import time

MACHINE = "tests/vectors/real/near-058-dev-3e6394"
PLATFORMS = 500


def count(results, n):
    """The results are in order, each of its line, and each a yes; else the first that is not, and how many there are."""
    have = 0
    with open(results) as f:
        for line in f:
            got = json.loads(line)
            if (got["line"], got["id"], got["verdict"]) != (have + 1, str(have), "yes"):
                sys.exit("%s: not the result of line %d, or no yes: %s" % (results, have + 1, line))
            have += 1
    if have != n:
        sys.exit("%s: %d results of %d lines" % (results, have, n))


def measure(bin_, fleet, folder, n):
    """CPU seconds, wall seconds, MiB. The results stay in the folder."""
    results = os.path.join(folder, "results-%d.jsonl" % n)
    lines = subprocess.Popen([fleet, folder, str(PLATFORMS), str(n), MACHINE + "/event_log.json"], stdout=subprocess.PIPE)
    first = lines.stdout.read(1)  # the folder is written by now
    with open(results, "wb") as out:
        verify = subprocess.Popen(
            [os.path.join(bin_, "refval-verify"), "--jsonl", "-", "--jobs", "1", "--summary", "--release", "dstack-dev-0.5.8", "--cpus", "8",
             "--memory", "64G", "--qemu", "8.2.2", "--compose", MACHINE + "/app-compose.json", "--root-ca", folder + "/root.der",
             "--collateral", folder + "/collateral.json", "--at", "2026-06-01"], stdin=subprocess.PIPE, stdout=out)
    begin = time.time()
    try:
        verify.stdin.write(first)
        while chunk := lines.stdout.read(1 << 20):
            verify.stdin.write(chunk)
        verify.stdin.close()
    except BrokenPipeError:
        print("refval-verify reads no more", file=sys.stderr)
    _, status, used = os.wait4(verify.pid, 0)
    wall = time.time() - begin
    lines.stdout.close()
    made = lines.wait()
    if status or made:
        print("%d lines: refval-verify ended with status %d, the maker of lines with %d" % (n, status, made), file=sys.stderr)
    count(results, n)
    if status or made:
        sys.exit(1)
    return used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024


def across(rows, n):
    """Where n lines stand on the axis; a decade at the least is drawn."""
    low, high = math.log10(rows[0][0]), math.log10(rows[-1][0])
    return 60 + 480 * (math.log10(n) - low) / (max(high, low + 1) - low)


def curve(rows, column, top, colour):
    at = [(across(rows, r[0]), 250 - 200 * r[column] / top) for r in rows]
    path = " ".join("%.1f,%.1f" % p for p in at)
    dots = "".join('<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>' % (x, y, colour) for x, y in at)
    text = "".join('<text x="%.1f" y="%.1f" text-anchor="middle" fill="%s">%.3g</text>' % (x, y - 8, colour, r[column]) for (x, y), r in zip(at, rows))
    return '<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>%s%s' % (path, colour, dots, text)


def draw(rows):
    rows = [(n, 1e3 * cpu / n, mib) for n, cpu, _, mib in rows]
    ticks = "".join('<text x="%.1f" y="270" text-anchor="middle">%d</text>' % (across(rows, r[0]), r[0]) for r in rows)
    return ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 300" font-family="sans-serif" font-size="12" role="img"'
            ' aria-label="CPU milliseconds a line, and MiB, over the number of lines">'
            '<rect width="600" height="300" fill="#fff"/><path d="M60 40V250H540" fill="none" stroke="#333"/>%s'
            '<text x="300" y="292" text-anchor="middle">lines, of %d platforms</text>'
            '<text x="60" y="20" fill="#0b5394">CPU, ms a line</text><text x="200" y="20" fill="#b45f06">resident, MiB</text>%s%s</svg>\n'
            % (ticks, PLATFORMS, curve(rows, 1, 1.6 * max(r[1] for r in rows), "#0b5394"), curve(rows, 2, 1.1 * max(r[2] for r in rows), "#b45f06")))


def main():
    bin_, fleet, folder, out = sys.argv[1:5]
    most = int(sys.argv[5]) if len(sys.argv) > 5 else 1000000
    rows, n = [], 1000
    table = os.path.join(folder, "rows")
    if os.path.exists(table):
        with open(table) as f:
            rows = [tuple(map(float, line.split())) for line in f]
    while n <= most:
        if all(r[0] != n for r in rows):
            rows.append((n, *measure(bin_, fleet, folder, n)))
            with open(table, "a") as f:
                f.write("%d %.3f %.3f %.2f\n" % rows[-1])
        n *= 10
    rows.sort()
    for n, cpu, wall, mib in rows:
        print("| %d | %.1f | %.1f | %.2f | %.1f |" % (n, cpu, wall, 1e3 * cpu / n, mib))
    with open(out, "w") as f:
        f.write(draw(rows))


main()
