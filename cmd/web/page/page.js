// SPDX-License-Identifier: Apache-2.0
// page.js - the form: what was given goes to the worker, its answer is shown.
'use strict';

const by = (id) => document.getElementById(id);
const { data, example, wasm, worker: source } = self.REFVAL;
let worker = null;
let links = [];

// ---- what can be chosen ----

// The newest release first: names are compared number by number.
const names = Object.keys(data.records).map((n) => n.replace(/\.json$/, ''));
names.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
for (const name of names) by('release').append(new Option(name, name));

// A file dropped beside its field would replace the page.
for (const type of ['dragover', 'drop'])
  document.addEventListener(type, (e) => {
    if (!(e.target instanceof HTMLInputElement && e.target.type === 'file')) e.preventDefault();
  });
for (const field of document.querySelectorAll('input[type=file]')) {
  field.addEventListener('dragenter', () => field.classList.add('over'));
  for (const type of ['dragleave', 'drop']) field.addEventListener(type, () => field.classList.remove('over'));
}

// ---- what was given, as the input of verify() ----

function split(text) {
  const words = [];
  const rest = text.replace(/"([^"]*)"|'([^']*)'|(\S+)/g, (all, a, b, c) => (words.push(a ?? b ?? c), '')).trim();
  if (rest) throw new Error(`further options: ${rest}`);
  return words;
}

const camel = (option) => option.replace(/-([a-z0-9])/g, (all, c) => c.toUpperCase());

function further(input) {
  const words = split(by('further').value);
  while (words.length) {
    const word = words.shift();
    const [, option, given] = /^--([a-z0-9-]+)(?:=(.*))?$/s.exec(word) || [];
    const row = option && data.options[option];
    if (!row) throw new Error(`further options: there is no option ${word}`);
    if (row.file) throw new Error(`further options: --${option} names a file, which has to be chosen`);
    if (row.arg && given === undefined && !words.length) throw new Error(`further options: --${option} needs ${row.arg}`);
    const value = row.arg ? given ?? words.shift() : true;
    const member = camel(option);
    if (!row.list && member in input) throw new Error(`--${option} is given twice`);
    input[member] = row.list ? [...(input[member] || []), value] : value;
  }
}

function gather() {
  const input = { html: true };
  for (const field of document.querySelectorAll('[data-member]')) {
    const member = field.dataset.member;
    if (field.type !== 'file') {
      if (field.value.trim()) input[member] = field.value.trim();
    } else if (field.files.length) {
      // One is a file; several are a folder, or an option given again.
      input[member] = field.files.length > 1 ? [...field.files] : field.files[0];
    }
  }
  const pasted = by('pasted').value.trim();
  if (pasted && input.evidence) throw new Error('the attestation is either a file or pasted, not both');
  if (pasted) input.evidence = { name: 'pasted', data: pasted };
  if (!input.evidence) throw new Error('an attestation is needed: choose its file, or paste it');
  further(input);
  return input;
}

// ---- what came of it ----

function say(text, kind = '') {
  by('status').textContent = text;
  by('status').className = kind;
}

function clear() {
  for (const id of ['messages', 'downloads', 'same', 'report', 'progress']) by(id).hidden = true;
  by('report').removeAttribute('srcdoc');
  for (const link of links) URL.revokeObjectURL(link);
  links = [];
}

function offer(id, text, type) {
  by(id).hidden = text === undefined;
  if (text === undefined) return;
  by(id).href = URL.createObjectURL(new Blob([text], { type }));
  links.push(by(id).href);
}

// What the report's last line would say. That it is a yes, verify() decides.
function answer({ verified, exit, reason, report }) {
  if (verified) return `yes: ${report.counts.yes} checks agree; ${report.counts.unchecked} were not made, and are listed`;
  if (exit !== 1) return `cannot tell: ${reason}`;
  const row = report.layers?.flatMap((l) => l.checks).find((c) => c.verdict === 'no' && c.reason === reason);
  return `no: ${row ? `${row.name}: ` : ''}${reason}`;
}

const quoted = (word) => (/^[\w.,:=/@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

function show(r) {
  say(answer(r), r.verified ? 'yes' : r.exit === 1 ? 'no' : 'cannot-tell');
  by('messages').textContent = r.messages;
  by('messages').hidden = !r.messages;
  offer('json', r.json, 'application/json');
  offer('page', r.html, 'text/html');
  by('downloads').hidden = false;
  by('command').textContent = r.command.filter((w) => w !== '--json' && !w.startsWith('--html=')).map(quoted).join(' \\\n  ');
  by('same').hidden = false;
  if (r.html === undefined) return;
  by('report').srcdoc = r.html;
  by('report').hidden = false;
}

function idle() {
  by('go').disabled = false;
  by('stop').disabled = true;
  by('progress').hidden = true;
}

function hear({ data: told }) {
  if (told.read !== undefined) {
    by('progress').hidden = false;
    by('progress').max = told.size;
    by('progress').value = told.read;
    return;
  }
  idle();
  if (told.result) show(told.result);
  else say(`${told.exit === 2 ? 'wrong use' : 'could not work'}: ${told.error}`, 'cannot-tell');
  by('status').focus();
}

function end() {
  if (worker) worker.terminate();
  worker = null;
  idle();
}

const plain = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

// The first message brings the program along.
function begin() {
  if (worker) return {};
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  worker = new Worker(url);
  URL.revokeObjectURL(url);
  worker.onmessage = hear;
  worker.onerror = (e) => {
    end();
    say(`could not work: ${e.message || 'the worker does not start'}`, 'cannot-tell');
  };
  return { wasm: plain(wasm), data };
}

by('form').addEventListener('submit', (e) => {
  e.preventDefault();
  clear();
  try {
    const input = gather();
    worker = worker || null;
    const first = begin();
    by('go').disabled = true;
    by('stop').disabled = false;
    say('verifying …');
    worker.postMessage({ ...first, input });
  } catch (why) {
    idle();
    say(why.message, 'cannot-tell');
    by('status').focus();
  }
});
// The files of the repository's own example, as if they had been chosen.
function choose(field, files) {
  const chosen = new DataTransfer();
  for (const [name, bytes] of Object.entries(files)) chosen.items.add(new File([plain(bytes)], name));
  by(field).files = chosen.files;
}
by('example').addEventListener('click', () => {
  by('form').reset();
  choose('evidence', example.evidence);
  choose('compose', example.compose);
  by('release').value = example.release;
  by('at').value = example.at;
  by('more').open = true;
  by('form').requestSubmit();
});
by('form').addEventListener('reset', () => {
  end();
  clear();
  say('Nothing has been verified yet.');
});
by('stop').addEventListener('click', () => {
  end();
  say('Stopped: nothing was verified.');
});
