#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""app.py - attestations of a NitroTPM as dstack writes them, with an app in PCR8
and PCR14, under a PKI of make.py's form (app/root.der). Run once, in this folder;
the keys are thrown away. Keccak is that of tests/agent/agent.py."""
import hashlib, json, os, sys
import make

sys.path.insert(0, "../../agent")
from agent import keccak

RUNTIME = 0x08000001


def config_id(compose_hash, app_id, kind, provider_id):
    """MrConfigV2"""
    return b"\2" + keccak(compose_hash + app_id + bytes([kind]) + provider_id, 256) + bytes(15)


# The one value that is public.
assert config_id(b"\x22" * 32, b"\x11" * 20, 2, b"\x33" * 32).hex() == "027f2ca741da9d356026ab20ca640abf06198829a128817b091bbc9aec1ed97b60" + "00" * 15
compose = open("app/app-compose.json", "rb").read()
compose_hash = hashlib.sha256(compose).digest()
app_id = b"\xa1" * 20  # given by a KMS
pinned = config_id(compose_hash, app_id, 2, b"\x33" * 32)
provider = json.dumps({"name": "kms", "id": json.loads(compose)["key_provider_id"]}, separators=(",", ":")).encode()
EVENTS = [("system-preparing", b""), ("app-id", app_id), ("compose-hash", compose_hash), ("instance-id", b"\x07" * 20),
          ("boot-mr-done", b""), ("key-provider", provider), ("storage-fs", b"ext4"), ("system-ready", b"")]


def digest(name, payload, version):
    if version == 2:
        return hashlib.sha384(json.dumps({"name": name, "payload": payload.hex(), "type": RUNTIME}, separators=(",", ":")).encode()).digest()
    return hashlib.sha384(RUNTIME.to_bytes(4, "little") + b":" + name.encode() + b":" + payload).digest()


def extend(digests):
    pcr = bytes(48)
    for d in digests:
        pcr = hashlib.sha384(pcr + d).digest()
    return pcr


def document(pcr8, pcr14):
    pcrs = {i: bytes(48) for i in range(24)}
    pcrs[4] = hashlib.sha384(b"4").digest()
    pcrs.update({8: pcr8, 14: pcr14})
    return make.sign(make.payload(nitrotpm_pcrs={i: v for i, v in pcrs.items() if v is not None}))


def compact(n):
    return bytes([n << 2]) if n < 64 else (n << 2 | 1).to_bytes(2, "little") if n < 1 << 14 else (n << 2 | 2).to_bytes(4, "little")


def vec(b):
    return compact(len(b)) + b


def scale(doc, events):
    return b"\0\4" + vec(doc) + compact(len(events)) + b"".join(vec(n.encode()) + vec(p) for n, p in events) \
        + b"made".ljust(64, b"\0") + vec(b"{}")


def pack(v):
    if isinstance(v, dict):
        return bytes([0x80 | len(v)]) + b"".join(pack(k) + pack(x) for k, x in v.items())
    if isinstance(v, list):  # array 16
        return b"\xdc" + len(v).to_bytes(2, "big") + b"".join(map(pack, v))
    if isinstance(v, bytes):
        return b"\xc5" + len(v).to_bytes(2, "big") + v
    if isinstance(v, str):
        return b"\xda" + len(v).to_bytes(2, "big") + v.encode()
    return bytes([v]) if v < 128 else b"\xcc" + bytes([v])


def msgpack(doc, events):
    return pack({"version": 1, "platform": {"kind": "aws-nitro-tpm", "data": {"attestation_doc": list(doc)}},
                 "stack": {"kind": "dstack", "data": {"report_data": b"made".ljust(64, b"\0"), "config": "{}",
                           "runtime_events": [{"event": n, "payload": p, "version": 2} for n, p in events]}}})


v1, v2 = (extend(digest(n, p, v) for n, p in EVENTS) for v in (1, 2))
good, other = extend([pinned]), extend([config_id(compose_hash, app_id, 2, b"")])
usual = config_id(compose_hash, compose_hash[:20], 2, b"\x33" * 32)
late = EVENTS + [("compose-hash", bytes(32))]
files = {
    "root.der": make.root,
    "good.scale": scale(document(good, v1), EVENTS),
    "good-v2.msgpack": msgpack(document(good, v2), EVENTS),
    # The same document without its events.
    "no-events.scale": scale(document(good, v1), []),
    # The same of an app whose id is the usual one.
    "no-events-usual.scale": scale(document(extend([usual]), v1), []),
    # An application recorded an event, which claims nothing.
    "late.scale": scale(document(good, extend(digest(n, p, 1) for n, p in late)), late),
    "dropped.scale": scale(document(good, v1), EVENTS[:3] + EVENTS[4:]),
    "changed.scale": scale(document(good, v1), [(n, compose_hash[::-1] if n == "compose-hash" else p) for n, p in EVENTS]),
    "pcr14-zero.scale": scale(document(good, bytes(48)), EVENTS),
    "pcr14-missing.scale": scale(document(good, None), EVENTS),
    "pcr8-zero.scale": scale(document(bytes(48), v1), EVENTS),
    "pcr8-missing.scale": scale(document(None, v1), EVENTS),
    # Extended twice; of an app whose manifest pins no key provider.
    "pcr8-twice.scale": scale(document(extend([pinned] * 2), v1), EVENTS),
    "pcr8-other.scale": scale(document(other, v1), EVENTS),
}
for f, x in files.items():
    open(os.path.join("app", f), "wb").write(x)
