// SPDX-License-Identifier: Apache-2.0
// bundle.js - what emcc made becomes a folder with a page and one with a
// package. usage: node bundle.js WEB (build/web), in the top folder
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { types } from './types.js';

const web = process.argv[2];
const here = new URL('.', import.meta.url).pathname;
const text = (path) => readFileSync(path, 'utf8');
const own = (name) => text(here + name);

// ---- the engine, run here first ----

const wasm = readFileSync(`${web}/obj/refval.wasm`);
const classic = `${text(`${web}/obj/refval.js`)}\n${own('engine.js')}`;
const { refvalModule, refvalEngine } = await import('data:text/javascript,' +
  encodeURIComponent(`${classic}\nexport { refvalModule, refvalEngine };`));
const data = {
  version: /REFVAL_VERSION "(.*)"/.exec(text('include/refval/types.h'))[1],
  records: Object.fromEntries(readdirSync('images/releases').filter((n) => n.endsWith('.json')).sort()
    .map((n) => [n, text(`images/releases/${n}`)])),
};
const { run } = refvalEngine(refvalModule, await WebAssembly.compile(wasm), data);

async function said(args, o) {
  const r = await run(args, o);
  if (r.exit !== 0) throw new Error(`refval ${args.join(' ')}: exit ${r.exit}, ${r.crash}, ${new TextDecoder().decode(r.stderr)}`);
  return { ...r, rows: new TextDecoder().decode(r.stdout).split('\n').map((l) => l.split('\t')) };
}

// ---- the options of refval-verify, from its own table ----

// Documents of several machines, files that are written, and how a text looks
// are no input of one verdict.
const none = ['jsonl', 'jobs', 'summary', 'keep-going', 'pins', 'write-pins', 'html', 'json', 'output', 'quiet', 'color', 'help', 'version'];
const rules = (await said(['verify', '--print-rules'])).rows;
const reads = rules.find((r) => r[0] === 'reads')[1].split(' ');
const lists = rules.filter((r) => r[0] === 'list').map((r) => r[1]);
data.options = Object.fromEntries((await said(['verify', '--print-options'])).rows
  .filter((r) => r[0] === 'option' && !none.includes(r[1].slice(2)))
  .map(([, dashed, arg, help]) => {
    const name = dashed.slice(2);
    const folder = /\bDIR\b/.test(arg) || ['evidence', 'acpi'].includes(name);
    return [name, { arg: arg === '-' ? null : arg, help, list: lists.includes(name), file: reads.includes(name) || folder, folder }];
  }));

// ---- the page ----

// Its report is styled by one constant text: the page's policy names its digest.
const source = (path) => { const b = readFileSync(path); return { size: b.length, read: (at, n) => b.subarray(at, at + n) }; };
const template = 'docs/auditor-template';
const example = { release: 'dstack-dev-0.5.8', at: '2026-04-01' };
const files = Object.fromEntries(readdirSync(`${template}/evidence`).map((n) => [`evidence/${n}`, source(`${template}/evidence/${n}`)]));
files['app-compose.json'] = source(`${template}/app-compose.json`);
const report = await said(['verify', `--release=${example.release}`, '--evidence=evidence', '--compose=app-compose.json',
  `--at=${example.at}`, '--html=page.html'], { files, made: ['page.html'] });
const style = /<style>(.*?)<\/style>/s.exec(new TextDecoder().decode(report.files['page.html']))[1];
const digest = (s) => `'sha256-${createHash('sha256').update(s).digest('base64')}'`;
const policy = ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", `style-src 'self' ${digest(style)}`,
  'worker-src blob:', 'img-src data:', "base-uri 'none'", "form-action 'none'"].join('; ');

const fill = (s) => s.replaceAll('@VERSION@', data.version).replaceAll('@CSP@', policy);
const put = (path, content) => writeFileSync(path, content);
const part = (name, value) => `// SPDX-License-Identifier: Apache-2.0\n(self.REFVAL ||= {}).${name} = ${JSON.stringify(value)};\n`;
const licences = readdirSync(`${web}/deps/licences`).sort()
  .map((n) => `==== ${n} ====\n\n${text(`${web}/deps/licences/${n}`)}`).join('\n');
const notices = `refval ${data.version}: Apache-2.0. The program has parts of these, by their Debian packages:\n\n${licences}`;

for (const name of ['page.css', 'page.js']) put(`${web}/${name}`, own(`page/${name}`));
const base64 = (path) => readFileSync(path).toString('base64');
put(`${web}/data.js`, part('data', data) + part('example', {
  release: example.release,
  at: example.at,
  evidence: Object.fromEntries(readdirSync(`${template}/evidence`).map((n) => [n, base64(`${template}/evidence/${n}`)])),
  compose: { 'app-compose.json': base64(`${template}/app-compose.json`) },
}));
put(`${web}/wasm.js`, part('wasm', wasm.toString('base64')));
put(`${web}/worker.js`, part('worker', `${classic}\n${own('page/worker.js')}`));
put(`${web}/refval.wasm`, wasm);
put(`${web}/licences.txt`, notices);
put(`${web}/versions.txt`, text(`${web}/deps/versions.txt`));

// ---- the package ----

const npm = `${web}/npm`;
rmSync(npm, { recursive: true, force: true });
mkdirSync(npm);
for (const name of ['package.js', 'node.js', 'browser.js', 'host.js', 'cli.js', 'README.md']) cpSync(`${here}npm/${name}`, `${npm}/${name}`);
put(`${npm}/package.json`, fill(own('npm/package.json')));
put(`${npm}/engine.js`, `${classic}\nexport { RefvalError, refvalEngine, refvalModule };\n`);
put(`${npm}/data.js`, `// SPDX-License-Identifier: Apache-2.0\nexport const data = ${JSON.stringify(data)};\n`);
put(`${npm}/index.d.ts`, types(data.options, JSON.parse(text('docs/schemas/report.json')), JSON.parse(text('docs/schemas/error.json'))));
put(`${npm}/refval.wasm`, wasm);
put(`${npm}/LICENSE`, text('LICENSE'));
put(`${npm}/licences.txt`, notices);
put(`${npm}/versions.txt`, text(`${web}/deps/versions.txt`));

// Last: make takes it for all of them.
put(`${web}/index.html`, fill(own('page/index.html')));
