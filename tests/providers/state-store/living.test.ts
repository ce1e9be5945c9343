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
    ["lives by its journal", "_pilot/k1.example.com/journal.json", true],
    ["lives by its manifest", "k1.example.com/config", true],
    ["lives by a key of its authorities", "k1.example.com/pki/private/kubernetes-ca/keyset.yaml", true],
    ["lives below a prefix, too", "team/k1.example.com/pki/private/etcd-manager-ca-main/keyset.yaml", true],
    ["of another program's prefix lives, too", "team/_pilot/k1.example.com/journal.json", true],
    [
      "is finished when only its archives are left",
      "_pilot/k1.example.com/archive/2026-11-29/k1.example.com/config",
      false,
    ],
    [
      "is finished when only keys in archives are left",
      "_pilot/k1.example.com/archive/2026-11-29/pki/private/kubernetes-ca/keyset.yaml",
      false,
    ],
    ["does not live by a lock", "_pilot/k1.example.com/lock.json", false],
  ] as const) {
    it(what, () => {
      const { journals, configs, authorities } = tracesIn([key]);
      expect([...journals.keys(), ...configs.keys(), ...authorities.keys()]).to.deep.equal(
        lives ? ["k1.example.com"] : [],
      );
    });
  }

  it("is told by name, with the stack that has it and its spec, once for all that speaks of it", async () => {
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

  it("lives elsewhere when the store's note says so, and no other note", async () => {
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

  it("has not been moved by a note that cannot be read: that is an error", async () => {
    const store = await storeOf({ "_pilot/moved.json": "{}" });
    expect((await rejection(readMoved(store))).message).to.contain("_pilot/moved.json cannot be read");
  });
});

describe("the end of a bucket", () => {
  const k1 = { name: "k1.example.com", owner: "organization/pilot/team", spec: { networkID: "vpc-1", dnsZone: "Z1" } };
  const seen = (more: Partial<Seen> = {}): Seen => ({
    living: [k1],
    staying: [k1],
    folders: new Set(["k1.example.com"]),
    ...more,
  });
  const none: Seen = { living: [], staying: [], folders: new Set(["gone.example.com"]) };
  const moved = seen({ staying: [] });

  for (const [what, inputs, there, kind] of [
    [
      "of the state keeps all where a cluster lives, under purge",
      { kind: "state", onDestroy: "purge" },
      seen(),
      "refuse",
    ],
    ["of the state purges what is finished", { kind: "state", onDestroy: "purge" }, none, "purge"],
    [
      "of the state keeps a store whose clusters were moved, under purge",
      { kind: "state", onDestroy: "purge" },
      moved,
      "refuse",
    ],
    [
      "of the state keeps a store whose clusters were moved, under retain",
      { kind: "state", onDestroy: "retain" },
      moved,
      "keep",
    ],
    ["of the state keeps under retain", { kind: "state", onDestroy: "retain" }, none, "keep"],
    ["of the documents keeps those of a living cluster", { kind: "discovery", onDestroy: "purge" }, seen(), "refuse"],
    ["of the documents keeps those of a moved cluster", { kind: "discovery", onDestroy: "purge" }, moved, "refuse"],
    [
      "of the documents purges those that kOps left of deleted clusters",
      { kind: "discovery", onDestroy: "purge" },
      none,
      "purge",
    ],
    [
      "of the documents purges where no living cluster has any",
      { kind: "discovery", onDestroy: "purge" },
      seen({ folders: new Set() }),
      "purge",
    ],
    [
      "of the documents keeps those that a manifest places elsewhere in it",
      { kind: "discovery", onDestroy: "purge" },
      seen({
        living: [{ ...k1, spec: { serviceAccountIssuerDiscovery: { discoveryStore: "s3://the-oidc/team" } } }],
        folders: new Set(["team"]),
      }),
      "refuse",
    ],
    ["of the documents keeps under retain", { kind: "discovery", onDestroy: "retain" }, seen(), "keep"],
    [
      "of the environment is refused under purge where a cluster lives in the store",
      { kind: "environment", onDestroy: "purge" },
      seen(),
      "refuse",
    ],
    [
      "of the environment is refused under retain where a cluster lives in its network",
      { kind: "environment", onDestroy: "retain", vpcId: "vpc-1" },
      seen(),
      "refuse",
    ],
    [
      "of the environment is refused under retain where a cluster lives in its zone",
      { kind: "environment", onDestroy: "retain", zoneId: "Z1" },
      seen(),
      "refuse",
    ],
    [
      "of the environment goes on under retain where a cluster lives elsewhere",
      { kind: "environment", onDestroy: "retain", vpcId: "vpc-2", zoneId: "Z2" },
      seen(),
      "keep",
    ],
    [
      "of the environment goes on where none lives",
      { kind: "environment", onDestroy: "purge", vpcId: "vpc-1" },
      none,
      "keep",
    ],
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
