#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random enclave image files, a third of them signed: refval-measure --eif against AWS's own library, and the formulas of
tests/oracle/eif.py against both.

usage: eif-peers.py BIN JUDGE N SEED       JUDGE: the program of eif-judge
needs: Debian's python3-cbor2, python3-cryptography. Ends with "N files equal, N different".
"""
import datetime
import json
import pathlib
import random
import subprocess
import sys
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "oracle"))
import eif as e  # noqa: E402

# What the library wants of the metadata, which is not measured.
METADATA = {"ImageName": "a", "ImageVersion": "1", "DockerInfo": {}, "CustomMetadata": None,
            "BuildMetadata": {"BuildTime": "", "BuildTool": "", "BuildToolVersion": "", "OperatingSystem": "", "KernelVersion": ""}}


def certificate():
    key = ec.generate_private_key(ec.SECP384R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a")])
    start = datetime.datetime(2026, 1, 1)
    c = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
         .not_valid_before(start).not_valid_after(start + datetime.timedelta(days=9999)).sign(key, hashes.SHA384()))
    return key, c.public_bytes(serialization.Encoding.PEM), c.public_bytes(serialization.Encoding.DER)


def make(r, signer):
    """A file, and its PCRs by the formulas."""
    sections = [(e.KERNEL, r.randbytes(r.randrange(1, 9000))), (e.CMDLINE, r.randbytes(r.randrange(1, 200)))]
    disks = [(e.RAMDISK, r.randbytes(r.randrange(1, 5000))) for _ in range(r.randrange(1, 6))]
    if r.random() < 0.7:
        disks.insert(r.choice([0, len(disks)]), (e.METADATA, json.dumps(METADATA).encode()))
    sections += disks
    if r.random() < 0.34:
        key, pem, der = signer
        sections.append((e.SIGNATURE, e.signature(key, pem, e.pcrs(sections)["pcr0"])))
        return e.eif(sections, flags=r.randrange(2)), e.pcrs(sections, der)
    return e.eif(sections, flags=r.randrange(2)), e.pcrs(sections)


def main():
    binary, judge, n, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    r, signer, same, bad, signed = random.Random(seed), certificate(), 0, 0, 0
    with tempfile.TemporaryDirectory() as t:
        path = pathlib.Path(t) / "a.eif"
        for i in range(n):
            file, want = make(r, signer)
            path.write_bytes(file)
            want = {k: v.hex() for k, v in want.items()}
            ours = json.loads(subprocess.run([binary + "/refval-measure", "--eif", path, "--json"], capture_output=True, check=True).stdout)
            ours = {x["name"]: x["value"] for x in ours["registers"] if x["events"]}
            said = subprocess.run([judge, path], capture_output=True, check=True, text=True).stdout.split()[1:]
            theirs = dict(s.split("=", 1) for s in said if "=" in s)
            good = theirs.pop("crc", "") == "true" and ours == theirs == want
            signed += "pcr8" in want
            same += good
            bad += not good
            if not good:
                print(f"file {i} of seed {seed}: {ours} {theirs} {want}")
    print(f"{same} files equal, {bad} different, {signed} of them signed")
    return bad > 0 or signed == 0


sys.exit(main())
