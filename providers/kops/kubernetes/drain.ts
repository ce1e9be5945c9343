import { setTimeout as sleep } from "node:timers/promises";
import { PatchStrategy, V1Eviction, V1ObjectMeta, setHeaderOptions } from "@kubernetes/client-node";
import type { V1Node, V1Pod, CoreV1Api } from "@kubernetes/client-node";
import { groupsOfInstances } from "../aws/group-instances.ts";
import { milliseconds } from "../model/durations.ts";
import { instanceGroupTag } from "../model/tag-keys.ts";
import type { OperationContext } from "../operation/context.ts";
import { waitFor } from "../runtime/wait.ts";
import { connect, loginHours } from "./api-client.ts";
import { evictionAnswer } from "./api-failures.ts";
import type { EvictionAnswer } from "./api-failures.ts";
import { drainTimeout, withPatience } from "./patience.ts";
import type { Patience } from "./patience.ts";

/** Returns a client whose certificate is valid for at least half of its life; logs in again when it is not. */
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

/** Logs in at the first use, and again if need be: draining a group can take longer than a certificate lasts. */
export function loginTo(context: OperationContext): () => Promise<CoreV1Api> {
  return keepLogin(() => connect(context), loginHours(context.inputs.rollingUpdate), Date.now);
}

/** Instance groups by instance id ({@link groupsOfInstances}). */
export type InstanceGroups = ReadonlyMap<string, string>;

/**
 * The instance group of a node by its instance, else by its label; empty when it has none. Few nodes have the label:
 * kOps adds it only to groups that `kops create instancegroup` made.
 */
export function groupOfNode(node: Pick<V1Node, "metadata" | "spec">, instances: InstanceGroups): string {
  const instance = node.spec?.providerID?.split("/").at(-1) ?? "";
  return instances.get(instance) ?? node.metadata?.labels?.[instanceGroupTag] ?? "";
}

/** The current nodes of an instance group. Asks EC2 each time: nodes may join while a group is drained. */
async function nodesOf(
  api: Pick<DrainApi, "listNode">,
  group: string,
  instances: () => Promise<InstanceGroups>,
): Promise<V1Node[]> {
  // The API first: AWS tags an instance before its node joins, so EC2 knows all these nodes.
  const { items } = await api.listNode();
  const groups = await instances();
  return items.filter((node) => groupOfNode(node, groups) === group);
}

/** Pods that a drain does not evict: DaemonSets replace theirs at once, mirror pods belong to the kubelet. */
function staysOnNode(pod: V1Pod): boolean {
  const mirror = pod.metadata?.annotations?.["kubernetes.io/config.mirror"] !== undefined;
  const daemon = pod.metadata?.ownerReferences?.some((owner) => owner.kind === "DaemonSet") ?? false;
  const over = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
  return mirror || daemon || over;
}

function nameOf(object: V1Node | V1Pod): string {
  return object.metadata?.name ?? "";
}

/** Evicts one pod. Returns undefined when it goes, else why it does not. */
async function evict(
  api: Pick<DrainApi, "createNamespacedPodEviction">,
  pod: V1Pod,
): Promise<EvictionAnswer | undefined> {
  const name = nameOf(pod);
  const namespace = pod.metadata?.namespace ?? "default";
  try {
    const metadata = Object.assign(new V1ObjectMeta(), { name, namespace });
    await api.createNamespacedPodEviction({ name, namespace, body: Object.assign(new V1Eviction(), { metadata }) });
    return undefined;
  } catch (error) {
    const answer = evictionAnswer(error);
    if (answer === undefined) throw error;
    return answer.is === "gone" ? undefined : answer;
  }
}

/** Why pods stay, in words; undefined when none is kept. `kept`: the answers by pod. */
function describeKept(kept: readonly (readonly [string, EvictionAnswer])[]): string | undefined {
  const blocked = kept.flatMap(([pod, { is }]) => (is === "blocked by a budget" ? [pod] : []));
  const others = kept.flatMap(([pod, answer]) =>
    answer.is === "under several budgets"
      ? [`${pod} is under more than one PodDisruptionBudget, and Kubernetes evicts no such pod: leave it one`]
      : answer.is === "refused now"
        ? [`${pod} cannot be evicted now: ${answer.why}`]
        : [],
  );
  const all = [
    ...(blocked.length > 0 ? [`a PodDisruptionBudget allows no disruption of ${blocked.join(", ")}`] : []),
    ...others,
  ];
  return all.length > 0 ? all.join("; ") : undefined;
}

async function drainNode(
  api: DrainApi,
  node: string,
  context: Pick<OperationContext, "inputs" | "progress" | "signal">,
): Promise<void> {
  await waitFor(
    async () => {
      const pods = await api.listPodForAllNamespaces({ fieldSelector: `spec.nodeName=${node}` });
      const waiting = pods.items.filter((pod) => !staysOnNode(pod));
      if (waiting.length === 0) return { done: true, value: undefined };
      const kept: [string, EvictionAnswer][] = [];
      for (const pod of waiting) {
        if (pod.metadata?.deletionTimestamp) continue;
        const answer = await evict(api, pod);
        if (answer) kept.push([`${pod.metadata?.namespace ?? ""}/${nameOf(pod)}`, answer]);
      }
      return { done: false, reason: describeKept(kept) ?? `${waiting.length} pods are terminating` };
    },
    {
      what: `the drain of node ${node}`,
      interval: 1000,
      timeout: drainTimeout(context.inputs.rollingUpdate),
      next:
        "make room for the pods or change their PodDisruptionBudget, then run `pulumi up` again: it continues " +
        "with this node",
      signal: context.signal,
      progress: context.progress,
    },
  );
}

/** The calls of a drain to the Kubernetes API. */
export type DrainApi = Pick<
  CoreV1Api,
  "createNamespacedPodEviction" | "listNode" | "listPodForAllNamespaces" | "patchNode"
>;

/** The API with calls that are repeated while they fail for a passing reason. */
export function patient(login: () => Promise<DrainApi>, patience: Patience): DrainApi {
  return {
    createNamespacedPodEviction: (...args) =>
      patience.ask(
        async () => (await login()).createNamespacedPodEviction(...args),
        (error) => evictionAnswer(error) !== undefined,
      ),
    listNode: (...args) => patience.ask(async () => (await login()).listNode(...args)),
    listPodForAllNamespaces: (...args) => patience.ask(async () => (await login()).listPodForAllNamespaces(...args)),
    patchNode: (...args) => patience.ask(async () => (await login()).patchNode(...args)),
  };
}

/**
 * Cordons all nodes of an instance group, then drains them one by one, by eviction, so that PodDisruptionBudgets hold.
 * It runs before `kops delete instancegroup`, which terminates the instances without a drain. Nodes that join meanwhile
 * are drained too, such as one that was booting or one that replaces a dead one. `follow` is told each drain.
 */
export async function drainInstanceGroup(
  login: () => Promise<DrainApi>,
  group: string,
  context: Pick<OperationContext, "inputs" | "progress" | "signal">,
  instances: () => Promise<InstanceGroups> = () => groupsOfInstances(context.inputs),
  follow: (node: string, drain: "begins" | "ends") => void = () => undefined,
): Promise<void> {
  const nodes = `the nodes of instance group ${group}`;
  const delay = milliseconds(context.inputs.rollingUpdate?.postDrainDelay ?? "5s");
  const drained = new Set<string>();
  await withPatience(context, nodes, async (patience) => {
    const api = patient(login, patience);
    for (;;) {
      patience.begin(nodes);
      const left = (await nodesOf(api, group, instances)).filter((node) => !drained.has(nameOf(node)));
      for (const node of left) if (node.spec?.unschedulable !== true) await cordon(api, nameOf(node));
      const [next] = left;
      if (next === undefined) return;
      const name = nameOf(next);
      context.progress.say(`draining ${group} ${drained.size + 1}/${drained.size + left.length} ${name}`);
      patience.begin(`the drain of node ${name}`);
      follow(name, "begins");
      await drainNode(api, name, context);
      follow(name, "ends");
      drained.add(name);
      await sleep(delay, undefined, { signal: context.signal });
    }
  });
}

/** Marks the nodes that a removal cordoned: {@link uncordonInstanceGroup} undoes no other cordon. */
const removedAnnotation = "pilot/leaves";

export function patch(api: Pick<DrainApi, "patchNode">, name: string, body: object): Promise<V1Node> {
  return api.patchNode({ name, body }, setHeaderOptions("Content-Type", PatchStrategy.StrategicMergePatch));
}

async function cordon(api: DrainApi, name: string): Promise<void> {
  await patch(api, name, { metadata: { annotations: { [removedAnnotation]: "true" } }, spec: { unschedulable: true } });
}

/** Uncordons the nodes of a group that {@link drainInstanceGroup} has cordoned. */
export async function uncordonInstanceGroup(
  login: () => Promise<DrainApi>,
  group: string,
  context: Pick<OperationContext, "inputs" | "progress" | "signal">,
  instances: () => Promise<InstanceGroups> = () => groupsOfInstances(context.inputs),
): Promise<void> {
  await withPatience(context, `the nodes of instance group ${group}`, async (patience) => {
    const api = patient(login, patience);
    for (const node of await nodesOf(api, group, instances)) {
      if (node.metadata?.annotations?.[removedAnnotation] === undefined) continue;
      await patch(api, nameOf(node), {
        metadata: { annotations: { [removedAnnotation]: null } },
        spec: { unschedulable: null },
      });
    }
  });
}
