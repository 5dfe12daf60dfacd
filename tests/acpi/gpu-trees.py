#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random machines with GPUs: where real firmware put every BAR and window, and
the blobs that QEMU made of it, against refval-acpi.

usage: gpu-trees.py --qemu COMMAND --bios OVMF.fd --acpi PROGRAM [--count N]
                    [--seed N] [--jobs N]

Devices with the BARs of GPUs and NVSwitches stand in for them: nvme with a
controller memory buffer and a persistent memory region, pci-testdev,
bochs-display. The firmware runs under software emulation with 46 address bits
until nothing of PCI changes any more (10 to 20 s); then the machine is stopped
and asked. The same seed gives the same machines. Exit 1 when one differs.
"""
import argparse
import concurrent.futures
import importlib.util
import json
import pathlib
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location(
    "dump", HERE.parent / "oracle" / "qemu-acpi-dump.py")
dump = importlib.util.module_from_spec(spec)
spec.loader.exec_module(dump)

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
FIRST_BUS, FIRST_SLOT = 5, 0x10
LIMIT, SETTLE = 90, 1.6


class Qmp:
    def __init__(self, path):
        for _ in range(200):
            try:
                self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                self.sock.connect(path)
                break
            except (FileNotFoundError, ConnectionRefusedError):
                time.sleep(0.05)
        self.sock.settimeout(60)
        self.file = self.sock.makefile("rwb")
        self.file.readline()
        self("qmp_capabilities")

    def __call__(self, command):
        self.file.write(json.dumps({"execute": command}).encode() + b"\n")
        self.file.flush()
        while True:
            r = json.loads(self.file.readline())
            if "return" in r:
                return r["return"]
            if "error" in r:
                raise RuntimeError(r["error"])


def size(n):
    return "%dG" % (n // GIB) if n % GIB == 0 else str(n)


class Machine:
    """A random machine as QEMU's arguments and as refval-acpi's."""

    def __init__(self, seed):
        self.rnd = r = random.Random(seed)
        self.args, self.count = [], 0
        nodes = r.choice([0, 0, 1, 1, 2])
        self.memory = max(nodes, 1) * r.choice([1, 2, 3, 4]) * GIB
        self.cpus = max(nodes, 1) * r.randint(1, 2)
        self.endpoints = r.randint(4, 8)
        self.hotplug = r.random() < 0.5
        self.hole = r.choice([0, 0, 1 << 38, 1 << 44])
        gpus = r.choice([1, 1, 2, 4, 8])
        switches = r.choice([0, 0, 0, 1, 4])
        gpu, self.gpu_bars = self.stand_in()
        switch, self.switch_bars = self.switch()
        spread = [gpus]
        if nodes == 2:
            first = r.randint(0, gpus)
            spread = [first, gpus - first]
        self.nodes = nodes
        self.bus = [FIRST_BUS, FIRST_BUS + spread[0] + 1][:nodes]
        for i in range(self.endpoints):
            self.add("virtio-rng-pci,disable-legacy=on,bus=pcie.0,addr=%x"
                     % (1 + i))
        for i in range(nodes):
            per = self.memory // nodes
            self.args += [
                "-object", "memory-backend-ram,id=n%d,size=%d" % (i, per),
                "-numa", "node,nodeid=%d,cpus=%d-%d,memdev=n%d" % (
                    i, i * self.cpus // nodes,
                    (i + 1) * self.cpus // nodes - 1, i)]
            self.add("pxb-pcie,id=x%d,bus=pcie.0,addr=%x,numa_node=%d,bus_nr=%d"
                     % (i, FIRST_SLOT + i, i, self.bus[i]))
        for i in range(nodes):
            for _ in range(spread[i]):
                self.port("bus=x%d" % i, gpu)
        slot = 1 + self.endpoints
        on_bus0 = [gpu] * (0 if nodes else gpus) + [switch] * switches
        for i, device in enumerate(on_bus0):
            self.port("bus=pcie.0,addr=%x" % (slot + i), device)
        self.gpus, self.switches = gpus, switches

    def add(self, device):
        self.args += ["-device", device]

    def port(self, where, device):
        self.count += 1
        self.add("pcie-root-port,id=p%d,chassis=%d,%s"
                 % (self.count, self.count, where))
        device("p%d" % self.count)

    def stand_in(self):
        """A GPU's large BAR, and smaller ones beside it."""
        large = (1 << self.rnd.choice([34, 35, 36, 37, 38, 39])) // 2
        small = self.rnd.choice([16, 32, 64]) * MIB
        if self.rnd.random() < 0.6:
            def nvme(bus):
                self.args += ["-object", "memory-backend-ram,id=m%s,size=%d,"
                              "reserve=off" % (bus, large)]
                self.add("nvme,serial=%s,bus=%s,cmb_size_mb=%d,pmrdev=m%s"
                         % (bus, bus, small // MIB, bus))
            return nvme, ["16K:64bit", size(small), size(large)]

        def testdev(bus):
            self.add("pci-testdev,bus=%s,membar=%d" % (bus, large))
        return testdev, ["4K:32bit", "256:io", size(large)]

    def switch(self):
        if self.rnd.random() < 0.6:
            def display(bus):
                self.add("bochs-display,bus=%s,vgamem=%d,romfile="
                         % (bus, 32 * MIB))
            return display, ["32M:32bit-prefetch", "4K:32bit"]

        def nvme(bus):
            self.add("nvme,serial=%s,bus=%s" % (bus, bus))
        return nvme, ["16K:64bit"]

    def qemu(self, bios):
        a = ["-machine", "q35,smm=off,pic=off,hpet=off",
             "-cpu", "max,vendor=GenuineIntel,phys-bits=46",
             "-m", "%dM" % (self.memory // MIB), "-smp", str(self.cpus),
             "-nodefaults", "-serial", "null", "-display", "none",
             "-accel", "tcg,thread=single", "-bios", bios]
        if not self.hotplug:
            a += ["-global",
                  "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off"]
        if self.hole:
            a += ["-global", "q35-pcihost.pci-hole64-size=%#x" % self.hole]
        return a + self.args

    def vm_config(self, version):
        c = {"cpu_count": self.cpus, "memory_size": self.memory,
             "qemu_version": version, "pic": False,
             "hotplug_off": not self.hotplug, "num_gpus": self.gpus,
             "num_nvswitches": self.switches,
             "num_nics": self.endpoints - 4}
        if self.hole:
            c["pci_hole64_size"] = self.hole
        if self.nodes:
            c["hugepages"] = True
            c["numa_nodes"] = [{"pxb_bus": b} for b in self.bus]
        return json.dumps(c)

    def options(self):
        o = ["--edge", "off"]
        for b in self.gpu_bars:
            o += ["--gpu-bar", b]
        for b in self.switch_bars if self.switches else []:
            o += ["--nvswitch-bar", b]
        return o


# ---- the real machine ----

def devices(query):
    """Every function that query-pci shows, behind bridges too."""
    for d in query:
        yield d
        yield from devices(d.get("pci_bridge", {}).get("devices", []))


def all_devices(buses):
    for bus in buses:
        yield from devices(bus["devices"])


def settled(buses):
    bars = [r["address"] for d in all_devices(buses)
            for r in d["regions"] if r["bar"] < 6]
    return len(bars) > 8 and not any(a in (0, -1, 0xFFFFFFFF) for a in bars)


def boot(qemu, machine, bios):
    """What firmware programmed, and the blobs; None: it left something out."""
    folder = tempfile.mkdtemp(prefix="trees-")
    path = folder + "/qmp"
    qtest = dump.Qtest(qemu.split() + ["-S", "-qmp",
                                       "unix:%s,server=on,wait=off" % path]
                       + machine.qemu(bios))
    try:
        qmp = Qmp(path)
        last, start = None, time.time()
        since = start
        qmp("cont")
        while time.time() - start < LIMIT:
            time.sleep(0.4)
            now = json.dumps(qmp("query-pci"))
            if now != last:
                last, since = now, time.time()
            if time.time() - since > SETTLE and settled(json.loads(now)):
                break
        qmp("stop")
        buses = qmp("query-pci")
        if not settled(buses):
            return None, None
        fw_cfg = dump.FwCfg(qtest)
        return buses, {key: fw_cfg.file(name) for key, name in dump.BLOBS}
    finally:
        qtest.close()
        shutil.rmtree(folder, ignore_errors=True)


# ---- comparing ----

def kind_of(region):
    if region["type"] == "io":
        return "io"
    return ("64bit" if region["mem_type_64"] else "32bit") + (
        "-prefetch" if region["prefetch"] else "")


def seen(buses):
    """{at: (bars in order, windows, bus numbers)}"""
    out = {}
    for d in all_devices(buses):
        at = "%02x:%02x.%x" % (d["bus"], d["slot"], d["function"])
        bars = [[kind_of(r), r["size"], r["address"]]
                for r in sorted(d["regions"], key=lambda r: r["bar"])
                if r["bar"] < 6]
        windows = numbers = None
        if "pci_bridge" in d:
            b = d["pci_bridge"]["bus"]
            windows = [
                [b[k]["base"], b[k]["limit"]]
                if 0 < b[k]["base"] < b[k]["limit"] else None
                for k in ("io_range", "memory_range", "prefetchable_range")]
            numbers = [b["secondary"], b["subordinate"]]
        out[at] = (bars, windows, numbers)
    return out


def predicted(document):
    out = {}
    for d in document["pci"]["devices"]:
        bars = [[b["kind"], b["size"], b["address"]] for b in d["bars"]]
        windows = numbers = None
        if "secondary" in d:
            windows = [d["io"], d["memory"], d["prefetch"]]
            numbers = [d["secondary"], d["subordinate"]]
        out[d["at"]] = (bars, windows, numbers)
    return out


def differences(buses, blobs, document):
    real, ours = seen(buses), predicted(document)
    for at in sorted(set(real) | set(ours)):
        if real.get(at) != ours.get(at):
            yield "%s: firmware %s, predicted %s" % (
                at, real.get(at), ours.get(at))
    for key, data in blobs.items():
        if dump.hashlib.sha384(data).hexdigest() != document[key]:
            yield "%s differs" % key


def compare(seed, args, version):
    m = Machine(seed)
    text = "%d: %s %s" % (seed, m.vm_config(version), " ".join(m.options()))
    p = subprocess.run([args.acpi, "--vm-config", "-", "--json"] + m.options(),
                       input=m.vm_config(version), capture_output=True,
                       text=True)
    try:
        buses, blobs = boot(args.qemu, m, args.bios)
    except (dump.QtestError, RuntimeError, OSError) as e:
        kind = "crashed" if (getattr(e, "status", 0) or 0) > 128 else "refused"
        return kind, "%s: %s" % (text, e)
    if buses is None:
        # Firmware gave something no address: then we must not answer.
        return ("equal", None) if p.returncode == 3 else (
            "differs", text + ": firmware left something out")
    if p.returncode:
        return "differs", "%s: %s" % (text, p.stderr.strip())
    wrong = list(differences(buses, blobs, json.loads(p.stdout)))
    if wrong:
        return "differs", "%s\n  %s" % (text, "\n  ".join(wrong[:6]))
    return "equal", None


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--qemu", required=True)
    ap.add_argument("--bios", required=True)
    ap.add_argument("--acpi", required=True)
    ap.add_argument("--count", type=int, default=20)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--jobs", type=int, default=2)
    args = ap.parse_args()
    text = subprocess.run(args.qemu.split() + ["--version"], check=True,
                          capture_output=True, text=True).stdout
    version = re.search(r"(\d+\.\d+\.\d+)", text)[1]
    count = {"equal": 0, "differs": 0, "refused": 0, "crashed": 0}
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for kind, text in pool.map(
                lambda s: compare(s, args, version),
                range(args.seed, args.seed + args.count)):
            count[kind] += 1
            if text:
                print("%s: %s" % (kind, text), flush=True)
    crashed = ", in %d it crashed" % count["crashed"] if count["crashed"] else ""
    print("QEMU %s, GPU trees: %d equal, %d differ, %d refused by QEMU%s" % (
        version, count["equal"], count["differs"], count["refused"], crashed))
    # 4: a judge that crashes has not judged.
    if count["differs"]:
        sys.exit(1)
    if count["equal"] < 0.9 * args.count:
        sys.exit(4 if count["crashed"] else 1)


main()
