// SPDX-License-Identifier: Apache-2.0
// What somebody writes who uses the package; and what must not pass the compiler,
// line by line: the one below @ts-expect-error is an error when it does.
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
    pageAdd: "single",
    cpus: 8,
    memory: "64G",
    html: true,
  };
  try {
    const v: Verdict = await verify(input);
    if (!v.verified) console.log(v.reason?.length);
    if (v.report.schema === "refval.error/1") throw new Error(v.report.error);
    return v.report.layers.flatMap((l) => l.checks).filter((c) => c.verdict === "no");
  } catch (e) {
    if (e instanceof RefvalError && e.exit === 2) return [];
    throw e;
  }
}
// @ts-expect-error
void verify({ evidence: "", releas: "dstack-0.5.8" });
// @ts-expect-error
void verify({ evidence: 1 });
// @ts-expect-error
void verify({ evidence: "", allowDebug: "yes" });
// @ts-expect-error
void verify({ evidence: "" }).then((v) => v.report.layers);
// @ts-expect-error
void verify({ evidence: "" }).then((v) => v.verified === "yes");
// @ts-expect-error
void verify({ evidence: "" }).then((v) => v.reason.length);
// @ts-expect-error
void verify({ evidence: "", jsonl: "x" });
// @ts-expect-error
void verify({ evidence: "", pageAdd: "triple" });
// @ts-expect-error
void verify({ evidence: "", nonce: 17 });
