// SPDX-License-Identifier: Apache-2.0
// package.js - what the package exports, wherever its wasm comes from.
import { RefvalError, refvalEngine, refvalModule } from './engine.js';
import { data } from './data.js';

export const releases = Object.keys(data.records).map((name) => name.replace(/\.json$/, ''));
export const version = data.version;
export { RefvalError };

// load() gives the bytes of refval.wasm: once, unless it fails.
export function lazily(load) {
  let made;
  return () => {
    made ??= load()
      .then((bytes) => WebAssembly.compile(bytes))
      .then((wasm) => refvalEngine(refvalModule, wasm, data))
      .catch((why) => {
        made = undefined;
        throw why;
      });
    return made;
  };
}
