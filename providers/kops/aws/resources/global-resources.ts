import type { ListResourceRecordSetsCommandInput, ListResourceRecordSetsCommandOutput } from "@aws-sdk/client-route-53";
import type { AwsIdentity } from "../identity.ts";
import { tagsOf } from "./resource.ts";
import type { Resource } from "./resource.ts";
import type { KopsNames } from "../../model/cloud-names.ts";
import { allOf, awsClient } from "../client.ts";
import { kopsClusterTag } from "../../model/tag-keys.ts";

/**
 * Roles and instance profiles whose name holds the cluster's name, or that name as kOps shortens it. Without a tag, a
 * role is kOps's if it has a policy of the same name, which kOps writes, and a profile if it holds only such roles.
 */
export async function rolesAndProfiles(
  identity: AwsIdentity,
  { cluster, roles: named }: Pick<KopsNames, "cluster" | "roles">,
): Promise<Resource[]> {
  const sdk = await import("@aws-sdk/client-iam");
  const client = awsClient(sdk.IAMClient, identity);
  const own = (name: string | undefined): name is string =>
    name !== undefined && (named.includes(name) || name.endsWith(`.${cluster}`));
  const roleNames = (await allOf(sdk.paginateListRoles({ client }, {}), (page) => page.Roles))
    .map(({ RoleName }) => RoleName)
    .filter(own);
  const roles = await Promise.all(
    roleNames.map(async (RoleName): Promise<Resource> => {
      const [{ Role }, { PolicyNames = [] }] = await Promise.all([
        client.send(new sdk.GetRoleCommand({ RoleName })),
        client.send(new sdk.ListRolePoliciesCommand({ RoleName })),
      ]);
      return {
        kind: "iam-role",
        id: RoleName,
        name: RoleName,
        tags: tagsOf(Role?.Tags),
        ...(PolicyNames.includes(RoleName) ? { proof: "it has kOps's policy of its own name" } : {}),
      };
    }),
  );
  const found = (await allOf(sdk.paginateListInstanceProfiles({ client }, {}), (page) => page.InstanceProfiles)).filter(
    ({ InstanceProfileName }) => own(InstanceProfileName),
  );
  const profiles = await Promise.all(
    found.map(async ({ InstanceProfileName = "" }): Promise<Resource> => {
      const { InstanceProfile } = await client.send(new sdk.GetInstanceProfileCommand({ InstanceProfileName }));
      const holds = InstanceProfile?.Roles?.map(({ RoleName }) => RoleName) ?? [];
      const holdsOwn =
        holds.length > 0 &&
        holds.every((role) =>
          roles.some(
            ({ name, proof, tags }) => name === role && (proof !== undefined || tags[kopsClusterTag] === cluster),
          ),
        );
      return {
        kind: "iam-instance-profile",
        id: InstanceProfileName,
        name: InstanceProfileName,
        tags: tagsOf(InstanceProfile?.Tags),
        ...(holdsOwn ? { proof: "it holds the role of its name" } : {}),
      };
    }),
  );
  const { OpenIDConnectProviderList = [] } = await client.send(new sdk.ListOpenIDConnectProvidersCommand({}));
  const providers = await Promise.all(
    OpenIDConnectProviderList.map(async ({ Arn = "" }): Promise<Resource> => {
      const { Tags } = await client.send(new sdk.GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: Arn }));
      return { kind: "oidc-provider", id: Arn, name: Arn.split(":oidc-provider/")[1] ?? Arn, tags: tagsOf(Tags) };
    }),
  );
  return [...roles, ...profiles, ...providers];
}

/** The queue and event rules of the node termination handler and of Karpenter, by the names and prefixes of kOps. */
export async function queuesAndRules(
  identity: AwsIdentity,
  { cluster, queue, rulePrefix, rules }: Pick<KopsNames, "cluster" | "queue" | "rulePrefix" | "rules">,
): Promise<Resource[]> {
  const [sqs, events] = await Promise.all([import("@aws-sdk/client-sqs"), import("@aws-sdk/client-eventbridge")]);
  const client = awsClient(sqs.SQSClient, identity);
  const bridge = awsClient(events.EventBridgeClient, identity);
  // kOps deletes by the cluster's name as a prefix, which a queue with a shortened name does not have.
  const prefixes = [...new Set([queue, cluster.replaceAll(".", "-")])];
  const urls = new Set(
    (
      await Promise.all(
        prefixes.map((QueueNamePrefix) =>
          allOf(sqs.paginateListQueues({ client, pageSize: 1000 }, { QueueNamePrefix }), (page) => page.QueueUrls),
        ),
      )
    ).flat(),
  );
  const queues = await Promise.all(
    [...urls].map(async (QueueUrl): Promise<Resource> => {
      const [{ Tags = {} }, { Attributes }] = await Promise.all([
        client.send(new sqs.ListQueueTagsCommand({ QueueUrl })),
        client.send(new sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["Policy"] })),
      ]);
      const name = QueueUrl.split("/").at(-1) ?? "";
      return {
        kind: "sqs",
        id: QueueUrl,
        name,
        tags: Tags,
        ...(name === queue && Attributes?.Policy?.includes("events.amazonaws.com") === true
          ? { proof: "its policy lets events in" }
          : {}),
      };
    }),
  );
  const found: { Name?: string | undefined; Arn?: string | undefined }[] = [];
  let NextToken: string | undefined;
  do {
    const page = await bridge.send(new events.ListRulesCommand({ NamePrefix: rulePrefix, NextToken }));
    found.push(...(page.Rules ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  const ruled = await Promise.all(
    found.map(async ({ Name = "", Arn }): Promise<Resource> => {
      const [{ Tags }, { Targets = [] }] = await Promise.all([
        bridge.send(new events.ListTagsForResourceCommand({ ResourceARN: Arn })),
        bridge.send(new events.ListTargetsByRuleCommand({ Rule: Name })),
      ]);
      const feeds = rules.includes(Name) && Targets.some((target) => target.Arn?.endsWith(`:${queue}`) === true);
      return {
        kind: "eventbridge-rule",
        id: Name,
        name: Name,
        tags: tagsOf(Tags),
        ...(feeds ? { proof: "it feeds the cluster's queue" } : {}),
      };
    }),
  );
  return [...queues, ...ruled];
}

/** What kOps puts before the cluster's name in its records (ListRoute53Records in pkg/resources/aws). */
const recordParts = /^(aaaa-)?(api|api\.internal|bastion|kops-controller\.internal|etcd-[^.]*(\.internal)?)$/;

/** Records with the names of kOps, in the zones of the cluster's name. Others' records below that name do not count. */
export async function recordsOf(identity: AwsIdentity, cluster: string): Promise<Resource[]> {
  const sdk = await import("@aws-sdk/client-route-53");
  const client = awsClient(sdk.Route53Client, identity);
  const plain = (name: string | undefined): string => (name ?? "").replace(/\.$/, "");
  const zones = (await allOf(sdk.paginateListHostedZones({ client }, {}), (page) => page.HostedZones)).filter(
    ({ Name }) => `.${cluster}`.endsWith(`.${plain(Name)}`),
  );
  const found: Resource[] = [];
  for (const { Id: zone = "", Name: zoneName } of zones) {
    let start: Omit<ListResourceRecordSetsCommandInput, "HostedZoneId"> | undefined = {};
    while (start !== undefined) {
      const page: ListResourceRecordSetsCommandOutput = await client.send(
        new sdk.ListResourceRecordSetsCommand({ HostedZoneId: zone, ...start }),
      );
      for (const record of page.ResourceRecordSets ?? []) {
        const name = plain(record.Name);
        if (
          !["A", "AAAA", "TXT"].includes(record.Type ?? "") ||
          !name.endsWith(`.${cluster}`) ||
          !recordParts.test(name.slice(0, -cluster.length - 1))
        )
          continue;
        found.push({
          kind: "route53-record",
          id: `${zone.replace("/hostedzone/", "")}/${record.Type ?? ""}/${record.Name ?? ""}`,
          name: `${name} in zone ${plain(zoneName)}`,
          tags: {},
          proof: "kOps names its records so",
          detail: { zone, record },
        });
      }
      start =
        page.IsTruncated === true
          ? {
              StartRecordName: page.NextRecordName,
              StartRecordType: page.NextRecordType,
              StartRecordIdentifier: page.NextRecordIdentifier,
            }
          : undefined;
    }
  }
  return found;
}
