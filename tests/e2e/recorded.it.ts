import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { cluster, makeEnvironment, ownFolder, previewedStacks, stack } from "../recorded/environment.ts";
import type { RecordedEnvironment } from "../recorded/environment.ts";
import { filledWith, valuesOf } from "../recorded/fill.ts";
import { keysOf, scrubbed, shortName, unscrubbed } from "../recorded/template.ts";
import type { Fields, Resource, StackExport } from "../recorded/template.ts";
import { inventory } from "./inventory.ts";
import { unchanged } from "./summary.ts";

const recorded = async <T>(name: string): Promise<T> =>
  JSON.parse(await readFile(join(import.meta.dirname, "..", "recorded", name), "utf8")) as T;

/** A step of an operation, as journals have it. */
interface Step {
  name: string;
  begun: string;
  ended?: string;
}
const stepsIn = (journal: Fields): Step[] => ((journal["operation"] as Fields | undefined)?.["steps"] ?? []) as never;

/** Whether a resource is the program's own, and not one of a plugin of Pulumi's. */
const isOwn = ({ type }: Resource): boolean => /^(pilot|pulumi-nodejs:dynamic|pulumi:pulumi:Stack)/.test(type);

/** Keys that journals got after the recording: the recorded ones, without them, must still work. */
const newer = /^\.(identity\.accountId|rollingUpdate)(\.|$)/;
const journalKeysOf = (journal: Fields): string[] => keysOf(journal).filter((key) => !newer.test(key));

/** Words of the program's own commands: how they are called may change, what they find may not. */
const archiveCommand = (store: string): string[] => ["npx", "--no", "pilot", "archive", store];
const restoreCommand = (store: string, ...words: string[]): string[] => [
  ...["npx", "--no", "pilot", "restore", store, cluster],
  ...words,
];

describe("what an earlier version of this program recorded", function () {
  this.timeout(5 * 60_000);
  let environment: RecordedEnvironment;
  let store: string;

  before(async () => {
    environment = await makeEnvironment();
    await environment.ask("made");
    await environment.pulumi("up", stack);
    store = (await environment.outputs<{ stateStore: { stateStore: string } }>(stack)).stateStore.stateStore;
  });
  after(() => environment.remove());

  const journal = async (): Promise<Fields> =>
    JSON.parse(await environment.read(`${ownFolder}/journal.json`)) as Fields;
  const isReady = ({ conditions }: Fields): boolean =>
    (conditions as Fields[]).some(({ type, status }) => type === "Ready" && status === "True");

  /** Puts a recorded state and its journal in place of those that the present program wrote of the same cluster. */
  async function putBack<T extends { journal: Fields }>(
    parts: T,
    resources: Resource[],
  ): Promise<T & { resources: Resource[] }> {
    const now: StackExport = await environment.export();
    const values = await valuesOf(environment, now.deployment.resources);
    const filled = filledWith({ ...parts, resources }, values);
    await environment.import({ ...now, deployment: { ...now.deployment, resources: unscrubbed(filled.resources) } });
    await environment.put(`${ownFolder}/journal.json`, JSON.stringify(filled.journal, null, 2));
    return filled;
  }

  /**
   * Names of resources and of their properties, whatever the values are. What a plugin of Pulumi's tells, and which
   * version of it is used, is its own matter.
   */
  const namesIn = (resources: readonly Resource[]): string[] =>
    scrubbed(resources)
      .filter(({ type }) => !type.startsWith("pulumi:providers:"))
      .flatMap((one) => keysOf(isOwn(one) ? one : { ...one, outputs: {} }).map((key) => `${one.urn} ${key}`));
  /** New since then: tags at creation, which are ignored in resources that exist; an output; a hook of the engine. */
  const isAdded = (name: string): boolean =>
    [
      /:ec2\/(vpc:Vpc|subnet:Subnet)::\S+ \.inputs\.tags(All)?(\.|$)/,
      /:Stack::\S+ \.outputs\.network\.natAddresses/,
      /:BucketPolicy::\S+-discovery \.resourceHooks(\.|$)/,
    ].some((added) => added.test(name));
  const sameNames = (now: readonly string[], then: readonly string[]): void => {
    const missing = then.filter((name) => !now.includes(name));
    const more = now.filter((name) => !then.includes(name));
    expect({ missing, more }).to.deep.equal({ missing: [], more: [] });
  };

  it("has the names that the present program gives to the same environment: resources, properties, keys", async () => {
    const { resources } = (await environment.export()).deployment;
    const then = unscrubbed(await recorded("state.json"));
    sameNames(resources.map(shortName), then.map(shortName));
    const [names, namesThen] = [namesIn(resources), namesIn(then)];
    const added = names.filter((name) => isAdded(name) && !namesThen.includes(name));
    expect(added.length).to.be.above(0);
    sameNames(
      names.filter((name) => !added.includes(name)),
      namesThen,
    );
    sameNames(journalKeysOf(await journal()), journalKeysOf(await recorded("journal.json")));
    const previewed = await recorded<Record<string, string[]>>("previewed.json");
    for (const name of previewedStacks) sameNames(await environment.previewed(name), previewed[name] ?? []);
  });

  it("is refreshed and previewed without a difference", async () => {
    const then = await putBack({ journal: await recorded<Fields>("journal.json") }, await recorded("state.json"));
    expect((await environment.pulumi("refresh", stack)).output).to.match(unchanged);
    const { resources } = (await environment.export()).deployment;
    const after = new Map(scrubbed(resources).map((one) => [one.urn, one]));
    // Of the others AWS tells more once they are all there.
    const own = then.resources.filter(isOwn);
    expect(own).to.have.length.above(8);
    for (const { urn, outputs } of own) expect(after.get(urn)?.["outputs"], urn).to.deep.equal(outputs);
    await environment.pulumi("preview", stack, "--expect-no-changes");
    expect((await environment.pulumi("up", stack)).output).to.match(unchanged);
    expect(await journal()).to.deep.equal(then.journal);
  });

  it("is changed as what the present program made", async () => {
    const before = await environment.instances();
    await environment.ask("resized");
    await environment.pulumi("up", stack);
    const now = await journal();
    expect(isReady(now)).to.equal(true);
    expect(now).not.to.have.property("operation");
    expect(now["applied"]).to.include({ revision: 2 });
    expect(await environment.instances()).to.deep.equal(before);
    await environment.pulumi("preview", stack, "--refresh", "--expect-no-changes");
  });

  it("and interrupted in the middle of a roll is gone on with where it stopped", async () => {
    await environment.ask("rolled");
    await environment.killedAt("green");
    const mine = await journal();
    const parts = await recorded<{ journal: Fields; lock: Fields }>("interrupted.json");
    sameNames(journalKeysOf(mine), journalKeysOf(parts.journal));
    const lock = JSON.parse(await environment.read(`${ownFolder}/lock.json`)) as Fields;
    sameNames(keysOf(lock), keysOf(parts.lock));

    const later = new Map((await recorded<Resource[]>("interrupted-state.json")).map((one) => [shortName(one), one]));
    const resources = (await recorded<Resource[]>("state.json")).map((one) => later.get(shortName(one)) ?? one);
    const then = await putBack(parts, resources);
    await environment.put(`${ownFolder}/lock.json`, JSON.stringify(then.lock));
    const before = await environment.instances();
    const written = (await environment.versions(`${ownFolder}/journal.json`)).length;
    await environment.pulumi("up", stack);

    const isDone = ({ name, ended }: Step): boolean => ended !== undefined && name !== "Rolled green";
    const done = stepsIn(then.journal).filter(isDone);
    const history = (await environment.versions(`${ownFolder}/journal.json`))
      .slice(written)
      .map((text) => stepsIn(JSON.parse(text) as Fields));
    const all = new Map(history.flat().map((step) => [JSON.stringify([step.name, step.begun]), step.name]));
    for (const { name, begun } of done) expect(all.delete(JSON.stringify([name, begun])), name).to.equal(true);
    expect([...all.values()]).to.deep.equal(["NodesRolled", "Rolled green", "Pruned", "Validated"]);

    const now = await environment.instances();
    const kept = Object.keys(before).filter((name) => !name.startsWith("green."));
    expect(kept.map((name) => now[name])).to.deep.equal(kept.map((name) => before[name]));
    expect(now[`green.${cluster}`]).not.to.deep.equal(before[`green.${cluster}`]);
    expect(isReady(await journal())).to.equal(true);
    expect(await journal()).not.to.have.property("operation");
    await environment.pulumi("preview", stack, "--refresh", "--expect-no-changes");
  });

  it("is listed as an archive, and put back as a snapshot", async () => {
    const archive = await recorded<{ key: string; contents: Fields }>("archive.json");
    await environment.put(archive.key, JSON.stringify(archive.contents, null, 2));
    const listed = (await environment.local(...archiveCommand(store))).output;
    for (const text of [cluster, archive.contents["made"], archive.contents["until"], "objects in"])
      expect(listed).to.contain(text);
    expect(listed).to.contain(archive.key.replace(/archive\.json$/, ""));

    const { snapshot } = await recorded<{ snapshot: { key: string; manifests: string } }>("interrupted.json");
    const values = await valuesOf(environment, (await environment.export()).deployment.resources);
    const name = snapshot.key.replace(/^.*\//, "").replace(/\.yaml$/, "");
    const { manifests } = filledWith({ manifests: snapshot.manifests, journal: await journal() }, values);
    await environment.put(snapshot.key, manifests);
    expect((await environment.local(...restoreCommand(store))).output).to.contain(name);
    await environment.local(...restoreCommand(store, name, "--yes"));
    const put = await Promise.all(
      ["config", "blue", "control-plane-ap-southeast-2a", "green"].map((one) =>
        environment.read(`${cluster}/${one === "config" ? one : `instancegroup/${one}`}`),
      ),
    );
    expect(put.join("\n---\n")).to.equal(manifests);
    const before = await environment.instances();
    await environment.pulumi("up", stack, "--refresh");
    expect(await environment.instances(), "nothing rolls").to.deep.equal(before);
    expect(await environment.read(`${cluster}/instancegroup/green`)).to.contain("t3.xlarge");
  });

  it("is destroyed, and leaves nothing", async () => {
    await environment.pulumi("destroy", stack);
    expect(await inventory(environment.endpoint)).to.deep.equal({});
  });
});
