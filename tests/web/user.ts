// SPDX-License-Identifier: Apache-2.0
// What somebody writes who uses the package. Each line that begins with
// "wrong:" must not pass the compiler.
import { verify, releases, RefvalError, type Verdict, type VerifyInput, type Check } from "refval";

export async function runs(evidence: Uint8Array, compose: string): Promise<Check[]> {
  const input: VerifyInput = {
    evidence: { name: "evidence.json", data: evidence },
    compose,
    release: releases[0],
    at: new Date(0),
    expect: ["mr_config_id=00"],
    gpuRim: [new Uint8Array(1), { name: "rim", data: "x" }],
    allowDebug: false,
    html: true,
  };
  try {
    const v: Verdict = await verify(input);
    if (v.report.schema === "refval.error/1") throw new Error(v.report.error);
    return v.report.layers.flatMap((l) => l.checks).filter((c) => c.verdict === "no");
  } catch (e) {
    if (e instanceof RefvalError && e.exit === 2) return [];
    throw e;
  }
}
// wrong: void verify({ evidence: "", releas: "dstack-0.5.8" });
// wrong: void verify({ evidence: 1 });
// wrong: void verify({ evidence: "", allowDebug: "yes" });
// wrong: void verify({ evidence: "" }).then((v) => v.report.layers);
// wrong: void verify({ evidence: "" }).then((v) => v.verified === "yes");
// wrong: void verify({ evidence: "", jsonl: "x" });
