// SPDX-License-Identifier: Apache-2.0
// The package as its user sees it. TOP is the top folder of the source.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { RefvalError, releases, verify, version } from 'refval';

const T = `${process.env.TOP}/docs/auditor-template`;
const evidence = readdirSync(`${T}/evidence`).map((name) => ({ name, data: readFileSync(`${T}/evidence/${name}`) }));
const compose = readFileSync(`${T}/app-compose.json`);
const at = new Date('2026-04-01T00:00:00Z');
const release = 'dstack-dev-0.5.8';
const named = { name: 'app-compose.json', data: compose };

assert.ok(releases.includes(release) && releases.length > 50);
assert.match(version, /^\d+\.\d+/);

const yes = await verify({ evidence, compose: named, release, at, html: true });
assert.equal(yes.exit, 0, yes.json);
assert.equal(yes.verified, true);
assert.equal(yes.report.verdict, 'yes');
assert.equal(yes.reason, null);
assert.match(yes.html, /<h1>Attestation report<\/h1>/);
assert.ok(yes.report.subject.inputs.some((i) => i.name === 'app-compose.json' && i.size === compose.length));

// The same bytes in every form in which a file may come.
const slow = { size: compose.length, read: (offset, length) => compose.subarray(offset, offset + Math.min(length, 7)) };
for (const data of [compose.toString(), new Blob([compose]), new Uint8Array(compose).buffer, slow]) {
  const v = await verify({ evidence, compose: { name: 'app-compose.json', data }, release, at });
  assert.deepEqual(v.report, yes.report);
  assert.equal(v.html, undefined);
}

const no = await verify({ evidence, compose: compose.toString().replace('launcher', 'lauNcher'), release, at });
assert.deepEqual([no.exit, no.verified, no.report.verdict], [1, false, 'no']);
assert.match(no.reason, /^the machine runs another app-compose\.json/);

const alone = await verify({ evidence, at });
assert.deepEqual([alone.exit, alone.verified], [3, false]);
assert.match(alone.reason, /^nothing was named to compare with/);

const broken = await verify({ evidence: 'nonsense', at });
assert.deepEqual([broken.exit, broken.verified, broken.report.schema, broken.reason], [3, false, 'refval.error/1', broken.report.error]);

// What is read shorter than its size says is no file, and no verdict.
const short = { size: 1000, read: () => new Uint8Array(0) };
await assert.rejects(verify({ evidence: short, at }), (e) => e instanceof RefvalError && e.exit === 4);

const wrong = (input, words) => assert.rejects(verify(input), (e) => e instanceof RefvalError && e.exit === 2 && words.test(e.message));
await wrong({ evidence, releas: release }, /releas: there is no such option/);
await wrong({ evidence, release, at: 'yesterday' }, /--at yesterday/);
await wrong({ evidence, release, allowDebug: 'yes' }, /true or false/);
await wrong({ evidence, release: [release, release] }, /one, not several/);
for (const none of ['jsonl', 'output', 'color', 'help']) await wrong({ evidence, [none]: 'x' }, /no such option/);
await wrong({ evidence, release, quiet: true }, /no such option/);
await wrong({ evidence, instance: 'all' }, /one machine/);
await wrong({ release }, /EVIDENCE is needed/);
await wrong({ evidence, release, values: '{}' }, /--values/);
await wrong(null, /object/);
await assert.rejects(verify({ evidence: 7 }), TypeError);
// An option cannot be smuggled in by a value.
await wrong({ evidence, release: '--skip', at: '--json' }, /--at/);

// Many at once do not disturb each other.
const all = await Promise.all([1, 2, 3, 4].map((i) => verify({ evidence, compose: i % 2 ? named : '{}', release, at })));
assert.deepEqual(all.map((v) => v.verified), [true, false, true, false]);
console.log('ok: the function');
