import { z } from "zod";
import { strict, type Issue } from "../../config/problems.ts";
import type { PlainObject } from "../../config/merge.ts";
import { autoscalerTag } from "../../tags/keys.ts";
import { bastionGroup } from "./bastion.ts";
import { controlPlanePrefix } from "./control-plane.ts";
import {
  composeMachine,
  dnsLabel,
  machine,
  machineType,
  machineTypes,
  otherArchitectures,
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
    .describe("Nodes that are always on demand, at full price; all others are spot. Default: 0."),
  onDemandPercentage: z
    .int()
    .min(0)
    .max(100)
    .default(0)
    .describe("Percentage of the nodes above `onDemandBase` that are on demand. Default: 0."),
  allocationStrategy: z
    .enum(["price-capacity-optimized", "capacity-optimized", "capacity-optimized-prioritized", "lowest-price"])
    .default("price-capacity-optimized")
    .describe(
      "How AWS chooses among the instance types. `lowest-price` is cheapest and interrupted most often. Default: " +
        "price-capacity-optimized.",
    ),
});

const warmPool = strict({
  minSize: groupSize.default(0).describe("Fewest instances kept ready. Default: 0."),
  maxSize: groupSize
    .optional()
    .describe("Most instances, running and kept ready together. Default: the group's `maxSize`."),
  enableLifecycleHook: z
    .boolean()
    .optional()
    .describe(
      "Whether an instance joins the pool only after everything is installed on it: slower into the pool, faster out " +
        "of it. Default: false.",
    ),
});

const nodeGroup = strict({
  machineType,
  machineTypes: machineTypes.optional(),
  count: groupSize.optional().describe("Number of nodes. Or give `minSize` and `maxSize`."),
  minSize: groupSize
    .optional()
    .describe(
      "Fewest nodes; the autoscaler scales between `minSize` and `maxSize`. With 0 the group can be empty while " +
        "nothing needs it.",
    ),
  maxSize: groupSize.optional().describe("Most nodes."),
  zones: z
    .array(zoneName)
    .min(1)
    .optional()
    .describe("Zones that the nodes are spread over. Default: all zones of the network."),
  perZone: z
    .boolean()
    .optional()
    .describe(
      "One instance group for each zone, `<name>-<zone>`, each of the given size. An autoscaler needs this where " +
        "volumes bind pods to a zone. Changing it replaces the nodes. Default: false, one group over all its zones.",
    ),
  ...machine,
  spot: z
    .union([z.boolean(), spotOptions], {
      error: "must be true, false, or a mapping of onDemandBase, onDemandPercentage and allocationStrategy",
    })
    .optional()
    .describe(
      "Spot instances, all or in part: up to 90 % cheaper, but AWS can terminate them with two minutes' notice " +
        "(nodes " +
        "are then drained). More `machineTypes` make that rarer. Default: false.",
    ),
  gpu: z
    .boolean()
    .optional()
    .describe(
      "Nvidia drivers, container runtime and device plugin, for machine types with Nvidia GPUs. Nodes get the " +
        "taint `nvidia.com/gpu:NoSchedule`; installing the driver takes some minutes at each start. kOps has one " +
        "setting for the whole cluster, so the first group with it replaces the nodes of all groups. Default: false.",
    ),
  labels: labels.optional(),
  taints: z
    .array(taint)
    .optional()
    .describe("Kubernetes taints, `key=value:Effect`. Changing them replaces the nodes."),
  warmPool: warmPool
    .optional()
    .describe(
      "Stopped instances that are kept ready and join within a minute; their volumes cost while they wait. Not with " +
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
  const others = otherArchitectures([first, ...more]);
  for (const [index, type] of more.entries()) {
    if (others.includes(type))
      problem(`${type} has another architecture than ${first}: one image cannot start both; make two groups`, [
        "machineTypes",
        index,
      ]);
    else if (type === first || more.indexOf(type) < index) problem(`${type} is listed twice`, ["machineTypes", index]);
  }
  const most = count ?? maxSize;
  if (typeof spot === "object" && most !== undefined && spot.onDemandBase > most)
    problem(`is larger than the group (${most})`, ["spot", "onDemandBase"]);
  if (pool && (usesSpot(spot) || more.length > 0))
    problem("cannot be used with spot instances or several machine types", ["warmPool"]);
  if (pool?.maxSize !== undefined && pool.minSize > pool.maxSize)
    problem(`is larger than maxSize (${pool.maxSize})`, ["warmPool", "minSize"]);
  const volume = volumeProblem(context.value);
  if (volume) problem(volume.message, [volume.key]);
});

const nodeGroups = z
  .record(z.string().regex(dnsLabel, { error: "must be a DNS label in lower case" }), nodeGroup)
  .refine((groups) => Object.keys(groups).length > 0, {
    error: "needs at least one group: kOps makes no cluster without nodes",
  })
  .describe("Groups of nodes by name. A group that you remove is drained and deleted.");

export const nodeKeys = { nodeGroups };

type NodeRequest = z.output<z.ZodObject<typeof nodeKeys>>;

export type NodeGroup = z.output<typeof nodeGroup>;

const usesSpot = (spot: NodeGroup["spot"]): boolean => spot !== undefined && spot !== false;

/** Whether an autoscaler can change the size of a group. */
export const isScaled = ({ minSize, maxSize }: NodeGroup): boolean =>
  minSize !== undefined && maxSize !== undefined && minSize < maxSize;

/** One instance group with its name and zones. */
interface PlacedGroup {
  name: string;
  group: NodeGroup;
  zones: readonly string[];
}

/** The instance groups of a request. A name depends only on its zone, so another zone only adds groups. */
function placeGroups(groups: Readonly<Record<string, NodeGroup>>, zones: readonly string[]): PlacedGroup[] {
  return Object.entries(groups).flatMap(([name, group]) => {
    const own = group.zones ?? zones;
    return group.perZone === true
      ? own.map((zone) => ({ name: `${name}-${zone}`, group, zones: [zone] }))
      : [{ name, group, zones: own }];
  });
}

const gpuTaint = "nvidia.com/gpu";
const kopsVolumeSize = 128;

/**
 * Tags that tell the cluster autoscaler about nodes of an empty group. kOps writes tags for labels and for taints with
 * a value (CloudTagsForInstanceGroup in pkg/model/context.go). It writes none for taints without a value, such as its
 * own on GPU nodes: pods that do not tolerate the taint would scale the group up in vain. Nor does it write one for the
 * disk size: pods that request ephemeral storage would never scale it up.
 */
function autoscalerTags({ taints = [], gpu, volumeSize }: NodeGroup): Record<string, string> {
  const bare = taints.filter((one) => !one.includes("="));
  const all =
    gpu === true && !taints.some((one) => one.startsWith(gpuTaint)) ? [...bare, `${gpuTaint}:NoSchedule`] : bare;
  return {
    ...Object.fromEntries(
      all.map((one) => {
        const colon = one.lastIndexOf(":");
        return [autoscalerTag.taint(one.slice(0, colon)), one.slice(colon)];
      }),
    ),
    [autoscalerTag.ephemeralStorage]: `${volumeSize ?? kopsVolumeSize}Gi`,
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
  // In the order given: the first type is the requested one.
  return more.length > 0 ? { instances, onDemandAboveBase: 100, onDemandAllocationStrategy: "prioritized" } : undefined;
}

/**
 * Settings of all nodes, GPU support among them. Given in the groups, it makes kOps 1.35 fail: its add-on reads the
 * device plugin's image from here (nvidia.addons.k8s.io). kOps finds the groups by their machine types.
 */
export function composeNodeSettings({ nodeGroups: groups }: NodeRequest): PlainObject {
  return {
    kubelet: { anonymousAuth: false },
    ...(Object.values(groups).some(({ gpu }) => gpu === true) && { containerd: { nvidiaGPU: { enabled: true } } }),
  };
}

/** The InstanceGroupSpecs of a request's nodes. */
export function composeNodes(
  { nodeGroups: groups, ...cluster }: NodeRequest & MachineDefaults,
  zones: readonly string[],
): Record<string, PlainObject> {
  return Object.fromEntries(placeGroups(groups, zones).map((placed) => [placed.name, nodeSpec(placed, cluster)]));
}

/** Instance groups that two parts of a request would both name. */
export function groupNameProblems(
  { nodeGroups: groups, bastion }: NodeRequest & { bastion?: unknown },
  zones: readonly string[],
): Issue[] {
  const problem = (name: string, message: string): Issue => ({ path: ["nodeGroups", name], message });
  const reserved = Object.keys(groups).flatMap((name) => [
    ...(name.startsWith(controlPlanePrefix)
      ? [problem(name, `names that begin with ${controlPlanePrefix} are reserved for the control plane`)]
      : []),
    ...(bastion !== undefined && name === bastionGroup ? [problem(name, "is the name of the bastions' group")] : []),
  ]);
  const twice = placeGroups(groups, zones).filter(({ name, group }) => group.perZone === true && name in groups);
  return [
    ...reserved,
    ...twice.map(({ name }) => problem(name, "is also the name of another group's instances in a zone (perZone)")),
  ];
}

function nodeSpec({ group, zones }: PlacedGroup, cluster: MachineDefaults): PlainObject {
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
    // AWS replaces instances at risk before it terminates them.
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
