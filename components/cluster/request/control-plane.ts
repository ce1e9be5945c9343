import { z } from "zod";
import { milliseconds } from "../../../providers/kops/model/durations.ts";
import { strict } from "../../config/problems.ts";
import type { PlainObject } from "../../config/merge.ts";
import { zoneLetter } from "../../network/model/subnets.ts";
import {
  composeMachine,
  kmsKey,
  machine,
  machineType,
  volumeIops,
  volumeProblem,
  volumeType,
  zoneName,
  type MachineDefaults,
} from "./machines.ts";

const controlPlane = strict({
  count: z
    .union([z.literal(1), z.literal(3), z.literal(5)], { error: "must be 1, 3 or 5: etcd needs an odd number" })
    .default(3)
    .describe(
      "Number of control-plane nodes: 1, 3 or 5. Each is an instance group of its own; they are spread over the " +
        "zones. With 1, every change is an API outage. Default: 3.",
    ),
  machineType: machineType.default("t3.medium"),
  zones: z
    .array(zoneName)
    .min(1)
    .optional()
    .describe(
      "Zones of the control plane. They hold etcd's volumes, so they cannot be changed later. Default: the first " +
        "zones of the network.",
    ),
  ...machine,
}).check((context) => {
  const volume = volumeProblem(context.value);
  if (volume)
    context.issues.push({ code: "custom", message: volume.message, path: [volume.key], input: context.value });
});

const etcd = strict({
  volumeSize: z
    .int()
    .min(1)
    .max(16384)
    .optional()
    .describe(
      "Size of each encrypted etcd volume in GiB; each control-plane node has two. A change affects new volumes " +
        "only. Default: kOps's own (20).",
    ),
  volumeType: volumeType
    .optional()
    .describe("Type of etcd's volumes; io1 and io2 cost extra for each IOPS. Default: kOps's own (gp3)."),
  volumeIops: volumeIops
    .optional()
    .describe(
      "IOPS of each etcd volume; not for gp2. More than 3000 on gp3 cost extra. Default: kOps's own (3000, io1 " +
        "and io2: 100).",
    ),
  volumeThroughput: z
    .int()
    .min(125)
    .max(2000)
    .optional()
    .describe("Throughput of each gp3 etcd volume in MiB/s. More than 125 cost extra. Default: kOps's own (125)."),
  encryptionKey: kmsKey
    .optional()
    .describe(
      "KMS key of etcd's volumes. kOps lets the control plane's IAM role use it; the key policy must allow IAM " +
        "policies. Cannot be changed for volumes that exist. Default: the account's key for EBS.",
    ),
  backupInterval: z
    .string()
    .regex(/^\d+(h|m)(\d+m)?$/, { error: "must be a duration in hours and minutes, such as 15m or 1h" })
    .optional()
    .describe(
      "Time between two backups. If all of etcd is lost, so is everything written since the last backup. Default: " +
        "kOps's own (15m).",
    ),
  backupRetentionDays: z
    .int()
    .min(1)
    .max(3650)
    .default(90)
    .describe("Days that the state store keeps etcd backups. Default: 90."),
}).check((context) => {
  const volume = volumeProblem({ machineType: "", ...context.value });
  if (volume)
    context.issues.push({ code: "custom", message: volume.message, path: [volume.key], input: context.value });
});

export const controlPlaneKeys = {
  controlPlane: controlPlane.prefault({}).describe("The control plane. Default: three nodes in three zones."),
  etcd: etcd.prefault({}).describe("etcd, in which Kubernetes keeps everything. Backups go to the state store."),
};

type ControlPlaneRequest = z.output<z.ZodObject<typeof controlPlaneKeys>>;

/** An instance group of the control plane: exactly one node. */
export interface ControlPlaneGroup {
  name: string;
  zone: string;
  /** Name of its etcd members. */
  member: string;
}

/** Names of the control plane's groups begin with this. */
export const controlPlanePrefix = "control-plane-";

/**
 * One group per control-plane node. A name depends only on the zone and how often it was used: a control plane that
 * grows, or gets a zone, keeps its groups, etcd members and volumes.
 */
export function controlPlaneGroups(count: number, zones: readonly string[]): ControlPlaneGroup[] {
  return Array.from({ length: count }, (_, index) => {
    const zone = zones[index % zones.length] ?? "";
    const use = Math.floor(index / zones.length) + 1;
    const suffix = use === 1 ? "" : `-${use}`;
    return { name: `${controlPlanePrefix}${zone}${suffix}`, zone, member: `${zoneLetter(zone)}${suffix}` };
  });
}

/** The InstanceGroupSpecs of the control plane, each with one node. */
export function composeControlPlane(
  { controlPlane: request, ...cluster }: Pick<ControlPlaneRequest, "controlPlane"> & MachineDefaults,
  zones: readonly string[],
): Record<string, PlainObject> {
  const spec = (zone: string): PlainObject => ({
    role: "ControlPlane",
    ...composeMachine(request, cluster),
    minSize: 1,
    maxSize: 1,
    subnets: [zone],
  });
  return Object.fromEntries(
    controlPlaneGroups(request.count, request.zones ?? zones).map(({ name, zone }) => [name, spec(zone)]),
  );
}

/** kOps writes durations in Go's form: any other form would be a perpetual diff. */
function asGoWrites(duration: string): string {
  const minutes = Math.round(milliseconds(duration) / 60_000);
  return minutes < 60 ? `${minutes}m0s` : `${Math.floor(minutes / 60)}h${minutes % 60}m0s`;
}

/** The two etcd clusters, each with a member on every control-plane node. */
export function composeEtcd(
  { etcd: request, controlPlane: { count, zones } }: ControlPlaneRequest,
  all: readonly string[],
): PlainObject {
  const groups = controlPlaneGroups(count, zones ?? all);
  const etcdClusters = [
    { name: "main", cpuRequest: "200m" },
    { name: "events", cpuRequest: "100m" },
  ].map((one) => ({
    ...one,
    memoryRequest: "100Mi",
    manager: {
      ...(request.backupInterval !== undefined && { backupInterval: asGoWrites(request.backupInterval) }),
      backupRetentionDays: request.backupRetentionDays,
    },
    etcdMembers: groups.map((group) => ({
      name: group.member,
      instanceGroup: group.name,
      encryptedVolume: true,
      ...(request.encryptionKey !== undefined && { kmsKeyId: request.encryptionKey }),
      ...(request.volumeSize !== undefined && { volumeSize: request.volumeSize }),
      ...(request.volumeType !== undefined && { volumeType: request.volumeType }),
      ...(request.volumeIops !== undefined && { volumeIops: request.volumeIops }),
      ...(request.volumeThroughput !== undefined && { volumeThroughput: request.volumeThroughput }),
    })),
  }));
  return { etcdClusters };
}
