// SPDX-License-Identifier: Apache-2.0
// node.js - the package in Node.
import { readFile } from 'node:fs/promises';
import { lazily } from './package.js';

export { RefvalError, releases, version } from './package.js';
export const engine = lazily(() => readFile(new URL('./refval.wasm', import.meta.url)));
export const verify = async (input) => (await engine()).verify(input);
