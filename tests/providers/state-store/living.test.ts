import { expect } from "chai";
import { readMoved } from "../../../providers/kops/store/moved.ts";
import { decide } from "../../../providers/state-store/contents.ts";
import type { ContentsInputs, Seen } from "../../../providers/state-store/contents.ts";
import { clusterNames, livingIn, notMoved, tracesIn } from "../../../providers/state-store/living.ts";
import { rejection } from "../../local/rejection.ts";
import { memoryStore } from "../kops/memory-store.ts";

const manifest = (name: string): string =>
  `apiVersion: kops.k8s.io/v1alpha2\nkind: Cluster\nmetadata:\n  name: ${name}\nspec:\n  networkID: vpc-1\n`;

const storeOf = async (objects: Record<string, string>) => {
  const store = memoryStore();
  for (const [key, body] of Object.entries(objects)) await store.put(key, body);
  return store;
};

describe("a cluster in a store", () => {
  for (const [what, key, lives] of [
    ["exists if it has a journal", "_pilot/k1.example.com/journal.json", true],
    ["exists if it has a manifest", "k1.example.com/config", true],
    ["exists if it has a key of its authorities", "k1.example.com/pki/private/kubernetes-ca/keyset.yaml", true],
    ["exists below a prefix, too", "team/k1.example.com/pki/private/etcd-manager-ca-main/keyset.yaml", true],
    ["exists below another program's prefix, too", "team/_pilot/k1.example.com/journal.json", true],
    [
      "is finished if only its archives are left",
      "_pilot/k1.example.com/archive/2026-11-29/k1.example.com/config",
      false,
    ],
    [
      "is finished if only keys in archives are left",
      "_pilot/k1.example.com/archive/2026-11-29/pki/private/kubernetes-ca/keyset.yaml",
      false,
    ],
    ["does not exist because of a lock", "_pilot/k1.example.com/lock.json", false],
  ] as const) {
    it(what, () => {
      const { journals, configs, authorities } = tracesIn([key]);
      expect([...journals.keys(), ...configs.keys(), ...authorities.keys()]).to.deep.equal(
        lives ? ["k1.example.com"] : [],
      );
    });
  }

  it("is reported by name, with its stack and spec, once for all its traces", async () => {
    const store = await storeOf({
      "k1.example.com/config": manifest("k1.example.com"),
      "k1.example.com/instancegroup/config": "kind: InstanceGroup\n",
      "_pilot/k1.example.com/journal.json": JSON.stringify({ owner: "organization/pilot/sbx" }),
      "_pilot/k2.example.com/journal.json": "no JSON: it says no owner, but it is there",
      books: "x",
    });
    const living = await livingIn(store);
    expect(living).to.deep.equal([
      { name: "k1.example.com", spec: { networkID: "vpc-1" }, owner: "organization/pilot/sbx" },
      { name: "k2.example.com" },
    ]);
    expect(clusterNames(living)).to.equal("k1.example.com (organization/pilot/sbx), k2.example.com");
  });

  it("lives elsewhere if the store's own note says so, and no other note", async () => {
    const store = await storeOf({
      "_pilot/moved.json": JSON.stringify({
        version: 1,
        to: "s3://new",
        clusters: ["k1.example.com"],
        at: "2026-11-29T00:00:00Z",
      }),
    });
    const living = [{ name: "k1.example.com" }, { name: "k2.example.com" }];
    expect(await notMoved(store, living)).to.deep.equal([{ name: "k2.example.com" }]);
    expect(await notMoved(store, living, "s3://new")).to.deep.equal([{ name: "k2.example.com" }]);
    expect(await notMoved(store, living, "s3://other")).to.deep.equal(living);
    expect(await notMoved(await storeOf({}), living)).to.deep.equal(living);
  });

  it("is not treated as moved because of an unreadable note, which is an error", async () => {
    const store = await storeOf({ "_pilot/moved.json": "{}" });
    expect((await rejection(readMoved(store))).message).to.contain("_pilot/moved.json cannot be read");
  });
});

describe("a destroy", () => {
  const k1 = { name: "k1.example.com", owner: "organization/pilot/team", spec: { networkID: "vpc-1", dnsZone: "Z1" } };
  const seen = (more: Partial<Seen> = {}): Seen => ({
    living: [k1],
    staying: [k1],
    folders: new Set(["k1.example.com"]),
    holders: [],
    ...more,
  });
  const none: Seen = { living: [], staying: [], folders: new Set(["gone.example.com"]), holders: [] };
  const holders = [{ what: "load balancer web", cluster: "k9.example.com" }];
  const moved = seen({ staying: [] });

  for (const [what, inputs, there, kind] of [
    [
      "keeps the state bucket of an existing cluster, even with purge",
      { kind: "state", onDestroy: "purge" },
      seen(),
      "refuse",
    ],
    ["purges a state bucket of finished clusters", { kind: "state", onDestroy: "purge" }, none, "purge"],
    [
      "keeps the state bucket of moved clusters, even with purge",
      { kind: "state", onDestroy: "purge" },
      moved,
      "refuse",
    ],
    ["keeps the state bucket of moved clusters, with retain", { kind: "state", onDestroy: "retain" }, moved, "keep"],
    ["keeps the state bucket with retain", { kind: "state", onDestroy: "retain" }, none, "keep"],
    ["keeps an existing cluster's documents", { kind: "discovery", onDestroy: "purge" }, seen(), "refuse"],
    ["keeps a moved cluster's documents", { kind: "discovery", onDestroy: "purge" }, moved, "refuse"],
    ["purges documents that kOps left of deleted clusters", { kind: "discovery", onDestroy: "purge" }, none, "purge"],
    [
      "purges documents if no existing cluster has any",
      { kind: "discovery", onDestroy: "purge" },
      seen({ folders: new Set() }),
      "purge",
    ],
    [
      "keeps documents that a manifest locates elsewhere in the bucket",
      { kind: "discovery", onDestroy: "purge" },
      seen({
        living: [{ ...k1, spec: { serviceAccountIssuerDiscovery: { discoveryStore: "s3://the-oidc/team" } } }],
        folders: new Set(["team"]),
      }),
      "refuse",
    ],
    ["keeps the documents with retain", { kind: "discovery", onDestroy: "retain" }, seen(), "keep"],
    [
      "is refused with purge if a cluster exists in the environment's store",
      { kind: "environment", onDestroy: "purge" },
      seen(),
      "refuse",
    ],
    [
      "is refused with retain if a cluster exists in the environment's network",
      { kind: "environment", onDestroy: "retain", vpcId: "vpc-1" },
      seen(),
      "refuse",
    ],
    [
      "is refused with retain if a cluster exists in the environment's zone",
      { kind: "environment", onDestroy: "retain", zoneId: "Z1" },
      seen(),
      "refuse",
    ],
    [
      "continues with retain if clusters exist only outside the environment",
      { kind: "environment", onDestroy: "retain", vpcId: "vpc-2", zoneId: "Z2" },
      seen(),
      "keep",
    ],
    [
      "is refused, with their names, while a cluster of no store, or a deleted one, has something in the network",
      { kind: "environment", onDestroy: "purge", vpcId: "vpc-1" },
      { ...none, holders },
      "held",
    ],
    ["continues if no cluster exists", { kind: "environment", onDestroy: "purge", vpcId: "vpc-1" }, none, "keep"],
  ] as const satisfies readonly (readonly [
    string,
    Pick<ContentsInputs, "kind" | "onDestroy" | "vpcId" | "zoneId">,
    Seen,
    string,
  ])[]) {
    it(what, () => {
      expect(decide({ bucket: "the-oidc", ...inputs }, there).kind).to.equal(kind);
    });
  }
});
