#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Put lines of standard input into the stream that worker.py reads.

usage: enqueue.py [--url redis://127.0.0.1:6379] [--ahead N] < LINES

It waits while more than N lines are in the stream: the server holds them in memory.
"""
import argparse
import sys
import time

import redis

p = argparse.ArgumentParser()
p.add_argument("--url", default="redis://127.0.0.1:6379")
p.add_argument("--ahead", type=int, default=10000)
o = p.parse_args()
server = redis.Redis.from_url(o.url)


def put(lines):
    while lines:
        try:
            while server.xlen("refval:in") >= o.ahead:
                time.sleep(0.05)
            with server.pipeline(transaction=False) as together:
                for line in lines:
                    together.xadd("refval:in", {"line": line})
                return together.execute()
        except redis.exceptions.ConnectionError:
            time.sleep(0.5)  # perhaps they are there twice now: their keys are the same


rest = b""
while chunk := sys.stdin.buffer.read1(1 << 18):  # what there is
    *lines, rest = (rest + chunk).split(b"\n")
    put(lines)
put([rest] if rest else [])
