#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hold documents to docs/schemas with python3-jsonschema, not with our own eyes.

usage: schema.py FOLDER [--mutants] SCHEMA=FILE...

FILE holds one document, or one per line. With --mutants each document is also
damaged in every place, and each damaged one must be refused: a member that is
not in the schema added to each object, each leaf replaced by an object, and
each member that the schema calls required taken away at the top and below.
What the schema leaves open is open: "vm_config" of a release is dstack's.
"""
import copy, json, os, sys
import jsonschema

OPEN = {("release", "vm_config")}
STRAY = "no_such_member"


def documents(path):
    with open(path) as f:
        text = f.read()
    try:
        return [json.loads(text)]
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines()]


def places(doc, at=(), shape=(), seen=None):
    """Each place once per kind: of lists, the first and the last entry."""
    seen = set() if seen is None else seen
    yield at
    if isinstance(doc, dict):
        items = [(k, k) for k in doc]
    elif isinstance(doc, list):
        items = [(i, "[]") for i in sorted({0, len(doc) - 1}) if 0 <= i < len(doc)]
    else:
        return
    for key, kind in items:
        here = shape + (kind,)
        if here in seen and not isinstance(doc[key], (dict, list)):
            continue
        seen.add(here)
        yield from places(doc[key], at + (key,), here, seen)


def put(doc, at, change):
    """A copy of doc with change(parent, key) done at this place."""
    if not at:
        box = [copy.deepcopy(doc)]
        change(box, 0)
        return box[0]
    new = copy.copy(doc)
    if len(at) == 1:
        change(new, at[0])
    else:
        new[at[0]] = put(doc[at[0]], at[1:], change)
    return new


def mutants(doc, name):
    def stray(parent, key):
        parent[key] = dict(parent[key], **{STRAY: {}})

    def swap(parent, key):
        parent[key] = {STRAY: 1}

    def drop(parent, key):
        del parent[key]

    for at in places(doc):
        if any((name, p) in OPEN for p in at):
            continue
        value = doc
        for p in at:
            value = value[p]
        if isinstance(value, dict):
            yield "added at", at, put(doc, at, stray)
        elif at:
            yield "replaced", at, put(doc, at, swap)
        if len(at) == 1:
            yield "dropped", at, put(doc, at, drop)


def required(schema, name, key):
    """Members of the top that may go: those that the schema does not require."""
    if "oneOf" in schema and "properties" not in schema:
        return None  # several documents: another of them may be what is left
    return key in schema.get("required", [])


def validator(folder, name):
    """For the schema of that name; it may refer to another one by its file's name."""
    store = {}
    for f in sorted(os.listdir(folder)):
        with open(os.path.join(folder, f)) as text:
            schema = json.load(text)
        store[schema["$id"]] = schema
        if f == name + ".json":
            own = schema
    jsonschema.Draft202012Validator.check_schema(own)
    resolver = jsonschema.RefResolver(own["$id"], own, store=store)
    return jsonschema.Draft202012Validator(own, resolver=resolver)


def main():
    folder, args = sys.argv[1], sys.argv[2:]
    deep = "--mutants" in args
    done = refused = bad = 0
    validators = {}
    for arg in args:
        if arg == "--mutants":
            continue
        name, path = arg.split("=", 1)
        if name not in validators:
            validators[name] = validator(folder, name)
        v = validators[name]
        for doc in documents(path):
            done += 1
            errors = sorted(v.iter_errors(doc), key=lambda e: len(e.path))
            for e in errors[:3]:
                bad += 1
                best = jsonschema.exceptions.best_match([e])
                print("%s: not %s: %s: %s" % (path, name, "/".join(map(str, best.absolute_path)), best.message[:300]))
            if errors or not deep:
                continue
            dropped = 0
            for what, at, m in mutants(doc, name):
                ok = v.is_valid(m)
                if what == "dropped":
                    dropped += not ok
                    if not ok or required(v.schema, name, at[0]) is not True:
                        refused += not ok
                        continue
                refused += not ok
                if ok:
                    bad += 1
                    print("%s: %s accepts it with something %s /%s" % (path, name, what, "/".join(map(str, at))))
            if not dropped and v.schema.get("required", True):
                bad += 1
                print("%s: %s misses no member" % (path, name))
    print("%d documents, %d mutants refused" % (done, refused))
    sys.exit(1 if bad or not done else 0)


main()
