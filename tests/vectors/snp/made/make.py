#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make.py - a PKI of AMD's form, a report that binds our own document, and
lists of revoked certificates. Run once, in this folder; the keys are thrown
away. Needs python's cryptography."""
import datetime, hashlib, json
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.x509.oid import NameOID

H = hashes.SHA384()
PSS = padding.PSS(padding.MGF1(H), 48)
START, END = datetime.datetime(2026, 1, 1), datetime.datetime(2046, 1, 1)
der = serialization.Encoding.DER


def name(cn):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cn)])


def cert(subject, key, issuer, by, serial, ca, ext=()):
    b = (x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer)).public_key(key.public_key())
         .serial_number(serial).not_valid_before(START).not_valid_after(END))
    if ca:
        b = b.add_extension(x509.BasicConstraints(True, None), True)
    for arc, value in ext:
        b = b.add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.3704.1." + arc), value), False)
    return b.sign(by, H, rsa_padding=PSS).public_bytes(der)


def crl(issuer, by, serials, start=START, end=END):
    b = x509.CertificateRevocationListBuilder().issuer_name(name(issuer)).last_update(start).next_update(end)
    b = b.add_extension(x509.CRLNumber(7), False)
    for s in serials:
        b = b.add_revoked_certificate(x509.RevokedCertificateBuilder().serial_number(s).revocation_date(start).build())
    return b.sign(by, H, rsa_padding=PSS).public_bytes(der)


def small(v):
    return bytes([2, 1, v]) if v < 0x80 else bytes([2, 2, 0, v])


ark, ask, other = (rsa.generate_private_key(65537, 4096) for _ in range(3))
vcek = ec.generate_private_key(ec.SECP384R1())
chip = bytes(range(64))
tcb = dict(bl=4, tee=0, snp=24, ucode=219)
leaf = [("1", small(0)), ("2", bytes([0x16, 8]) + b"Milan-B0"), ("3.1", small(tcb["bl"])), ("3.2", small(tcb["tee"])),
        ("3.4", small(0)), ("3.5", small(0)), ("3.6", small(0)), ("3.7", small(0)), ("3.3", small(tcb["snp"])),
        ("3.8", small(tcb["ucode"])), ("4", chip)]
files = {
    "ark.der": cert("ARK-Milan", ark, "ARK-Milan", ark, 65536, True),
    "ask.der": cert("SEV-Milan", ask, "ARK-Milan", ark, 65537, True),
    "vcek.der": cert("SEV-VCEK", vcek, "SEV-Milan", ask, 1, False, leaf),
    "crl-empty.der": crl("ARK-Milan", ark, []),
    "crl-ask.der": crl("ARK-Milan", ark, [65537]),
    "crl-old.der": crl("ARK-Milan", ark, [], START, datetime.datetime(2026, 2, 1)),
    "crl-ask-old.der": crl("ARK-Milan", ark, [65537], START, datetime.datetime(2026, 2, 1)),
    "crl-other-key.der": crl("ARK-Milan", other, []),
    "crl-other-name.der": crl("ARK-Genoa", ark, []),
}

compose = b'{"manifest_version":2,"name":"made","runner":"docker-compose","docker_compose_file":"services: {}\\n"}'
config = json.dumps({"app_id": "11" * 20, "compose_hash": hashlib.sha256(compose).hexdigest(), "instance_id": "22" * 20,
                     "key_provider": "kms", "key_provider_id": "3059", "version": 3}, separators=(",", ":")).encode()
files["app-compose.json"] = compose
files["mr_config.json"] = config

r = bytearray(open("../dstack/report.bin", "rb").read())
version = bytes([tcb["bl"], tcb["tee"], 0, 0, 0, 0, tcb["snp"], tcb["ucode"]])
r[0x50:0x90] = b"made".ljust(64, b"\0")
r[0xc0:0xe0] = hashlib.sha256(b"dstack-mr-config-v3:\0" + config).digest()
r[0x1a0:0x1e0] = chip
for at in (0x38, 0x180, 0x1e0, 0x1f0):
    r[at:at + 8] = version
x, y = utils.decode_dss_signature(vcek.sign(bytes(r[:0x2a0]), ec.ECDSA(H)))
r[0x2a0:] = x.to_bytes(72, "little") + y.to_bytes(72, "little") + bytes(len(r) - 0x2a0 - 144)
files["report.bin"] = bytes(r)
for f, b in files.items():
    open(f, "wb").write(b)
