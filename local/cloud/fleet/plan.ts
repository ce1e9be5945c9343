import { isHit, type FleetFaults } from "./faults.ts";
import type { Instance } from "./instances.ts";
import { isReady, type Node, type Pod } from "./objects.ts";
import { isTask, neverReadyAnnotation, staticPodName, staticPods, type StaticPod } from "./pods.ts";

/** An action that a kubelet, or the cloud controller on AWS, would take now. */
export type FleetAction =
  | { readonly do: "join"; readonly instance: Instance; readonly ready: boolean }
  | { readonly do: "report"; readonly node: Node; readonly ready: boolean }
  | { readonly do: "mirror"; readonly node: Node; readonly component: StaticPod }
  | { readonly do: "run"; readonly pod: Pod; readonly node: Node }
  | { readonly do: "end"; readonly pod: Pod }
  | { readonly do: "finish"; readonly pod: Pod }
  | { readonly do: "leave"; readonly node: Node };

export interface FleetView {
  readonly instances: readonly Instance[];
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  readonly faults: FleetFaults;
}

/** The actions that bring the cluster's nodes and pods in line with its machines. */
export function planFleet({ instances, nodes, pods, faults }: FleetView): FleetAction[] {
  const machines = new Map(instances.map((instance) => [instance.id, instance]));
  const nodesByName = new Map(nodes.map((node) => [node.metadata.name, node]));
  const isUp = (instance: Instance): boolean => instance.running && !isHit(faults.notReady, instance);

  const joining = instances
    .filter((instance) => instance.running && !nodesByName.has(instance.id) && !isHit(faults.neverJoin, instance))
    .map((instance): FleetAction => ({ do: "join", instance, ready: isUp(instance) }));

  const atNodes = nodes.flatMap((node): FleetAction[] => {
    const instance = machines.get(node.metadata.name);
    if (!instance) return isMachine(node) ? [{ do: "leave", node }] : [];
    const report: FleetAction[] =
      isReady(node) === isUp(instance) ? [] : [{ do: "report", node, ready: isUp(instance) }];
    return [...report, ...(isUp(instance) ? missingStaticPods(node, instance, pods) : [])];
  });

  const atPods = pods.flatMap((pod): FleetAction[] => {
    const name = pod.spec?.nodeName;
    if (name === undefined) return [];
    const node = nodesByName.get(name);
    const instance = machines.get(name);
    // The kubelet is gone for good: nothing else would ever confirm that the pod has ended.
    if (!node && !instance) return [{ do: "finish", pod }];
    // A kubelet that does not answer neither starts nor ends anything.
    if (!node || !instance || !isUp(instance)) return [];
    if (pod.metadata.deletionTimestamp !== undefined) return [{ do: "finish", pod }];
    return podProgress(pod, node);
  });

  return [...joining, ...atNodes, ...atPods];
}

/** Whether the node is a machine of AWS. A node that somebody made by hand is left alone. */
function isMachine(node: Node): boolean {
  return node.spec?.providerID?.startsWith("aws:///") ?? false;
}

function missingStaticPods(node: Node, instance: Instance, pods: readonly Pod[]): FleetAction[] {
  if (instance.role !== "control-plane") return [];
  const there = new Set(
    pods.filter(({ metadata }) => metadata.namespace === "kube-system").map(({ metadata }) => metadata.name),
  );
  return staticPods
    .filter((component) => !there.has(staticPodName(component, node.metadata.name)))
    .map((component) => ({ do: "mirror", node, component }));
}

function podProgress(pod: Pod, node: Node): FleetAction[] {
  const phase = pod.status?.phase;
  if (phase === "Pending" || phase === undefined) return [{ do: "run", pod, node }];
  if (phase !== "Running") return [];
  if (isTask(pod)) return [{ do: "end", pod }];
  // The node-lifecycle controller marks the pods of a node that is not ready. The kubelet must mark them ready again.
  const canBeReady = pod.metadata.annotations?.[neverReadyAnnotation] === undefined;
  return canBeReady && !isReady(pod) ? [{ do: "run", pod, node }] : [];
}
