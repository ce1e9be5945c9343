import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import {
  archivesIn,
  conditionTypes,
  doneBefore,
  keys,
  memoryStore,
  movedNotes,
  rewrittenJournal,
  rewrittenPause,
  shims,
  snapshotsIn,
  whyLocked,
  writtenLock,
} from "./present.ts";
import { filled, shiftTimes, textOf } from "./template.ts";
import type { Fields, Json, Resource } from "./template.ts";

const root = join(import.meta.dirname, "..", "..");
const cluster = "k1.sbx.pilot.internal";
const files = [
  "archive.json",
  "every-key.json",
  "interrupted-state.json",
  "interrupted.json",
  "journal.json",
  "previewed.json",
  "state.json",
];

const read = async <T = Fields>(name: string): Promise<T> =>
  JSON.parse(await readFile(join(import.meta.dirname, name), "utf8")) as T;

interface EveryKey {
  journal: { operation: { steps: { name: string }[] }; conditions: { type: string }[] } & Fields;
  stepsOfDeletion: string[];
  lock: Fields;
  pause: Fields;
  moved: Fields;
  arrived: Fields;
  places: Record<string, string>;
  shims: Record<string, string>;
}
const everyKey = (): Promise<EveryKey> => read<EveryKey>("every-key.json");

/** A store with these objects, by key. */
async function storeOf(objects: Record<string, Json>): Promise<ReturnType<typeof memoryStore>> {
  const store = memoryStore();
  for (const [key, value] of Object.entries(objects))
    await store.put(key, typeof value === "string" ? value : JSON.stringify(value, null, 2));
  return store;
}

/** With any value in place of those that only the cloud knows it was recorded on. */
function anyhow<T extends Json>(template: T): T {
  const values = new Map<string, string>();
  for (const [, name = ""] of JSON.stringify(template).matchAll(/\{\{([^{}]+)\}\}/g)) values.set(name, name);
  return filled(template, values);
}

/** All that a pattern finds in the program, each once. */
async function inProgram(pattern: RegExp): Promise<string[]> {
  const found = new Set<string>();
  for (const folder of ["components", "providers"])
    for (const file of await readdir(join(root, folder), { recursive: true }))
      if (file.endsWith(".ts"))
        for (const [, name = ""] of (await readFile(join(root, folder, file), "utf8")).matchAll(pattern))
          found.add(name);
  return [...found].sort();
}

describe("what an earlier version of this program recorded, as the present one reads it", () => {
  for (const name of ["journal.json", "interrupted.json", "every-key.json"])
    it(`a journal is written back with the same keys and values: ${name}`, async () => {
      const content = await read(name);
      const journal = anyhow((name === "journal.json" ? content : content["journal"]) as Fields);
      const { places } = await everyKey();
      const store = await storeOf({ [places["journal"] ?? ""]: journal });
      const written = await rewrittenJournal(store, cluster);
      expect(JSON.parse(written ?? "")).to.deep.equal(journal);
    });

  it("its steps are known by their names: what ended is not done again, unless a roll was held back", async () => {
    const { journal } = anyhow(await read<{ journal: Fields & { conditions: Fields[] } }>("interrupted.json"));
    const { places } = await everyKey();
    const waits = journal.conditions.map((one) =>
      one["type"] === "ControlPlaneUpToDate" ? { ...one, status: "False" } : one,
    );
    const heldBack = { ...journal, conditions: waits };
    expect(await doneBefore(await storeOf({ [places["journal"] ?? ""]: heldBack }), cluster)).to.deep.equal([
      ...["SpecWritten", "ControlPlaneApplied", "Rolled control-plane-ap-southeast-2a", "Rolled blue"],
    ]);
    expect(await doneBefore(await storeOf({ [places["journal"] ?? ""]: journal }), cluster)).to.deep.equal([
      ...["SpecWritten", "ControlPlaneApplied", "ControlPlaneRolled", "Rolled control-plane-ap-southeast-2a"],
      ...["CloudApplied", "Rolled blue"],
    ]);
  });

  it("its steps and conditions have the names that the program has for them, and no others", async () => {
    const { journal, stepsOfDeletion } = await everyKey();
    const names = [...journal.operation.steps.map(({ name }) => name.replace(/ .*/, "")), ...stepsOfDeletion];
    // One has its name from its group.
    expect(await inProgram(/\.step\(\s*"(\w+)"/g)).to.have.members(
      [...new Set(names)].filter((name) => name !== "Rolled"),
    );
    expect(conditionTypes).to.deep.equal(journal.conditions.map(({ type }) => type));
  });

  it("a lock names its holder, and is written with the same keys", async () => {
    const { lock, places } = await everyKey();
    const key = places["lock"] ?? "";
    const text = JSON.stringify(lock);
    const why = await whyLocked(await storeOf({ [key]: text }), cluster);
    for (const field of ["owner", "operation", "host", "pid", "since"])
      expect(why).to.contain(JSON.stringify(lock[field]).replaceAll('"', ""));
    const written = Object.keys(JSON.parse((await writtenLock(await storeOf({}), cluster)) ?? "") as Fields);
    // Which machine it is can be told on Linux only.
    expect(written).to.include.members(Object.keys(lock).filter((field) => field !== "machine"));
    expect(Object.keys(lock)).to.include.members(written);
  });

  it("a pause, notes of a move and an archive are understood as they are", async () => {
    const { pause, moved, arrived, places } = await everyKey();
    const at = (name: string): string => places[name] ?? "";
    expect(JSON.parse((await rewrittenPause(await storeOf({ [at("pause")]: pause }), cluster)) ?? "")).to.deep.equal(
      pause,
    );
    const store = await storeOf({ [at("movedKey")]: moved, [at("moved")]: moved, [at("arrivedKey")]: arrived });
    expect(await movedNotes(store, cluster)).to.deep.equal({ moved, arrived, to: moved["to"] });
    const { key, contents } = await read<{ key: string; contents: Fields }>("archive.json");
    const [archive, ...others] = await archivesIn(await storeOf({ [key]: contents }));
    expect(archive).to.deep.include({ folder: key.replace(/archive\.json$/, ""), contents });
    expect(others).to.deep.equal([]);
    const { snapshot } = await read<{ snapshot: { key: string; manifests: string } }>("interrupted.json");
    const snapshots = await snapshotsIn(await storeOf({ [snapshot.key]: anyhow(snapshot.manifests) }), cluster);
    expect(snapshots).to.deep.equal({
      [snapshot.key]: ["config", "instancegroup/blue", "instancegroup/control-plane-ap-southeast-2a"]
        .concat("instancegroup/green")
        .map((one) => `${cluster}/${one}`),
    });
  });

  it("lies where the program looks for it", async () => {
    // Those of an earlier version, and the history.
    const { history, ...places } = keys(cluster);
    expect(places).to.deep.equal((await everyKey()).places);
    expect(history).to.equal(`_pilot/${cluster}/history/`);
  });

  it("a provider in Pulumi's state is loaded by the bytes that the program would store", async () => {
    const digests = (await everyKey()).shims;
    const digest = (text: string): string => createHash("sha256").update(text).digest("hex");
    expect({ cluster: digest(shims.cluster), store: digest(shims.store) }).to.deep.equal(digests);
    const stored = (await read<(Resource & { inputs?: Fields; outputs?: Fields })[]>("state.json")).flatMap((one) =>
      [one.inputs?.["__provider"], one.outputs?.["__provider"]].filter((text) => text !== undefined),
    );
    expect([...new Set(stored.map((text) => digest(textOf(text))))].sort()).to.deep.equal(
      Object.values(digests).sort(),
    );
  });

  it("has the types that the program registers, each of them", async () => {
    const urns = [
      ...(await read<Resource[]>("state.json")).map(({ urn }) => urn),
      ...Object.values(await read<Record<string, string[]>>("previewed.json")).flat(),
    ];
    const tokens = new Set(urns.map((urn) => urn.replace(/::.*/, "").split("$").at(-1) ?? ""));
    // Types that an earlier version did not have.
    tokens.add("pilot:pipeline:Pipeline");
    const own = [...tokens].filter((token) => /^(pilot|pulumi-nodejs):/.test(token)).sort();
    expect(await inProgram(/\b(?:super\(\s*|\w+Type = )"((?:pilot|pulumi-nodejs):[^"]+)"/g)).to.deep.equal(own);
  });

  it("has nothing of a machine in it, no key, no certificate", async () => {
    const found = (await readdir(import.meta.dirname)).filter((name) => name.endsWith(".json")).sort();
    expect(found).to.deep.equal(files);
    for (const name of files)
      expect(await readFile(join(import.meta.dirname, name), "utf8"), name).not.to.match(
        /-----BEGIN|LS0tLS1|passphrase|4dabf18193072939515e22adb298388d|file:\/|\/tmp\/|\/home\/|\/root\//,
      );
  });
});

describe("moving recorded times", () => {
  it("moves those in texts and in names of files by the same", () => {
    expect(shiftTimes('a/2026-11-30T00-52-45-751Z.yaml at "2026-11-30T00:52:45.751Z"', -1000)).to.equal(
      'a/2026-11-30T00-52-44-751Z.yaml at "2026-11-30T00:52:44.751Z"',
    );
  });
});
