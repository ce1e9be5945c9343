import { expect } from "chai";
import {
  DeleteRuleCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  DeleteInstanceProfileCommand,
  DeleteOpenIDConnectProviderCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  PutRolePolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
} from "@aws-sdk/client-iam";
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  DeleteHostedZoneCommand,
  GetHostedZoneCommand,
  ListResourceRecordSetsCommand,
} from "@aws-sdk/client-route-53";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  ListObjectVersionsCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
} from "@aws-sdk/client-s3";
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
} from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { CreateVpcCommand, DescribeVpcsCommand } from "@aws-sdk/client-ec2";
import { clientsOf, errorCode, given, region, type Clients } from "./clients.ts";
import { createNetwork } from "./network.ts";
import { awsOfSuite } from "./suite.ts";

describe("the AWS services around a cluster in the local cloud", function () {
  this.timeout(60_000);
  const local = awsOfSuite();

  const createBucket = (name: string) =>
    local.clients.s3.send(
      new CreateBucketCommand({ Bucket: name, CreateBucketConfiguration: { LocationConstraint: region } }),
    );

  describe("S3", () => {
    it("lets exactly one of many simultaneous conditional writes create an object", async () => {
      await createBucket("locks");
      const write = (body: string) =>
        errorCode(
          local.clients.s3.send(new PutObjectCommand({ Bucket: "locks", Key: "lock", Body: body, IfNoneMatch: "*" })),
        );
      const outcomes = await Promise.all(Array.from({ length: 12 }, (_, index) => write(String(index))));
      expect(outcomes.filter((outcome) => outcome === "no error")).to.have.length(1);
      expect(new Set(outcomes)).to.deep.equal(new Set(["no error", "PreconditionFailed"]));
    });

    it("overwrites an object only if it has not changed since it was read", async () => {
      await createBucket("matched");
      const put = (body: string, more: { IfMatch?: string } = {}) =>
        local.clients.s3.send(new PutObjectCommand({ Bucket: "matched", Key: "journal", Body: body, ...more }));
      const { ETag: first } = await put("one");
      const { ETag: second } = await put("two", { IfMatch: given(first) });
      expect(await errorCode(put("three", { IfMatch: given(first) }))).to.equal("PreconditionFailed");
      const read = await local.clients.s3.send(new GetObjectCommand({ Bucket: "matched", Key: "journal" }));
      expect([read.ETag, await read.Body?.transformToString()]).to.deep.equal([second, "two"]);
    });

    it("keeps every setting of a bucket", async () => {
      const Bucket = "settings";
      await createBucket(Bucket);
      await local.clients.s3.send(
        new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }),
      );
      const rules = [
        { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" as const }, BucketKeyEnabled: true },
      ];
      await local.clients.s3.send(
        new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules: rules } }),
      );
      const block = {
        BlockPublicAcls: true,
        IgnorePublicAcls: true,
        BlockPublicPolicy: true,
        RestrictPublicBuckets: true,
      };
      await local.clients.s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: block }));
      await local.clients.s3.send(
        new PutBucketOwnershipControlsCommand({
          Bucket,
          OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
        }),
      );
      const lifecycle = {
        ID: "old",
        Status: "Enabled" as const,
        Filter: { Prefix: "" },
        NoncurrentVersionExpiration: { NoncurrentDays: 90 },
      };
      await local.clients.s3.send(
        new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: [lifecycle] } }),
      );
      const policy = JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Deny",
            Principal: "*",
            Action: "s3:*",
            Resource: ["arn:aws:s3:::settings", "arn:aws:s3:::settings/*"],
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
        ],
      });
      await local.clients.s3.send(new PutBucketPolicyCommand({ Bucket, Policy: policy }));

      expect((await local.clients.s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).to.equal("Enabled");
      const encryption = await local.clients.s3.send(new GetBucketEncryptionCommand({ Bucket }));
      expect(
        encryption.ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm,
      ).to.equal("AES256");
      expect(
        (await local.clients.s3.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration,
      ).to.deep.equal(block);
      const ownership = await local.clients.s3.send(new GetBucketOwnershipControlsCommand({ Bucket }));
      expect(ownership.OwnershipControls?.Rules?.[0]?.ObjectOwnership).to.equal("BucketOwnerEnforced");
      const kept = await local.clients.s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
      expect(kept.Rules?.[0]?.NoncurrentVersionExpiration?.NoncurrentDays).to.equal(90);
      expect(
        JSON.parse(given((await local.clients.s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy)),
      ).to.deep.equal(JSON.parse(policy));
      await local.clients.s3.send(
        new PutObjectCommand({ Bucket, Key: "allowed", Body: "over the endpoint that stands for TLS" }),
      );
    });

    it("refuses to delete a bucket until its last version and delete marker are gone", async () => {
      const Bucket = "versions";
      await createBucket(Bucket);
      await local.clients.s3.send(
        new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }),
      );
      for (const body of ["one", "two"])
        await local.clients.s3.send(new PutObjectCommand({ Bucket, Key: "config", Body: body }));
      await local.clients.s3.send(new DeleteObjectCommand({ Bucket, Key: "config" }));
      expect(await errorCode(local.clients.s3.send(new DeleteBucketCommand({ Bucket })))).to.equal("BucketNotEmpty");

      const listed = await local.clients.s3.send(new ListObjectVersionsCommand({ Bucket }));
      expect([listed.Versions?.length, listed.DeleteMarkers?.length]).to.deep.equal([2, 1]);
      const all = [...(listed.Versions ?? []), ...(listed.DeleteMarkers ?? [])];
      const Objects = all.map((one) => ({ Key: given(one.Key), VersionId: given(one.VersionId) }));
      await local.clients.s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
      await local.clients.s3.send(new DeleteBucketCommand({ Bucket }));
    });
  });

  describe("Route 53", () => {
    it("keeps a private zone with its VPC and records, and deletes it only without records", async () => {
      const { vpcId } = await createNetwork(local.clients);
      const made = await local.clients.route53.send(
        new CreateHostedZoneCommand({
          Name: "k1.example.test",
          CallerReference: "once",
          VPC: { VPCId: vpcId, VPCRegion: region },
          HostedZoneConfig: { PrivateZone: true, Comment: "" },
        }),
      );
      const Id = given(made.HostedZone?.Id);
      const zone = await local.clients.route53.send(new GetHostedZoneCommand({ Id }));
      expect([zone.HostedZone?.Config?.PrivateZone, zone.VPCs?.[0]?.VPCId]).to.deep.equal([true, vpcId]);

      const record = {
        Name: "api.k1.example.test.",
        Type: "A" as const,
        TTL: 60,
        ResourceRecords: [{ Value: "10.0.0.1" }],
      };
      const change = (Action: "CREATE" | "DELETE") =>
        local.clients.route53.send(
          new ChangeResourceRecordSetsCommand({
            HostedZoneId: Id,
            ChangeBatch: { Changes: [{ Action, ResourceRecordSet: record }] },
          }),
        );
      await change("CREATE");
      expect(await errorCode(change("CREATE"))).to.equal("InvalidChangeBatch");
      const records = await local.clients.route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: Id }));
      expect(records.ResourceRecordSets?.map((one) => one.Name)).to.include("api.k1.example.test.");
      expect(await errorCode(local.clients.route53.send(new DeleteHostedZoneCommand({ Id })))).to.equal(
        "HostedZoneNotEmpty",
      );
      await change("DELETE");
      await local.clients.route53.send(new DeleteHostedZoneCommand({ Id }));
      expect(await errorCode(local.clients.route53.send(new GetHostedZoneCommand({ Id })))).to.equal(
        "NoSuchHostedZone",
      );
    });
  });

  describe("IAM", () => {
    const trust = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
    });

    it("keeps a role until its policies and instance profiles are gone", async () => {
      const role = { RoleName: "nodes.k1.example.test" };
      const profile = { InstanceProfileName: "nodes.k1.example.test" };
      await local.clients.iam.send(new CreateRoleCommand({ ...role, AssumeRolePolicyDocument: trust }));
      await local.clients.iam.send(
        new PutRolePolicyCommand({
          ...role,
          PolicyName: "nodes",
          PolicyDocument: trust.replace(/"Principal":\{[^}]*\},/, '"Resource":"*",'),
        }),
      );
      await local.clients.iam.send(new CreateInstanceProfileCommand(profile));
      await local.clients.iam.send(new AddRoleToInstanceProfileCommand({ ...profile, ...role }));

      const remove = () => errorCode(local.clients.iam.send(new DeleteRoleCommand(role)));
      expect(await remove()).to.match(/^DeleteConflict/);
      expect(await errorCode(local.clients.iam.send(new DeleteInstanceProfileCommand(profile)))).to.match(
        /^DeleteConflict/,
      );
      await local.clients.iam.send(new RemoveRoleFromInstanceProfileCommand({ ...profile, ...role }));
      await local.clients.iam.send(new DeleteInstanceProfileCommand(profile));
      await local.clients.iam.send(new DeleteRolePolicyCommand({ ...role, PolicyName: "nodes" }));
      expect(await remove()).to.equal("no error");
      expect(await errorCode(local.clients.iam.send(new GetRoleCommand(role)))).to.match(/^NoSuchEntity/);
    });

    it("keeps an OIDC provider with its audiences and thumbprints", async () => {
      const made = await local.clients.iam.send(
        new CreateOpenIDConnectProviderCommand({
          Url: "https://oidc.example.test/k1",
          ClientIDList: ["amazonaws.com"],
          ThumbprintList: ["a".repeat(40)],
        }),
      );
      const OpenIDConnectProviderArn = given(made.OpenIDConnectProviderArn);
      const found = await local.clients.iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
      expect([found.Url, found.ClientIDList, found.ThumbprintList]).to.deep.equal([
        "oidc.example.test/k1",
        ["amazonaws.com"],
        ["a".repeat(40)],
      ]);
      await local.clients.iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
      expect(
        await errorCode(local.clients.iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))),
      ).to.match(/^NoSuchEntity/);
    });
  });

  describe("SQS and EventBridge", () => {
    it("keep the queue and the rule of a node termination handler", async () => {
      const queue = await local.clients.sqs.send(
        new CreateQueueCommand({
          QueueName: "k1-nth",
          Attributes: { MessageRetentionPeriod: "300", SqsManagedSseEnabled: "true" },
        }),
      );
      const QueueUrl = given(queue.QueueUrl);
      const attributes = await local.clients.sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
      );
      expect(attributes.Attributes).to.include({ MessageRetentionPeriod: "300" });

      const rule = { Name: "k1-SpotInterruption" };
      await local.clients.eventBridge.send(
        new PutRuleCommand({ ...rule, EventPattern: JSON.stringify({ source: ["aws.ec2"] }) }),
      );
      await local.clients.eventBridge.send(
        new PutTargetsCommand({
          Rule: rule.Name,
          Targets: [{ Id: "1", Arn: given(attributes.Attributes?.["QueueArn"]) }],
        }),
      );
      const targets = await local.clients.eventBridge.send(new ListTargetsByRuleCommand({ Rule: rule.Name }));
      expect(targets.Targets?.map((one) => one.Id)).to.deep.equal(["1"]);
      await local.clients.eventBridge.send(new RemoveTargetsCommand({ Rule: rule.Name, Ids: ["1"] }));
      await local.clients.eventBridge.send(new DeleteRuleCommand(rule));
      await local.clients.sqs.send(new DeleteQueueCommand({ QueueUrl }));
      expect(
        (await local.clients.sqs.send(new ListQueuesCommand({ QueueNamePrefix: "k1" }))).QueueUrls ?? [],
      ).to.deep.equal([]);
    });
  });

  describe("STS", () => {
    it("gives an assumed role of another account that account's own resources", async () => {
      const assumed = await local.clients.sts.send(
        new AssumeRoleCommand({ RoleArn: "arn:aws:iam::222222222222:role/deployer", RoleSessionName: "test" }),
      );
      const other = clientsOf(local.aws.endpoint, { accessKeyId: given(assumed.Credentials?.AccessKeyId) });
      expect((await other.sts.send(new GetCallerIdentityCommand({}))).Account).to.equal("222222222222");
      const made = await other.ec2.send(new CreateVpcCommand({ CidrBlock: "10.99.0.0/16" }));
      const find = (of: Clients) =>
        errorCode(of.ec2.send(new DescribeVpcsCommand({ VpcIds: [given(made.Vpc?.VpcId)] })));
      expect([await find(other), await find(local.clients)]).to.deep.equal(["no error", "InvalidVpcID.NotFound"]);
    });
  });
});
