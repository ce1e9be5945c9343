import { expect } from "chai";
import { atOnce, estimate } from "../../../../../providers/kops/plan/document/estimate.ts";
import { sampleInputs } from "../../samples.ts";

const nodes = { group: "nodes", controlPlane: false, nodes: 6 };
const controlPlane = { group: "control-plane-a", controlPlane: true, nodes: 1 };

describe("how many nodes roll at a time", () => {
  for (const [what, roll, cluster, group, expected] of [
    ["is one by kOps's default", nodes, {}, {}, 1],
    ["is the surge", nodes, {}, { rollingUpdate: { maxSurge: 3 } }, 3],
    ["is the surge in percent, rounded up", nodes, {}, { rollingUpdate: { maxSurge: "20%" } }, 2],
    ["adds what may be unavailable", nodes, {}, { rollingUpdate: { maxSurge: 2, maxUnavailable: 2 } }, 4],
    ["is one without surge", nodes, {}, { rollingUpdate: { maxSurge: 0 } }, 1],
    ["is the cluster's setting unless the group has its own", nodes, { rollingUpdate: { maxSurge: 4 } }, {}, 4],
    ["is one in a control plane, which cannot surge", controlPlane, { rollingUpdate: { maxSurge: 4 } }, {}, 1],
    ["is no more than there are", { ...nodes, now: 2 }, {}, { rollingUpdate: { maxSurge: 9 } }, 2],
  ] as const) {
    it(what, () => {
      expect(atOnce(roll, cluster, group)).to.equal(expected);
    });
  }
});

describe("the estimate of a roll", () => {
  it("counts current nodes and kOps's intervals, and states its assumption", () => {
    const inputs = sampleInputs();
    expect(
      estimate(
        [
          { ...controlPlane, now: 1 },
          { ...nodes, now: 3 },
        ],
        inputs,
      ),
    ).to.deep.equal({
      seconds: 810,
      text: "about 13m30s, if each node takes 3m to drain, boot and validate",
      groups: { "control-plane-a": 210, nodes: 600 },
    });
  });

  it("grows with the intervals that are set", () => {
    const inputs = sampleInputs({ rollingUpdate: { nodeInterval: "10m" } });
    expect(estimate([{ ...nodes, now: 3 }], inputs)?.seconds).to.equal(2370);
  });

  it("is absent where nothing rolls and where rolls are manual", () => {
    expect(estimate([], sampleInputs())).to.equal(undefined);
    expect(estimate([nodes], sampleInputs({ rollingUpdate: { strategy: "manual" } }))).to.equal(undefined);
  });
});
