import { expect } from "chai";
import { adminFlags } from "../../../providers/kops/admin-lifetime.ts";
import { sampleInputs } from "./samples.ts";

const group = (sizes: object): Record<string, unknown> => ({ role: "Node", machineType: "t3.large", ...sizes });

describe("the admin certificate of a roll", () => {
  for (const [what, inputs, wanted] of [
    ["lasts kOps's own 18 hours where no roll can take longer", sampleInputs(), []],
    // 101 nodes of 45m20s at most, and 15m to begin with.
    ["outlasts the longest roll of the largest size that an autoscaler may give", sampleInputs({ instanceGroups: { a: group({ minSize: 1, maxSize: 100 }), c: group({ minSize: 1, maxSize: 1 }) } }), ["--admin=77h"]],
    ["counts a group without sizes as a node", sampleInputs({ instanceGroups: Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`g${index}`, group({})])) }), ["--admin=31h"]],
    ["knows how long a drain may take", sampleInputs({ instanceGroups: { a: group({ maxSize: 10 }) }, rollingUpdate: { drainTimeout: "12h" } }), ["--admin=126h"]],
    ["knows how long the waits in between are", sampleInputs({ instanceGroups: { a: group({ maxSize: 10 }) }, rollingUpdate: { nodeInterval: "2h", postDrainDelay: "1h", validationTimeout: "1h" } }), ["--admin=54h"]],
  ] as const) {
    it(what, () => {
      expect(adminFlags(inputs)).to.deep.equal(wanted);
    });
  }
});
