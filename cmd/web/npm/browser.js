// SPDX-License-Identifier: Apache-2.0
// browser.js - the package in browsers and their workers. It asks for one file,
// refval.wasm beside it.
import { lazily } from './package.js';

export { RefvalError, releases, version } from './package.js';
export const engine = lazily(async () => {
  const answer = await fetch(new URL('./refval.wasm', import.meta.url));
  if (!answer.ok) throw new Error(`refval.wasm: ${answer.status} ${answer.statusText}`);
  return answer.arrayBuffer();
});
export const verify = async (input) => (await engine()).verify(input);
