import { fieldsOf, isRecord } from "../../model/spec.ts";

/*
 * Fields of v1alpha2 that kOps reads and then ignores: its own type of a cluster has no place for them (pkg/apis/kops),
 * so `kops get` no longer prints them. Found by comparing what kOps 1.35.0 and 1.36.2 write with and without each of
 * their 1287 fields; both ignore the same on AWS. `networking.canal` is not among them: without it a cluster has no
 * network plugin.
 */
const cilium = [
  ...["accessLog", "agentLabels", "allowLocalhost", "autoIpv6NodeRoutes", "bpfRoot", "cniBinPath", "containerRuntime"],
  ...["containerRuntimeEndpoint", "containerRuntimeLabels", "debugVerbose", "device", "disableConntrack"],
  ...["disableIpv4", "disableK8sServices", "enableTracing", "enableipv4", "enableipv6", "envoyLog"],
  ...["ipv4ClusterCidrMaskSize", "ipv4Node", "ipv4Range", "ipv4ServiceRange", "ipv6ClusterAllocCidr", "ipv6Node"],
  ...["ipv6Range", "ipv6ServiceRange", "k8sApiServer", "k8sKubeconfigPath", "keepBpfTemplates", "keepConfig"],
  ...["labelPrefixFile", "labels", "lb", "libDir", "logDriver", "logOpt", "logstash", "logstashAgent"],
  ...["logstashProbeTimer", "nat46Range", "nodeInitBootstrapFile", "pprof", "prefilterDevice", "prometheusServeAddr"],
  ...["reconfigureKubelet", "removeCbrBridge", "restartPods", "restore", "singleClusterRoute", "socketPath"],
  ...["stateDir", "tracePayloadlen"],
];
const vSphere = ["CoreDNSServer", "Datacenter", "Datastore", "Password", "ResourcePool", "Server", "Username"];

/** Below the ClusterSpec, without indices of lists. */
export const unusedOfCluster: ReadonlySet<string> = new Set([
  "cloudConfig.azure",
  "cloudConfig.openstack",
  ...vSphere.map((field) => `cloudConfig.vSphere${field}`),
  "configStore",
  "etcdClusters.enableEtcdTLS",
  "etcdClusters.enableTLSAuth",
  "kubeDNS.image",
  "kubeDNS.replicas",
  "masterInternalName",
  "networking.calico.majorVersion",
  ...cilium.map((field) => `networking.cilium.${field}`),
  "networking.flannel.disableTxChecksumOffloading",
  "project",
  "topology.bastion.idleTimeoutSeconds",
  "topology.masters",
  "topology.nodes",
]);

/** Of an InstanceGroupSpec. */
export const unusedOfGroup: ReadonlySet<string> = new Set(["rootVolumeDeleteOnTermination"]);

/** Whether kOps knows the field at a path of the inputs, such as `cluster.kubeDNS.replicas`, and does not use it. */
export function isUnused(path: string): boolean {
  const [part, ...rest] = path.replace(/\[\d+\]/g, "").split(".");
  if (part === "cluster") return unusedOfCluster.has(rest.join("."));
  return part === "instanceGroups" && rest.length > 1 && unusedOfGroup.has(rest.at(-1) ?? "");
}

function* unusedBelow(value: unknown, unused: ReadonlySet<string>, path: PropertyKey[]): Generator<PropertyKey[]> {
  if (Array.isArray(value)) {
    for (const [index, one] of value.entries()) yield* unusedBelow(one, unused, [...path, index]);
    return;
  }
  if (!isRecord(value)) return;
  for (const [key, one] of Object.entries(value)) {
    const at = [...path, key];
    if (unused.has(at.filter((step) => typeof step === "string").join("."))) {
      if (one !== undefined && one !== null) yield at;
    } else yield* unusedBelow(one, unused, at);
  }
}

/** Paths of the fields of a cluster and its groups that kOps does not use. Values may be unknown. */
export function unusedFields({
  cluster,
  instanceGroups,
}: {
  cluster?: unknown;
  instanceGroups?: unknown;
}): PropertyKey[][] {
  return [
    ...[...unusedBelow(cluster, unusedOfCluster, [])].map((path) => ["cluster", ...path]),
    ...Object.entries(fieldsOf(instanceGroups)).flatMap(([name, group]) =>
      [...unusedBelow(group, unusedOfGroup, [])].map((path) => ["instanceGroups", name, ...path]),
    ),
  ];
}
