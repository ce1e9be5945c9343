import { KopsError, messageOf } from "../model/errors.ts";
import { allOf, ofCluster, awsClient } from "./client.ts";
import type { ClusterIdentity } from "./client.ts";
import { instanceGroupTag } from "../model/tag-keys.ts";
import { existingInstances } from "./states.ts";

/**
 * The instance group of each instance of a cluster, by instance id. kOps finds them by the same tag
 * (buildKarpenterGroup in upup/pkg/fi/cloudup/awsup), and kops-controller lets no node join without it.
 */
export async function groupsOfInstances(cluster: ClusterIdentity): Promise<Map<string, string>> {
  const { EC2Client, paginateDescribeInstances } = await import("@aws-sdk/client-ec2");
  const client = awsClient(EC2Client, cluster);
  const Filters = [ofCluster(cluster.name), { Name: "tag-key", Values: [instanceGroupTag] }, existingInstances];
  const instances = await allOf(paginateDescribeInstances({ client }, { Filters }), (page) =>
    page.Reservations?.flatMap((one) => one.Instances ?? []),
  );
  return new Map(
    instances.flatMap(({ InstanceId, Tags }) => {
      const group = Tags?.find(({ Key }) => Key === instanceGroupTag)?.Value;
      return InstanceId === undefined || group === undefined ? [] : [[InstanceId, group] as const];
    }),
  );
}

/** Terminates the instances of a group that has no Auto Scaling group. Returns how many. */
export async function terminateInstancesOf(cluster: ClusterIdentity, group: string): Promise<number> {
  const ids = [...(await groupsOfInstances(cluster))].filter(([, of]) => of === group).map(([id]) => id);
  if (ids.length === 0) return 0;
  const { EC2Client, TerminateInstancesCommand } = await import("@aws-sdk/client-ec2");
  try {
    await awsClient(EC2Client, cluster).send(new TerminateInstancesCommand({ InstanceIds: ids }));
  } catch (error) {
    throw new KopsError(
      {
        what: `The instances of instance group ${group} cannot be terminated: ${ids.join(", ")}`,
        why: messageOf(error),
        next: "allow ec2:TerminateInstances to this run, then run the same command again: it continues",
      },
      error,
    );
  }
  return ids.length;
}
