#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Bodies that nobody would send, to each address of a refval-serve that is there, for a time.

usage: fuzz_http.py HOST:PORT SECONDS SEED GOOD BODY...

GOOD is an envelope whose verdict is yes. It, the BODYs, lines and forms of them are damaged (places of the JSON, bytes,
lengths, headers, chunks) and sent. Each must have an answer that the manual page tells of, no crash may be counted,
and GOOD is a yes before and after. Prints how many of which status; exit 1 on the first thing that is not so.
"""
import collections
import json
import os
import random
import re
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fleet import damaged  # noqa: E402

# 503 and 504 are answers too, of a service that is busy: 500 is a worker that ended.
ANSWERS = {200, 400, 413, 415, 422, 503, 504}


def exchange(where, data, patience=600):
    """The status, and the bytes behind the headers; 0 when it hung up."""
    host, port = where.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=patience) as s:
        try:
            s.sendall(data)
        except OSError:
            pass  # it answered before all was sent
        got = b""
        try:
            while chunk := s.recv(1 << 16):
                got += chunk
        except ConnectionError:
            pass
    head, _, body = got.partition(b"\r\n\r\n")
    if head.startswith(b"HTTP/1.1 100 "):
        head, _, body = body.partition(b"\r\n\r\n")
    m = re.match(rb"HTTP/1\.[01] (\d{3}) ", head)
    return (int(m.group(1)) if m else 0), body


def request(target, body, headers=(), chunks=None, length=None):
    head = ["POST %s HTTP/1.1" % target, "Host: a", "Connection: close", *headers]
    if chunks:
        head.append("Transfer-Encoding: chunked")
        parts, at = [], 0
        for n in chunks:
            parts.append(b"%x\r\n%s\r\n" % (len(body[at : at + n]), body[at : at + n]) if body[at : at + n] else b"")
            at += n
        rest = body[at:]
        body = b"".join(parts) + (b"%x\r\n%s\r\n" % (len(rest), rest) if rest else b"") + b"0\r\n\r\n"
    else:
        head.append("Content-Length: %d" % (len(body) if length is None else length))
    return ("\r\n".join(head) + "\r\n\r\n").encode() + body


def bytes_damaged(body, dice):
    b = bytearray(body)
    for _ in range(dice.choice((1, 1, 2, 8))):
        i, what = dice.randrange(len(b) + 1), dice.randrange(6)
        if what == 0 and b:
            b[i % len(b)] ^= 1 << dice.randrange(8)
        elif what == 1:
            del b[i : i + dice.choice((1, 2, 100, 5000))]
        elif what == 2:
            b[i:i] = dice.choice((b"{", b"[" * 200, b'"', b"\0", b"\xff\xfe", b"\\u0000", b"1e999999", b"\r\n", b"null,", b"-" * 50))
        elif what == 3 and b:
            j = dice.randrange(len(b))
            b[i:i] = b[j : j + dice.choice((1, 40, 3000))]
        elif what == 4:
            del b[i:]
        else:
            b[i : i + 1] = bytes([dice.randrange(256)])
    return bytes(b)


def form_of(body, dice):
    """The form of the page, its boundary and headers as wrong as its parts."""
    boundary = dice.choice(("x", "----b" + "-" * 30, "a b", "x" * 70, "", "x\"y"))
    names = [dice.choice(("evidence", "evidence_text", "compose", "compose_text", "release", "", "evidence\0")) for _ in range(dice.randrange(1, 5))]
    parts = b"".join(
        b"--%s\r\nContent-Disposition: form-data; name=\"%s\"%s\r\n\r\n%s\r\n"
        % (boundary.encode(), n.encode(), dice.choice((b"", b"; filename=\"f\"", b"; filename=\"" + b"a" * 300 + b"\"")), body if n.startswith("ev") else b"dstack-0.5.8")
        for n in names)
    parts += b"--" + boundary.encode() + dice.choice((b"--\r\n", b"--", b"", b"-\r\n"))
    kind = dice.choice(('multipart/form-data; boundary=%s', 'multipart/form-data; boundary="%s"', "multipart/form-data", "text/plain; boundary=%s"))
    return (bytes_damaged(parts, dice) if dice.randrange(2) else parts), "Content-Type: " + (kind % boundary if "%" in kind else kind)


def one(dice, bodies):
    body = dice.choice(bodies)
    try:
        body = damaged(body, dice).encode() if dice.randrange(3) else bytes_damaged(body, dice)
    except (ValueError, IndexError):
        body = bytes_damaged(body, dice)
    target = dice.choice(("/v1/verify", "/v1/verify?stream", "/verify", "/report"))
    headers = []
    if target == "/report":
        body, kind = form_of(body, dice)
        headers.append(kind)
    elif target.endswith("stream"):
        body = b"\n".join(dice.choice((body, b"", b"{}", body[: dice.randrange(len(body) + 1)])) for _ in range(dice.randrange(1, 6)))
    if dice.randrange(20) == 0:
        headers.append(dice.choice(("Content-Encoding: gzip", "Expect: 100-continue", "X: " + "y" * 8000, "Content-Type: " + "z" * 500)))
    how = dice.randrange(12)
    if how == 0:  # less than was promised: it waits, and we go
        return request(target, body, headers, length=len(body) + 1 + dice.randrange(1000)), False
    if how < 4:
        return request(target, body, headers, chunks=[dice.choice((1, 7, 1000, 60000)) for _ in range(dice.randrange(1, 6))]), True
    return request(target, body, headers), True


def main():
    where, seconds, seed, good = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), open(sys.argv[4], "rb").read()
    bodies = [good] + [open(f, "rb").read() for f in sys.argv[5:]]
    dice, count, end = random.Random(seed), collections.Counter(), time.time() + seconds

    def is_yes():
        status, body = exchange(where, request("/v1/verify", good))
        return status == 200 and json.loads(body)["verdict"] == "yes"

    def crashes():
        _, body = exchange(where, b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        return int(re.search(rb"^refval_crashes_total (\d+)", body, re.M).group(1))

    assert is_yes(), "the good one is not a yes"
    while time.time() < end:
        data, whole = one(dice, bodies)
        if whole:
            status, _ = exchange(where, data)
        else:
            status = 0
            host, port = where.rsplit(":", 1)
            with socket.create_connection((host, int(port))) as s:
                s.sendall(data)
        count[status] += 1
        bad = whole and status not in ANSWERS and not (status == 431 or status == 0 and b"y" * 8000 in data)
        if bad or (sum(count.values()) % 200 == 0 and crashes()):
            with open("fuzz_http.request", "wb") as f:
                f.write(data)
            sys.exit("status %d, %d crashes; the request is in fuzz_http.request" % (status, crashes()))
    assert is_yes() and not crashes(), "afterwards"
    print("%d requests: %s; no crash" % (sum(count.values()), ", ".join("%d %s" % (n, s or "hung up on") for s, n in sorted(count.items()))))


main()
