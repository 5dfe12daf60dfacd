#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Clients of an HTTP server that are slow, broken or many, and what becomes of them.

usage: slow.py HOST:PORT hold N FILE     N requests that never end; then FILE exists, until it is removed
       slow.py HOST:PORT fill N MIB FILE N requests that stop after MIB of their bodies; then as hold
       slow.py HOST:PORT trickle SECONDS a byte of a request each 0.2 s: how long until it is hung up on?
       slow.py HOST:PORT deaf BODY TARGET SECONDS   a request whose answer nobody reads
       slow.py HOST:PORT broken          requests that are none: the answer's first line of each, or "closed"
       slow.py fd COMMAND...             COMMAND with a listening socket as systemd passes it; prints its port first
"""
import os
import socket
import sys
import time

BROKEN = [
    b"\r\n\r\n\r\n", b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET / HTTP/9.9\r\n\r\n",
    b"POST /v1/verify HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    b"POST /v1/verify HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    b"POST /v1/verify HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST /v1/verify HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n",
    b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 10000 + b"\r\n",
]


def connect(where):
    host, port = where.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=20)


def hold(where, n, flag):
    held = []
    for i in range(n):
        s = connect(where)
        s.sendall([b"POST /v1/verify HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{", b"GET /heal", b""][i % 3])
        held.append(s)
    open(flag, "w").close()
    while os.path.exists(flag):
        time.sleep(0.05)


def fill(where, n, mib, flag):
    held = []
    for _ in range(n):
        s = connect(where)
        try:
            s.sendall(b"POST /v1/verify HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % ((mib << 20) + 1) + b" " * (mib << 20))
        except OSError:
            pass
        held.append(s)
    open(flag, "w").close()
    while os.path.exists(flag):
        time.sleep(0.05)


def trickle(where, seconds):
    s, began = connect(where), time.time()
    head = b"POST /v1/verify HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + b" " * 100000
    try:
        for byte in head:
            s.sendall(bytes([byte]))
            s.settimeout(0.2)
            try:
                if not s.recv(1):
                    break
            except socket.timeout:
                pass
            if time.time() - began > seconds:
                return print("still there")
    except OSError:
        pass
    print("closed after %d s" % round(time.time() - began))


def deaf(where, body, target, seconds):
    with open(body, "rb") as f:
        data = f.read()
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    host, port = where.rsplit(":", 1)
    s.connect((host, int(port)))
    s.sendall(b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (target.encode(), len(data)) + data)
    time.sleep(seconds)
    got = 0
    s.settimeout(5)
    try:
        while True:
            n = len(s.recv(1 << 20))
            got += n
            if not n:
                break
    except OSError:
        pass
    print("%d bytes" % got)


def broken(where):
    for data in BROKEN:
        s = connect(where)
        try:
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
            line = s.makefile("rb").readline().decode("latin-1").strip()
        except OSError:
            line = ""
        print(line or "closed")


def pass_fd(command):
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen(5)
    print(s.getsockname()[1], flush=True)
    os.dup2(s.fileno(), 3)
    os.set_inheritable(3, True)
    os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
    os.execvp(command[0], command)


def main():
    if sys.argv[1] == "fd":
        return pass_fd(sys.argv[2:])
    where, what, *rest = sys.argv[1:]
    if what == "hold":
        hold(where, int(rest[0]), rest[1])
    elif what == "fill":
        fill(where, int(rest[0]), int(rest[1]), rest[2])
    elif what == "trickle":
        trickle(where, float(rest[0]))
    elif what == "deaf":
        deaf(where, rest[0], rest[1], float(rest[2]))
    else:
        broken(where)


main()
