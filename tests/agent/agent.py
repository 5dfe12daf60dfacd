#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The machine that refval-fetch asks, played from captured answers.

usage: agent.py (--socket PATH | --port-file FILE) [--tls CERT KEY] [--api new|attest|old|old03|snp|kds]
                [--machine NAME] [--info NAME] [--mode MODE] [--seconds N] [--log FILE] [--peer URL]

Serves on a Unix socket or on 127.0.0.1 and ends by itself after N seconds.
Good answers carry the report_data that was asked for (patched into a captured
quote, whose signature is then wrong: fetching does not look at it). Each other
MODE misbehaves in its own way. What an agent says is all of one capture, that of
--machine; only with --info is its Info another machine's.
"""
import argparse
import base64
import hashlib
import html
import http.server
import json
import os
import socketserver
import ssl
import sys
import threading
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
VECTORS = os.path.join(HERE, "..", "vectors")
FILES = {"getquote.json": "real/060-lite-getquote-07a2-cbor-v2/getquote.json",
         "attest.json": "real/060-lite-attestation/attestation.json",
         "tdxquote.json": "real/dev-040-examples/report.json",
         "tcb_info.json": "real/near-058-dev-3e6394/tcb_info.json",
         "quote.bin": "real/near-058-dev-3e6394/quote.bin"}
REPORT_DATA = 568  # of a version 4 TDX quote
A = None


def data(name):
    with open(os.path.join(VECTORS, FILES.get(name, name)), "rb") as f:
        return f.read()


def pcs_data(name):
    """What Intel's service answers: as recorded, or taken apart from collateral in the exchange form."""
    if not A.collateral:
        return data("dcap/pcs-c42f9164/" + name)
    with open(A.collateral) as f:
        c = json.load(f)

    def body(member, key):
        return ('{"%s":%s,"signature":"%s"}' % (key, c[member], c[member + "_signature"])).encode()

    return {"tcbinfo.json": lambda: body("tcb_info", "tcbInfo"),
            "qeidentity.json": lambda: body("qe_identity", "enclaveIdentity"),
            "tcb-info-issuer-chain.txt": lambda: urllib.parse.quote(c["tcb_info_issuer_chain"]).encode(),
            "sgx-enclave-identity-issuer-chain.txt": lambda: urllib.parse.quote(c["qe_identity_issuer_chain"]).encode(),
            "sgx-pck-crl-issuer-chain.txt": lambda: urllib.parse.quote(c["pck_crl_issuer_chain"]).encode(),
            "pckcrl.der": lambda: bytes.fromhex(c["pck_crl"]),
            "rootcacrl.hex": lambda: c["root_ca_crl"].encode()}[name]()


def doc(name):
    if name in ("getquote.json", "tdxquote.json") and A.machine:
        tcb = doc("tcb_info.json")
        q = data("real/%s/quote.bin" % A.machine).hex()
        if name == "tdxquote.json":
            return {"quote": q, "event_log": json.dumps(tcb["event_log"]), "hash_algorithm": "sha512", "prefix": ""}
        return {"quote": q, "event_log": json.dumps(tcb["event_log"]), "vm_config": "",
                "report_data": q[2 * REPORT_DATA:2 * REPORT_DATA + 128]}
    if name == "tcb_info.json" and A.machine:
        name = "real/%s/tcb_info.json" % A.machine
    return json.loads(data(name))


def patch(quote_hex, report_data):
    q = bytearray.fromhex(quote_hex)
    q[REPORT_DATA:REPORT_DATA + 64] = report_data.ljust(64, b"\0")
    return q.hex()


def keccak(data, bits):
    """Keccak[2 * bits] with the padding of before FIPS 202, one permutation a block (FIPS 202, 3.2)."""
    rate = 200 - bits // 4
    data = bytearray(data) + bytearray([1]) + bytearray(-(len(data) + 1) % rate)
    data[-1] |= 0x80
    a = [[0] * 5 for _ in range(5)]
    mask = (1 << 64) - 1

    def rol(v, n):
        return ((v << n % 64) | (v >> (64 - n % 64))) & mask if n % 64 else v

    for at in range(0, len(data), rate):
        for i in range(rate // 8):
            a[i % 5][i // 5] ^= int.from_bytes(data[at + 8 * i:at + 8 * i + 8], "little")
        lfsr = 1
        for _ in range(24):
            c = [a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4] for x in range(5)]
            for x in range(5):
                for y in range(5):
                    a[x][y] ^= c[x - 1] ^ rol(c[(x + 1) % 5], 1)
            x, y, v = 1, 0, a[1][0]
            for t in range(24):
                x, y = y, (2 * x + 3 * y) % 5
                v, a[x][y] = a[x][y], rol(v, (t + 1) * (t + 2) // 2)
            for y in range(5):
                row = [a[x][y] for x in range(5)]
                for x in range(5):
                    a[x][y] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5] & mask)
            for j in range(7):
                if lfsr & 1:
                    a[0][0] ^= 1 << ((1 << j) - 1)
                lfsr = lfsr << 1 ^ (0x171 if lfsr & 0x80 else 0)
    return b"".join(a[i % 5][i // 5].to_bytes(8, "little") for i in range(bits // 64))


HASHES = {"sha256": "sha256", "sha384": "sha384", "sha512": "sha512", "sha3-256": "sha3_256", "sha3-384": "sha3_384",
          "sha3-512": "sha3_512", "keccak256": 256, "keccak384": 384, "keccak512": 512}


def digest(name, data):
    if name not in HASHES:
        raise ValueError("unknown hash algorithm")
    if isinstance(HASHES[name], int):
        return keccak(data, HASHES[name])
    return hashlib.new(HASHES[name], data).digest()


def hashed(name, prefix, content):
    """dstack's old agent, section 4.1: H(prefix ":" content)."""
    if name == "raw":
        if len(content) != 64:
            raise ValueError("raw report_data must be 64 bytes")
        return content
    return digest(name, (prefix or "app-data").encode() + b":" + content)


def info():
    tcb = json.loads(data("real/%s/tcb_info.json" % A.info)) if A.info else doc("tcb_info.json")
    return {"app_id": "00" * 20, "instance_id": "11" * 20,
            "app_cert": open(A.app_cert).read() if A.app_cert else "",
            "tcb_info": json.dumps(tcb), "app_name": "test", "compose_hash": tcb["compose_hash"],
            "vm_config": "" if A.machine else "{\"cpu_count\":2,\"memory_size\":2147483648}"}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def address_string(self):
        return "peer"

    def log_message(self, *args):
        pass

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True

    def send(self, body, status=200, kind="application/json", headers=()):
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        if isinstance(body, str):
            body = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def misbehave(self, answer):
        """True when MODE had its own way of answering."""
        mode, body = A.mode, json.dumps(answer).encode()
        if mode == "slow":
            time.sleep(A.seconds)
        elif mode == "drip":
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            for i in range(len(body)):
                self.wfile.write(body[i:i + 1])
                self.wfile.flush()
                time.sleep(0.2)
        elif mode == "truncated":
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:len(body) // 2])
        elif mode == "cut":  # no length: only the JSON shows that it is not whole
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body[:len(body) // 2])
        elif mode == "hangup":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Ty")
        elif mode == "silent":
            pass
        elif mode == "nonsense":
            self.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        elif mode == "oversized":
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Connection", "close")
            self.end_headers()
            for _ in range(17):
                self.wfile.write(b" " * (1 << 20))
        elif mode == "headers":
            self.send_response(200)
            for i in range(80):
                self.send_header("X-%d" % i, "x" * 1000)
            self.end_headers()
        elif mode == "html":
            self.send("<html><body>Welcome</body></html>", kind="text/html; charset=utf-8")
            return True
        elif mode == "error500":
            self.send("oops", 500, "text/plain")
            return True
        elif mode == "error400":
            self.send({"error": "quote \x1b[31mfailed"}, 400)
            return True
        elif mode == "garbage":
            self.send(b"{\"quote\": \"0400\xff", 200)
            return True
        elif mode == "duplicate":
            self.send(body[:-1] + b", \"quote\": \"00\"}")
            return True
        elif mode == "trailing":
            self.send(body + b" {}")
            return True
        elif mode == "empty":
            self.send("")
            return True
        elif mode == "noquote":
            self.send(dict(answer, quote=""))
            return True
        elif mode == "badhex":
            self.send(dict(answer, quote="zz" + answer["quote"][2:]))
            return True
        elif mode == "shortquote":
            self.send(dict(answer, quote=answer["quote"][:1000]))
            return True
        elif mode == "redirect":
            self.send("", 302, headers=[("Location", A.peer)])
            return True
        else:
            return False
        self.close_connection = True
        return True

    def quote(self, answer, report_data):
        if A.mode == "wrong":
            report_data = b"\x5a" * 64
        if A.mode != "replay":
            answer = dict(answer, quote=patch(answer["quote"], report_data))
        if "report_data" in answer:
            answer["report_data"] = report_data.ljust(64, b"\0").hex()
        if not self.misbehave(answer):
            self.send(answer)

    def agent(self, path, ask):
        """The methods of the two generations of the API."""
        asked = bytes.fromhex(ask.get("report_data", ""))
        new = {"new": ["/GetQuote", "/Info"], "attest": ["/Attest"]}.get(A.api, [])
        old = {"old": ["RawQuote", "TdxQuote", "Info"], "old03": ["TdxQuote"]}.get(A.api, [])
        if A.api == "snp" and path == "/GetQuote":
            self.send({"quote": "", "event_log": "", "report_data": asked.hex(), "vm_config": ""})
        elif A.api == "snp" and path == "/Attest":
            # VersionedAttestation V0 of a SEV-SNP machine: no certificates, document, events or config
            report = bytearray(data("snp/made/report.bin"))
            if A.mode != "replay":
                report[0x50:0x90] = asked.ljust(64, b"\0")
            a = b"\0\3" + ((len(report) << 2) + 1).to_bytes(2, "little") + report + b"\0\0\0" + report[0x50:0x90] + b"\0"
            self.send({"attestation": a.hex()})
        elif path.startswith("/prpc/Tappd.") and old:
            method = path[len("/prpc/Tappd."):]
            if method not in old:
                self.send({"error": "Method not found: %s" % method}, 400)
            elif method == "Info":
                self.send(info())
            elif method == "RawQuote":
                self.quote(dict(doc("tdxquote.json"), hash_algorithm="raw"), asked)
            elif A.api == "old03":  # knows one way only
                self.quote(doc("tdxquote.json"), hashed("sha512", "", asked))
            else:
                try:
                    rd = hashed(ask.get("hash_algorithm") or "sha512", ask.get("prefix"), asked)
                except ValueError as e:
                    self.send({"error": str(e)}, 400)
                    return
                self.quote(dict(doc("tdxquote.json"), prefix=ask.get("prefix", "")), rd)
        elif path not in new:
            self.send("<html>404</html>", 404, "text/html")
        elif path == "/Info":
            if A.mode == "badinfo":
                self.send("{\"tcb_info\": 1}")
            elif A.mode == "noinfo":
                self.send("no", 404, "text/plain")
            else:
                self.send(info())
        elif path == "/Attest":
            a = bytearray.fromhex(doc("attest.json")["attestation"])
            at = a.index(bytes.fromhex("040002008100000000000000939a7233"))
            if A.mode != "replay":
                a[at + REPORT_DATA:at + REPORT_DATA + 64] = asked.ljust(64, b"\0")
                a = self.patch_v0(a, at, asked)
            answer = {"attestation": a.hex()}
            if not self.misbehave(answer):
                self.send(answer)
        else:
            self.quote(doc("getquote.json"), asked)

    @staticmethod
    def patch_v0(a, at, asked):
        """report_data stands once more at the end, before the config."""
        old = bytes.fromhex(doc("getquote.json")["report_data"])
        where = bytes(a).rfind(old)
        if where > at:
            a[where:where + 64] = asked.ljust(64, b"\0")
        return a

    def pcs(self, path, query):
        def chain(name):
            return pcs_data(name).decode().strip()

        tail = path.split("/certification/v4", 1)[1]
        if self.misbehave({"tcbInfo": {}}):
            return
        if tail == "/tcb":
            body = pcs_data("tcbinfo.json")
            if A.mode == "fmspc":
                body = body.replace(b"B0C06F000000", b"A0C06F000000")
            name = "SGX-TCB-Info-Issuer-Chain" if A.api == "pccs3" else "TCB-Info-Issuer-Chain"
            head = [(name, chain("tcb-info-issuer-chain.txt"))]
            if A.mode == "nochain":
                head = []
            if A.mode == "badchain":
                head = [(name, "%zz")]
            if A.mode == "unsigned":
                body = body.replace(b'"signature"', b'"signatur"')
            if A.mode == "tampered":
                body = body.replace(b"UpToDate", b"UptoDate", 1)
            self.send(body, headers=head)
        elif tail == "/qe/identity":
            self.send(pcs_data("qeidentity.json"),
                      headers=[("SGX-Enclave-Identity-Issuer-Chain", chain("sgx-enclave-identity-issuer-chain.txt"))])
        elif tail == "/pckcrl":
            if query.get("ca") != ["platform"]:
                self.send("", 404)
                return
            body, kind = pcs_data("pckcrl.der"), "application/pkix-crl"
            if A.api == "pccs3" or "encoding" not in query:
                body, kind = pcs_data("pckcrl.pem"), "application/x-pem-file"
            if A.mode == "badcrl":
                body = body[:-1]
            self.send(body, kind=kind,
                      headers=[("SGX-PCK-CRL-Issuer-Chain", chain("sgx-pck-crl-issuer-chain.txt"))])
        elif tail == "/rootcacrl" and A.api != "pcs":
            self.send(pcs_data("rootcacrl.hex"), kind="text/plain")
        else:
            self.send("", 404)

    def kds(self, what, query):
        """AMD's service, for one chip: the one that tests/vectors/snp/made/report.bin is of."""
        report = data("snp/made/report.bin")
        spl = {name: ["%02d" % report[0x180 + at]] for name, at in
               (("blSPL", 0), ("teeSPL", 1), ("snpSPL", 6), ("ucodeSPL", 7))}

        def pem(name):
            return "-----BEGIN CERTIFICATE-----\n%s-----END CERTIFICATE-----\n" % base64.encodebytes(
                data("snp/made/" + name)).decode()

        if self.misbehave({}):
            return
        if what == "cert_chain":
            self.send(pem("ask.der") + ("" if A.mode == "noark" else pem("ark.der")), kind="application/x-pem-file")
        elif what == "crl":
            self.send(data("snp/made/ask.der" if A.mode == "nocrl" else "snp/made/crl-empty.der"),
                      kind="application/pkix-crl")
        elif what == report[0x1a0:0x1e0].hex() and query == spl and A.mode != "nochip":
            self.send(data("snp/made/vcek.der"), kind="application/pkix-cert")
        else:
            self.send("", 404)

    def google(self, path):
        """Google's hosts, for the machine of gcp-tdx-attestation-c: an authority's certificate, and an endorsement."""
        made = json.loads(data("gcp/endorsements.json"))
        if self.misbehave({}):
            return
        if path.startswith("http://privateca-content-") and path.endswith(".storage.googleapis.com/c59a22589ab43a57e3a4/ca.crt"):
            self.send(data("gcp/intermediate-v3.der"), kind="application/pkix-cert")
        elif path.endswith(".storage.googleapis.com/032bf9d39db4fa06aade/crl.crl") and A.mode in ("list", "nolist"):
            self.send(data("gcp/root-crl.der" if A.mode == "list" else "gcp/intermediate-v3.der"), kind="application/pkix-crl")
        elif path == "/gce_tcb_integrity/ovmf_x64_csm/tdx/%s.binarypb" % made["mrtd"] and A.mode != "none":
            self.send(bytes.fromhex(made["cases"][0]["endorsement"]), kind="application/octet-stream")
        elif path == "/cloud_integrity/GCE-cc-tcb-root_1.crt" and A.mode == "otherroot":
            self.send(bytes.fromhex(made["root"]), kind="application/x-x509-ca-cert")
        else:
            self.send("", 403 if A.mode == "none" else 404)

    def rim(self, name):
        """NVIDIA's service of manifests."""
        path = os.path.join(VECTORS, "gpu", "rims", name + ".xml")
        if A.mode == "nonsense-rim":
            self.send({"error": "no"})
        elif not os.path.exists(path):
            self.send({"error": "not found"}, 404)
        else:
            xml = data(path)
            self.send({"id": name, "rim": base64.b64encode(xml).decode(), "sha256": hashlib.sha256(xml).hexdigest(),
                       "last_updated": "2026-06-09T00:00:00Z", "rim_format": "TCG", "request_id": "x"})

    def ocsp(self, body):
        """Its responder: of the answers in A.answers the one with the serial number that is asked for."""
        # RFC 6960, 4.1.1: the CertID's last field, and the request's when it has no extensions.
        serial = next(body[-n - 2:] for n in range(20, 0, -1) if body[-n - 2:-n] == bytes([2, n]))
        for name in sorted(os.listdir(A.answers)):
            answer = data(os.path.join(os.path.abspath(A.answers), name))
            if serial in answer:
                self.send(answer, kind="application/ocsp-response")
                return
        self.send(b"\x30\x03\x0a\x01\x06", kind="application/ocsp-response")  # unauthorized

    def web(self, path, query):
        tcb = doc("tcb_info.json")
        q = data("quote.bin").hex()
        if path == "/quote":
            self.quote(doc("getquote.json"), bytes.fromhex(query.get("rd", [""])[0]))
        elif path == "/captured":
            a = doc("getquote.json")
            if not self.misbehave(a):
                self.send(a)
        elif path == "/oracle":
            st = {"source": "api.example.org", "price": 97123.5, "timestamp": 1736899200123}
            if A.fingerprint:
                st["tlsFingerprint"] = A.fingerprint
            md = hashlib.sha256(json.dumps(st, separators=(",", ":")).encode()).digest()
            self.send(json.dumps({"statement": st, "quote": patch(q, md.hex().encode()),
                                  "event_log": tcb["event_log"], "report_data": md.hex().encode().hex()}, indent=2))
        elif path == "/":
            self.send("<!DOCTYPE html><html><body><h1>Node</h1><textarea readonly>%s</textarea></body></html>"
                      % html.escape(json.dumps(tcb, indent=2)), kind="text/html; charset=utf-8")
        elif path == "/private":
            self.send("<html><p>TCB info is not public</p></html>", kind="text/html")
        elif path == "/prpc/Worker.Info":
            self.send(info() if A.app_cert else "", 200 if A.app_cert else 404)
        elif path.startswith("/api/v1/apps/"):
            one = {"vm_uuid": "a", "name": "one", "instance_id": "1" * 40, "quote": q, "tcb_info": tcb}
            self.send({"app_id": "0" * 40, "instances": [one, dict(one, name="two", instance_id="2" * 40)]})
        elif path.startswith("/api/v1/cvms/"):
            self.send({"is_online": True, "app_certificates": [{"quote": q}], "tcb_info": tcb})
        elif path == "/here":
            self.send("", 302, headers=[("Location", "/captured")])
        elif path == "/loop":
            self.send("", 302, headers=[("Location", "/loop")])
        elif path == "/away":
            self.send("", 302, headers=[("Location", A.peer)])
        elif path == "/binary":
            self.send(data("quote.bin"), kind="application/octet-stream")
        elif path == "/IntelSGXRootCA.der" and A.api == "pcs":  # a revocation list, for all its name says
            self.send(bytes.fromhex(pcs_data("rootcacrl.hex").decode().strip()), kind="application/x-x509-ca-cert")
        elif "/certification/v4/" in path:
            self.pcs(path, query)
        elif A.api == "google":
            self.google(self.path)
        elif A.api == "kds" and path.startswith("/vcek/v1/Milan/"):
            self.kds(path.split("/")[-1], query)
        else:
            self.send("", 404)

    def answer(self, body):
        binary = self.headers.get("Content-Type") == "application/ocsp-request"
        if A.log:
            with open(A.log, "a") as f:
                f.write("%s %s %s\n" % (self.command, self.path, body.hex() if binary else body.decode()))
        at = urllib.parse.urlsplit(self.path)
        if A.answers and binary:
            self.ocsp(body)
            return
        if at.path.startswith("/v1/rim/"):
            self.rim(at.path[len("/v1/rim/"):])
            return
        if A.socket:
            self.agent(at.path, json.loads(body) if body else {})
        else:
            self.web(at.path, urllib.parse.parse_qs(at.query))

    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))


class Unix(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


class Tcp(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


def main():
    global A
    p = argparse.ArgumentParser()
    p.add_argument("--socket")
    p.add_argument("--port-file")
    p.add_argument("--tls", nargs=2)
    p.add_argument("--api", default="new")
    p.add_argument("--mode", default="good")
    p.add_argument("--seconds", type=int, default=150)
    p.add_argument("--log")
    p.add_argument("--peer", default="http://127.0.0.2:9/")
    p.add_argument("--app-cert")
    p.add_argument("--machine")
    p.add_argument("--info")
    p.add_argument("--collateral")  # of another platform than the recorded one
    p.add_argument("--answers")  # a folder of OCSP answers
    p.add_argument("--fingerprint")  # that the oracle's statement names
    A = p.parse_args()
    if A.socket and not A.machine:
        A.machine = "near-058-dev-3e6394"
    server = Unix(A.socket, Handler) if A.socket else Tcp(("127.0.0.1", 0), Handler)
    if A.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*A.tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    if A.port_file:
        with open(A.port_file + ".new", "w") as f:
            f.write("%d\n" % server.server_address[1])
        os.rename(A.port_file + ".new", A.port_file)
    threading.Timer(A.seconds, lambda: os._exit(0)).start()
    server.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    sys.exit(main())
