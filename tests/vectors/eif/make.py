#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the enclave image files of this folder, their PCRs (expected.json), and the bad ones with the sentence each must give
(bad.tsv). New keys each time, so the signed ones differ from run to run.

usage: make.py          needs: Debian's python3-cryptography, python3-cbor2
"""
import datetime
import json
import os
import pathlib
import random
import runpy
import struct
import sys
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "oracle"))
import eif as e  # noqa: E402

r = random.Random(21)


def certificate(curve):
    key = ec.generate_private_key(curve)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "somebody")])
    start = datetime.datetime(2026, 1, 1)
    c = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
         .not_valid_before(start).not_valid_after(start + datetime.timedelta(days=9999)).sign(key, hashes.SHA384()))
    return key, c.public_bytes(serialization.Encoding.PEM), c.public_bytes(serialization.Encoding.DER)


key, pem, der = certificate(ec.SECP384R1())
other, other_pem, _ = certificate(ec.SECP384R1())
small, small_pem, _ = certificate(ec.SECP256R1())
K, C, M = (e.KERNEL, r.randbytes(300)), (e.CMDLINE, b"reboot=k panic=30"), (e.METADATA, b'{"ImageName":"x"}')
R = [(e.RAMDISK, r.randbytes(n)) for n in (200, 77, 1)]
USUAL = [K, C, M] + R
P0 = e.pcrs(USUAL)["pcr0"]


def signed(section):
    return USUAL + [(e.SIGNATURE, section)]


GOOD = e.signature(key, pem, P0)
good = {
    "usual": (e.eif(USUAL), e.pcrs(USUAL)),
    "one-ramdisk": (e.eif([K, C, R[0]]), e.pcrs([K, C, R[0]])),
    "metadata-last": (e.eif([K, C, R[0], M]), e.pcrs([K, C, R[0]])),
    "listed-otherwise": (e.eif(USUAL, order=[0, 1, 3, 4, 5, 2]), e.pcrs(USUAL)),
    "arm64": (e.eif(USUAL, flags=1), e.pcrs(USUAL)),
    "signed": (e.eif(signed(GOOD)), e.pcrs(USUAL, der)),
}
whole = good["usual"][0]
cut = bytearray(whole)
struct.pack_into(">Q", cut, 28 + 256, 299)
bad = {
    "empty": (b"", "eif: magic: needs 4 bytes"),
    "magic": (e.eif(USUAL, magic=b".elf"), "not an enclave image file"),
    "version": (e.eif(USUAL, version=3), "not an enclave image file of version 4"),
    "flags": (e.eif(USUAL, flags=2), "flags 0x2"),
    "header-short": (whole[:547], "CRC: needs 4 bytes"),
    "crc": (e.eif(USUAL, crc=1), "its CRC-32 is"),
    "count": (e.eif(USUAL, count=33), "33 sections"),
    "count-less": (e.eif(USUAL, count=5), "section 5 of 5"),
    "count-more": (e.eif(USUAL, count=7), "section type: needs 2 bytes"),
    "trailing": (e.eif(USUAL, trailing=b"x"), "1 bytes left over"),
    "short": (whole[:-1], "section: needs 1 bytes"),
    "size-other": (bytes(cut), "is not in the header"),
    "section-flags": (e.eif(USUAL, section_flags=1), "flags 0x1"),
    "type": (e.eif(USUAL + [(6, b"x")]), "a section of type 6"),
    "type-zero": (e.eif(USUAL + [(0, b"x")]), "a section of type 0"),
    "kernel-twice": (e.eif([K, K, C, R[0]]), "a section of type 1"),
    "cmdline-first": (e.eif([C, K, R[0]]), "a section of type 2"),
    "ramdisk-first": (e.eif([K, R[0], C]), "a section of type 3"),
    "no-ramdisk": (e.eif([K, C, M]), "no ramdisk"),
    "section-empty": (e.eif(USUAL + [(e.RAMDISK, b"")]), "or empty"),
    "signed-twice": (e.eif(signed(GOOD) + [(e.SIGNATURE, GOOD)]), "a section of type 4"),
    "signed-early": (e.eif([K, C, (e.SIGNATURE, GOOD), R[0]]), "a section of type 4"),
    "signed-other-pcr0": (e.eif(signed(e.signature(key, pem, bytes(48)))), "of another PCR0 than its own"),
    "signed-pcr1": (e.eif(signed(e.signature(key, pem, P0, index=1))), "of another PCR0 than its own"),
    "signed-other-key": (e.eif(signed(e.signature(other, pem, P0))), "its certificate's key did not sign it"),
    "signed-small-key": (e.eif(signed(e.signature(key, small_pem, P0))), "its certificate's key did not sign it"),
    "signed-no-pem": (e.eif(signed(e.signature(key, b"nothing", P0))), "not one in PEM"),
    "signed-two-pem": (e.eif(signed(e.signature(key, pem + other_pem, P0))), "not one in PEM"),
    "signed-trailing": (e.eif(signed(GOOD + b"\0")), "1 bytes left over"),
    "signed-nothing": (e.eif(signed(b"\x80")), "0 members, not 1"),
}
expected = {}
for name, (file, values) in good.items():
    (HERE / f"{name}.eif").write_bytes(file)
    expected[name] = {n: v.hex() for n, v in values.items()}
(HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
with open(HERE / "bad.tsv", "w") as f:
    for name, (file, says) in bad.items():
        (HERE / f"bad-{name}.eif").write_bytes(file)
        f.write(f"bad-{name}.eif\t{says}\n")

# Documents of an enclave and of a machine that run just these, by a PKI of AWS's form and its own root.
with tempfile.TemporaryDirectory() as t:
    os.chdir(t)
    n = runpy.run_path(str(HERE.parent / "nitro" / "make.py"))
(HERE / "root.der").write_bytes(n["root"])


def document(name, **kind):
    (HERE / f"{name}.cose").write_bytes(n["sign"](n["payload"](**kind)))


def numbered(values):
    return {int(k[3:]): v for k, v in values.items()}


zero = {3: bytes(48), 4: e.extend(b"i-00"), 8: bytes(48)}
document("enclave", pcrs=dict(sorted({**zero, **numbered(good["usual"][1])}.items())))
document("enclave-signed", pcrs=dict(sorted({**zero, **numbered(good["signed"][1])}.items())))
uki = [b for b in json.loads((HERE.parent / "uki" / "boot.json").read_text())
       if b["name"] == "boot-usual" and b["alg"] == "sha384" and not b["loader"]][0]["registers"]
constant = "98441c7f7625d10058c47683aec486ce311c633235eb555593a7ee791121e3578ae72d04ecef661f272d59058b77af35"
known = {4: uki["pcr4"], 7: constant, 12: uki["pcr12"]}
document("tpm", nitrotpm_pcrs={i: bytes.fromhex(known.get(i, "00" * 48)) for i in range(24)})
