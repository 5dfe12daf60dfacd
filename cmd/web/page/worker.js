// SPDX-License-Identifier: Apache-2.0
// worker.js - the page's worker: one verification for each message. It is
// started from text, behind engine.js, since a page that was opened as a file
// may start none from another file.
let engine;

self.onmessage = async ({ data: ask }) => {
  try {
    if (ask.wasm) engine = refvalEngine(refvalModule, await WebAssembly.compile(ask.wasm), ask.data);
    if (!ask.input) return;
    let last = 0;
    const seen = (read, size) => {
      if (Date.now() - last < 100) return;
      last = Date.now();
      self.postMessage({ read, size });
    };
    self.postMessage({ result: await engine.verify(ask.input, { seen }) });
  } catch (e) {
    self.postMessage({ error: String(e && e.message || e), exit: e && e.exit });
  }
};
