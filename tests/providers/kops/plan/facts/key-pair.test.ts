import { expect } from "chai";
import { storedSshKey, withKeyPair } from "../../../../../providers/kops/plan/facts/key-pair.ts";
import type { KeyPairFacts } from "../../../../../providers/kops/plan/facts/key-pair.ts";
import { memoryStore } from "../../memory-store.ts";
import { cloudPart } from "../../plans.ts";
import { sampleInputs } from "../../samples.ts";

const template = (name: string, ...fields: string[]) => ({ kind: "LaunchTemplate", name, fields });
const pair = (name: string) => ({ kind: "SSHKey", name, fields: [] });
const group = { kind: "AutoscalingGroup", name: "nodes.k1", fields: ["MaxSize"] };

describe("the key pair in a plan whose dry run read another key", () => {
  const there = { "cp.masters.k1": "old", "nodes.k1": "old" };
  const create = [template("blue.k1")];
  const modify = [template("nodes.k1", "UserData"), group];

  for (const [what, found, facts, expected] of [
    [
      "that is new is made, and every template that is there takes it",
      { create, modify },
      { pair: "new", exists: false, templates: there },
      {
        create: [...create, pair("new")],
        modify: [template("nodes.k1", "UserData", "SSHKey"), group, template("cp.masters.k1", "SSHKey")],
      },
    ],
    [
      "that EC2 has from before is not made",
      { create, modify: [] },
      { pair: "new", exists: true, templates: there },
      { create, modify: [template("cp.masters.k1", "SSHKey"), template("nodes.k1", "SSHKey")] },
    ],
    [
      "is no change to a template that has it, as after a run that was stopped between two",
      { create: [], modify: [template("nodes.k1", "SSHKey"), template("cp.masters.k1", "SSHKey", "UserData")] },
      { pair: "new", exists: true, templates: { ...there, "nodes.k1": "new" } },
      { create: [], modify: [template("cp.masters.k1", "UserData", "SSHKey")] },
    ],
    [
      "that goes changes no template, and the one of before is not made",
      {
        create: [...create, pair("old")],
        modify: [template("nodes.k1", "SSHKey"), template("cp.masters.k1", "SSHKey", "UserData"), group],
      },
      { pair: undefined, exists: false, templates: there },
      { create, modify: [template("cp.masters.k1", "UserData"), group] },
    ],
    [
      "of a new cluster is made",
      { create, modify: [] },
      { pair: "new", exists: false, templates: {} },
      { create: [...create, pair("new")], modify: [] },
    ],
  ] as [string, Parameters<typeof withKeyPair>[0], KeyPairFacts, Parameters<typeof withKeyPair>[0]][]) {
    it(what, () => {
      const changes = cloudPart({ ...found, prune: [template("red.k1")] });
      expect(withKeyPair(changes, facts)).to.deep.equal({ ...changes, ...expected });
    });
  }
});

describe("SSH keys in the store", () => {
  const inputs = sampleInputs();
  const with_ = async (...ids: string[]): Promise<string | undefined> => {
    const store = memoryStore();
    for (const id of ids) await store.put(`${inputs.name}/pki/ssh/public/admin/${id}`, "ssh-ed25519 AAAA");
    return await storedSshKey({ store, inputs });
  };

  it("are none or one", async () => {
    expect([await with_(), await with_("8b8a")]).to.deep.equal([undefined, "8b8a"]);
  });

  it("are refused when there are two, by an error that names them and the next command", async () => {
    const error = await with_("8b8a", "5003").then(String, String);
    expect(error)
      .to.contain("8b8a, 5003")
      .and.to.contain(`kops delete sshpublickey ${inputs.name} --state ${inputs.stateStore}`);
  });
});
