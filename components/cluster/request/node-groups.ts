import { z } from "zod";
import { strict } from "../../config/problems.ts";
import type { PlainObject } from "../../config/merge.ts";
import {
  composeMachine,
  dnsLabel,
  machine,
  machineType,
  machineTypes,
  strangersAmong,
  volumeProblem,
  zoneName,
  type MachineDefaults,
} from "./machines.ts";

const labels = z
  .record(
    z.string().regex(/^[^/\s]+(\/[^/\s]+)?$/, { error: "must be a label key with at most one slash" }),
    z.string(),
  )
  .describe("Kubernetes labels of the nodes. Changing them replaces the nodes.");

const taint = z.string().regex(/^[^=:\s]+(=[^=:\s]*)?:(NoSchedule|PreferNoSchedule|NoExecute)$/, {
  error: "must be key=value:Effect or key:Effect, with the effect NoSchedule, PreferNoSchedule or NoExecute",
});

const groupSize = z.int().min(0).max(1000);

const spotOptions = strict({
  onDemandBase: groupSize
    .default(0)
    .describe("Nodes that are always on demand, at the full price; the rest is spot. Default: 0."),
  onDemandPercentage: z
    .int()
    .min(0)
    .max(100)
    .default(0)
    .describe("Of the nodes above `onDemandBase`, how many per cent are on demand. Default: 0."),
  allocationStrategy: z
    .enum(["price-capacity-optimized", "capacity-optimized", "capacity-optimized-prioritized", "lowest-price"])
    .default("price-capacity-optimized")
    .describe(
      "How AWS chooses among the instance types: `lowest-price` is cheapest and interrupted most often. Default: " +
        "price-capacity-optimized.",
    ),
});

const warmPool = strict({
  minSize: groupSize.default(0).describe("Fewest instances kept ready. Default: 0."),
  maxSize: groupSize
    .optional()
    .describe("Most instances, running and kept ready together. Default: the `maxSize` of the group."),
  enableLifecycleHook: z
    .boolean()
    .optional()
    .describe(
      "Whether an instance joins the pool only after all is installed on it: slower into the pool, faster out of " +
        "it. Default: false.",
    ),
});

export const nodeGroup = strict({
  machineType,
  machineTypes: machineTypes.optional(),
  count: groupSize.optional().describe("Number of nodes. Or give `minSize` and `maxSize`."),
  minSize: groupSize
    .optional()
    .describe(
      "Fewest nodes; the autoscaler moves between `minSize` and `maxSize`. 0 lets the group go away while nothing " +
        "needs it.",
    ),
  maxSize: groupSize.optional().describe("Most nodes."),
  zones: z
    .array(zoneName)
    .min(1)
    .optional()
    .describe("Zones the nodes are spread over. Default: all zones of the network."),
  perZone: z
    .boolean()
    .optional()
    .describe(
      "One instance group for each zone, `<name>-<zone>`, each of the given size: what an autoscaler needs where " +
        "pods are bound to a zone by their volumes. Changing it replaces the nodes. Default: false, one group over " +
        "all its zones.",
    ),
  ...machine,
  spot: z
    .union([z.boolean(), spotOptions], {
      error: "must be true, false, or a mapping of onDemandBase, onDemandPercentage and allocationStrategy",
    })
    .optional()
    .describe(
      "Spot instances, all or in part: up to 90 % cheaper, taken away by AWS with two minutes' notice (nodes are " +
        "then drained). More `machineTypes` make that rarer. Default: false.",
    ),
  gpu: z
    .boolean()
    .optional()
    .describe(
      "Nvidia drivers, container runtime and device plugin, for machine types with Nvidia GPUs. Nodes get the " +
        "taint `nvidia.com/gpu:NoSchedule`; installing the driver takes some minutes at each start. The first group " +
        "of a cluster that has it replaces the nodes of all groups, for kOps knows it for the cluster as a whole. " +
        "Default: false.",
    ),
  labels: labels.optional(),
  taints: z
    .array(taint)
    .optional()
    .describe("Kubernetes taints, `key=value:Effect`. Changing them replaces the nodes."),
  warmPool: warmPool
    .optional()
    .describe(
      "Stopped instances kept ready, which join within a minute; their volumes cost while they wait. Not with " +
        "spot or several machine types. Default: none.",
    ),
}).check((context) => {
  const { count, minSize, maxSize, spot, machineType: first, machineTypes: more = [], warmPool: pool } = context.value;
  const problem = (message: string, path: PropertyKey[] = []) =>
    context.issues.push({ code: "custom", message, path, input: context.value });
  if (count !== undefined && (minSize !== undefined || maxSize !== undefined)) {
    problem("count and minSize/maxSize exclude each other", ["count"]);
  } else if (count === undefined && (minSize === undefined || maxSize === undefined)) {
    problem("needs count, or both minSize and maxSize");
  } else if (minSize !== undefined && maxSize !== undefined && minSize > maxSize) {
    problem(`is larger than maxSize (${maxSize})`, ["minSize"]);
  }
  const strangers = strangersAmong([first, ...more]);
  for (const [index, type] of more.entries()) {
    if (strangers.includes(type))
      problem(`${type} is of another architecture than ${first}: one image cannot start both; make two groups`, [
        "machineTypes",
        index,
      ]);
    else if (type === first || more.indexOf(type) < index) problem(`${type} is named twice`, ["machineTypes", index]);
  }
  const most = count ?? maxSize;
  if (typeof spot === "object" && most !== undefined && spot.onDemandBase > most)
    problem(`is larger than the group (${most})`, ["spot", "onDemandBase"]);
  if (pool && (usesSpot(spot) || more.length > 0))
    problem("is not for groups with spot instances or several machine types", ["warmPool"]);
  if (pool?.maxSize !== undefined && pool.minSize > pool.maxSize)
    problem(`is larger than maxSize (${pool.maxSize})`, ["warmPool", "minSize"]);
  const volume = volumeProblem(context.value);
  if (volume) problem(volume.message, [volume.key]);
});

export const nodeGroups = z
  .record(z.string().regex(dnsLabel, { error: "must be a DNS label in lower case" }), nodeGroup)
  .refine((groups) => Object.keys(groups).length > 0, {
    error: "needs at least one group: kOps makes no cluster without nodes",
  })
  .describe("Groups of nodes by name. A group that leaves is drained and deleted.");

export type NodeGroup = z.output<typeof nodeGroup>;

const usesSpot = (spot: NodeGroup["spot"]): boolean => spot !== undefined && spot !== false;

/** Whether an autoscaler has anything to decide in a group. */
export const isScaled = ({ minSize, maxSize }: NodeGroup): boolean =>
  minSize !== undefined && maxSize !== undefined && minSize < maxSize;

/** One instance group as it will be called, in its zones. */
export interface PlacedGroup {
  name: string;
  group: NodeGroup;
  zones: readonly string[];
}

/**
 * The instance groups of a request's groups: a name depends on its zone only, so that another zone only adds groups.
 */
export function placeGroups(groups: Readonly<Record<string, NodeGroup>>, zones: readonly string[]): PlacedGroup[] {
  return Object.entries(groups).flatMap(([name, group]) => {
    const own = group.zones ?? zones;
    return group.perZone === true
      ? own.map((zone) => ({ name: `${name}-${zone}`, group, zones: [zone] }))
      : [{ name, group, zones: own }];
  });
}

const taintTag = "k8s.io/cluster-autoscaler/node-template/taint/";
const storageTag = "k8s.io/cluster-autoscaler/node-template/resources/ephemeral-storage";
const gpuTaint = "nvidia.com/gpu";
const kopsVolumeSize = 128;

/**
 * What the cluster autoscaler cannot see while a group has no node, told by tags. kOps itself tags labels, and taints
 * that have a value (CloudTagsForInstanceGroup in pkg/model/context.go), but neither taints without one, such as its
 * own on GPU nodes, nor the size of the disk: pods that do not tolerate the taint would scale the group up in vain, and
 * pods that ask for ephemeral storage never would.
 */
function autoscalerTags({ taints = [], gpu, volumeSize }: NodeGroup): Record<string, string> {
  const bare = taints.filter((one) => !one.includes("="));
  const all =
    gpu === true && !taints.some((one) => one.startsWith(gpuTaint)) ? [...bare, `${gpuTaint}:NoSchedule`] : bare;
  return {
    ...Object.fromEntries(
      all.map((one) => {
        const colon = one.lastIndexOf(":");
        return [`${taintTag}${one.slice(0, colon)}`, one.slice(colon)];
      }),
    ),
    [storageTag]: `${volumeSize ?? kopsVolumeSize}Gi`,
  };
}

function composeMix({ machineType: first, machineTypes: more = [], spot }: NodeGroup): PlainObject | undefined {
  const instances = [first, ...more];
  if (typeof spot === "object") {
    return {
      instances,
      onDemandBase: spot.onDemandBase,
      onDemandAboveBase: spot.onDemandPercentage,
      spotAllocationStrategy: spot.allocationStrategy,
    };
  }
  if (spot === true)
    return { instances, onDemandBase: 0, onDemandAboveBase: 0, spotAllocationStrategy: "price-capacity-optimized" };
  // In the order in which they are named: the type that was asked for first.
  return more.length > 0 ? { instances, onDemandAboveBase: 100, onDemandAllocationStrategy: "prioritized" } : undefined;
}

/**
 * The part of a ClusterSpec that GPU groups need. Not in the groups: kOps 1.35 then fails on its own add-on, which
 * looks for the image of the device plugin here (nvidia.addons.k8s.io). It finds the groups by their machine types.
 */
export function composeGpu(groups: Readonly<Record<string, NodeGroup>>): PlainObject {
  return Object.values(groups).some(({ gpu }) => gpu === true) ? { containerd: { nvidiaGPU: { enabled: true } } } : {};
}

/** The InstanceGroupSpec of a group of nodes. */
export function composeNodes({ group, zones }: PlacedGroup, cluster: MachineDefaults): PlainObject {
  const mix = composeMix(group);
  return {
    role: "Node",
    ...composeMachine(group, cluster),
    minSize: group.count ?? group.minSize,
    maxSize: group.count ?? group.maxSize,
    subnets: [...zones],
    ...(isScaled(group) && { cloudLabels: autoscalerTags(group) }),
    ...(group.labels && { nodeLabels: group.labels }),
    ...(group.taints && { taints: group.taints }),
    ...(mix && { mixedInstancesPolicy: mix }),
    // Instances at risk are replaced before they are taken away.
    ...(usesSpot(group.spot) && { capacityRebalance: true }),
    ...(group.warmPool && {
      warmPool: {
        ...(group.warmPool.minSize > 0 && { minSize: group.warmPool.minSize }),
        ...(group.warmPool.maxSize !== undefined && { maxSize: group.warmPool.maxSize }),
        ...(group.warmPool.enableLifecycleHook === true && { enableLifecycleHook: true }),
      },
    }),
  };
}
