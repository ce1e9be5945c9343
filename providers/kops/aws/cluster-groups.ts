import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import type { LaunchTemplate } from "@aws-sdk/client-ec2";
import { awsClientSettings } from "./aws-identity.ts";
import type { AwsIdentity } from "./aws-identity.ts";

/** A cluster, and who looks at it. */
export type ClusterSeat = AwsIdentity & { readonly name: string };

/** The tag that kOps puts on all it makes for a cluster. */
export function ofCluster(name: string): { Name: string; Values: string[] } {
  return { Name: "tag:KubernetesCluster", Values: [name] };
}

/** All items of all pages of an answer. */
export async function allOf<Page, Item>(pages: AsyncIterable<Page>, items: (page: Page) => Item[] | undefined): Promise<Item[]> {
  const found: Item[] = [];
  for await (const page of pages) found.push(...(items(page) ?? []));
  return found;
}

/** The Auto Scaling groups of a cluster. */
export async function autoScalingGroupsOf(seat: ClusterSeat): Promise<AutoScalingGroup[]> {
  const { AutoScalingClient, paginateDescribeAutoScalingGroups } = await import("@aws-sdk/client-auto-scaling");
  const client = new AutoScalingClient(awsClientSettings(seat));
  return await allOf(paginateDescribeAutoScalingGroups({ client }, { Filters: [ofCluster(seat.name)] }), (page) => page.AutoScalingGroups);
}

/** The launch templates of a cluster. */
export async function launchTemplatesOf(seat: ClusterSeat): Promise<LaunchTemplate[]> {
  const { EC2Client, paginateDescribeLaunchTemplates } = await import("@aws-sdk/client-ec2");
  const client = new EC2Client(awsClientSettings(seat));
  return await allOf(paginateDescribeLaunchTemplates({ client }, { Filters: [ofCluster(seat.name)] }), (page) => page.LaunchTemplates);
}

/** Deletes the launch templates of a cluster that have one of these names. */
export async function deleteLaunchTemplates(seat: ClusterSeat, names: readonly string[]): Promise<void> {
  const { DeleteLaunchTemplateCommand, EC2Client } = await import("@aws-sdk/client-ec2");
  const client = new EC2Client(awsClientSettings(seat));
  for (const { LaunchTemplateId, LaunchTemplateName: name = "" } of await launchTemplatesOf(seat)) {
    if (names.includes(name)) await client.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId }));
  }
}

/** The launch template that new instances of a group get, alone or in a mix of machine types. */
export function templateOf(group: AutoScalingGroup): { LaunchTemplateId?: string | undefined; Version?: string | undefined } | undefined {
  return group.LaunchTemplate ?? group.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
}
