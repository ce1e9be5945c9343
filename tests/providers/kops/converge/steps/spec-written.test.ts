import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import yaml from "js-yaml";
import { z } from "zod";
import { writeManifests } from "../../../../../providers/kops/converge/steps/spec-written.ts";
import type { KopsClusterInputs } from "../../../../../providers/kops/index.ts";
import type { Operation } from "../../../../../providers/kops/operation/operation.ts";
import { desiredSpec, digestOf } from "../../../../../providers/kops/model/spec.ts";
import { sshKeyId } from "../../../../../providers/kops/model/ssh-keys.ts";
import { additionalIn } from "../../../../../providers/kops/model/additional-objects.ts";
import { kopsKeysOf } from "../../../../../providers/kops/store/keys.ts";
import type { Journal } from "../../../../../providers/kops/store/journal.ts";
import { manifestEtags } from "../../../../../providers/kops/store/manifests.ts";
import { storedSshKeys } from "../../../../../providers/kops/store/ssh-keys.ts";
import { sshKeys } from "../../../../ssh-keys.ts";
import { memoryStore } from "../../memory-store.ts";
import { sampleInputs } from "../../samples.ts";

const object = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string() }),
  spec: z.record(z.string(), z.unknown()),
});

describe("the write of manifests and SSH key", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "pilot-write-"));
  });
  after(() => rm(folder, { recursive: true }));

  /**
   * A store with a cluster's journal, where each run writes as `kops replace` does, and is killed at its `killAt`th
   * write or deletion, if at any.
   */
  const seat = () => {
    const store = memoryStore();
    let saved: Journal = { version: 1, cluster: sampleInputs().name, owner: "me", conditions: [], instanceGroups: [] };
    const run = async (changes: Partial<KopsClusterInputs>, killAt = Infinity): Promise<number> => {
      const inputs = sampleInputs(changes);
      let writes = 0;
      const killed =
        <Args extends unknown[], Result>(act: (...args: Args) => Promise<Result>) =>
        async (...args: Args): Promise<Result> => {
          writes += 1;
          if (writes > killAt) throw new Error("killed");
          return await act(...args);
        };
      const put = killed((key: string, body: string) => store.put(key, body));
      const kops = {
        async run({ args }: { args: string[] }) {
          for (const one of yaml.loadAll(await readFile(args.at(-1) ?? "", "utf8"))) {
            const { kind, metadata, spec } = object.parse(one);
            const publicKey = z.string().catch("").parse(spec["publicKey"]);
            const key =
              kind === "Cluster"
                ? "config"
                : kind === "InstanceGroup"
                  ? `instancegroup/${metadata.name}`
                  : `pki/ssh/public/admin/${sshKeyId(publicKey) ?? ""}`;
            await put(`${inputs.name}/${key}`, yaml.dump(one));
          }
        },
      };
      const journal = structuredClone(saved);
      const save = killed(() => {
        saved = structuredClone(journal);
        return Promise.resolve();
      });
      const context = {
        inputs,
        folder,
        kops,
        store: { ...store, put, delete: killed((key: string) => store.delete(key)) },
        progress: { say: () => undefined },
        log: { write: () => undefined },
      };
      await writeManifests(
        { context, journal, digest: digestOf(desiredSpec(inputs)), save } as unknown as Operation,
        [],
        await manifestEtags(store, inputs.name),
      );
      await save();
      return writes;
    };
    return { run, store, keys: () => storedSshKeys(store, sampleInputs().name), journal: () => saved };
  };
  const id = (key: keyof typeof sshKeys): string | undefined => sshKeyId(sshKeys[key].text);
  const with_ = (key: keyof typeof sshKeys): Partial<KopsClusterInputs> => ({ sshPublicKeys: [sshKeys[key].text] });

  it("leaves the desired additional objects after a kill at any point, and none of its own that are not desired", async () => {
    const key = kopsKeysOf(sampleInputs().name).additional;
    const having = (...names: string[]): Partial<KopsClusterInputs> => ({
      additionalObjects: names.map((name) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name } })),
    });
    const changes: [Partial<KopsClusterInputs>, Partial<KopsClusterInputs>][] = [
      [{}, having("a")],
      [having("a", "b"), having("b", "c")],
      [having("a"), {}],
      [having("a"), { additionalObjects: [] }],
    ];
    for (const [from, to] of changes) {
      for (let killAt = 0, whole = false; !whole; killAt += 1) {
        const { run, store, journal } = seat();
        await run(from);
        whole = await run(to, killAt).then(
          () => true,
          () => false,
        );
        await run(to);
        const there = additionalIn((await store.get(key))?.body ?? "");
        expect(there, `killed at ${killAt}`).to.deep.equal(to.additionalObjects ?? []);
        expect(journal().additionalObjects).to.equal(there.length > 0 ? true : undefined);
        expect(await run(to), "nothing but the journal").to.equal(1);
      }
    }
  });

  it("removes additional objects that an interrupted run wrote, if they are no longer desired", async () => {
    const key = kopsKeysOf(sampleInputs().name).additional;
    const additionalObjects = [{ apiVersion: "v1", kind: "ConfigMap" }];
    for (let killAt = 0, whole = false; !whole; killAt += 1) {
      const { run, store } = seat();
      await run({});
      whole = await run({ additionalObjects }, killAt).then(
        () => true,
        () => false,
      );
      await run({});
      expect(await store.get(key), `killed at ${killAt}`).to.equal(undefined);
    }
  });

  it("leaves additional objects that this program did not write, if none are desired", async () => {
    const { run, store } = seat();
    const key = kopsKeysOf(sampleInputs().name).additional;
    await store.put(key, "apiVersion: v1\nkind: ConfigMap\n");
    await run({});
    await run({ kopsVersion: "1.36.2" });
    expect((await store.get(key))?.body).to.equal("apiVersion: v1\nkind: ConfigMap\n");
  });

  it(
    "is finished by the next run after a kill at any point, with the desired key alone and never two at a " + "time",
    async () => {
      for (const [from, to] of [
        [{}, with_("a")],
        [with_("a"), with_("b")],
        [with_("a"), {}],
      ] as const) {
        for (let killAt = 0, whole = false; !whole; killAt += 1) {
          const { run, keys, journal } = seat();
          await run(from);
          whole = await run(to, killAt).then(
            () => true,
            () => false,
          );
          expect((await keys()).length, `killed at ${killAt}`).to.be.lessThan(2);
          await run(to);
          expect(await keys(), `killed at ${killAt}`).to.deep.equal((to.sshPublicKeys ?? []).map(sshKeyId));
          expect(journal().sshKeys ?? []).to.deep.equal(await keys());
          expect(await run(to), "nothing but the journal").to.equal(1);
        }
      }
    },
  );

  it("keeps a key that somebody else wrote, and replaces it when another is desired", async () => {
    const others = seat();
    await others.run({});
    expect([await others.keys(), others.journal().sshKeys]).to.deep.equal([[], undefined]);
    const one = seat();
    await one.run(with_("rsa"));
    delete one.journal().sshKeys;
    await one.run({});
    expect(await one.keys()).to.deep.equal([id("rsa")]);
    await one.run(with_("b"));
    expect(await one.keys()).to.deep.equal([id("b")]);
  });
});
