// SPDX-License-Identifier: Apache-2.0
// Is the answer of the package the program's own? Every capture, alone and with
// what it should run, and mutants of them: standard output, standard error and
// exit code of both must be equal to the byte.
//
// usage: node equal.mjs PACKAGE BIN [MUTANTS [SEED]]     in the top folder
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

const [pkg, bin, mutants = '0', seed = '1'] = process.argv.slice(2);
const { engine } = await import(resolve(pkg, 'node.js'));
const { run } = await engine();
const program = resolve(bin, 'refval-verify');
const room = mkdtempSync(join(tmpdir(), 'refval-equal-'));
process.on('exit', () => rmSync(room, { recursive: true, force: true }));

// ---- cases: files by name, and the arguments ----

const V = 'tests/vectors';
const AT = '--at=2026-04-01';
const list = (d) => readdirSync(d, { withFileTypes: true, recursive: true }).filter((e) => e.isFile())
  .map((e) => join(e.parentPath ?? e.path, e.name)).sort();
const release = (folder) => {
  const m = /-(0\d\d)-(dev|prod)-/.exec(folder) || /-(?:prod\d+|app|gpu8-hole-1pib|gateway|8gpu)(-nvidia)?-(0\.\d\.\d(?:\.\d)?)$/.exec(folder);
  if (!m) return null;
  return m[1]?.startsWith('0') ? `dstack-${m[2] === 'dev' ? 'dev-' : ''}${[...m[1]].join('.')}` : `dstack${m[1] || ''}-${m[2]}`;
};

const cases = [];
function add(files, ...args) {
  cases.push({ files: Object.fromEntries(Object.entries(files).map(([n, p]) => [n, readFileSync(p)])), args: [...args, AT] });
}

const folders = new Set();
for (const top of ['real', 'captures'])
  for (const path of list(`${V}/${top}`)) {
    const folder = dirname(path);
    if (folder === `${V}/${top}`) continue;
    folders.add(folder);
    add({ [basename(path)]: path }, `--evidence=${basename(path)}`);
  }
for (const folder of folders) {
  const names = list(folder).filter((p) => !/app-compose\.json$|meta\.json$/.test(p));
  const files = Object.fromEntries(names.map((p) => [`evidence/${p.slice(folder.length + 1)}`, p]));
  const compose = list(folder).find((p) => p.endsWith('/app-compose.json'));
  const name = release(basename(folder));
  add(files, '--evidence=evidence');
  if (name) add(files, '--evidence=evidence', `--release=${name}`);
  if (name && compose) add({ ...files, 'app-compose.json': compose }, '--evidence=evidence', `--release=${name}`, '--compose=app-compose.json');
}
for (const path of [...list(`${V}/nitro`).filter((p) => p.endsWith('.cose')), ...list(`${V}/gpu`).filter((p) => /\.(json|txt)$/.test(p))])
  add({ [basename(path)]: path }, `--evidence=${basename(path)}`);
const template = 'docs/auditor-template';
add({ ...Object.fromEntries(list(`${template}/evidence`).map((p) => [`evidence/${basename(p)}`, p])), 'app-compose.json': `${template}/app-compose.json` },
  '--evidence=evidence', '--release=dstack-dev-0.5.8', '--compose=app-compose.json');

// ---- mutants ----

let state = BigInt(seed);
function draw(n) { // splitmix64
  state = (state + 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn;
  let z = state;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & 0xffffffffffffffffn;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & 0xffffffffffffffffn;
  return Number((z ^ (z >> 31n)) % BigInt(n));
}

const ways = [
  (b) => { b[draw(b.length)] ^= 1 << draw(8); return b; },
  (b) => { b[draw(b.length)] = draw(256); return b; },
  // A digit becomes another, so that what is written in hex stays readable.
  (b) => { for (let i = 0; i < 1000; i++) { const at = draw(b.length); if (b[at] >= 48 && b[at] <= 57) { b[at] = 48 + draw(10); break; } } return b; },
  (b) => b.subarray(0, draw(b.length)),
  (b) => { const at = draw(b.length), n = Math.min(1 + draw(64), b.length - at); return Buffer.concat([b.subarray(0, at), b.subarray(at + n)]); },
  (b) => { const at = draw(b.length), n = Math.min(1 + draw(64), b.length - at); return Buffer.concat([b.subarray(0, at + n), b.subarray(at)]); },
  (b) => { const at = draw(b.length), from = draw(b.length); b.copy(b, at, from, Math.min(from + 1 + draw(64), b.length)); return b; },
  (b) => Buffer.concat([b, b.subarray(0, 1 + draw(32))]),
];

function mutant() {
  const base = cases[draw(cases.length)];
  const names = Object.keys(base.files).filter((n) => base.files[n].length);
  if (!names.length) return mutant();
  const name = names[draw(names.length)];
  return { args: base.args, files: { ...base.files, [name]: ways[draw(ways.length)](Buffer.from(base.files[name])) } };
}

// ---- both ----

let number = 0;
const codes = {};

async function compare(c, what) {
  const dir = join(room, String(number++));
  for (const [name, bytes] of Object.entries(c.files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), bytes);
  }
  const args = ['--json', ...c.args];
  const native = spawnSync(program, args, { cwd: dir, maxBuffer: 1 << 28 });
  const files = Object.fromEntries(Object.entries(c.files).map(([n, b]) => [n, { size: b.length, read: (at, k) => b.subarray(at, at + k) }]));
  const here = await run(['verify', ...args], { files });
  codes[native.status] = (codes[native.status] || 0) + 1;
  if (native.status === here.exit && native.stdout.equals(here.stdout) && native.stderr.equals(here.stderr)) {
    rmSync(dir, { recursive: true });
    return true;
  }
  const kept = join(tmpdir(), `refval-unequal-${what}`);
  rmSync(kept, { recursive: true, force: true });
  mkdirSync(kept);
  renameSync(dir, join(kept, 'files'));
  writeFileSync(join(kept, 'native'), `${native.status}\n${native.stdout}\n${native.stderr}`);
  writeFileSync(join(kept, 'wasm'), `${here.exit} ${here.crash ?? ''}\n${Buffer.from(here.stdout)}\n${Buffer.from(here.stderr)}`);
  console.log(`${what}: exit ${native.status} and ${here.exit}, see ${kept}: ${args.join(' ')}`);
  process.exitCode = 1;
  return false;
}

let same = 0;
for (let i = 0; i < cases.length; i++) same += await compare(cases[i], `capture-${i}`);
console.log(`captures: ${same} of ${cases.length} equal; exit codes ${JSON.stringify(codes)}`);
for (const k in codes) delete codes[k];
same = 0;
for (let i = 0; i < Number(mutants); i++) same += await compare(mutant(), `mutant-${i}`);
if (Number(mutants)) console.log(`mutants: ${same} of ${mutants} equal; exit codes ${JSON.stringify(codes)}`);
