#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Have container engines make the file systems of engine_layers.py's images.

usage: engines.py run ENGINE IMAGES SCRATCH [SECONDS] > ENGINE.json     as root, in a mount namespace of its own
       engines.py table ENGINE.json... > engines.tsv.xz

ENGINE: umoci, podman-overlay, podman-vfs, docker-overlay2, docker-containerd (Docker's containerd store; from 24 on),
containerd-overlayfs. SCRATCH is on a disk that overlay file systems may lie on.
"""
import hashlib, io, json, lzma, os, shutil, stat, subprocess, sys, tarfile, time
sys.dont_write_bytecode = True
from engine_check import tree_id

MADE_BY_DOCKER = ("dev", "proc", "sys", "etc", ".dockerenv")


def run(*args):
    return subprocess.run(args, capture_output=True, text=True, timeout=120)


def line(path, type, mode, uid, gid, size, payload):
    mode = 0o777 if type == "l" else mode & 0o7777
    return "%s %s %04o %d %d %s %s" % (path, type, mode, uid, gid, size if type == "f" else "-", payload)


def shown(found):
    return "".join(" %s=%s" % (k, found[k].hex()) for k in sorted(found))


def xattrs(path):
    """Those of users and trusted; others are the file system's and the engine's own."""
    names = [n for n in os.listxattr(path, follow_symlinks=False) if n.startswith(("user.", "trusted.")) and not n.startswith("trusted.overlay.")]
    return shown({n: os.getxattr(path, n, follow_symlinks=False) for n in names})


def of_folder(root):
    """The lines of refval-tree 1 behind the root's."""
    found = sorted("/" + os.path.relpath(os.path.join(d, n), root) for d, ds, fs in os.walk(root) for n in ds + fs)
    leader, out = {}, []
    for path in found:
        try:
            s = os.lstat(root + path)
        except (FileNotFoundError, PermissionError):
            return "?"  # a name without anything: a whiteout in a directory of one layer
        if not stat.S_ISDIR(s.st_mode) and s.st_nlink > 1:
            first = leader.setdefault((s.st_dev, s.st_ino), path)
            if first != path:
                out.append("%s h - - - - %s" % (path, first))
                continue
        type = {stat.S_IFDIR: "d", stat.S_IFLNK: "l", stat.S_IFREG: "f", stat.S_IFCHR: "c", stat.S_IFBLK: "b",
                stat.S_IFIFO: "p"}.get(stat.S_IFMT(s.st_mode), "?")
        payload = "-"
        if type == "l":
            payload = os.readlink(root + path)
        elif type in "bc":
            payload = "%d,%d" % (os.major(s.st_rdev), os.minor(s.st_rdev))
        elif type == "f":
            with open(root + path, "rb") as f:
                payload = hashlib.sha256(f.read()).hexdigest()
        out.append(line(path, type, s.st_mode, s.st_uid, s.st_gid, s.st_size, payload) + xattrs(root + path))
    return "\n".join(out)


def of_export(data):
    tar, out = tarfile.open(fileobj=io.BytesIO(data)), {}
    for m in tar:
        path = os.path.normpath("/" + m.name)
        if path in ("/", "//") or path.split("/")[1] in MADE_BY_DOCKER:
            continue
        if m.islnk():
            out[path] = "%s h - - - - %s" % (path, os.path.normpath("/" + m.linkname))
            continue
        type = {tarfile.DIRTYPE: "d", tarfile.SYMTYPE: "l", tarfile.CHRTYPE: "c", tarfile.BLKTYPE: "b",
                tarfile.FIFOTYPE: "p"}.get(m.type, "f" if m.isreg() else "?")
        payload = m.linkname if type == "l" else "%d,%d" % (m.devmajor, m.devminor) if type in "bc" else "-"
        if type == "f":
            payload = hashlib.sha256(tar.extractfile(m).read()).hexdigest()
        more = {k[13:]: v.encode() for k, v in m.pax_headers.items() if k.startswith("SCHILY.xattr.user.")}
        out[path] = line(path, type, m.mode, m.uid, m.gid, m.size, payload) + shown(more)
    return "\n".join(out[p] for p in sorted(out))


def wait_for(*args):
    for _ in range(60):
        time.sleep(1)
        if run(*args).returncode == 0:
            return
    sys.exit("no answer from " + args[0])


class Umoci:
    def __init__(self, scratch, _):
        self.scratch, self.version = scratch, run("umoci", "--version").stdout.strip()

    def make(self, file):
        layout, out = self.scratch + "/layout", self.scratch + "/out"
        for d in (layout, out):
            shutil.rmtree(d, ignore_errors=True)
        os.mkdir(layout)
        run("tar", "xf", file, "-C", layout)
        r = run("umoci", "raw", "unpack", "--image", layout + ":t", out)
        return None if r.returncode else of_folder(out)


class Podman:
    def __init__(self, scratch, driver):
        self.cmd = ["podman", "--root", scratch + "/root", "--runroot", scratch + "/run", "--storage-driver", driver,
                    "--cgroup-manager", "cgroupfs", "--events-backend", "none"]
        self.version = run("podman", "--version").stdout.strip() + ", " + driver

    def make(self, file):
        if run(*self.cmd, "load", "-i", file).returncode:
            return None
        at = run(*self.cmd, "image", "mount", "docker.io/ex/x:t")
        out = None if at.returncode else of_folder(at.stdout.strip())
        run(*self.cmd, "image", "umount", "-a")
        run(*self.cmd, "rmi", "-a", "-f")
        return out


class Docker:
    def __init__(self, scratch, driver):
        socket = "unix://" + scratch + "/socket"
        store = driver == "containerd"
        with open(scratch + "/daemon.json", "w") as f:
            json.dump({"features": {"containerd-snapshotter": store}}, f)
        with open(scratch + "/log", "w") as log:
            self.daemon = subprocess.Popen(
                ["dockerd", "--config-file", scratch + "/daemon.json", "--data-root", scratch + "/data", "--exec-root",
                 scratch + "/exec", "--pidfile", scratch + "/pid", "-H", socket, "--iptables=false",
                 "--ip-forward=false", "--bridge=none", "--storage-driver", "overlayfs" if store else driver], stdout=log, stderr=log)
        self.cmd = ["docker", "-H", socket]
        wait_for(*self.cmd, "version")
        self.version = "dockerd " + run(*self.cmd, "version", "-f", "{{.Server.Version}}").stdout.strip() + ", " + driver
        if store and "io.containerd.snapshotter" not in run(*self.cmd, "info", "-f", "{{.DriverStatus}}").stdout:
            sys.exit(self.version + ": has no containerd store")

    def make(self, file):
        # Once more where it is refused: what was removed before it may still be on its way out.
        if not any("Loaded image" in run(*self.cmd, "load", "-i", file).stdout for _ in range(2)):
            return None
        id = run(*self.cmd, "create", "ex/x:t", "/x").stdout.strip()
        export = id and subprocess.run(self.cmd + ["export", id], capture_output=True)
        if export and export.returncode:
            sys.exit("%s: export: %s" % (self.version, export.stderr.decode()))
        run(*self.cmd, "rm", "-f", id)
        run(*self.cmd, "rmi", "-f", "ex/x:t")
        return of_export(export.stdout) if id else None


class Containerd:
    def __init__(self, scratch, driver):
        with open(scratch + "/config.toml", "w") as f:
            f.write('version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]\n')
        with open(scratch + "/log", "w") as log:
            self.daemon = subprocess.Popen(
                ["containerd", "-c", scratch + "/config.toml", "-a", scratch + "/socket", "--root", scratch + "/data",
                 "--state", scratch + "/state"], stdout=log, stderr=log)
        self.cmd, self.driver = ["ctr", "-a", scratch + "/socket", "image"], ["--snapshotter", driver]
        wait_for("ctr", "-a", scratch + "/socket", "version")
        self.at = scratch + "/mount"
        os.makedirs(self.at, exist_ok=True)
        self.version = " ".join(run("containerd", "--version").stdout.split()[::2][:2]) + ", " + driver

    def make(self, file):
        out, name = None, "docker.io/ex/x:t"
        if run(*self.cmd, "import", "--no-unpack", *self.driver, file).returncode == 0:
            if run(*self.cmd, "mount", *self.driver, "--platform", "linux/amd64", name, self.at).returncode == 0:
                out = of_folder(self.at)
                run(*self.cmd, "unmount", *self.driver, "--rm", self.at)
        run(*self.cmd, "rm", "--sync", name)
        return out


def any_order(file):
    """Not by name: where there is time for some, they are of all kinds."""
    return hashlib.sha256(file.encode()).digest()


def run_all(engine, images, scratch, seconds="86400"):
    kind, _, driver = engine.partition("-")

    def start():
        os.makedirs(scratch, exist_ok=True)
        return {"umoci": Umoci, "podman": Podman, "docker": Docker, "containerd": Containerd}[kind](scratch, driver)

    def stop():
        if hasattr(e, "daemon"):
            e.daemon.terminate()
            e.daemon.wait()

    e = start()
    out = {"engine": engine, "version": e.version, "trees": {}}
    end = time.monotonic() + int(seconds)
    for file in sorted(os.listdir(images), key=any_order):
        if time.monotonic() > end:
            break
        try:
            out["trees"][file[:-4]] = e.make(os.path.join(images, file))
        except subprocess.TimeoutExpired:
            # It was asked and never answered: as one that had no time. The next is asked of a new one.
            print("%s: no answer within two minutes to %s" % (engine, file), file=sys.stderr)
            stop()
            scratch += "+"
            e = start()
    stop()
    json.dump(out, sys.stdout, indent=0)


def table(*files):
    all = [json.load(open(f)) for f in files]
    out = "# What engines make of the images of tests/oci/engine_layers.py: tests/oci/engine_check.py says how to read it\n"
    for e in all:
        out += "# %s: %s\n" % (e["engine"], e["version"])
    out += "\t".join(["# image"] + [e["engine"] for e in all]) + "\n"
    for name in sorted(set().union(*(e["trees"] for e in all))):
        trees = [e["trees"].get(name, "") for e in all]
        out += "\t".join([name] + [{None: "-", "?": "?", "": ""}.get(t, tree_id(t or "")) for t in trees]) + "\n"
    sys.stdout.buffer.write(lzma.compress(out.encode(), preset=9))


if __name__ == "__main__":
    {"run": run_all, "table": table}[sys.argv[1]](*sys.argv[2:])
