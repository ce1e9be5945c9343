import type { Filter, Volume, VolumeState } from "@aws-sdk/client-ec2";
import type { ClusterIdentity } from "./client.ts";
import { allOf, awsClient, ofCluster } from "./client.ts";
import { isHere, volumeStates } from "./states.ts";

/** A volume that kOps made for a member of etcd. */
export interface EtcdVolume {
  id: string;
  name: string;
  state: VolumeState | undefined;
}

/** Tags of an etcd volume begin so, with the name of the etcd cluster (master_volumes.go in pkg/model of kOps). */
const etcdTag = "k8s.io/etcd/";

/**
 * All etcd volumes of a cluster that AWS lists. Volumes of workloads have the cluster's tag too, and there may be
 * thousands: EC2 takes a wildcard in a filter. Whether etcd's data is lost depends on this list, so an empty answer
 * counts only if the list without the wildcard is empty as well.
 */
export async function etcdVolumesOf(cluster: ClusterIdentity): Promise<EtcdVolume[]> {
  const { EC2Client, paginateDescribeVolumes } = await import("@aws-sdk/client-ec2");
  const client = awsClient(EC2Client, cluster);
  const list = (...more: Filter[]): Promise<Volume[]> =>
    allOf(paginateDescribeVolumes({ client }, { Filters: [ofCluster(cluster.name), ...more] }), (page) => page.Volumes);
  const marked = await list({ Name: "tag-key", Values: [`${etcdTag}*`] });
  return (marked.length > 0 ? marked : await list())
    .filter(({ Tags }) => Tags?.some(({ Key }) => Key?.startsWith(etcdTag)))
    .map(({ VolumeId = "", State, Tags }) => ({
      id: VolumeId,
      name: Tags?.find(({ Key }) => Key === "Name")?.Value ?? "",
      state: State,
    }));
}

/** Whether a volume has, or will have, the data of its member. */
export function holdsData({ state }: Pick<EtcdVolume, "state">): boolean {
  return state !== "error" && isHere(volumeStates, state);
}
