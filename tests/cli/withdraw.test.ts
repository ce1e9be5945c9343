import { expect } from "chai";
import yaml from "js-yaml";
import { inputsOf, leastManifest, refuseWithdrawal } from "../../providers/kops/delete/withdrawal.ts";
import type { Withdrawal } from "../../providers/kops/delete/withdrawal.ts";
import { ConfigError } from "../../providers/kops/model/errors.ts";
import { JournalWriter } from "../../providers/kops/store/journal.ts";
import type { Journal } from "../../providers/kops/store/journal.ts";
import { pilotKeysOf } from "../../providers/kops/store/keys.ts";
import { rejection } from "../local/rejection.ts";
import { textOf } from "./text-of.ts";
import { applied, journalOf, operationOf } from "../providers/kops/journals.ts";
import { memoryStore } from "../providers/kops/memory-store.ts";

const cluster = "k1.sbx.example.com";
const begun: Partial<Journal> = {
  origin: "made",
  kops: { version: "1.35.0" },
  identity: { region: "ap-southeast-2" },
  operation: operationOf("create", "SpecWritten", "CloudApplied"),
};
const adopting: Partial<Journal> = { origin: "adopted", operation: operationOf("create", "Adopted", "Validated") };

describe("the withdraw command", () => {
  const refused: [string, Partial<Journal>, Partial<Withdrawal>, RegExp | undefined][] = [
    ["an unfinished create", begun, {}, undefined],
    ["an unfinished create whose owner is repeated", begun, { owner: "o/p/s" }, undefined],
    [
      "an unfinished create of a foreign owner",
      begun,
      { owner: "o/p/other" },
      /belongs to o\/p\/s, not to o\/p\/other/,
    ],
    [
      "a protected cluster",
      { ...begun, deletionProtection: true },
      {},
      /is protected[^]*deletionProtection: false and run `pulumi up`/,
    ],
    [
      "a protected cluster, even if its name is repeated",
      { ...begun, deletionProtection: true },
      { living: cluster },
      /is protected/,
    ],
    ["an unfinished deletion", { applied, operation: operationOf("delete", "Archived") }, {}, undefined],
    [
      "an existing cluster",
      { applied },
      {},
      /may run, and is not withdrawn[^]*take its file out and run `pulumi up`[^]*--living k1\.sbx\.example\.com/,
    ],
    [
      "a cluster in the middle of a change",
      { applied, operation: operationOf("update", "SpecWritten") },
      {},
      /may run[^]*update begun/,
    ],
    ["an existing cluster, even if its name is repeated", { applied }, { living: cluster }, undefined],
    [
      "an existing cluster, even if another name is repeated",
      { applied },
      { living: "k2.sbx.example.com" },
      /repeats another name/,
    ],
    ["an adoption without changes", adopting, {}, /npx pilot forget s3:\/\/memory k1\.sbx\.example\.com/],
    [
      "an adoption that changes the cluster",
      { ...adopting, operation: operationOf("create", "SpecWritten") },
      {},
      /finish the adoption by `pulumi up`/,
    ],
    [
      "what an older program began",
      { operation: operationOf("create", "SpecWritten") },
      {},
      /older program[^]*--living/,
    ],
  ];
  for (const [what, changes, words, why] of refused) {
    it(`${why === undefined ? "deletes" : "refuses"} ${what}`, () => {
      const act = (): void => {
        refuseWithdrawal(journalOf(changes), { store: "s3://memory", ...words });
      };
      if (why === undefined) act();
      else expect(act).to.throw(ConfigError, why);
    });
  }

  const stage = async (
    changes?: Partial<Journal>,
  ): Promise<{ store: ReturnType<typeof memoryStore>; run: (...words: string[]) => Promise<string> }> => {
    const store = memoryStore();
    if (changes) await new JournalWriter(store, cluster, undefined).write(journalOf(changes));
    return {
      store,
      run: (...words) =>
        textOf(["withdraw", "s3://memory", cluster, ...words], {
          by: "kim@desk",
          progress: { say: () => undefined },
          signal: new AbortController().signal,
          lockLifetime: 200,
          env: {},
          open: () => store,
        }),
    };
  };

  it("deletes only if the owner is repeated, and prints the whole command", async () => {
    const { store, run } = await stage(begun);
    const error = await rejection(run("--yes", "--profile", "prod"));
    expect(error)
      .to.be.instanceOf(ConfigError)
      .with.property("message")
      .that.contains(`npx pilot withdraw s3://memory ${cluster} --owner o/p/s --yes --profile prod`);
    expect(store.objects.has(pilotKeysOf(cluster).journal)).to.equal(true);
  });

  it("finds nothing in an empty folder, removes a dead run's lock, and keeps clusters of plain kOps", async () => {
    const { store, run } = await stage();
    await store.put(
      pilotKeysOf(cluster).lock,
      JSON.stringify({
        id: "1",
        owner: "o/p/s",
        operation: "create",
        host: "elsewhere",
        pid: 1,
        since: "2026-11-23T09:00:00Z",
        renewed: "2026-11-23T09:00:00Z",
      }),
    );
    expect(await run()).to.contain("there is nothing to withdraw");
    expect(store.objects.size, "a look changes nothing").to.equal(1);
    expect(await run("--owner", "o/p/s", "--yes")).to.contain("there is nothing to withdraw");
    expect([...store.objects.keys()]).to.deep.equal([]);
    store.objects.set(`${cluster}/config`, "kind: Cluster");
    expect(await rejection(run()))
      .to.be.instanceOf(ConfigError)
      .with.property("message")
      .that.contains("this program did not make it");
  });

  it("asks for the kOps version if nothing records it, and prints its usage for invalid arguments", async () => {
    const { run } = await stage({
      origin: "made",
      identity: { region: "ap-southeast-2" },
      operation: operationOf("create", "SpecWritten"),
    });
    expect(await rejection(run()))
      .to.be.instanceOf(ConfigError)
      .with.property("message")
      .that.contains("--kops-version");
    expect(await rejection(run("--force")))
      .to.be.instanceOf(ConfigError)
      .with.property("message")
      .that.contains("npx pilot withdraw [s3://store] cluster");
  });

  it("deletes what was last applied, as the cluster's own identity, with the cluster's kOps", () => {
    const told = { kopsVersion: "1.35.0", cluster: { networkID: "vpc-1" }, instanceGroups: { nodes: {} } };
    const journal = journalOf({
      ...begun,
      lastApplied: told,
      kops: { version: "1.35.0", featureFlags: ["APIServerNodes"] },
    });
    const made = inputsOf(journal, {
      store: "s3://memory",
      identity: { region: "ap-southeast-2", profile: "prod" },
      kopsVersion: "1.35.0",
    });
    expect(made).to.deep.include({
      name: cluster,
      owner: "o/p/s",
      stateStore: "s3://memory",
      profile: "prod",
      cluster: told.cluster,
      instanceGroups: told.instanceGroups,
      featureFlags: ["APIServerNodes"],
    });
    expect(made).not.to.have.property("assumeRole");
  });

  it("uses the smallest manifest that kOps can delete: its name, its folder, and a zone of its region", () => {
    const { metadata, spec } = yaml.load(
      leastManifest({ cluster, store: "s3://memory/", zone: "ap-southeast-2b" }),
    ) as { metadata: unknown; spec: unknown };
    expect(metadata).to.deep.equal({ name: cluster });
    expect(spec).to.deep.equal({
      cloudProvider: "aws",
      configBase: `s3://memory/${cluster}`,
      subnets: [{ name: "ap-southeast-2b", type: "Private", zone: "ap-southeast-2b" }],
    });
  });
});
