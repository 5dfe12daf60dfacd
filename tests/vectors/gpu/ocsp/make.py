#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the files of this folder: a device of a PKI of our own, and what
responders and lists say of its certificates. The keys are thrown away, so each
run gives other files. Needs python3-cryptography; no test runs it.

usage: make.py (in this folder)
"""
import base64
import datetime
import json
import pathlib
import types

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.x509 import ocsp

DER = serialization.Encoding.DER
PEM = serialization.Encoding.PEM
SHA = hashes.SHA384()
FWID = "2.23.133.5.4.1"


def day(text):
    return datetime.datetime.fromisoformat(text)


NOW, NEXT = day("2026-11-28"), day("2026-11-29")
GOOD, REVOKED, UNKNOWN = (ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.REVOKED,
                          ocsp.OCSPCertStatus.UNKNOWN)


class Party:
    def __init__(self, name, issuer=None, ca=True, more=(), until="9999-12-31"):
        self.key = ec.generate_private_key(ec.SECP384R1())
        self.issuer = issuer or self
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        b = (x509.CertificateBuilder().subject_name(subject)
             .issuer_name(issuer.cert.subject if issuer else subject)
             .public_key(self.key.public_key())
             .serial_number(x509.random_serial_number())
             .not_valid_before(day("2020-01-01")).not_valid_after(day(until))
             .add_extension(x509.BasicConstraints(ca, None), True)
             .add_extension(x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False), True))
        for e in more:
            b = b.add_extension(e, False)
        self.cert = b.sign(self.issuer.key, SHA)


def responder(name, ca, **kw):
    return Party(name, ca, False, [x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.OCSP_SIGNING])], **kw)


def answer(name, about, by, status=GOOD, this=NOW, next_update=NEXT, algorithm=None):
    b = ocsp.OCSPResponseBuilder().add_response(
        about.cert, about.issuer.cert, algorithm or hashes.SHA1(), status, this, next_update,
        day("2026-10-01") if status == REVOKED else None,
        x509.ReasonFlags.key_compromise if status == REVOKED else None)
    b = b.responder_id(ocsp.OCSPResponderEncoding.HASH, by.cert)
    if by is not about.issuer:
        b = b.certificates([by.cert])
    data = b.sign(by.key, SHA).public_bytes(DER)
    path = pathlib.Path(name)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return data


def crl(name, by, listed=(), this=NOW, next_update=NEXT, key=None, encoding=DER):
    b = (x509.CertificateRevocationListBuilder().issuer_name(by.cert.subject)
         .last_update(this).next_update(next_update)
         .add_extension(x509.CRLNumber(1), False))
    for p in listed:
        b = b.add_revoked_certificate(x509.RevokedCertificateBuilder().serial_number(p.cert.serial_number)
                                      .revocation_date(day("2026-10-01")).build())
    pathlib.Path(name).write_bytes(b.sign(key or by.key, SHA).public_bytes(encoding))


def main():
    real = json.loads(pathlib.Path("../vg_h100_595.json").read_text())
    entry = real["evidence_list"][0] if "evidence_list" in real else real[0] if isinstance(real, list) else real
    report = base64.b64decode(entry["evidence"])
    leaf = x509.load_pem_x509_certificate(base64.b64decode(entry["certificate"]))
    fwid = leaf.extensions.get_extension_for_oid(x509.ObjectIdentifier(FWID)).value

    root = Party("Device Identity CA of a test")
    identity = Party("GH100 Identity of a test", root)
    ica = Party("GH100 Provisioner ICA of a test", identity)
    brom = Party("GH100 A01 GSP BROM", ica)
    lf = Party("GH100 A01 GSP FMC LF", brom, False, [fwid])
    chain = b"".join(p.cert.public_bytes(PEM) for p in (lf, brom, ica, identity, root))
    covered = report[:-96]
    r, s = utils.decode_dss_signature(lf.key.sign(covered, ec.ECDSA(SHA)))
    signed = covered + r.to_bytes(48, "big") + s.to_bytes(48, "big")
    pathlib.Path("evidence.json").write_text(json.dumps([{
        "arch": "HOPPER", "certificate": base64.b64encode(chain).decode(),
        "evidence": base64.b64encode(signed).decode(), "nonce": covered[4:36].hex()}]) + "\n")
    pathlib.Path("root.pem").write_bytes(root.cert.public_bytes(PEM))

    of_ica = responder("a responder of ICA", ica)
    answer("good/brom.ocsp", brom, of_ica)
    answer("good/ica.ocsp", ica, identity, algorithm=hashes.SHA256())
    answer("good/identity.ocsp", identity, responder("a responder of the root", root))
    answer("revoked.ocsp", brom, of_ica, REVOKED)
    answer("revoked-old.ocsp", brom, of_ica, REVOKED, day("2026-10-02"), day("2026-10-03"))
    answer("unknown.ocsp", brom, of_ica, UNKNOWN)
    answer("old.ocsp", brom, of_ica, this=day("2026-11-01"), next_update=day("2026-11-02"))
    answer("no-next.ocsp", brom, of_ica, next_update=None)
    answer("responder-old.ocsp", brom, responder("an old responder", ica, until="2026-11-01"))
    answer("no-eku.ocsp", brom, Party("no responder", ica, False))
    answer("foreign.ocsp", brom, responder("a responder of another CA", root))
    answer("of-itself.ocsp", brom, brom)
    answer("ca-responder.ocsp", brom, Party("a CA below ICA", ica, True, [
        x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.OCSP_SIGNING])]))
    good = bytearray(pathlib.Path("good/brom.ocsp").read_bytes())
    # The status "good" is an empty [0]; "unknown" an empty [2].
    at = bytes(good).index(b"\x80\x00")
    good[at] = 0x82
    pathlib.Path("forged.ocsp").write_bytes(good)
    pathlib.Path("unauthorized.ocsp").write_bytes(
        ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.UNAUTHORIZED).public_bytes(DER))

    # What is no answer, for the real device: fetching does not look at signatures.
    real_chain = x509.load_pem_x509_certificates(base64.b64decode(entry["certificate"]))
    fake = Party("nobody")
    for i, (cert, issuer) in enumerate(zip(real_chain[1:], real_chain[2:])):
        about = types.SimpleNamespace(cert=cert, issuer=types.SimpleNamespace(cert=issuer))
        answer("forged/%d.ocsp" % (i + 1), about, fake)

    crl("empty.crl", ica)
    crl("empty.pem.crl", identity, encoding=PEM)
    crl("lists.crl", identity, [ica])
    crl("lists-old.crl", identity, [ica], day("2026-10-02"), day("2026-10-03"))
    crl("old.crl", identity, (), day("2026-10-02"), day("2026-10-03"))
    crl("forged.crl", identity, key=brom.key)


main()
