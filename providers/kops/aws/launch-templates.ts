import type { LaunchTemplate, ResponseLaunchTemplateData } from "@aws-sdk/client-ec2";
import type { AwsIdentity } from "./identity.ts";
import type { ClusterIdentity } from "./client.ts";
import { allOf, awsClient, inParts, ofCluster } from "./client.ts";
import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import { templateOf } from "./auto-scaling-groups.ts";

/** The launch templates of a cluster. */
export async function launchTemplatesOf(cluster: ClusterIdentity): Promise<LaunchTemplate[]> {
  const { EC2Client, paginateDescribeLaunchTemplates } = await import("@aws-sdk/client-ec2");
  const client = awsClient(EC2Client, cluster);
  return await allOf(
    paginateDescribeLaunchTemplates({ client }, { Filters: [ofCluster(cluster.name)] }),
    (page) => page.LaunchTemplates,
  );
}

/** Deletes the launch templates of a cluster with these names. */
export async function deleteLaunchTemplates(cluster: ClusterIdentity, names: readonly string[]): Promise<void> {
  const { DeleteLaunchTemplateCommand, EC2Client } = await import("@aws-sdk/client-ec2");
  const client = awsClient(EC2Client, cluster);
  for (const { LaunchTemplateId, LaunchTemplateName: name = "" } of await launchTemplatesOf(cluster)) {
    if (names.includes(name)) await client.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId }));
  }
}

/** The latest version of a launch template. Undefined when the template does not exist. */
export async function latestTemplate(
  identity: AwsIdentity,
  name: string,
): Promise<ResponseLaunchTemplateData | undefined> {
  const { DescribeLaunchTemplateVersionsCommand, EC2Client, EC2ServiceException } = await import("@aws-sdk/client-ec2");
  try {
    const { LaunchTemplateVersions: [latest] = [] } = await awsClient(EC2Client, identity).send(
      new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: name, Versions: ["$Latest"] }),
    );
    return latest?.LaunchTemplateData;
  } catch (error) {
    if (error instanceof EC2ServiceException && /NotFound/.test(error.name)) return undefined;
    throw error;
  }
}

/** The instance profile in a launch template. Undefined when the template does not exist. */
export async function profileOf(identity: AwsIdentity, template: string): Promise<string | undefined> {
  return (await latestTemplate(identity, template))?.IamInstanceProfile?.Name;
}

/** The launch templates with the cluster's tag, and those of its groups that have lost it. */
export async function ownTemplates(
  cluster: ClusterIdentity,
  groups: readonly AutoScalingGroup[],
): Promise<LaunchTemplate[]> {
  const tagged = await launchTemplatesOf(cluster);
  const missing = groups.flatMap((group): string[] => {
    const template = templateOf(group);
    if (
      template?.LaunchTemplateId === undefined ||
      tagged.some(({ LaunchTemplateId }) => LaunchTemplateId === template.LaunchTemplateId)
    )
      return [];
    // kOps gives both the same name.
    return [template.LaunchTemplateName ?? group.AutoScalingGroupName ?? ""];
  });
  if (missing.length === 0) return tagged;
  const { EC2Client, paginateDescribeLaunchTemplates } = await import("@aws-sdk/client-ec2");
  const client = awsClient(EC2Client, cluster);
  // Filter instead of ids: AWS then leaves out a template that is gone, and gives no error.
  const named = await Promise.all(
    inParts(missing).map((Values) =>
      allOf(
        paginateDescribeLaunchTemplates({ client }, { Filters: [{ Name: "launch-template-name", Values }] }),
        (page) => page.LaunchTemplates,
      ),
    ),
  );
  return [...tagged, ...named.flat()];
}
