import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import {
  CreateVpcCommand,
  DescribeBundleTasksCommand,
  DescribeInstancesCommand,
  DescribeVpcsCommand,
  ModifyVpcAttributeCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { DescribeTargetHealthCommand, CreateTargetGroupCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { AttachLoadBalancerTargetGroupsCommand, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import { ListUsersCommand } from "@aws-sdk/client-iam";
import { ListHostedZonesCommand } from "@aws-sdk/client-route-53";
import { ListQueuesCommand } from "@aws-sdk/client-sqs";
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { faultsOf } from "../../e2e/faults.ts";
import { writesTo } from "../../e2e/requests.ts";
import { nameOnCertificate, requestCertificate } from "./certificates.ts";
import { clientsOf, errorCode, given, region } from "./clients.ts";
import { createGroup, createNetwork, createTemplate, instanceIdsOf } from "./network.ts";
import { errorsOf, refusalOf, startAws, type Aws } from "./server.ts";

describe("the AWS server of the local cloud", function () {
  this.timeout(60_000);
  const running = new Set<Aws>();
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "pilot-aws-"));
  });
  afterEach(async () => {
    for (const aws of running) await aws.end("SIGKILL");
    running.clear();
    await rm(dir, { recursive: true, force: true });
  });

  async function start(): Promise<Aws> {
    const aws = await startAws(dir);
    running.add(aws);
    return aws;
  }

  /** Everything kOps leaves in memory: instances with encrypted volumes in a group behind a target group, objects. */
  async function fill(aws: Aws) {
    const clients = clientsOf(aws.endpoint);
    const network = await createNetwork(clients);
    const template = await createTemplate(clients, "kept", {
      BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { Encrypted: true, VolumeType: "gp3", VolumeSize: 20 } }],
    });
    await createGroup(clients, "kept", template, network.subnetIds, 3);
    const made = await clients.elb.send(
      new CreateTargetGroupCommand({ Name: "kept", Protocol: "TCP", Port: 443, VpcId: network.vpcId }),
    );
    const arn = given(made.TargetGroups?.[0]?.TargetGroupArn);
    await clients.autoScaling.send(
      new AttachLoadBalancerTargetGroupsCommand({ AutoScalingGroupName: "kept", TargetGroupARNs: [arn] }),
    );
    await clients.s3.send(
      new CreateBucketCommand({ Bucket: "kept", CreateBucketConfiguration: { LocationConstraint: region } }),
    );
    await clients.s3.send(
      new PutBucketVersioningCommand({ Bucket: "kept", VersioningConfiguration: { Status: "Enabled" } }),
    );
    const object = await clients.s3.send(
      new PutObjectCommand({ Bucket: "kept", Key: "config", Body: "what was written" }),
    );
    const certificate = await requestCertificate(aws.endpoint, "kept.example.com");
    return { arn, version: given(object.VersionId), certificate, ids: await instanceIdsOf(clients, "kept") };
  }

  async function expectKept(
    aws: Aws,
    { arn, version, certificate, ids }: Awaited<ReturnType<typeof fill>>,
  ): Promise<void> {
    const clients = clientsOf(aws.endpoint);
    const object = await clients.s3.send(new GetObjectCommand({ Bucket: "kept", Key: "config", VersionId: version }));
    expect(await object.Body?.transformToString()).to.equal("what was written");
    expect(await instanceIdsOf(clients, "kept")).to.deep.equal(ids);
    expect(await nameOnCertificate(aws.endpoint, certificate)).to.equal("kept.example.com");
    // The parts of the memory still belong together: the group sees what EC2 terminates, and the target group sees
    // what the group launches.
    await clients.ec2.send(new TerminateInstancesCommand({ InstanceIds: [given(ids[0])] }));
    const after = await instanceIdsOf(clients, "kept");
    expect(after).to.have.length(3).and.not.include(ids[0]);
    const health = await clients.elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: arn }));
    expect(health.TargetHealthDescriptions?.map((one) => one.Target?.Id).sort()).to.deep.equal([...after].sort());
    expect(
      (await clients.ec2.send(new DescribeInstancesCommand({ InstanceIds: [given(ids[0])] }))).Reservations,
    ).to.have.length(1);
    expect(await errorsOf(aws)).to.deep.equal([]);
  }

  it("restores everything after SIGTERM and a new start", async () => {
    const aws = await start();
    const kept = await fill(aws);
    expect(await aws.end("SIGTERM")).to.equal(0);
    running.delete(aws);
    await expectKept(await start(), kept);
  });

  it("restores changes after kill -9 once they are a second old", async () => {
    const first = await start();
    const kept = await fill(first);
    await first.end("SIGTERM");
    running.delete(first);

    // Everything is saved now, so the next write of the file contains the change.
    const aws = await start();
    const file = join(dir, "aws.pickle");
    const { mtimeMs } = await stat(file);
    const made = await clientsOf(aws.endpoint).ec2.send(new CreateVpcCommand({ CidrBlock: "10.77.0.0/16" }));
    while ((await stat(file)).mtimeMs === mtimeMs) await pause(20);
    await aws.end("SIGKILL");
    running.delete(aws);

    const again = await start();
    const found = await clientsOf(again.endpoint).ec2.send(
      new DescribeVpcsCommand({ VpcIds: [given(made.Vpc?.VpcId)] }),
    );
    expect(found.Vpcs?.[0]?.CidrBlock).to.equal("10.77.0.0/16");
    await expectKept(again, kept);
  });

  it("writes a file that only its owner can read", async () => {
    const aws = await start();
    await clientsOf(aws.endpoint).ec2.send(new CreateVpcCommand({ CidrBlock: "10.77.0.0/16" }));
    await aws.end("SIGTERM");
    expect((await stat(join(dir, "aws.pickle"))).mode & 0o777).to.equal(0o600);
  });

  for (const [what, damage] of [
    ["torn", (file: Buffer) => file.subarray(0, file.length / 2)],
    [
      "from another moto",
      (file: Buffer) => Buffer.from(file.toString("latin1").replace(/"moto": "[^"]*"/, '"moto": "4.0.0"'), "latin1"),
    ],
    ["in an unknown format", () => Buffer.from("hello")],
  ] as const) {
    it(`refuses a memory file that is ${what}, with the command that deletes it`, async () => {
      const aws = await start();
      await clientsOf(aws.endpoint).ec2.send(new CreateVpcCommand({ CidrBlock: "10.77.0.0/16" }));
      await aws.end("SIGTERM");
      running.delete(aws);
      const file = join(dir, "aws.pickle");
      await writeFile(file, damage(await readFile(file)));
      const { code, stderr } = await refusalOf(dir, "--port", "0");
      expect(code).to.equal(1);
      expect(stderr.trim().split("\n")).to.have.length(1);
      expect(stderr).to.include(file).and.include("npm run local:reset");
    });
  }

  it("refuses every address that is not loopback", async () => {
    for (const host of ["0.0.0.0", "10.0.0.1", "example.test"]) {
      const { code, stderr } = await refusalOf(dir, "--host", host);
      expect(code, host).to.not.equal(0);
      expect(stderr).to.include("loopback");
    }
  });

  it("reports which port is busy", async () => {
    const aws = await start();
    const { code, stderr } = await refusalOf(dir, "--port", new URL(aws.endpoint).port);
    expect(code).to.equal(1);
    expect(stderr).to.include(new URL(aws.endpoint).port).and.include("npm run local:stop");
  });

  it("answers each of kOps's hash requests differently, and always the same", async () => {
    const aws = await start();
    const ask = async (path: string) => (await fetch(`${aws.endpoint}/_pilot/assets/${path}`)).text();
    const nodeup = await ask("1.35.0/linux/amd64/nodeup.sha256");
    expect(nodeup).to.match(/^[0-9a-f]{64}\n$/);
    expect(await ask("1.35.0/linux/amd64/nodeup.sha256")).to.equal(nodeup);
    expect(await ask("1.35.0/linux/arm64/nodeup.sha256")).to.not.equal(nodeup);
    expect((await fetch(`${aws.endpoint}/_pilot/assets/1.35.0/linux/amd64/nodeup`)).status).to.equal(404);
  });

  it("counts changes by service, with Pilot's own objects separate, and no reads", async () => {
    const aws = await start();
    const { ec2, s3 } = clientsOf(aws.endpoint);
    await s3.send(
      new CreateBucketCommand({ Bucket: "state", CreateBucketConfiguration: { LocationConstraint: region } }),
    );
    for (const Key of [
      "k1.example.com/config",
      "_pilot/k1.example.com/journal.json",
      "_pilot/k1.example.com/lock.json",
    ])
      await s3.send(new PutObjectCommand({ Bucket: "state", Key, Body: "{}" }));
    await s3.send(new GetObjectCommand({ Bucket: "state", Key: "k1.example.com/config" }));
    await ec2.send(new DescribeVpcsCommand({}));
    expect(await writesTo(aws.endpoint)).to.deep.equal({ s3: 2, "s3/_pilot": 2 });
  });

  it("lists the requests it failed, and answers them so that no SDK retries", async () => {
    const aws = await start();
    expect(await errorsOf(aws)).to.deep.equal([]);
    // A call that moto does not implement.
    expect(await errorCode(clientsOf(aws.endpoint).ec2.send(new DescribeBundleTasksCommand({})))).to.equal(
      "LocalCloudGap",
    );
    const listed = (await errorsOf(aws)) as { service: string; action: string; detail: string[] }[];
    expect(listed.map((one) => `${one.service} ${one.action}`)).to.deep.equal(["ec2 DescribeBundleTasks"]);
    expect(listed[0]?.detail.join("\n")).to.include("NotImplementedError");
  });

  describe("with injected failures", () => {
    async function fault(aws: Aws, ...rules: object[]): Promise<Response> {
      return fetch(`${aws.endpoint}/_pilot/faults`, { method: "POST", body: JSON.stringify(rules) });
    }

    it("throttles as often as configured, and no other calls", async () => {
      const aws = await start();
      const { ec2 } = clientsOf(aws.endpoint, { maxAttempts: 1 });
      await fault(aws, { service: "ec2", action: "DescribeVpcs", status: 503, code: "RequestLimitExceeded", times: 2 });
      const ask = () => errorCode(ec2.send(new DescribeVpcsCommand({})));
      expect(await errorCode(ec2.send(new DescribeInstancesCommand({})))).to.equal("no error");
      expect([await ask(), await ask(), await ask()]).to.deep.equal([
        "RequestLimitExceeded",
        "RequestLimitExceeded",
        "no error",
      ]);
      expect(await errorsOf(aws), "a requested fault is no failure").to.deep.equal([]);
    });

    it("denies access until it is turned off, in each API's words", async () => {
      const aws = await start();
      const { ec2, s3, iam, autoScaling, sqs, route53 } = clientsOf(aws.endpoint);
      await fault(aws, { status: 403, code: "AccessDenied", message: "not for you" });
      const calls: (() => Promise<unknown>)[] = [
        () => ec2.send(new DescribeVpcsCommand({})),
        () => s3.send(new GetObjectCommand({ Bucket: "none", Key: "none" })),
        () => iam.send(new ListUsersCommand({})),
        () => autoScaling.send(new DescribeAutoScalingGroupsCommand({})),
        () => sqs.send(new ListQueuesCommand({})),
        () => route53.send(new ListHostedZonesCommand({})),
      ];
      for (const call of calls) {
        const failure: unknown = await call().then(
          () => undefined,
          (error: unknown) => error,
        );
        expect(failure).to.be.instanceOf(Error);
        expect(failure).to.include({ name: "AccessDenied", message: "not for you" });
      }
      await fetch(`${aws.endpoint}/_pilot/faults`, { method: "DELETE" });
      expect(await errorCode(ec2.send(new DescribeVpcsCommand({})))).to.equal("no error");
    });

    it("holds a call before its effect, or only its answer, until it is released", async () => {
      const aws = await start();
      const { s3 } = clientsOf(aws.endpoint);
      await s3.send(
        new CreateBucketCommand({ Bucket: "held", CreateBucketConfiguration: { LocationConstraint: region } }),
      );
      const faults = await faultsOf(aws.endpoint);
      const signal = AbortSignal.timeout(10_000);
      const there = (): Promise<string | undefined> =>
        s3.send(new GetObjectCommand({ Bucket: "held", Key: "note" })).then(
          ({ Body }) => Body?.transformToString(),
          (error: unknown) => (error instanceof Error ? error.name : String(error)),
        );
      for (const [hold, text, meanwhile] of [
        ["before", "one", "NoSuchKey"],
        ["after", "two", "two"],
      ] as const) {
        await faults.add({
          service: "s3",
          action: "PutObject",
          path: "/held/note\\b",
          body: text,
          agent: "aws-sdk-js",
          hold,
          times: 1,
        });
        const put = s3.send(new PutObjectCommand({ Bucket: "held", Key: "note", Body: text }));
        await faults.held(signal);
        expect(await there()).to.equal(meanwhile);
        // Other calls are not held meanwhile, even if they differ in only one thing.
        await s3.send(new PutObjectCommand({ Bucket: "held", Key: "other", Body: text }));
        await faults.release();
        await put;
        expect(await there()).to.equal(text);
      }
      const refused = await fetch(`${aws.endpoint}/_pilot/faults`, {
        method: "POST",
        body: JSON.stringify([{ hold: "between", path: "(" }]),
      });
      expect(refused.status).to.equal(400);
      expect(await refused.text())
        .to.include("[0].hold: before or after is expected")
        .and.include("[0].path: not a regular expression");
    });

    it("delays an answer, and meanwhile answers others", async () => {
      const aws = await start();
      const { ec2 } = clientsOf(aws.endpoint);
      const { VpcId: id } = given((await ec2.send(new CreateVpcCommand({ CidrBlock: "10.1.0.0/16" }))).Vpc);
      await fault(aws, { service: "ec2", action: "ModifyVpcAttribute", delayMs: 700, times: 1 });
      const began = Date.now();
      const slow = ec2
        .send(new ModifyVpcAttributeCommand({ VpcId: id, EnableDnsHostnames: { Value: true } }))
        .then(() => Date.now() - began);
      await ec2.send(new DescribeVpcsCommand({}));
      const fast = Date.now() - began;
      expect(await slow)
        .to.be.greaterThan(699)
        .and.greaterThan(fast);
    });

    it("reports everything that is wrong with a rule", async () => {
      const aws = await start();
      const response = await fault(aws, { service: 3, colour: "blue" }, { status: "bad", code: "X" });
      expect(response.status).to.equal(400);
      const { error } = (await response.json()) as { error: string };
      expect(error).to.include("[0].service").and.include("[0].colour").and.include("[1].status");
    });
  });
});
