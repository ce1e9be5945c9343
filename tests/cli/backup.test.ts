import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { listArchives } from "../../providers/kops/delete/deletion-archive.ts";
import { rejection } from "../local/rejection.ts";
import { memoryStore } from "../providers/kops/memory-store.ts";
import { textOf } from "./text-of.ts";

const cluster = "k1.sbx.example.com";
const now = new Date("2026-11-30T12:00:00Z");
const name = "2026-11-30T12-00-00-000Z-backup";
const config = `apiVersion: kops.k8s.io/v1alpha2
kind: Cluster
metadata: { name: ${cluster} }
spec: { kubernetesVersion: 1.34.3, etcdClusters: [{ name: main }, { name: events, backups: { backupStore: s3://other/x } }] }`;
const nodes = "apiVersion: kops.k8s.io/v1alpha2\nkind: InstanceGroup\nmetadata: { name: nodes }\nspec: { maxSize: 2 }";
const keyset = `${cluster}/pki/private/kubernetes-ca/keyset.yaml`;
const secret = `${cluster}/secrets/dockerconfig`;
const etcd = `${cluster}/backups/etcd/main/2026-11-30T11:00:00Z-000001`;

async function stage() {
  const store = memoryStore();
  for (const [key, body] of [
    [`${cluster}/config`, config],
    [`${cluster}/instancegroup/nodes`, nodes],
    [keyset, "the key of the authority"],
    [secret, "the secret"],
    [`${etcd}/etcd.backup.gz`, "all objects"],
    [`${etcd}/_etcd_backup.meta`, "{}"],
  ] as const)
    await store.put(key, body);
  const run = (...words: string[]): Promise<string> => {
    const [command = "", ...more] = words;
    return textOf([command, "s3://memory", cluster, ...more], {
      ...{ by: "kim@desk", now, open: () => store, lockLifetime: 50 },
      progress: { say: () => undefined },
    });
  };
  return { store, run };
}

describe("a backup", () => {
  it("has manifests, keys and secrets, names the newest etcd backup, and prints no secret", async () => {
    const { store, run } = await stage();
    const before = new Map(store.objects);
    const text = await run("backup");
    expect(text)
      .to.contain(`4 objects of ${cluster} are in s3://memory/_pilot/${cluster}/archive/${name}/`)
      .and.to.contain("etcd main: newest backup 2026-11-30T11:00:00Z-000001, in s3://memory/")
      .and.to.contain("etcd events: in s3://other/x, which is not looked at")
      .and.to.contain("volumes")
      .and.not.to.match(/the key|the secret/);
    const added = [...store.objects.keys()].filter((key) => !before.has(key));
    expect(added).to.have.length(5).and.to.include(`_pilot/${cluster}/archive/${name}/objects/${keyset}`);
    expect((await listArchives(store, now)).archives, "archives of deletions").to.deep.equal([]);
  });

  it("is not complete if somebody changes the cluster meanwhile", async () => {
    const { store, run } = await stage();
    const copy = store.copy.bind(store);
    store.copy = async (from, to) => {
      await copy(from, to);
      if (from === keyset) await store.put(secret, "another");
    };
    expect((await rejection(run("backup"))).message).to.match(
      /is not complete[^]*meanwhile: \S+\/secrets\/dockerconfig/,
    );
    expect(JSON.parse(await run("restore", "--json"))).to.deep.equal([]);
  });

  it("brings back what is gone, leaves keys that differ, and also a cluster whose folder is gone", async () => {
    const { store, run } = await stage();
    await run("backup");
    const whole = new Map([...store.objects].filter(([key]) => !key.startsWith("_pilot/")));
    await store.put(`${cluster}/instancegroup/nodes`, nodes.replace("maxSize: 2", "maxSize: 5"));
    await store.put(keyset, "a newer key");
    await store.delete(secret);
    const shown = await run("restore", name);
    expect(shown)
      .to.contain("instanceGroups.nodes.maxSize: 5 -> 2")
      .and.to.contain(`${secret}: nothing -> as it was`)
      .and.to.contain(`${keyset}: differs, stays`)
      .and.not.to.match(/the key|the secret|newer key/);
    await run("restore", name, "--yes");
    expect(store.objects.get(secret)).to.equal("the secret");
    expect(store.objects.get(keyset)).to.equal("a newer key");

    for (const key of whole.keys()) await store.delete(key);
    await run("restore", name, "--yes");
    for (const [key, body] of whole) if (!key.includes("/backups/")) expect(store.objects.get(key), key).to.equal(body);
    expect(await run("restore", name)).to.contain(`The manifests of ${cluster} are as in ${name}.`);
  });

  it("in a folder is readable for its owner alone, and can be restored from there", async () => {
    const { store, run } = await stage();
    const parent = await mkdtemp(join(tmpdir(), "pilot-backup-"));
    const folder = join(parent, "k1");
    try {
      await run("backup", "--out", folder);
      const file = join(folder, "objects", keyset);
      expect(await readFile(file, "utf8")).to.equal("the key of the authority");
      expect([(await stat(file)).mode & 0o777, (await stat(folder)).mode & 0o777]).to.deep.equal([0o600, 0o700]);
      await store.delete(keyset);
      await run("restore", folder, "--yes");
      expect(store.objects.get(keyset)).to.equal("the key of the authority");
      expect((await rejection(run("backup", "--out", folder))).message).to.contain("is not empty");
      expect((await rejection(run("restore", parent))).message).to.contain("is no backup");
    } finally {
      await rm(parent, { recursive: true });
    }
  });
});
