#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Dump the ACPI blobs that a QEMU binary hands to its guest firmware.

The firmware (OVMF/TDVF) reads three fw_cfg files and measures each of them,
exactly as read, into RTMR0 ("ACPI DATA" events):

    etc/table-loader   the linker/loader script
    etc/acpi/rsdp      the unpatched RSDP
    etc/acpi/tables    all other tables, unpatched, zero padded

QEMU builds the blobs once at start, and again the first time the firmware
selects one of them; the second build sees what the firmware has programmed
meanwhile (PM base, PCIe ECAM window, BARs, bridge windows).  This tool starts
QEMU without running any guest code, plays the firmware's part over the qtest
protocol, then reads the blobs through fw_cfg.

    qemu-acpi-dump.py --qemu /usr/bin/qemu-system-x86_64 --out DIR -- \\
        -machine q35,smm=off,pic=off,hpet=off -m 2G -smp 2 -nodefaults ...

What is played (--state):
    reset   nothing: the blobs as after machine reset
    pm      PM base 0x600, ACPI enabled, ECAM window at 0xE0000000 (OVMF q35)
    ovmf    "pm", and PCI enumeration: bus numbers, bridge windows and BARs;
            64-bit BARs from --mmio64-base upward, 32-bit BARs from the top of
            low RAM upward, I/O from 0x6000 (the default)

With the CPUs stopped (-S) accel tcg and kvm give the same blobs as accel qtest,
which distributions often leave out.  smm=on needs tcg or a KVM with SMM.

With --run SECONDS nothing is played: the CPUs run the real firmware given with
-bios for that long, are stopped, and the blobs are read as it left them.

Only the Python standard library is used.
"""
import argparse
import gzip
import hashlib
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

BLOBS = (("loader", "etc/table-loader"),
         ("rsdp", "etc/acpi/rsdp"),
         ("tables", "etc/acpi/tables"))


class QtestError(Exception):
    """status: what the program ended with as shells say it, or None."""
    status = None


class Qtest:
    """Line protocol of QEMU's qtest server on a unix socket."""

    def __init__(self, command, timeout=60.0):
        self.dir = tempfile.mkdtemp(prefix="acpidump-")
        path = os.path.join(self.dir, "q")
        lsock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        lsock.bind(path)
        lsock.listen(1)
        lsock.settimeout(0.2)
        self.errpath = os.path.join(self.dir, "err")
        self.err = open(self.errpath, "wb")
        self.proc = subprocess.Popen(
            command + ["-qtest", "unix:" + path], stdin=subprocess.DEVNULL,
            stdout=self.err, stderr=self.err)
        end = time.time() + timeout
        self.sock = None
        while self.sock is None:
            try:
                self.sock, _ = lsock.accept()
            except socket.timeout:
                if self.proc.poll() is not None or time.time() > end:
                    lsock.close()
                    raise self.ended("qemu did not start")
        lsock.close()
        self.sock.settimeout(timeout)
        self.file = self.sock.makefile("rb")

    def ended(self, what):
        """The error that tells how the program ended, and its last words."""
        try:
            self.proc.wait(2)
        except subprocess.TimeoutExpired:
            pass
        code = self.proc.poll()
        msg = self.messages()
        if self.sock is None:
            self.close()
        how = ""
        if code is not None:
            code = 128 - code if code < 0 else code
            how = " (it ended with status %d)" % code
        error = QtestError("%s%s: %s" % (what, how, msg))
        error.status = code
        return error

    def messages(self):
        self.err.flush()
        with open(self.errpath, "rb") as f:
            return f.read().decode("utf-8", "replace").strip()

    def cmd(self, text):
        try:
            self.sock.sendall(text.encode() + b"\n")
            while True:
                line = self.file.readline()
                if not line:
                    raise self.ended("qemu went away")
                word = line.split()
                if word and word[0] == b"OK":
                    return word[1:]
                if word and word[0] in (b"FAIL", b"ERR"):
                    raise QtestError(line.decode().strip())
        except (BrokenPipeError, ConnectionResetError):
            raise self.ended("qemu went away") from None

    def outb(self, port, val):
        self.cmd("outb %#x %#x" % (port, val))

    def outw(self, port, val):
        self.cmd("outw %#x %#x" % (port, val))

    def outl(self, port, val):
        self.cmd("outl %#x %#x" % (port, val))

    def inb(self, port):
        return int(self.cmd("inb %#x" % port)[0], 16)

    def inl(self, port):
        return int(self.cmd("inl %#x" % port)[0], 16)

    def read(self, addr, size):
        return bytes.fromhex(self.cmd("read %#x %#x" % (addr, size))[0][2:].decode())

    def write(self, addr, data):
        self.cmd("write %#x %#x 0x%s" % (addr, len(data), data.hex()))

    def close(self):
        if self.sock:
            self.sock.close()
        if self.proc.poll() is None:
            self.proc.terminate()
            try:
                self.proc.wait(10)
            except subprocess.TimeoutExpired:
                self.proc.kill()
        self.proc.wait()
        self.err.close()
        shutil.rmtree(self.dir, ignore_errors=True)


class FwCfg:
    """fw_cfg over its DMA port, with guest RAM from 1 MiB as the buffer."""
    DESC, BUF = 0x100000, 0x101000

    def __init__(self, qt):
        self.qt = qt

    def item(self, selector, size, skip=0):
        """Select an item and read size bytes of it by DMA into guest RAM."""
        out, first, step = b"", True, 0x40000
        while first or len(out) < size:
            n = min(step, size - len(out))
            ctl = 0x02 | ((selector << 16) | 0x08 if first else 0)
            self.qt.write(self.DESC, struct.pack(">IIQ", ctl, n, self.BUF))
            self.qt.outl(0x514, 0)
            self.qt.outl(0x518, struct.unpack("<I", struct.pack(">I", self.DESC))[0])
            status = struct.unpack(">I", self.qt.read(self.DESC, 4))[0]
            if status:
                raise QtestError("fw_cfg DMA status %#x" % status)
            out += self.qt.read(self.BUF, n) if n else b""
            first = False
        return out

    def directory(self):
        count = struct.unpack(">I", self.item(0x19, 4))[0]
        raw = self.item(0x19, 4 + 64 * count)
        files = {}
        for i in range(count):
            size, sel, _, name = struct.unpack_from(">IHH56s", raw, 4 + 64 * i)
            files[name.split(b"\0")[0].decode()] = (sel, size)
        return files

    def file(self, name):
        # The directory is read anew for every file, as firmware does: the
        # size of a blob may change when QEMU rebuilds it.
        sel, size = self.directory()[name]
        return self.item(sel, size)


class Pci:
    """Configuration space by CF8/CFC, and a small OVMF-like enumerator."""

    def __init__(self, qt, low_top, mmio64):
        self.qt = qt
        self.next_bus = 0
        self.io = 0x6000
        self.mem32 = low_top
        self.mem64 = mmio64
        self.log = []

    def _addr(self, bdf, reg):
        bus, dev, fn = bdf
        self.qt.outl(0xCF8, 0x80000000 | bus << 16 | dev << 11 | fn << 8 | (reg & 0xFC))

    def r32(self, bdf, reg):
        self._addr(bdf, reg)
        return self.qt.inl(0xCFC)

    def r16(self, bdf, reg):
        return self.r32(bdf, reg) >> (8 * (reg & 2)) & 0xFFFF

    def r8(self, bdf, reg):
        return self.r32(bdf, reg) >> (8 * (reg & 3)) & 0xFF

    def w32(self, bdf, reg, val):
        self._addr(bdf, reg)
        self.qt.outl(0xCFC, val & 0xFFFFFFFF)

    def w16(self, bdf, reg, val):
        self._addr(bdf, reg)
        self.qt.outw(0xCFC + (reg & 2), val)

    def w8(self, bdf, reg, val):
        self._addr(bdf, reg)
        self.qt.outb(0xCFC + (reg & 3), val)

    def functions(self, bus):
        for dev in range(32):
            if self.r16((bus, dev, 0), 0) == 0xFFFF:
                continue
            multi = self.r8((bus, dev, 0), 0x0E) & 0x80
            for fn in range(8 if multi else 1):
                if fn == 0 or self.r16((bus, dev, fn), 0) != 0xFFFF:
                    yield (bus, dev, fn)

    def bars(self, bdf):
        """(register, kind, size) of each BAR; kind: io, m32, m64, p64."""
        is_bridge = self.r8(bdf, 0x0E) & 0x7F == 1
        reg, last = 0x10, 0x14 if is_bridge else 0x24
        res = []
        while reg <= last:
            old = self.r32(bdf, reg)
            self.w32(bdf, reg, 0xFFFFFFFF)
            mask = self.r32(bdf, reg)
            self.w32(bdf, reg, old)
            if mask == 0:
                reg += 4
                continue
            if mask & 1:
                size = (~(mask & 0xFFFFFFFC) & 0xFFFF) + 1
                res.append((reg, "io", size))
            elif mask & 6 == 4:
                oldh = self.r32(bdf, reg + 4)
                self.w32(bdf, reg + 4, 0xFFFFFFFF)
                high = self.r32(bdf, reg + 4)
                self.w32(bdf, reg + 4, oldh)
                full = high << 32 | mask & 0xFFFFFFF0
                size = (~full & (1 << 64) - 1) + 1
                res.append((reg, "p64" if mask & 8 else "m64", size))
                reg += 4
            else:
                size = (~(mask & 0xFFFFFFF0) & 0xFFFFFFFF) + 1
                res.append((reg, "m32", size))
            reg += 4
        return res

    @staticmethod
    def up(val, align):
        return (val + align - 1) & ~(align - 1)

    def take(self, kind, size):
        if kind == "io":
            self.io = base = self.up(self.io, size)
            self.io += size
        elif kind == "m32":
            self.mem32 = base = self.up(self.mem32, max(size, 0x1000))
            self.mem32 += max(size, 0x1000)
        else:
            self.mem64 = base = self.up(self.mem64, max(size, 0x1000))
            self.mem64 += max(size, 0x1000)
        return base

    def assign(self, bdf):
        """Give every BAR of a function an address and enable decoding."""
        for reg, kind, size in sorted(self.bars(bdf), key=lambda b: -b[2]):
            base = self.take({"m64": "p64"}.get(kind, kind), size)
            self.w32(bdf, reg, base)
            if kind in ("m64", "p64"):
                self.w32(bdf, reg + 4, base >> 32)
            self.log.append("%02x:%02x.%x bar%d %s %#x+%#x" % (
                *bdf, (reg - 0x10) // 4, kind, base, size))
        self.w16(bdf, 4, self.r16(bdf, 4) | 7)

    def scan(self, bus):
        """Enumerate a bus; bridges get bus numbers and windows."""
        self.next_bus = max(self.next_bus, bus)
        plain, bridges = [], []
        for bdf in self.functions(bus):
            (bridges if self.r8(bdf, 0x0E) & 0x7F == 1 else plain).append(bdf)
        for bdf in plain:
            self.assign(bdf)
        for bdf in bridges:
            self.next_bus += 1
            sec = self.next_bus
            self.w32(bdf, 0x18, bus | sec << 8 | 0xFF << 16)
            io0 = self.io = self.up(self.io, 0x1000)
            m0 = self.mem32 = self.up(self.mem32, 0x100000)
            p0 = self.mem64 = self.up(self.mem64, 0x100000)
            self.scan(sec)
            self.w8(bdf, 0x1A, self.next_bus)
            io1 = self.io = self.up(self.io, 0x1000)
            m1 = self.mem32 = self.up(self.mem32, 0x100000)
            p1 = self.mem64 = self.up(self.mem64, 0x100000)
            if io1 > io0:
                self.w8(bdf, 0x1C, io0 >> 8 & 0xF0)
                self.w8(bdf, 0x1D, io1 - 1 >> 8 & 0xF0)
            else:
                self.w8(bdf, 0x1C, 0xF0)
                self.w8(bdf, 0x1D, 0)
            if m1 > m0:
                self.w32(bdf, 0x20, m0 >> 16 & 0xFFF0 | (m1 - 1 >> 16 & 0xFFF0) << 16)
            else:
                self.w32(bdf, 0x20, 0x0000FFF0)
            if p1 > p0:
                self.w32(bdf, 0x24, p0 >> 16 & 0xFFF0 | (p1 - 1 >> 16 & 0xFFF0) << 16)
                self.w32(bdf, 0x28, p0 >> 32)
                self.w32(bdf, 0x2C, p1 - 1 >> 32)
            else:
                self.w32(bdf, 0x24, 0x0000FFF0)
                self.w32(bdf, 0x28, 0)
                self.w32(bdf, 0x2C, 0)
            self.log.append("%02x:%02x.%x bridge bus %d-%d io %#x-%#x mem %#x-%#x pref %#x-%#x" % (
                *bdf, sec, self.next_bus, io0, io1, m0, m1, p0, p1))
            self.assign(bdf)


def play_firmware(qt, fwcfg, args):
    """Program what OVMF has programmed when it reads the tables."""
    notes = []
    if args.state == "reset":
        return notes
    lpc, mch = (0, 0x1F, 0), (0, 0, 0)
    # Low RAM size: CMOS 0x34/0x35 counts 64 KiB units above 16 MiB.
    low = []
    for reg in (0x34, 0x35):
        qt.outb(0x70, reg)
        low.append(qt.inb(0x71))
    low_top = ((low[1] << 8 | low[0]) << 16) + (16 << 20)
    notes.append("low RAM top %#x" % low_top)
    pci = Pci(qt, low_top, args.mmio64_base)
    pci.w32(lpc, 0x40, args.pm_base | 1)
    pci.w8(lpc, 0x44, pci.r8(lpc, 0x44) | 0x80)
    pci.w32(mch, 0x60, 0)
    pci.w32(mch, 0x64, 0)
    pci.w32(mch, 0x60, args.ecam_base | 1)
    if args.state == "ovmf":
        extra = fwcfg.directory().get("etc/extra-pci-roots")
        roots = int.from_bytes(fwcfg.item(*extra), "little") if extra else 0
        pci.scan(0)
        found = 0
        bus = pci.next_bus + 1
        while found < roots and bus < 256:
            if any(True for _ in pci.functions(bus)):
                pci.scan(bus)
                found += 1
                bus = pci.next_bus
            bus += 1
        notes += pci.log
    return notes


def read_back(qt):
    """What the firmware has put into configuration space."""
    pci = Pci(qt, 0, 0)
    notes = ["lpc pmbase %#x acpi_cntl %#x, mch pciexbar %#x" % (
        pci.r32((0, 31, 0), 0x40), pci.r8((0, 31, 0), 0x44), pci.r32((0, 0, 0), 0x60))]
    for bus in range(256):
        for bdf in pci.functions(bus):
            head = "%02x:%02x.%x" % bdf
            regs = [pci.r32(bdf, 0x10 + 4 * i) for i in range(6)]
            if pci.r8(bdf, 0x0E) & 0x7F == 1:
                notes.append(head + " bridge bus %#x io %#x mem %#x pref %#x %#x %#x bars %#x %#x" % (
                    pci.r32(bdf, 0x18) & 0xFFFFFF, pci.r16(bdf, 0x1C), pci.r32(bdf, 0x20),
                    pci.r32(bdf, 0x24), pci.r32(bdf, 0x28), pci.r32(bdf, 0x2C), *regs[:2]))
            else:
                notes.append(head + " bars " + " ".join("%#x" % r for r in regs))
    return notes


def run_firmware(qmp_path, seconds):
    """Let the guest run, then stop it over QMP."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.connect(qmp_path)
    f = sock.makefile("rwb")
    f.readline()
    for command in ("qmp_capabilities", "cont", None, "stop"):
        if command is None:
            time.sleep(seconds)
            continue
        f.write(json.dumps({"execute": command}).encode() + b"\n")
        f.flush()
        while "return" not in json.loads(f.readline()):
            pass
    sock.close()


def walk(blob):
    """(signature, offset, length) of each table in etc/acpi/tables."""
    off = 0
    while off + 8 <= len(blob):
        sig, length = struct.unpack_from("<4sI", blob, off)
        if not length:
            break
        yield sig.decode("latin-1"), off, length
        off += length


def dump(args):
    command = args.qemu.split() + [
        "-accel", args.accel, "-display", "none", "-no-user-config",
        "-monitor", "none", "-S"] + args.machine
    qmp = None
    if getattr(args, "run", 0):
        qmp = os.path.join(tempfile.mkdtemp(prefix="acpidump-"), "qmp")
        command += ["-qmp", "unix:%s,server=on,wait=off" % qmp]
    qt = Qtest(command)
    try:
        fwcfg = FwCfg(qt)
        if qmp:
            run_firmware(qmp, args.run)
            notes = ["the firmware ran for %g s" % args.run] + read_back(qt)
        else:
            notes = play_firmware(qt, fwcfg, args)
        blobs = {}
        for key, name in BLOBS:
            blobs[key] = fwcfg.file(name)
        return blobs, notes
    finally:
        qt.close()
        if qmp:
            shutil.rmtree(os.path.dirname(qmp), ignore_errors=True)


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--qemu", required=True, help="binary, or a command prefix")
    ap.add_argument("--out", help="directory for loader, rsdp, tables")
    ap.add_argument("--gzip", action="store_true", help="write the files gzip'ed")
    ap.add_argument("--state", choices=("reset", "pm", "ovmf"), default="ovmf")
    ap.add_argument("--pm-base", type=lambda s: int(s, 0), default=0x600)
    ap.add_argument("--ecam-base", type=lambda s: int(s, 0), default=0xE0000000)
    ap.add_argument("--mmio64-base", type=lambda s: int(s, 0), default=0x380000000000,
                    help="OVMF: 7/8 of the guest physical address space")
    ap.add_argument("--run", type=float, default=0, help="run the real firmware this long")
    ap.add_argument("--accel", default="tcg,thread=single",
                    help="tcg,thread=single (default), kvm or qtest")
    ap.add_argument("--verbose", action="store_true")
    ap.add_argument("machine", nargs=argparse.REMAINDER, help="-- then QEMU's arguments")
    args = ap.parse_args()
    if args.machine[:1] == ["--"]:
        args.machine = args.machine[1:]
    try:
        blobs, notes = dump(args)
    except QtestError as e:
        sys.exit("qemu-acpi-dump: %s" % e)
    if args.out:
        os.makedirs(args.out, exist_ok=True)
    for key, name in BLOBS:
        data = blobs[key]
        print("%-7s %7d %s" % (key, len(data), hashlib.sha384(data).hexdigest()))
        if args.out:
            path = os.path.join(args.out, key)
            if args.gzip:
                with open(path + ".gz", "wb") as f:
                    f.write(gzip.compress(data, 9, mtime=0))
            else:
                with open(path, "wb") as f:
                    f.write(data)
    if args.verbose:
        for note in notes:
            print("#", note)
        for sig, off, length in walk(blobs["tables"]):
            print("# %s at %#x length %d" % (sig, off, length))


if __name__ == "__main__":
    main()
