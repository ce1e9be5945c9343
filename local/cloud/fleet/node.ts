import type { Instance, MachineSize } from "./instances.ts";
import type { Launch } from "./launch.ts";
import type { Condition, Node } from "./objects.ts";

const podsPerNode = "110";

/**
 * Label with a node's instance group, for tests and people. The program must not use it: on AWS, a node has
 * `kops.k8s.io/instancegroup` only if its group's `nodeLabels` say so (BuildNodeLabels in kOps's pkg/nodelabels).
 */
export const groupLabel = "local.pilot/instancegroup";

const roleLabels: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "control-plane": {
    "node-role.kubernetes.io/control-plane": "",
    "kops.k8s.io/kops-controller-pki": "",
    "node.kubernetes.io/exclude-from-external-load-balancers": "",
  },
  apiserver: { "node-role.kubernetes.io/api-server": "" },
  node: { "node-role.kubernetes.io/node": "" },
};

export function readyCondition(ready: boolean, now: string): Condition {
  return ready
    ? {
        type: "Ready",
        status: "True",
        reason: "KubeletReady",
        message: "kubelet is posting ready status",
        lastHeartbeatTime: now,
        lastTransitionTime: now,
      }
    : {
        type: "Ready",
        status: "False",
        reason: "KubeletNotReady",
        message: "container runtime network not ready",
        lastHeartbeatTime: now,
        lastTransitionTime: now,
      };
}

function healthy(type: string, reason: string, now: string): Condition {
  return { type, status: "False", reason, lastHeartbeatTime: now, lastTransitionTime: now };
}

/**
 * The addresses that the cloud controller gives a node: of IPv6 clusters the IPv6 address first, of others the IPv4
 * address only (NodeIPFamilies, set in pkg/model/components/aws.go of kOps).
 */
function internalAddresses({ ip, ipv6 }: Instance, launch: Launch): string[] {
  return [...(launch.ipv6 && ipv6 !== undefined ? [ipv6] : []), ...(ip !== undefined ? [ip] : [])];
}

/** The node that a kubelet registers, with what kops-controller and the cloud controller add on AWS. */
export function nodeOf(instance: Instance, launch: Launch, size: MachineSize, ready: boolean, now: string): Node {
  const resources = {
    cpu: String(size.cpus),
    memory: `${size.memoryMiB}Mi`,
    pods: podsPerNode,
    "ephemeral-storage": "60Gi",
  };
  return {
    metadata: {
      name: instance.id,
      labels: {
        ...roleLabels[instance.role],
        ...launch.labels,
        ...instance.labels,
        [groupLabel]: instance.group,
        "kubernetes.io/hostname": instance.id,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": instance.architecture,
        "node.kubernetes.io/instance-type": instance.machineType,
        "topology.kubernetes.io/zone": instance.zone,
        "topology.kubernetes.io/region": instance.zone.replace(/[a-z]$/, ""),
      },
    },
    spec: { providerID: `aws:///${instance.zone}/${instance.id}`, taints: launch.taints },
    status: {
      addresses: [
        ...internalAddresses(instance, launch).map((address) => ({ type: "InternalIP", address })),
        { type: "InternalDNS", address: instance.hostName },
        { type: "Hostname", address: instance.id },
      ],
      capacity: resources,
      allocatable: resources,
      conditions: [
        healthy("MemoryPressure", "KubeletHasSufficientMemory", now),
        healthy("DiskPressure", "KubeletHasNoDiskPressure", now),
        healthy("PIDPressure", "KubeletHasSufficientPID", now),
        readyCondition(ready, now),
      ],
      nodeInfo: {
        kubeletVersion: launch.kubeletVersion,
        kubeProxyVersion: "",
        architecture: instance.architecture,
        operatingSystem: "linux",
        osImage: "Ubuntu 24.04 LTS",
        kernelVersion: "6.8.0-aws",
        containerRuntimeVersion: "containerd://2.1.0",
        machineID: instance.id,
        systemUUID: instance.id,
        bootID: instance.id,
      },
    },
  };
}
