#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The JSON that dcap-qvl's decode prints for a quote: dcap_qvl.py QUOTE"""
import json
import sys


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        out = self.data[self.at:self.at + n]
        assert len(out) == n
        self.at += n
        return out

    def hex(self, n):
        return self.take(n).hex()

    def num(self, n):
        return int.from_bytes(self.take(n), "little")


def fields(r, names):
    return {n: (r.num(-k) if k < 0 else r.hex(k)) for n, k in names}


HEADER = [("version", -2), ("attestation_key_type", -2), ("tee_type", -4), ("qe_svn", -2), ("pce_svn", -2),
          ("qe_vendor_id", 16), ("user_data", 20)]
SGX = [("cpu_svn", 16), ("misc_select", -4), ("reserved1", 28), ("attributes", 16), ("mr_enclave", 32),
       ("reserved2", 32), ("mr_signer", 32), ("reserved3", 96), ("isv_prod_id", -2), ("isv_svn", -2),
       ("reserved4", 60), ("report_data", 64)]
TD10 = [("tee_tcb_svn", 16), ("mr_seam", 48), ("mr_signer_seam", 48), ("seam_attributes", 8), ("td_attributes", 8),
        ("xfam", 8), ("mr_td", 48), ("mr_config_id", 48), ("mr_owner", 48), ("mr_owner_config", 48), ("rt_mr0", 48),
        ("rt_mr1", 48), ("rt_mr2", 48), ("rt_mr3", 48), ("report_data", 64)]


def certs(r):
    kind, size = r.num(2), r.num(4)
    return {"cert_type": kind, "body": r.hex(size)}


def qe(r):
    out = {"qe_report": r.hex(384), "qe_report_signature": r.hex(64)}
    out["qe_auth_data"] = r.hex(r.num(2))
    out["certification_data"] = certs(r)
    return out


def main():
    r = Reader(open(sys.argv[1], "rb").read())
    header = fields(r, HEADER)
    kind = {0: 1, 0x81: 2}[header["tee_type"]]
    if header["version"] == 5:
        kind, _ = r.num(2), r.num(4)
    if kind == 1:
        report = {"SgxEnclave": fields(r, SGX)}
    elif kind == 2:
        report = {"TD10": fields(r, TD10)}
    else:
        report = {"TD15": {"base": fields(r, TD10), "tee_tcb_svn2": r.hex(16), "mr_service_td": r.hex(48)}}
    auth = Reader(r.take(r.num(4)))
    out = {"ecdsa_signature": auth.hex(64), "ecdsa_attestation_key": auth.hex(64)}
    if header["version"] == 3:
        out.update(qe(auth))
    else:
        out["certification_data"] = certs(auth)
        out["qe_report_data"] = qe(Reader(bytes.fromhex(out["certification_data"]["body"])))
    name = "V3" if header["version"] == 3 else "V4"
    print(json.dumps({"header": header, "report": report, "auth_data": {name: out}}, separators=(",", ":")))


main()
