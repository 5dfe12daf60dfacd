#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Put one captured machine into every container a user may meet, written from
the formats' own rules and not with refval's code.
usage: containers.py CAPTURE OUTDIR     (CAPTURE: a folder of tests/vectors/real)
OUTDIR/FORMAT.NAME is one file each; FORMAT is what refval must call it."""
import base64
import gzip
import json
import os
import struct
import subprocess
import sys

src, dst = sys.argv[1:]


def get(name):
    path = os.path.join(src, name)
    return open(path, "rb").read() if os.path.exists(path) else b""


quote = get("quote.bin")
log = json.loads(get("event_log.json"))
compose = get("app-compose.json").decode()
tcb = json.loads(get("tcb_info.json") or b"{}")
coll = json.loads(get("collateral.json") or b"null")
vm = get("vm_config.json").decode() or '{"cpu_count":8,"memory_size":68719476736}'
RD = quote[568:632]
OIDS = "1.3.6.1.4.1.62397.1."


def put(name, data):
    if isinstance(data, (dict, list)):
        data = json.dumps(data)
    if isinstance(data, str):
        data = data.encode()
    with open(os.path.join(dst, name), "wb") as f:
        f.write(data)


# ---- SCALE ----

def compact(n):
    if n < 1 << 6:
        return bytes([n << 2])
    if n < 1 << 14:
        return struct.pack("<H", n << 2 | 1)
    if n < 1 << 30:
        return struct.pack("<I", n << 2 | 2)
    return b"\x03" + struct.pack("<I", n)


def vec(b):
    return compact(len(b)) + b


def parts(strip):
    for e in log:
        digest = bytes.fromhex(e["digest"])
        payload = bytes.fromhex(e["event_payload"])
        if strip and e["event_type"] == 0x08000001:
            digest = b""
        yield e, digest, payload


def scale(strip=True):
    out = b"\0\0" + vec(quote) + compact(len(log))
    for e, digest, payload in parts(strip):
        out += struct.pack("<II", e["imr"], e["event_type"]) + vec(digest)
        out += vec(e["event"].encode()) + vec(payload)
    run = [(e, p) for e, _, p in parts(strip) if e["event_type"] == 0x08000001]
    out += compact(len(run))
    for e, p in run:
        out += vec(e["event"].encode()) + vec(p)
    return out + RD + vec(vm.encode())


# ---- MessagePack ----

class Ints(bytes):
    """Bytes that are written as an array of numbers."""


def pack(v, wide=False):
    def head(n, fix, limit, wider):
        if n < limit and not wide:
            return bytes([fix | n])
        for code, form in wider:
            if (n < 1 << 8 * struct.calcsize(form)
                    and not (wide and (code, form) != wider[-1])):
                return bytes([code]) + struct.pack(form, n)
        raise ValueError

    if v is None:
        return b"\xc0"
    if isinstance(v, int):
        return head(v, 0, 128, [(0xcc, ">B"), (0xcd, ">H"), (0xce, ">I")])
    if isinstance(v, str):
        b = v.encode()
        return head(len(b), 0xa0, 32,
                    [(0xd9, ">B"), (0xda, ">H"), (0xdb, ">I")]) + b
    if isinstance(v, Ints):
        return pack(list(v), wide)
    if isinstance(v, bytes):
        return head(len(v), 0, 0,
                    [(0xc4, ">B"), (0xc5, ">H"), (0xc6, ">I")]) + v
    if isinstance(v, (list, tuple)):
        return head(len(v), 0x90, 16, [(0xdc, ">H"), (0xdd, ">I")]) + \
            b"".join(pack(x, wide) for x in v)
    return head(len(v), 0x80, 16, [(0xde, ">H"), (0xdf, ">I")]) + \
        b"".join(pack(k, wide) + pack(x, wide) for k, x in v.items())


def msgpack(named, how, version=None):
    """how: what bytes are written as."""
    events, run = [], []
    for e, digest, payload in parts(True):
        t = {"imr": e["imr"], "event_type": e["event_type"],
             "digest": how(digest), "event": e["event"],
             "event_payload": how(payload)}
        r = {"event": e["event"], "payload": how(payload)}
        if version and e["event_type"] == 0x08000001:
            t["version"] = r["version"] = version
        events.append(t)
        if e["event_type"] == 0x08000001:
            run.append(r)
    platform = {"quote": Ints(quote), "event_log": events}
    stack = {"report_data": Ints(RD), "runtime_events": run, "config": vm}
    whole = {"version": 1, "platform": {"kind": "tdx", "data": platform},
             "stack": {"kind": "dstack", "data": stack}}

    def rows(v):
        if isinstance(v, dict):
            return [rows(x) for x in v.values()]
        return [rows(x) for x in v] if isinstance(v, list) else v

    return whole if named else rows(whole)


# ---- TCG2 ----

def tcg2(tail=b""):
    spec = b"Spec ID Event03\0" + struct.pack("<IBBBBI", 0, 0, 2, 0, 2, 2)
    spec += struct.pack("<HHHHB", 0xb, 32, 0xc, 48, 3) + b"abc"
    out = struct.pack("<II20sI", 1, 3, b"", len(spec)) + spec
    for e, digest, payload in parts(False):
        if e["imr"] == 3:
            continue
        out += struct.pack("<III", e["imr"] + 1, e["event_type"], 2)
        out += struct.pack("<H", 0xb) + bytes(32)
        out += struct.pack("<H", 0xc) + digest.ljust(48, b"\0")
        out += struct.pack("<I", len(payload)) + payload
    return out + tail


# ---- certificates ----

def der_octets(b):
    n = len(b)
    if n < 128:
        return bytes([4, n]) + b
    size = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([4, 128 | len(size)]) + size + b


def certificate(name, extensions):
    conf = os.path.join(dst, "x.cnf")
    with open(conf, "w") as f:
        f.write("[req]\ndistinguished_name=n\nx509_extensions=e\nprompt=no\n"
                "[n]\nCN=dstack test\n[e]\nbasicConstraints=CA:false\n")
        for oid, value in extensions:
            f.write("%s%d=DER:%s\n" % (OIDS, oid, der_octets(value).hex()))
    pem = os.path.join(dst, name)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "3650",
                    "-keyout", os.devnull, "-config", conf, "-out", pem],
                   check=True, capture_output=True)
    subprocess.run(["openssl", "x509", "-in", pem, "-outform", "DER", "-out",
                    pem.replace(".pem", ".der")], check=True)
    os.unlink(conf)


# ---- all of them ----

text_log = json.dumps(log)
info = dict(tcb, event_log=log, app_compose=compose)
put("quote.bin", quote)
put("quote.hex", quote.hex())
put("quote.hex-0x", "0x" + quote.hex().upper() + "\n")
put("quote.hex-lines", "\n".join(quote.hex()[i:i + 60]
                                 for i in range(0, 2 * len(quote), 60)) + "\n")
put("quote.base64", base64.b64encode(quote))
put("quote.base64-lines", base64.encodebytes(quote))
put("quote.json-text", json.dumps(quote.hex()))
put("quote.json-bytes", list(quote))
put("event-log.json", log)
put("event-log.json-text", json.dumps(text_log))
put("tcg2.bin", tcg2())
put("tcg2.ff", tcg2(b"\xff" * 999))
put("tcg2.zeros", tcg2(bytes(1000)))
reply = {"quote": quote.hex(), "event_log": text_log, "report_data": RD.hex(),
         "vm_config": vm}
put("getquote.text-log", reply)
put("getquote.array-log", dict(reply, event_log=log))
put("getquote.upper-0x", dict(reply, quote="0x" + quote.hex().upper()))
put("getquote.vm-object", dict(reply, vm_config=json.loads(vm)))
put("getquote.attestation", dict(reply, attestation=scale().hex()))
put("verifier-request.quote", {k: reply[k] for k in
                               ("quote", "event_log", "vm_config")})
put("attestation-v0.request", {"attestation": scale().hex()})
put("tappd-quote.json", {"quote": quote.hex(), "event_log": text_log,
                         "hash_algorithm": "raw", "prefix": ""})
certs = [{"subject": {}, "position_in_chain": 0, "quote": quote.hex()},
         {"subject": {}, "position_in_chain": 1, "quote": "04" * 700}]
one = {"is_online": True, "is_public": True, "error": None,
       "app_certificates": certs, "tcb_info": info, "compose_file": "x"}
put("phala-attestation.json", one)
machine = {"vm_uuid": "u-1", "name": "web", "instance_id": "aa11",
           "quote": quote.hex(), "tcb_info": info, "app_certificates": None}
other = dict(machine, vm_uuid="u-2", name="db", instance_id="bb22",
             tcb_info=dict(info, event_log=log[:5]))
put("phala-attestations.one", {"app_id": "x", "instances": [machine]})
put("phala-attestations.two", {"app_id": "x", "instances": [other, machine]})
put("tcb-info.json", info)
put("tcb-info.json-text", json.dumps(json.dumps(info)))
put("info.json", {"app_id": "x", "tcb_info": json.dumps(info),
                  "vm_config": vm, "app_cert": "x"})
put("aci-report.json", {
    "api_version": "aci/1", "workload_keyset_digest": "sha256:" + "00" * 32,
    "attestation": {
        "tee_type": "tdx", "report_data": RD.hex(), "workload_keyset": {},
        "evidence": {"quote": quote.hex(), "quote_report_data": RD.hex(),
                     "event_log": text_log, "app_compose": compose,
                     "vm_config": json.loads(vm)}}})
dstack = {"quote": list(quote), "collateral": coll, "tcb_info": info}
put("near-public-data.json", {"near_p2p_public_key": "ed25519:x",
                              "tee_participant_info": {"Dstack": dstack}})
put("near-public-data.inner", dict(dstack, quote=quote.hex(),
                                   tcb_info=json.dumps(info)))
put("refval-evidence.json", {
    "schema": "refval.evidence/1", "format": "getquote",
    "source": {"from": "https://x.example", "api": "GetQuote",
               "when": "2026-04-01T12:00:00Z", "asked": RD.hex()},
    "quote": quote.hex(), "report_data": RD.hex(), "event_log": log,
    "vm_config": vm, "app_compose": compose, "claimed": None,
    "collateral": coll})
put("attestation-v0.bin", scale())
put("attestation-v0.hex", scale(False).hex())
put("attestation-v1.named", pack(msgpack(True, bytes)))
put("attestation-v1.named-ints", pack(msgpack(True, Ints)))
put("attestation-v1.named-hex-text", pack(msgpack(True, lambda b: b.hex())))
put("attestation-v1.array", pack(msgpack(False, bytes)))
put("attestation-v1.wide", pack(msgpack(True, bytes), True))
put("attestation-v1.array-wide", pack(msgpack(False, Ints), True))
put("attestation-v1.hex", pack(msgpack(True, bytes)).hex() + "\n")
elgz = b"ELGZv1" + gzip.compress(text_log.encode(), mtime=0)
certificate("ra-tls.plain-log.pem", [(1, quote), (2, text_log.encode())])
certificate("ra-tls.gzip-log.pem", [(1, quote), (2, elgz)])
certificate("ra-tls.attestation.pem", [(8, scale())])
certificate("ra-tls.attestation-v1.pem", [(8, pack(msgpack(True, bytes)))])
whole = json.dumps(reply)
put("getquote.gzip", gzip.compress(whole.encode(), mtime=0))
put("getquote.mark", b"\xef\xbb\xbf" + whole.encode())
put("getquote.utf-16", b"\xff\xfe" + whole.encode("utf-16-le"))
put("getquote.utf-16-be", b"\xfe\xff" + whole.encode("utf-16-be"))
put("getquote.base64url", dict(
    reply, quote=base64.urlsafe_b64encode(quote).decode().rstrip("=")))
certificate("ra-tls.all.pem", [(1, quote), (2, elgz), (8, scale())])
leaf = open(os.path.join(dst, "ra-tls.all.pem")).read()
put("issued-certificate.json", {"key": "-----BEGIN PRIVATE KEY-----\n",
                                "certificate_chain": [leaf, ""]})
put("info.app-cert", {"app_id": "x", "tcb_info": json.dumps(info),
                      "vm_config": vm, "app_cert": leaf})
