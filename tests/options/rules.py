#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What options need and exclude, in the manual pages: as the programs have it.

usage: rules.py BIN DOCS [--write]

Each program prints its rules; refval-NAME.1 has them as a subsection ahead of
EXIT STATUS, made here. Prints the pages that have another one; --write mends them.
"""
import os
import subprocess
import sys

TITLE = ".Ss What options need and exclude\n"
END = ".Sh EXIT STATUS\n"


def names(text):
    return " , ".join("Fl Fl " + name for name in text.split())


def section(program):
    out = subprocess.run([program, "--print-rules"], check=True, stdout=subprocess.PIPE, text=True).stdout
    rows = [line.split("\t")[1:] for line in out.splitlines() if line.startswith("rule\t")]
    if not rows:
        return ""
    s = TITLE + "An option that cannot have its effect is wrong use (exit 2), never ignored:\n.Bl -tag -width Ds -compact\n"
    for options, needs, against, why in rows:
        end = " :\n%s.\n" % why if why != "-" else " .\n"
        s += ".It " + names(options) + "\n"
        if needs != "-":
            s += "%s\n.%s%s" % ("needs one of" if " " in needs else "needs", names(needs), end)
        if against != "-":
            s += "does not go with\n.%s%s" % (names(against), end)
    return s + ".El\n"


def main():
    bin_, docs = sys.argv[1:3]
    for f in sorted(os.listdir(bin_)):
        page = os.path.join(docs, f + ".1")
        if not f.startswith("refval-"):
            continue
        with open(page) as p:
            text = p.read()
        head, end, tail = text.partition(END)
        assert end, page
        new = head.partition(TITLE)[0] + section(os.path.join(bin_, f)) + end + tail
        if new == text:
            continue
        print("%s.1 has other rules than the program" % f)
        if "--write" in sys.argv:
            with open(page, "w") as p:
                p.write(new)


main()
