import {
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  GetObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { desiredSpec, manifestOf } from "../../providers/kops/model/spec.ts";
import { authority } from "../providers/kops/authorities.ts";
import { until } from "../local/cloud/bench.ts";
import { bareArgs, clientOf, done, makeBareCheckout } from "./bare/index.ts";
import type { BareArgs, BareCheckout } from "./bare/index.ts";
import { writesTo } from "./requests.ts";

const name = "k1.bare.internal";

describe("an adoption", function () {
  this.timeout(15 * 60_000);
  let bare: BareCheckout;
  let s3: S3Client;

  const desired = (changes: Partial<BareArgs> = {}): BareArgs =>
    bareArgs("k1", bare.infrastructure, "nodeGroups: { nodes: { machineType: t3.large, count: 1 } }", {
      adopt: true,
      ...changes,
    });
  const kops = async (...words: string[]): Promise<string> =>
    (await bare.local("kops", ...words, "--name", name, "--state", "s3://bare-state")).output;
  const preview = async (): Promise<string> =>
    (await bare.localFails("pulumi", "preview", "--stack", "sbx", "--non-interactive")).output;
  /** Preview and up refuse it with these words, and write nothing to AWS or the store. */
  const refused = async (...words: (string | RegExp)[]): Promise<void> => {
    const before = await writesTo(bare.endpoint);
    for (const output of [await preview(), (await bare.upFails()).output]) {
      for (const word of words)
        expect(output).to.match(
          typeof word === "string" ? new RegExp(word.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)) : word,
        );
    }
    // A refusal in `check` does not even take the lock.
    expect(await writesTo(bare.endpoint)).to.deep.equal(before);
  };

  before(async () => {
    bare = await makeBareCheckout();
    s3 = new S3Client({ ...clientOf(bare.endpoint), forcePathStyle: true });
    const own = desired();
    const cluster: Record<string, unknown> = {
      ...own.cluster,
      networkCIDR: "172.21.0.0/16",
      subnets: (own.cluster["subnets"] as Record<string, unknown>[]).map((subnet, index) => ({
        ...subnet,
        id: undefined,
        cidr: `172.21.${index * 32}.0/19`,
      })),
    };
    for (const key of ["networkID", "DisableSubnetTags", "additionalNetworkCIDRs"])
      Reflect.deleteProperty(cluster, key);
    await bare.write(
      "manifest.yaml",
      manifestOf(desiredSpec({ ...own, cluster, owner: "nobody" })).replace(/^ +id: undefined\n/gm, ""),
    );
    await bare.local("kops", "create", "-f", "manifest.yaml", "--state", "s3://bare-state");
    await kops("update", "cluster", "--yes", "--create-kube-config=false");
    await until("the control plane serves", async () =>
      (await bare.cloud()).clusters.some((one) => one.name === name && one.status === "ready"),
    );
  });
  after(() => bare.remove());

  it("into another network is refused by preview and up, in one list that does not advise `allow`", async () => {
    await bare.declare({ k1: desired({ secrets: { certificateAuthority: authority } }) });
    await refused(
      "cluster.networkID names another network than the cluster lives in",
      "has another certificate authority than secrets.certificateAuthority",
    );
    expect(await preview())
      .to.not.contain('allow: ["networkID"]')
      .and.to.not.contain('allow: ["subnets"]');
  });

  it("without one of the control-plane groups is refused by preview and up", async () => {
    const key = `${name}/instancegroup/other-plane`;
    const plane =
      (await s3.send(new ListObjectsV2Command({ Bucket: "bare-state", Prefix: `${name}/instancegroup/control-plane` })))
        .Contents?.[0]?.Key ?? "";
    const body =
      (await (await s3.send(new GetObjectCommand({ Bucket: "bare-state", Key: plane }))).Body?.transformToString()) ??
      "";
    await s3.send(
      new PutObjectCommand({
        Bucket: "bare-state",
        Key: key,
        Body: body.replace(/name: control-plane\S+/, "name: other-plane"),
      }),
    );
    await bare.declare({ k1: desired() });
    await refused(
      "instanceGroups.other-plane a control-plane group cannot be removed",
      "cluster.networkID names another network",
    );
    await s3.send(new DeleteObjectCommand({ Bucket: "bare-state", Key: key }));
  });

  it("of a cluster that runs without manifests is refused by preview and up", async () => {
    const folder =
      (await s3.send(new ListObjectsV2Command({ Bucket: "bare-state", Prefix: `${name}/` }))).Contents ?? [];
    const kept = await Promise.all(
      folder.map(
        async ({ Key }) =>
          [
            Key,
            (await (await s3.send(new GetObjectCommand({ Bucket: "bare-state", Key }))).Body?.transformToByteArray()) ??
              new Uint8Array(),
          ] as const,
      ),
    );
    for (const [Key] of kept) await s3.send(new DeleteObjectCommand({ Bucket: "bare-state", Key }));
    await bare.declare({ k1: desired({ adopt: false }) });
    await refused(`Cluster ${name} is not in s3://bare-state, but the cloud runs it`);
    for (const [Key, Body] of kept) await s3.send(new PutObjectCommand({ Bucket: "bare-state", Key, Body }));
  });

  it("succeeds as it is, with nothing written or rolled, as soon as the inputs match the cluster", async () => {
    const living = desired();
    const cluster: Record<string, unknown> = {
      ...living.cluster,
      networkCIDR: "172.21.0.0/16",
      subnets: (living.cluster["subnets"] as Record<string, unknown>[]).map(({ name: subnet, type, zone }, index) => ({
        name: subnet,
        type,
        zone,
        cidr: `172.21.${index * 32}.0/19`,
      })),
    };
    for (const key of ["networkID", "DisableSubnetTags", "additionalNetworkCIDRs"])
      Reflect.deleteProperty(cluster, key);
    await bare.declare({ k1: { ...living, cluster } });
    expect((await bare.preview()).output).to.contain("as it is: nothing is written, nothing rolls");
    expect((await bare.up()).output)
      .to.contain("adopted as it is")
      .and.to.contain(done);
  });
});
