#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An RA-TLS certificate from a captured quote. usage: ratls.py CERT KEY MODE

Makes a P-256 key and a self-signed certificate for localhost with dstack's
extensions 1.3.6.1.4.1.62397.1.1 (quote) and .2 (event log). MODE: good (the
quote's report_data binds the key), unbound (it does not), other (binds another
key), plain (no extensions), named (plain, for another name), broken (a quote that is none).
"""
import hashlib
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "..", "vectors", "real", "near-058-dev-3e6394")


def octets(b):
    n = len(b)
    size = bytes([n]) if n < 128 else bytes([0x80 + (n.bit_length() + 7) // 8]) + n.to_bytes((n.bit_length() + 7) // 8, "big")
    return b"\x04" + size + b


def openssl(*args):
    return subprocess.run(("openssl",) + args, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def spki(key):
    return openssl("pkey", "-in", key, "-pubout", "-outform", "DER")


def main():
    cert, key, mode = sys.argv[1:4]
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-out", key)
    with open(DATA + "/quote.bin", "rb") as f:
        quote = bytearray(f.read())
    with open(DATA + "/tcb_info.json") as f:
        log = json.dumps(json.load(f)["event_log"]).encode()
    bound = spki(key)
    if mode == "other":
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-out", key + ".other")
        bound = spki(key + ".other")
    if mode != "unbound":
        quote[568:632] = hashlib.sha512(b"ratls-cert:" + bound).digest()
    if mode == "broken":
        quote = quote[:600]
    with open(cert + ".conf", "w") as f:
        f.write("[req]\ndistinguished_name = dn\nprompt = no\nx509_extensions = ext\n[dn]\nCN = localhost\n[ext]\n"
                "subjectAltName = %s\nbasicConstraints = critical,CA:TRUE\n"
                % ("DNS:elsewhere" if mode == "named" else "DNS:localhost,IP:127.0.0.1"))
        if mode not in ("plain", "named"):
            f.write("1.3.6.1.4.1.62397.1.1 = DER:%s\n" % octets(bytes(quote)).hex())
            f.write("1.3.6.1.4.1.62397.1.2 = DER:%s\n" % octets(log).hex())
    openssl("req", "-x509", "-new", "-key", key, "-config", cert + ".conf", "-days", "30", "-out", cert)


main()
