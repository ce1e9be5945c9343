import { composeCluster, controlPlaneGroups } from "../../components/cluster/compose.ts";
import { clusterRequest } from "../../components/cluster/request/request.ts";
import type { ClusterEnvironment, EnvironmentZone } from "../../components/cluster/spec/cluster-environment.ts";
import { isPlainObject, type PlainObject } from "../../components/config/merge.ts";
import { parse } from "../../components/config/problems.ts";
import { roleOf } from "../../providers/kops/model/instance-groups.ts";
import { fieldsOf, itemsOf } from "../../providers/kops/model/spec.ts";
import { at, listOf } from "../../providers/kops/rules/rule.ts";
import { countValues, overlayOf } from "./overlay.ts";
import { keptDns, presumedEnvironment } from "./environment.ts";
import type { StoredCluster } from "./stored.ts";

/** A request is short: with more values of kOps beside its own keys, a manifest is easier to read. */
const mostValues = 16;

/** The keys of a request with `kops` for the rest, or why a manifest is better. */
export type Fitting = { request: PlainObject } | { why: string };

const defined = (fields: PlainObject): PlainObject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** The keys of a group's machines. */
function machineOf(group: PlainObject, image: unknown): PlainObject {
  const hopLimit = at(group, "instanceMetadata.httpPutResponseHopLimit");
  return defined({
    machineType: group["machineType"],
    image: group["image"] === image ? undefined : group["image"],
    volumeSize: group["rootVolumeSize"],
    volumeType: group["rootVolumeType"],
    volumeIops: group["rootVolumeIops"],
    volumeThroughput: group["rootVolumeThroughput"],
    volumeEncryptionKey: group["rootVolumeEncryptionKey"],
    metadata: typeof hopLimit === "number" && hopLimit > 1 ? { hopLimit } : undefined,
  });
}

/** The sizes, zones and mix of a worker group. */
function workersOf(group: PlainObject, zones: readonly string[], image: unknown): PlainObject {
  const { minSize, maxSize, nodeLabels, taints } = group;
  const own = itemsOf(group["subnets"]);
  const [, ...types] = itemsOf(at(group, "mixedInstancesPolicy.instances"));
  const strategy = at(group, "mixedInstancesPolicy.spotAllocationStrategy");
  return {
    ...machineOf(group, image),
    ...defined({
      machineTypes: types.length > 0 ? types : undefined,
      ...(minSize === maxSize ? { count: minSize } : { minSize, maxSize }),
      zones: own.length === zones.length && own.every((zone, index) => zone === zones[index]) ? undefined : own,
      spot:
        strategy === undefined
          ? undefined
          : defined({
              onDemandBase: at(group, "mixedInstancesPolicy.onDemandBase"),
              onDemandPercentage: at(group, "mixedInstancesPolicy.onDemandAboveBase"),
              allocationStrategy: strategy,
            }),
      labels: nodeLabels,
      taints,
    }),
  };
}

const addonKeys = [
  ...["metricsServer", "clusterAutoscaler", "awsLoadBalancerController", "nodeTerminationHandler", "certManager"],
  ...["snapshotController", "podIdentityWebhook", "nodeProblemDetector"],
];

function addonsOf(spec: PlainObject): PlainObject | undefined {
  const found = addonKeys.flatMap((name): [string, unknown][] => {
    const settings = spec[name];
    if (!isPlainObject(settings)) return [];
    const { enabled, ...more } = settings;
    return [[name, Object.keys(more).length === 0 ? enabled === true : settings]];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** The API's ranges: a request has a word for the whole world. */
function accessOf(spec: PlainObject): unknown {
  const ranges = itemsOf(spec["kubernetesApiAccess"]);
  return ranges.includes("0.0.0.0/0") || ranges.includes("::/0") ? "anyone" : ranges;
}

/** The control plane's keys, if its groups are named as those of a request. */
function controlPlaneOf(groups: readonly (readonly [string, PlainObject])[], image: unknown): PlainObject | undefined {
  const zones = [...new Set(groups.flatMap(([, group]) => itemsOf(group["subnets"]).map(String)))].sort();
  const named = controlPlaneGroups(groups.length, zones).map(({ name }) => name);
  const [first] = groups;
  if (first === undefined || groups.some(([name]) => !named.includes(name))) return undefined;
  return { count: groups.length, zones, ...machineOf(first[1], image) };
}

/** The image of most groups. */
function commonImage(groups: Readonly<Record<string, PlainObject>>): unknown {
  const images = Object.values(groups).map(({ image }) => image);
  const count = (image: unknown): number => images.filter((one) => one === image).length;
  return images.toSorted((one, other) => count(other) - count(one))[0];
}

/** The request that comes nearest, without `kops`. */
function nearest(cluster: StoredCluster, environment: ClusterEnvironment): PlainObject | { why: string } {
  const { spec, groups, sshPublicKeys } = cluster;
  const zones = environment.network.zones.map(({ zone }: EnvironmentZone) => zone);
  const image = commonImage(groups);
  const ofRole = (role: string): [string, PlainObject][] =>
    Object.entries(groups).filter(([, group]) => roleOf(group) === role);
  const controlPlane = controlPlaneOf(ofRole("ControlPlane"), image);
  if (controlPlane === undefined) return { why: "its control-plane groups have other names than those of a request" };
  if (sshPublicKeys.length > 1) return { why: "it has more than one SSH key" };
  const [plugin] = Object.keys(fieldsOf(spec["networking"]));
  const isPrivate = listOf(spec["subnets"]).some(({ type }) => type === "Private");
  const type = at(spec, "api.loadBalancer.type");
  return defined({
    name: cluster.name,
    kopsVersion: cluster.kopsVersion,
    kubernetesVersion: spec["kubernetesVersion"],
    zones,
    topology: isPrivate ? "private" : "public",
    networking: plugin,
    apiAccess: accessOf(spec),
    api: isPrivate && type === "Public" ? { loadBalancer: "public" } : undefined,
    sshPublicKey: spec["sshKeyName"] === "" ? undefined : sshPublicKeys[0],
    image,
    controlPlane,
    nodeGroups: Object.fromEntries(ofRole("Node").map(([name, group]) => [name, workersOf(group, zones, image)])),
    auditLog: at(spec, "kubeAPIServer.auditPolicyFile") === undefined ? false : undefined,
    addons: addonsOf(spec),
    // Without it, the tags of whatever environment it gets into would be added.
    tags: spec["cloudLabels"] ?? {},
  });
}

/**
 * The short file of a cluster, where it fits one: kOps then makes exactly what it makes now. It is found by composing:
 * what the composed spec has otherwise goes under `kops`, and much of that makes a manifest the better file.
 */
export function requestOf(cluster: StoredCluster): Fitting {
  const presumed = presumedEnvironment(cluster);
  if ("why" in presumed) return presumed;
  const { environment } = presumed;
  const keys = nearest(cluster, environment);
  if ("why" in keys) return { why: String(keys["why"]) };
  const parsed = parse(clusterRequest, keys);
  if (!parsed.ok) {
    const [issue] = parsed.issues;
    return { why: `a request cannot say it (${issue?.path.map(String).join(".") ?? ""} ${issue?.message ?? ""})` };
  }
  const composed = composeCluster(parsed.value, environment);
  const missing = Object.keys(composed.instanceGroups).find((name) => !(name in cluster.groups));
  if (missing !== undefined) return { why: `a request would also make the group ${missing}` };
  const over = overlayOf(composed.cluster, cluster.spec);
  const groups = Object.entries(cluster.groups).flatMap(([name, group]): [string, PlainObject][] => {
    const one = overlayOf(composed.instanceGroups[name] ?? {}, group);
    return one === undefined ? [] : [[name, one]];
  });
  const kops = {
    ...((over ?? keptDns(cluster)) && { cluster: { ...keptDns(cluster), ...over } }),
    ...(groups.length > 0 && { instanceGroups: Object.fromEntries(groups) }),
  };
  const values = countValues(kops);
  if (values > mostValues) return { why: `a request would need ${values} values of kOps beside its own keys` };
  return { request: { ...keys, adopt: true, ...(Object.keys(kops).length > 0 && { kops }) } };
}
