import { ApiException, CustomObjectsApi, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { z } from "zod";
import { instanceGroupTag } from "../model/tag-keys.ts";
import type { OperationContext } from "../operation/context.ts";
import { apiClient, drainConfig } from "./api-client.ts";
import { withPatience } from "./patience.ts";
import type { Patience } from "./patience.ts";

/** The calls to the Kubernetes API about Karpenter's objects. */
type PoolApi = Pick<CustomObjectsApi, "listClusterCustomObject" | "patchClusterCustomObject">;

const limits = z.record(z.string(), z.union([z.string(), z.number()]));
const metadata = z.object({ name: z.string(), annotations: z.record(z.string(), z.string()).optional() });

const nodePool = z.object({
  metadata,
  spec: z.object({
    limits: limits.optional(),
    /** Only in a static NodePool: Karpenter keeps this number of nodes, whatever pods there are. */
    replicas: z.number().optional(),
    template: z.object({ spec: z.object({ nodeClassRef: z.object({ name: z.string() }) }) }),
  }),
});

/** The fields of a NodePool that are used here. */
export type NodePool = z.infer<typeof nodePool>;

const nodeClass = z.object({ metadata, spec: z.object({ tags: z.record(z.string(), z.string()).optional() }) });

/** Keeps the limits of a NodePool that {@link heldPool} overwrites, as JSON. */
const heldAnnotation = "pilot/limits";

/**
 * A merge patch that stops Karpenter from making nodes from a NodePool; undefined when the pool has it already. Beside
 * `replicas` Karpenter accepts only a limit of nodes.
 */
export function heldPool({ metadata: { annotations }, spec }: NodePool): object | undefined {
  if (annotations?.[heldAnnotation] !== undefined) return undefined;
  return {
    metadata: { annotations: { [heldAnnotation]: JSON.stringify(spec.limits ?? {}) } },
    spec: { limits: { [spec.replicas === undefined ? "cpu" : "nodes"]: "0" } },
  };
}

/** A merge patch that reverts {@link heldPool}; undefined when the pool does not have it. */
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
    // No such kind: Karpenter is not in the cluster, or not yet.
    if (error instanceof ApiException && error.code === 404) return [];
    throw error;
  }
}

/** The NodePools of an instance group, by the tags of their EC2NodeClass: people may give them any name. */
async function poolsOf(api: PoolApi, group: string): Promise<NodePool[]> {
  const classes = (await list(api, "karpenter.k8s.aws", "ec2nodeclasses", nodeClass)).filter(
    ({ spec }) => spec.tags?.[instanceGroupTag] === group,
  );
  const names = new Set(classes.map((one) => one.metadata.name));
  return (await list(api, "karpenter.sh", "nodepools", nodePool)).filter(({ spec }) =>
    names.has(spec.template.spec.nodeClassRef.name),
  );
}

/** Changes the NodePools of an instance group. Returns their names. */
async function changePools(
  context: OperationContext,
  group: string,
  change: (pool: NodePool) => object | undefined,
): Promise<string[]> {
  return await withPatience(context, `the NodePools of instance group ${group}`, async (patience) => {
    const api = await poolApi(context, patience);
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
  });
}

/**
 * Stops Karpenter from making nodes for an instance group: for evicted pods it would make new ones there. Returns the
 * names of the group's NodePools.
 */
export function holdPools(context: OperationContext, group: string): Promise<string[]> {
  return changePools(context, group, heldPool);
}

/** Reverts {@link holdPools} when the group stays after all. */
export function releasePools(context: OperationContext, group: string): Promise<string[]> {
  return changePools(context, group, releasedPool);
}

async function poolApi(context: OperationContext, patience: Patience): Promise<PoolApi> {
  const api = apiClient(await drainConfig(context, "karpenter.kubeconfig"), CustomObjectsApi);
  return {
    listClusterCustomObject: (...args) => patience.ask(() => api.listClusterCustomObject(...args)),
    patchClusterCustomObject: (...args) => patience.ask(() => api.patchClusterCustomObject(...args)),
  };
}
