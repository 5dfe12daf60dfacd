#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every option of a command, alone and with every other: an effect, or exit 2.

usage: options.py BIN FOLDER COMMAND[/MODE] (hash-image for refval-hash image)
       options.py BIN --commands: does every command have a mode?

FOLDER holds the files that options.bats makes. A mode is a command line that
works; to it each option of the command's own table is added, with a value from
VALUES. Alone: exit 2, or another exit code, output or file than without it.
In a pair that ends with a result: another outcome than with A alone and than
with B alone: neither was dropped for the other's sake. (Where there is only a
complaint for the sake of the one, the other need not be come to; ENDS lists
the results that are of the same kind.)
Prints what is neither, and "N tried, M without effect".
"""
import hashlib
import itertools
import os
import queue
import re
import shutil
import subprocess
import sys
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

Z = "0" * 96
SHAPE = {"vm-config": "vm4.json", "cpus": "3", "memory": "3G", "qemu": "8.0.5", "page-add": "single", "pic": "off",
         "edge": "off", "gpus": "1", "gpu-bar": "128G", "nvswitches": "1", "nics": "2", "volumes": "1",
         "hugepages": None, "pci-hole64": "1T", "hotplug-off": None, "rootfs": "iso", "swtpm": None,
         "host-share": "vvfat", "ovmf": "202505", "cpu-id": "806f8:2fabfbff", "gpu-model": "h200", "nvswitch-bar": "64M",
         "smbios-firmware": "a|b|c", "smbios-product": "a/b"}
DCAP = {"collateral": "other-collateral.json", "at": "2026-04-02", "accept": "OutOfDate", "min-eval": "999999",
        "min-tcb-date": "2099-01-01", "reject-advisory": "INTEL-SA-00001", "reject-platform": "smt", "grace": "30",
        "max-age": "0", "expect": "mrtd=" + Z,
        "allow-debug": None, "allow-service-td": None, "allow-migratable": None, "allow-sept-ve": None,
        "root-ca": "root.pem", "test-pki": None, "explain": None}
BIND = {"report-data": "01", "address": "11" * 20, "nonce": "22" * 32, "statement": "st.json", "hash": "sha512", "prefix": "x", "jq-path": ".a",
        "public-key": "pub.pem", "signature": "sig", "message": "msg", "tls-certificate": "cert.pem"}
REPORT = {"instance": "none", "skip": "td_attributes", "image": "demo.tar", "verify-key": "pub.pem",
          "html": "page.html", "json": None}
VERIFY = dict(SHAPE, **DCAP, **BIND, **REPORT, **{
    "release": "dstack-0.5.8", "values": "values.json", "evidence": "evidence", "compose": "compose.json",
    "acpi": "acpi.json", "releases": "rec", "pins": "pins", "write-pins": "new-pins", "require-gpu": "1", "gpu-rim": "rims",
    "gpu-ocsp": "answers", "gpu-driver": "999", "min-tcb": "4,0,99,219", "allow-vlek": None, "jsonl": "lines", "jobs": "2",
    "summary": None, "keep-going": None, "compose-hash": Z[:64], "compose-dir": "manifests", "image-signature": "signature.json",
    "image-key": "pub.pem", "image-identity": "a@example.org", "image-issuer": "https://example.org", "image-ca": "cert.pem",
    "image-log-key": "pub.pem", "app-key": "app-key.json",
    "kms-root": "0321529e458424ab1f710a3a57ec4dad2fb195ddca572f7469242ba6c7563085b6"})
LINES = ("jobs", "summary", "keep-going", "compose", "compose-hash", "compose-dir", "values", "releases", "skip", "cpus",
         "report-data", "image", "require-gpu", "collateral", "accept", "json", "html", "evidence", "instance", "pins")
RECORD = {"record": None, "image-hashes": "hashes", "name": "dstack-9.9.9", "url": "https://example.org", "date": "2026-01-31",
          "update": "record.json"}
FETCH = {
    "socket": "a.sock", "api": "tappd", "tsm": "none", "ccel": "none", "tls-fingerprint": "127.0.0.1:@tls.port@",
    "root": "root", "report-data": "00", "nonce": None, "statement": "st.json", "hash": "sha512", "prefix": "x",
    "jq-path": ".a", "collateral-from": "http://127.0.0.1:1", "root-crl-from": "http://127.0.0.1:1",
    "gpu-rims-from": "http://127.0.0.1:1", "gpu-ocsp-from": "http://127.0.0.1:1", "cache": "cache",
    "update": "early", "refresh": None, "offline": None, "instance": "none", "ca": "tls.pem", "timeout": "1",
    "output": "out.json", "extract": "parts", "json": None}
GPU = {"rim": "rims", "ocsp": "answers", "nonce": "00" * 32, "at": "2026-11-29", "driver": "999", "vbios": "97.00.88.00.0F", "instance": "0",
       "chain": "switch.pem", "token": "token.json", "jwks": "jwks.json", "root": "root.pem", "rim-root": "root.pem",
       "test-pki": None, "explain": None, "json": None}
SNP = {"cert": "vcek.pem", "at": "2046-01-01", "min-tcb": "4,0,99,219", "report-data": "00", "mr-config": "config.json",
       "document": "snp.cbor", "image": "six.tar", "firmware": "snp.fd", "kernel": "plain.bin", "initrd": "initrd", "cmdline": "quiet",
       "vcpus": "3", "cpu": "EPYC-Milan", "features": "21", "solve": None, "allow-debug": None, "allow-migration": None,
       "allow-vlek": None, "root-ca": "root.pem", "test-pki": None, "json": None}
SNP_CERTS = ["report.bin", "--cert", "vcek.pem", "--cert", "ask.pem", "--at", "2026-10-01"]
SERVE = dict(DCAP, **{
    "listen": "unix:other", "public": None, "collateral": "coldir", "releases": "rec", "jobs": "7", "queue": "7", "connections": "7",
    "max-body": "7", "timeout": "7", "check": None, "min-tcb": "4,0,99,219", "allow-vlek": None})
SYNTH = ["--collateral", "synth.json", "--root-ca", "root.der", "--at", "2026-06-01", "--json"]
OCI = {"platform": "linux/none", "max-size": "1", "json": None}

# Command and mode: the arguments that work, and a value for each option (None: it takes none).
MODES = {
    "verify/values": (["--evidence", "ev.json", "--values", "v.json", "--collateral", "col.json", "--root-ca", "root.der",
                       "--at", "2026-06-01"], VERIFY),
    "verify/release": (["--evidence", "evidence", "--release", "dstack-dev-0.5.8", "--at", "2026-04-01", "--json",
                        "--cpus", "8", "--memory", "64G", "--qemu", "8.2.2"], VERIFY),
    "verify/snp": (["--evidence", "snp.json", "--values", "snp.cbor", "--at", "2026-10-01"], {
        "min-tcb": "4,0,23,1", "allow-vlek": None, "allow-debug": None, "allow-migratable": None, "collateral": "debug.der",
        "root-ca": "cert.pem", "test-pki": None, "report-data": "00", "compose": "compose.json", "explain": None, "json": None}),
    "verify/lines": (["--jsonl", "lines", "--release", "dstack-dev-0.5.8", "--at", "2026-04-01"],
                     {o: VERIFY[o] for o in LINES}),
    "serve/check": (["--listen", "unix:socket", "--check"], SERVE),
    "diff/compose": (["app-compose.json", "evidence"], dict(DCAP, **BIND, **REPORT)),
    "diff/values": (["values.json", "app-compose.json", "evidence"], dict(DCAP, **BIND, **REPORT)),
    "diff/at": (["app-compose.json", "evidence", "--at", "2026-04-01", "--json"], dict(DCAP, **BIND, **REPORT)),
    "quote/verify": (["evidence", "--at", "2026-04-01", "--json"],
                     dict(DCAP, decode=None, instance="none", jsonl="lines", jobs="2", format="dcap-qvl", json=None)),
    "quote/decode": (["evidence", "--decode"],
                     dict(DCAP, decode=None, instance="none", jsonl="lines", jobs="2", format="dcap-qvl", json=None)),
    "quote/jsonl": (["--jsonl", "lines", "--at", "2026-04-01"],
                    dict(DCAP, decode=None, instance="none", jobs="2", format="dcap-qvl", json=None)),
    "quote/debug": (["debug.quote"] + SYNTH, {"allow-debug": None}),
    "quote/migratable": (["migratable.quote"] + SYNTH, {"allow-migratable": None}),
    "quote/sept-ve": (["sept-ve.quote"] + SYNTH, {"allow-sept-ve": None}),
    "quote/service-td": (["service-td.quote"] + SYNTH, {"allow-service-td": None}),
    "quote/old": (["old.quote"] + SYNTH, {"grace": "810", "reject-advisory": "INTEL-SA-01036", "min-tcb-date": "2024-03-14"}),
    "releases/evidence": (["evidence"], {"releases": "rec", "instance": "none", "json": None}),
    "replay/evidence": (["evidence"], {"instance": "none", "html": "page.html", "json": None}),
    "unpack/image": (["image"], {"to": "to", "json": None}),
    "acpi/shape": (["--cpus", "2", "--memory", "2G", "--qemu", "8.2.2"], dict(SHAPE, shape="shape.json", dir="out", json=None)),
    "measure/firmware": (["--firmware", "small.fd", "--ovmf", "202502", "--kernel", "plain.bin", "--initrd", "initrd", "--cmdline", "quiet",
                          "--cpus", "2", "--memory", "2G", "--qemu", "8.2.2", "--json"], dict(SHAPE, **{
        "document": "lite.cbor",
        "checksums": "lite.sums", "matrix": "matrix.json", "solve": "evidence", "image": "image", "release": "dstack-0.5.8",
        "given": "cpus=8", "instance": "0", "acpi": "acpi.json", "events": None, "format": "dstack-mr", "json": None, "uki": "uki.efi",
        "loader": "loader.efi", "disk": "disk.raw", "sector": "4096", "platform": "gcp", "bank": "sha384", "eif": "usual.eif"}, **RECORD)),
    "measure/uki": (["--uki", "uki.efi"], dict(SHAPE, **{
        "loader": "loader.efi", "disk": "disk.raw", "sector": "4096", "platform": "gcp", "bank": "sha384", "firmware": "small.fd", "eif": "usual.eif",
        "kernel": "plain.bin", "initrd": "initrd", "cmdline": "quiet", "document": "lite.cbor", "checksums": "lite.sums",
        "matrix": "matrix.json", "solve": "evidence", "image": "image", "release": "dstack-0.5.8", "given": "cpus=8", "instance": "0",
        "acpi": "acpi.json", "events": None, "format": "dstack-mr", "json": None}, **RECORD)),
    "measure/eif": (["--eif", "usual.eif"], {"events": None, "json": None, "uki": "uki.efi", "ovmf": "202502", "cpus": "3"}),
    "measure/disk": (["--uki", "uki.efi", "--disk", "disk.raw", "--platform", "tpm"], {
        "sector": "4096", "bank": "sha384", "loader": "loader.efi", "events": None, "json": None}),
    "measure/record": (["--record", "--image-hashes", "hashes"], dict(SHAPE, firmware="small.fd", solve="evidence", matrix="matrix.json",
                                                                     json=None, **RECORD)),
    "measure/text": (["--firmware", "small.fd", "--ovmf", "202502", "--kernel", "plain.bin", "--cpus", "2", "--memory", "2G", "--qemu", "8.2.2"],
                     {"events": None, "format": "dstack-mr", "json": None, "initrd": "initrd", "cmdline": "quiet",
                      "acpi": "acpi.json"}),
    "fetch/file": (["plain-evidence.json"], FETCH),
    "fetch/socket": (["--socket", "a.sock", "--report-data", "00"], FETCH),
    "fetch/url": (["http://127.0.0.1:@web.port@/captured"], FETCH),
    "fetch/tls": (["--tls-fingerprint", "127.0.0.1:@tls.port@", "--ca", "tls.pem"], FETCH),
    "fetch/tsm": (["--tsm", "tsm", "--report-data", "00"], dict(FETCH, ccel="ccel.bin")),
    "gpu/device": (["gpu.json", "--at", "2026-11-28"], GPU),
    "gpu/rims": (["gpu.json", "--rim", "rims", "--at", "2026-11-28"], GPU),
    "gpu/report": (["switch.txt", "--at", "2026-11-28", "--chain", "switch.pem", "--rim", "rims"], GPU),
    "gpu/token": (["gpu.json", "--at", "2026-06-29", "--rim", "rims", "--token", "token.json", "--jwks", "jwks.json"], GPU),
    "snp/report": (["report.bin", "--at", "2026-10-01"], SNP),
    "snp/certs": (SNP_CERTS, SNP),
    "snp/document": (SNP_CERTS + ["--document", "snp.cbor", "--vcpus", "2"], SNP),
    "snp/firmware": (SNP_CERTS + ["--firmware", "snp.fd", "--kernel", "plain.bin", "--vcpus", "2"], SNP),
    "snp/image": (SNP_CERTS + ["--image", "six.tar", "--vcpus", "2"], SNP),
    "snp/launch": (["--image", "six.tar", "--vcpus", "2"], SNP),
    "snp/debug": (["debug.bin", "--cert", "debug.der", "--cert", "ask-milan.pem", "--at", "2026-09-01"], SNP),
    "snp/vlek": (["vlek.bin", "--cert", "vlek.der", "--cert", "asvk.pem", "--at", "2025-04-01"], SNP),
    "publish/values": (["values.json", "--format", "values"], {
        "sign-key": "key.pem", "verify-key": "pub.pem", "output": "out.json", "checksums": "out.sums", "gpu-rim": "rims",
        "compose": "app-compose.json", "purl": "pkg:generic/x@1", "json": None}),
    "publish/files": (["sums", "--purl", "pkg:generic/x@1", "--format", "in-toto"], {
        "sign-key": "key.pem", "verify-key": "pub.pem", "output": "out.json", "checksums": "out.sums", "gpu-rim": "rims",
        "compose": "app-compose.json", "json": None}),
    "hash-audit/compose": (["app-compose.json"], {"json": None}),
    "hash-compose/manifest": (["app-compose.json"], {
        "expect": Z[:64], "explain": None, "against": "compose.json", "from": "docker-compose.yaml",
        "pre-launch-script": "script", "set": "name=x", "style": "compact", "output": "out.json", "json": None}),
    "hash-image/tar": (["demo.tar"], dict(OCI, strict=None, tree=None, config=None)),
    "hash-diff/same": (["demo.tar", "demo2.tar"], dict(OCI, exact=None)),
    "hash-match/pin": (["demo2.tar", "--pin", "sha256:" + Z[:64]], dict(
        OCI, pinned="demo.tar", manifest="manifest.json", config="config.json", require="L5", compose="app-compose.json")),
    "hash-match/compose": (["demo2.tar", "--compose", "app-compose.json"], dict(
        OCI, pin="sha256:" + Z[:64], pinned="demo.tar", manifest="manifest.json", config="config.json", require="L5")),
    "hash-rebuild/two": (["demo.tar", "demo2.tar", "--out", "out.json"], dict(
        OCI, **{"date": "2026-01-31T12:00:00Z", "source-date-epoch": "5", "require": "archive", "html": "page.html"})),
}

# Who plays the machine: scripts of tests/agent and what they make when ready; for all runs of a mode, or one for each
# folder that runs are in, with the folder that it plays.
AGENT = ["agent.py", "--seconds", "900"]
SERVERS = {
    "fetch": [(AGENT + ["--socket", "a.sock"], "a.sock"), (AGENT + ["--port-file", "web.port"], "web.port"),
              (AGENT + ["--port-file", "tls.port", "--tls", "tls.pem", "tls.key"], "tls.port")],
}
EACH = {"fetch/tsm": (["tsm.py", "tsm", "again", "900"], "tsm.ready", "tsm")}

# These try a part of the options: those that the other modes of the command cannot show to have an effect.
PART = {"measure/text", "measure/disk", "measure/eif", "measure/record", "verify/snp", "verify/lines", "quote/debug", "quote/migratable", "quote/sept-ve", "quote/service-td",
        "quote/old"}
# Conditions that this evidence meets, so that nothing is said of them; threads; forms that are there already.
LOOSE = {"allow-debug", "allow-service-td", "allow-migratable", "allow-sept-ve", "grace", "reject-advisory"}
ALLOW = {"allow-debug", "allow-migration", "allow-vlek"}
SILENT = {
    "quote/jsonl": LOOSE | {"jobs", "json"},  # threads; JSON lines are JSON
    "quote/verify": LOOSE, "diff/at": LOOSE, "diff/compose": LOOSE, "diff/values": LOOSE,
    "verify/release": LOOSE, "verify/values": LOOSE, "verify/snp": LOOSE | ALLOW,
    "verify/lines": {"jobs", "keep-going"},  # threads; all is well
    "measure/firmware": {"events"}, "measure/text": {"events"}, "measure/uki": {"events"}, "measure/disk": {"events"}, "measure/eif": {"events"},  # JSON lists them always
    "fetch/file": {"offline"},  # a promise that is kept: a file is never connected to
    "fetch/tsm": {"offline", "timeout"},
    "fetch/socket": {"timeout"}, "fetch/url": {"timeout"}, "fetch/tls": {"timeout"},  # all answer in time
    "snp/report": ALLOW, "snp/certs": ALLOW, "snp/document": ALLOW, "snp/image": ALLOW, "snp/firmware": ALLOW,
    "snp/debug": ALLOW - {"allow-debug"}, "snp/vlek": ALLOW - {"allow-vlek"},
}
# Results that say nothing of the rest, as a complaint would not: with these nothing further can be told.
ENDS = {
    # The policy is looked at when the signature holds, and nothing at all when the files are not the pinned ones.
    "hash-diff": {"max-size"},  # an image that was not read is compared with nothing
    "quote": {"collateral", "root-ca"}, "diff": {"collateral", "root-ca"}, "verify": {"collateral", "root-ca", "pins"},
}
# Of the pairs of large tables each how many-th is run, in each mode others: with three modes or more every pair is
# tried in one of them. make check-options: all.
SHARES = {"verify": 6, "diff": 6, "measure": 3, "snp": 3, "fetch": 3, "quote": 3}
ALL = os.environ.get("OPTION_PAIRS") == "1"
# Of the two largest: the pairs with one of these, which decide what is read, asked and written.
MATTER = {"release", "values", "image", "evidence", "compose", "at", "collateral", "root-ca", "pins", "write-pins", "skip",
          "html", "vm-config", "acpi", "statement", "public-key", "report-data", "explain", "json"}


def table(program):
    out = subprocess.run(program + ["--print-options"], check=True, stdout=subprocess.PIPE, text=True).stdout
    rows = [line.split("\t") for line in out.splitlines() if line.startswith("option\t")]
    # What is the same in every command that has it, tests/cli/habits.bats tries.
    same = ("show this text", "show the version", "only the last line", "auto (default), always or never",
            "what is printed goes here, whole or not")
    return {r[1][2:]: r[2] != "-" for r in rows if r[3] not in same}


class Server:
    """A script of tests/agent with arguments, once it is ready."""

    def __init__(self, args, ready, folder):
        if os.path.lexists(os.path.join(folder, ready)):
            os.unlink(os.path.join(folder, ready))
        agent = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "agent", args[0])
        self.p = subprocess.Popen([sys.executable, agent] + args[1:], cwd=folder, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(3000):
            if os.path.lexists(os.path.join(folder, ready)):
                return
            time.sleep(0.01)
        sys.exit("%s is not ready" % args[0])

    def stop(self):
        self.p.kill()
        self.p.wait()


class Runner:
    """Runs a command in a folder of links to the files of FOLDER; as many at once as there are such folders."""

    def __init__(self, program, folder, each, at_once=2):
        self.program, self.folder = program, folder
        self.files = [f for f in os.listdir(folder) if f != "work"]
        self.free = queue.SimpleQueue()
        self.servers = []
        for i in range(at_once):
            work = os.path.join(folder, "work", str(i))
            shutil.rmtree(work, ignore_errors=True)
            os.makedirs(work)
            for f in self.files:
                os.symlink(os.path.join(folder, f), os.path.join(work, f))
            if each:
                os.mkdir(os.path.join(work, each[2]))
                self.servers.append(Server(each[0], each[1], work))
            self.free.put(work)
        self.kept = set(each[1:]) if each else set()

    def fill(self, word):
        """@FILE@ in a word is what FILE holds."""
        def content(m):
            with open(os.path.join(self.folder, m.group(1))) as f:
                return f.read().strip()
        return re.sub("@([a-z.]+)@", content, word)

    def made(self, work):
        """Names and contents of what is no link of ours; the folder is as before afterwards."""
        said = []
        with os.scandir(work) as entries:
            made = sorted(e.name for e in entries if not e.is_symlink() and e.name not in self.kept)
        for f in made:
            path = os.path.join(work, f)
            said.append(f.encode())
            if os.path.isfile(path):
                with open(path, "rb") as data:
                    said.append(data.read())
                os.unlink(path)
            elif os.path.isdir(path):
                shutil.rmtree(path)
            else:
                os.unlink(path)
            if f in self.files:
                os.symlink(os.path.join(self.folder, f), path)
        return said

    def run(self, args):
        """Exit code, digest of what came out; was it more than a complaint?"""
        work = self.free.get()
        p = subprocess.run(self.program + [self.fill(a) for a in args], cwd=work, stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        said = [p.stdout, p.stderr] + self.made(work)
        self.free.put(work)
        # The clock is no effect of an option.
        if self.program[0].endswith("fetch"):
            said = [re.sub(rb"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"TIME", s) for s in said]
        return p.returncode, hashlib.sha256(b"\0".join(said)).hexdigest(), bool(p.stdout)


def share(mode, command, pairs):
    """Those of the pairs that are run in that mode."""
    n, turn = SHARES.get(command, 1), 0
    if command in ("verify", "diff"):
        pairs = [p for p in pairs if MATTER & set(p)]
    elif mode in PART:
        n = 1
    else:
        turn = [m for m in MODES if m.split("/")[0] == command and m not in PART].index(mode)
    return [p for p in pairs if zlib.crc32(" ".join(p).encode()) % n == turn % n]


def commands(bin_):
    """Does every command have a mode?"""
    bad = []
    for f in sorted(os.listdir(bin_)):
        if not f.startswith("refval-"):
            continue
        out = subprocess.run([os.path.join(bin_, f), "--print-options"], check=True, stdout=subprocess.PIPE, text=True).stdout
        subs = [line.split("\t")[1] for line in out.splitlines() if line.startswith("command\t")]
        name = f[len("refval-"):]
        for c in ["%s-%s" % (name, s) for s in subs] or [name]:
            if not any(m.split("/")[0] == c for m in MODES):
                bad.append("no mode of %s" % c)
    print("\n".join(bad + ["%d commands without a mode" % len(bad)]))


def main():
    if sys.argv[2] == "--commands":
        return commands(sys.argv[1])
    bin_, folder, which = sys.argv[1:4]
    command = which.split("/")[0]
    name, _, sub = command.partition("-")
    program = [os.path.join(bin_, "refval-" + name)] + ([sub] if sub else [])
    bad, tried = [], 0
    os.environ["TZ"] = "UTC"
    for mode, (base, values) in MODES.items():
        if mode != which and mode.split("/")[0] != which:
            continue
        silent, ends = SILENT.get(mode, set()), ENDS.get(command, set())
        known = table(program)
        words = [w[2:] for w in base if w.startswith("--")]
        for o in sorted(set(known) - set(values) - set(words)) if mode not in PART else ():
            bad.append("%s: nobody tries --%s" % (mode, o))
        for o in sorted(set(values) - set(known)):
            bad.append("%s: no option --%s" % (mode, o))
        args = {o: ["--" + o] if v is None else ["--" + o, v] for o, v in values.items() if o in known and o not in words}
        servers = [Server(*s, folder) for s in SERVERS.get(command, [])]
        r = Runner(program, folder, EACH.get(mode))
        with ThreadPoolExecutor(2) as pool:
            plain = r.run(base)
            alone = dict(zip(args, pool.map(lambda o: r.run(base + args[o]), args)))
            for o, got in alone.items():
                tried += 1
                if got[0] not in (0, 1, 2, 3, 4):
                    bad.append("%s --%s: ended with %d" % (mode, o, got[0]))
                elif got[0] != 2 and got == plain and o not in silent:
                    bad.append("%s --%s: no effect, exit %d" % (mode, o, got[0]))
            # Those refused alone may be taken in company: what they need is in a pair, too.
            pairs = [(a, b) for a, b in itertools.combinations(sorted(args), 2)]
            if not ALL:
                pairs = share(mode, command, pairs)
            both = pool.map(lambda p: r.run(base + args[p[0]] + args[p[1]]), pairs)
            for (a, b), got in zip(pairs, both):
                tried += 1
                if got[0] not in (0, 1, 2, 3, 4):
                    bad.append("%s --%s --%s: ended with %d" % (mode, a, b, got[0]))
                if got[0] not in (0, 1, 3) or not got[2]:
                    continue
                for dropped, kept in ((a, b), (b, a)):
                    if got == alone[kept] and dropped not in silent and not (got[0] and kept in ends):
                        bad.append("%s --%s --%s: --%s is without effect, exit %d" % (mode, a, b, dropped, got[0]))
        for s in servers + r.servers:
            s.stop()
    print("\n".join(bad + ["%d tried, %d without effect" % (tried, len(bad))]))


main()
