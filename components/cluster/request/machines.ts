import { z } from "zod";
import { availabilityZoneName } from "../../../providers/kops/model/regions.ts";
import { strict, type Issue } from "../../config/problems.ts";
import type { PlainObject } from "../../config/merge.ts";

/**
 * Canonical's Ubuntu 24.04 as in the stable channel of kOps 1.35. Pinned: when the channel moves, it would change
 * launch templates and roll every node without a commit.
 */
export const pinnedImages = {
  amd64: "099720109477/ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251212",
  arm64: "099720109477/ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-20251212",
} as const;

export type Architecture = keyof typeof pinnedImages;

/** Graviton types have a `g` after the generation (`m7g`, `c7gn`, `g5g`, `im4gn`); the first was called `a1`. */
const graviton = /^(a1|[a-z]+\d+[a-z]*g[a-z]*)\./;

export function architectureOf(machineType: string): Architecture {
  return graviton.test(machineType) ? "arm64" : "amd64";
}

/** The image of a machine type: the cluster's, one for all or by architecture; else the pinned one. */
function imageFor(machineType: string, given?: string | Partial<Record<Architecture, string | undefined>>): string {
  const architecture = architectureOf(machineType);
  return (typeof given === "string" ? given : given?.[architecture]) ?? pinnedImages[architecture];
}

export const dnsLabel = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

export const zoneName = z
  .string()
  .regex(availabilityZoneName, { error: "must be the full name of a zone, such as ap-southeast-2a" });

const instanceType = z
  .string()
  .regex(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, { error: "must be an EC2 instance type, such as t3.large" });

export const machineType = instanceType.describe(
  "EC2 instance type. Changing it replaces the nodes one after another.",
);

export const machineTypes = z
  .array(instanceType)
  .min(1)
  .max(39, { error: "has too many: AWS allows 40 types per group, and machineType is one of them" })
  .describe(
    "More instance types, of the same architecture as `machineType` and about its size. AWS chooses among those " +
      "that are available. Changing them replaces the nodes. Default: only `machineType`.",
  );

const imageName = z
  .string()
  .regex(/^(ami-[0-9a-f]+|ssm:.+|[^/\s]+\/.+)$/, { error: "must be ami-…, <owner>/<name> or ssm:<parameter>" });

export const volumeType = z.enum(["gp3", "gp2", "io1", "io2"]);
export const volumeIops = z.int().min(100).max(256000);

const image = imageName.describe(
  "Machine image: `ami-…`, `<owner>/<name>` or `ssm:<parameter>`. Changing it replaces the nodes. Default: " +
    "Canonical's Ubuntu 24.04 of 2025-12-12 for the architecture of the machine type.",
);

const clusterImage = z
  .union(
    [
      imageName,
      strict({
        amd64: imageName.optional().describe("Image of nodes with Intel or AMD processors. Default: as above."),
        arm64: imageName.optional().describe("Image of nodes with Graviton processors. Default: as above."),
      }),
    ],
    { error: "must be ami-…, <owner>/<name> or ssm:<parameter>, or a mapping of amd64 and arm64 to such" },
  )
  .describe(
    "Machine image of all groups that name none: `ami-…`, `<owner>/<name>` or `ssm:<parameter>`; or one for each " +
      "architecture. Changing it replaces the nodes. Default: Canonical's Ubuntu 24.04 of 2025-12-12.",
  );

export const kmsKey = z.string().regex(/^(arn:aws[a-z-]*:kms:\S+|[0-9a-f-]{36}|mrk-[0-9a-f]{32}|alias\/\S+)$/, {
  error: "must be the ARN, id or alias of a KMS key",
});

const rootVolume = {
  volumeSize: z
    .int()
    .min(8)
    .max(16384)
    .optional()
    .describe(
      "Size of the encrypted root volume in GiB. Changing it replaces the nodes. Default: kOps's own (64 for the " +
        "control plane, 128 for nodes).",
    ),
  volumeType: volumeType
    .optional()
    .describe(
      "Type of the root volume; io1 and io2 cost extra for each IOPS. Changing it replaces the nodes. Default: " +
        "kOps's own (gp3).",
    ),
  volumeIops: volumeIops
    .optional()
    .describe(
      "IOPS of the root volume; not for gp2. More than 3000 on gp3 cost extra. Changing it replaces the nodes. " +
        "Default: kOps's own (3000).",
    ),
  volumeThroughput: z
    .int()
    .min(125)
    .max(2000)
    .optional()
    .describe(
      "Throughput of a gp3 root volume in MiB/s. More than 125 cost extra. Changing it replaces the nodes. " +
        "Default: kOps's own (125).",
    ),
  volumeEncryptionKey: kmsKey
    .optional()
    .describe(
      "KMS key of the root volume; Auto Scaling's service-linked role must be allowed to use it. Changing it " +
        "replaces the nodes. Default: the account's key for EBS.",
    ),
};

const hopLimit = z
  .int()
  .min(1)
  .max(64)
  .describe(
    "Network hops that answers of the instance metadata service travel. At 1 (default) pods without the host's " +
      "network cannot reach it, and so cannot use the node's role; 2 lets them. Changing it replaces the nodes.",
  );

const metadata = strict({ hopLimit: hopLimit.optional() }).describe(
  "Instance metadata service. Session tokens (IMDSv2) are always required.",
);

/** The same for all groups that give none. */
export const machineKeys = { image: clusterImage.optional(), metadata: metadata.optional() };

/** Keys of every group of machines. */
export const machine = {
  image: image.optional(),
  ...rootVolume,
  metadata: metadata.optional(),
};

interface MachineRequest {
  machineType: string;
  image?: string | undefined;
  volumeSize?: number | undefined;
  volumeType?: string | undefined;
  volumeIops?: number | undefined;
  volumeThroughput?: number | undefined;
  volumeEncryptionKey?: string | undefined;
  metadata?: { hopLimit?: number | undefined } | undefined;
}

export type MachineDefaults = z.output<z.ZodObject<typeof machineKeys>>;

/** The machines of an InstanceGroupSpec. */
export function composeMachine(group: MachineRequest, cluster: MachineDefaults): PlainObject {
  return {
    machineType: group.machineType,
    image: group.image ?? imageFor(group.machineType, cluster.image),
    instanceMetadata: {
      httpTokens: "required",
      httpPutResponseHopLimit: group.metadata?.hopLimit ?? cluster.metadata?.hopLimit ?? 1,
    },
    rootVolumeEncryption: true,
    ...(group.volumeSize !== undefined && { rootVolumeSize: group.volumeSize }),
    ...(group.volumeType !== undefined && { rootVolumeType: group.volumeType }),
    ...(group.volumeIops !== undefined && { rootVolumeIops: group.volumeIops }),
    ...(group.volumeThroughput !== undefined && { rootVolumeThroughput: group.volumeThroughput }),
    ...(group.volumeEncryptionKey !== undefined && { rootVolumeEncryptionKey: group.volumeEncryptionKey }),
  };
}

/** Why a group's volume settings contradict each other; undefined when they do not. */
export function volumeProblem(
  group: MachineRequest,
): { key: "volumeIops" | "volumeThroughput"; message: string } | undefined {
  const type = group.volumeType ?? "gp3";
  if (group.volumeIops !== undefined && type === "gp2")
    return { key: "volumeIops", message: "cannot be set for a gp2 volume: its IOPS follow from its size" };
  if (group.volumeThroughput !== undefined && type !== "gp3")
    return { key: "volumeThroughput", message: `cannot be set for a volume of type ${type}, only for gp3` };
  return undefined;
}

/** The types of another architecture than the first: one image starts only one architecture. */
export function otherArchitectures(types: readonly string[]): string[] {
  const [first] = types;
  return first === undefined ? [] : types.filter((type) => architectureOf(type) !== architectureOf(first));
}

/** One image for groups of both architectures. */
export function imageProblems({ image: all }: MachineDefaults, groups: readonly MachineRequest[]): Issue[] {
  if (typeof all !== "string") return [];
  const architectures = new Set(
    groups.filter((group) => group.image === undefined).map((group) => architectureOf(group.machineType)),
  );
  if (architectures.size < 2) return [];
  const message =
    "cannot be one image: the groups that name none have both architectures; give a mapping of amd64 and arm64";
  return [{ path: ["image"], message }];
}
