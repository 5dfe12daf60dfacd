# SPDX-License-Identifier: Apache-2.0
# A device's report without some of its opaque fields, signed below a root of
# its own: what genuine devices do not say can be looked at, too.
# usage: gpu-report.py EVIDENCE.json FOLDER [FIELD ...]     writes made.json, root.pem
import base64
import json
import struct
import subprocess
import sys

REQUEST, RESPONSE, RANDOM = 37, 8, 32


def without(report, fields):
    at = REQUEST + RESPONSE + int.from_bytes(report[REQUEST + 5:REQUEST + 8], "little") + RANDOM
    size = struct.unpack_from("<H", report, at)[0]
    opaque, kept, i = report[at + 2:at + 2 + size], b"", 0
    while i < size:
        kind, n = struct.unpack_from("<HH", opaque, i)
        if kind not in fields:
            kept += opaque[i:i + 4 + n]
        i += 4 + n
    return report[:at] + struct.pack("<H", len(kept)) + kept


def openssl(*args):
    subprocess.run(["openssl", *args], check=True, stderr=subprocess.DEVNULL)


def certificate(name, by, subject, usage, *more):
    issuer = ["-CA", f"{by}.pem", "-CAkey", f"{by}.key"] if by else []
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem",
            *issuer, "-days", "3000", "-subj", f"/CN={subject}", "-addext", f"keyUsage=critical,{usage}", *more)


# ECDSA-Sig-Value, RFC 3279, as two numbers of 48 bytes.
def raw(der):
    n = der[3]
    r, s = der[4:4 + n], der[6 + n:]
    return b"".join(x.lstrip(b"\0").rjust(48, b"\0") for x in (r, s))


source, folder, fields = sys.argv[1], sys.argv[2], [int(f) for f in sys.argv[3:]]
f = folder + "/"
document = json.load(open(source))
device = document["evidence_list"][0]
body = without(base64.b64decode(device["evidence"]), fields)
certificate(f + "root", None, "mine", "keyCertSign")
certificate(f + "mid", f + "root", "GH100 A01 GSP BROM", "keyCertSign")
certificate(f + "leaf", f + "mid", "GH100 A01 GSP FMC LF", "digitalSignature", "-addext", "basicConstraints=critical,CA:FALSE")
open(f + "body", "wb").write(body)
openssl("dgst", "-sha384", "-sign", f + "leaf.key", "-out", f + "sig", f + "body")
device["evidence"] = base64.b64encode(body + raw(open(f + "sig", "rb").read())).decode()
chain = "".join(open(f"{f}{c}.pem").read() for c in ("leaf", "mid", "root"))
device["certificate"] = base64.b64encode(chain.encode()).decode()
json.dump(document, open(f + "made.json", "w"))
