import { expect } from "chai";
import { refusalsOf } from "../../../../../providers/kops/rules/refusals.ts";
import { unknownValue } from "../../../../../providers/kops/model/unknown.ts";
import { karpenterLines } from "../../../../../providers/kops/plan/document/karpenter.ts";
import { documentOf } from "../../../../../providers/kops/plan/document/plan-document.ts";
import { knownOutputs } from "../../../../../providers/kops/plan/known-outputs.ts";
import { isKarpenter } from "../../../../../providers/kops/model/instance-groups.ts";
import { cloudPart } from "../../plans.ts";
import { sampleInputs } from "../../samples.ts";
import { managesNodePools } from "../../../../../providers/kops/model/versions.ts";
import type { CloudChange } from "../../../../../providers/kops/kops-cli/output/update-cluster.ts";
import { documentLines } from "../../../../../providers/kops/plan/print/plan-block.ts";
import { rollsNow } from "../../../../../providers/kops/plan/rolls.ts";

const { name, instanceGroups, cluster } = sampleInputs();
const spot = { role: "Node", image: "ami-1", manager: "Karpenter", subnets: ["a"] };
const inputs = (changes: Parameters<typeof sampleInputs>[0] = {}) =>
  sampleInputs({
    instanceGroups: { ...instanceGroups, spot },
    cluster: { ...cluster, karpenter: { enabled: true } },
    ...changes,
  });
const file = (of: string, group = "spot"): CloudChange => ({
  kind: "ManagedFile",
  name: `${of}-${group}`,
  fields: ["Contents"],
});

describe("a group of Karpenter's", () => {
  for (const [group, is] of [
    [{ manager: "Karpenter" }, true],
    [{ manager: "CloudGroup" }, false],
    [{}, false],
  ] as const) {
    it(`is ${is ? "" : "not "}${JSON.stringify(group)}`, () => {
      expect(isKarpenter(group)).to.equal(is);
    });
  }

  for (const [version, manages] of [
    ["1.34.0", false],
    ["1.35.0", false],
    ["1.36.2", true],
    ["1.37.0-beta.1", true],
    ["none", false],
  ] as const) {
    it(`has ${manages ? "a NodePool of kOps's making" : "NodePools that people make"} with kOps ${version}`, () => {
      expect(managesNodePools(version)).to.equal(manages);
    });
  }
});

describe("the plan of a change to a group of Karpenter's", () => {
  const shared = {
    ...cluster,
    karpenter: { enabled: true },
    subnets: [
      { name: "a", id: "subnet-1" },
      { name: "b", id: "subnet-2" },
    ],
  };
  for (const [what, changes, plan, rolling, lines] of [
    [
      "says that nodes are not rolled, and that new ones need other user data",
      {},
      { modify: [file("nodeupconfig"), file("nodeupscript")] },
      [],
      [
        /^not rolled here: spot.*kOps 1\.35\.0 leaves its EC2NodeClass as it is.*s3:\/\/state-of-sbx\/k1\.sbx\.example\.com\/igconfig\/node\/spot\/nodeupscript\.sh$/,
      ],
    ],
    [
      "says that Karpenter replaces the nodes, where kOps makes the NodePool",
      { kopsVersion: "1.36.2" },
      { modify: [file("nodeupscript")] },
      [],
      [/^not rolled here: spot, whose nodes Karpenter replaces by itself as they drift from NodePool spot$/],
    ],
    [
      "says what is to be made for a new group",
      {},
      { create: [file("nodeupscript")] },
      [],
      [/^no node yet: spot .* that you make, with the user data of s3:/],
    ],
    [
      "says nothing of a new group that kOps makes a NodePool for",
      { kopsVersion: "1.36.2" },
      { create: [file("nodeupscript")] },
      [],
      [],
    ],
    [
      "says which tags its subnets need where kOps does not make them",
      { kopsVersion: "1.36.2", cluster: shared },
      { create: [file("nodeupscript")] },
      [],
      [
        /^no node of spot unless subnet-1 has the tags KubernetesCluster=k1\.sbx\.example\.com and kops\.k8s\.io\/instance-group\/spot=true/,
      ],
    ],
    ["says nothing where force rolls it", { kopsVersion: "1.36.2" }, { modify: [file("nodeupscript")] }, ["spot"], []],
    ["says nothing of the files of other groups", {}, { modify: [file("nodeupconfig", "nodes")] }, [], []],
    [
      "says nothing where its files stay",
      {},
      { modify: [{ kind: "LaunchTemplate", name: `nodes.${name}`, fields: [] }] },
      [],
      [],
    ],
  ] as [
    string,
    Parameters<typeof sampleInputs>[0],
    Partial<{ create: CloudChange[]; modify: CloudChange[] }>,
    string[],
    RegExp[],
  ][]) {
    it(what, () => {
      const found = karpenterLines(inputs(changes), cloudPart(plan), rolling);
      expect(found).to.have.length(lines.length);
      for (const [index, line] of lines.entries()) expect(found[index]).to.match(line);
    });
  }

  it("shows these lines and counts no roll of the group", () => {
    const document = documentOf({
      inputs: inputs(),
      old: undefined,
      difference: undefined,
      plan: cloudPart({ modify: [file("nodeupscript")] }),
      sizes: { spot: { desired: 4, outdated: 0 } },
      api: undefined,
      now: new Date(),
    });
    expect(document.rolls).to.deep.equal([]);
    expect(documentLines(document).join("\n")).to.contain("not rolled here: spot");
  });

  it("counts the nodes that Karpenter made when force rolls all groups", () => {
    expect(rollsNow([], { spot }, { spot: { desired: 4, outdated: 0 } }, true)).to.deep.equal([
      { group: "spot", controlPlane: false, nodes: 1, now: 4 },
    ]);
  });

  it("predicts no Auto Scaling group", () => {
    const seen = {
      observed: {},
      cloud: { instanceGroups: {}, instanceProfiles: {}, roles: {}, securityGroups: {}, etcdVolumes: {} },
    };
    const known = knownOutputs(inputs(), {
      version: 1,
      cluster: name,
      owner: "o",
      conditions: [],
      instanceGroups: [],
      applied: { digest: "d", kopsVersion: "1.35.0", revision: 1, at: "" },
      outputs: seen,
    });
    expect(Object.keys(known.observed ?? {})).to.deep.equal(Object.keys(instanceGroups));
  });
});

describe("a group that Karpenter cannot make nodes for", () => {
  const refused = (group: object, changes: Parameters<typeof sampleInputs>[0] = {}): string[] =>
    refusalsOf(undefined, {
      ...inputs(changes),
      instanceGroups: { ...instanceGroups, spot: { ...spot, ...group } },
    }).map(({ property, reason }) => `${property} ${reason}`);
  for (const [what, group, changes, properties] of [
    ["is none that is well", {}, {}, []],
    ["is one of a control plane", { role: "ControlPlane" }, {}, ["instanceGroups.spot.manager"]],
    ["is a bastion", { role: "Bastion" }, {}, ["instanceGroups.spot.manager"]],
    ["is one in a cluster without Karpenter", {}, { cluster }, ["instanceGroups.spot.manager"]],
    [
      "is one in a cluster that has it off",
      {},
      { cluster: { ...cluster, karpenter: { enabled: false } } },
      ["instanceGroups.spot.manager"],
    ],
    [
      "may be well while it is not known yet",
      {},
      { cluster: { ...cluster, karpenter: { enabled: unknownValue } } },
      [],
    ],
    [
      "is one of no nodes, with a kOps that makes its NodePool",
      { minSize: 0, maxSize: 0 },
      { kopsVersion: "1.36.2" },
      ["instanceGroups.spot.minSize", "instanceGroups.spot.maxSize"],
    ],
    [
      "is one without an image, with a kOps that gives it to Karpenter",
      { image: "" },
      { kopsVersion: "1.36.2" },
      ["instanceGroups.spot.image"],
    ],
    ["is none for its image before, when people give it to Karpenter", { image: "" }, {}, []],
    ["is none for its sizes before, when they mean nothing", { minSize: 0, maxSize: 0 }, {}, []],
    [
      "is no other group, whatever its size",
      { manager: "CloudGroup", minSize: 0, maxSize: 0 },
      { kopsVersion: "1.36.2" },
      [],
    ],
  ] as [string, object, Parameters<typeof sampleInputs>[0], string[]][]) {
    it(what, () => {
      expect(refused(group, changes).map((one) => one.split(" ")[0])).to.deep.equal(properties);
    });
  }

  it("is refused with the reason and the guide", () => {
    expect(refused({ role: "ControlPlane" })[0])
      .to.contain("Karpenter makes workers only, and this group has role ControlPlane")
      .and.to.contain("https://kops.sigs.k8s.io/operations/karpenter/");
  });
});
