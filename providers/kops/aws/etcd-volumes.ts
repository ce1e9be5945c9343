import type { VolumeState } from "@aws-sdk/client-ec2";
import type { ClusterIdentity } from "./client.ts";
import { allOf, awsClient, ofCluster } from "./client.ts";
import { isHere, volumeStates } from "./states.ts";

/** A volume that kOps made for a member of etcd. */
export interface EtcdVolume {
  id: string;
  name: string;
  state: VolumeState | undefined;
}

/** All etcd volumes of a cluster that AWS lists. Volumes of workloads have the cluster's tag too. */
export async function etcdVolumesOf(cluster: ClusterIdentity): Promise<EtcdVolume[]> {
  const { EC2Client, paginateDescribeVolumes } = await import("@aws-sdk/client-ec2");
  const client = awsClient(EC2Client, cluster);
  const volumes = await allOf(
    paginateDescribeVolumes({ client }, { Filters: [ofCluster(cluster.name)] }),
    (page) => page.Volumes,
  );
  return volumes
    .filter(({ Tags }) => Tags?.some(({ Key }) => Key?.startsWith("k8s.io/etcd/")))
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
