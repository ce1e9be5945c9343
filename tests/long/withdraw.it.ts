import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateTagsCommand, DescribeTagsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { bareArgs, clientOf, done, makeBareCheckout, unchanged } from "../e2e/bare/index.ts";
import type { BareArgs, BareCheckout } from "../e2e/bare/index.ts";
import { faultsOf } from "../e2e/faults.ts";
import type { Faults } from "../e2e/faults.ts";
import { inventory } from "../e2e/inventory.ts";
import { makeWholeCheckout, smallCluster } from "../e2e/whole/index.ts";
import type { WholeCheckout } from "../e2e/whole/index.ts";
import { until } from "../local/cloud/bench.ts";
import { processes, runningOf } from "../crash/processes.ts";

const owner = "organization/pilot/sbx";

describe("an unfinished create", function () {
  this.timeout(20 * 60_000);
  const name = "k9.bare.internal";
  const store = "s3://bare-state";
  let bare: BareCheckout;
  let faults: Faults;
  let s3: S3Client;
  let ec2: EC2Client;
  let initially: Record<string, string[]>;

  before(async () => {
    bare = await makeBareCheckout();
    faults = await faultsOf(bare.endpoint);
    s3 = new S3Client({ ...clientOf(bare.endpoint), forcePathStyle: true });
    ec2 = new EC2Client(clientOf(bare.endpoint));
    initially = await inventory(bare.endpoint);
  });
  afterEach(() => faults.clear());
  after(() => bare.remove());

  /** A cluster for which kOps tags the subnets. */
  const args = (changes: Partial<BareArgs> = {}): BareArgs => {
    const made = bareArgs(
      "k9",
      bare.infrastructure,
      "nodeGroups: { nodes: { machineType: t3.large, count: 1 } }",
      changes,
    );
    return { ...made, cluster: { ...made.cluster, DisableSubnetTags: false } };
  };
  const command = (...more: string[]): string[] => ["node", "cli/pilot.mjs", "withdraw", store, name, ...more];
  const withdrawn = ["--owner", owner, "--yes"];
  const stored = async (): Promise<string[]> =>
    ((await s3.send(new ListObjectsV2Command({ Bucket: "bare-state" }))).Contents ?? []).map(({ Key }) => Key ?? "");
  const left = async (): Promise<string[]> =>
    (await stored()).filter(
      (key) => !key.startsWith(`_pilot/${name}/archive/`) && !key.startsWith(`_pilot/${name}/history/`),
    );
  const tags = async (): Promise<string[]> =>
    (
      (await ec2.send(new DescribeTagsCommand({ Filters: [{ Name: "resource-type", Values: ["subnet", "vpc"] }] })))
        .Tags ?? []
    )
      .map(({ ResourceId, Key, Value }) => `${ResourceId ?? ""} ${Key ?? ""}=${Value ?? ""}`)
      .sort();
  const nothingLeft = async (): Promise<void> => {
    expect(await inventory(bare.endpoint)).to.deep.equal(initially);
    expect(await tags()).to.deep.equal([]);
    expect(await left()).to.deep.equal([]);
  };
  const killedRunEnded = (): Promise<unknown> =>
    until(
      "the processes of the killed run have ended",
      async () => Object.values(runningOf(await processes(), bare.folder, bare.folder)).flat().length === 0,
    );
  const killedAt = (pattern: RegExp): Promise<unknown> => bare.npmKilledAt(pattern, ...bare.upWords);
  /** Tags the subnets like a program that was killed before its state recorded the tags. */
  const tagAsProgram = (): Promise<unknown> =>
    ec2.send(
      new CreateTagsCommand({
        Resources: bare.infrastructure.zones.map(({ privateSubnetId }) => privateSubnetId),
        Tags: [{ Key: `kubernetes.io/cluster/${name}`, Value: "shared" }],
      }),
    );

  it("that Pulumi's state does not know is deleted completely by one command, even after that is killed", async () => {
    await tagAsProgram();
    await bare.declare({ k9: args() });
    await killedAt(/waiting for the new cluster/);
    expect((await inventory(bare.endpoint))["instances"]).to.have.length(2);
    await bare.declare({});
    await bare.up();
    expect((await inventory(bare.endpoint))["instances"], "up alone deletes nothing").to.have.length(2);
    expect((await bare.localFails("node", "cli/pilot.mjs", "forget", store, name)).output).to.contain(
      `npx pilot withdraw ${store} ${name}`,
    );

    const look = await bare.local(...command());
    expect(look.output)
      .to.match(/a create that has not ended: create begun \S+ stopped at ApiServed/)
      .and.to.match(/deletes \d\d+ cloud resources/);
    expect(look.output).to.contain("From these subnets its tags are removed").and.to.contain(`--owner ${owner} --yes`);
    expect((await inventory(bare.endpoint))["instances"], "the look deletes nothing").to.have.length(2);
    expect((await bare.localFails(...command("--yes"))).output).to.contain("--yes needs --owner");
    expect((await bare.localFails(...command("--owner", "organization/pilot/prod", "--yes"))).output).to.contain(
      `it belongs to ${owner}`,
    );

    await faults.add({
      service: "ec2",
      action: "DeleteSecurityGroup",
      status: 400,
      code: "DependencyViolation",
      message: "has a dependent object",
    });
    await bare.npmKilledAt(/deleting: \d+ gone/, "run", "local", "--", ...command(...withdrawn));
    await faults.clear();
    expect((await bare.local(...command())).output).to.contain("a deletion that has not ended");
    expect((await bare.local(...command(...withdrawn))).output).to.contain(`Cluster ${name} is withdrawn`);
    await nothingLeft();
    expect((await bare.local(...command(...withdrawn))).output).to.contain("there is nothing to withdraw");
    expect((await bare.up()).output).to.match(unchanged);
  });

  it("can be made again after its withdrawal, and is then deleted by its file alone", async () => {
    await bare.declare({ k9: args() });
    expect((await bare.up()).output).to.contain(done);
    expect((await bare.nodes("k9")).filter(({ ready }) => ready)).to.have.length(2);
    expect((await bare.localFails(...command(...withdrawn))).output)
      .to.contain("may run, and is not withdrawn")
      .and.to.contain("take its file out and run `pulumi up`");
    await bare.declare({});
    await bare.up();
    await nothingLeft();
  });

  it("that never becomes valid is withdrawn while in Pulumi's state; up notices, with or without file", async () => {
    const never = args({ validation: { interval: "1s", timeout: "3s", count: 1 } });
    await faults.add({
      service: "autoscaling",
      action: "DescribeAutoScalingGroups",
      agent: "aws-sdk-go",
      status: 503,
      code: "ServiceUnavailable",
      message: "not now",
    });
    await bare.declare({ k9: { ...never, timeouts: { create: "60s", update: "60s" } } });
    await bare.upFails();
    await faults.clear();
    await bare.local(...command(...withdrawn));
    await nothingLeft();
    await bare.declare({});
    await bare.up();
    await nothingLeft();
    await bare.declare({ k9: args() });
    await bare.up();
    await bare.declare({});
    await bare.up();
    await nothingLeft();
  });

  it("is withdrawn without manifests in the store or in the journal", async () => {
    await bare.declare({ k9: args() });
    await killedAt(/waiting for the new cluster/);
    await bare.declare({});
    const Key = `_pilot/${name}/journal.json`;
    const journal = JSON.parse(
      (await (await s3.send(new GetObjectCommand({ Bucket: "bare-state", Key }))).Body?.transformToString()) ?? "",
    ) as Record<string, unknown>;
    delete journal["told"];
    delete journal["written"];
    await s3.send(new PutObjectCommand({ Bucket: "bare-state", Key, Body: JSON.stringify(journal) }));
    for (const key of await stored())
      if (key === `${name}/config` || key.startsWith(`${name}/instancegroup/`))
        await s3.send(new DeleteObjectCommand({ Bucket: "bare-state", Key: key }));
    expect((await bare.local(...command())).output).to.match(/deletes \d\d+ cloud resources/);
    expect((await bare.local(...command(...withdrawn))).output)
      .to.contain("the store has no manifest of the cluster")
      .and.to.contain("is withdrawn");
    await nothingLeft();
  });

  it("killed between creating and tagging an instance profile is withdrawn with that profile", async () => {
    await bare.declare({ k9: args() });
    await faults.add({
      service: "iam",
      action: "TagInstanceProfile",
      status: 503,
      code: "ServiceUnavailable",
      message: "not now",
    });
    const kill = async (pid: number): Promise<void> => {
      await until(
        "kOps has made an instance profile",
        async () => "instanceProfiles" in (await inventory(bare.endpoint)),
      );
      process.kill(-pid, "SIGKILL");
    };
    await bare.npmDuring(/creating the cluster's cloud resources/, kill, ...bare.upWords);
    await killedRunEnded();
    await faults.clear();
    await bare.declare({});
    expect((await bare.local(...command(...withdrawn))).output).to.contain(
      "deleted instance profiles that kOps had not tagged yet",
    );
    await nothingLeft();
  });

  it("that is protected is withdrawn only once it was declared without protection", async () => {
    await bare.declare({ k9: args({ deletionProtection: true }) });
    await killedAt(/creating the cluster's cloud resources/);
    await bare.declare({});
    expect((await bare.localFails(...command(...withdrawn))).output)
      .to.contain("is protected from deletion")
      .and.to.contain("deletionProtection: false");
    await bare.declare({ k9: args({ deletionProtection: false }) });
    await killedAt(/creating the cluster's cloud resources/);
    await bare.declare({});
    await bare.local(...command(...withdrawn));
    await nothingLeft();
  });

  it("that only began an adoption is not withdrawn; the forget command releases it, the cluster stays", async () => {
    await bare.declare({ k9: args() });
    await bare.up();
    const running = await inventory(bare.endpoint);
    await bare.local(
      "pulumi",
      "state",
      "delete",
      "urn:pulumi:sbx::pilot::pulumi-nodejs:dynamic/kops:Cluster::k9",
      "--stack",
      "sbx",
      "--yes",
    );
    for (const key of await stored())
      if (key.startsWith(`_pilot/${name}/`)) await s3.send(new DeleteObjectCommand({ Bucket: "bare-state", Key: key }));
    expect((await bare.localFails(...command(...withdrawn))).output).to.contain("this program did not make it");
    await bare.declare({ k9: args({ adopt: true }) });
    await faults.add({
      service: "s3",
      action: "PutObject",
      path: "/_pilot/[^/]+/journal\\.json",
      body: '"name": "Validated"',
      hold: "before",
      times: 1,
    });
    const kill = async (pid: number): Promise<void> => {
      await faults.held(AbortSignal.timeout(60_000));
      process.kill(-pid, "SIGKILL");
    };
    await bare.npmDuring(/adopted as it is/, kill, ...bare.upWords);
    await killedRunEnded();
    await faults.clear();
    await bare.declare({});
    await bare.up();
    const refused = await bare.localFails(...command(...withdrawn));
    expect(refused.output)
      .to.contain("an adoption that has not ended")
      .and.to.contain(`npx pilot forget ${store} ${name}`);
    await bare.local("node", "cli/pilot.mjs", "forget", store, name);
    expect(await inventory(bare.endpoint)).to.deep.equal(running);
    const own = (await stored()).filter((key) => key.startsWith("_pilot/"));
    expect(own.filter((key) => !key.startsWith(`_pilot/${name}/history/`))).to.deep.equal([]);
    await bare.declare({ k9: args({ adopt: true }) });
    await bare.up();
    await bare.declare({});
    await bare.up();
    expect(await inventory(bare.endpoint)).to.deep.equal(initially);
  });
});

describe("a create that its stack no longer declares", function () {
  this.timeout(20 * 60_000);
  const name = "k9.sbx.example.internal";
  let whole: WholeCheckout;

  before(async () => {
    whole = await makeWholeCheckout();
    await whole.stack("sbx", {
      network: { cidr: "10.40.0.0/16", zones: ["ap-southeast-2a"], topology: "public" },
      dns: { type: "private", name: "sbx.example.internal" },
      stateStore: { onDestroy: "purge" },
      sandbox: true,
    });
  });
  after(() => whole.remove());

  const killedUp = async (stack: string): Promise<void> => {
    await whole.npmKilledAt(
      /waiting for the new cluster/,
      "run",
      "local",
      "--",
      "pulumi",
      "up",
      "--stack",
      stack,
      "--non-interactive",
      "--yes",
      "--skip-preview",
    );
    await until(
      "the processes of the killed run have ended",
      async () => Object.values(runningOf(await processes(), whole.folder, whole.folder)).flat().length === 0,
    );
  };
  const small = "nodeGroups: { nodes: { machineType: t3.large, count: 1 } }";

  it("is named by every preview and up until it is withdrawn, which leaves no tag on shared subnets", async () => {
    const nothing = /k9\.sbx\.example\.internal/;
    expect((await whole.pulumi("preview", "sbx")).output, "of a store that is not there yet").not.to.match(
      /Cannot check whether/,
    );
    await whole.pulumi("up", "sbx");
    const before = await inventory(whole.endpoint);
    const {
      stateStore: { stateStore: store },
    } = await whole.outputs<{ stateStore: { stateStore: string } }>("sbx");
    await whole.write("clusters/sbx/k9.yaml", smallCluster("k9", small));
    await killedUp("sbx");
    await whole.forget("clusters/sbx/k9.yaml");
    const named = `npx pilot withdraw ${store} ${name}`;
    const said =
      /No file asks for k9\.sbx\.example\.internal any more and Pulumi's state does not know it, but by the state store this stack has a create that has not ended: create begun \S+ stopped at ApiServed/;
    expect((await whole.pulumi("preview", "sbx")).output)
      .to.match(said)
      .and.to.contain(named);
    expect((await whole.pulumi("up", "sbx")).output)
      .to.match(said)
      .and.to.contain(named);
    expect((await whole.pulumi("preview", "sbx", "--expect-no-changes")).output).to.match(said);
    expect(
      (await whole.local("node", "cli/pilot.mjs", "withdraw", store, name, "--owner", owner, "--yes")).output,
    ).to.contain("is withdrawn");
    expect(await inventory(whole.endpoint)).to.deep.equal(before);
    expect((await whole.pulumi("preview", "sbx", "--expect-no-changes")).output).not.to.match(nothing);
    const tags =
      (
        await whole.ec2.send(
          new DescribeTagsCommand({ Filters: [{ Name: "resource-type", Values: ["subnet", "vpc"] }] }),
        )
      ).Tags ?? [];
    expect(tags.filter(({ Key = "" }) => Key.includes(name))).to.deep.equal([]);
  });

  it("is named only by its own stack, also by a stack of clusters, and not once its file is back", async () => {
    await whole.stack("team", { environment: "sbx", sandbox: true });
    await whole.write("clusters/team/k8.yaml", smallCluster("k8", small));
    await killedUp("team");
    await whole.forget("clusters/team/k8.yaml");
    const said = /No file asks for k8\.sbx\.example\.internal any more/;
    expect((await whole.pulumi("preview", "team")).output)
      .to.match(said)
      .and.to.contain("npx pilot withdraw s3://");
    expect((await whole.pulumi("preview", "sbx")).output, "another stack's").not.to.match(said);
    await whole.write("clusters/team/k8.yaml", smallCluster("k8", small));
    expect((await whole.pulumi("up", "team")).output)
      .to.contain("the cluster is up to date")
      .and.not.to.match(said);
    await whole.pulumi("destroy", "team");
    expect((await whole.pulumi("preview", "sbx", "--expect-no-changes")).output).not.to.match(said);
  });
});
