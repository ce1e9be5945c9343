import { expect } from "chai";
import { removeCluster } from "../../../../providers/kops/delete/delete.ts";
import { removalProblems } from "../../../../providers/kops/delete/own-folder.ts";
import type { FolderRemoval } from "../../../../providers/kops/delete/own-folder.ts";
import { ConfigError, KopsError } from "../../../../providers/kops/model/errors.ts";
import type { Kops } from "../../../../providers/kops/kops-cli/kops.ts";
import { Operation } from "../../../../providers/kops/operation/operation.ts";
import type { OperationContext } from "../../../../providers/kops/operation/context.ts";
import { JournalWriter, readJournal } from "../../../../providers/kops/store/journal.ts";
import { acquireLock } from "../../../../providers/kops/store/lock.ts";
import { rejection } from "../../../local/rejection.ts";
import { memoryStore } from "../memory-store.ts";
import { sampleInputs } from "../samples.ts";
import { followDelete } from "../../../../providers/kops/kops-cli/output/delete-cluster.ts";
import { etcdIsLost } from "../../../../providers/kops/delete/recover-from-deletion.ts";
import { taggedSharedSubnets, restorationOf } from "../../../../providers/kops/aws/tag-restoration.ts";

const name = "k1.example.com";
const nothingLeft = { list: () => Promise.resolve([]), remove: () => Promise.resolve() };

describe("a deletion that would remove more than the cluster's own folder", () => {
  const store = "s3://state/kops/";
  const own = `s3://state/kops/${name}`;
  const problems = (spec: Record<string, unknown>, more: Partial<FolderRemoval> = {}): string[] =>
    removalProblems({ name, store, spec, keys: [], others: [], ...more });

  const fine: [string, Record<string, unknown>, Partial<FolderRemoval>?][] = [
    ["nothing is said of places", {}],
    ["all lies in its own folder", { configBase: `${own}/`, keyStore: `${own}/pki`, secretStore: `${own}/secrets` }],
    ["discovery documents carry its name", { serviceAccountIssuerDiscovery: { discoveryStore: `s3://oidc/${name}` } }],
    [
      "discovery documents are its own alone",
      { serviceAccountIssuerDiscovery: { discoveryStore: "s3://oidc" } },
      {
        others: [
          {
            name: "k2.example.com",
            cluster: { serviceAccountIssuerDiscovery: { discoveryStore: "s3://oidc/k2.example.com" } },
          },
        ],
      },
    ],
    [
      "backups lie elsewhere, which kOps leaves there",
      { etcdClusters: [{ name: "main", backups: { backupStore: "s3://backups/k2.example.com" } }] },
    ],
    [
      "a group is called config",
      {},
      { keys: [`${name}/config`, `${name}/instancegroup/config`, `${name}/addons/a.addons.k8s.io/v1.yaml`] },
    ],
  ];
  for (const [what, spec, more] of fine) {
    it(`is none where ${what}`, () => {
      expect(problems(spec, more)).to.deep.equal([]);
    });
  }

  const foreign: [string, Record<string, unknown>, Partial<FolderRemoval>, string][] = [
    [
      "its config base is another cluster's",
      { configBase: "s3://state/kops/k2.example.com" },
      {},
      `configBase is s3://state/kops/k2.example.com, not in the cluster's own folder ${own}: kOps would remove ` +
        "everything in it",
    ],
    [
      "its config base is that of the store",
      { configBase: "s3://state/kops" },
      {},
      "configBase is s3://state/kops, not in",
    ],
    ["its config base only begins with its name", { configBase: `${own}.old` }, {}, `configBase is ${own}.old, not in`],
    ["its keys lie elsewhere", { keyStore: `s3://keys/${name}` }, {}, `keyStore is s3://keys/${name}, not in`],
    ["its secrets lie elsewhere", { secretStore: "s3://secrets" }, {}, "secretStore is s3://secrets, not in"],
    [
      "its discovery documents are another's by their name",
      { serviceAccountIssuerDiscovery: { discoveryStore: "s3://oidc/k2.example.com" } },
      {},
      "serviceAccountIssuerDiscovery.discoveryStore s3://oidc/k2.example.com lies in the folder of another " +
        "cluster, k2.example.com",
    ],
    [
      "its discovery documents are another's, too",
      { serviceAccountIssuerDiscovery: { discoveryStore: "s3://oidc" } },
      {
        others: [
          { name: "k2.example.com", cluster: { serviceAccountIssuerDiscovery: { discoveryStore: "s3://oidc/" } } },
        ],
      },
      "serviceAccountIssuerDiscovery.discoveryStore s3://oidc is also a place of another cluster, k2.example.com",
    ],
    [
      "another cluster lies inside",
      {},
      { keys: [`${name}/config`, `${name}/k2.example.com/config`] },
      `the folder of cluster k2.example.com lies inside ${own}`,
    ],
  ];
  for (const [what, spec, more, expected] of foreign) {
    it(`is refused where ${what}`, () => {
      const found = problems(spec, more);
      expect(found).to.have.length(1);
      expect(found[0]).to.contain(expected);
    });
  }
});

describe("a deletion that kOps reports as done while the cluster's manifest exists", () => {
  const inputs = sampleInputs({ name });
  const config = `${name}/config`;

  /** A cluster in a store, and a kOps that takes its manifest away only when it is told to. */
  function stage(deletion = { retain: "0s" }): {
    store: ReturnType<typeof memoryStore>;
    kops: { deletes: boolean; runs: number };
    remove: () => Promise<void>;
  } {
    const store = memoryStore();
    store.objects.set(config, "kind: Cluster\nspec: {}\n");
    store.objects.set(`${name}/instancegroup/nodes`, "kind: InstanceGroup\nspec: {}\n");
    const kops = { deletes: false, runs: 0 };
    const run = (): Promise<unknown> => {
      kops.runs += 1;
      if (kops.deletes) store.objects.delete(config);
      return Promise.resolve({ exitCode: 0, stdout: "", stderr: "" });
    };
    const progress = { say: () => undefined };
    const { signal } = new AbortController();
    const log = {
      path: "the log",
      write: () => undefined,
      redact: (text: string) => text,
      close: () => Promise.resolve(),
    };
    const context: OperationContext = {
      inputs: { ...inputs, deletion },
      store,
      kops: { run } as unknown as Kops,
      folder: "",
      progress,
      log,
      listeners: new Set(),
      readers: new Set(),
      signal,
      env: {},
    };
    const remove = async (): Promise<void> => {
      const lock = await acquireLock({
        store,
        cluster: name,
        owner: inputs.owner,
        operation: "delete",
        timeout: 0,
        signal,
        progress,
      });
      try {
        await removeCluster(await Operation.begin(context, "delete", lock), nothingLeft);
      } finally {
        await lock.release();
      }
    };
    return { store, kops, remove };
  }

  it("fails, and the next run asks kOps again and ends it", async () => {
    const { store, kops, remove } = stage();
    await new JournalWriter(store, name, undefined).write({
      version: 1,
      cluster: name,
      owner: inputs.owner,
      conditions: [],
      instanceGroups: [],
    });
    for (const runs of [1, 2]) {
      expect(await rejection(remove()))
        .to.be.instanceOf(KopsError)
        .with.property("message")
        .that.contains("left the cluster's manifest")
        .and.contains("the log");
      expect(kops.runs).to.equal(runs);
    }
    expect((await readJournal(store, name))?.operation?.steps.find((step) => step.name === "Deleted")?.ended).to.equal(
      undefined,
    );
    kops.deletes = true;
    await remove();
    expect([...store.objects.keys()].filter((key) => key.startsWith(`${name}/`))).to.deep.equal([]);
  });

  it("does not begin where the live manifest names the folder of another cluster: every key of both stays", async () => {
    const { store, kops, remove } = stage();
    await new JournalWriter(store, name, undefined).write({
      version: 1,
      cluster: name,
      owner: inputs.owner,
      conditions: [],
      instanceGroups: [],
    });
    kops.deletes = true;
    store.objects.set(config, "kind: Cluster\nspec:\n  configBase: s3://memory/k2.example.com\n");
    for (const key of ["config", "pki/private/kubernetes-ca/keyset.yaml"])
      store.objects.set(`k2.example.com/${key}`, key);
    const before = new Map([...store.objects].filter(([key]) => !key.startsWith("_pilot/")));
    expect(await rejection(remove()))
      .to.be.instanceOf(ConfigError)
      .with.property("message")
      .that.contains("configBase is s3://memory/k2.example.com")
      .and.contains("kops replace -f");
    expect(kops.runs).to.equal(0);
    for (const [key, body] of before) expect(store.objects.get(key), key).to.equal(body);
  });

  it("keeps another cluster's folder inside its own, and removes no key that is not archived", async () => {
    const { store, kops, remove } = stage({ retain: "1h" });
    const at = "2026-11-23T09:00:00Z";
    await new JournalWriter(store, name, undefined).write({
      version: 1,
      cluster: name,
      owner: inputs.owner,
      conditions: [],
      instanceGroups: [],
      deletion: { begun: at, archive: "a" },
    });
    const archive = `_pilot/${name}/archive/a/`;
    store.objects.set(
      `${archive}archive.json`,
      JSON.stringify({
        version: 1,
        cluster: name,
        owner: inputs.owner,
        kopsVersion: "1.35.0",
        made: at,
        until: at,
        objects: [],
        etcdBackups: {},
      }),
    );
    store.objects.delete(config);
    for (const key of [
      `${name}/backups/etcd/main/late/etcd.backup.gz`,
      `${name}/k2.example.com/config`,
      `${name}/k2.example.com/pki/x`,
    ])
      store.objects.set(key, key);
    await remove();
    expect(kops.runs).to.equal(0);
    expect([...store.objects.keys()].filter((key) => key.startsWith(`${name}/`))).to.deep.equal([
      `${name}/k2.example.com/config`,
      `${name}/k2.example.com/pki/x`,
    ]);
    expect(store.objects.get(`${archive}objects/${name}/backups/etcd/main/late/etcd.backup.gz`)).to.equal(
      `${name}/backups/etcd/main/late/etcd.backup.gz`,
    );
    expect(store.objects.has(`${archive}objects/${name}/instancegroup/nodes`)).to.equal(true);
  });

  it("does not count as done even where the journal says so: its folder is deleted only with its instances", async () => {
    const { store, kops, remove } = stage();
    const at = "2026-11-23T09:00:00Z";
    const steps = ["Archived", "Deleted"].map((step) => ({ name: step, begun: at, ended: at }));
    await new JournalWriter(store, name, undefined).write({
      version: 1,
      cluster: name,
      owner: inputs.owner,
      conditions: [],
      instanceGroups: [],
      deletion: { begun: at },
      operation: { id: "1", verb: "delete", digest: "d", begun: at, steps },
    });
    expect((await rejection(remove())).message).to.contain("left the cluster's manifest");
    expect(kops.runs).to.equal(1);
    expect(store.objects.has(config)).to.equal(true);
  });
});

describe("the progress of kOps's deletion", () => {
  it("is reported once: how many are deleted, which are left, and why", () => {
    const said: string[] = [];
    const follow = followDelete({ say: (text) => said.push(text) });
    const round = [
      "security-group:sg-1\tstill has dependencies, will retry",
      "Not all resources deleted; waiting before reattempting deletion",
      "\tsecurity-group:sg-1",
      "\tvpc:vpc-1",
    ];
    for (const line of [
      "TYPE\tNAME\tID",
      "volume:vol-1\tok",
      ...round,
      ...round,
      "subnet:s-1\terror deleting resources, will retry: access denied",
      "security-group:sg-1\tok",
    ])
      follow(line);
    expect(said).to.deep.equal([
      "kOps retries security-group:sg-1: still has dependencies",
      "deleting: 1 gone, 2 left: security-group:sg-1, vpc:vpc-1",
      "kOps retries subnet:s-1: error deleting resources: access denied",
    ]);
  });
});

describe("tags of a shared subnet after a deletion", () => {
  const own = `kubernetes.io/cluster/${name}`;
  const cases: [string, Record<string, string>, Record<string, string>, string[], Record<string, string>][] = [
    [
      "that kOps added go, those of others stay",
      { Name: "a" },
      { Name: "a", team: "x", [own]: "shared", "kubernetes.io/role/elb": "1", SubnetType: "Utility" },
      [own, "kubernetes.io/role/elb", "SubnetType"],
      {},
    ],
    [
      "that were there before stay",
      { "kubernetes.io/role/elb": "1" },
      { "kubernetes.io/role/elb": "1", [own]: "shared" },
      [own],
      {},
    ],
    [
      "that kOps overwrote get their value back",
      { SubnetType: "edge" },
      { SubnetType: "Utility" },
      [],
      { SubnetType: "edge" },
    ],
    [
      "that another cluster needs stay",
      {},
      { [own]: "shared", "kubernetes.io/cluster/k2.example.com": "shared", "kubernetes.io/role/elb": "1" },
      [own],
      {},
    ],
    ["that somebody took away meanwhile are not put back", { SubnetType: "edge" }, {}, [], {}],
  ];
  for (const [title, before, now, remove, restore] of cases) {
    it(title, () => {
      const undoing = restorationOf(name, before, now);
      expect(undoing.remove).to.have.members(remove);
      expect(undoing.restore).to.deep.equal(restore);
    });
  }

  it("are recorded for shared subnets only, and only when kOps tags", () => {
    const subnets = [{ name: "a", id: "subnet-1" }, { name: "b" }];
    expect(taggedSharedSubnets({ subnets })).to.deep.equal(["subnet-1"]);
    expect(taggedSharedSubnets({ subnets, DisableSubnetTags: true })).to.deep.equal([]);
    expect(taggedSharedSubnets({})).to.deep.equal([]);
  });
});

describe("a cluster that is desired again during its deletion", () => {
  const members = (count: number): Record<string, unknown> => ({
    etcdClusters: ["main", "events"].map((etcd) => ({
      name: etcd,
      etcdMembers: Array.from({ length: count }, (_, index) => ({ name: String(index) })),
    })),
  });
  const volumes = (main: number, events: number): string[] => [
    ...Array.from({ length: main }, (_, index) => `${index}.etcd-main.${name}`),
    ...Array.from({ length: events }, (_, index) => `${index}.etcd-events.${name}`),
  ];
  for (const [title, count, there, lost] of [
    ["keeps its data while all volumes are there", 3, volumes(3, 3), false],
    ["keeps it while a quorum of each etcd cluster is there", 3, volumes(2, 2), false],
    ["has lost it when two of three are gone", 3, volumes(3, 1), true],
    ["has lost it when the only one is gone", 1, volumes(0, 1), true],
    [
      "has lost it when only another cluster's are there",
      1,
      [`0.etcd-main.x.${name}.org`, `0.etcd-events.x.${name}.org`],
      true,
    ],
  ] as const) {
    it(title, () => {
      expect(etcdIsLost(name, members(count), there)).to.equal(lost);
    });
  }
});
