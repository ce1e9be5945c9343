import { ApiException, CustomObjectsApi, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { z } from "zod";
import { loginHours } from "./drain.ts";
import { adminConfig } from "./admin-config.ts";
import type { OperationContext } from "../operation/operation.ts";
import { instanceGroupTag } from "../model/tag-keys.ts";

/** What the Kubernetes API is asked of Karpenter's objects. */
export type PoolApi = Pick<CustomObjectsApi, "listClusterCustomObject" | "patchClusterCustomObject">;

const limits = z.record(z.string(), z.union([z.string(), z.number()]));
const metadata = z.object({ name: z.string(), annotations: z.record(z.string(), z.string()).optional() });

const nodePool = z.object({
  metadata,
  spec: z.object({
    limits: limits.optional(),
    /** Present in a static NodePool: Karpenter keeps so many nodes, whatever pods there are. */
    replicas: z.number().optional(),
    template: z.object({ spec: z.object({ nodeClassRef: z.object({ name: z.string() }) }) }),
  }),
});

/** A NodePool, as far as it matters here. */
export type NodePool = z.infer<typeof nodePool>;

const nodeClass = z.object({ metadata, spec: z.object({ tags: z.record(z.string(), z.string()).optional() }) });

/** On a NodePool that may make no more nodes: the limits it had before, as JSON. */
const heldAnnotation = "pilot/limits";

/**
 * The change, as a merge patch, by which Karpenter makes no more nodes from a NodePool; nothing when it is made
 * already. Karpenter takes no limit but that of nodes beside `replicas`.
 */
export function heldPool({ metadata: { annotations }, spec }: NodePool): object | undefined {
  if (annotations?.[heldAnnotation] !== undefined) return undefined;
  return {
    metadata: { annotations: { [heldAnnotation]: JSON.stringify(spec.limits ?? {}) } },
    spec: { limits: { [spec.replicas === undefined ? "cpu" : "nodes"]: "0" } },
  };
}

/** The change that takes back {@link heldPool}; nothing where that was not made. */
export function releasedPool({ metadata: { annotations }, spec }: NodePool): object | undefined {
  const held = annotations?.[heldAnnotation];
  if (held === undefined) return undefined;
  const before = limits.parse(JSON.parse(held));
  const gone = Object.keys(spec.limits ?? {}).filter((resource) => !(resource in before));
  return {
    metadata: { annotations: { [heldAnnotation]: null } },
    spec: { limits: { ...Object.fromEntries(gone.map((resource) => [resource, null])), ...before } },
  };
}

async function list<T>(api: PoolApi, group: string, plural: string, item: z.ZodType<T>): Promise<T[]> {
  try {
    const found: unknown = await api.listClusterCustomObject({ group, version: "v1", plural });
    return z.object({ items: z.array(item) }).parse(found).items;
  } catch (error) {
    // There is no such kind: Karpenter is not in the cluster, or not yet.
    if (error instanceof ApiException && error.code === 404) return [];
    throw error;
  }
}

/**
 * The NodePools that make nodes of an instance group: those whose EC2NodeClass tags its instances so. Their names are
 * free, where people make them.
 */
async function poolsOf(api: PoolApi, group: string): Promise<NodePool[]> {
  const classes = (await list(api, "karpenter.k8s.aws", "ec2nodeclasses", nodeClass)).filter(
    ({ spec }) => spec.tags?.[instanceGroupTag] === group,
  );
  const names = new Set(classes.map((one) => one.metadata.name));
  return (await list(api, "karpenter.sh", "nodepools", nodePool)).filter(({ spec }) =>
    names.has(spec.template.spec.nodeClassRef.name),
  );
}

async function changePools(
  api: PoolApi,
  group: string,
  change: (pool: NodePool) => object | undefined,
): Promise<string[]> {
  const pools = await poolsOf(api, group);
  for (const pool of pools) {
    const body = change(pool);
    if (body === undefined) continue;
    await api.patchClusterCustomObject(
      { group: "karpenter.sh", version: "v1", plural: "nodepools", name: pool.metadata.name, body },
      setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
    );
  }
  return pools.map((pool) => pool.metadata.name);
}

/**
 * Lets Karpenter make no more nodes for an instance group: what is evicted from it would else bring up new ones there.
 * Gives the names of its NodePools.
 */
export function holdPools(api: PoolApi, group: string): Promise<string[]> {
  return changePools(api, group, heldPool);
}

/** Takes back {@link holdPools}, when the group stays after all. */
export function releasePools(api: PoolApi, group: string): Promise<string[]> {
  return changePools(api, group, releasedPool);
}

/**
 * A client for Karpenter's objects, with a short-lived admin certificate in a file of the operation's private folder.
 */
export async function poolApi(context: OperationContext): Promise<PoolApi> {
  return (
    await adminConfig(context, `${loginHours(context.inputs.rollingUpdate)}h`, "karpenter.kubeconfig")
  ).makeApiClient(CustomObjectsApi);
}
