import { expect } from "chai";
import { removeExpiredArchives } from "../../../../providers/kops/delete/remove-expired-archives.ts";
import {
  addToArchive,
  archiveForDeletion,
  archiveContents,
  backupStoresOf,
  lastBackup,
  listArchives,
  removeExpired,
} from "../../../../providers/kops/delete/deletion-archive.ts";
import { KopsError } from "../../../../providers/kops/model/errors.ts";
import { pilotKeysOf } from "../../../../providers/kops/store/keys.ts";
import { memoryStore } from "../memory-store.ts";
import { fileNameOf } from "../../../../providers/kops/model/durations.ts";

const cluster = "k1.sbx.example.com";
const etcd = `${cluster}/backups/etcd`;
const made = new Date("2026-11-23T09:00:00Z");
const spec = { etcdClusters: [{ name: "main" }, { name: "events" }] };

/** A store with a cluster as kOps leaves it, and what etcd-manager writes beside it. */
function stage(): ReturnType<typeof memoryStore> {
  const store = memoryStore();
  for (const key of [
    `${cluster}/config`,
    `${cluster}/instancegroup/nodes`,
    `${cluster}/pki/private/kubernetes-ca/keyset.yaml`,
    `${cluster}/secrets/dockerconfig`,
    `${cluster}/addons/bootstrap-channel.yaml`,
    `${cluster}/igconfig/node/nodes/nodeupconfig.yaml`,
    `${etcd}/main/control/etcd-cluster-created`,
    ...["2026-11-23T08:00:00Z-000001", "2026-11-23T08:15:00Z-000002"].flatMap((name) => [
      `${etcd}/main/${name}/etcd.backup.gz`,
      `${etcd}/main/${name}/_etcd_backup.meta`,
    ]),
    // Interrupted while it was written.
    `${etcd}/main/2026-11-23T08:30:00Z-000003/etcd.backup.gz`,
    `${pilotKeysOf(cluster).archive}/2026-10-01T00-00-00-000Z.yaml`,
    `${pilotKeysOf(cluster).archive}/2026-12-01T00-00-00-000Z.yaml`,
  ]) {
    store.objects.set(key, key);
  }
  return store;
}

const options = {
  cluster,
  owner: "o/p/s",
  kopsVersion: "1.35.0",
  spec,
  retain: "720h",
  name: fileNameOf(made),
  now: made,
};

describe("the archive of a deleted cluster", () => {
  it(
    "holds everything of the cluster's folder, the name of the last complete backup of each etcd cluster, and its " +
      "end of retention",
    async () => {
      const store = stage();
      const before = [...store.objects.keys()].filter((key) => key.startsWith(`${cluster}/`));
      await archiveForDeletion(store, options);
      const {
        archives: [archive],
      } = await listArchives(store, made);
      const folder = `${pilotKeysOf(cluster).archive}/2026-11-23T09-00-00-000Z/`;
      expect(archive?.folder).to.equal(folder);
      expect(archive?.contents).to.include({
        made: "2026-11-23T09:00:00.000Z",
        until: "2026-12-23T09:00:00.000Z",
        owner: "o/p/s",
        kopsVersion: "1.35.0",
      });
      expect(archive?.contents.etcdBackups).to.deep.equal({
        main: { copied: "2026-11-23T08:15:00Z-000002" },
        events: { none: true },
      });
      const copied = [...store.objects.keys()]
        .filter((key) => key.startsWith(`${folder}objects/`))
        .map((key) => key.slice(`${folder}objects/`.length));
      expect(copied).to.have.members(before);
      expect(archive?.contents.objects).to.have.members(before);
    },
  );

  it("is not overwritten when the deletion is continued and parts of the original are gone", async () => {
    const store = stage();
    await archiveForDeletion(store, options);
    const before = new Map(store.objects);
    store.objects.delete(`${cluster}/config`);
    await archiveForDeletion(store, { ...options, now: new Date("2026-11-24T09:00:00Z") });
    for (const [key, body] of before) if (key.startsWith("_pilot/")) expect(store.objects.get(key), key).to.equal(body);
  });

  it(
    "gets what came into the folder since, when the deletion is continued and before the rest of it is " + "removed",
    async () => {
      const store = stage();
      await archiveForDeletion(store, options);
      const later = [
        `${etcd}/main/2026-11-23T09:15:00Z-000004/etcd.backup.gz`,
        `${etcd}/main/2026-11-23T09:15:00Z-000004/_etcd_backup.meta`,
      ];
      store.objects.set(later[0] ?? "", "first");
      expect((await archiveForDeletion(store, options)).objects).to.include(later[0]);
      store.objects.set(later[1] ?? "", "second");
      expect((await addToArchive(store, cluster, options.name, later))?.objects).to.include.members(later);
      for (const key of later)
        expect(store.objects.get(`${pilotKeysOf(cluster).archive}/${options.name}/objects/${key}`)).to.equal(
          store.objects.get(key),
        );
      expect(await addToArchive(store, cluster, "2027-01-01", later)).to.equal(undefined);
    },
  );

  it("is removed when it expires, with the manifests of earlier changes but not of later ones", async () => {
    const store = stage();
    await archiveForDeletion(store, options);
    expect((await removeExpired(store, new Date("2026-12-23T08:59:59Z"))).removed).to.deep.equal([]);
    expect((await removeExpired(store, new Date("2026-12-23T09:00:00Z"))).removed).to.have.length(1);
    expect([...store.objects.keys()].filter((key) => key.startsWith("_pilot/"))).to.deep.equal([
      `${pilotKeysOf(cluster).archive}/2026-12-01T00-00-00-000Z.yaml`,
    ]);
  });

  it(
    "is skipped when it cannot be read (of another account, corrupt or newer), and does not stop the removal of " +
      "others",
    async () => {
      const store = stage();
      await archiveForDeletion(store, options);
      const [denied, corrupt, newer] = [
        "another.sbx.example.com",
        "corrupt.sbx.example.com",
        "newer.sbx.example.com",
      ].map((name) => `${pilotKeysOf(name).archive}/x/`);
      store.objects.set(`${denied ?? ""}archive.json`, "{}");
      store.objects.set(`${corrupt ?? ""}archive.json`, "{");
      store.objects.set(
        `${newer ?? ""}archive.json`,
        store.objects
          .get(`${pilotKeysOf(cluster).archive}/${options.name}/archive.json`)
          ?.replace('"version": 1', '"version": 2') ?? "",
      );
      const get = store.get.bind(store);
      store.get = (key) =>
        key === `${denied ?? ""}archive.json`
          ? Promise.reject(new KopsError({ what: `Could not read ${key}`, why: "Access Denied", next: "" }))
          : get(key);

      const said: string[] = [];
      await removeExpiredArchives(store, { say: (text) => said.push(text) }, new Date("2026-12-23T09:00:00Z"));
      expect([...store.objects.keys()].filter((key) => key.startsWith("_pilot/"))).to.have.members([
        `${pilotKeysOf(cluster).archive}/2026-12-01T00-00-00-000Z.yaml`,
        ...[denied, corrupt, newer].map((folder) => `${folder ?? ""}archive.json`),
      ]);
      expect(said.join("\n")).to.contain(`removed an expired archive: s3://memory/${pilotKeysOf(cluster).archive}/`);
      expect(said.at(-1))
        .to.contain(`s3://memory/${denied ?? ""} (Access Denied)`)
        .and.to.contain(`s3://memory/${corrupt ?? ""} (`)
        .and.to.match(/newer\.sbx\S+ \(.*version/)
        .and.to.contain("npx pilot archive s3://memory");
    },
  );

  it("does not fail a deletion when it cannot be removed or listed: that is a warning with the next command", async () => {
    const store = stage();
    await archiveForDeletion(store, options);
    const refused = (): Promise<never> =>
      Promise.reject(new KopsError({ what: "Could not do it", why: "Access Denied", next: "" }));
    const said: string[] = [];
    store.delete = refused;
    await removeExpiredArchives(store, { say: (text) => said.push(text) }, new Date("2026-12-23T09:00:00Z"));
    store.list = refused;
    await removeExpiredArchives(store, { say: (text) => said.push(text) }, new Date("2026-12-23T09:00:00Z"));
    expect(said).to.have.length(2);
    for (const line of said)
      expect(line).to.match(
        /^warning: expired archives could not be .*Access Denied.*next: npx pilot archive s3:\/\/memory --purge-expired$/,
      );
  });
});

describe("etcd backups", () => {
  it("in a bucket of their own stay there: kOps does not delete those", () => {
    const elsewhere = { etcdClusters: [{ name: "main", backups: { backupStore: "s3://backups/k1" } }] };
    expect(backupStoresOf(cluster, elsewhere, "s3://memory")).to.deep.equal({ main: { elsewhere: "s3://backups/k1" } });
    expect(archiveContents(cluster, [], elsewhere, "s3://memory").etcdBackups).to.deep.equal({
      main: { stays: "s3://backups/k1" },
    });
  });
  it("in another folder of the cluster are found there", () => {
    const moved = { etcdClusters: [{ name: "main", backups: { backupStore: `s3://memory/${cluster}/other` } }] };
    expect(backupStoresOf(cluster, moved, "s3://memory/")).to.deep.equal({ main: { prefix: `${cluster}/other/` } });
  });
  it("that are incomplete do not count", () => {
    expect(
      lastBackup([`${etcd}/main/a/etcd.backup.gz`, `${etcd}/main/control/etcd-cluster-created`], `${etcd}/main/`),
    ).to.equal(undefined);
  });
});
