import { allOf, awsClient } from "../../../providers/kops/aws/client.ts";
import type { AwsIdentity } from "../../../providers/kops/aws/identity.ts";
import { balancersIn } from "../../../providers/kops/aws/resources/load-balancers.ts";
import { tagsOf } from "../../../providers/kops/aws/resources/resource.ts";
import { isBeingDeleted } from "../../../providers/kops/aws/states.ts";
import { storeClient } from "../../../providers/kops/store/object-store.ts";
import { mayBeOfRun, runOf } from "../run-name.ts";
import { listEc2 } from "./find-ec2.ts";
import { isGone } from "./remove.ts";
import type { Leftover, Listed } from "./kinds.ts";

/** Tags of a resource that may be gone by now: then it has none, and is nobody's. */
async function tagsIfThere(
  ask: () => Promise<readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined>,
): Promise<Record<string, string> | undefined> {
  try {
    return tagsOf(await ask());
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** For services that tell tags one by one: asks for those whose name, by default, may be of a run. */
async function withTags<Item>(
  items: readonly Item[],
  of: (item: Item) => Omit<Listed, "tags">,
  ask: (item: Item) => ReturnType<Parameters<typeof tagsIfThere>[0]>,
  mayBe: (name: string) => boolean = mayBeOfRun,
): Promise<Listed[]> {
  const found: Listed[] = [];
  for (const item of items) {
    const one = of(item);
    if (!mayBe(`${one.name} ${one.id}`)) continue;
    const tags = await tagsIfThere(() => ask(item));
    if (tags) found.push({ ...one, tags });
  }
  return found;
}

async function autoScalingGroups(identity: AwsIdentity): Promise<Listed[]> {
  const sdk = await import("@aws-sdk/client-auto-scaling");
  const client = awsClient(sdk.AutoScalingClient, identity);
  const all = await allOf(sdk.paginateDescribeAutoScalingGroups({ client }, {}), (page) => page.AutoScalingGroups);
  return all.map((one) => ({
    kind: "autoscaling-group",
    id: one.AutoScalingGroupName ?? "",
    name: one.AutoScalingGroupName ?? "",
    tags: tagsOf(one.Tags),
    leaving: isBeingDeleted(one),
  }));
}

/** Queues, and rules of EventBridge. */
async function messages(identity: AwsIdentity): Promise<Listed[]> {
  const [sqs, events] = await Promise.all([import("@aws-sdk/client-sqs"), import("@aws-sdk/client-eventbridge")]);
  const client = { sqs: awsClient(sqs.SQSClient, identity), events: awsClient(events.EventBridgeClient, identity) };
  const urls = await allOf(sqs.paginateListQueues({ client: client.sqs }, {}), (page) => page.QueueUrls);
  const rules: { Name?: string | undefined; Arn?: string | undefined }[] = [];
  for (let NextToken: string | undefined, first = true; first || NextToken !== undefined; first = false) {
    const page = await client.events.send(new events.ListRulesCommand({ NextToken }));
    rules.push(...(page.Rules ?? []));
    NextToken = page.NextToken;
  }
  return [
    ...(await withTags(
      urls,
      (id) => ({ kind: "sqs", id, name: id.split("/").at(-1) ?? "" }),
      async (QueueUrl) =>
        Object.entries((await client.sqs.send(new sqs.ListQueueTagsCommand({ QueueUrl }))).Tags ?? {}).map(
          ([Key, Value]) => ({ Key, Value }),
        ),
    )),
    ...(await withTags(
      rules,
      ({ Name = "" }) => ({ kind: "eventbridge-rule", id: Name, name: Name }),
      async ({ Arn }) => (await client.events.send(new events.ListTagsForResourceCommand({ ResourceARN: Arn }))).Tags,
    )),
  ];
}

async function ofIam(identity: AwsIdentity): Promise<Listed[]> {
  const sdk = await import("@aws-sdk/client-iam");
  const client = awsClient(sdk.IAMClient, identity);
  const [roles, profiles, policies, { OpenIDConnectProviderList: providers = [] }] = await Promise.all([
    allOf(sdk.paginateListRoles({ client }, {}), (page) => page.Roles),
    allOf(sdk.paginateListInstanceProfiles({ client }, {}), (page) => page.InstanceProfiles),
    allOf(sdk.paginateListPolicies({ client }, { Scope: "Local" }), (page) => page.Policies),
    client.send(new sdk.ListOpenIDConnectProvidersCommand({})),
  ]);
  return [
    ...(await withTags(
      profiles,
      ({ InstanceProfileName: name = "" }) => ({ kind: "iam-instance-profile", id: name, name }),
      async ({ InstanceProfileName }) =>
        (await client.send(new sdk.GetInstanceProfileCommand({ InstanceProfileName }))).InstanceProfile?.Tags,
    )),
    // kOps shortens the name of a service account's role, and the run's may be in what it leaves out.
    ...(await withTags(
      roles.filter(({ Path = "" }) => !/^\/(aws-service-role|aws-reserved)\//.test(Path)),
      ({ RoleName: name = "" }) => ({ kind: "iam-role", id: name, name }),
      async ({ RoleName }) => (await client.send(new sdk.ListRoleTagsCommand({ RoleName }))).Tags,
      () => true,
    )),
    ...(await withTags(
      policies,
      ({ Arn = "", PolicyName = "" }) => ({ kind: "iam-policy", id: Arn, name: PolicyName }),
      async ({ Arn }) => (await client.send(new sdk.ListPolicyTagsCommand({ PolicyArn: Arn }))).Tags,
    )),
    ...(await withTags(
      providers,
      ({ Arn = "" }) => ({ kind: "oidc-provider", id: Arn, name: Arn.split("/").slice(1).join("/") }),
      async ({ Arn }) =>
        (await client.send(new sdk.GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: Arn }))).Tags,
    )),
  ];
}

async function buckets(identity: AwsIdentity): Promise<Listed[]> {
  const sdk = await import("@aws-sdk/client-s3");
  const client = storeClient(identity, process.env);
  const { Buckets = [] } = await client.send(new sdk.ListBucketsCommand({}));
  return await withTags(
    Buckets,
    ({ Name = "" }) => ({ kind: "bucket", id: Name, name: Name }),
    async ({ Name }) => {
      try {
        return (await client.send(new sdk.GetBucketTaggingCommand({ Bucket: Name }))).TagSet;
      } catch (error) {
        // It exists and has no tag.
        if (error instanceof Error && error.name === "NoSuchTagSet") return [];
        throw error;
      }
    },
  );
}

async function zones(identity: AwsIdentity): Promise<Listed[]> {
  const sdk = await import("@aws-sdk/client-route-53");
  const client = awsClient(sdk.Route53Client, identity);
  const all = await allOf(sdk.paginateListHostedZones({ client }, {}), (page) => page.HostedZones);
  return await withTags(
    all,
    ({ Id = "", Name = "" }) => ({
      kind: "hosted-zone",
      id: Id.replace("/hostedzone/", ""),
      name: Name.replace(/\.$/, ""),
    }),
    async ({ Id = "" }) =>
      (
        await client.send(
          new sdk.ListTagsForResourceCommand({
            ResourceType: "hostedzone",
            ResourceId: Id.replace("/hostedzone/", ""),
          }),
        )
      ).ResourceTagSet?.Tags,
  );
}

async function logGroups(identity: AwsIdentity): Promise<Listed[]> {
  const sdk = await import("@aws-sdk/client-cloudwatch-logs");
  const client = awsClient(sdk.CloudWatchLogsClient, identity);
  const all = await allOf(sdk.paginateDescribeLogGroups({ client }, {}), (page) => page.logGroups);
  return await withTags(
    all,
    ({ logGroupName: name = "" }) => ({ kind: "log-group", id: name, name }),
    async ({ arn = "" }) =>
      Object.entries(
        (await client.send(new sdk.ListTagsForResourceCommand({ resourceArn: arn.replace(/:\*$/, "") }))).tags ?? {},
      ).map(([Key, Value]) => ({ Key, Value })),
  );
}

/** The account's own keys, whose names tell nothing, without those that wait for their deletion. */
async function keys(identity: AwsIdentity): Promise<Listed[]> {
  const sdk = await import("@aws-sdk/client-kms");
  const client = awsClient(sdk.KMSClient, identity);
  const found: Listed[] = [];
  for (const { KeyId = "" } of await allOf(sdk.paginateListKeys({ client }, {}), (page) => page.Keys)) {
    const { KeyMetadata } = await client.send(new sdk.DescribeKeyCommand({ KeyId }));
    if (KeyMetadata?.KeyManager !== "CUSTOMER" || KeyMetadata.KeyState === "PendingDeletion") continue;
    const { Tags = [] } = await client.send(new sdk.ListResourceTagsCommand({ KeyId }));
    const tags = tagsOf(Tags.map(({ TagKey, TagValue }) => ({ Key: TagKey, Value: TagValue })));
    found.push({ kind: "kms-key", id: KeyId, name: KeyMetadata.Description ?? "", tags });
  }
  return found;
}

async function balancers(identity: AwsIdentity): Promise<Listed[]> {
  return (await balancersIn(identity)).flatMap(({ kind, id, name, tags }) =>
    kind === "load-balancer" || kind === "classic-load-balancer" || kind === "target-group"
      ? [{ kind, id, name, tags }]
      : [],
  );
}

/** Everything in the account that acceptance runs made, in this region or in none. */
export async function findLeftovers(identity: AwsIdentity): Promise<Leftover[]> {
  const parts = await Promise.all(
    [autoScalingGroups, listEc2, balancers, messages, ofIam, zones, logGroups, buckets, keys].map((list) =>
      list(identity),
    ),
  );
  return parts.flat().flatMap(({ tags, ...one }) => {
    const run = runOf({ ...one, tags });
    return run ? [{ ...one, run }] : [];
  });
}
