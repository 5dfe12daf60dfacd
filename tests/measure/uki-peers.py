#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random unified kernel images: refval-measure --uki against systemd-measure (PCR 11, both hashes) and osslsigncode
(Authenticode, both hashes), and the formulas of tests/oracle/uki.py against both; or PCR4, PCR7 and PCR12 of a NitroTPM
against AWS's own program.

usage: uki-peers.py BIN STUB N SEED MEASURE...      MEASURE: how systemd-measure of the stub's own version is run
       uki-peers.py BIN STUB N SEED --nitro PROGRAM

Half of the images are made with objcopy out of STUB, half are files without code that say they are STUB's. Ends with
"N images equal, N different".
"""
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "oracle"))
import uki as u  # noqa: E402

MAY = [".osrel", ".cmdline", ".initrd", ".ucode", ".splash", ".dtb", ".uname", ".pcrpkey"]


def run(*argv):
    return subprocess.run([str(a) for a in argv], capture_output=True, check=True).stdout


def make(r, stub, d, text=()):
    """An image of random sections in random order, those of text in ASCII: its bytes."""
    kernel = u.kernel(r.randbytes(r.randrange(1, 5000)), version=r.choice(["6.1.2-3", "6.12.9-1", "5.10.0-1"]))
    parts = [(".linux", kernel)] + [(n, r.randbytes(r.randrange(1, 3000))) for n in MAY if r.random() < 0.6]
    parts = [(n, content.hex().encode() if n in text else content) for n, content in parts]
    r.shuffle(parts)
    if r.random() < 0.5:
        parts.append((".sbat", r.randbytes(r.randrange(1, 300))))
        name = re.search(rb"LoaderInfo: (systemd-stub [^ ]*) ####", stub.read_bytes()).group(1).decode()
        file = u.uki(parts, stub=name)
    else:
        args = []
        for n, content in parts:
            (d / n).write_bytes(content)
            args.append(f"{n}={d / n}")
        run("sh", HERE / "make-uki.sh", stub, d / "made.efi", *args)
        file = (d / "made.efi").read_bytes()
    return file


def systemd(measure, file, d, alg):
    args = []
    for n, content in u.parts(file).items():
        if n in u.ORDER and n != ".pcrsig":
            (d / ("own" + n)).write_bytes(content)
            args.append(f"--{n[1:]}={d / ('own' + n)}")
    out = json.loads(run(*measure, "calculate", *args, f"--bank={alg}", "--phase=:", "--json=short"))
    return out[alg][0]["hash"]


def signcode(path, d, alg):
    """The DER that would be signed, which ends in the digest."""
    data = d / "data"
    data.unlink(missing_ok=True)
    run("osslsigncode", "extract-data", "-h", alg, "-in", path, "-out", data)
    return data.read_bytes()


def nitro(binary, stub, n, seed, judge):
    bad = 0
    for i in range(n):
        r = random.Random(seed * 1000 + i)
        with tempfile.TemporaryDirectory() as t:
            path = pathlib.Path(t) / "image.efi"
            # AWS's program reads .osrel as text.
            path.write_bytes(make(r, stub, pathlib.Path(t), (".osrel",)))
            got = json.loads(run(binary + "/refval-measure", "--uki", path, "--platform", "aws-nitro-tpm", "--json"))
            want = json.loads(run(judge, "--image", path))["Measurements"]
            if any(x["value"] != want[x["name"].upper()] for x in got["registers"]) or len(got["registers"]) != 3:
                print(f"image {i} of seed {seed}: different")
                bad += 1
    print(f"{n - bad} images equal, {bad} different")
    return bad > 0


def main():
    binary, stub, n, seed = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    measure, same, bad = sys.argv[5:], 0, 0
    if measure[0] == "--nitro":
        return nitro(binary, stub, n, seed, measure[1])
    for i in range(n):
        r = random.Random(seed * 1000 + i)
        with tempfile.TemporaryDirectory() as t:
            d = pathlib.Path(t)
            file = make(r, stub, d)
            path = d / "image.efi"
            path.write_bytes(file)
            for alg in ("sha256", "sha384"):
                got = json.loads(run(binary + "/refval-measure", "--uki", path, "--platform", "tpm", "--bank", alg, "--json"))
                regs = {x["name"]: x for x in got["registers"]}
                image = [e["digest"] for e in regs["pcr4"]["events"] if e["label"] == "uki"][0]
                good = regs["pcr11"]["value"] == systemd(measure, file, d, alg) and bytes.fromhex(image) in signcode(path, d, alg)
                # The judges judge the formulas that the vectors come from, too.
                version = int(re.search(r"stub (\d+)", got["stub"]).group(1))
                good &= image == u.authenticode(file, alg)
                good &= regs["pcr11"]["value"] == u.extend([e[2] for e in u.stub_events(file, version, alg)], alg)
                if not good:
                    print(f"image {i} of seed {seed}, {alg}: different")
                    bad += 1
                    break
            else:
                same += 1
    print(f"{same} images equal, {bad} different")
    return bad > 0


sys.exit(main())
