#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Answers of refval-serve beside those of dstack-verifier, on the same requests, and what they cost.

usage: peers.py REFVAL_SERVE DSTACK_VERIFIER FOLDER [REQUESTS]

Captured machines whose collateral was valid on 2026-04-01; each request as it is, and damaged. dstack-verifier has its
collateral from an HTTP server here that answers as Intel's caching service does, and finds the image's measurements in
its cache, as after a first request: images cannot be downloaded here, so that sha256sum.txt and metadata.json are made
up, and records with the hash of that stand on the other side. Both answer for the same time (faketime).
A difference in a member that docs/PEERS.md does not tell of makes exit 1. Then REQUESTS (2000) of one kind by ab.
"""
import hashlib
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

AT = "2026-04-01"
REAL = "tests/vectors/real"
# A machine, and the record of what it runs.
MACHINES = {"near-054-dev-070958": "dstack-dev-0.5.4", "near-054-dev-d0eae8": "dstack-dev-0.5.4", "near-057-dev-112ff3": "dstack-dev-0.5.7",
            "near-058-dev-3e6394": "dstack-dev-0.5.8", "near-058-dev-aa56b1": "dstack-dev-0.5.8", "near-058-dev-b7ea79": "dstack-dev-0.5.8"}
# Offsets in a quote of version 4, in hex digits.
REGISTERS = {"mrtd": 184, "rtmr0": 376, "rtmr1": 424, "rtmr2": 472}
REPORT_DATA = 568
# Members in which the two may differ, each by a row of the table in docs/PEERS.md.
EXPLAINED = {"reason": "`reason`", "details.acpi_tables_verified": "`acpi_tables_verified`", "status": "a body that is no JSON",
             "details.tcb_status": "`quote_verified`"}

# Requests on which they stop at different steps, all of whose members differ by one row.
LOG = "a log that does not give RTMR3"
ELSEWHERE = {"no event log": LOG, "a payload changed": LOG, "an event fewer": LOG, "an event more": LOG,
             "the firmware's first event gone": "a log that does not give RTMR0"}


class Collateral(http.server.BaseHTTPRequestHandler):
    """Intel's collateral of the machine that is asked about, under the paths of a PCCS."""
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # one packet: no waiting for somebody's delayed acknowledgement
    disable_nagle_algorithm = True
    now = {}
    asked = 0

    def do_GET(self):
        c, path = Collateral.now, urllib.parse.urlparse(self.path).path.split("/v4/")[-1]
        Collateral.asked += 1

        def signed(member, text, key):
            return json.dumps({member: "@"}).replace('"@"', c[text])[:-1] + ',"signature":"%s"}' % c[key]

        known = {
            "pckcrl": (lambda: bytes.fromhex(c["pck_crl"]), "SGX-PCK-CRL-Issuer-Chain", "pck_crl_issuer_chain"),
            "rootcacrl": (lambda: c["root_ca_crl"].encode(), None, None),  # a PCCS writes it as hex
            "tcb": (lambda: signed("tcbInfo", "tcb_info", "tcb_info_signature").encode(), "TCB-Info-Issuer-Chain", "tcb_info_issuer_chain"),
            "qe/identity": (lambda: signed("enclaveIdentity", "qe_identity", "qe_identity_signature").encode(), "SGX-Enclave-Identity-Issuer-Chain",
                            "qe_identity_issuer_chain"),
        }
        if path not in known:
            body, header, chain = b"", None, None
            self.send_response(404)
        else:
            body, header, chain = known[path]
            body = body()
            self.send_response(200)
        if header:
            self.send_header(header, urllib.parse.quote(c[chain]))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def vm_config(image):
    return {"os_image_hash": image, "cpu_count": 8, "memory_size": 64 << 30, "pci_hole64_size": 0, "hugepages": False, "num_gpus": 0,
            "num_nvswitches": 0, "hotplug_off": False, "host_share_mode": ""}


def make_image(cache, records, name, quote):
    """What the verifiers hold: an image's files with its registers there, a record here. Its hash."""
    with open("images/releases/%s.json" % name) as f:
        record = json.load(f)
    meta = json.dumps({"cmdline": "", "kernel": "k", "initrd": "i", "bios": "b", "version": record["version"], "is_dev": "dev" in record["flavour"]})
    sums = "%s  metadata.json\n" % hashlib.sha256(meta.encode()).hexdigest()
    image = hashlib.sha256(sums.encode()).hexdigest()
    folder = os.path.join(cache, "images", image)
    os.makedirs(folder, exist_ok=True)
    os.makedirs(os.path.join(cache, "measurements"), exist_ok=True)
    for file, text in (("metadata.json", meta), ("sha256sum.txt", sums)):
        with open(os.path.join(folder, file), "w") as f:
            f.write(text)
    # They look for the measurements of a configuration by SHA-256 of it, written without spaces.
    key = hashlib.sha256(json.dumps(vm_config(image), separators=(",", ":")).encode()).hexdigest()
    with open(os.path.join(cache, "measurements", key + ".json"), "w") as f:
        json.dump({"version": 3, "measurements": {r: quote[2 * at : 2 * at + 96] for r, at in REGISTERS.items()}}, f)
    record["os_image_hash"]["value"] = image
    with open(os.path.join(records, name + ".json"), "w") as f:
        json.dump(record, f)
    return image


def wait_for(url):
    for _ in range(300):
        try:
            return urllib.request.urlopen(url, timeout=5).read()
        except OSError:
            time.sleep(0.1)
    sys.exit("nobody answers at " + url)


def ask(port, body):
    r = urllib.request.Request("http://127.0.0.1:%d/verify" % port, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(r, timeout=120) as a:
            return a.status, a.read()
    except urllib.error.HTTPError as e:
        return e.code, e.read()


def damaged(request):
    """The request as it is, and what somebody might make of it."""
    yield "as it is", request

    def but(**change):
        return {k: v for k, v in {**request, **change}.items() if v is not None}

    q, log = request["quote"], json.loads(request["event_log"])
    config = json.loads(request["vm_config"])
    yield "another image", but(vm_config=json.dumps({**config, "os_image_hash": "00" * 32}))
    yield "no vm_config", but(vm_config=None)
    yield "no event log", but(event_log=None)
    yield "no quote", but(quote=None)
    yield "report_data changed", but(quote=q[: 2 * REPORT_DATA] + "ff" + q[2 * REPORT_DATA + 2 :])
    yield "a shorter quote", but(quote=q[:2000])
    yield "no hex", but(quote="x" + q[1:])
    payload = [{**e, "event_payload": "00" + e["event_payload"][2:]} if e["event"] == "app-id" else e for e in log]
    yield "a payload changed", but(event_log=json.dumps(payload))
    yield "an event fewer", but(event_log=json.dumps([e for e in log if e["event"] != "app-id"]))
    yield "the firmware's first event gone", but(event_log=json.dumps(log[1:]))
    yield "an event more", but(event_log=json.dumps(log + [log[-1]]))
    yield "a log that is none", but(event_log="{}")


def members(v, at=""):
    if isinstance(v, dict):
        for k in v:
            yield from members(v[k], at + "." + k if at else k)
    else:
        yield at, v


def differences(ours, theirs):
    """(member, ours, theirs) where they differ; of two reasons the words behind the step are each program's own."""
    (status, a), (their_status, b) = ours, theirs
    if status != their_status:
        return [("status", status, their_status)]
    a, b = dict(members(json.loads(a))), dict(members(json.loads(b)))
    step = re.compile(r"(Quote|OS image hash|Event log) verification failed")
    out = []
    for k in sorted(a.keys() | b.keys()):
        x, y = a.get(k), b.get(k)
        if k == "reason" and x and y and step.match(x) and step.match(y) and step.match(x)[0] == step.match(y)[0]:
            continue
        if x != y:
            out.append((k, x, y))
    return out


def cost(pids):
    """CPU seconds and peak MiB of processes and their children."""
    cpu, mib = 0.0, 0.0
    for pid in pids:
        with open("/proc/%d/stat" % pid) as f:
            s = f.read().rsplit(")", 1)[1].split()
        cpu += (int(s[11]) + int(s[12])) / os.sysconf("SC_CLK_TCK")
        with open("/proc/%d/status" % pid) as f:
            mib += int(re.search(r"VmHWM:\s*(\d+)", f.read()).group(1)) / 1024
    return cpu, mib


def family(pid):
    out = [pid]
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        for child in f.read().split():
            out += family(int(child))
    return out


def load(name, port, pid, body, n):
    before = cost(family(pid))[0]
    said = subprocess.run(["ab", "-q", "-k", "-n", str(n), "-c", "4", "-T", "application/json", "-p", body, "http://127.0.0.1:%d/verify" % port],
                          stdout=subprocess.PIPE, text=True, check=True).stdout
    cpu, mib = cost(family(pid))

    def number(pattern):
        return float(re.search(pattern, said).group(1))

    print("| %s | %.0f | %.0f | %.0f | %.2f | %.0f |" % (name, number(r"Requests per second:\s+([\d.]+)"), number(r" 50%\s+(\d+)"), number(r" 99%\s+(\d+)"),
                                                       1e3 * (cpu - before) / n, mib))
    assert number(r"Complete requests:\s+(\d+)") == n and "Non-2xx" not in said, said


def main():
    serve, verifier, folder = sys.argv[1:4]
    n = int(sys.argv[4]) if len(sys.argv) > 4 else 2000
    shutil.rmtree(folder, ignore_errors=True)
    cache, records = os.path.join(folder, "cache"), os.path.join(folder, "releases")
    os.makedirs(cache)
    os.makedirs(records)
    pccs = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collateral)
    threading.Thread(target=pccs.serve_forever, daemon=True).start()
    # As it is built today it listens there, whatever its file says.
    theirs, ours = 8000, 18092
    with open(os.path.join(folder, "verifier.toml"), "w") as f:
        f.write('address = "127.0.0.1"\nport = %d\nimage_cache_dir = "%s"\nimage_download_url = "http://127.0.0.1:%d/{OS_IMAGE_HASH}"\n'
                "image_download_timeout_secs = 5\n[attestation.urls]\npccs = \"http://127.0.0.1:%d\"\n"
                % (theirs, os.path.abspath(cache), pccs.server_port, pccs.server_port))
    requests = []
    for machine, release in MACHINES.items():
        with open("%s/%s/quote.bin" % (REAL, machine), "rb") as f:
            quote = f.read().hex()
        with open("%s/%s/event_log.json" % (REAL, machine)) as f:
            log = json.load(f)
        with open("%s/%s/collateral.json" % (REAL, machine)) as f:
            collateral = json.load(f)
        image = make_image(cache, records, release, quote)
        requests.append((machine, collateral, {"quote": quote, "event_log": json.dumps(log), "vm_config": json.dumps(vm_config(image))}))
    env = {**os.environ, "TZ": "UTC", "DONT_FAKE_MONOTONIC": "1", "RUST_LOG": "error"}
    log = open(os.path.join(folder, "verifier.log"), "w")
    started = [subprocess.Popen(["faketime", "-f", "@%s 00:00:00" % AT, verifier, "--config", os.path.join(folder, "verifier.toml")], env=env, stderr=log),
               subprocess.Popen([serve, "--listen", "127.0.0.1:%d" % ours, "--at", AT, "--releases", records], stderr=log)]
    with open("docs/PEERS.md") as f:
        peers = f.read()
    count, new, valid = {}, 0, [0, 0]
    try:
        wait_for("http://127.0.0.1:%d/health" % theirs)
        wait_for("http://127.0.0.1:%d/health" % ours)
        asked = 0
        for machine, collateral, request in requests:
            Collateral.now = collateral
            for what, r in [*damaged(request), ("no JSON", None)]:
                body = json.dumps({**r, "collateral": collateral}).encode() if r is not None else b"hello"
                a, b = ask(ours, body), ask(theirs, body)
                asked += 1
                valid[0] += b'"is_valid":true' in a[1]
                valid[1] += b'"is_valid":true' in b[1]
                for k, x, y in differences(a, b):
                    known = any("| %s" % row in peers for row in (EXPLAINED.get(k, "\0"), ELSEWHERE.get(what, "\0")))
                    new += not known
                    count[(k, known)] = count.get((k, known), 0) + 1
                    if not known or os.environ.get("V"):
                        print("%s: %s, %s: %s: %s | %s" % ("explained" if known else "NEW", machine, what, k, str(x)[:160], str(y)[:160]))
        print("%d requests, valid for us %d, for dstack-verifier %d" % (asked, *valid))
        for (k, known), c in sorted(count.items()):
            print("  %s: %d differ, %s" % (k, c, "explained in docs/PEERS.md" if known else "NEW"))
        Collateral.now = requests[3][1]
        with open(os.path.join(folder, "body"), "w") as f:
            json.dump({**requests[3][2], "collateral": requests[3][1]}, f)
        print("| %d requests over four connections | a second | p50, ms | p99, ms | CPU a request, ms | MiB at most |\n|---|---|---|---|---|---|" % n)
        before = Collateral.asked
        load("dstack-verifier", theirs, started[0].pid, os.path.join(folder, "body"), n)
        print("(it asked for collateral %.1f times a request)" % ((Collateral.asked - before) / n))
        load("refval-serve", ours, started[1].pid, os.path.join(folder, "body"), n)
    finally:
        for p in started:
            p.kill()
            p.wait()
    sys.exit(bool(new))


main()
