import { expect } from "chai";
import { foreignChanges, refuseForeignChanges } from "../../../../../providers/kops/plan/facts/foreign-changes.ts";
import { rejection } from "../../../../local/rejection.ts";
import { memoryStore } from "../../memory-store.ts";

const k1 = "k1.example.com";
const change = (text: string) => ({
  kind: text.slice(0, text.indexOf("/")),
  name: text.slice(text.indexOf("/") + 1),
  fields: [],
});
const none = { modify: [], remove: [], prune: [] };

describe("a plan that changes another cluster", () => {
  const cases: [string, string, string[], string, string | undefined][] = [
    ["a record of its API", "DNSName/api.k2.example.com", ["k2.example.com"], k1, "k2.example.com"],
    ["a launch template", "LaunchTemplate/nodes.k2.example.com", ["k2.example.com"], k1, "k2.example.com"],
    ["an add-on", "ManagedFile/k2.example.com-addons-bootstrap", ["k2.example.com"], k1, "k2.example.com"],
    [
      "a rule of a security group",
      "SecurityGroupRule/from-nodes.k2.example.com-egress-all-0to0-0.0.0.0/0",
      ["k2.example.com"],
      k1,
      "k2.example.com",
    ],
    ["a volume", "EBSVolume/a.etcd-main.k2.example.com", ["k2.example.com"], k1, "k2.example.com"],
    [
      "one whose name ends with its own",
      "AutoscalingGroup/nodes.a.k1.example.com",
      ["a.k1.example.com"],
      k1,
      "a.k1.example.com",
    ],
    ["one whose name its own ends with", "LaunchTemplate/nodes.k1.example.com", [k1], "a.k1.example.com", k1],
    [
      "its own, whose name ends with another's",
      "LaunchTemplate/nodes.a.k1.example.com",
      [k1],
      "a.k1.example.com",
      undefined,
    ],
    [
      "its own, beside one whose name ends with its own",
      "LaunchTemplate/nodes.k1.example.com",
      ["a.k1.example.com"],
      k1,
      undefined,
    ],
    [
      "its own group, called as another cluster is",
      "LaunchTemplate/workers.k1.example.com",
      ["workers.k1.example.com"],
      k1,
      undefined,
    ],
    [
      "its own API, called as another cluster is",
      "NetworkLoadBalancer/api.k1.example.com",
      ["api.k1.example.com"],
      k1,
      undefined,
    ],
    [
      "its own, of a name that is longer than another's",
      "ManagedFile/k10.example.com-addons",
      ["k1.example.co", "0.example.com"],
      "k10.example.com",
      undefined,
    ],
    ["what is shared and carries no name", "Subnet/utility-ap-southeast-2a", ["k2.example.com"], k1, undefined],
    ["a deletion by an id", "EC2/LaunchTemplate/lt-0123", ["k2.example.com"], k1, undefined],
    ["a name that nobody has", "DNSName/api.k3.example.com", ["k2.example.com"], k1, undefined],
  ];
  for (const [what, text, others, own, expected] of cases) {
    it(`is known by names: ${what}`, () => {
      for (const part of ["modify", "remove", "prune"] as const) {
        const found = foreignChanges(
          { ...none, [part]: [change(text)] },
          { name: own, groups: { workers: { role: "Node" } } },
          others,
        );
        expect(found.map(({ cluster }) => cluster)).to.deep.equal(expected === undefined ? [] : [expected]);
      }
    });
  }

  it("is refused as a whole, and names what it changes of the store's other clusters", async () => {
    const store = memoryStore();
    const said: string[] = [];
    for (const key of [
      "k1.example.com/config",
      "k2.example.com/config",
      "other/k3.example.com/config",
      "_pilot/k4.example.com/journal.json",
    ])
      store.objects.set(key, "");
    const refuse = (...texts: string[]) =>
      refuseForeignChanges(
        { store, inputs: { name: k1, instanceGroups: {} }, progress: { say: (line) => said.push(line) } },
        { ...none, modify: texts.map(change) },
      );
    await refuse(
      "LaunchTemplate/nodes.k1.example.com",
      "LaunchTemplate/nodes.k3.example.com",
      "LaunchTemplate/nodes.k4.example.com",
    );
    const error = await rejection(refuse("LaunchTemplate/nodes.k1.example.com", "DNSName/api.k2.example.com"));
    expect(String(error))
      .to.contain("refused as a whole")
      .and.to.contain("DNSName/api.k2.example.com belongs to cluster k2.example.com")
      .and.to.not.contain("nodes.k1");
    expect(said).to.deep.equal([]);
    store.folders = () => Promise.reject(new Error("Access Denied"));
    await refuse("DNSName/api.k2.example.com");
    expect(said).to.deep.equal(["not checked whether the plan touches other clusters of s3://memory: Access Denied"]);
  });
});
