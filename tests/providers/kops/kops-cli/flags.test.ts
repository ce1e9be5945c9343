import { readFile, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { adminFlags, rollingUpdate } from "../../../../providers/kops/kops-cli/flags.ts";
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
  const inputs = sampleInputs({
    instanceGroups: { a: group({ minSize: 1, maxSize: 100 }), b: group({ minSize: 3, maxSize: 3 }) },
  });
  const certificateIn = (args: readonly string[]): string | undefined => args.find((flag) => /^--admin/.test(flag));

  it("lasts for the roll of its group, not for the roll of all groups", () => {
    // 3 nodes of 45m20s at most, and 15m to begin with.
    expect(certificateIn(rollingUpdate(inputs, "b"))).to.equal("--admin=3h");
  });

  it("outlasts the longest roll of the largest size that an autoscaler may set", () => {
    expect(certificateIn(rollingUpdate(inputs, "a"))).to.equal("--admin=76h");
  });

  it("lasts kOps's own 18 hours for a group whose size is unknown, as one of Karpenter", () => {
    expect(adminFlags(group({}), {})).to.deep.equal([]);
  });

  for (const [what, options, desired] of [
    ["covers the longest drains", { drainTimeout: "12h" }, "--admin=126h"],
    [
      "covers the waits between nodes",
      { nodeInterval: "2h", postDrainDelay: "1h", validationTimeout: "1h" },
      "--admin=54h",
    ],
  ] as const) {
    it(what, () => {
      expect(adminFlags(group({ maxSize: 10 }), options)).to.deep.equal([desired]);
    });
  }
});
