#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make.py - a PKI of the form of Google's, quotes of a vTPM that it signs validly, each with one thing changed, and
endorsements of firmware; made.json says what must come of each. Run once, in this folder; the keys are thrown away.
Needs python's cryptography. Also a-v1.msgpack: the machine of a-v0.scale in the other encoding."""
import datetime, hashlib, json, struct
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.x509.oid import NameOID

START = datetime.datetime(2025, 1, 1)
DAY = datetime.timedelta(days=1)
MACHINE = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.1.21")
FIRMWARE = bytes(range(48))
H = lambda b: hashlib.sha256(b).digest()


def capture(name):
    return open("../real/gcp-tdx-attestation-%s/attestation.bin" % name, "rb").read()


def tlv(tag, body):
    n = len(body)
    return bytes([tag]) + (bytes([n]) if n < 128 else bytes([0x81, n]) if n < 256 else b"\x82" + struct.pack(">H", n)) + body


def number(n):
    return tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def machine(zone="made-zone1-a", project_number=123456789012, project="made", instance_id=0xffeeddccbbaa9988, name="machine"):
    return tlv(0x30, tlv(12, zone.encode()) + number(project_number) + tlv(12, project.encode()) + number(instance_id) +
               tlv(12, name.encode()) + tlv(0xa0, tlv(0x30, b"")))


def cert(subject, k, issuer, by, ca, extension=None, days=3650, start=START, sign=True, alg=hashes.SHA256, url=None,
         by_ski=None, path=None):
    n = lambda cn: x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cn)])
    ski = x509.SubjectKeyIdentifier.from_public_key
    b = (x509.CertificateBuilder().subject_name(n(subject)).issuer_name(n(issuer)).public_key(k.public_key())
         .serial_number(x509.random_serial_number()).not_valid_before(start).not_valid_after(start + days * DAY)
         .add_extension(x509.BasicConstraints(ca, path), True)
         .add_extension(x509.KeyUsage(sign and not ca, False, not sign, False, False, ca, ca, False, False), True)
         .add_extension(ski(k.public_key()), False)
         .add_extension(x509.AuthorityKeyIdentifier((by_ski or ski(by.public_key())).digest, None, None), False))
    if extension:
        b = b.add_extension(x509.UnrecognizedExtension(MACHINE, extension), False)
    if url:
        b = b.add_extension(x509.AuthorityInformationAccess([x509.AccessDescription(
            x509.oid.AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(url))]), False)
    return b.sign(by, alg()).public_bytes(serialization.Encoding.DER)


def rsa_key(bits=2048):
    return rsa.generate_private_key(65537, bits)


URL = "http://privateca-content-00000000-0000-0000-0000-000000000000.storage.googleapis.com/0123456789abcdef0123/ca.crt"
rk, mk, ok, ak, ark, tk, sk = rsa_key(), rsa_key(), rsa_key(), ec.generate_private_key(ec.SECP256R1()), rsa_key(), rsa_key(), rsa_key()
root = cert("EK/AK CA Root", rk, "EK/AK CA Root", rk, True)
middle = cert("EK/AK CA Intermediate", mk, "EK/AK CA Root", rk, True)
leaf_of = lambda k=ak, **a: cert("1", k, "EK/AK CA Intermediate", mk, a.pop("ca", False), a.pop("extension", machine()), url=URL, **a)
leaf, leaf_rsa = leaf_of(), leaf_of(ark)

# What capture c has: its quote, and the values of PCR 0, 2 and 14.
c = capture("c")
at = c.index(bytes.fromhex("ff544347801800"))
quote = c[5:5 + 8000]
assert quote[:8] == bytes.fromhex("0400020081000000")
PCR = {0: "0cca9ec161b09288802e5a112255d21340ed5b797f5fe29cecccfd8f67b9f802",
       2: "07884b4eca7bcbbb5c471c9b80f1fedd670369bc9c4966fdf8e8744bc4b5bfc4",
       14: "4f021d3198f02402e0ad1ab711ad52e18f7c66d1024bdca5bf46ac625670235b"}
PCR = {k: bytes.fromhex(v) for k, v in PCR.items()}


def attest(extra=H(quote), pcrs=PCR, select=None, digest=None, magic=0xff544347, kind=0x8018, bank=11, safe=1, more=b"",
           banks=1, signer=b"\0\x0b" + bytes(range(32)), size=3):
    bits = bytearray(size)
    for i in select or pcrs:
        bits[i // 8] |= 1 << i % 8
    digest = H(b"".join(pcrs.values())) if digest is None else digest
    two = lambda b: struct.pack(">H", len(b)) + b
    return (struct.pack(">IH", magic, kind) + two(signer) + two(extra) + struct.pack(">QIIBQ", 1, 2, 3, safe, 4) +
            struct.pack(">IHB", banks, bank, size) + bytes(bits) + two(digest) + more)


def sign(message, key=ak):
    if isinstance(key, ec.EllipticCurvePrivateKey):
        r, s = (n.to_bytes(32, "big").lstrip(b"\0") for n in utils.decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256()))))
        return bytes.fromhex("0018000b") + struct.pack(">H", len(r)) + r + struct.pack(">H", len(s)) + s
    s = key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    return bytes.fromhex("0014000b") + struct.pack(">H", len(s)) + s


cases = []


def case(name, want, row="", message=None, signature=None, certificate=leaf, middle=middle, pcrs=PCR, key=ak):
    message = message or attest()
    cases.append({"name": name, "want": want, "row": row, "message": message.hex(), "signature": (signature or sign(message, key)).hex(),
                  "certificate": certificate.hex(), "middle": middle.hex(), "pcrs": {str(k): v.hex() for k, v in pcrs.items()}})


good = sign(attest())
sev = dict(PCR, **{})
sev[0] = bytes.fromhex("a0b5ff3383a1116bd7dc6df177c0c2d433b9ee1813ea958fa5d166a202cb2a85")
odd = dict(PCR)
odd[0] = bytes(32)
four = {0: PCR[0], 2: PCR[2], 4: bytes(32), 14: PCR[14]}
two = {0: PCR[0], 2: PCR[2]}
case("good", "GENUINE", "yes vtpm_quote")
case("good-rsa", "GENUINE", "yes vtpm_quote", certificate=leaf_rsa, key=ark)
case("other-key", "SIGNATURE", "no vtpm_signature", key=ec.generate_private_key(ec.SECP256R1()))
case("other-rsa-key", "SIGNATURE", "no vtpm_signature", certificate=leaf_rsa, key=ok)
case("rsa-by-a-p256-key", "SIGNATURE", "no vtpm_signature", key=ark)
case("p256-by-an-rsa-key", "SIGNATURE", "no vtpm_signature", certificate=leaf_rsa)
case("rsa-1024", "SIGNATURE", "no vtpm_signature", certificate=leaf_of(k := rsa_key(1024)), key=k)
case("hash-sha384", "FORMAT", "cannot-tell vtpm_signature", signature=good[:2] + b"\0\x0c" + good[4:])
case("rsapss", "FORMAT", "cannot-tell vtpm_signature", signature=b"\0\x16" + good[2:])
case("signature-trailing", "FORMAT", "cannot-tell vtpm_signature", signature=good + b"\0")
case("signature-short", "FORMAT", "cannot-tell vtpm_signature", signature=good[:-1])
case("r-of-33-bytes", "FORMAT", "cannot-tell vtpm_signature", signature=good[:4] + b"\0\x21\0" + good[6:6 + good[5]].rjust(32, b"\0") + good[6 + good[5]:])
case("by-the-root", "CHAIN", "no vtpm_signature", certificate=cert("1", ak, "EK/AK CA Root", rk, False, machine()))
case("middle-forged", "CHAIN", "no vtpm_signature", middle=cert("EK/AK CA Intermediate", mk, "EK/AK CA Root", ok, True,
     by_ski=x509.SubjectKeyIdentifier.from_public_key(rk.public_key())))
case("middle-of-another-root", "CHAIN", "no vtpm_signature", middle=cert("EK/AK CA Intermediate", mk, "other root", ok, True))
case("middle-missing", "CERT_MISSING", "cannot-tell vtpm_signature", middle=cert("EK/AK CA Intermediate", ok, "EK/AK CA Root", rk, True))
case("middle-no-ca", "CERT_FORMAT", "cannot-tell vtpm_signature", middle=cert("EK/AK CA Intermediate", mk, "EK/AK CA Root", rk, False))
case("middle-sha384", "CHAIN", "no vtpm_signature", middle=cert("EK/AK CA Intermediate", mk, "EK/AK CA Root", rk, True, alg=hashes.SHA384))
case("leaf-sha384", "CHAIN", "no vtpm_signature", certificate=leaf_of(alg=hashes.SHA384))
case("leaf-for-encryption", "CHAIN", "no vtpm_signature", certificate=leaf_of(sign=False))
case("leaf-is-ca", "CHAIN", "no vtpm_signature", certificate=leaf_of(ca=True))
case("leaf-other-issuer", "CHAIN", "no vtpm_signature", certificate=cert("1", ak, "another", mk, False, machine()))
case("leaf-expired", "CERT_TIME", "cannot-tell vtpm_signature", certificate=leaf_of(days=30))
case("leaf-not-yet", "CERT_TIME", "cannot-tell vtpm_signature", certificate=leaf_of(start=START + 3000 * DAY))
case("leaf-of-no-machine", "CERT_FORMAT", "cannot-tell vtpm_signature", certificate=leaf_of(extension=None))
case("leaf-machine-number-long", "CERT_FORMAT", "cannot-tell vtpm_signature",
     certificate=leaf_of(extension=machine(project_number=1 << 64)))
case("leaf-machine-name-odd", "CERT_FORMAT", "cannot-tell vtpm_signature", certificate=leaf_of(extension=machine(name="a\nb")))
case("leaf-machine-name-long", "CERT_FORMAT", "cannot-tell vtpm_signature", certificate=leaf_of(extension=machine(name="a" * 65)))
case("certificate-trailing", "CERT_FORMAT", "cannot-tell vtpm_signature", certificate=leaf + b"\0")
case("quote-of-another-machine", "GENUINE", "no vtpm_quote", message=attest(extra=H(capture("a")[5:8005])))
case("quote-by-report-data", "GENUINE", "no vtpm_quote", message=attest(extra=H(quote[568:632])))
case("nothing-asked", "GENUINE", "no vtpm_quote", message=attest(extra=b""))
case("digest-other", "GENUINE", "no vtpm_pcrs", message=attest(digest=bytes(32)))
case("pcrs-not-those", "GENUINE", "no vtpm_pcrs", message=attest(select=[0, 2, 15]))
case("pcrs-four", "GENUINE", "cannot-tell vtpm_pcrs", message=attest(pcrs=four), pcrs=four)
case("pcrs-two", "GENUINE", "cannot-tell vtpm_pcrs", message=attest(pcrs=two), pcrs=two)
case("technology-sev", "GENUINE", "no pcr0", message=attest(pcrs=sev), pcrs=sev)
case("technology-unknown", "GENUINE", "cannot-tell pcr0", message=attest(pcrs=odd), pcrs=odd)
for name, says, change in (
        ("magic-other", "magic ff544348", {"magic": 0xff544348}), ("a-certification", "type 8017", {"kind": 0x8017}),
        ("trailing", "1 bytes left over", {"more": b"\0"}), ("bank-sha1", "bank 0x4", {"bank": 4}),
        ("two-banks", "2 selections", {"banks": 2}), ("selection-of-four-bytes", "of 4 bytes", {"size": 4}),
        ("signer-sha384", "qualified signer of 50 bytes", {"signer": b"\0\x0c" + bytes(48)}),
        ("extra-of-65-bytes", "extraData of 65 bytes", {"extra": bytes(65)}), ("safe-two", "safe is 2", {"safe": 2}),
        ("digest-of-20-bytes", "digest of 20 bytes", {"digest": bytes(20)})):
    case("message-" + name, "INPUT", says, message=attest(**change))
if __name__ == "__main__":
    json.dump({"root": root.hex(), "cases": cases}, open("made.json", "w"), indent=1)


# ---- Google's endorsement ----

def varint(n):
    out = b""
    while n > 127:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])


def field(n, v):
    return varint(n << 3 | 2) + varint(len(v)) + v if isinstance(v, bytes) else varint(n << 3) + varint(v)


MRTD = quote[48 + 136:48 + 184]
tcb_root = cert("GCE-cc-tcb-root", tk, "GCE-cc-tcb-root", tk, True)
signer_of = lambda by=tk, **a: cert("signer", sk, "GCE-cc-tcb-root", by, a.pop("ca", False), **a)
signer = signer_of()
pem = lambda der: x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM)


def mrtd(ram=16, early=0, value=MRTD):
    return field(1, ram) + (field(2, early) if early else b"") + field(3, value)


def golden(cert=signer, tdx=field(1, 3) + field(2, mrtd(8, 1, bytes(48))) + field(2, mrtd()), digest=FIRMWARE, more=b"", ca=None):
    return (field(1, field(1, 1780000000) + field(2, 5)) + field(2, 777) + field(4, cert) + field(5, digest) +
            (field(6, ca) if ca else b"") + field(8, tdx) + more)


def endorse(g, key=sk, pad=None, alg=hashes.SHA256()):
    return field(1, g) + field(2, key.sign(g, pad or padding.PSS(padding.MGF1(hashes.SHA256()), 32), alg))


ends = []


def end(name, want, row, data):
    ends.append({"name": name, "want": want, "row": row, "endorsement": data.hex()})


end("good", "GENUINE", "yes mrtd", endorse(golden()))
end("of-other-firmware", "GENUINE", "no mrtd", endorse(golden(tdx=field(2, mrtd(value=bytes(48))))))
end("without-tdx", "GENUINE", "no mrtd", endorse(golden(tdx=field(1, 3))))
end("unknown-fields", "GENUINE", "yes mrtd", endorse(golden(more=field(7, b"\x08\x01") + field(99, 5) + b"\xa5\x06abcd" + b"\xa1\x06abcdefgh")))
end("other-key", "SIGNATURE", "no mrtd", endorse(golden(), ok))
end("pkcs1", "SIGNATURE", "no mrtd", endorse(golden(), pad=padding.PKCS1v15()))
end("salt-20", "SIGNATURE", "no mrtd", endorse(golden(), pad=padding.PSS(padding.MGF1(hashes.SHA256()), 20)))
end("signer-of-another-root", "CHAIN", "no mrtd", endorse(golden(signer_of(ok))))
end("signer-is-ca", "CHAIN", "no mrtd", endorse(golden(signer_of(ca=True))))
end("signer-for-encryption", "CHAIN", "no mrtd", endorse(golden(signer_of(sign=False))))
end("signer-expired", "CERT_TIME", "cannot-tell mrtd", endorse(golden(signer_of(days=30))))
g = golden()
for name, data in (("signature-missing", field(1, g)), ("outer-unknown", endorse(g) + field(3, b"x")), ("signed-twice", field(1, g) + endorse(g)),
                   ("trailing", endorse(g) + b"\n"), ("short", endorse(g)[:-1]), ("mrtd-of-47", endorse(golden(tdx=field(2, mrtd(value=bytes(47)))))),
                   ("digest-of-32", endorse(golden(digest=bytes(32)))), ("no-certificate", endorse(golden(cert=b"\0"))),
                   ("early-two", endorse(golden(tdx=field(2, mrtd(early=2))))), ("group", endorse(golden(more=b"\x4b"))),
                   ("number-long", endorse(golden(more=b"\xff" * 10 + b"\x01"))), ("field-zero", endorse(golden(more=b"\0\0"))),
                   ("mrtds-65", endorse(golden(tdx=field(2, mrtd()) * 65)))):
    end(name, "CERT_FORMAT", "cannot-tell mrtd", data)
if __name__ == "__main__":
    json.dump({"root": tcb_root.hex(), "mrtd": MRTD.hex(), "cases": ends}, open("endorsements.json", "w"), indent=1)


# ---- V1 of the machine of a-v0.scale ----

class Scale:
    def __init__(s, b):
        s.b, s.o = b, 0

    def take(s, n):
        s.o += n
        return s.b[s.o - n:s.o]

    def le(s, n):
        return int.from_bytes(s.take(n), "little")

    def count(s):
        n = s.le(1)
        more = (0, 1, 3)[n & 3]
        return (n | s.le(more) << 8) >> 2

    def vec(s):
        return s.take(s.count())

    def list(s, f):
        return [f() for _ in range(s.count())]


class Numbers(bytes):
    """Rust's Vec<u8>: an array of numbers."""


def pack(v):
    if isinstance(v, dict):
        return bytes([0x80 + len(v)]) + b"".join(pack(k) + pack(x) for k, x in v.items())
    if isinstance(v, Numbers):
        return b"\xdc" + struct.pack(">H", len(v)) + b"".join(pack(x) for x in v)
    if isinstance(v, list):
        return b"\xdc" + struct.pack(">H", len(v)) + b"".join(map(pack, v))
    if isinstance(v, bytes):
        return b"\xc5" + struct.pack(">H", len(v)) + v
    if isinstance(v, str):
        return b"\xda" + struct.pack(">H", len(v.encode())) + v.encode()
    return bytes([v]) if v < 128 else b"\xcc" + bytes([v]) if v < 256 else b"\xce" + struct.pack(">I", v)


if __name__ == "__main__":
    s = Scale(open("a-v0.scale", "rb").read())
    assert s.take(2) == b"\0\1"
    log = lambda: {"imr": s.le(4), "event_type": s.le(4), "digest": s.vec(), "event": s.vec().decode(), "event_payload": s.vec()}
    data = {"quote": Numbers(s.vec()), "event_log": s.list(log)}
    tpm = {"message": s.vec(), "signature": s.vec(),
           "pcr_values": s.list(lambda: {"index": s.le(4), "algorithm": s.vec().decode(), "value": s.vec()}),
           "ak_cert": s.vec(), "platform": ["dstack", "gcp"][s.le(1)],
           "event_log": s.list(lambda: {"pcr_index": s.le(4), "digest": s.vec()})}
    data["tpm_quote"] = tpm
    events = s.list(lambda: {"event": s.vec().decode(), "payload": s.vec(), "version": 1})
    stack = {"report_data": s.take(64), "runtime_events": events, "config": s.vec().decode()}
    open("a-v1.msgpack", "wb").write(pack({"version": 1, "platform": {"kind": "gcp-tdx", "data": data},
                                           "stack": {"kind": "dstack", "data": stack}}))
