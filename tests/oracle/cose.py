#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A second implementation of signed CoRIMs (RFC 9052, COSE_Sign1), on cbor2
and cryptography alone.
usage: cose.py verify FILE.cbor KEY.pub      exit 1 when the signature is bad
       cose.py sign CORIM.cbor KEY.pem OUT
       cose.py values FILE.cbor              registers of a CoRIM, as JSON"""
import json
import sys

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

CURVES = {"secp256r1": (-7, hashes.SHA256(), 32), "secp384r1": (-35, hashes.SHA384(), 48)}


def to_be_signed(protected, payload):
    return cbor2.dumps(["Signature1", protected, b"", payload], canonical=True)


def verify(path, key_path):
    key = serialization.load_pem_public_key(open(key_path, "rb").read())
    tag = cbor2.loads(open(path, "rb").read())
    assert tag.tag == 18 and len(tag.value) == 4, "no COSE_Sign1"
    protected, unprotected, payload, sig = tag.value
    header = cbor2.loads(protected)
    assert header[3] == "application/rim+cbor" and unprotected == {}
    assert 0 in cbor2.loads(header[8])[0], "no signer in corim-meta"
    assert cbor2.loads(payload).tag == 501
    data = to_be_signed(protected, payload)
    if isinstance(key, ed25519.Ed25519PublicKey):
        assert header[1] == -8
        key.verify(sig, data)
        return
    alg, digest, half = CURVES[key.curve.name]
    assert header[1] == alg and len(sig) == 2 * half
    r, s = int.from_bytes(sig[:half], "big"), int.from_bytes(sig[half:], "big")
    key.verify(utils.encode_dss_signature(r, s), data, ec.ECDSA(digest))


def sign(path, key_path, out):
    key = serialization.load_pem_private_key(open(key_path, "rb").read(), None)
    payload = open(path, "rb").read()
    edwards = isinstance(key, ed25519.Ed25519PrivateKey)
    alg = -8 if edwards else CURVES[key.curve.name][0]
    meta = cbor2.dumps({0: {0: "by hand"}})
    protected = cbor2.dumps({1: alg, 3: "application/rim+cbor", 8: meta})
    data = to_be_signed(protected, payload)
    if edwards:
        sig = key.sign(data)
    else:
        _, digest, half = CURVES[key.curve.name]
        r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(digest)))
        sig = r.to_bytes(half, "big") + s.to_bytes(half, "big")
    with open(out, "wb") as f:
        f.write(cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, sig])))


def values(path):
    tag = cbor2.loads(open(path, "rb").read())
    if tag.tag == 18:
        tag = cbor2.loads(tag.value[2])
    assert tag.tag == 501
    found = {}
    for comid in tag.value[1]:
        assert comid.tag == 506
        for _, measurements in cbor2.loads(comid.value)[4][0]:
            for m in measurements:
                for alg, digest in m[1].get(2, []):
                    assert alg == 7 and len(digest) == 48
                    found[m[0]] = digest.hex()
                for i, digests in m[1].get(14, {}).items():
                    assert [d[0] for d in digests] == [7]
                    found["%s[%d]" % (m[0], i)] = digests[0][1].hex()
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    try:
        {"verify": verify, "sign": sign, "values": values}[sys.argv[1]](*sys.argv[2:])
    except InvalidSignature:
        sys.exit("bad signature")
