#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The bill of materials of a release, SPDX 2.3: the tarball, the Debian packages
that were made of it, and what these load, in the versions that this machine's dpkg
has: those that they were built with; and the container image, with what is linked
into its programs. No clock, no chance: the same release, the
same bytes.
usage: sbom.py TARBALL IMAGE DEB...    IMAGE.oci.tar, IMAGE.digest, IMAGE.versions"""
import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
import time

tarball, image, *debs = sys.argv[1:]
version = re.fullmatch(r"refval-(.*)\.tar\.gz", os.path.basename(tarball)).group(1)
packages, relations = [], []


def sha256(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def ident(*words):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.]+", "-", "-".join(words))


def package(kind, name, version, purl, licence="NOASSERTION", file=None, comment=None):
    p = {
        "SPDXID": ident(kind, name, version),
        "name": name,
        "versionInfo": version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": licence,
        "licenseDeclared": licence,
        "copyrightText": "NOASSERTION",
        "externalRefs": [
            {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}],
    }
    if file:
        p["packageFileName"] = os.path.basename(file)
        p["checksums"] = [{"algorithm": "SHA256", "checksumValue": sha256(file)}]
    if comment:
        p["comment"] = comment
    if p["SPDXID"] not in [q["SPDXID"] for q in packages]:
        packages.append(p)
    return p["SPDXID"]


def relate(a, kind, b):
    r = {"spdxElementId": a, "relationshipType": kind, "relatedSpdxElement": b}
    if r not in relations:
        relations.append(r)


def escape(v):
    return v.replace(":", "%3A").replace("+", "%2B")


def field(deb, name):
    return subprocess.run(["dpkg-deb", "-f", deb, name], check=True, capture_output=True, text=True).stdout.strip()


with tarfile.open(tarball) as t:
    first = t.extractfile(f"refval-{version}/MANIFEST").readline().decode()
seconds = int(re.fullmatch(r"# (\d+)\n", first).group(1))

source = package("source", "refval", version, f"pkg:generic/refval@{escape(version)}", "Apache-2.0", tarball)
relate("SPDXRef-DOCUMENT", "DESCRIBES", source)

for deb in sorted(debs):
    name, v, arch = (field(deb, n) for n in ("Package", "Version", "Architecture"))
    one = package("deb", name, v, f"pkg:deb/{name}@{escape(v)}?arch={arch}", "Apache-2.0", deb)
    relate("SPDXRef-DOCUMENT", "DESCRIBES", one)
    relate(one, "GENERATED_FROM", source)
    for d in sorted(set(re.findall(r"(?:^|, )([a-z0-9][a-z0-9+.-]*)", field(deb, "Depends")))):
        if d.startswith(("refval", "librefval")):
            continue
        has = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", d], capture_output=True, text=True).stdout
        relate(one, "DEPENDS_ON", package(
            "debian", d, has or "NOASSERTION", f"pkg:deb/debian/{d}" + (f"@{escape(has)}" if has else ""),
            comment="the version that the package was built with"))

digest = open(image + ".digest").read().strip()
one = package("image", "refval", version, f"pkg:oci/refval@{escape(digest)}", "Apache-2.0", image + ".oci.tar",
              f"the digest of its manifest is {digest}")
relate("SPDXRef-DOCUMENT", "DESCRIBES", one)
relate(one, "GENERATED_FROM", source)
for line in open(image + ".versions"):
    name, v = line.split()
    inside = package("debian-source", name, v, f"pkg:deb/debian/{name}@{escape(v)}" + "?arch=source")
    if name == "ca-certificates":
        relate(one, "CONTAINS", inside)
    else:
        relate(one, "STATIC_LINK", inside)

json.dump({
    "spdxVersion": "SPDX-2.3",
    "dataLicense": "CC0-1.0",
    "SPDXID": "SPDXRef-DOCUMENT",
    "name": f"refval-{version}",
    "documentNamespace": f"https://spdx.org/spdxdocs/refval-{version}-{hashlib.sha256(b''.join(bytes.fromhex(sha256(f)) for f in [tarball, image + '.oci.tar', *sorted(debs)])).hexdigest()}",
    "creationInfo": {
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)),
        "creators": [f"Tool: refval-{version}"],
    },
    "packages": packages,
    "relationships": relations,
}, sys.stdout, indent=1)
print()
