import { S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { parseCompletedSpec } from "../../../../local/cloud/cluster/completed-spec.ts";
import { parseKeyset } from "../../../../local/cloud/cluster/keyset.ts";
import { clustersIn, Stores } from "../../../../local/cloud/cluster/stores.ts";

const files = [
  "pki/private/kubernetes-ca/keyset.yaml",
  "pki/private/service-account/keyset.yaml",
  "cluster-completed.spec",
];

const objects = (folder: string, names: readonly string[]): { key: string; etag: string }[] =>
  names.map((name, index) => ({ key: `${folder}/${name}`, etag: `etag-${index}` }));

describe("clusters in a state store", () => {
  it("are found wherever in the bucket the store is", () => {
    const found = clustersIn("bucket", [...objects("k1.test", files), ...objects("stores/one/k2.test", files)]);
    expect(found.map(({ name, folder }) => [name, folder])).to.deep.equal([
      ["k1.test", "k1.test"],
      ["k2.test", "stores/one/k2.test"],
    ]);
  });

  it("do not include archives of deleted clusters, which have all that a control plane needs", () => {
    const archive = "_pilot/k1.test/archive/2026-11-23T09-00-00-000Z/objects/k1.test";
    const found = clustersIn("bucket", [
      ...objects(archive, files),
      ...objects(`stores/one/${archive}`, files),
      ...objects("k1.test", files),
    ]);
    expect(found.map(({ folder }) => folder)).to.deep.equal(["k1.test"]);
  });

  for (const missing of files) {
    it(`are found only after kOps has written ${missing}`, () => {
      expect(
        clustersIn(
          "bucket",
          objects(
            "k1.test",
            files.filter((file) => file !== missing),
          ),
        ),
      ).to.deep.equal([]);
    });
  }

  it("get another version when their keys change", () => {
    const [before] = clustersIn("bucket", objects("k1.test", files));
    const [after] = clustersIn(
      "bucket",
      objects("k1.test", files).map(({ key, etag }) => ({ key, etag: `${etag}-new` })),
    );
    expect(before?.version).to.not.equal(after?.version);
  });
});

const base64 = (text: string): string => Buffer.from(text).toString("base64");

const keyset = (keys: string): string => `kind: Keyset\nspec:\n  primaryId: "2"\n  keys:\n${keys}`;
const key = (id: string, more = ""): string =>
  `  - id: "${id}"\n    publicMaterial: ${base64(`cert ${id}\n`)}\n    privateMaterial: ` +
  `${base64(`key ${id}\n`)}\n${more}`;

/** S3 as one account sees it: it lists its own buckets, and reads everyone's. */
function s3With(
  own: readonly string[],
  all: Readonly<Record<string, readonly { key: string; etag: string }[]>>,
): S3Client {
  const send = (command: { input: { Bucket?: string } }): Promise<unknown> => {
    const { Bucket } = command.input;
    if (Bucket === undefined) return Promise.resolve({ Buckets: own.map((Name) => ({ Name })) });
    return Promise.resolve({ Contents: (all[Bucket] ?? []).map(({ key: Key, etag: ETag }) => ({ Key, ETag })) });
  };
  const client = new S3Client({ region: "us-east-1" });
  client.send = send as typeof client.send;
  return client;
}

describe("state stores of several accounts", () => {
  it("are all searched", async () => {
    const all = { central: objects("k1.a.test", files), own: objects("k1.b.test", files) };
    const [first, second] = [s3With(["central"], all), s3With(["own"], all)];
    const found = await new Stores(first, () => Promise.resolve([first, second])).list();
    expect(found.map(({ name, bucket }) => [name, bucket])).to.deep.equal([
      ["k1.a.test", "central"],
      ["k1.b.test", "own"],
    ]);
    expect((await new Stores(first).list()).map(({ name }) => name)).to.deep.equal(["k1.a.test"]);
  });
});

describe("keyset of kOps", () => {
  it("signs with its primary key and trusts all others", () => {
    expect(parseKeyset(keyset(key("1") + key("2") + key("3")))).to.deep.equal({
      primary: { certificate: "cert 2\n", key: "key 2\n" },
      trusted: ["cert 2\n", "cert 1\n", "cert 3\n"],
    });
  });

  it("does not trust a key that kOps has distrusted", () => {
    expect(
      parseKeyset(keyset(key("1", "    distrustTimestamp: 2026-01-01T00:00:00Z\n") + key("2"))).trusted,
    ).to.deep.equal(["cert 2\n"]);
  });

  it("is refused without the primary's private key", () => {
    expect(() => parseKeyset(keyset(`  - id: "2"\n    publicMaterial: ${base64("cert")}\n`))).to.throw(
      "no private key for its primary 2",
    );
  });
});

describe("completed spec of a cluster", () => {
  it("has what the control plane and the fleet need", () => {
    const yaml = [
      "spec:",
      "  kubeAPIServer:",
      "    serviceAccountIssuer: https://discovery.test",
      "    serviceAccountJWKSURI: https://discovery.test/openid/v1/jwks",
      "  serviceClusterIPRange: 100.64.0.0/13",
      "  subnets:",
      "  - zone: eu-central-1b",
    ].join("\n");
    expect(parseCompletedSpec(yaml)).to.deep.equal({
      issuer: "https://discovery.test",
      jwksUri: "https://discovery.test/openid/v1/jwks",
      serviceRange: "100.64.0.0/13",
      region: "eu-central-1",
      login: { flags: [], files: [], authenticator: false },
    });
  });
});
