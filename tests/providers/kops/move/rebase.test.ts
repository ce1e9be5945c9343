import { expect } from "chai";
import { policyFor } from "../../../../providers/kops/move/make-bucket.ts";
import { movedManifest } from "../../../../providers/kops/move/moved-texts.ts";
import { placeIn, placesBeside, rebasedInputs } from "../../../../providers/kops/move/rebase.ts";
import { refusalsOf } from "../../../../providers/kops/rules/refusals.ts";

const [from, to] = ["s3://old/deep", "s3://fresh"];

describe("the places of a cluster whose store moves", () => {
  for (const [place, there] of [
    ["s3://old/deep/k1", "s3://fresh/k1"],
    ["s3://old/deep", "s3://fresh"],
    ["s3://old/deep/", "s3://fresh"],
    ["s3://old/deeper/k1", undefined],
    ["s3://old/k1", undefined],
    ["s3://elsewhere/deep/k1", undefined],
    [undefined, undefined],
  ] as const) {
    it(`${place ?? "nothing"} ${there === undefined ? "stays" : `becomes ${there}`}`, () => {
      expect(placeIn(place, from, to)).to.equal(there);
    });
  }

  const inputs = (store: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
    name: "k1",
    stateStore: store,
    cluster: {
      configBase: `${store}/k1`,
      kubernetesVersion: "1.34.3",
      keyStore: "s3://keys/k1",
      etcdClusters: [{ name: "main", backups: { backupStore: `${store}/k1/backups/etcd/main` } }, { name: "events" }],
      // The issuer: it can never change.
      serviceAccountIssuerDiscovery: { discoveryStore: "s3://old/deep/oidc/k1" },
      ...more,
    },
  });

  it("become those of the new store in the inputs of the last run, except places elsewhere and the issuer", () => {
    expect(rebasedInputs(inputs(from), from, to)).to.deep.equal(inputs(to));
  });

  it("show the rules no change but the desired one", () => {
    const old = rebasedInputs(inputs(from), from, to);
    expect(refusalsOf(old, inputs(to))).to.deep.equal([]);
    expect(
      refusalsOf(inputs(from), inputs(to)).map(({ property, reason }) => [
        property,
        reason.includes(`npx pilot move-store ${from} ${to}`),
      ]),
    ).to.deep.equal([["stateStore", true]]);
    // A manifest whose place was not changed with the store.
    expect(
      refusalsOf(old, { ...inputs(to), cluster: inputs(from)["cluster"] }).map(({ property }) => property),
    ).to.include("cluster.configBase");
  });

  it("in the bucket but outside the store are named", () => {
    expect(
      placesBeside({ configBase: "s3://old/deep/k1", keyStore: "s3://old/pki", secretStore: "s3://other/x" }, from),
    ).to.deep.equal([{ path: "keyStore", place: "s3://old/pki" }]);
  });

  it("are rewritten in a manifest line by line, and nothing else changes", () => {
    const text = (store: string): string =>
      `# by kOps\nspec:\n  configBase: ${store}/k1\n  etcdClusters:\n  - backups:\n      backupStore: ` +
      `${store}/k1/backups\n    name: main\n  notes: "see ${from}/k1"\n  kubernetesVersion: 1.34.3\n`;
    expect(movedManifest(text(from), from, to)).to.equal(text(to));
    expect(() => movedManifest("spec:\n  configBase: >-\n    s3://old/deep/k1\n", from, to)).to.throw(
      "could not be rewritten",
    );
  });
});

describe("a bucket policy that is rewritten for another bucket", () => {
  it("names that bucket and its objects, and keeps other buckets and the Id", () => {
    const policy = (bucket: string): object => ({
      Version: "2012-10-17",
      Id: "pilot pilot/sbx",
      Statement: [
        {
          Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
          NotResource: "arn:aws:s3:::old-other/*",
          Condition: { StringLike: { "s3:prefix": ["old/*"] } },
        },
      ],
    });
    expect(JSON.parse(policyFor(JSON.stringify(policy("old")), "old", "fresh"))).to.deep.equal(policy("fresh"));
  });
});
