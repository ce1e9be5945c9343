import {
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  type Tag,
} from "@aws-sdk/client-ec2";
import { CreateRoleCommand, PutRolePolicyCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import type { PolicyValues } from "../../../components/pipeline/fill.ts";
import type { RoleName } from "../../../components/pipeline/roles.ts";
import { githubTrust } from "../../../components/pipeline/trust.ts";
import { clientsOf, errorCode, given, openBucket, region, type Clients } from "./clients.ts";
import { sessionOf } from "./pipeline-roles.ts";
import { awsOfSuite } from "./suite.ts";

const Bucket = "pilot-sbx-state-123456789012-ap-southeast-2";
const values: PolicyValues = {
  ...{ partition: "aws", region, regions: [region], account: "123456789012", stack: "sbx", path: "/pilot/" },
  ...{ stateBucket: Bucket, discoveryBucket: "discovery", logBucket: "logs", storeRegions: ["ap-southeast-2"] },
  ...{ clusters: ["*.sbx.pilot.internal"], records: ["*.sbx.pilot.internal"] },
};

describe("the roles of the pipeline of the stack sbx", () => {
  const suite = awsOfSuite();
  let up: Clients;
  let owner: Clients;

  const as = async (role: RoleName): Promise<Clients> => {
    const session = await sessionOf(suite.aws.endpoint, role, values);
    return clientsOf(suite.aws.endpoint, {
      accessKeyId: session.AWS_ACCESS_KEY_ID,
      sessionToken: session.AWS_SESSION_TOKEN,
      maxAttempts: 1,
    });
  };
  const codes = async (...calls: (() => Promise<unknown>)[]): Promise<string[]> => {
    const found: string[] = [];
    for (const call of calls) found.push(await errorCode(call()));
    return found;
  };

  before(async () => {
    [up, owner] = [await as("up"), await as("owner")];
    const { s3 } = suite.clients;
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: region } }));
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
  });

  it("let an up write into the store, and delete no version, bucket or setting, even if a bucket policy allows it", async () => {
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: "*", Action: "s3:*", Resource: `arn:aws:s3:::${Bucket}/*` }],
    });
    await openBucket(suite.clients.s3, Bucket);
    await suite.clients.s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    const Key = "k1.sbx.pilot.internal/pki/private/kubernetes-ca/keyset.yaml";
    const { VersionId } = await up.s3.send(new PutObjectCommand({ Bucket, Key, Body: "a" }));
    await up.s3.send(new DeleteObjectCommand({ Bucket, Key }));
    const denied = await codes(
      () => up.s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId: given(VersionId) })),
      () => up.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } })),
      () => up.s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: [] } })),
      () => up.s3.send(new PutBucketPolicyCommand({ Bucket, Policy })),
      () => up.s3.send(new DeleteBucketCommand({ Bucket })),
    );
    expect(denied).to.deep.equal(Array<string>(5).fill("AccessDenied"));
    await owner.s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId: given(VersionId) }));
  });

  it("let an up delete what its stack has tagged, and neither delete nor take over what another has", async () => {
    const tags = (ResourceType: "vpc" | "subnet", environment: string) => ({
      TagSpecifications: [{ ResourceType, Tags: [{ Key: "environment", Value: environment }] }],
    });
    const vpcIn = async ({ ec2 }: Clients, environment: string): Promise<string> =>
      given(
        (await ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16", ...tags("vpc", environment) }))).Vpc?.VpcId,
      );
    const own = await vpcIn(up, "sbx");
    const subnet = new CreateSubnetCommand({ VpcId: own, CidrBlock: "10.0.0.0/24", ...tags("subnet", "sbx") });
    const SubnetId = given((await up.ec2.send(subnet)).Subnet?.SubnetId);
    await up.ec2.send(new DeleteSubnetCommand({ SubnetId }));
    await up.ec2.send(new DeleteVpcCommand({ VpcId: own }));
    const theirs = await vpcIn(suite.clients, "prod");
    const tag = (Key: string, Value: string) => (): Promise<unknown> => {
      const Tags: Tag[] = [{ Key, Value }];
      return up.ec2.send(new CreateTagsCommand({ Resources: [theirs], Tags }));
    };
    expect(
      await codes(
        () => up.ec2.send(new DeleteVpcCommand({ VpcId: theirs })),
        tag("environment", "sbx"),
        tag("KubernetesCluster", "k1.sbx.pilot.internal"),
        // As in a network that is shared.
        tag("kubernetes.io/cluster/k1.sbx.pilot.internal", "shared"),
      ),
    ).to.deep.equal(["UnauthorizedOperation", "UnauthorizedOperation", "UnauthorizedOperation", "no error"]);
  });

  it("let an up change no role of a pipeline", async () => {
    const RoleName = "pilot-sbx-up";
    const made = new CreateRoleCommand({ RoleName, Path: "/pilot/", AssumeRolePolicyDocument: "{}" });
    await suite.clients.iam.send(made);
    const provider = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";
    const document = JSON.stringify(githubTrust("up", "sbx", provider, { repository: "org/others", branch: "main" }));
    expect(
      await codes(
        () => up.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "p", PolicyDocument: document })),
        () => up.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: document })),
        () => owner.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: document })),
      ),
    ).to.deep.equal(["AccessDenied", "AccessDenied", "no error"]);
  });
});
