import { expect } from "chai";
import { ConfigError, LockedError } from "../../providers/kops/model/errors.ts";
import { snapshotManifests } from "../../providers/kops/store/archive.ts";
import { acquireLock } from "../../providers/kops/store/lock.ts";
import { pilotKeysOf } from "../../providers/kops/store/keys.ts";
import { rejection } from "../local/rejection.ts";
import { textOf } from "./text-of.ts";
import { memoryStore } from "../providers/kops/memory-store.ts";

const cluster = "k1.sbx.example.com";
const progress = { say: () => undefined };
const { signal } = new AbortController();
/** For every lock here. */
const lockLifetime = 200;
const then = new Date("2026-11-20T08:00:00Z");
const now = new Date("2026-11-21T09:00:00Z");
const snapshot = "2026-11-20T08-00-00-000Z";
const keys = [`${cluster}/config`, `${cluster}/instancegroup/nodes`];

const config = (version: string): string =>
  `apiVersion: kops.k8s.io/v1alpha2\nkind: Cluster\nmetadata:\n  name: ${cluster}\nspec:\n  kubernetesVersion: ` +
  `${version}\n`;
const group = (name: string, size: number): string =>
  `apiVersion: kops.k8s.io/v1alpha2\nkind: InstanceGroup\nmetadata:\n  name: ${name}\nspec:\n  maxSize: ${size}\n`;

type Store = ReturnType<typeof memoryStore>;

/** A cluster whose snapshot was followed by changes: another version, a larger group, a new group. */
async function stage(): Promise<{ store: Store; restore: (...words: string[]) => Promise<string> }> {
  const store = memoryStore();
  await store.put(`${cluster}/config`, config("1.33.5"));
  await store.put(`${cluster}/instancegroup/nodes`, group("nodes", 2));
  await snapshotManifests(store, cluster, keys, then);
  await store.put(`${cluster}/config`, config("1.34.3"));
  await store.put(`${cluster}/instancegroup/nodes`, group("nodes", 5));
  await store.put(`${cluster}/instancegroup/gpu`, group("gpu", 1));
  // An archive of an earlier cluster of that name, which is not a snapshot.
  await store.put(
    `${pilotKeysOf(cluster).archive}/2026-10-01T00-00-00-000Z/objects/${cluster}/config`,
    "kind: Cluster",
  );
  return {
    store,
    restore: (...words) =>
      textOf(["restore", "s3://memory", cluster, ...words], {
        by: "kim@desk",
        now,
        progress,
        signal,
        lockLifetime,
        open: () => store,
      }),
  };
}

const differences = [
  "  cluster.kubernetesVersion: 1.34.3 -> 1.33.5",
  "  instanceGroups.nodes.maxSize: 5 -> 2",
  "  instanceGroups.gpu: came later, stays",
].join("\n");

describe("the restore command", () => {
  it("lists snapshots, but no archives of deletions", async () => {
    const { restore } = await stage();
    expect(await restore()).to.equal(
      `${snapshot}\nNext: npx pilot restore [s3://store] cluster [snapshot | latest | backup | folder/] [--yes] [--json]`,
    );
  });

  it("prints the list and the differences as JSON, and writes nothing", async () => {
    const { store, restore } = await stage();
    const before = new Map(store.objects);
    const url = `s3://memory/${pilotKeysOf(cluster).archive}/${snapshot}.yaml`;
    expect(JSON.parse(await restore("--json"))).to.deep.equal([{ name: snapshot, url }]);
    expect(JSON.parse(await restore("latest", "--json"))).to.deep.equal({
      ...{ cluster, snapshot, groupsAddedSince: ["gpu"], keysThatDiffer: [] },
      changes: [
        { key: `${cluster}/config`, differences: ["cluster.kubernetesVersion: 1.34.3 -> 1.33.5"] },
        { key: `${cluster}/instancegroup/nodes`, differences: ["instanceGroups.nodes.maxSize: 5 -> 2"] },
      ],
    });
    expect(store.objects).to.deep.equal(before);
    expect((await rejection(restore("latest", "--json", "--yes"))).message).to.contain("goes without --yes");
  });

  it("shows each property that would change, and writes nothing", async () => {
    const { store, restore } = await stage();
    const before = new Map(store.objects);
    expect(await restore(snapshot)).to.equal(
      `From the live manifests of ${cluster} to those of ${snapshot}:\n${differences}\nNext: npx pilot restore ` +
        `s3://memory ${cluster} ${snapshot} --yes`,
    );
    expect(store.objects).to.deep.equal(before);
  });

  it("restores the manifests, keeps those it replaces, releases the lock, and names the next step", async () => {
    const { store, restore } = await stage();
    const said = await restore("latest", "--yes");
    expect(said).to.contain(differences).and.to.contain("pulumi preview --refresh");
    expect(store.objects.get(`${cluster}/config`)).to.equal(config("1.33.5"));
    expect(store.objects.get(`${cluster}/instancegroup/nodes`)).to.equal(group("nodes", 2));
    expect(store.objects.get(`${cluster}/instancegroup/gpu`)).to.equal(group("gpu", 1));
    expect(store.objects.get(`${pilotKeysOf(cluster).archive}/2026-11-21T09-00-00-000Z.yaml`)).to.equal(
      [config("1.34.3"), group("nodes", 5), group("gpu", 1)].join("\n---\n"),
    );
    expect(await store.get(pilotKeysOf(cluster).lock)).to.equal(undefined);
    expect(await restore(snapshot)).to.contain(`The manifests of ${cluster} are as in ${snapshot}.`);
    // And back to the replaced manifests.
    await restore("2026-11-21T09-00-00-000Z", "--yes");
    expect(store.objects.get(`${cluster}/config`)).to.equal(config("1.34.3"));
  });

  it("is refused while a run holds the lock", async () => {
    const { store, restore } = await stage();
    const lock = await acquireLock({
      store,
      cluster,
      owner: "o/p/s",
      operation: "update",
      timeout: 0,
      signal,
      progress,
      lifetime: lockLifetime,
      host: "elsewhere",
    });
    expect(await rejection(restore(snapshot, "--yes"))).to.be.instanceOf(LockedError);
    expect(store.objects.get(`${cluster}/config`)).to.equal(config("1.34.3"));
    await lock.release();
  });

  it("takes over a dead run's lock from another machine", async () => {
    const { store, restore } = await stage();
    await store.put(
      pilotKeysOf(cluster).lock,
      JSON.stringify({
        id: "1",
        owner: "o/p/s",
        operation: "update",
        host: "elsewhere",
        pid: 1,
        since: "2026-11-21T08:00:00Z",
        renewed: "2026-11-21T08:00:00Z",
      }),
    );
    expect(await restore(snapshot, "--yes")).to.contain(`are those of ${snapshot} again`);
    expect(await store.get(pilotKeysOf(cluster).lock)).to.equal(undefined);
  });

  it("stops if someone writes a manifest between its read and its write", async () => {
    const { store, restore } = await stage();
    const put = store.put.bind(store);
    let changed = false;
    store.put = async (key, body, condition) => {
      if (key.endsWith("/nodes") && !changed) {
        changed = true;
        await put(key, group("nodes", 9));
      }
      return put(key, body, condition);
    };
    const error = await rejection(restore(snapshot, "--yes"));
    expect(error).to.be.instanceOf(LockedError);
    expect(error.message)
      .to.contain(`${cluster}/instancegroup/nodes is not what it was`)
      .and.to.contain(`written back before it: ${cluster}/config`);
    expect(store.objects.get(`${cluster}/instancegroup/nodes`)).to.equal(group("nodes", 9));
  });

  for (const [what, words, says] of [
    ["an unknown snapshot", ["2026-01-01T00-00-00-000Z"], `there are ${snapshot}`],
    ["two snapshots", [snapshot, "latest"], "it takes one snapshot"],
    ["--yes but no snapshot", ["--yes"], "--yes needs the name of a snapshot"],
  ] as const) {
    it(`is refused with ${what}`, async () => {
      const { restore } = await stage();
      const error = await rejection(restore(...words));
      expect(error).to.be.instanceOf(ConfigError);
      expect(error.message).to.contain(says).and.to.contain("npx pilot restore");
    });
  }

  it("includes the additional objects, which kOps keeps in one file", async () => {
    const { store, restore } = await stage();
    const key = `${cluster}/clusteraddons/default`;
    const objects = (cpu: number): string =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  cpu: "${cpu}"\n\n---\n\napiVersion: v1\nkind: Secret\n`;
    await store.put(key, objects(1));
    await snapshotManifests(store, cluster, [...keys, key], then);
    await store.put(key, objects(2));
    expect(await restore(snapshot)).to.contain("  additional object ConfigMap a: data.cpu: 2 -> 1");
    await restore(snapshot, "--yes");
    expect((await store.get(key))?.body).to.equal(objects(1));
  });
});
