import { expect } from "chai";
import { podOf, tolerationsFor, type SeenNode, type Taint } from "../../../components/smoke-test/pod.ts";

const taint = (key: string, effect = "NoSchedule", value?: string): Taint => ({
  key,
  effect,
  ...(value !== undefined && { value }),
});
const node = (taints: Taint[] = [], labels: Record<string, string> = {}, spec: object = {}): SeenNode => ({
  metadata: { name: "i", labels: { "kubernetes.io/os": "linux", ...labels } },
  spec: { taints, ...spec },
});
const controlPlane = node([taint("node-role.kubernetes.io/control-plane")], {
  "node-role.kubernetes.io/control-plane": "",
});
const team = taint("team", "NoSchedule", "shop");

describe("the smoke test's pod", () => {
  const table: [string, SeenNode[], string[]][] = [
    ["tolerates nothing where a worker has no taint", [controlPlane, node([team]), node()], []],
    ["tolerates the taint of its groups where all workers have one", [controlPlane, node([team])], ["team=shop"]],
    [
      "prefers the worker with the fewest taints",
      [node([team, taint("gpu", "NoExecute", "yes")]), node([taint("spot")])],
      ["spot="],
    ],
    ["ignores taints that only make a worker less wanted", [node([taint("spot", "PreferNoSchedule")])], []],
    ["runs on the control plane where there is no worker", [controlPlane], ["node-role.kubernetes.io/control-plane="]],
    [
      "tolerates no state of a node: not ready, under pressure, cordoned",
      [node([taint("node.kubernetes.io/disk-pressure")]), node([], {}, { unschedulable: true }), node([team])],
      ["team=shop"],
    ],
    ["goes to no Windows node", [node([], { "kubernetes.io/os": "windows" }), node([team])], ["team=shop"]],
    ["tolerates nothing where no node is fit", [], []],
  ];
  for (const [what, nodes, tolerated] of table) {
    it(what, () => {
      const tolerations = tolerationsFor(nodes);
      expect(tolerations.map(({ key, value }) => `${key}=${value}`)).to.deep.equal(tolerated);
      const { spec } = podOf("p", { image: "a/b", namespace: "n", names: ["x"], timeoutSeconds: 10 }, tolerations);
      expect(spec.tolerations ?? []).to.deep.equal(tolerations);
    });
  }
});
