import { expect } from "chai";
import { deleteWith } from "../../../../providers/kops/delete/delete.ts";
import type { Cloud } from "../../../../providers/kops/delete/sweep.ts";
import { ConfigError } from "../../../../providers/kops/model/errors.ts";
import type { KopsClusterInputs } from "../../../../providers/kops/index.ts";
import type { Journal } from "../../../../providers/kops/store/journal.ts";
import { kopsKeysOf, pilotKeysOf } from "../../../../providers/kops/store/keys.ts";
import { rejection } from "../../../local/rejection.ts";
import { sampleInputs } from "../samples.ts";
import { ClusterStage } from "../stage.ts";

const { name } = sampleInputs();
const keys = kopsKeysOf(name);
const { archive, history, lock } = pilotKeysOf(name);

/** With nothing in it that stands in the way of a deletion, or is left by kOps. */
const emptyCloud: Cloud = { list: () => Promise.resolve([]), remove: () => Promise.resolve() };

describe("a deletion", () => {
  let stage: ClusterStage;
  afterEach(() => stage.end());
  const begin = async (changes: Partial<KopsClusterInputs> = {}, journal: Partial<Journal> = {}): Promise<void> => {
    stage = await ClusterStage.begin(changes);
    await stage.lives(stage.inputs, journal);
  };
  const destroy = (): Promise<void> => stage.perform("delete", (operation) => deleteWith(operation, {}, emptyCloud));
  const at = (event: string): number => {
    const found = stage.events.findIndex((one) => one.startsWith(event));
    expect(found, `${event}, in:\n${stage.events.join("\n")}`).to.be.at.least(0);
    return found;
  };

  for (const [by, inputs, journal, reason] of [
    [
      "that Pulumi's state has as protected",
      { deletionProtection: true },
      {},
      "deletionProtection is true in Pulumi's state",
    ],
    [
      "that the journal has as protected",
      {},
      { deletionProtection: true },
      "deletionProtection is true in the journal",
    ],
    ["of another owner", {}, { owner: "somebody/else" }, "somebody/else"],
    [
      "of another owner, whom it would be taken from by adopt",
      { adopt: true },
      { owner: "somebody/else" },
      "somebody/else",
    ],
  ] as [string, Partial<KopsClusterInputs>, Partial<Journal>, string][]) {
    it(`touches no cluster ${by}`, async () => {
      await begin(inputs, journal);
      const before = new Map(stage.store.objects);
      expect(await rejection(destroy()))
        .to.be.instanceOf(ConfigError)
        .with.property("message")
        .that.contains(reason);
      expect(stage.events).to.deep.equal([]);
      expect([...stage.store.objects].filter(([key]) => key !== lock)).to.deep.equal([...before]);
    });
  }

  it("deletes nothing when its blockers cannot be checked", async () => {
    await begin();
    const blind: Cloud = { ...emptyCloud, list: () => Promise.reject(new Error("not allowed")) };
    expect((await rejection(stage.perform("delete", (operation) => deleteWith(operation, {}, blind)))).message)
      .to.contain("could not be checked")
      .and.to.contain("not allowed");
    expect(stage.events).to.deep.equal([]);
  });

  it("archives manifests and keys, then lets kOps delete, and removes the journal last", async () => {
    await begin();
    await destroy();
    const order = [`copy ${keys.ca}`, `write ${archive}/`, "kops delete cluster --yes", "remove the journal"].map(at);
    expect(order).to.deep.equal([...order].sort((a, b) => a - b));
    expect(stage.events.at(-1)).to.equal("remove the journal");
    const others = [...stage.store.objects.keys()].filter(
      (key) => !key.startsWith(`${archive}/`) && !key.startsWith(history),
    );
    expect(others).to.deep.equal([]);
    expect([...stage.store.objects.keys()].filter((key) => key.endsWith(keys.ca))).to.have.length(1);
  });

  it("that kOps does not finish stays in the journal, with all that the next run needs", async () => {
    await begin();
    stage.meanwhile = ([verb, what]) => {
      if (verb === "delete" && what === "cluster") throw new Error("kOps's reason");
    };
    expect((await rejection(destroy())).message).to.equal("kOps's reason");
    const journal = await stage.readJournal();
    expect(journal?.operation).to.deep.include({ verb: "delete", error: "kOps's reason" });
    expect(journal?.deletion?.begun).to.be.a("string");
    expect(stage.store.objects.has(keys.config)).to.equal(true);
    stage.meanwhile = () => undefined;
    await destroy();
    expect(await stage.readJournal()).to.equal(undefined);
  });
});
