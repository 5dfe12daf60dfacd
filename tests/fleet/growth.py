#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CPU and memory of refval-verify --jsonl over the number of lines, as a table and an SVG.

usage: growth.py BIN FLEET FOLDER OUT.svg [MOST]    FLEET: tests/bench/fleet.c, built

Rows that FOLDER/rows has already are not measured again.
"""
import math
import os
import subprocess
import sys
import time

MACHINE = "tests/vectors/real/near-058-dev-3e6394"
PLATFORMS = 500


def measure(bin_, fleet, folder, n):
    """CPU seconds, wall seconds, MiB."""
    lines = subprocess.Popen([fleet, folder, str(PLATFORMS), str(n), MACHINE + "/event_log.json"], stdout=subprocess.PIPE)
    first = lines.stdout.read(1)  # the folder is written by now
    verify = subprocess.Popen(
        [os.path.join(bin_, "refval-verify"), "--jsonl", "-", "--jobs", "1", "--summary", "--release", "dstack-dev-0.5.8", "--cpus", "8",
         "--memory", "64G", "--qemu", "8.2.2", "--compose", MACHINE + "/app-compose.json", "--root-ca", folder + "/root.der",
         "--collateral", folder + "/collateral.json", "--at", "2026-06-01"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    begin = time.time()
    verify.stdin.write(first)
    while chunk := lines.stdout.read(1 << 20):
        verify.stdin.write(chunk)
    verify.stdin.close()
    _, status, used = os.wait4(verify.pid, 0)
    assert status == 0 and lines.wait() == 0, "every line is a yes"
    return used.ru_utime + used.ru_stime, time.time() - begin, used.ru_maxrss / 1024


def curve(rows, column, top, colour):
    low, high = math.log10(rows[0][0]), math.log10(rows[-1][0])
    at = [(60 + 480 * (math.log10(r[0]) - low) / (high - low), 250 - 200 * r[column] / top) for r in rows]
    path = " ".join("%.1f,%.1f" % p for p in at)
    dots = "".join('<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>' % (x, y, colour) for x, y in at)
    text = "".join('<text x="%.1f" y="%.1f" text-anchor="middle" fill="%s">%.3g</text>' % (x, y - 8, colour, r[column]) for (x, y), r in zip(at, rows))
    return '<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>%s%s' % (path, colour, dots, text)


def draw(rows):
    rows = [(n, 1e3 * cpu / n, mib) for n, cpu, _, mib in rows]
    low, high = math.log10(rows[0][0]), math.log10(rows[-1][0])
    ticks = "".join('<text x="%.1f" y="270" text-anchor="middle">%d</text>' % (60 + 480 * (math.log10(r[0]) - low) / (high - low), r[0]) for r in rows)
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
