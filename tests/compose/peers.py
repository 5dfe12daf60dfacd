#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""refval-hash audit beside compose's own loader, on files of every kind.

usage: peers.py make SCHEMA FOLDER [FILE|FOLDER...]   write one file for each way to fill each member of the schema,
                                                      and the compose files in those given, but for vectors/bad
       peers.py check REFVAL-HASH ANSWERS             ANSWERS: what load.go printed; compare with them
       peers.py freeze ANSWERS > FROZEN               files and answers for a machine without Go: the real ones that
                                                      name a variable or several images, each fifth of the others
       peers.py thaw FROZEN FOLDER                    write them again; prints answers to check

A file that the loader takes must name the same images and variables here, with
no finding E_... and no key unknown. One that it refuses runs nowhere.
"""
import concurrent.futures, json, lzma, os, subprocess, sys

IMAGE = "ex.org/a@sha256:" + "a" * 64
EACH, DEPTH = 60, 7


# ---- files of every kind ----

class Schema:
    def __init__(self, file):
        with open(file) as f:
            self.root = json.load(f)

    def at(self, ref):
        node = self.root
        for part in ref[2:].split("/"):
            node = node[part]
        return node

    def members(self, node):
        """The properties of an object, those it has in common with others too."""
        out = {}
        for part in node.get("allOf", []):
            out.update(self.members(self.at(part["$ref"]) if "$ref" in part else part))
        out.update(node.get("properties", {}))
        return out

    def text(self, node, name, kinds):
        """A text; where it stands for a number or a truth, such a one."""
        if "boolean" in kinds:
            return "true"
        if "integer" in kinds or "number" in kinds:
            return "1"
        if node.get("format") == "duration":
            return "10s"
        if node.get("format") in ("ports", "expose"):
            return "8080"
        path = "path" in name or name in ("source", "target", "file", "context")
        return "/x" if path else "v1"

    def objects(self, node, depth, name):
        """Each member alone, beside those that are required."""
        members = self.members(node)
        base = {k: next(self.values(members.get(k, {"type": "string"}), depth + 1, k), "v1")
                for k in node.get("required", [])}
        if base or not members:
            yield dict(base) if base else {}
        for key, sub in members.items():
            for v in self.values(sub, depth + 1, key):
                yield dict(base, **{key: v})
        names = [s for p, s in node.get("patternProperties", {}).items() if not p.startswith("^x-")]
        more = node.get("additionalProperties")
        for sub in names + ([more] if isinstance(more, dict) else []):
            for v in self.values(sub, depth + 1, name):
                yield dict(base, k1=v)

    def values(self, node, depth=0, name=""):
        if depth > DEPTH:
            return
        if "$ref" in node:
            yield from self.values(self.at(node["$ref"]), depth + 1, name)
            return
        if "const" in node or "enum" in node:
            yield from node.get("enum", [node.get("const")])
            return
        for either in ("oneOf", "anyOf"):
            if either in node and "properties" not in node:
                for branch in node[either]:
                    yield from self.values(branch, depth + 1, name)
                return
        kinds = node.get("type", "object" if "allOf" in node else None)
        kinds = kinds if isinstance(kinds, list) else [kinds]
        for kind in kinds:
            if kind == "string":
                yield self.text(node, name, kinds)
            elif kind == "array":
                item = node.get("items")
                yield from ([v] for v in self.values(item, depth + 1, name)) if item else [["v1"]]
            elif kind == "object":
                yield from self.objects(node, depth, name)
            else:
                yield from {"integer": [1], "number": [1], "boolean": [True, False], "null": [None]}.get(kind, [])

    def documents(self):
        service = self.members(self.root["$defs"]["service"])
        places = [("service." + k, v, lambda x, k=k: {"services": {"a": {"image": IMAGE, k: x}}})
                  for k, v in service.items()]
        places += [("top." + k, v, lambda x, k=k: {"services": {"a": {"image": IMAGE}}, k: x})
                   for k, v in self.root["properties"].items() if k not in ("services", "name", "version")]
        for name, node, document in places:
            seen = set()
            for v in self.values(node, 0, name.split(".")[1]):
                text = json.dumps(v, sort_keys=True)
                if text not in seen and len(seen) < EACH:
                    seen.add(text)
                    yield "%s.%d" % (name, len(seen)), json.dumps(document(v))


FORMS = ["$V", "${V}", "${V:-d}", "${V-d}", "${V:?e}", "${V?e}", "${V:+a}", "${V+a}", "${V:-${W}}", "${V:-${W:-${X}}}",
         "${V:-$W}", "${V:+${W}b}", "$$V", "$$$V", "$(cat /x)", "$1", "$?", "$-", "a$", "$ {V}", "${V}${W}", "$V$W", "${V-}",
         "${V:-a:b}", "${V:-{}}", "${v_1}", "$_x", "$Vé", "${}", "${V", "${1}", "${V:}", "${V!}", "${ V}", "%{V}", "$.V"]
PLACES = [{"services": {"a": {"image": "ex.org/F"}}},
          {"services": {"a": {"image": IMAGE, "command": ["sh", "-c", "F"]}}},
          {"services": {"a": {"image": IMAGE, "labels": {"F": "F"}}}},
          {"services": {"a": {"image": IMAGE, "environment": ["K=F"]}}},
          {"services": {"a": {"image": IMAGE, "x-more": "F"}}, "x-top": ["F"]},
          {"services": {"a": {"image": IMAGE, "volumes": [{"type": "image", "source": "F", "target": "/x"}]}}},
          {"jobs": {"a": {"image": IMAGE, "triggers": {"schedule": [{"cron": "F"}]}}}}]


def forms():
    for i, place in enumerate(PLACES):
        for k, form in enumerate(FORMS):
            yield "form.%d.%d" % (i, k), json.dumps(place, ensure_ascii=False).replace("F", form)


def composes(path):
    """Compose files: as they are, and out of manifests and what holds such."""
    if os.path.isdir(path):
        for d, _, files in sorted(os.walk(path)):
            if "vectors/bad" in d:
                continue
            for f in sorted(files):
                yield from composes(os.path.join(d, f))
        return
    with open(path, "rb") as f:
        data = f.read(4 << 20)
    name = path.strip("./").replace("/", "_")
    if path.endswith((".yaml", ".yml")):
        yield name, data.decode("utf-8", "surrogateescape")
    elif b"docker_compose_file" in data and path.endswith(".json"):
        try:
            yield from ((name + ".%d" % i, t) for i, t in enumerate(embedded(json.loads(data))))
        except ValueError:
            return


def embedded(v):
    if isinstance(v, dict):
        if isinstance(v.get("docker_compose_file"), str):
            yield v["docker_compose_file"]
        for e in v.values():
            yield from embedded(e)
    elif isinstance(v, list):
        for e in v:
            yield from embedded(e)
    elif isinstance(v, str) and "docker_compose_file" in v:
        try:
            yield from embedded(json.loads(v))
        except ValueError:
            return


def make(schema, folder, *real):
    files = {**dict(Schema(schema).documents()), **dict(forms())}
    seen = set(files.values())
    for path in real:
        for name, text in composes(path):
            if text not in seen:
                seen.add(text)
                files[name] = text
    for name, text in files.items():
        with open(os.path.join(folder, name + ".yaml"), "w", errors="surrogateescape") as f:
            f.write(text)
    print(len(files))


# ---- what each makes of them ----

def compare(tool, a):
    r = subprocess.run([tool, "audit", "--json", a["file"]], capture_output=True, text=True)
    if r.returncode not in (0, 1, 3) or not r.stdout:
        return "exit %d: %s" % (r.returncode, r.stderr)
    said = json.loads(r.stdout)
    refused = [f["code"] + ":" + str(f["detail"]) for f in said["findings"]
               if (f["code"].startswith("E_") and f["code"] != "E_NO_SERVICES") or f["code"] == "C_UNKNOWN_KEY"]
    if a.get("error"):
        return None
    if refused:
        return "refused here: " + " ".join(refused)
    images = sorted({i["reference"] for i in said["images"]})
    variables = sorted({v["name"] for v in said["variables"]})
    if images != a["images"]:
        return "images %s, there %s" % (images, a["images"])
    if variables != a["variables"]:
        return "variables %s, there %s" % (variables, a["variables"])
    return None


def check(tool, answers):
    with open(answers) as f:
        all = [json.loads(l) for l in f]
    taken = [a for a in all if not a.get("error")]
    wrong = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for a, what in zip(all, pool.map(lambda a: compare(tool, a), all)):
            if what:
                wrong += 1
                print("%s: %s" % (a["file"], what))
    print("%d files, %d that compose loads, %d of them read otherwise" % (len(all), len(taken), wrong))
    return wrong > 0


def freeze(answers):
    rows = []
    with open(answers) as f:
        all = [json.loads(l) for l in f]
        for i, a in enumerate(all):
            if not a["variables"] and len(a["images"]) < 2 and i % 5:
                continue
            with open(a["file"], errors="surrogateescape") as g:
                rows.append([os.path.basename(a["file"]), g.read(), bool(a.get("error")), a["images"], a["variables"]])
    sys.stdout.buffer.write(lzma.compress("".join(json.dumps(r) + "\n" for r in rows).encode(), preset=9))


def thaw(frozen, folder):
    for l in lzma.open(frozen, "rt"):
        name, text, error, images, variables = json.loads(l)
        file = os.path.join(folder, name)
        with open(file, "w", errors="surrogateescape") as f:
            f.write(text)
        a = {"file": file, "images": images, "variables": variables}
        print(json.dumps(dict(a, error="refused") if error else a))


if __name__ == "__main__":
    sys.exit({"make": make, "check": check, "freeze": freeze, "thaw": thaw}[sys.argv[1]](*sys.argv[2:]))
