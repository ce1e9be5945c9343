import {
  DescribeInstanceTypesCommand,
  paginateDescribeInstances,
  type EC2Client,
  type Instance as Ec2Instance,
} from "@aws-sdk/client-ec2";

/** A machine of a cluster, as EC2 describes it. */
export interface Instance {
  readonly id: string;
  readonly cluster: string;
  readonly group: string;
  /** kOps's roles: `control-plane`, `node`, `apiserver`, `bastion`. */
  readonly role: string;
  /** Whether it runs; a stopped machine still exists. */
  readonly running: boolean;
  readonly zone: string;
  readonly machineType: string;
  readonly architecture: "amd64" | "arm64";
  /** Absent in an IPv6-only subnet. */
  readonly ip?: string;
  readonly ipv6?: string;
  readonly hostName: string;
  readonly labels: Readonly<Record<string, string>>;
}

const clusterTag = "KubernetesCluster";
const groupTag = "kops.k8s.io/instancegroup";
const rolePrefix = "k8s.io/role/";
// kops-controller labels a node with the labels in these tags of its instance.
const labelPrefix = "k8s.io/cluster-autoscaler/node-template/label/";

/** Karpenter tags an instance with its NodePool, and labels the node with it. */
const poolTag = "karpenter.sh/nodepool";

export function parseInstance(instance: Ec2Instance): Instance | undefined {
  const tags = new Map((instance.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
  const cluster = tags.get(clusterTag);
  const group = tags.get(groupTag);
  const role = [...tags.keys()].find((key) => key.startsWith(rolePrefix))?.slice(rolePrefix.length);
  // Somebody else's machine that has the cluster's tag.
  if (!instance.InstanceId || cluster === undefined || group === undefined || role === undefined) return undefined;
  return {
    id: instance.InstanceId,
    cluster,
    group,
    role: role === "master" ? "control-plane" : role,
    running: instance.State?.Name === "running",
    zone: instance.Placement?.AvailabilityZone ?? "",
    machineType: instance.InstanceType ?? "",
    architecture: instance.Architecture === "arm64" ? "arm64" : "amd64",
    ...(instance.PrivateIpAddress !== undefined && { ip: instance.PrivateIpAddress }),
    ...(instance.Ipv6Address !== undefined && { ipv6: instance.Ipv6Address }),
    hostName: instance.PrivateDnsName ?? instance.InstanceId,
    labels: Object.fromEntries(
      [...tags].flatMap(([key, value]) =>
        key.startsWith(labelPrefix) ? [[key.slice(labelPrefix.length), value]] : key === poolTag ? [[key, value]] : [],
      ),
    ),
  };
}

/** The machines of all clusters in the region, by cluster, without bastions and terminated ones. */
export async function describeInstances(ec2: EC2Client): Promise<Map<string, Instance[]>> {
  const clusters = new Map<string, Instance[]>();
  const pages = paginateDescribeInstances(
    { client: ec2 },
    {
      Filters: [
        { Name: "tag-key", Values: [clusterTag] },
        { Name: "instance-state-name", Values: ["pending", "running", "stopping", "stopped"] },
      ],
    },
  );
  for await (const page of pages) {
    for (const instance of (page.Reservations ?? []).flatMap(({ Instances = [] }) => Instances)) {
      const parsed = parseInstance(instance);
      if (!parsed || parsed.role === "bastion") continue;
      clusters.set(parsed.cluster, [...(clusters.get(parsed.cluster) ?? []), parsed]);
    }
  }
  return clusters;
}

export interface MachineSize {
  readonly cpus: number;
  readonly memoryMiB: number;
}

/** Sizes of machine types: they never change, so each is requested once. */
export class MachineTypes {
  readonly #ec2: EC2Client;
  readonly #sizes = new Map<string, Promise<MachineSize>>();

  constructor(ec2: EC2Client) {
    this.#ec2 = ec2;
  }

  size(type: string): Promise<MachineSize> {
    let size = this.#sizes.get(type);
    if (!size) {
      size = this.#describe(type);
      this.#sizes.set(type, size);
      size.catch(() => this.#sizes.delete(type));
    }
    return size;
  }

  async #describe(type: string): Promise<MachineSize> {
    const command = new DescribeInstanceTypesCommand({ InstanceTypes: [type as "t3.medium"] });
    const found = (await this.#ec2.send(command)).InstanceTypes?.[0];
    if (!found) throw new Error(`EC2 knows no machine type ${type}`);
    return { cpus: found.VCpuInfo?.DefaultVCpus ?? 1, memoryMiB: found.MemoryInfo?.SizeInMiB ?? 1024 };
  }
}
