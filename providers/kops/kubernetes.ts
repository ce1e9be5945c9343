import { setTimeout as sleep } from "node:timers/promises";
import { ApiException, CoreV1Api, PatchStrategy, V1Eviction, V1ObjectMeta, setHeaderOptions } from "@kubernetes/client-node";
import type { V1Node, V1Pod } from "@kubernetes/client-node";
import { milliseconds } from "./duration.ts";
import type { RollingUpdateOptions } from "./inputs.ts";
import { adminConfig } from "./run/admin-config.ts";
import type { Desk } from "./run/session.ts";
import { waitFor } from "./run/wait.ts";

/** Hours that an admin certificate of ours lasts: kOps signs it anew for each operation, it is never stored. Twice the longest drain of a node fits in. */
export function loginHours(options: RollingUpdateOptions = {}): number {
  return Math.ceil((2 * drainOf(options)) / 3_600_000);
}

/** Milliseconds that the drain of one node may take. */
function drainOf({ drainTimeout = "15m", postDrainDelay = "5s" }: RollingUpdateOptions): number {
  return milliseconds(drainTimeout) + milliseconds(postDrainDelay);
}

/** A client for the cluster's API, with a short-lived admin certificate in a file of the operation's private folder. */
export async function connect(desk: Desk, file = "admin.kubeconfig"): Promise<CoreV1Api> {
  const config = await adminConfig(desk, `${loginHours(desk.inputs.rollingUpdate)}h`, file);
  return config.makeApiClient(CoreV1Api);
}

/** Gives a client that will work for at least half a certificate's life: with another certificate when the last is older than that. */
export function keepLogin<Client>(login: () => Promise<Client>, hours: number, now: () => number): () => Promise<Client> {
  let current: { client: Client; since: number } | undefined;
  return async () => {
    if (!current || now() - current.since >= hours * 1_800_000) current = { since: now(), client: await login() };
    return current.client;
  };
}

/** Logs in at the first use, and anew as long as it is used: the drains of a group may take longer than one certificate lasts. */
export function loginTo(desk: Desk): () => Promise<CoreV1Api> {
  return keepLogin(() => connect(desk), loginHours(desk.inputs.rollingUpdate), Date.now);
}

const groupLabel = "kops.k8s.io/instancegroup";

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
async function evict(api: CoreV1Api, pod: V1Pod): Promise<"evicted" | "blocked"> {
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

async function drainNode(api: CoreV1Api, node: string, desk: Desk, timeout: number): Promise<void> {
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
        reason: blocked.length > 0 ? `a PodDisruptionBudget allows no disruption of ${blocked.join(", ")}` : `${waiting.length} pods are leaving`,
      };
    },
    {
      what: `the drain of node ${node}`,
      interval: 1000,
      timeout,
      next: "make room for the pods or change their PodDisruptionBudget, then run `pulumi up` again: it continues with this node",
      signal: desk.signal,
      progress: desk.progress,
    },
  );
}

/**
 * Cordons all nodes of an instance group, then drains them one after another, by eviction, so that PodDisruptionBudgets
 * hold. `kops delete instancegroup` terminates the instances without draining them: hence this, before it.
 */
export async function drainInstanceGroup(login: () => Promise<CoreV1Api>, group: string, desk: Desk): Promise<void> {
  const api = await login();
  const nodes = (await api.listNode({ labelSelector: `${groupLabel}=${group}` })).items;
  for (const node of nodes) {
    await api.patchNode(
      { name: nameOf(node), body: { spec: { unschedulable: true } } },
      setHeaderOptions("Content-Type", PatchStrategy.StrategicMergePatch),
    );
  }
  const options = desk.inputs.rollingUpdate ?? {};
  const timeout = milliseconds(options.drainTimeout ?? "15m");
  const delay = milliseconds(options.postDrainDelay ?? "5s");
  for (const [index, node] of nodes.entries()) {
    desk.progress.say(`draining ${group} ${index + 1}/${nodes.length} ${nameOf(node)}`);
    await drainNode(await login(), nameOf(node), desk, timeout);
    await sleep(delay, undefined, { signal: desk.signal });
  }
}
