import { setTimeout as sleep } from "node:timers/promises";
import {
  ApiException,
  CoreV1Api,
  PatchStrategy,
  V1Eviction,
  V1ObjectMeta,
  setHeaderOptions,
} from "@kubernetes/client-node";
import type { V1Node, V1Pod } from "@kubernetes/client-node";
import { milliseconds } from "../model/durations.ts";
import type { RollingUpdateOptions } from "../model/inputs.ts";
import { adminConfig } from "./admin-config.ts";
import { groupsOfInstances } from "../aws/group-instances.ts";
import type { OperationContext } from "../operation/operation.ts";
import { waitFor } from "../runtime/wait.ts";
import type { ClusterIdentity } from "../aws/client.ts";
import { instanceGroupTag } from "../model/tag-keys.ts";

/**
 * Hours that an admin certificate of ours lasts: kOps signs it anew for each operation, it is never stored. Twice the
 * longest drain of a node fits in.
 */
export function loginHours(options: RollingUpdateOptions = {}): number {
  return Math.ceil((2 * drainOf(options)) / 3_600_000);
}

/** Milliseconds that the drain of one node may take. */
function drainOf({ drainTimeout = "15m", postDrainDelay = "5s" }: RollingUpdateOptions): number {
  return milliseconds(drainTimeout) + milliseconds(postDrainDelay);
}

/** A client for the cluster's API, with a short-lived admin certificate in a file of the operation's private folder. */
export async function connect(context: OperationContext, file = "admin.kubeconfig"): Promise<CoreV1Api> {
  const config = await adminConfig(context, `${loginHours(context.inputs.rollingUpdate)}h`, file);
  return config.makeApiClient(CoreV1Api);
}

/**
 * Gives a client that will work for at least half a certificate's life: with another certificate when the last is older
 * than that.
 */
export function keepLogin<Client>(
  login: () => Promise<Client>,
  hours: number,
  now: () => number,
): () => Promise<Client> {
  let current: { client: Client; since: number } | undefined;
  return async () => {
    if (!current || now() - current.since >= hours * 1_800_000) current = { since: now(), client: await login() };
    return current.client;
  };
}

/**
 * Logs in at the first use, and anew as long as it is used: the drains of a group may take longer than one certificate
 * lasts.
 */
export function loginTo(context: OperationContext): () => Promise<CoreV1Api> {
  return keepLogin(() => connect(context), loginHours(context.inputs.rollingUpdate), Date.now);
}

/** Instance groups by id of the instance ({@link groupsOfInstances}). */
export type InstanceGroups = ReadonlyMap<string, string>;

/**
 * The instance group of a node: by the instance it runs on, else by its label, which a node has only where the group's
 * `nodeLabels` say so (kOps gives it to groups of `kops create instancegroup` alone). Empty for a node of nobody's.
 */
export function groupOfNode(node: Pick<V1Node, "metadata" | "spec">, instances: InstanceGroups): string {
  const instance = node.spec?.providerID?.split("/").at(-1) ?? "";
  return instances.get(instance) ?? node.metadata?.labels?.[instanceGroupTag] ?? "";
}

/** The nodes of an instance group now. EC2 is asked each time: nodes may join while a group is drained. */
async function nodesOf(
  api: Pick<DrainApi, "listNode">,
  group: string,
  instances: () => Promise<InstanceGroups>,
): Promise<V1Node[]> {
  // EC2 after the API: an instance is tagged before its node joins.
  const { items } = await api.listNode();
  const groups = await instances();
  return items.filter((node) => groupOfNode(node, groups) === group);
}

/** Pods that a drain leaves where they are: those of DaemonSets come right back, mirror pods belong to the kubelet. */
function staysOnNode(pod: V1Pod): boolean {
  const mirror = pod.metadata?.annotations?.["kubernetes.io/config.mirror"] !== undefined;
  const daemon = pod.metadata?.ownerReferences?.some((owner) => owner.kind === "DaemonSet") ?? false;
  const over = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
  return mirror || daemon || over;
}

function nameOf(object: V1Node | V1Pod): string {
  return object.metadata?.name ?? "";
}

/** Evicts one pod. Says what is in the way when a PodDisruptionBudget allows no disruption now. */
async function evict(api: DrainApi, pod: V1Pod): Promise<"evicted" | "blocked"> {
  const name = nameOf(pod);
  const namespace = pod.metadata?.namespace ?? "default";
  try {
    const metadata = Object.assign(new V1ObjectMeta(), { name, namespace });
    await api.createNamespacedPodEviction({ name, namespace, body: Object.assign(new V1Eviction(), { metadata }) });
    return "evicted";
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return "evicted";
    // 429: the eviction would violate a PodDisruptionBudget (Kubernetes API, Eviction subresource).
    if (error instanceof ApiException && error.code === 429) return "blocked";
    throw error;
  }
}

async function drainNode(
  api: DrainApi,
  node: string,
  context: Pick<OperationContext, "progress" | "signal">,
  timeout: number,
): Promise<void> {
  await waitFor(
    async () => {
      const pods = await api.listPodForAllNamespaces({ fieldSelector: `spec.nodeName=${node}` });
      const waiting = pods.items.filter((pod) => !staysOnNode(pod));
      if (waiting.length === 0) return { done: true, value: undefined };
      const blocked: string[] = [];
      for (const pod of waiting) {
        if (pod.metadata?.deletionTimestamp) continue;
        if ((await evict(api, pod)) === "blocked") blocked.push(`${pod.metadata?.namespace ?? ""}/${nameOf(pod)}`);
      }
      return {
        done: false,
        reason:
          blocked.length > 0
            ? `a PodDisruptionBudget allows no disruption of ${blocked.join(", ")}`
            : `${waiting.length} pods are leaving`,
      };
    },
    {
      what: `the drain of node ${node}`,
      interval: 1000,
      timeout,
      next:
        "make room for the pods or change their PodDisruptionBudget, then run `pulumi up` again: it continues " +
        "with this node",
      signal: context.signal,
      progress: context.progress,
    },
  );
}

/** What a drain asks of the Kubernetes API. */
export type DrainApi = Pick<
  CoreV1Api,
  "createNamespacedPodEviction" | "listNode" | "listPodForAllNamespaces" | "patchNode"
>;

/**
 * Cordons all nodes of an instance group, then drains them one after another, by eviction, so that PodDisruptionBudgets
 * hold. `kops delete instancegroup` terminates the instances without draining them: hence this, before it. A node that
 * joins meanwhile, as one that was booting or one in the place of another that died, has its turn, too.
 */
export async function drainInstanceGroup(
  login: () => Promise<DrainApi>,
  group: string,
  context: Pick<OperationContext, "inputs" | "progress" | "signal">,
  instances: () => Promise<InstanceGroups> = () => groupsOfInstances(context.inputs),
): Promise<void> {
  const options = context.inputs.rollingUpdate ?? {};
  const timeout = milliseconds(options.drainTimeout ?? "15m");
  const delay = milliseconds(options.postDrainDelay ?? "5s");
  const drained = new Set<string>();
  for (;;) {
    const api = await login();
    const nodes = (await nodesOf(api, group, instances)).filter((node) => !drained.has(nameOf(node)));
    for (const node of nodes) if (node.spec?.unschedulable !== true) await cordon(api, nameOf(node));
    const [next] = nodes;
    if (next === undefined) return;
    const name = nameOf(next);
    context.progress.say(`draining ${group} ${drained.size + 1}/${drained.size + nodes.length} ${name}`);
    await drainNode(await login(), name, context, timeout);
    drained.add(name);
    await sleep(delay, undefined, { signal: context.signal });
  }
}

/** On nodes that were cordoned as their group leaves, so that no other cordon is undone with theirs. */
const leavesAnnotation = "pilot/leaves";

function patch(api: Pick<DrainApi, "patchNode">, name: string, body: object): Promise<V1Node> {
  return api.patchNode({ name, body }, setHeaderOptions("Content-Type", PatchStrategy.StrategicMergePatch));
}

async function cordon(api: DrainApi, name: string): Promise<void> {
  await patch(api, name, { metadata: { annotations: { [leavesAnnotation]: "true" } }, spec: { unschedulable: true } });
}

/** Lets pods onto the nodes of a group again that {@link drainInstanceGroup} has cordoned. */
export async function uncordonInstanceGroup(
  login: () => Promise<Pick<DrainApi, "listNode" | "patchNode">>,
  group: string,
  seat: ClusterIdentity,
): Promise<void> {
  const api = await login();
  for (const node of await nodesOf(api, group, () => groupsOfInstances(seat))) {
    if (node.metadata?.annotations?.[leavesAnnotation] === undefined) continue;
    await patch(api, nameOf(node), {
      metadata: { annotations: { [leavesAnnotation]: null } },
      spec: { unschedulable: null },
    });
  }
}
