import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import type { LaunchTemplate, ResponseLaunchTemplateData } from "@aws-sdk/client-ec2";
import { awsClientSettings } from "./identity.ts";
import type { AwsIdentity } from "./identity.ts";
import { KopsError, messageOf } from "../model/errors.ts";

/** A cluster, and who looks at it. */
export type ClusterSeat = AwsIdentity & { readonly name: string };

/** The tag that kOps puts on all it makes for a cluster. */
export function ofCluster(name: string): { Name: string; Values: string[] } {
  return { Name: "tag:KubernetesCluster", Values: [name] };
}

/** All items of all pages of an answer. */
export async function allOf<Page, Item>(
  pages: AsyncIterable<Page>,
  items: (page: Page) => Item[] | undefined,
): Promise<Item[]> {
  const found: Item[] = [];
  for await (const page of pages) found.push(...(items(page) ?? []));
  return found;
}

/** The Auto Scaling groups of a cluster. */
export async function autoScalingGroupsOf(seat: ClusterSeat): Promise<AutoScalingGroup[]> {
  const { AutoScalingClient, paginateDescribeAutoScalingGroups } = await import("@aws-sdk/client-auto-scaling");
  const client = new AutoScalingClient(awsClientSettings(seat));
  return await allOf(
    paginateDescribeAutoScalingGroups({ client }, { Filters: [ofCluster(seat.name)] }),
    (page) => page.AutoScalingGroups,
  );
}

/** The launch templates of a cluster. */
export async function launchTemplatesOf(seat: ClusterSeat): Promise<LaunchTemplate[]> {
  const { EC2Client, paginateDescribeLaunchTemplates } = await import("@aws-sdk/client-ec2");
  const client = new EC2Client(awsClientSettings(seat));
  return await allOf(
    paginateDescribeLaunchTemplates({ client }, { Filters: [ofCluster(seat.name)] }),
    (page) => page.LaunchTemplates,
  );
}

/** Deletes the launch templates of a cluster that have one of these names. */
export async function deleteLaunchTemplates(seat: ClusterSeat, names: readonly string[]): Promise<void> {
  const { DeleteLaunchTemplateCommand, EC2Client } = await import("@aws-sdk/client-ec2");
  const client = new EC2Client(awsClientSettings(seat));
  for (const { LaunchTemplateId, LaunchTemplateName: name = "" } of await launchTemplatesOf(seat)) {
    if (names.includes(name)) await client.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId }));
  }
}

/**
 * Lets an Auto Scaling group have no more instances than it is to have now: an autoscaler that wants one more is
 * refused by AWS at once, and takes another group. Should the group stay after all, the next apply of kOps gives it its
 * size back.
 */
export async function keepFromGrowing(seat: ClusterSeat, name: string): Promise<void> {
  const { AutoScalingClient, DescribeAutoScalingGroupsCommand, UpdateAutoScalingGroupCommand } =
    await import("@aws-sdk/client-auto-scaling");
  const client = new AutoScalingClient(awsClientSettings(seat));
  const { AutoScalingGroups: [group] = [] } = await client.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }),
  );
  if (group === undefined || group.MaxSize === group.DesiredCapacity) return;
  try {
    await client.send(
      new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: name, MaxSize: group.DesiredCapacity }),
    );
  } catch (error) {
    throw new KopsError(
      {
        what: `Auto Scaling group ${name} cannot be kept from growing while it is drained`,
        why: messageOf(error),
        next: "allow autoscaling:UpdateAutoScalingGroup to this run, then run the same command again: it continues",
      },
      error,
    );
  }
}

/** What the latest version of a launch template says; nothing when there is no such template. */
export async function latestTemplate(
  identity: AwsIdentity,
  name: string,
): Promise<ResponseLaunchTemplateData | undefined> {
  const { DescribeLaunchTemplateVersionsCommand, EC2Client, EC2ServiceException } = await import("@aws-sdk/client-ec2");
  try {
    const { LaunchTemplateVersions: [latest] = [] } = await new EC2Client(awsClientSettings(identity)).send(
      new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: name, Versions: ["$Latest"] }),
    );
    return latest?.LaunchTemplateData;
  } catch (error) {
    if (error instanceof EC2ServiceException && /NotFound/.test(error.name)) return undefined;
    throw error;
  }
}

/** The instance profile in a launch template; nothing when there is no such template. */
export async function profileOf(identity: AwsIdentity, template: string): Promise<string | undefined> {
  return (await latestTemplate(identity, template))?.IamInstanceProfile?.Name;
}

/**
 * Takes the role out of an instance profile. kOps deletes a role that no group has any more
 * (IAMModelBuilder.FindDeletions), but never its profile, and AWS deletes no role that is in one: every later apply
 * would fail. Should the group stay after all, the next apply puts the role back.
 */
export async function emptyProfile(seat: ClusterSeat, name: string): Promise<void> {
  const { GetInstanceProfileCommand, IAMClient, RemoveRoleFromInstanceProfileCommand } =
    await import("@aws-sdk/client-iam");
  const client = new IAMClient(awsClientSettings(seat));
  const { InstanceProfile } = await client.send(new GetInstanceProfileCommand({ InstanceProfileName: name }));
  for (const { RoleName } of InstanceProfile?.Roles ?? [])
    await client.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName: name, RoleName }));
}

/** The launch template that new instances of a group get, alone or in a mix of machine types. */
export function templateOf(
  group: AutoScalingGroup,
):
  | { LaunchTemplateId?: string | undefined; LaunchTemplateName?: string | undefined; Version?: string | undefined }
  | undefined {
  return group.LaunchTemplate ?? group.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
}
