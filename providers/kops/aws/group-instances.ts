import { awsClientSettings } from "./identity.ts";
import { allOf, ofCluster } from "./auto-scaling-groups.ts";
import type { ClusterSeat } from "./auto-scaling-groups.ts";
import { KopsError, messageOf } from "../model/errors.ts";

/** Tag that says of which instance group an instance is, made by an Auto Scaling group or by Karpenter. */
export const instanceGroupTag = "kops.k8s.io/instancegroup";

/**
 * Instance groups of a cluster's instances, by id of the instance. As kOps itself finds them (buildKarpenterGroup in
 * upup/pkg/fi/cloudup/awsup), and what kops-controller goes by when a node joins: a node without the tag never does.
 */
export async function groupsOfInstances(seat: ClusterSeat): Promise<Map<string, string>> {
  const { EC2Client, paginateDescribeInstances } = await import("@aws-sdk/client-ec2");
  const client = new EC2Client(awsClientSettings(seat));
  const Filters = [
    ofCluster(seat.name),
    { Name: "tag-key", Values: [instanceGroupTag] },
    { Name: "instance-state-name", Values: ["pending", "running", "stopping", "stopped"] },
  ];
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

/** Terminates the instances of a group that no Auto Scaling group has. Gives how many. */
export async function terminateInstancesOf(seat: ClusterSeat, group: string): Promise<number> {
  const ids = [...(await groupsOfInstances(seat))].filter(([, of]) => of === group).map(([id]) => id);
  if (ids.length === 0) return 0;
  const { EC2Client, TerminateInstancesCommand } = await import("@aws-sdk/client-ec2");
  try {
    await new EC2Client(awsClientSettings(seat)).send(new TerminateInstancesCommand({ InstanceIds: ids }));
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
