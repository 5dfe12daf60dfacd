// SPDX-License-Identifier: Apache-2.0
// engine.js - the program refval as a function: arguments and files in, exit
// code and bytes out. The page's worker, the package and its command line all
// run this. Nothing in it opens a connection or knows where it runs.
//
// refvalEngine(create, wasm, data): create is what emscripten made, wasm a
// WebAssembly.Module, data what the build wrote: records, options, version.
// Wrong use (exit 2), or it could not work (exit 4).
class RefvalError extends Error {
  constructor(message, exit) {
    super(message);
    this.name = 'RefvalError';
    this.exit = exit;
  }
}

function refvalEngine(create, wasm, data) {
  'use strict';

  // ---- files ----

  // A source is read piece by piece: size, and read(offset, length).
  const PIECE = 1 << 18;

  const ofBytes = (b) => ({ size: b.length, read: (at, n) => b.subarray(at, at + n) });

  // A Blob can be read only by a worker, or else it is read whole before.
  function ofBlob(blob, seen) {
    const reader = new FileReaderSync();
    let from = 0;
    let piece = new Uint8Array(0);
    let litter = null;
    return {
      size: blob.size,
      read(at, n) {
        if (at < from || at >= from + piece.length) {
          // V8 frees the buffers of pieces when it looks for young garbage, and
          // what they take of its own heap is too little to make it look: some
          // litter does, and the worker stays small (measured by bench-web).
          litter = new Array(1 << 14);
          from = at;
          piece = new Uint8Array(reader.readAsArrayBuffer(blob.slice(at, at + PIECE)));
          if (seen) seen(at, blob.size);
        }
        return piece.subarray(at - from, at - from + n);
      },
    };
  }

  const isBlob = (x) => typeof Blob === 'function' && x instanceof Blob;

  async function source(x, seen) {
    if (typeof x === 'string') return ofBytes(new TextEncoder().encode(x));
    if (x instanceof Uint8Array) return ofBytes(x);
    if (x instanceof ArrayBuffer) return ofBytes(new Uint8Array(x));
    if (isBlob(x)) return typeof FileReaderSync === 'function' ? ofBlob(x, seen) : ofBytes(new Uint8Array(await x.arrayBuffer()));
    if (x && Number.isSafeInteger(x.size) && typeof x.read === 'function') return x;
    throw new TypeError('a file is a string, a Uint8Array, an ArrayBuffer, a Blob, or {size, read(offset, length)}');
  }

  const join = (parts) => {
    const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
    parts.reduce((at, p) => (all.set(p, at), at + p.length), 0);
    return all;
  };

  // ---- one run ----

  function furnish(m, o) {
    const F = m.FS;
    F.mkdirTree('/proc/refval/bin');
    F.mkdirTree('/proc/refval/share/refval/releases');
    F.writeFile('/proc/refval/bin/refval', '');
    F.symlink('/proc/refval/bin/refval', '/proc/self/exe');
    for (const [name, text] of Object.entries(data.records)) F.writeFile('/proc/refval/share/refval/releases/' + name, text);
    F.mkdirTree('/proc/refval/work');
    for (const [name, s] of Object.entries(o.files || {})) {
      F.mkdirTree('/proc/refval/work/' + name.split('/').slice(0, -1).join('/'));
      m.files.given('/proc/refval/work/' + name, s);
    }
    F.chdir('/proc/refval/work');
    if (o.furnish) o.furnish(m);
  }

  // run(args, o): the program with these arguments, in a folder that has
  // o.files, a source by each name. Its standard output and error are returned
  // as bytes, unless o.stdout and o.stderr take them piece by piece; so are the
  // files that it made in the folder, by name.
  // exit is null when it did not come to an end; crash then says why.
  async function run(args, o = {}) {
    const out = [];
    const err = [];
    let started;
    // The clock of a 32-bit program.
    if (!(Date.now() > 0 && Date.now() < 2 ** 31 * 1000)) throw new Error('the date of this machine is beyond 2038');
    const m = await create({
      thisProgram: 'refval',
      noInitialRun: true,
      print: (s) => err.push(new TextEncoder().encode(s + '\n')),
      printErr: (s) => err.push(new TextEncoder().encode(s + '\n')),
      instantiateWasm(imports, done) {
        started = WebAssembly.instantiate(wasm, imports).then((instance) => done(instance));
        return {};
      },
    });
    await started;
    Object.assign(m.ENV, { LANG: 'C.UTF-8', ...o.env });
    const ends = { stdin: { read: o.stdin, terminal: o.terminal?.[0] },
      stdout: { write: o.stdout || ((b) => (out.push(b), b.length)), terminal: o.terminal?.[1] },
      stderr: { write: o.stderr || ((b) => (err.push(b), b.length)), terminal: o.terminal?.[2] } };
    ['stdin', 'stdout', 'stderr'].forEach((name, fd) => m.files.device('/dev/' + name, fd, ends[name]));
    furnish(m, o);
    let exit = null;
    let crash = null;
    try {
      exit = m.callMain(args);
      if (!Number.isInteger(exit) || exit < 0 || exit > 4) [crash, exit] = ['exit code ' + exit, null];
    } catch (e) {
      crash = String(e && e.message || e);
    }
    const files = {};
    if (exit !== null && o.made)
      for (const name of o.made)
        if (m.FS.analyzePath('/proc/refval/work/' + name).exists) files[name] = m.FS.readFile('/proc/refval/work/' + name);
    return { exit, crash, stdout: join(out), stderr: join(err), files };
  }

  // ---- refval-verify as a function ----

  const wrong = (message) => { throw new RefvalError(message, 2); };
  const dashed = (member) => member.replace(/[A-Z]/g, (c) => '-' + c.toLowerCase());
  const named = (x) => x !== null && typeof x === 'object' && 'data' in x ? x : { name: x?.name, data: x };

  // Names of files are the caller's own, in the report too, as far as they are
  // plain names and no two are the same.
  function place(files, wish, otherwise, folder) {
    let name = typeof wish === 'string' ? wish.split(/[/\\]/).pop() : '';
    if (!/^[^.\-\0-\x1f\x7f][^\0-\x1f\x7f]*$/.test(name)) name = otherwise;
    for (let i = 2; folder + name in files; i++) name = `${i}-${name.replace(/^[0-9]+-/, '')}`;
    return folder + name;
  }

  async function file(files, option, x, folder, seen) {
    const { name, data: content } = named(x);
    const at = place(files, name, option, folder);
    files[at] = await source(content, seen);
    return at;
  }

  // The arguments of one member of verify()'s input.
  async function words(files, member, value, seen) {
    const option = dashed(member);
    const row = data.options[option];
    if (!row) wrong(`${member}: there is no such option`);
    if (!row.arg) return value === true ? ['--' + option] : value === false ? [] : wrong(`${member}: true or false`);
    const many = Array.isArray(value) ? value : [value];
    const out = [];
    if (row.arg === 'DIR' && !Array.isArray(value)) wrong(`${member}: an array of files is needed`);
    if (row.folder && Array.isArray(value)) {
      // Several files for what takes one file or folder.
      for (const x of many) await file(files, option, x, option + '/', seen);
      return many.length ? [`--${option}=${option}`] : [];
    }
    if (!row.list && Array.isArray(value)) wrong(`${member}: one, not several`);
    for (const x of many) {
      if (row.file) out.push(`--${option}=${await file(files, option, x, '', seen)}`);
      else if (x instanceof Date && option === 'at') out.push(`--at=${x.toISOString().replace(/\.\d+Z$/, 'Z')}`);
      else if (typeof x === 'string' || Number.isSafeInteger(x)) out.push(`--${option}=${x}`);
      else wrong(`${member}: not a ${row.arg}`);
    }
    return out;
  }

  async function command(input, seen) {
    const files = {};
    const args = ['verify', '--json'];
    if (input === null || typeof input !== 'object') wrong('verify: an object is needed');
    for (const [member, value] of Object.entries(input)) {
      if (value === undefined) continue;
      if (member === 'html') {
        if (typeof value !== 'boolean') wrong('html: true or false');
        if (value) args.push('--html=.report.html');
      } else if (member === 'instance' && String(value) === 'all') {
        wrong('instance: one machine, not all');
      } else {
        args.push(...await words(files, member, value, seen));
      }
    }
    return { args, files };
  }

  // The verdict of refval-verify: its JSON document and its exit code. What is
  // wrong use, or could not work, is thrown. hooks.seen(at, size) is told how
  // far a Blob was read.
  async function verify(input, hooks = {}) {
    const { args, files } = await command(input, hooks.seen);
    const r = await run(args, { ...hooks, files, made: ['.report.html'] });
    const said = new TextDecoder().decode(r.stderr).trim();
    if (r.exit === null) throw new RefvalError(`refval did not come to an end: ${r.crash}. ${said}`.trim(), 4);
    if (r.exit === 2 || r.exit === 4) throw new RefvalError(said || `exit code ${r.exit}`, r.exit);
    const json = new TextDecoder('utf-8', { fatal: true }).decode(r.stdout);
    const report = JSON.parse(json);
    if (report.schema !== 'refval.report/1' && report.schema !== 'refval.error/1')
      throw new RefvalError(`refval answered with ${report.schema}`, 4);
    const page = r.files['.report.html'];
    const verified = r.exit === 0 && report.schema === 'refval.report/1' && report.verdict === 'yes' && report.verified === true;
    return {
      verified,
      exit: r.exit,
      reason: verified ? null : report.error ?? report.reason ?? 'not verified',
      report,
      json,
      messages: said,
      ...(page ? { html: new TextDecoder().decode(page) } : {}),
      command: ['refval-verify', ...args.slice(1)],
    };
  }

  return { run, verify, RefvalError };
}
