#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// cli.js - the command line: "refval NAME ..." with the files of this machine.
import fs from 'node:fs';
import { isatty } from 'node:tty';
import { engine } from './node.js';
import { furnish, here } from './host.js';

const pause = new Int32Array(new SharedArrayBuffer(4));

// A pipe that is full or empty just now says EAGAIN.
function patiently(call) {
  for (;;) {
    try {
      return call();
    } catch (e) {
      if (e.code === 'EOF') return 0;
      if (e.code !== 'EAGAIN') throw e;
      Atomics.wait(pause, 0, 0, 5);
    }
  }
}

const write = (fd) => (bytes) => {
  for (let n = 0; n < bytes.length;) n += patiently(() => fs.writeSync(fd, bytes, n));
};
const read = (length) => {
  const room = new Uint8Array(Math.min(length, 1 << 16));
  return room.subarray(0, patiently(() => fs.readSync(0, room, 0, room.length, null)));
};

const { run } = await engine();
const r = await run(process.argv.slice(2).map(here), {
  stdin: read,
  stdout: write(1),
  stderr: write(2),
  terminal: [0, 1, 2].map((fd) => isatty(fd)),
  env: { NO_COLOR: process.env.NO_COLOR },
  furnish: (m) => furnish(m, fs, process.cwd()),
});
if (r.exit === null) {
  write(2)(new TextEncoder().encode(`refval: could not work: ${r.crash}\n`));
  process.exitCode = 4;
} else {
  process.exitCode = r.exit;
}
