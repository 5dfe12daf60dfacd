#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random machines: the blobs of a real QEMU against those of refval-acpi.

usage: random-shapes.py --qemu COMMAND --acpi PROGRAM [--count N] [--seed N]
                        [--jobs N] [--iasl] [--keep DIR] [--accel A]

Each machine is started with its CPUs stopped, the firmware's part is played
(tests/oracle/qemu-acpi-dump.py), the three blobs are read, and the facts that
decided them, with the windows that were programmed on expander buses, are
handed to refval-acpi --shape as JSON. Equal means equal in every byte. The
same seed gives the same machines. Exit 1 when one differs, or when this QEMU
refuses many; 4 when it cannot start the plainest machine, or crashes.

--accel auto (the default) is KVM when the plainest machine starts with it: a
/dev/kvm that can be opened may still be of no use (nested virtualization).
"""
import argparse
import concurrent.futures
import importlib.util
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location(
    "dump", HERE.parent / "oracle" / "qemu-acpi-dump.py")
dump = importlib.util.module_from_spec(spec)
spec.loader.exec_module(dump)

TCG = "tcg,thread=single"
MIB, GIB = 1 << 20, 1 << 30
MMIO64 = 0x380000000000
NAMES = {"loader": "table-loader", "rsdp": "rsdp", "tables": "tables"}


def split(rnd, total, parts, step):
    """total as parts positive multiples of step."""
    cuts = sorted(rnd.sample(range(1, total // step), parts - 1))
    edges = [0] + [c * step for c in cuts] + [total]
    return [b - a for a, b in zip(edges, edges[1:])]


def random_machine(rnd):
    m = {
        "cpus": rnd.choice([1, 2, 4, 8, 16, 32, 64, rnd.randint(1, 64),
                            rnd.randint(1, 254), rnd.randint(240, 288)]),
        "memory": rnd.choice([
            2 * GIB, rnd.randint(128, 2815) * MIB, 2816 * MIB,
            rnd.randint(2816, 8192) * MIB, rnd.randint(3, 600) * GIB]),
        "endpoints": rnd.choice([4, 5, 6, rnd.randint(1, 12)]),
        "hotplug": rnd.random() < 0.6,
        "pic": rnd.random() < 0.3,
        "serial": rnd.random() < 0.85,
        "smm": rnd.random() < 0.05,
        "root_ports": rnd.choice([0, 0, 1, rnd.randint(1, 3),
                                  rnd.randint(1, 14)]),
        "hole64": rnd.choice([
            None, None, 1 << rnd.randint(30, 44),
            rnd.randint(1, 1 << 40), rnd.randint(1, 1 << 30)]),
        "nodes": [], "pxb": [],
    }
    if rnd.random() < 0.4:
        n = rnd.randint(1, min(4, m["cpus"]))
        memory = split(rnd, m["memory"], n, 2 * MIB if m["memory"] %
                       (2 * MIB) == 0 else MIB)
        cpus = split(rnd, m["cpus"], n, 1) if n > 1 else [m["cpus"]]
        first = 0
        for bytes_, count in zip(memory, cpus):
            m["nodes"].append((first, first + count - 1, bytes_))
            first += count
        if rnd.random() < 0.6:
            # As the VMM: a bus per node, at slot 10h and up.
            room = 0x10 - 1 - m["endpoints"]
            m["root_ports"] = min(m["root_ports"], max(room, 0))
            bus = 5 + m["root_ports"]
            for node in range(n):
                ports = rnd.choice([0, 1, rnd.randint(0, 6)])
                m["pxb"].append((bus, node, ports))
                bus += ports + rnd.randint(1, 4)
    m["root_ports"] = min(m["root_ports"], 30 - m["endpoints"])
    return m


def fit(m, accel):
    """Software emulation has 40 address bits: RAM and hole must fit."""
    if not accel.startswith("kvm"):
        m["hole64"] = m["hole64"] and min(m["hole64"], 1 << 38)
    return m


def qemu_arguments(m, accel):
    a, port = [], 0
    # x2APIC: else no more than 255 CPUs.
    if accel.startswith("kvm"):
        a += ["-cpu", "host,host-phys-bits=off,phys-bits=46,x2apic=on"]
    else:
        a += ["-cpu", "qemu64,vendor=GenuineIntel,x2apic=on"]
    machine = "q35,kernel-irqchip=split,smm=%s,pic=%s,hpet=off" % (
        "on" if m["smm"] else "off", "on" if m["pic"] else "off")
    if m["nodes"]:
        for i, (first, last, size) in enumerate(m["nodes"]):
            a += ["-object", "memory-backend-ram,id=m%d,size=%d,reserve=off"
                  % (i, size), "-numa", "node,nodeid=%d,cpus=%d-%d,memdev=m%d"
                  % (i, first, last, i)]
    else:
        a += ["-object",
              "memory-backend-ram,id=m,size=%d,reserve=off" % m["memory"]]
        machine += ",memory-backend=m"
    a += ["-machine", machine, "-smp", str(m["cpus"]),
          "-m", "%dM" % (m["memory"] // MIB), "-nodefaults"]
    if m["serial"]:
        a += ["-serial", "null"]
    for i in range(m["endpoints"]):
        a += ["-device", "virtio-rng-pci,bus=pcie.0,addr=%x" % (1 + i)]
    for i, (bus, node, _) in enumerate(m["pxb"]):
        a += ["-device", "pxb-pcie,id=x%d,bus=pcie.0,addr=%x,numa_node=%d,"
              "bus_nr=%d" % (i, 0x10 + i, node, bus)]
    for i, (_, _, ports) in enumerate(m["pxb"]):
        for _ in range(ports):
            port += 1
            a += ["-device", "pcie-root-port,id=p%d,bus=x%d,chassis=%d"
                  % (port, i, port),
                  "-device", "virtio-rng-pci,bus=p%d" % port]
    # As the VMM: expanders and what is on them first.
    for i in range(m["root_ports"]):
        port += 1
        a += ["-device", "pcie-root-port,id=p%d,bus=pcie.0,addr=%x,chassis=%d"
              % (port, 1 + m["endpoints"] + i, port),
              "-device", "virtio-rng-pci,bus=p%d" % port]
    if not m["hotplug"]:
        a += ["-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off"]
    if m["hole64"]:
        a += ["-global", "q35-pcihost.pci-hole64-size=%#x" % m["hole64"]]
    return a


BAR = re.compile(r"(..):..\.. bar\d (\w+) (0x\w+)\+(0x\w+)")
BRIDGE = re.compile(r"(..):..\.. bridge bus \d+-(\d+) io (\w+)-(\w+)"
                    r" mem (\w+)-(\w+) pref (\w+)-(\w+)")


def programmed(notes):
    """What was programmed, by bus: io, memory, prefetch, last bus."""
    buses = {}
    for note in notes:
        bar, bridge = BAR.match(note), BRIDGE.match(note)
        if bar:
            b = buses.setdefault(int(bar[1], 16), ([], [], [], [0]))
            kind = {"io": 0, "m32": 1}.get(bar[2], 2)
            base, size = int(bar[3], 0), int(bar[4], 0)
            b[kind].append([base, base + size - 1])
        elif bridge:
            b = buses.setdefault(int(bridge[1], 16), ([], [], [], [0]))
            for kind in range(3):
                first, end = (int(bridge[3 + 2 * kind + i], 0)
                              for i in range(2))
                if end > first:
                    b[kind].append([first, end - 1])
            b[3].append(int(bridge[2]))
    return buses


def config(m, version, notes):
    buses = programmed(notes)
    c = {"version": version, "cpus": m["cpus"], "memory": m["memory"],
         "endpoints": m["endpoints"], "root_ports": m["root_ports"],
         "hotplug": m["hotplug"], "pic": m["pic"], "smm": m["smm"],
         "serial": m["serial"], "mmio64_base": MMIO64,
         "numa": [list(n) for n in m["nodes"]]}
    if m["hole64"]:
        c["hole64"] = m["hole64"]
    c["mmio64_used_end"] = max(last + 1 for _, last in buses[0][2])
    c["pxb"] = []
    for i, (bus, node, _) in reversed(list(enumerate(m["pxb"]))):
        b = buses.get(bus, ([], [], [], [0]))
        c["pxb"].append([(0x10 + i) << 3, bus, node, max(b[3] + [bus]),
                         b[0], b[1], b[2]])
    return c


def version_of(command):
    text = subprocess.run(command.split() + ["--version"], check=True,
                          capture_output=True, text=True).stdout
    return [int(x) for x in re.search(r"(\d+)\.(\d+)\.(\d+)", text).groups()]


def first_difference(a, b):
    return next((i for i, (x, y) in enumerate(zip(a, b)) if x != y),
                min(len(a), len(b)))


def check_iasl(folder):
    for table in sorted(folder.glob("*.aml")):
        p = subprocess.run(["iasl", "-d", "-p", str(folder / "out"),
                            str(table)], capture_output=True, text=True)
        said = p.stdout + p.stderr
        if p.returncode or re.search(r"\bError\b|Could not", said):
            return "iasl: %s: %s" % (table.name, said.strip()[-300:])
    return None


def blobs_of(qemu, accel, m):
    """What QEMU's firmware would read of this machine, and what was played."""
    opt = argparse.Namespace(
        qemu=qemu, accel=accel, machine=qemu_arguments(m, accel),
        state="ovmf", pm_base=0x600, ecam_base=0xE0000000,
        mmio64_base=MMIO64, run=0)
    return dump.dump(opt)


PLAIN = {"cpus": 1, "memory": 2 * GIB, "endpoints": 4, "hotplug": True,
         "pic": False, "serial": True, "smm": False, "root_ports": 0,
         "hole64": None, "nodes": [], "pxb": []}


def first_accel(args):
    """KVM or software emulation, whichever starts the plainest machine."""
    accels = ["kvm", TCG] if args.accel == "auto" else [args.accel]
    if accels[0] == "kvm" and not os.access("/dev/kvm", os.R_OK | os.W_OK):
        accels = [TCG]
    for accel in accels:
        try:
            blobs_of(args.qemu, accel, PLAIN)
            return accel
        except dump.QtestError as e:
            print("no machine with %s: %s" % (accel, e), flush=True)
    return None


def compare(number, m, version, args):
    """The kind ("equal", "differs", "refused", "crashed") and what to say."""
    accel = TCG if m["smm"] else args.accel
    m = fit(m, accel)
    try:
        blobs, notes = blobs_of(args.qemu, accel, m)
    except dump.QtestError as e:
        kind = "crashed" if (e.status or 0) > 128 else "refused"
        return kind, "%d: %s: %s" % (number, json.dumps(m), e)
    text = json.dumps(config(m, version, notes))
    with tempfile.TemporaryDirectory() as tmp:
        folder = pathlib.Path(tmp)
        p = subprocess.run([args.acpi, "--shape", "-", "--dir", tmp],
                           input=text, capture_output=True, text=True)
        if p.returncode:
            return "differs", "%d: %s: %s" % (number, text, p.stderr.strip())
        for key, name in NAMES.items():
            ours = (folder / name).read_bytes()
            if ours != blobs[key]:
                if args.keep:
                    keep = pathlib.Path(args.keep)
                    keep.mkdir(parents=True, exist_ok=True)
                    for blob, data in blobs.items():
                        (keep / ("%d-%s" % (number, blob))).write_bytes(data)
                return "differs", "%d: %s: %s: first difference at %#x" % (
                    number, text, key, first_difference(ours, blobs[key]))
        if args.iasl:
            wrong = check_iasl(folder)
            if wrong:
                return "differs", "%d: %s: %s" % (number, text, wrong)
    return "equal", None


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--qemu", required=True)
    ap.add_argument("--acpi", required=True)
    ap.add_argument("--count", type=int, default=40)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--jobs", type=int, default=2)
    ap.add_argument("--accel", default="auto")
    ap.add_argument("--iasl", action="store_true")
    ap.add_argument("--keep")
    args = ap.parse_args()
    version = version_of(args.qemu)
    args.accel = first_accel(args)
    if not args.accel:
        sys.exit(4)
    rnd = random.Random(args.seed)
    machines = [random_machine(rnd) for _ in range(args.count)]
    seen = {"equal": 0, "differs": 0, "refused": 0, "crashed": 0}
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for kind, text in pool.map(
                lambda nm: compare(nm[0], nm[1], version, args),
                enumerate(machines)):
            seen[kind] += 1
            if text:
                print("%s: %s" % (kind, text), flush=True)
    crashed = ", in %d it crashed" % seen["crashed"] if seen["crashed"] else ""
    print("QEMU %s (%s): %d equal, %d differ, %d refused by QEMU%s" % (
        ".".join(map(str, version)), args.accel, seen["equal"],
        seen["differs"], seen["refused"], crashed))
    # A QEMU that starts nothing proves nothing.
    if seen["differs"]:
        sys.exit(1)
    if seen["equal"] < 0.9 * args.count:
        sys.exit(4 if seen["crashed"] else 1)


main()
