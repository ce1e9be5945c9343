import { z } from "zod";
import { milliseconds } from "../../../providers/kops/model/durations.ts";
import { strict } from "../../config/problems.ts";
import type { PlainObject } from "../../config/merge.ts";
import { zoneLetter } from "../../network/subnets.ts";
import {
  composeMachine,
  kmsKey,
  machine,
  machineType,
  volumeProblem,
  zoneName,
  type MachineDefaults,
} from "./machines.ts";

export const controlPlane = strict({
  count: z
    .union([z.literal(1), z.literal(3), z.literal(5)], { error: "must be 1, 3 or 5: etcd needs an odd number" })
    .default(3)
    .describe(
      "Number of control-plane nodes: 1, 3 or 5, each an instance group of its own, spread over the zones. One " +
        "means an API outage at every change. Default: 3.",
    ),
  machineType: machineType.default("t3.medium"),
  zones: z
    .array(zoneName)
    .min(1)
    .optional()
    .describe(
      "Zones of the control plane. etcd's volumes live there: cannot be changed later. Default: the first zones " +
        "of the network.",
    ),
  ...machine,
}).check((context) => {
  const volume = volumeProblem(context.value);
  if (volume)
    context.issues.push({ code: "custom", message: volume.message, path: [volume.key], input: context.value });
});

export const etcd = strict({
  volumeSize: z
    .int()
    .min(1)
    .max(16384)
    .optional()
    .describe(
      "Size of each encrypted etcd volume in GiB; there are two for each control-plane node. Only for volumes " +
        "made from then on. Default: kOps's own (20).",
    ),
  volumeType: z
    .enum(["gp3", "gp2", "io1", "io2"])
    .optional()
    .describe("Type of etcd's volumes; io1 and io2 cost extra for each IOPS. Default: kOps's own (gp3)."),
  volumeIops: z
    .int()
    .min(100)
    .max(256000)
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
      "KMS key of etcd's volumes; kOps lets the control plane's IAM role use it, its key policy must let IAM " +
        "policies decide. Cannot be changed for volumes that exist. Default: the account's key for EBS.",
    ),
  backupInterval: z
    .string()
    .regex(/^\d+(h|m)(\d+m)?$/, { error: "must be a duration in hours and minutes, such as 15m or 1h" })
    .optional()
    .describe(
      "Time between two backups. What was written since the last one is lost when all of etcd is. Default: kOps's " +
        "own (15m).",
    ),
  backupRetentionDays: z
    .int()
    .min(1)
    .max(3650)
    .default(90)
    .describe("Days that etcd backups are kept in the state store. Default: 90."),
}).check((context) => {
  const volume = volumeProblem({ machineType: "", ...context.value });
  if (volume)
    context.issues.push({ code: "custom", message: volume.message, path: [volume.key], input: context.value });
});

type ControlPlaneRequest = z.output<typeof controlPlane>;
type EtcdRequest = z.output<typeof etcd>;

/** An instance group of the control plane: always exactly one node. */
export interface ControlPlaneGroup {
  name: string;
  zone: string;
  /** Name of its etcd members. */
  member: string;
}

/** Prefix of the names of the control plane's groups. */
export const controlPlanePrefix = "control-plane-";

/**
 * One group per control-plane node. Names depend on zone and turn only, so that a control plane that grows from one to
 * three, or gets a zone, keeps the groups (and etcd members, and volumes) it has.
 */
export function controlPlaneGroups(count: number, zones: readonly string[]): ControlPlaneGroup[] {
  return Array.from({ length: count }, (_, index) => {
    const zone = zones[index % zones.length] ?? "";
    const turn = Math.floor(index / zones.length) + 1;
    const suffix = turn === 1 ? "" : `-${turn}`;
    return { name: `${controlPlanePrefix}${zone}${suffix}`, zone, member: `${zoneLetter(zone)}${suffix}` };
  });
}

/** The InstanceGroupSpec of one control-plane node. */
export function composeControlPlane(
  { zone }: ControlPlaneGroup,
  request: ControlPlaneRequest,
  cluster: MachineDefaults,
): PlainObject {
  return {
    role: "ControlPlane",
    ...composeMachine(request, cluster),
    minSize: 1,
    maxSize: 1,
    subnets: [zone],
  };
}

/** kOps writes durations in Go's form: another one would be a difference for ever. */
function asGoWrites(duration: string): string {
  const minutes = Math.round(milliseconds(duration) / 60_000);
  return minutes < 60 ? `${minutes}m0s` : `${Math.floor(minutes / 60)}h${minutes % 60}m0s`;
}

/** `etcdClusters` of the ClusterSpec: a member of both on each control-plane node. */
export function composeEtcd(request: EtcdRequest, groups: readonly ControlPlaneGroup[]): PlainObject[] {
  return [
    { name: "main", cpuRequest: "200m" },
    { name: "events", cpuRequest: "100m" },
  ].map((cluster) => ({
    ...cluster,
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
}
