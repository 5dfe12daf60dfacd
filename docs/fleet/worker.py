#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One worker of a fleet: lines from a Redis stream through refval-verify.

usage: worker.py [--url redis://127.0.0.1:6379] [--batch N] [--seconds OF-A-LINE] [--idle SECONDS]
                 [--until-empty] -- OPTIONS OF refval-verify, without --jsonl

A core has one worker, a worker one `refval-verify --jsonl -`, which keeps what
machines have in common. What another took --idle ago is taken over. Keys:

  refval:in       stream; member "line" is evidence or an envelope (see refval-verify(1))
  refval:results  hash; SHA-256 of the line -> refval.result/1
  refval:until    sorted set; the same key, by the second at which its answer ends
  refval:tries    hash; the same key -> how often its answer did not come
  refval:poison   stream; lines that were set aside: key, line, why
"""
import argparse
import contextlib
import hashlib
import json
import os
import subprocess
import threading
import time
from datetime import datetime

import redis

GROUP, TRIES = "verifiers", 3


class Verifier:
    """refval-verify --jsonl -, started again after it ended."""

    def __init__(self, options, seconds):
        verify = os.environ.get("REFVAL_VERIFY", "refval-verify")
        self.command = [verify, "--jsonl", "-", "--jobs", "1", "--summary", *options]
        self.seconds, self.process, self.line = seconds, None, 0

    def stop(self):
        if self.process:
            self.process.communicate()
        self.process, self.line = None, 0

    def ask(self, lines):
        """A result for each, in order; fewer when it ended, or took too long."""
        if not self.process:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        child, results = self.process, []

        def feed():
            with contextlib.suppress(OSError):  # it ended: there are too few results
                child.stdin.write(b"".join(line + b"\n" for line in lines))
                child.stdin.flush()

        writer = threading.Thread(target=feed)
        watch = threading.Timer(self.seconds * len(lines), child.kill)
        writer.start()
        watch.start()
        for _ in lines:
            result = child.stdout.readline()
            if not result.endswith(b"\n") or json.loads(result)["line"] != self.line + 1:
                break
            self.line += 1
            results.append(result.strip())
        watch.cancel()
        if len(results) < len(lines):
            child.kill()
            writer.join()
            self.stop()
        return results


def key_of(line):
    return hashlib.sha256(line).hexdigest()


def settle(server, done):
    """What became of lines and their acknowledgements: all of it, or nothing."""
    with server.pipeline(transaction=True) as all_or_none:
        for entry, *commands in done:
            for command in commands:
                all_or_none.execute_command(*command)
            all_or_none.xack("refval:in", GROUP, entry).xdel("refval:in", entry)
        all_or_none.execute()


def stored(entry, line, result):
    until = json.loads(result)["holds_until"]
    at = datetime.fromisoformat(until.replace("Z", "+00:00")).timestamp() if until else "+inf"
    return entry, ("HSETNX", "refval:results", key_of(line), result), ("ZADD", "refval:until", at, key_of(line))


def set_aside(server, entry, line, why):
    settle(server, [(entry, ("XADD", "refval:poison", "*", "key", key_of(line), "line", line, "why", why))])


def answer(server, verifier, entries):
    """Each line stored, or set aside after its third failure."""
    work = []
    for entry, fields in entries:
        line = fields.get(b"line", b"\n")
        if b"\n" in line:
            set_aside(server, entry, line, "no member line, or a line feed in it")
        else:
            work.append((entry, line))
    size = len(work)
    while work:
        asked = work[:size]
        results = verifier.ask([line for _, line in asked])
        settle(server, [stored(*asked, result) for asked, result in zip(asked, results)])
        work = work[len(results) :]
        size = len(work)
        if len(results) < len(asked):
            # The first without an answer ended it: it has its turn again, alone.
            size = 1
            if server.hincrby("refval:tries", key_of(work[0][1]), 1) >= TRIES:
                set_aside(server, *work.pop(0), "no answer, %d times" % TRIES)


def take(server, me, o):
    """What another worker left behind, else what is new."""
    left = server.xautoclaim("refval:in", GROUP, me, int(o.idle * 1000), count=o.batch)[1]
    new = left or server.xreadgroup(GROUP, me, {"refval:in": ">"}, count=o.batch, block=1000)
    return left or (new[0][1] if new else [])


def main():
    p = argparse.ArgumentParser()
    for name, default in (("url", "redis://127.0.0.1:6379"), ("batch", 64), ("seconds", 30.0), ("idle", 60.0)):
        p.add_argument("--" + name, type=type(default), default=default)
    p.add_argument("--until-empty", action="store_true")
    p.add_argument("options", nargs="*")
    o = p.parse_args()
    verifier, me = Verifier(o.options, o.seconds), "%s-%d" % (os.uname().nodename, os.getpid())
    server = redis.Redis.from_url(o.url)
    while True:
        try:
            with contextlib.suppress(redis.exceptions.ResponseError):  # it is there
                server.xgroup_create("refval:in", GROUP, id="0", mkstream=True)
            while entries := take(server, me, o):
                answer(server, verifier, entries)
            if o.until_empty and not server.xlen("refval:in"):
                return verifier.stop()
        except redis.exceptions.ConnectionError:
            time.sleep(0.5)  # what was not acknowledged is delivered again


if __name__ == "__main__":
    main()
