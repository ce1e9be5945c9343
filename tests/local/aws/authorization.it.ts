import { CreateAutoScalingGroupCommand } from "@aws-sdk/client-auto-scaling";
import {
  CreateLaunchTemplateCommand,
  CreateVpcCommand,
  DescribeVpcsCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { ChangeResourceRecordSetsCommand, CreateHostedZoneCommand } from "@aws-sdk/client-route-53";
import {
  CopyObjectCommand,
  CreateBucketCommand,
  GetBucketEncryptionCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { expect } from "chai";
import { clientsOf, errorCode, given, region, type Clients } from "./clients.ts";
import { awsOfSuite } from "./suite.ts";

const account = "123456789012";

interface Statement {
  Effect?: "Allow" | "Deny";
  Action: string | string[];
  Resource?: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

const policy = (statements: readonly Statement[]): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map((statement) => ({ Effect: "Allow", Resource: "*", ...statement })),
  });

describe("IAM of the local cloud", () => {
  const suite = awsOfSuite();
  let count = 0;

  /** Clients of somebody who assumed a new role with these statements. */
  async function as(...statements: Statement[]): Promise<Clients & { role: string }> {
    const { iam, sts } = suite.clients;
    const role = `r${count++}`;
    const RoleArn = `arn:aws:iam::${account}:role/team/${role}`;
    await iam.send(new CreateRoleCommand({ RoleName: role, Path: "/team/", AssumeRolePolicyDocument: "{}" }));
    await iam.send(
      new PutRolePolicyCommand({ RoleName: role, PolicyName: "rights", PolicyDocument: policy(statements) }),
    );
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "test" }));
    const { AccessKeyId, SessionToken } = given(Credentials);
    return {
      ...clientsOf(suite.aws.endpoint, {
        accessKeyId: given(AccessKeyId),
        sessionToken: given(SessionToken),
        maxAttempts: 1,
      }),
      role,
    };
  }

  it("denies an assumed role what no policy allows, and names the action and the resource", async () => {
    const { ec2, sts } = await as({ Action: "ec2:DescribeVpcs" });
    await ec2.send(new DescribeVpcsCommand({}));
    const denied = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" })).catch((error: unknown) => error);
    expect((denied as Error).name).to.equal("UnauthorizedOperation");
    expect((denied as Error).message).to.match(/r\d+\/test is not authorized to perform: ec2:CreateVpc on .*:vpc\/\*/);
    // Needs no permission.
    expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).to.contain(":assumed-role/");
  });

  it("lets a Deny win, and evaluates conditions", async () => {
    const allowed = { Action: "ec2:*" };
    const { ec2 } = await as(allowed, { Effect: "Deny", Action: "ec2:Describe*" });
    expect(await errorCode(ec2.send(new DescribeVpcsCommand({})))).to.equal("UnauthorizedOperation");
    const elsewhere = await as({ ...allowed, Condition: { StringEquals: { "aws:RequestedRegion": "eu-west-1" } } });
    expect(await errorCode(elsewhere.ec2.send(new DescribeVpcsCommand({})))).to.equal("UnauthorizedOperation");
  });

  it("stays inside the permissions boundary, and takes attached policies for its own", async () => {
    const { iam } = suite.clients;
    const { ec2, role } = await as({ Action: "ec2:DescribeVpcs" });
    const make = async (name: string, statement: Statement): Promise<string> => {
      const document = policy([statement]);
      const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: name, PolicyDocument: document }));
      return given(given(Policy).Arn);
    };
    const boundary = await make("boundary", { Action: "ec2:CreateVpc" });
    await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: role, PermissionsBoundary: boundary }));
    expect(await errorCode(ec2.send(new DescribeVpcsCommand({})))).to.equal("UnauthorizedOperation");
    const create = new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" });
    expect(await errorCode(ec2.send(create))).to.equal("UnauthorizedOperation");
    const attached = await make("attached", { Action: "ec2:CreateVpc" });
    await iam.send(new AttachRolePolicyCommand({ RoleName: role, PolicyArn: attached }));
    await ec2.send(create);
  });

  it("checks calls to S3 by the actions of IAM, with the prefix of a list and both ends of a copy", async () => {
    const { s3 } = suite.clients;
    await s3.send(
      new CreateBucketCommand({ Bucket: "docs", CreateBucketConfiguration: { LocationConstraint: region } }),
    );
    await s3.send(new PutObjectCommand({ Bucket: "docs", Key: "from/a", Body: "a" }));
    const reader = await as(
      { Action: "s3:GetObject", Resource: "arn:aws:s3:::docs/from/*" },
      { Action: "s3:ListBucket", Resource: "arn:aws:s3:::docs", Condition: { StringLike: { "s3:prefix": "from/*" } } },
      { Action: "s3:PutObject", Resource: "arn:aws:s3:::docs/to/*" },
    );
    await reader.s3.send(new HeadObjectCommand({ Bucket: "docs", Key: "from/a" }));
    await reader.s3.send(new ListObjectsV2Command({ Bucket: "docs", Prefix: "from/" }));
    await reader.s3.send(new CopyObjectCommand({ Bucket: "docs", Key: "to/a", CopySource: "docs/from/a" }));
    const denied = [
      reader.s3.send(new ListObjectsV2Command({ Bucket: "docs" })),
      reader.s3.send(new CopyObjectCommand({ Bucket: "docs", Key: "to/b", CopySource: "docs/to/a" })),
      reader.s3.send(new GetBucketEncryptionCommand({ Bucket: "docs" })),
    ];
    for (const one of denied) expect(await errorCode(one)).to.equal("AccessDenied");
  });

  it("knows the public access block of the account among the actions of S3", async () => {
    const read = async (action: string): Promise<string> => {
      const { accountSettings } = await as({ Action: action });
      return await errorCode(accountSettings.getPublicAccessBlock({ AccountId: account }));
    };
    expect(await read("s3:GetAccountPublicAccessBlock")).to.equal("NoSuchPublicAccessBlockConfiguration");
    expect(await read("s3:GetBucketPublicAccessBlock")).to.equal("AccessDenied");
  });

  it("checks the tags of an instance before it is terminated, and tags given at creation", async () => {
    const vpc = (key: string) =>
      new CreateVpcCommand({
        CidrBlock: "10.0.0.0/16",
        TagSpecifications: [{ ResourceType: "vpc", Tags: [{ Key: key, Value: "v" }] }],
      });
    const { ec2 } = await as(
      { Action: "ec2:CreateVpc", Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": ["ours"] } } },
      { Action: "ec2:CreateTags", Condition: { StringEquals: { "ec2:CreateAction": "CreateVpc" } } },
      { Action: "ec2:TerminateInstances", Condition: { StringLike: { "aws:ResourceTag/KubernetesCluster": "*.x" } } },
    );
    await ec2.send(vpc("ours"));
    expect(await errorCode(ec2.send(vpc("theirs")))).to.equal("UnauthorizedOperation");
    const foreign = new TerminateInstancesCommand({ InstanceIds: ["i-0123456789abcdef0"] });
    expect(await errorCode(ec2.send(foreign))).to.equal("UnauthorizedOperation");
  });

  it("asks for iam:PassRole where a role reaches instances: in a profile, and in an Auto Scaling group", async () => {
    const { iam, ec2 } = suite.clients;
    await iam.send(new CreateRoleCommand({ RoleName: "node", AssumeRolePolicyDocument: "{}" }));
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: "node" }));
    const add = new AddRoleToInstanceProfileCommand({ InstanceProfileName: "node", RoleName: "node" });
    const profiles = { Action: "iam:AddRoleToInstanceProfile" };
    expect(await errorCode((await as(profiles)).iam.send(add))).to.equal("AccessDenied");
    await (await as(profiles, { Action: "iam:PassRole", Resource: `arn:aws:iam::${account}:role/node` })).iam.send(add);
    const { LaunchTemplate } = await ec2.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: "node",
        LaunchTemplateData: { ImageId: "ami-1", InstanceType: "t3.small", IamInstanceProfile: { Name: "node" } },
      }),
    );
    const { autoScaling } = await as({ Action: ["autoscaling:*", "ec2:RunInstances"] });
    const group = new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: "g",
      MinSize: 0,
      MaxSize: 0,
      LaunchTemplate: { LaunchTemplateId: given(LaunchTemplate).LaunchTemplateId, Version: "1" },
    });
    const denied = await autoScaling.send(group).catch((error: unknown) => error);
    expect((denied as Error).message).to.contain("iam:PassRole");
  });

  it("checks the tags of a role before its policies change", async () => {
    const { iam } = suite.clients;
    for (const [RoleName, Value] of [
      ["ours", "k1.x"],
      ["theirs", "k1.y"],
    ] as const)
      await iam.send(
        new CreateRoleCommand({
          RoleName,
          AssumeRolePolicyDocument: "{}",
          Tags: [{ Key: "KubernetesCluster", Value }],
        }),
      );
    const change = (RoleName: string) =>
      new PutRolePolicyCommand({ RoleName, PolicyName: "p", PolicyDocument: policy([{ Action: "ec2:DescribeVpcs" }]) });
    const changer = await as({
      Action: "iam:PutRolePolicy",
      Condition: { StringLike: { "aws:ResourceTag/KubernetesCluster": "*.x" } },
    });
    await changer.iam.send(change("ours"));
    expect(await errorCode(changer.iam.send(change("theirs")))).to.equal("AccessDenied");
  });

  it("asks for the right to tag what is made with tags", async () => {
    const RoleName = "tagged";
    const create = new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument: "{}",
      Tags: [{ Key: "environment", Value: "sbx" }],
    });
    const denied = await (await as({ Action: "iam:CreateRole" })).iam.send(create).catch((error: unknown) => error);
    expect((denied as Error).message).to.contain("iam:TagRole");
    await (await as({ Action: ["iam:CreateRole", "iam:TagRole"] })).iam.send(create);
  });

  it("checks the names of changed DNS records", async () => {
    const { HostedZone } = await suite.clients.route53.send(
      new CreateHostedZoneCommand({ Name: "x.example", CallerReference: "1" }),
    );
    const { route53 } = await as({
      Action: "route53:ChangeResourceRecordSets",
      Condition: {
        "ForAllValues:StringLike": { "route53:ChangeResourceRecordSetsNormalizedRecordNames": "*.k1.x.example" },
      },
    });
    const change = (name: string) =>
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: HostedZone?.Id,
        ChangeBatch: {
          Changes: [
            {
              Action: "UPSERT",
              ResourceRecordSet: { Name: name, Type: "A", TTL: 60, ResourceRecords: [{ Value: "203.0.113.1" }] },
            },
          ],
        },
      });
    await route53.send(change("API.k1.x.example."));
    expect(await errorCode(route53.send(change("api.k2.x.example")))).to.equal("AccessDenied");
  });

  it("records what a named caller needs, and holds nobody without a role to a policy", async () => {
    const { ec2 } = clientsOf(suite.aws.endpoint, { accessKeyId: "local-preview" });
    await ec2.send(new DescribeVpcsCommand({}));
    const answer = await fetch(`${suite.aws.endpoint}/_pilot/permissions`);
    const { preview } = (await answer.json()) as Record<string, Record<string, string[]>>;
    expect(preview).to.deep.equal({ "ec2:DescribeVpcs": ["*"] });
  });
});
