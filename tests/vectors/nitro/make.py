#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make.py - a PKI of AWS Nitro's form and documents that are validly signed by
it, each with one thing changed. Run once, in this folder; the keys are thrown
away. Needs python's cryptography."""
import datetime, hashlib
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)
MADE = datetime.datetime(2026, 9, 1, 12)


def head(major, n):
    for code, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if n < 24:
            return bytes([major << 5 | n])
        if n < 1 << 8 * size:
            return bytes([major << 5 | code]) + n.to_bytes(size, "big")


def cbor(v):
    if v is None:
        return b"\xf6"
    if isinstance(v, dict):
        return head(5, len(v)) + b"".join(cbor(k) + cbor(x) for k, x in v.items())
    if isinstance(v, list):
        return head(4, len(v)) + b"".join(map(cbor, v))
    if isinstance(v, int):
        return head(0, v)
    return head(2 + isinstance(v, str), len(v)) + (v.encode() if isinstance(v, str) else v)


def key(curve=ec.SECP384R1):
    return ec.generate_private_key(curve())


def cert(subject, k, issuer, by, ca, path=None, days=30, start=MADE - DAY, sign=True, alg=hashes.SHA384):
    n = lambda cn: x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cn)])
    b = (x509.CertificateBuilder().subject_name(n(subject)).issuer_name(n(issuer)).public_key(k.public_key())
         .serial_number(x509.random_serial_number()).not_valid_before(start).not_valid_after(start + days * DAY)
         .add_extension(x509.BasicConstraints(ca, path), True)
         .add_extension(x509.KeyUsage(sign and not ca, not sign, False, False, False, ca, ca, False, False), True))
    return b.sign(by, alg()).public_bytes(serialization.Encoding.DER)


rk, ak, bk, ck, lk, ok = (key() for _ in range(6))
root = cert("root", rk, "root", rk, True, None, 9000)
a, b, c = cert("a", ak, "root", rk, True, 2), cert("b", bk, "a", ak, True, 1), cert("c", ck, "b", bk, True, 0)
leaf = cert("leaf", lk, "c", ck, False, days=2)
PCR = {i: hashlib.sha384(b"%d" % i).digest() for i in (0, 1, 2, 4)}
PCR.update({i: bytes(48) for i in (3, 8)})


def payload(order=None, indefinite=True, **change):
    m = {"module_id": "i-00-enc00", "digest": "SHA384", "timestamp": int(MADE.replace(tzinfo=datetime.timezone.utc).timestamp()) * 1000,
         "pcrs": dict(sorted(PCR.items())), "certificate": leaf, "cabundle": [root, a, b, c], "public_key": None,
         "user_data": b"made".ljust(64, b"\0"), "nonce": None}
    if "nitrotpm_pcrs" in change:
        m = {("nitrotpm_pcrs" if k == "pcrs" else k): v for k, v in m.items()}
    m.update(change)
    body = cbor({k: m[k] for k in order or m})
    return b"\xbf" + body[1:] + b"\xff" if indefinite else body


def sign(p, k=lk, protected=b"\xa1\x01\x38\x22", tag=b"", alg=hashes.SHA384):
    r, s = utils.decode_dss_signature(k.sign(cbor(["Signature1", protected, b"", p]), ec.ECDSA(alg())))
    n = (k.curve.key_size + 7) // 8
    return tag + b"\x84" + cbor(protected) + b"\xa0" + cbor(p) + cbor(r.to_bytes(n, "big") + s.to_bytes(n, "big"))


good = sign(payload())
p256 = key(ec.SECP256R1)
swapped = ["digest", "module_id", "timestamp", "pcrs", "certificate", "cabundle", "public_key", "user_data", "nonce"]
first = cbor("module_id") + cbor("i-00-enc00")
other_root = cert("root", ok, "root", ok, True, None, 9000)
deep = cert("d", ok, "c", ck, True, 0)
files = {
    "root.der": root,
    "good": good,
    "good-tag": sign(payload(), tag=b"\xd2"),
    "good-definite": sign(payload(indefinite=False)),
    "good-one-below": sign(payload(cabundle=[root, a], certificate=cert("leaf", lk, "a", ak, False))),
    "good-tpm": sign(payload(nitrotpm_pcrs={i: hashlib.sha384(b"%d" % i).digest() for i in range(24)})),
    "debug": sign(payload(pcrs={i: bytes(48) for i in range(5)})),
    "other-key": sign(payload(), ok),
    "algorithm-es256": sign(payload(), protected=b"\xa1\x01\x26"),
    "key-order": sign(payload(swapped)),
    "key-twice": sign(b"\xbf" + first + payload()[1:]),
    "key-more": sign(payload()[:-1] + cbor("more") + b"\xf6\xff"),
    "pcr-twice": sign(payload(indefinite=False).replace(b"\x01\x58\x30", b"\x00\x58\x30", 1)),
    "payload-trailing": sign(payload() + b"\0"),
    "trailing": good + b"\0",
    "short": good[:-1],
    "bundle-empty": sign(payload(cabundle=[])),
    "bundle-of-five": sign(payload(cabundle=[root, a, b, c, deep])),
    "root-other": sign(payload(cabundle=[other_root, a, b, c])),
    "root-missing": sign(payload(cabundle=[a, b, c])),
    "link-missing": sign(payload(cabundle=[root, a, c])),
    "order-other": sign(payload(cabundle=[root, b, a, c])),
    "path-too-long": sign(payload(cabundle=[root, cert("a", ak, "root", rk, True, 1), b, c])),
    "issuer-no-ca": sign(payload(certificate=cert("x", lk, "leaf", lk, False), cabundle=[root, a, b, leaf])),
    "leaf-is-ca": sign(payload(certificate=cert("leaf", lk, "c", ck, True, 0))),
    "leaf-may-not-sign": sign(payload(certificate=cert("leaf", lk, "c", ck, False, sign=False))),
    "leaf-p256": sign(payload(certificate=cert("leaf", p256, "c", ck, False)), p256),
    "leaf-sha256": sign(payload(certificate=cert("leaf", lk, "c", ck, False, alg=hashes.SHA256))),
    "leaf-expired": sign(payload(certificate=cert("leaf", lk, "c", ck, False, days=1, start=MADE - 2 * DAY))),
    "leaf-not-yet": sign(payload(certificate=cert("leaf", lk, "c", ck, False, start=MADE + DAY))),
    "digest-other": sign(payload(digest="SHA256")),
    "timestamp-zero": sign(payload(timestamp=0)),
    "pcr-short": sign(payload(pcrs={0: bytes(47)})),
    "certificate-long": sign(payload(certificate=leaf + bytes(1025 - len(leaf)))),
}
if __name__ == "__main__":
    for f, x in files.items():
        open(f if "." in f else f + ".cose", "wb").write(x)
