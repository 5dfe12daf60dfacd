#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""refval against dstack's own simulator of a guest agent, and its mock PKI.

usage: simulator.py SIMULATOR BIN     in the top folder

SIMULATOR is the folder of a release of it: dstack-simulator with dstack.toml,
app-compose.json, appkeys.json, sys-config.json and attestation.bin; where
dstack-mock-attestation lies beside them, its service is asked for collateral.
Both run in a temporary folder, on sockets there and on 127.0.0.1. What they
answer is held against the answers recorded in tests/vectors/peers.
"""
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

PEERS = os.path.abspath("tests/vectors/peers")
SIGNED = PEERS + "/signed-simulator"
SEED = "5a" * 32  # of the recorded answers
RECORDED_AT = "2026-11-28T13:00:00Z"
PARTS = ("dstack-simulator", "dstack.toml", "app-compose.json", "appkeys.json", "sys-config.json", "attestation.bin")
NONCE = "6e6f6e6365"
done = 0


def need(what, good, found=""):
    global done
    if not good:
        sys.exit("simulator.py: not so: %s: %s" % (what, str(found)[:3000]))
    done += 1
    print("ok: " + what)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class Simulator:
    """One of them, in a folder of its own below the current one."""

    def __init__(self, source, name, seed=None):
        os.mkdir(name)
        for part in PARTS:
            shutil.copy(os.path.join(source, part), name)
        self.folder, self.port = os.path.abspath(name), free_port()
        self.compose = self.folder + "/app-compose.json"
        with open(name + "/dstack.toml", encoding="utf-8") as f:
            text = f.read()
        text, n = re.subn(r'(\[external\]\n)address = .*\n(reuse = .*\n)?', r'\1address = "127.0.0.1"\nport = %d\n' % self.port, text)
        need("%s: its configuration has an external address" % name, n == 1, text)
        if seed:
            text, n = re.subn(r"(\[default\.core\.simulator\]\n)", r'\1mock_attestation_seed = "%s"\n' % seed, text)
            need("%s: and a place for a seed" % name, n == 1, text)
        with open(name + "/dstack.toml", "w", encoding="utf-8") as f:
            f.write(text)
        self.log = open(name + "/log", "wb")
        self.process = subprocess.Popen(["./dstack-simulator", "-c", "dstack.toml"], cwd=name, stdout=self.log, stderr=self.log)
        for s in ("dstack.sock", "tappd.sock"):
            self.wait(lambda: Unix(self.folder + "/" + s).connect())
        self.wait(lambda: socket.create_connection(("127.0.0.1", self.port)).close())

    def wait(self, attempt):
        for _ in range(600):
            try:
                return attempt()
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
        with open(self.folder + "/log", encoding="utf-8", errors="replace") as f:
            sys.exit("simulator.py: %s does not listen: %s" % (self.folder, f.read()[-2000:]))

    def socket(self, name="dstack.sock"):
        return self.folder + "/" + name

    def call(self, method, question, name="dstack.sock"):
        c = Unix(self.socket(name))
        c.request("POST", method, json.dumps(question), {"Content-Type": "application/json"})
        r = c.getresponse()
        body = r.read()
        need("%s answers" % method, r.status == 200, body)
        return json.loads(body)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.log.close()


def run(code, program, *args):
    """A program of ours, which must end with this code; what it printed."""
    r = subprocess.run([os.path.join(BIN, program), *args], capture_output=True, text=True, check=False)
    need("%s %s: exit %d" % (program, " ".join(os.path.basename(a) for a in args), code), r.returncode == code, r.stdout + r.stderr)
    return r.stdout + r.stderr


def report(code, *args):
    return json.loads(run(code, *args, "--json").split("\n}\n")[0] + "\n}")


def row(document, name):
    return [c["verdict"] + ": " + (c["reason"] or "") for l in document["layers"] for c in l["checks"] if c["name"] == name]


def fetched(s, name, *args, code=0):
    run(code, "refval-fetch", *args, "-o", name)
    e = load(name)
    if "quote" in e:
        need("%s: the quote carries what was asked for" % name, e["quote"][1136:1264] == e["source"]["asked"], e["source"])
    return e


def as_shipped(s):
    """Everything a guest's programs ask an agent for."""
    want = load(PEERS + "/getquote-sim.json")
    have = s.call("/GetQuote", {"report_data": want["report_data"]})
    need("GetQuote is the recorded answer", have == want, [k for k in want if have.get(k) != want[k]])
    with open(s.compose, encoding="utf-8") as f:
        compose = f.read()
    e = fetched(s, "getquote.json", "--socket", s.socket())
    need("of two vm_config neither is taken, and both are shown", e["vm_config"] is None and " and " in e["beside"], e["beside"])
    need("Info gives the manifest, byte for byte", e["app_compose"] == compose, e["app_compose"])
    need("the log gives the registers", "disagree" not in run(0, "refval-replay", "getquote.json"))
    need("neither vm_config decides", row(report(3, "refval-verify", "getquote.json"), "beside")[0].startswith("unchecked: "))
    d = report(1, "refval-diff", s.compose, "getquote.json")
    need("the manifest it hands out is not the one its quote was made with", row(d, "compose_hash")[0].startswith("no: "), row(d, "compose_hash"))
    need("Attest", fetched(s, "attest.json", "--socket", s.socket(), "--api", "attest")["source"]["api"] == "Attest")
    a, b = (load(n)["event_log"] for n in ("getquote.json", "attest.json"))
    need("both have one log", [e["digest"] for e in a] == [e["digest"] for e in b])
    run(0, "refval-replay", "attest.json")
    need("tappd", fetched(s, "tappd.json", "--socket", s.socket("tappd.sock"))["source"]["api"] == "Tappd.RawQuote")
    with open("statement", "w", encoding="utf-8") as f:
        f.write('{"price":1}')
    for h in ("sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512", "keccak256", "keccak384", "keccak512"):
        how = ("--statement", "statement", "--hash", h, "--prefix", "app-data")
        e = fetched(s, "%s.json" % h, "--socket", s.socket("tappd.sock"), "--api", "tappd", *how)
        need("the agent hashes with %s as we do" % h, e["source"]["api"] == "Tappd.TdxQuote", e["source"])
        run(0, "refval-diff", "%s.json" % h, *how)
        run(1, "refval-diff", "%s.json" % h, *how[:-1], "other")


def found_by_itself(s):
    for name in ("dstack.sock", "tappd.sock"):
        os.makedirs("root/var/run", exist_ok=True)
        os.symlink(s.socket(name), "root/var/run/" + name)
        e = fetched(s, "found.json", "--root", "root")
        need("%s is found" % name, e["source"]["from"].endswith(name), e["source"])
        os.remove("root/var/run/" + name)


def over_tcp(s):
    """The page of port 8090 and what stands beside it; neither can be asked for a nonce."""
    at = "http://127.0.0.1:%d" % s.port
    with open(s.compose, encoding="utf-8") as f:
        compose = f.read()
    run(0, "refval-fetch", at + "/", "-o", "page.json")
    need("the page has the manifest and the log", load("page.json")["app_compose"] == compose and load("page.json")["event_log"])
    run(0, "refval-replay", "page.json")
    run(0, "refval-fetch", at + "/prpc/Worker.Info", "-o", "info.json")
    need("Worker.Info: the quote of its certificate", load("info.json")["quote"] and load("info.json")["app_compose"] == compose)


def keys(s):
    """An application's key: attested, and what it signs."""
    with open("message", "w", encoding="utf-8") as f:
        f.write("hello")
    for algorithm in ("ed25519", "secp256k1"):
        signed = s.call("/Sign", {"algorithm": algorithm, "data": b"hello".hex()})
        c = http.client.HTTPConnection("127.0.0.1", s.port, timeout=30)
        c.request("POST", "/prpc/Worker.GetAttestationForAppKey?json", json.dumps({"algorithm": algorithm}), {"Content-Type": "application/json"})
        with open("appkey.json", "wb") as f:
            f.write(c.getresponse().read())
        for name, value in (("key", signed["public_key"]), ("signature", signed["signature"])):
            with open(name, "w", encoding="utf-8") as f:
                f.write(value + "\n")
        how = ("--public-key", "key", "--signature", "signature", "--message", "message")
        d = report(0, "refval-diff", "appkey.json", *how)
        need("%s: the quote carries the key" % algorithm, "dip1:: form" in row(d, "public-key")[0], row(d, "public-key"))
        need("%s: the key signed the message" % algorithm, row(d, "signature")[0].startswith("yes"), row(d, "signature"))
        with open("other", "w", encoding="utf-8") as f:
            f.write("hallo")
        run(1, "refval-diff", "appkey.json", *how[:-1], "other")
        derived = s.call("/GetKey", {"path": "vms", "purpose": "signing", "algorithm": algorithm})
        run(1, "refval-diff", "getquote.json", "--public-key", "key")
        need("GetKey is the key that signs", own_public(algorithm, derived["key"]) == signed["public_key"], derived)


def own_public(algorithm, key):
    from cryptography.hazmat.primitives import serialization as ser
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    if algorithm == "ed25519":
        k = ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key))
        return k.public_key().public_bytes(ser.Encoding.Raw, ser.PublicFormat.Raw).hex()
    k = ec.derive_private_key(int(key, 16), ec.SECP256K1())
    return k.public_key().public_bytes(ser.Encoding.X962, ser.PublicFormat.CompressedPoint).hex()


def ra_tls(s, name):
    """A certificate with a quote in it, served; the log and the quote come along."""
    answer = s.call("/GetTlsKey", {"subject": "app.example", "alt_names": ["localhost"], "usage_ra_tls": True, "usage_server_auth": True})
    with open("tls.key", "w", encoding="utf-8") as f:
        f.write(answer["key"])
    with open("tls.pem", "w", encoding="utf-8") as f:
        f.write("".join(answer["certificate_chain"]))
    port = free_port()
    server = subprocess.Popen(["openssl", "s_server", "-accept", "127.0.0.1:%d" % port, "-cert", "tls.pem", "-key", "tls.key", "-quiet", "-www"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        s.wait(lambda: socket.create_connection(("127.0.0.1", port)).close())
        run(0, "refval-fetch", "--tls-fingerprint", "127.0.0.1:%d" % port, "-o", name)
    finally:
        server.kill()
        server.wait()
    e = load(name)
    need("RA-TLS: its quote binds its key", e["source"]["api"] == "ra-tls" and e["quote"], e["source"])
    # A certificate has the log of what runs in the guest, not of its boot.
    d = report(3, "refval-replay", name)
    need("RA-TLS: the log gives RTMR3 of the quote", d["rtmr3"]["value"] == e["quote"][1040:1136], d["rtmr3"])
    # The same certificate as a file, for people who have it from elsewhere.
    run(0, "refval-quote", "--decode", "tls.pem")
    return e


def tutorial(s, text):
    """The lines that ask the socket, or look at what it answered."""
    n = 0
    env = dict(os.environ, SOCKET=s.socket(), PATH=BIN + ":" + os.environ["PATH"])
    for line in re.findall(r"(?m)^\$ (.*)$", text):
        line, _, code = line.partition("  # exit ")
        if not re.search(r'"\$SOCKET"| nonce\.json', line) or "$API" in line:
            continue
        # Its quote was made with another manifest.
        line = line.replace("refval-diff app-compose.json ", "refval-diff ")
        r = subprocess.run(["bash", "-c", line], env=env, capture_output=True, text=True, check=False)
        need("tutorial: %s: exit %s" % (line, code or 0), str(r.returncode) in re.findall(r"\d+", code or "0"), r.stdout + r.stderr)
        n += 1
    need("the tutorial's live part has them", n >= 3, n)


def signed(s):
    """With a seed: signed by the mock PKI, of which collateral and root are recorded."""
    want = load(SIGNED + "/se.json")
    e = fetched(s, "signed.json", "--socket", s.socket(), "--api", "attest", "--report-data", want["source"]["asked"])
    # Between the body and the certificates are a fresh attestation key and what it signs.
    need("body and certificates are the recorded ones", e["quote"][:1272] == want["quote"][:1272] and e["quote"][2436:] == want["quote"][2436:])
    judge = ("--collateral", SIGNED + "/coll.json", "--root-ca", SIGNED + "/tdx-root-ca.pem", "--at", RECORDED_AT)
    fetched(s, "fresh.json", "--socket", s.socket(), "--report-data", NONCE)
    ra_tls(s, "tls.json")
    for name in ("signed.json", "fresh.json", "tls.json"):
        genuine(name, judge)
    run(0, "refval-diff", "fresh.json", "--report-data", NONCE)
    run(1, "refval-diff", "fresh.json", "--report-data", "00" + NONCE)


def genuine(name, judge):
    """Verified under that root, which is never a yes; and a no with each thing changed."""
    d = report(3, "refval-quote", name, *judge, "--test-pki")
    need("%s: signed by the mock PKI" % name, d["verification"]["verified"] and d["verification"]["status"] == "UpToDate" and
         "test certificates" in d["reason"], d["reason"])
    run(1, "refval-quote", name, *judge)
    run(1, "refval-quote", name, *judge[:2], *judge[4:])
    e = load(name)
    for what, at in (("mrtd", 184), ("rtmr0", 376), ("rtmr3", 520), ("report_data", 568), ("signature", 640)):
        changed = dict(e, quote=e["quote"][:2 * at] + "%02x" % (int(e["quote"][2 * at:2 * at + 2], 16) ^ 1) + e["quote"][2 * at + 2:])
        with open("changed.json", "w", encoding="utf-8") as f:
            json.dump(changed, f)
        run(1, "refval-quote", "changed.json", *judge, "--test-pki")
    log = json.loads(json.dumps(e["event_log"]))
    log[-1]["digest"] = "00" * 48
    with open("changed.json", "w", encoding="utf-8") as f:
        json.dump(dict(e, event_log=log), f)
    run(1, "refval-replay", "changed.json")


def mock_pccs(source):
    """Its own service for collateral: what it answers today verifies today."""
    program = os.path.join(source, "dstack-mock-attestation")
    if not os.path.exists(program):
        print("left out: no dstack-mock-attestation in %s" % source)
        return
    port = free_port()
    at = "http://127.0.0.1:%d" % port
    with open("mock.json", "w", encoding="utf-8") as f:
        json.dump({"platform": "dstack-tdx", "mock_attestation_seed": SEED, "collateral_base_url": at}, f)
    with open("mock.log", "wb") as log:
        server = subprocess.Popen([program, "serve", "--listen", "127.0.0.1:%d" % port, "--config", "mock.json", "--output", "roots"], stdout=log, stderr=log)
        try:
            for _ in range(200):
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except OSError:
                    time.sleep(0.05)
            run(0, "refval-fetch", "fresh.json", "--collateral-from", at, "-o", "dated.json")
        finally:
            server.terminate()
            server.wait(10)
    with open("roots/tdx-root-ca.pem", encoding="utf-8") as a, open(SIGNED + "/tdx-root-ca.pem", encoding="utf-8") as b:
        need("its root is the recorded one", a.read() == b.read())
    d = report(3, "refval-quote", "dated.json", "--root-ca", "roots/tdx-root-ca.pem", "--test-pki")
    need("verified with collateral of its service", d["verification"]["verified"], d["reason"])


def main():
    global BIN
    source, BIN = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    missing = [p for p in PARTS if not os.path.exists(os.path.join(source, p))]
    if not sys.argv[1] or missing:
        print("left out: SIMULATOR=FOLDER names a release of dstack's simulator; %s: no %s" % (sys.argv[1] or "none was named", ", ".join(missing)))
        return 4
    with open("docs/TUTORIAL.md", encoding="utf-8") as f:
        text = f.read()
    os.environ["no_proxy"] = "*"
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, seed, parts in (("shipped", None, (as_shipped, found_by_itself, over_tcp, keys, lambda s: tutorial(s, text), lambda s: ra_tls(s, "ra-tls.json"))),
                                  ("seeded", SEED, (signed,))):
            s = Simulator(source, name, seed)
            try:
                for part in parts:
                    part(s)
            finally:
                s.stop()
        mock_pccs(source)
        os.chdir("/")
    print("simulator: %d checks" % done)
    return 0


BIN = ""
if __name__ == "__main__":
    sys.exit(main())
