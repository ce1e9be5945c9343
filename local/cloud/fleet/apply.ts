import { KubeError, type KubeClient } from "./kube.ts";
import type { Instance, MachineSize } from "./instances.ts";
import type { Launch } from "./launch.ts";
import { nodeOf, readyCondition } from "./node.ts";
import type { Node, Pod } from "./objects.ts";
import type { FleetAction } from "./plan.ts";
import { endedStatus, mirrorPodOf, runningStatus } from "./pods.ts";

export interface FleetTools {
  readonly client: KubeClient;
  /** What the instance reads at its first boot. */
  readonly launchOf: (instance: Instance) => Promise<Launch>;
  readonly sizeOf: (machineType: string) => Promise<MachineSize>;
  readonly now: () => Date;
}

const alreadySo = ["AlreadyExists", "NotFound", "Conflict"];

/**
 * Performs one action, and returns whether there was anything to do. Plans are made from what the watches have reported
 * so far, so an action may be planned again before its own event arrives.
 */
export async function applyAction(action: FleetAction, tools: FleetTools): Promise<boolean> {
  try {
    await perform(action, tools);
    return true;
  } catch (error) {
    if (error instanceof KubeError && alreadySo.includes(error.reason)) return false;
    throw error;
  }
}

async function perform(action: FleetAction, { client, launchOf, sizeOf, now }: FleetTools): Promise<void> {
  const time = `${now().toISOString().slice(0, 19)}Z`;
  switch (action.do) {
    case "join": {
      const { instance, ready } = action;
      const [launch, size] = await Promise.all([launchOf(instance), sizeOf(instance.machineType)]);
      await client.call("POST", "/api/v1/nodes", nodeOf(instance, launch, size, ready, time));
      return;
    }
    case "report":
      await client.call(
        "PATCH",
        `/api/v1/nodes/${action.node.metadata.name}/status`,
        { status: { conditions: [readyCondition(action.ready, time)] } },
        "application/strategic-merge-patch+json",
      );
      return;
    case "mirror": {
      const pod = mirrorPodOf(action.component, action.node);
      const made = await client.call<Pod>("POST", "/api/v1/namespaces/kube-system/pods", pod);
      await setStatus(client, made, runningStatus(made, action.node, time));
      return;
    }
    case "run":
      await setStatus(client, action.pod, runningStatus(action.pod, action.node, time));
      return;
    case "end":
      await setStatus(client, action.pod, endedStatus(action.pod, time));
      return;
    case "finish":
      await finish(client, action.pod);
      return;
    case "leave":
      await leave(client, action.node);
      return;
  }
}

function podPath({ metadata }: Pod): string {
  return `/api/v1/namespaces/${metadata.namespace ?? "default"}/pods/${metadata.name}`;
}

async function setStatus(client: KubeClient, pod: Pod, status: Record<string, unknown>): Promise<void> {
  // The uid keeps the status from a later pod of the same name.
  const body = { metadata: { uid: pod.metadata.uid }, status };
  await client.call("PATCH", `${podPath(pod)}/status`, body, "application/strategic-merge-patch+json");
}

async function finish(client: KubeClient, pod: Pod): Promise<void> {
  await client.call("DELETE", podPath(pod), { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } });
}

/**
 * On AWS the cloud controller deletes the node of an instance that is gone; then its pods end as pods without a node.
 */
async function leave(client: KubeClient, node: Node): Promise<void> {
  await client.call("DELETE", `/api/v1/nodes/${node.metadata.name}`);
}
