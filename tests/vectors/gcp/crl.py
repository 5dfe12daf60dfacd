#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""crl.py - a quote of a vTPM under a PKI of make.py's form, and lists of what that revoked, each with one thing changed;
crl.json says what must come of each. Run once, in this folder; the keys are thrown away."""
import datetime, json
import make
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

NOW = datetime.datetime(2026, 6, 30)
serial = lambda der: x509.load_der_x509_certificate(der).serial_number


def crl(issuer, by, revoked=(), start=NOW - make.DAY, days=30, number=7, delta=False):
    b = (x509.CertificateRevocationListBuilder().issuer_name(x509.Name([x509.NameAttribute(make.NameOID.COMMON_NAME, issuer)]))
         .last_update(start).next_update(start + days * make.DAY).add_extension(x509.CRLNumber(number), False))
    if delta:
        b = b.add_extension(x509.DeltaCRLIndicator(1), True)
    for n in revoked:
        b = b.add_revoked_certificate(x509.RevokedCertificateBuilder().serial_number(n).revocation_date(start).build())
    return b.sign(by, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


ROOT, MIDDLE = "EK/AK CA Root", "EK/AK CA Intermediate"
of_root = lambda **a: crl(ROOT, make.rk, **a)
of_middle = lambda **a: crl(MIDDLE, make.mk, **a)
cases = []


def case(name, want, row, *lists, certificate=make.leaf, middle=make.middle):
    cases.append({"name": name, "want": want, "row": row, "lists": [x.hex() for x in lists],
                  "certificate": certificate.hex(), "middle": middle.hex()})


case("none", "GENUINE", "unchecked vtpm_revocation")
case("empty", "GENUINE", "yes vtpm_revocation", of_root())
case("another-is-revoked", "GENUINE", "yes vtpm_revocation", of_root(revoked=[1, 2, 3]))
case("both", "GENUINE", "yes vtpm_revocation", of_root(), of_middle())
case("of-keys-alone", "GENUINE", "unchecked vtpm_revocation", of_middle())
case("authority-revoked", "REVOKED", "no vtpm_signature", of_root(revoked=[5, serial(make.middle)]))
case("root-revoked", "REVOKED", "no vtpm_signature", of_root(revoked=[serial(make.root)]))
case("key-revoked", "REVOKED", "no vtpm_signature", of_root(), of_middle(revoked=[serial(make.leaf)]))
case("forged", "CRL", "cannot-tell vtpm_signature", crl(ROOT, make.ok))
case("stale", "CRL", "cannot-tell vtpm_signature", of_root(start=NOW - 60 * make.DAY))
case("not-yet", "CRL", "cannot-tell vtpm_signature", of_root(start=NOW + 2 * make.DAY))
case("keys-stale", "CRL", "cannot-tell vtpm_signature", of_root(), of_middle(start=NOW - 60 * make.DAY))
# An authority of the same name, another key: it says nothing of this one.
case("of-another-authority", "GENUINE", "unchecked vtpm_revocation", crl(MIDDLE, make.ok, [serial(make.leaf)]))
case("of-somebody", "GENUINE", "unchecked vtpm_revocation", crl("somebody", make.ok, [serial(make.middle)]))
case("delta", "CERT_FORMAT", "cannot-tell vtpm_signature", of_root(delta=True))
case("trailing", "CERT_FORMAT", "cannot-tell vtpm_signature", of_root() + b"\0")
case("two-of-the-root", "REVOKED", "no vtpm_signature", of_root(), of_root(revoked=[serial(make.middle)], number=8))
message = make.attest()
json.dump({"root": make.root.hex(), "message": message.hex(), "signature": make.sign(message).hex(),
           "pcrs": {str(k): v.hex() for k, v in make.PCR.items()}, "cases": cases}, open("crl.json", "w"), indent=1)
open("root-crl.der", "wb").write(of_root())
