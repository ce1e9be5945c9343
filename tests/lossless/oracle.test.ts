import { expect } from "chai";
import { compare, isRendered, leftOf, livingIn, lostByDeletion, madeByRefusal, nothingTold } from "./oracle.ts";
import type { Picture, Told, Violation } from "./oracle.ts";

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

const picture: Picture = {
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

const inState = (changes: Record<string, string | undefined>): Picture => {
  const objects = Object.entries({ ...picture.buckets["state"], ...changes }).flatMap(
    ([key, etag]): [string, string][] => (etag === undefined ? [] : [[key, etag]]),
  );
  return { ...picture, buckets: { ...picture.buckets, state: Object.fromEntries(objects) } };
};

const changing = (name: string, ...groups: string[]): Told => ({ deleted: [], changed: { [name]: { groups } } });

const found = (after: Picture, told: Told = nothingTold, living = livingIn(picture)): string[] =>
  compare(picture, after, told, living).map(({ kind, what }: Violation) => `${kind} ${what}`);

describe("the oracle of lossless rounds", () => {
  it("finds clusters by their manifests, in a folder of a bucket too, and none in archives", () => {
    const objects = {
      "kops/k9.sbx.pilot.internal/config": "x",
      "_pilot/k8.sbx.pilot.internal/archive/2026/objects/k8.sbx.pilot.internal/config": "y",
      "kops/_pilot/k8.sbx.pilot.internal/archive/2026/objects/k8.sbx.pilot.internal/config": "y",
      "k7.sbx.pilot.internal/pki/config": "z",
    };
    expect(livingIn({ ...picture, buckets: { state: objects } })).to.deep.equal([
      { name: "k9.sbx.pilot.internal", bucket: "state", folder: "kops/k9.sbx.pilot.internal/" },
    ]);
  });

  it("sees nothing where nothing has changed", () => {
    expect(found(picture)).to.deep.equal([]);
  });

  const cases: [string, Picture, Told, RegExp | undefined][] = [
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
      nothingTold,
      /^lost state\/k2.*backup/,
    ],
    [
      "manifests that changed without a word",
      inState({ [`${k1}/config`]: "c2" }),
      nothingTold,
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
      nothingTold,
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
      { ...picture, buckets: { oidc: picture.buckets["oidc"] ?? {} } },
      nothingTold,
      /^lost the bucket state/,
    ],
    [
      "a bucket of discovery documents that is gone",
      { ...picture, buckets: { state: picture.buckets["state"] ?? {} } },
      nothingTold,
      /^lost the bucket oidc/,
    ],
    [
      "discovery documents of another",
      { ...picture, buckets: { ...picture.buckets, oidc: { [`${k1}/openid/v1/jwks`]: "o2" } } },
      changing(k1),
      /^changed oidc\/k1/,
    ],
    [
      "an instance that runs no more",
      { ...picture, instances: picture.instances.slice(1) },
      nothingTold,
      /^stopped i-1/,
    ],
    [
      "an instance of a group that rolls",
      { ...picture, instances: picture.instances.slice(1) },
      changing(k1, "nodes"),
      undefined,
    ],
    [
      "an instance of another group than the one that rolls",
      { ...picture, instances: picture.instances.slice(1) },
      changing(k1, "control-plane-a"),
      /^stopped i-1/,
    ],
    [
      "a control-plane node that is replaced as was said",
      { ...picture, instances: picture.instances.slice(0, 1) },
      changing(k1, "control-plane-a"),
      undefined,
    ],
    [
      "a KMS key whose deletion has begun",
      { ...picture, keys: { "key-1": "PendingDeletion" } },
      nothingTold,
      /^lost the KMS key key-1: PendingDeletion/,
    ],
    ["a network that is gone", { ...picture, vpcs: ["vpc-2"] }, nothingTold, /^lost the VPC vpc-1/],
    [
      "a network in which nobody lives that is gone",
      { ...picture, vpcs: ["vpc-1"], subnets: ["subnet-1"] },
      nothingTold,
      undefined,
    ],
    ["a subnet that is gone", { ...picture, subnets: ["subnet-2"] }, nothingTold, /^lost the subnet subnet-1/],
    ["a hosted zone that is gone", { ...picture, zones: {} }, nothingTold, /^lost the hosted zone Z1/],
    ["a tag on a subnet that is gone", { ...picture, subnetTags: [] }, nothingTold, /^lost the tag subnet-1/],
  ];
  for (const [what, after, told, expected] of cases) {
    it(`${expected ? "sees" : "lets pass"} ${what}`, () => {
      const lines = found(after, told);
      if (expected) expect(lines.join("\n")).to.match(expected);
      else expect(lines).to.deep.equal([]);
    });
  }

  it("asks for nothing of a cluster whose deletion was said, and for all of the one beside it", () => {
    const without = (name: string): Record<string, undefined> =>
      Object.fromEntries(Object.keys(folderOf(name)).map((key) => [key, undefined] as const));
    const told: Told = { deleted: [k2], changed: {} };
    expect(found(inState(without(k2)), told)).to.deep.equal([]);
    expect(
      found(inState({ ...without(k2), [`${k1}/pki/private/kubernetes-ca/keyset.yaml`]: undefined }), told).join(),
    ).to.match(/^lost state\/k1.*keyset[^,]*$/);
  });

  it("asks for a cluster without manifests as long as nobody said that it is deleted", () => {
    const living = livingIn(picture);
    const gone = { ...picture, buckets: {} };
    expect(compare(gone, gone, nothingTold, living).map(({ kind }) => kind)).to.include("lost");
  });

  it("finds in the archive of a deleted cluster all that kOps does not render", () => {
    const archive = `_pilot/${k2}/archive/2026-11-29/objects/`;
    const folder = Object.entries(folderOf(k2)).filter(([key]) => key.startsWith(`${k2}/`));
    const [living] = livingIn(picture).filter(({ name }) => name === k2);
    if (!living) throw new Error("k2 does not live");
    const after = (keep: (key: string) => boolean): Picture =>
      inState({
        ...Object.fromEntries(folder.map(([key]) => [key, undefined] as const)),
        ...Object.fromEntries(
          folder.filter(([key]) => keep(key)).map(([key, etag]) => [`${archive}${key}`, etag] as const),
        ),
      });
    expect(
      lostByDeletion(
        picture,
        after((key) => !isRendered(key.slice(k2.length + 1))),
        living,
      ),
    ).to.deep.equal([]);
    expect(
      lostByDeletion(
        picture,
        after((key) => !key.includes("keyset")),
        living,
      )
        .map(({ what }) => what)
        .join(),
    ).to.match(/keyset.yaml, of the deleted cluster k2/);
    expect(lostByDeletion(picture, { ...picture, buckets: {} }, living)[0]?.what).to.contain("the bucket state");
  });

  it("finds journal and archive of a cluster in a folder of the bucket beside it", () => {
    const before = {
      ...picture,
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
    expect(compare(before, after, nothingTold, [living]).map(({ what }) => what)).to.include(
      `state/kops/_pilot/${k2}/journal.json`,
    );
  });

  it("sees what a refused up has made", () => {
    expect(madeByRefusal(picture, picture)).to.deep.equal([]);
    const after = {
      ...inState({ "n1.sbx.pilot.internal/config": "x", "_pilot/n1.sbx.pilot.internal/journal.json": "y" }),
      subnetTags: [...picture.subnetTags, "subnet-1 kubernetes.io/cluster/n1.sbx.pilot.internal"],
      vpcs: [...picture.vpcs, "vpc-3"],
    };
    expect(
      madeByRefusal(picture, { ...after, buckets: { ...after.buckets, "other-state": {} } }).map(
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

  it("sees what is left of clusters that no file asks for", () => {
    expect(leftOf(picture, [k1, k2])).to.deep.equal([]);
    const kinds = leftOf(picture, [k2]).map(({ what }) => what);
    expect(kinds).to.have.length(6);
    expect(kinds.join("\n"))
      .to.contain(`the folder state/${k1}/`)
      .and.to.contain("i-1")
      .and.to.contain("Auto Scaling group")
      .and.to.contain("the tag subnet-1");
  });
});
