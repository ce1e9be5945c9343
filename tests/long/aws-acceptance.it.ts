import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateVpcCommand,
} from "@aws-sdk/client-ec2";
import {
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  IAMClient,
  ListPoliciesCommand,
} from "@aws-sdk/client-iam";
import {
  CreateKeyCommand,
  DescribeKeyCommand,
  KMSClient,
  ListAliasesCommand,
  ListKeysCommand,
} from "@aws-sdk/client-kms";
import { ChangeTagsForResourceCommand, CreateHostedZoneCommand, Route53Client } from "@aws-sdk/client-route-53";
import { CreateBucketCommand, PutBucketTaggingCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { usualAccount } from "../../local/cloud/accounts.ts";
import { accountsVariable } from "../aws/account.ts";
import { runNameAt, runTag, zoneOf } from "../aws/run-name.ts";
import type { Ran } from "../e2e/checkout.ts";
import { inventory } from "../e2e/inventory.ts";
import { clientOf, region, zonesOf } from "../e2e/network/index.ts";
import { until } from "../local/cloud/bench.ts";
import { makeWholeCheckout, smallCluster } from "../e2e/whole/index.ts";
import type { WholeCheckout } from "../e2e/whole/index.ts";

/** A run of a year that is long over. */
const old = "acc-20200101000000";
const bucketOf = (run: string): string => `pilot-${run}-state-${usualAccount}-${region}`;
const minutes = 60_000;

describe("acceptance runs", function () {
  this.timeout(30 * minutes);
  let whole: WholeCheckout;
  let client: ReturnType<typeof clientOf>;
  let s3: S3Client;
  let foreign: Record<string, string[]>;

  const npmWords = (script: string, words: readonly string[]): string[] => [
    "env",
    `${accountsVariable}=${usualAccount}`,
    ...["npm", "run", "--silent", script, "--", "--region", region, "--interval", "1s", ...words],
  ];
  const sweep = (...words: string[]): Promise<Ran> => whole.local(...npmWords("aws:sweep", words));
  /** What `inventory` leaves out: policies and aliases, and keys that nobody deletes. */
  const more = async (): Promise<Record<string, unknown>> => {
    const kms = new KMSClient(client);
    const { Keys = [] } = await kms.send(new ListKeysCommand({}));
    const states = await Promise.all(
      Keys.map(async ({ KeyId }) => (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata),
    );
    const { Policies = [] } = await new IAMClient(client).send(new ListPoliciesCommand({ Scope: "Local" }));
    return {
      // moto makes AWS's own key for volumes with the first encrypted one.
      keys: states.flatMap((one) =>
        one?.KeyState === "PendingDeletion" || one?.Description?.startsWith("Default master key") === true
          ? []
          : [one?.KeyId],
      ),
      aliases: ((await kms.send(new ListAliasesCommand({}))).Aliases ?? []).flatMap((one) =>
        one.AliasName?.startsWith("alias/aws/") === true ? [] : [one.AliasName],
      ),
      policies: Policies.map(({ PolicyName }) => PolicyName),
    };
  };
  const everything = async (): Promise<Record<string, unknown>> => ({
    ...(await inventory(whole.endpoint)),
    ...(await more()),
  });

  before(async () => {
    whole = await makeWholeCheckout();
    client = clientOf(whole.endpoint);
    s3 = new S3Client({ ...client, forcePathStyle: true });
    await makeForeign();
    foreign = (await everything()) as Record<string, string[]>;
  });
  after(() => whole.remove());

  /** What others have, some of it with names or tags like those of a run. */
  const makeForeign = async (): Promise<void> => {
    const theirs = [{ Key: "team", Value: "warehouse" }];
    const cluster = [
      { Key: "KubernetesCluster", Value: "k1.sbx.pilot.internal" },
      { Key: runTag, Value: "not a run" },
    ];
    const { Vpc } = await whole.ec2.send(
      new CreateVpcCommand({ CidrBlock: "10.99.0.0/16", TagSpecifications: [{ ResourceType: "vpc", Tags: cluster }] }),
    );
    const group = await whole.ec2.send(
      new CreateSecurityGroupCommand({
        GroupName: `nodes.k1.${zoneOf(old)}`,
        Description: "theirs",
        VpcId: Vpc?.VpcId,
      }),
    );
    await whole.ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: group.GroupId,
        IpPermissions: [{ IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: "10.0.0.0/8" }] }],
      }),
    );
    const iam = new IAMClient(client);
    const document = (more: object): string =>
      JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...more }] });
    const trust = document({ Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } });
    await iam.send(
      new CreateRoleCommand({ RoleName: `nodes.k1.${zoneOf(old)}`, AssumeRolePolicyDocument: trust, Tags: theirs }),
    );
    await iam.send(
      new CreatePolicyCommand({
        PolicyName: `${old}-theirs`,
        PolicyDocument: document({ Action: "s3:ListAllMyBuckets", Resource: "*" }),
      }),
    );
    await new KMSClient(client).send(new CreateKeyCommand({ Description: `of ${old}` }));
    for (const Bucket of [bucketOf(old), `pilot-${old}-notes`]) {
      await s3.send(
        new CreateBucketCommand({
          Bucket,
          CreateBucketConfiguration: { LocationConstraint: region as "ap-southeast-2" },
        }),
      );
      await s3.send(new PutObjectCommand({ Bucket, Key: "note", Body: "theirs" }));
    }
    await s3.send(new PutBucketTaggingCommand({ Bucket: bucketOf(old), Tagging: { TagSet: theirs } }));
    const route53 = new Route53Client(client);
    const { HostedZone } = await route53.send(
      new CreateHostedZoneCommand({ Name: zoneOf(old), CallerReference: "theirs" }),
    );
    await route53.send(
      new ChangeTagsForResourceCommand({
        ResourceType: "hostedzone",
        ResourceId: HostedZone?.Id?.replace("/hostedzone/", ""),
        AddTags: theirs,
      }),
    );
  };

  it("make, change, interrupt, continue and destroy an environment, and leave nothing", async () => {
    const run = runNameAt(new Date());
    // The local cloud lays its own settings over stack files that exist.
    await whole.write(`Pulumi.${run}.yaml`, "config: {}\n");
    const { output } = await whole.local(
      ...npmWords("aws:acceptance", ["--run", run, "--api-access", "203.0.113.0/24", "--max-minutes", "20"]),
    );
    for (const promise of [
      "up makes the environment and its cluster",
      "another up changes nothing",
      "a change rolls the nodes",
      "an interrupted change is continued by the next up",
      "destroy leaves nothing",
    ])
      expect(output).to.match(new RegExp(`== ${promise}: yes, in `));
    expect(output).not.to.match(/^deleted /m);
    expect(await everything()).to.deep.equal(foreign);
  });

  it("are refused in an account that is not listed, and when they could cost too much", async () => {
    const changes = await whole.changes();
    const other = await whole.localFails(
      ...npmWords("aws:sweep", ["--older-than", "0s", "--yes"]).map((word) =>
        word === `${accountsVariable}=${usualAccount}` ? `${accountsVariable}=999999999999` : word,
      ),
    );
    expect(other.output).to.contain(`The AWS account ${usualAccount} is not for acceptance runs`);
    const dear = await whole.localFails(...npmWords("aws:acceptance", ["--max-cost", "3", "--max-minutes", "120"]));
    expect(dear.output).to.match(/The run could cost USD \d+\.\d\d/);
    expect(await whole.changes()).to.deep.equal(changes);
    expect(await everything()).to.deep.equal(foreign);
  });

  it("that were killed leave what a sweep lists without changing it, and deletes with all else untouched", async () => {
    const [first, second] = [runNameAt(new Date(Date.now() - 2 * minutes)), runNameAt(new Date())];
    for (const run of [first, second]) {
      await whole.stack(run, {
        sandbox: true,
        tags: { [runTag]: run },
        network: {
          zones: zonesOf("a"),
          nat: "single",
          endpoints: { interfaces: ["sts"] },
          flowLogs: { to: "cloudwatch", retentionDays: 1 },
        },
        dns: { type: "private", name: zoneOf(run) },
        stateStore: { onDestroy: "purge", encryption: { type: "kms" }, managedPolicies: true },
      });
      await whole.write(
        `clusters/${run}/k1.yaml`,
        smallCluster("k1", "nodeGroups: { nodes: { machineType: t3.large, count: 1 } }\n"),
      );
    }
    const words = (command: "up" | "destroy", run: string): string[] => [
      ...["run", "--silent", "local", "--", "pulumi", command],
      ...["--stack", run, "--non-interactive", "--yes", "--skip-preview"],
    ];
    const groupsOf = async (run: string): Promise<string[]> =>
      ((await inventory(whole.endpoint))["autoScalingGroups"] ?? []).filter((name) => name.endsWith(zoneOf(run)));
    const killWhen = (is: () => Promise<boolean>) => async (pid: number) => {
      await until("kOps is half done", is, 60);
      process.kill(-pid, "SIGKILL");
    };
    await whole.npmDuring(
      /creating the cluster's cloud resources/,
      killWhen(async () => (await groupsOf(first)).length > 0),
      ...words("up", first),
    );
    await whole.pulumi("up", second);
    await whole.npmDuring(
      /deleting the cluster's cloud resources/,
      killWhen(async () => (await groupsOf(second)).length < 2),
      ...words("destroy", second),
    );
    // As of an `up` that was killed between the two calls that make and tag them.
    const third = runNameAt(new Date(Date.now() - minutes));
    await s3.send(
      new CreateBucketCommand({
        Bucket: bucketOf(third),
        CreateBucketConfiguration: { LocationConstraint: region as "ap-southeast-2" },
      }),
    );
    await new Route53Client(client).send(new CreateHostedZoneCommand({ Name: zoneOf(third), CallerReference: third }));
    await new IAMClient(client).send(
      new CreateInstanceProfileCommand({ InstanceProfileName: `nodes.k1.${zoneOf(third)}` }),
    );

    await until(
      "no kOps of a killed run works any more",
      async () => (await whole.processes()).every((line) => !line.includes("supervisor.mjs")),
      60,
    );
    let left = await everything();
    await until("the account is quiet", async () => {
      const before = left;
      left = await everything();
      return JSON.stringify(left) === JSON.stringify(before);
    });
    const changes = await whole.changes();
    const young = await sweep("--older-than", "6h", "--yes");
    expect(young.output).to.contain("0 leftovers of runs that are 6h or older");
    const dry = await sweep("--older-than", "0s");
    expect(dry.output).to.contain("Nothing was deleted");
    expect(await whole.changes()).to.deep.equal(changes);
    expect(await everything()).to.deep.equal(left);
    const unlisted = Object.entries(left).flatMap(([kind, names]) =>
      // These go with others: interfaces with what uses them, aliases with their key, main tables with their VPC.
      ["networkInterfaces", "aliases", "routeTables", "volumes"].includes(kind)
        ? []
        : (names as string[]).filter(
            (name) => name !== "default" && foreign[kind]?.includes(name) !== true && !dry.output.includes(plain(name)),
          ),
    );
    expect(unlisted).to.deep.equal([]);

    const swept = await sweep("--older-than", "0s", "--yes");
    expect(swept.output).to.contain("Nothing is left.");
    expect(await everything()).to.deep.equal(foreign);
  });
});

/** As the sweep names it: a zone without its last dot, a queue by its address. */
const plain = (name: string): string => name.replace(/\.$/, "");
