#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Is each line of `refval-quote --jsonl` answered as it is alone?

usage: lines.py REFVAL-QUOTE REAL     (tests/vectors/real)

Lines are quotes in hex and as documents, with their collateral and without,
whole, cut, and with a bit changed; and what is no evidence. REFVAL_SEED,
REFVAL_ROUNDS.
"""
import json, os, random, subprocess, sys


def quotes(real):
    out = []
    for d in sorted(os.listdir(real)):
        f = os.path.join(real, d, "quote.bin")
        if os.path.exists(f):
            c = os.path.join(real, d, "collateral.json")
            out.append((open(f, "rb").read(), json.load(open(c)) if os.path.exists(c) else None))
    return out


def line(rng, pool):
    """One line of text, without its end."""
    with_collateral = [p for p in pool if p[1]]
    quote, collateral = rng.choice(with_collateral if rng.random() < 0.5 else pool)
    kind = rng.randrange(8)
    if kind == 0:
        return rng.choice(["{}", "[]", "null", "7", "\"zz\"", "{\"quote\":\"\"}", "{\"quote\":7}", "x", " "])
    if kind == 1:
        quote = quote[:rng.randrange(len(quote))]
    if kind in (2, 3):
        at = rng.randrange(1200)
        quote = quote[:at] + bytes([quote[at] ^ 1 << rng.randrange(8)]) + quote[at + 1:]
    text = quote.hex()
    if rng.random() < 0.2:
        return rng.choice([text, json.dumps(text)])
    doc = {"quote": text}
    if collateral and rng.random() < 0.8:
        doc["collateral"] = collateral
        if rng.random() < 0.2:
            member = rng.choice(sorted(collateral))
            doc["collateral"] = {k: v for k, v in collateral.items() if k != member}
    return json.dumps(doc)


def run(command, **kw):
    p = subprocess.run(command, capture_output=True, text=True, **kw)
    assert p.returncode in (0, 1, 3), (command, p)
    return p.returncode, p.stdout


def main(tool, real):
    seed, n = int(os.environ.get("REFVAL_SEED") or 1), int(os.environ.get("REFVAL_ROUNDS") or 24)
    rng, pool = random.Random(seed), quotes(real)
    lines = [line(rng, pool) for _ in range(n)]
    options = ["--at", "2026-04-01", "--json"]
    with open("lines", "w") as f:
        f.writelines(l + "\n" for l in lines)
    alone, codes = [], []
    for l in lines:
        with open("EVIDENCE", "w") as f:  # as hints call it
            f.write(l)
        code, out = run([tool, "EVIDENCE"] + options)
        codes.append(code)
        alone.append(json.loads(out) if out else None)
    assert "REFVAL_SEED" in os.environ or {0, 1, 3} == set(codes), codes
    want = 1 if 1 in codes else 3 if 3 in codes else 0
    wrong = 0
    for jobs in "1", "3":
        code, out = run([tool, "--jsonl", "lines", "--jobs", jobs] + options[:2])
        assert code == want, (code, want)
        got = [json.loads(l) for l in out.splitlines()]
        assert [g.pop("line") for g in got] == list(range(1, n + 1))
        for i, (g, a) in enumerate(zip(got, alone)):
            if a:
                a.pop("signature", None)
            if g != a:
                wrong += 1
                print("line %d, code %d: %.300s\n%s\n%s" % (i + 1, codes[i], lines[i], g.get("reason"), a and a.get("reason")))
    print("seed %d: %d lines, %d of them answered otherwise" % (seed, n, wrong))
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
