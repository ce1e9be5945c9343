import { rm } from "node:fs/promises";
import { join } from "node:path";
import { DescribeSubnetsCommand } from "@aws-sdk/client-ec2";
import { Route53 } from "@aws-sdk/client-route-53";
import { S3 } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { clientOf, zonesOf } from "../e2e/network/index.ts";
import { tagsOn } from "../e2e/network/foreign.ts";
import { unchanged } from "../e2e/summary.ts";
import { makeWholeCheckout, smallCluster } from "../e2e/whole/index.ts";
import type { WholeCheckout } from "../e2e/whole/index.ts";
import type { Ran } from "../e2e/checkout.ts";

const k1 = "k1.sbx.pilot.internal";
const [state, oidc, replica] = ["lost-state", "lost-oidc", "lost-replica"];
const config = {
  network: { cidr: "10.20.0.0/16", zones: zonesOf("ab"), nat: "single" },
  dns: { type: "private", name: "sbx.pilot.internal" },
  stateStore: {
    stateBucket: state,
    discoveryBucket: oidc,
    replica: { bucket: replica, region: "ap-southeast-1" },
    objectLock: { mode: "governance", days: 1 },
  },
  sandbox: true,
};

/** The commands of docs/guide/losses.md, in its order. */
describe("with a living cluster, losing", function () {
  this.timeout(25 * 60_000);
  let whole: WholeCheckout;
  let s3: S3;
  /** Instances, and changing calls of AWS without S3, before the first loss: neither ever changes. */
  let atFirst: { instances: Record<string, string[]>; changes: Record<string, number> };

  /** The copy of Pulumi's state that the guide recommends. */
  const copy = (): string => join(whole.folder, "state.json");
  const look = async (): Promise<typeof atFirst> => ({
    instances: await whole.instances(),
    changes: await whole.changes(),
  });
  const contents = async (bucket = state): Promise<Record<string, string | undefined>> => {
    const { Contents = [] } = await s3.listObjectsV2({ Bucket: bucket });
    return Object.fromEntries(Contents.map(({ Key = "", ETag }): [string, string | undefined] => [Key, ETag]));
  };
  const restoreStore = (...words: string[]): Promise<Ran> =>
    whole.local("node", "cli/pilot.mjs", "restore-store", `s3://${state}`, ...words);
  /** Deletes a bucket with every version, as somebody who may bypass its guards. */
  const deleteBucket = async (Bucket: string): Promise<void> => {
    const { Versions = [], DeleteMarkers = [] } = await s3.listObjectVersions({ Bucket });
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key = "", VersionId }) => ({ Key, VersionId }));
    const { Errors = [] } = await s3.deleteObjects({ Bucket, Delete: { Objects }, BypassGovernanceRetention: true });
    expect(Errors).to.deep.equal([]);
    await s3.deleteBucket({ Bucket });
  };
  const upFails = (): Promise<Ran> =>
    whole.localFails("pulumi", "up", "--stack", "sbx", "--non-interactive", "--yes", "--skip-preview");
  const forgetState = (): Promise<Ran> =>
    whole.local("pulumi", "stack", "rm", "sbx", "--force", "--yes", "--preserve-config");
  const importState = async (): Promise<void> => {
    await whole.local("pulumi", "stack", "init", "sbx");
    await whole.local("pulumi", "stack", "import", "--stack", "sbx", "--file", copy());
  };
  const isAsBefore = async (): Promise<void> => {
    expect((await whole.pulumi("up", "sbx")).output).to.match(unchanged);
    expect(await look()).to.deep.equal(atFirst);
    const { output } = await whole.local("kops", "update", "cluster", "--name", k1, "--state", `s3://${state}`);
    expect(output).to.contain("No changes need to be applied");
  };

  before(async () => {
    whole = await makeWholeCheckout();
    s3 = new S3({ ...clientOf(whole.endpoint), forcePathStyle: true, followRegionRedirects: true });
    await whole.stack("sbx", config);
    await whole.write(
      "clusters/sbx/k1.yaml",
      smallCluster("k1", "nodeGroups:\n  nodes: { machineType: t3.large, count: 1 }\n"),
    );
    await whole.pulumi("up", "sbx");
    await whole.local("pulumi", "stack", "export", "--stack", "sbx", "--file", copy());
    atFirst = await look();
    await isAsBefore();
  });
  after(() => whole.remove());

  it("nothing leaves the same objects in the replica, in another region", async () => {
    const { LocationConstraint } = await s3.getBucketLocation({ Bucket: replica });
    expect(LocationConstraint).to.equal("ap-southeast-1");
    expect(await contents(replica)).to.deep.equal(await contents());
  });

  it("all objects is undone by the store's own versions: nothing changes but the objects", async () => {
    const [there, then] = [await contents(), new Date()];
    // S3's times have seconds.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const Objects = Object.keys(there).map((Key) => ({ Key }));
    await s3.deleteObjects({ Bucket: state, Delete: { Objects } });
    expect(await contents()).to.deep.equal({});
    // An `up` in between neither makes a second cluster nor new keys.
    await whole.edit("clusters/sbx/k1.yaml", "count: 1 }", "count: 2 }");
    await upFails();
    await whole.edit("clusters/sbx/k1.yaml", "count: 2 }", "count: 1 }");
    expect(await look()).to.deep.equal(atFirst);

    expect((await restoreStore("--at", new Date().toISOString())).output).to.contain("name an earlier time with --at");
    const shown = await restoreStore("--at", then.toISOString());
    expect(shown.output).to.contain(`of ${k1}`).and.to.contain(`--at ${then.toISOString()} --apply`);
    await restoreStore("--at", then.toISOString(), "--apply");
    const back = await contents();
    for (const [key, etag] of Object.entries(there))
      if (!key.endsWith("lock.json")) expect(back[key], key).to.equal(etag);
    await isAsBefore();
  });

  it("the bucket is undone by its replica: the next up sets only the bucket's own settings", async () => {
    const there = await contents();
    await deleteBucket(state);
    expect((await upFails()).output)
      .to.contain(`the bucket ${state} does not exist`)
      .and.to.contain("losses.md");
    expect(await look()).to.deep.equal(atFirst);
    const from = ["--from", `s3://${replica}`];
    expect((await restoreStore(...from)).output).to.contain("--apply --create");
    await restoreStore(...from, "--apply", "--create");
    expect(await contents()).to.deep.equal(there);
    const { output } = await whole.pulumi("up", "sbx", "--refresh");
    expect(output).to.not.match(/^ *[+~-]+ +(?!aws:s3:)\S+ \S+ (created|updated|deleted|replaced)/m);
    await isAsBefore();
    // Settings of the bucket itself are back, too.
    expect((await s3.getBucketVersioning({ Bucket: state })).Status).to.equal("Enabled");
    expect((await s3.getBucketReplication({ Bucket: state })).ReplicationConfiguration?.Rules).to.have.length(1);
    expect((await s3.getBucketLifecycleConfiguration({ Bucket: state })).Rules).to.have.length(2);
  });

  it("the discovery bucket is undone by two runs, the second of which publishes the same keys", async () => {
    const there = await contents(oidc);
    await deleteBucket(oidc);
    // A refresh of the whole stack fails: kOps's dry run needs the bucket.
    await whole.pulumi("refresh", "sbx", "--target", "**::sbx-discovery");
    await whole.pulumi("up", "sbx");
    await whole.pulumi("up", "sbx", "--refresh");
    expect(await contents(oidc)).to.deep.equal(there);
    expect(await whole.instances()).to.deep.equal(atFirst.instances);
  });

  it("Pulumi's state is refused by preview and up, and undone by a copy of it", async () => {
    await whole.local("pulumi", "stack", "export", "--stack", "sbx", "--file", copy());
    atFirst = await look();
    await forgetState();
    await whole.local("pulumi", "stack", "init", "sbx");
    for (const command of ["preview", "up"] as const) {
      const { output } =
        command === "up"
          ? await upFails()
          : await whole.localFails("pulumi", "preview", "--stack", "sbx", "--non-interactive");
      expect(output)
        .to.contain("The stack sbx has lost its Pulumi state (nothing was changed)")
        .and.to.contain(`${k1} (organization/pilot/sbx)`);
    }
    expect(await look()).to.deep.equal(atFirst);
    await whole.local("pulumi", "stack", "import", "--stack", "sbx", "--file", copy());
    await isAsBefore();
  });

  it("both at once is undone by replica and copy, in this order", async () => {
    await deleteBucket(state);
    await forgetState();
    await restoreStore("--from", `s3://${replica}`, "--apply", "--create");
    await importState();
    await whole.pulumi("up", "sbx", "--refresh");
    await isAsBefore();
  });

  it("Pulumi's state without any copy is undone by adoption: cluster and network stay, only untracked", async () => {
    const { Subnets = [] } = await whole.ec2.send(
      new DescribeSubnetsCommand({ Filters: [{ Name: "tag:environment", Values: ["sbx"] }] }),
    );
    const idsOf = (kind: string): string[] =>
      Subnets.filter(({ Tags = [] }) =>
        Tags.some(({ Key, Value }) => Key === "Name" && Value?.includes(kind) === true),
      ).map(({ SubnetId = "" }) => SubnetId);
    const [privates, utilities] = [idsOf("private"), idsOf("utility")];
    expect([privates, utilities].map(({ length }) => length)).to.deep.equal([2, 2]);
    const tagged = [...privates, ...utilities, Subnets[0]?.VpcId ?? ""];
    const { HostedZones: [zone] = [] } = await new Route53(clientOf(whole.endpoint)).listHostedZones({});
    await forgetState();
    await rm(copy());
    await whole.stack("sbx", {
      ...config,
      network: {
        zones: zonesOf("ab"),
        existing: {
          vpcId: Subnets[0]?.VpcId,
          subnets: { private: { ids: privates }, utility: { ids: utilities } },
        },
      },
      dns: {
        type: "existing",
        name: "sbx.pilot.internal",
        id: zone?.Id?.replace("/hostedzone/", ""),
        visibility: "private",
      },
    });
    const tags = await tagsOn(whole.ec2, tagged);
    await whole.pulumi("up", "sbx");
    expect(await tagsOn(whole.ec2, tagged)).to.deep.equal(tags);
    expect(await whole.instances()).to.deep.equal(atFirst.instances);
    expect((await whole.pulumi("up", "sbx")).output).to.match(unchanged);
  });
});
