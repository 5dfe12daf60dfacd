#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Is every line answered once, whoever is killed? usage: run.py BIN LINES N FOLDER

docs/fleet's worker and enqueue.py on a real redis-server on a unix socket: N lines,
made of those in LINES, two workers; one is killed (SIGKILL) at a third of them, the
server at two thirds, and both are started again. Then a line that ends refval-verify
each time. Prints what was seen; exit 1 when a line has no answer, or another one.
"""
import hashlib
import json
import os
import subprocess
import sys
import threading
import time

import redis

ARGS = ["--release", "dstack-dev-0.5.8", "--at", "2026-04-01"]
FLEET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/fleet")


def main():
    bin_, lines, n, folder = sys.argv[1], open(sys.argv[2], "rb").read().splitlines(), int(sys.argv[3]), os.path.abspath(sys.argv[4])
    if not lines:
        sys.exit("%s: no lines" % sys.argv[2])
    socket = os.path.join(folder, "redis.sock")
    url, real = "unix://" + socket, os.path.abspath(os.path.join(bin_, "refval-verify"))
    # The same program, but for a line that ends it, and one that it never answers.
    poison = os.path.join(folder, "verify")
    with open(poison, "w") as f:
        f.write("""#!/usr/bin/env python3
import subprocess, sys, time
p = subprocess.Popen([%r] + sys.argv[1:], stdin=subprocess.PIPE)
for line in sys.stdin.buffer:
    if b"poison: end" in line:
        p.kill(); sys.exit(9)
    if b"poison: sleep" in line:
        time.sleep(3600)
    p.stdin.write(line); p.stdin.flush()
p.stdin.close(); sys.exit(p.wait())
""" % real)
    os.chmod(poison, 0o755)

    def nth(i):
        return b'{"id":"%d","evidence":%s}' % (i, lines[i % len(lines)])

    def start_server():
        p = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", socket, "--dir", folder, "--appendonly", "yes",
                              "--appendfsync", "always", "--save", ""], stdout=subprocess.DEVNULL)
        server = redis.Redis.from_url(url)
        for _ in range(600):
            try:
                server.ping()
                return p, server
            except redis.exceptions.ConnectionError:
                time.sleep(0.1)
        sys.exit("redis-server does not answer")

    def worker(program=real, *more):
        return subprocess.Popen([sys.executable, os.path.join(FLEET, "worker.py"), "--url", url, "--idle", "2", *more, "--", *ARGS],
                                env={**os.environ, "REFVAL_VERIFY": program})

    def until(condition, what):
        end = time.time() + 60 + n / 50
        while True:
            try:
                if condition():
                    return
            except redis.exceptions.ConnectionError:
                pass
            if time.time() > end:
                sys.exit("too slow: " + what)
            time.sleep(0.02)

    broker, server = start_server()
    begin = time.time()
    team = [worker(), worker()]
    feeder = subprocess.Popen([sys.executable, os.path.join(FLEET, "enqueue.py"), "--url", url, "--ahead", "2000"], stdin=subprocess.PIPE)

    def feed():
        for i in range(n):
            feeder.stdin.write(nth(i) + b"\n")
        feeder.stdin.close()

    threading.Thread(target=feed).start()
    until(lambda: server.hlen("refval:results") >= n // 3, "the first third")
    team[0].kill()
    team[0].wait()
    team[0] = worker()
    until(lambda: server.hlen("refval:results") >= 2 * n // 3, "the second third")
    broker.kill()
    broker.wait()
    killed_at = time.time()
    broker, server = start_server()
    until(lambda: server.hlen("refval:results") >= n and not server.xlen("refval:in"), "the rest")
    feeder.wait()
    took = time.time() - begin
    results = server.hgetall("refval:results")
    keys = {hashlib.sha256(line).hexdigest().encode(): i for i, line in enumerate(map(nth, range(n)))}
    wrong = sum(json.loads(results[k])["id"] != str(i) for k, i in keys.items() if k in results)
    lost, extra = len(keys.keys() - results.keys()), len(results.keys() - keys.keys())
    verdicts = {}
    for r in results.values():
        verdicts[json.loads(r)["verdict"]] = verdicts.get(json.loads(r)["verdict"], 0) + 1
    due = server.zcount("refval:until", 0, "(inf")
    print("%d lines in %.1f s: %s; %d lost, %d extra, %d another's; %d have an end" % (n, took, json.dumps(verdicts, sort_keys=True), lost, extra, wrong, due))
    for p in team:
        p.terminate()
        p.wait()

    # A line that ends the verifier, one that is never answered, one that is no line.
    for line in (b"x", b'"poison: end"', nth(0) + b" ", b'"poison: sleep"', b"a\nb"):
        server.xadd("refval:in", {"line": line})
    server.xadd("refval:in", {"other": b"member"})
    # Long enough for a start of the verifier, whatever else this machine does.
    begin = time.time()
    subprocess.run([poison, "--jsonl", "-", *ARGS], input=nth(0), stdout=subprocess.DEVNULL)
    patience = max(0.5, 10 * (time.time() - begin))
    alone = worker(poison, "--seconds", str(patience), "--until-empty")
    until(lambda: alone.poll() is not None, "the poison")
    aside = [(f[b"line"], f[b"why"].decode()) for _, f in server.xrange("refval:poison")]
    print("set aside: %s" % aside)
    more = server.hlen("refval:results") - len(results)
    print("the others: %d" % more)
    broker.terminate()
    broker.wait()
    good = not (lost or extra or wrong or more != 2 or alone.returncode) and sorted(aside) == sorted([
        (b"a\nb", "no member line, or a line feed in it"), (b"\n", "no member line, or a line feed in it"),
        (b'"poison: end"', "no answer, 3 times"), (b'"poison: sleep"', "no answer, 3 times")])
    sys.exit(not good)


main()
