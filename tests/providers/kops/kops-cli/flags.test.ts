import { readFile, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { adminFlags } from "../../../../providers/kops/kops-cli/flags.ts";
import { sampleInputs } from "../samples.ts";

const group = (sizes: object): Record<string, unknown> => ({ role: "Node", machineType: "t3.large", ...sizes });

describe("the argument lists of kOps", () => {
  it("are made in one file", async () => {
    const root = resolve(import.meta.dirname, "../../../..");
    const elsewhere: string[] = [];
    for (const folder of ["providers", "cli"]) {
      for (const name of await readdir(join(root, folder), { recursive: true })) {
        if (!name.endsWith(".ts") || name.endsWith("kops-cli/flags.ts")) continue;
        const text = await readFile(join(root, folder, name), "utf8");
        if (/\bargs: \[\s*["'`]/.test(text)) elsewhere.push(join(folder, name));
      }
    }
    expect(elsewhere).to.deep.equal([]);
  });
});

describe("the admin certificate of a roll", () => {
  it("outlasts the longest roll of the largest size that an autoscaler may set", () => {
    const instanceGroups = { a: group({ minSize: 1, maxSize: 100 }), c: group({ minSize: 1, maxSize: 1 }) };
    // 101 nodes of 45m20s at most, and 15m to begin with.
    expect(adminFlags(sampleInputs({ instanceGroups }))).to.deep.equal(["--admin=77h"]);
  });

  for (const [what, inputs, desired] of [
    ["lasts kOps's own 18 hours if no roll can take longer", sampleInputs(), []],
    [
      "counts a group without sizes as a node",
      sampleInputs({
        instanceGroups: Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`g${index}`, group({})])),
      }),
      ["--admin=31h"],
    ],
    [
      "covers the longest drains",
      sampleInputs({ instanceGroups: { a: group({ maxSize: 10 }) }, rollingUpdate: { drainTimeout: "12h" } }),
      ["--admin=126h"],
    ],
    [
      "covers the waits between nodes",
      sampleInputs({
        instanceGroups: { a: group({ maxSize: 10 }) },
        rollingUpdate: { nodeInterval: "2h", postDrainDelay: "1h", validationTimeout: "1h" },
      }),
      ["--admin=54h"],
    ],
  ] as const) {
    it(what, () => {
      expect(adminFlags(inputs)).to.deep.equal(desired);
    });
  }
});
