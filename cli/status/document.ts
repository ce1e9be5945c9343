import { z } from "zod";
import { conditionTypes } from "../../providers/kops/model/conditions.ts";

const time = z.string().describe("ISO 8601, UTC");
const name = z.string();

const condition = z.object({
  type: z.enum(conditionTypes).describe("as in the output `conditions`"),
  status: z.enum(["True", "False", "Unknown"]),
  reason: z.string(),
  message: z.string(),
  since: time.describe("when the status last changed"),
});

const lock = z.object({
  operation: z.string().describe("what the holder does, such as `update`"),
  owner: z.string().describe("the holder's stack or person"),
  host: z.string(),
  pid: z.int(),
  since: time.describe("when it took the lock"),
  renewed: z.int().optional().describe("seconds since the lock was renewed, by the clock of the store"),
  alive: z
    .enum(["yes", "no", "unknown"])
    .describe("`no`: its process is gone, or it did not renew the lock for a minute; the next run takes it over"),
});

const step = z.object({ name, begun: time, ended: time.optional() });

const replaced = z.object({
  name: name.describe("in Kubernetes; the instance id where it has none"),
  group: z.string().optional(),
  phase: z.enum(["draining", "replacing", "joining", "done"]),
  begun: time.describe("when its drain began"),
  since: time.describe("when the phase began"),
});

const operation = z.object({
  id: z.string(),
  verb: z.enum(["create", "update", "delete"]),
  begun: time,
  by: z.string().optional().describe("`person@machine`"),
  state: z.enum(["running", "stopped", "failed", "killed"]).describe("`stopped`: by a pause or a used-up budget"),
  step: z.string().optional().describe("the step that runs, or at which it ended"),
  stepBegun: time.optional(),
  steps: z.array(step).describe("steps of this run"),
  nodes: z.array(replaced).describe("nodes that this run replaces or has replaced, in order"),
  done: z.int().describe("replaced nodes"),
  total: z.int().optional().describe("nodes to replace, with those done; absent where AWS was not asked"),
  secondsLeft: z.int().optional().describe("until all nodes are replaced, while a roll runs"),
  basis: z.string().optional().describe("what `secondsLeft` is based on"),
  last: z.object({ at: time, text: z.string() }).optional().describe("the line printed last: why it waits"),
  error: z.string().optional(),
});

const sizes = { min: z.int().optional(), max: z.int().optional() };

const group = z.object({
  role: z.string(),
  machineType: z.string().optional(),
  desired: z.object(sizes).describe("sizes in the manifest; absent for Karpenter"),
  cloud: z
    .object({ ...sizes, desired: z.int(), instances: z.int() })
    .optional()
    .describe("the Auto Scaling group; absent if there is none, or AWS was not asked"),
  ready: z.int().optional().describe("ready nodes; absent where the Kubernetes API was not asked"),
  waiting: z.array(z.string()).optional().describe("instances that wait for a roll; absent where AWS was not asked"),
});

const node = z.object({
  name,
  group: z.string(),
  version: z.string().describe("of its kubelet"),
  ready: z.boolean(),
  cordoned: z.boolean(),
});

const run = z.object({
  name: name.describe("as `pilot report` takes it"),
  verb: z.enum(["create", "update", "delete"]),
  begun: time,
  ended: time.optional(),
  result: z.enum(["running", "succeeded", "stopped", "failed", "killed"]),
  by: z.string(),
  nodes: z.int().describe("replaced nodes"),
  error: z.string().optional(),
});

const versions = z.object({
  desired: z.string().optional().describe("in the store's manifests"),
  applied: z.string().optional().describe("of the last successful operation"),
});

export const clusterStatus = z.object({
  name: name.describe("full name"),
  owner: z.string().optional().describe("the stack; absent for a cluster of plain kOps"),
  state: z
    .enum(["ready", "running", "waiting", "stopped", "failed", "killed", "unmanaged"])
    .describe(
      "`waiting`: not ready, or nodes wait for a roll. `stopped`, `failed`, `killed`: the last operation has not " +
        "ended, and the next `pulumi up` continues it. `unmanaged`: a cluster of plain kOps",
    ),
  why: z.string().describe("the state in words; empty if ready"),
  conditions: z.array(condition),
  lock: lock.optional(),
  operation: operation.optional().describe("the operation that runs or has not ended"),
  pause: z.object({ since: time, by: z.string(), reason: z.string() }).optional(),
  windows: z
    .object({ open: z.string().optional(), next: z.string().optional() })
    .optional()
    .describe("maintenance windows of the last `up`: the open one and the next one"),
  kubernetes: versions.extend({ server: z.string().optional().describe("of the API server, if it was asked") }),
  kops: versions,
  groups: z.record(z.string(), group),
  nodes: z.array(node).optional().describe("absent where the Kubernetes API was not asked"),
  history: z.array(run).describe("last operations, newest first"),
  notAsked: z.array(z.object({ what: z.string(), why: z.string() })).describe("what could not be asked, and why"),
  drift: z.array(z.string()).optional().describe("with `--drift`: what differs from the manifests; empty if nothing"),
});

/** What `pilot status --json` prints. Fields may be added under the same version. */
export const statusDocument = z.object({
  version: z.literal(1),
  at: time.describe("when it was looked at"),
  store: z.string(),
  clusters: z.array(clusterStatus),
});

export type ClusterStatus = z.infer<typeof clusterStatus>;
export type StatusDocument = z.infer<typeof statusDocument>;
export type OperationStatus = NonNullable<ClusterStatus["operation"]>;
export type LockStatus = NonNullable<ClusterStatus["lock"]>;
