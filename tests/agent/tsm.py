#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A folder that plays Linux's configfs-tsm. usage: tsm.py DIR MODE [SECONDS]

Waits for a new entry in DIR, gives it the kernel's files, and answers what is
written to inblob with a captured quote that carries it. MODE: good, foreign
(somebody else writes too), stale (an old report), sev (another provider),
deaf (does not answer), big (a report that never ends), bare (no files), again
(good, and goes on with the next entry).
"""
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def put(path, content):
    with open(path + ".new", "wb") as f:
        f.write(content)
    os.rename(path + ".new", path)


def main():
    where, mode = sys.argv[1:3]
    end = time.time() + (float(sys.argv[3]) if len(sys.argv) > 3 else 10)
    with open(os.path.join(HERE, "..", "vectors", "real", "near-058-dev-3e6394", "quote.bin"), "rb") as f:
        quote = f.read()
    served = set()
    put(where.rstrip("/") + ".ready", b"")
    while time.time() < end:
        names = os.listdir(where)
        served &= set(names)
        for name in names:
            entry = os.path.join(where, name)
            if mode == "bare" or not os.path.isdir(entry):
                continue
            try:
                if name not in served:
                    served.add(name)
                    put(entry + "/inblob", b"")
                    put(entry + "/outblob", b"")
                    put(entry + "/provider", b"sev_guest\n" if mode == "sev" else b"tdx_guest\n")
                    put(entry + "/generation", b"7\n")
                with open(entry + "/inblob", "rb") as f:
                    asked = f.read()
                if len(asked) != 64 or mode == "deaf":
                    continue
                q = quote if mode == "stale" else quote[:568] + asked + quote[632:]
                put(entry + "/outblob", q * 300 if mode == "big" else q)
                put(entry + "/generation", b"9\n" if mode == "foreign" else b"8\n")
            except OSError:
                continue  # the other side has removed it
            if mode != "again":
                return
        time.sleep(0.01)


main()
