// SPDX-License-Identifier: Apache-2.0
// Sizes that 32 bits cannot hold: the program of 32 bits must answer as the one
// of 64. usage: node bounds.mjs PACKAGE BIN
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const [pkg, bin] = process.argv.slice(2);
const { engine } = await import(resolve(pkg, 'node.js'));
const { run } = await engine();
const room = mkdtempSync(join(tmpdir(), 'refval-bounds-'));
process.on('exit', () => rmSync(room, { recursive: true, force: true }));

// POSIX.1-1988 ustar; a size beyond 33 bits in base 256, as GNU tar writes it.
function member(name, size) {
  const h = Buffer.alloc(512);
  h.write(name, 0);
  h.write('0000644\x000000000\x000000000\x00', 100, 'latin1');
  h.writeUInt8(0x80, 124);
  h.writeBigUInt64BE(BigInt(size), 128);
  h.write('00000000000\x00', 136, 'latin1');
  h.fill(' ', 148, 156);
  h.write('0', 156);
  h.write('ustar\x0000', 257, 'latin1');
  h.write(h.reduce((a, b) => a + b, 0).toString(8).padStart(6, '0') + '\x00 ', 148, 'latin1');
  return h;
}

const big = 2 ** 32;
const cases = {
  'a kernel of 2^32 + 5 bytes': ['unpack', 'x.tar', Buffer.concat([member('bzImage', big + 5), Buffer.alloc(4096, 0x41)])],
  'metadata of 2^32 bytes': ['unpack', 'x.tar', Buffer.concat([member('metadata.json', big), Buffer.alloc(4096, 0x20)])],
  'a root file system of 2^33 bytes': ['unpack', 'x.tar', Buffer.concat([member('rootfs.img.verity', 2 * big), Buffer.alloc(4096, 0x41)])],
  'a layout of 2^32 + 300 bytes': ['hash', 'image', 'x.tar', Buffer.concat([member('oci-layout', big + 300), Buffer.alloc(4096, 0x20)])],
  // msgpack, ext 32 of 2^32 - 1 bytes: with its type 2^32, which wraps to none.
  'an ext of 2^32 - 1 bytes in an attestation': ['verify', '--evidence', 'x.bin',
    Buffer.concat([Buffer.from([0x82, 0xa1, 0x61, 0xc9, 0xff, 0xff, 0xff, 0xff, 0x01, 0xa1, 0x62, 0xc0]), Buffer.alloc(64)])],
};

let bad = 0;
for (const [what, words] of Object.entries(cases)) {
  const bytes = words.pop(), name = words.at(-1), [command, ...args] = words;
  writeFileSync(join(room, name), bytes);
  const native = spawnSync(resolve(bin, `refval-${command}`), args, { cwd: room });
  const files = { [name]: { size: bytes.length, read: (at, n) => bytes.subarray(at, at + n) } };
  const here = await run(words, { files });
  const same = native.status === here.exit && native.stderr.equals(here.stderr) && native.status !== 0;
  console.log(`${same ? 'ok' : 'UNEQUAL'}: ${what}: exit ${native.status}: ${native.stderr.toString().trim()}`);
  if (!same) console.log(`  the package: exit ${here.exit}: ${Buffer.from(here.stderr)} ${here.crash ?? ''}`);
  bad += !same;
}

// Beyond 4 GiB of an archive: read there, not at the start again.
{
  const body = Buffer.from('{"not": "a list"}');
  const far = { size: big * 2, read: (at, n) => { const b = Buffer.alloc(Math.min(n, far.size - at)); if (at === 0) member('far', big).copy(b);
    const off = 512 + big - at; if (off >= 0 && off < b.length) member('manifest.json', body.length).copy(b, off);
    if (off + 512 >= 0 && off + 512 < b.length) body.copy(b, off + 512); return b; } };
  const here = await run(['hash', 'image', 'far.tar'], { files: { 'far.tar': far } });
  const said = Buffer.from(here.stderr).toString();
  const same = here.exit === 3 && /manifest\.json: a document that is/.test(said);
  console.log(`${same ? 'ok' : 'UNEQUAL'}: a member beyond 4 GiB: exit ${here.exit}: ${said.trim()}`);
  bad += !same;
}
process.exitCode = bad ? 1 : 0;
