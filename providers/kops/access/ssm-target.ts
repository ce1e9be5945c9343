import { EC2Client, paginateDescribeInstances } from "@aws-sdk/client-ec2";
import type { AwsIdentity } from "../aws/identity.ts";
import { KopsError } from "../model/errors.ts";
import { awsClient } from "../aws/client.ts";

/** Tags that an instance must all have. */
type Tags = Readonly<Record<string, string>>;

/** The tags of kOps's own instances (CloudTagsForInstanceGroup in pkg/model/awsmodel). */
function ownTargets(cluster: string): Tags[] {
  return ["bastion", "control-plane"].map((role) => ({ KubernetesCluster: cluster, [`k8s.io/role/${role}`]: "1" }));
}

async function runningWith(client: EC2Client, tags: Tags): Promise<string[]> {
  const ids: string[] = [];
  const filters = [
    { Name: "instance-state-name", Values: ["running"] },
    ...Object.entries(tags).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] })),
  ];
  for await (const page of paginateDescribeInstances({ client }, { Filters: filters })) {
    for (const { Instances: instances = [] } of page.Reservations ?? []) {
      for (const { InstanceId: id } of instances) if (id !== undefined) ids.push(id);
    }
  }
  return ids.sort();
}

/**
 * Running instances that an SSM session can use, best first: those with the given tags, else the cluster's bastions,
 * then its control-plane nodes. Only a session shows whether the SSM agent of an instance answers.
 */
export async function ssmTargets(identity: AwsIdentity, cluster: string, tags?: Tags): Promise<[string, ...string[]]> {
  const client = awsClient(EC2Client, identity);
  const desired = tags ? [tags] : ownTargets(cluster);
  const found = (await Promise.all(desired.map((one) => runningWith(client, one)))).flat();
  const [first, ...others] = found;
  if (first !== undefined) return [first, ...others];
  const words = desired
    .map((one) =>
      Object.entries(one)
        .map(([key, value]) => `${key}=${value}`)
        .join(" and "),
    )
    .join(", nor with ");
  throw new KopsError({
    what: `No instance can give an SSM session to the API of ${cluster}`,
    why: `none runs in ${identity.region} with the tags ${words}`,
    next: "set `target` in the file of PILOT_ACCESS to the id or the tags of an instance (docs/guide/access.md)",
  });
}
