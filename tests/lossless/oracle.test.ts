import { expect } from "chai";
import { compare, isRendered, leftOf, livingIn, lostByDeletion, madeByRefusal, nothingAnnounced } from "./oracle.ts";
import type { Snapshot, Announcements, Violation } from "./oracle.ts";

const k1 = "k1.sbx.pilot.internal";
const k2 = "k2.sbx.pilot.internal";

const folderOf = (name: string): Record<string, string> => ({
  [`${name}/config`]: "c1",
  [`${name}/instancegroup/nodes`]: "g1",
  [`${name}/cluster-completed.spec`]: "d1",
  [`${name}/pki/private/kubernetes-ca/keyset.yaml`]: "ca",
  [`${name}/backups/etcd/main/2026/etcd.backup.gz`]: "b1",
  [`_pilot/${name}/journal.json`]: "j1",
  [`_pilot/${name}/archive/2026.yaml`]: "a1",
});

const snapshot: Snapshot = {
  buckets: {
    state: { ...folderOf(k1), ...folderOf(k2), "_pilot/old.sbx.pilot.internal/archive/2026.yaml": "a2" },
    oidc: { [`${k1}/openid/v1/jwks`]: "o1" },
  },
  instances: [
    { id: "i-1", cluster: k1, group: `nodes.${k1}`, vpc: "vpc-1", subnet: "subnet-1" },
    { id: "i-2", cluster: k1, group: `control-plane-a.masters.${k1}`, vpc: "vpc-1", subnet: "subnet-1" },
  ],
  groups: { [`nodes.${k1}`]: k1 },
  keys: { "key-1": "Enabled" },
  vpcs: ["vpc-1", "vpc-2"],
  subnets: ["subnet-1", "subnet-2"],
  subnetTags: [`subnet-1 kubernetes.io/cluster/${k1}`],
  zones: { Z1: { name: "sbx.pilot.internal", records: [`api.${k1}`] }, Z2: { name: "other", records: ["other"] } },
};

const inState = (changes: Record<string, string | undefined>): Snapshot => {
  const objects = Object.entries({ ...snapshot.buckets["state"], ...changes }).flatMap(
    ([key, etag]): [string, string][] => (etag === undefined ? [] : [[key, etag]]),
  );
  return { ...snapshot, buckets: { ...snapshot.buckets, state: Object.fromEntries(objects) } };
};

const changing = (name: string, ...groups: string[]): Announcements => ({
  deleted: [],
  changed: { [name]: { groups } },
});

const found = (
  after: Snapshot,
  announcements: Announcements = nothingAnnounced,
  living = livingIn(snapshot),
): string[] => compare(snapshot, after, announcements, living).map(({ kind, what }: Violation) => `${kind} ${what}`);

describe("the oracle of lossless rounds", () => {
  it("finds clusters by their manifests, even in a folder of a bucket, and none in archives", () => {
    const objects = {
      "kops/k9.sbx.pilot.internal/config": "x",
      "_pilot/k8.sbx.pilot.internal/archive/2026/objects/k8.sbx.pilot.internal/config": "y",
      "kops/_pilot/k8.sbx.pilot.internal/archive/2026/objects/k8.sbx.pilot.internal/config": "y",
      "k7.sbx.pilot.internal/pki/config": "z",
    };
    expect(livingIn({ ...snapshot, buckets: { state: objects } })).to.deep.equal([
      { name: "k9.sbx.pilot.internal", bucket: "state", folder: "kops/k9.sbx.pilot.internal/" },
    ]);
  });

  it("finds nothing if nothing has changed", () => {
    expect(found(snapshot)).to.deep.equal([]);
  });

  const cases: [string, Snapshot, Announcements, RegExp | undefined][] = [
    [
      "a key of the certificate authority that is gone, though the cluster changes",
      inState({ [`${k1}/pki/private/kubernetes-ca/keyset.yaml`]: undefined }),
      changing(k1, "nodes"),
      /^lost state\/k1.*keyset/,
    ],
    [
      "a key that is another",
      inState({ [`${k1}/pki/private/kubernetes-ca/keyset.yaml`]: "other" }),
      changing(k1),
      /^changed state\/k1.*keyset/,
    ],
    [
      "a backup that is gone",
      inState({ [`${k2}/backups/etcd/main/2026/etcd.backup.gz`]: undefined }),
      nothingAnnounced,
      /^lost state\/k2.*backup/,
    ],
    [
      "manifests that changed without a word",
      inState({ [`${k1}/config`]: "c2" }),
      nothingAnnounced,
      /^changed state\/k1.*config/,
    ],
    [
      "manifests that changed while another cluster was to",
      inState({ [`${k1}/config`]: "c2" }),
      changing(k2),
      /^changed state\/k1.*config/,
    ],
    [
      "manifests that changed as was said",
      inState({ [`${k1}/config`]: "c2", [`${k1}/instancegroup/nodes`]: undefined, [`${k1}/instancegroup/blue`]: "n1" }),
      changing(k1),
      undefined,
    ],
    [
      "manifests that are gone, though the cluster only changes",
      inState({ [`${k1}/config`]: undefined }),
      changing(k1),
      /^lost state\/k1.*config/,
    ],
    [
      "a file that somebody put into its folder",
      inState({ [`${k1}/addons/bootstrap.yaml`]: "new" }),
      nothingAnnounced,
      /^made state\/k1.*bootstrap/,
    ],
    [
      "a journal that is gone",
      inState({ [`_pilot/${k1}/journal.json`]: undefined }),
      changing(k1),
      /^lost state\/_pilot\/k1.*journal/,
    ],
    ["a journal that goes on", inState({ [`_pilot/${k1}/journal.json`]: "j2" }), changing(k1), undefined],
    [
      "an archive that is gone",
      inState({ [`_pilot/${k1}/archive/2026.yaml`]: undefined }),
      changing(k1),
      /^lost state\/_pilot\/k1.*archive/,
    ],
    [
      "an archive of a cluster that is long deleted, which is another",
      inState({ "_pilot/old.sbx.pilot.internal/archive/2026.yaml": "other" }),
      changing(k1),
      /^changed state\/_pilot\/old/,
    ],
    [
      "a bucket that is gone",
      { ...snapshot, buckets: { oidc: snapshot.buckets["oidc"] ?? {} } },
      nothingAnnounced,
      /^lost the bucket state/,
    ],
    [
      "a bucket of discovery documents that is gone",
      { ...snapshot, buckets: { state: snapshot.buckets["state"] ?? {} } },
      nothingAnnounced,
      /^lost the bucket oidc/,
    ],
    [
      "discovery documents of another",
      { ...snapshot, buckets: { ...snapshot.buckets, oidc: { [`${k1}/openid/v1/jwks`]: "o2" } } },
      changing(k1),
      /^changed oidc\/k1/,
    ],
    [
      "an instance that runs no more",
      { ...snapshot, instances: snapshot.instances.slice(1) },
      nothingAnnounced,
      /^stopped i-1/,
    ],
    [
      "an instance of a group that rolls",
      { ...snapshot, instances: snapshot.instances.slice(1) },
      changing(k1, "nodes"),
      undefined,
    ],
    [
      "an instance of another group than the one that rolls",
      { ...snapshot, instances: snapshot.instances.slice(1) },
      changing(k1, "control-plane-a"),
      /^stopped i-1/,
    ],
    [
      "a control-plane node that is replaced as was said",
      { ...snapshot, instances: snapshot.instances.slice(0, 1) },
      changing(k1, "control-plane-a"),
      undefined,
    ],
    [
      "a KMS key whose deletion has begun",
      { ...snapshot, keys: { "key-1": "PendingDeletion" } },
      nothingAnnounced,
      /^lost the KMS key key-1: PendingDeletion/,
    ],
    ["a network that is gone", { ...snapshot, vpcs: ["vpc-2"] }, nothingAnnounced, /^lost the VPC vpc-1/],
    [
      "a network in which nobody lives that is gone",
      { ...snapshot, vpcs: ["vpc-1"], subnets: ["subnet-1"] },
      nothingAnnounced,
      undefined,
    ],
    ["a subnet that is gone", { ...snapshot, subnets: ["subnet-2"] }, nothingAnnounced, /^lost the subnet subnet-1/],
    ["a hosted zone that is gone", { ...snapshot, zones: {} }, nothingAnnounced, /^lost the hosted zone Z1/],
    ["a tag on a subnet that is gone", { ...snapshot, subnetTags: [] }, nothingAnnounced, /^lost the tag subnet-1/],
  ];
  for (const [what, after, announcements, expected] of cases) {
    it(`${expected ? "finds" : "allows"} ${what}`, () => {
      const lines = found(after, announcements);
      if (expected) expect(lines.join("\n")).to.match(expected);
      else expect(lines).to.deep.equal([]);
    });
  }

  it("requires nothing of a cluster whose deletion was announced, and everything of the other", () => {
    const without = (name: string): Record<string, undefined> =>
      Object.fromEntries(Object.keys(folderOf(name)).map((key) => [key, undefined] as const));
    const announcements: Announcements = { deleted: [k2], changed: {} };
    expect(found(inState(without(k2)), announcements)).to.deep.equal([]);
    expect(
      found(
        inState({ ...without(k2), [`${k1}/pki/private/kubernetes-ca/keyset.yaml`]: undefined }),
        announcements,
      ).join(),
    ).to.match(/^lost state\/k1.*keyset[^,]*$/);
  });

  it("requires a cluster without manifests unless its deletion was announced", () => {
    const living = livingIn(snapshot);
    const gone = { ...snapshot, buckets: {} };
    expect(compare(gone, gone, nothingAnnounced, living).map(({ kind }) => kind)).to.include("lost");
  });

  it("requires everything that kOps does not render in a deleted cluster's archive", () => {
    const archive = `_pilot/${k2}/archive/2026-11-29/objects/`;
    const folder = Object.entries(folderOf(k2)).filter(([key]) => key.startsWith(`${k2}/`));
    const [living] = livingIn(snapshot).filter(({ name }) => name === k2);
    if (!living) throw new Error("k2 does not live");
    const after = (keep: (key: string) => boolean): Snapshot =>
      inState({
        ...Object.fromEntries(folder.map(([key]) => [key, undefined] as const)),
        ...Object.fromEntries(
          folder.filter(([key]) => keep(key)).map(([key, etag]) => [`${archive}${key}`, etag] as const),
        ),
      });
    expect(
      lostByDeletion(
        snapshot,
        after((key) => !isRendered(key.slice(k2.length + 1))),
        living,
      ),
    ).to.deep.equal([]);
    expect(
      lostByDeletion(
        snapshot,
        after((key) => !key.includes("keyset")),
        living,
      )
        .map(({ what }) => what)
        .join(),
    ).to.match(/keyset.yaml, of the deleted cluster k2/);
    expect(lostByDeletion(snapshot, { ...snapshot, buckets: {} }, living)[0]?.what).to.contain("the bucket state");
  });

  it("finds the journal and archive of a cluster in a folder of a bucket beside it", () => {
    const before = {
      ...snapshot,
      buckets: {
        state: { [`kops/${k2}/config`]: "c", [`kops/${k2}/secrets/x`]: "s", [`kops/_pilot/${k2}/journal.json`]: "j" },
      },
    };
    const [living] = livingIn(before);
    if (!living) throw new Error("k2 does not live");
    const after = {
      ...before,
      buckets: {
        state: {
          [`kops/_pilot/${k2}/archive/2026/objects/${k2}/config`]: "c",
          [`kops/_pilot/${k2}/archive/2026/objects/${k2}/secrets/x`]: "s",
        },
      },
    };
    expect(lostByDeletion(before, after, living)).to.deep.equal([]);
    expect(compare(before, after, nothingAnnounced, [living]).map(({ what }) => what)).to.include(
      `state/kops/_pilot/${k2}/journal.json`,
    );
  });

  it("finds what a refused up has created", () => {
    expect(madeByRefusal(snapshot, snapshot)).to.deep.equal([]);
    const after = {
      ...inState({ "n1.sbx.pilot.internal/config": "x", "_pilot/n1.sbx.pilot.internal/journal.json": "y" }),
      subnetTags: [...snapshot.subnetTags, "subnet-1 kubernetes.io/cluster/n1.sbx.pilot.internal"],
      vpcs: [...snapshot.vpcs, "vpc-3"],
    };
    expect(
      madeByRefusal(snapshot, { ...after, buckets: { ...after.buckets, "other-state": {} } }).map(
        ({ what }) => what.split(",")[0],
      ),
    ).to.deep.equal([
      "bucket other-state",
      "folder state/n1.sbx.pilot.internal/",
      "journal state/_pilot/n1.sbx.pilot.internal/journal.json",
      "VPC vpc-3",
      "tag subnet-1 kubernetes.io/cluster/n1.sbx.pilot.internal",
    ]);
  });

  it("finds what is left of clusters that no file declares", () => {
    expect(leftOf(snapshot, [k1, k2])).to.deep.equal([]);
    const kinds = leftOf(snapshot, [k2]).map(({ what }) => what);
    expect(kinds).to.have.length(6);
    expect(kinds.join("\n"))
      .to.contain(`the folder state/${k1}/`)
      .and.to.contain("i-1")
      .and.to.contain("Auto Scaling group")
      .and.to.contain("the tag subnet-1");
  });
});
