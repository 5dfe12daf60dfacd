#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Is a private key still in the memory of a program that has used it?

usage: left-in-memory.py KEY.pem COMMAND...     exit 1: it is

The command's standard output is a pipe that is full: it is stopped where it
writes its result, signed, and holds still while its memory is searched for the
PEM text, the DER of it, and the secret number, in both byte orders. That the
search works is seen by what else must be there: the word "in-toto" or "rim+cbor".
"""
import base64, fcntl, os, re, subprocess, sys, time

F_SETPIPE_SZ = 1031


def secrets(pem):
    text = open(pem).read()
    lines = re.findall("^[A-Za-z0-9+/=]{24,}$", text, re.M)
    found = {"a line of the PEM": l.encode() for l in lines}
    for body in re.findall("PRIVATE KEY-----(.*?)-----END", text, re.S):
        der = base64.b64decode(body)
        found["the DER"] = der
        # The secret: the OCTET STRING of 32 or 48 bytes (RFC 5915, RFC 8410).
        for n in (32, 48):
            at = der.find(bytes((4, n)))
            if at >= 0 and at + 2 + n <= len(der):
                found["the number"] = der[at + 2 : at + 2 + n]
    found["the number, turned around"] = found["the number"][::-1]
    return found


def memory(pid):
    with open("/proc/%d/maps" % pid) as maps, open("/proc/%d/mem" % pid, "rb", 0) as mem:
        for line in maps:
            span, mode = line.split()[:2]
            first, last = (int(x, 16) for x in span.split("-"))
            if not mode.startswith("rw"):
                continue
            mem.seek(first)
            try:
                yield mem.read(last - first)
            except OSError:
                pass  # a mapping that cannot be read holds nothing of ours


def stands_still(pid):
    with open("/proc/%d/wchan" % pid) as f:
        wchan = f.read()
    with open("/proc/%d/syscall" % pid) as f:
        call = f.read().split()
    # Writing to standard output (1), or waiting in read (0) for input.
    return call[0] in ("0", "1") and call[1] in ("0x1", "0x0") or "pipe_write" in wchan


def main():
    pem, command = sys.argv[1], sys.argv[2:]
    r, w = os.pipe()
    room = fcntl.fcntl(w, F_SETPIPE_SZ, 4096)
    os.set_blocking(w, False)
    os.write(w, b"x" * (room - (0 if "publish" in command[0] else 100)))
    os.set_blocking(w, True)
    p = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=w)
    os.close(w)
    end = time.monotonic() + 60
    while not stands_still(p.pid):
        if p.poll() is not None or time.monotonic() > end:
            sys.exit("left-in-memory.py: it did not stop at its result")
        time.sleep(0.05)
    everything = b"\0".join(memory(p.pid))
    p.kill()
    p.wait()
    if not re.search(rb"in-toto|rim\+cbor", everything):
        sys.exit("left-in-memory.py: not even the result was found")
    left = [what for what, s in secrets(pem).items() if s in everything]
    if left:
        print("still in memory: " + ", ".join(left), file=sys.stderr)
        sys.exit(1)


main()
