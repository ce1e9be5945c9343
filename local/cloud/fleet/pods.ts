import { createHash } from "node:crypto";
import type { Condition, Container, Node, Pod } from "./objects.ts";

export const staticPods = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;

export type StaticPod = (typeof staticPods)[number];

const mirrorAnnotation = "kubernetes.io/config.mirror";

/** A pod with this annotation never becomes ready, for disruption budgets that hold up a drain. */
export const neverReadyAnnotation = "pilot.local/never-ready";
/** The exit code of the containers of a pod that ends, such as a job's. */
export const exitCodeAnnotation = "pilot.local/exit-code";

export function staticPodName(component: StaticPod, node: string): string {
  return `${component}-${node}`;
}

/**
 * The mirror pod that a kubelet shows for a static pod. kOps expects one of each on every control-plane node, and a
 * drain skips it because of its annotation.
 */
export function mirrorPodOf(component: StaticPod, node: Node): Pod & { readonly spec: Record<string, unknown> } {
  return {
    metadata: {
      name: staticPodName(component, node.metadata.name),
      namespace: "kube-system",
      labels: { "k8s-app": component },
      annotations: { [mirrorAnnotation]: createHash("sha256").update(component).digest("hex").slice(0, 32) },
    },
    spec: {
      nodeName: node.metadata.name,
      hostNetwork: true,
      priorityClassName: "system-cluster-critical",
      tolerations: [{ operator: "Exists" }],
      containers: [
        { name: component, image: `registry.k8s.io/${component}:${node.status?.nodeInfo?.["kubeletVersion"] ?? ""}` },
      ],
    },
  };
}

function condition(type: string, status: boolean, now: string): Condition {
  return { type, status: status ? "True" : "False", lastTransitionTime: now };
}

function podIp(pod: Pod, hostIp: string): string {
  if (pod.spec?.hostNetwork) return hostIp;
  const [second = 0, third = 0, fourth = 0] = createHash("sha256")
    .update(pod.metadata.uid ?? pod.metadata.name)
    .digest();
  return `100.${96 + (second % 32)}.${third}.${1 + (fourth % 254)}`;
}

function statusOf(container: Container, state: unknown, ready: boolean): Record<string, unknown> {
  const image = container.image ?? "";
  return { name: container.name, image, imageID: image, ready, started: ready, restartCount: 0, state };
}

/** Status of a pod whose containers run, as its kubelet writes it. */
export function runningStatus(pod: Pod, node: Node, now: string): Record<string, unknown> {
  const hostIp = node.status?.addresses?.find(({ type }) => type === "InternalIP")?.address ?? "";
  const ip = podIp(pod, hostIp);
  const ready = pod.metadata.annotations?.[neverReadyAnnotation] === undefined;
  return {
    phase: "Running",
    startTime: now,
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    podIP: ip,
    podIPs: [{ ip }],
    conditions: [
      condition("PodScheduled", true, now),
      condition("Initialized", true, now),
      condition("ContainersReady", ready, now),
      condition("Ready", ready, now),
    ],
    initContainerStatuses: (pod.spec?.initContainers ?? []).map((container) =>
      statusOf(container, terminated(0, now), true),
    ),
    containerStatuses: (pod.spec?.containers ?? []).map((container) =>
      statusOf(container, { running: { startedAt: now } }, ready),
    ),
  };
}

function terminated(exitCode: number, now: string): Record<string, unknown> {
  return { terminated: { exitCode, reason: exitCode === 0 ? "Completed" : "Error", startedAt: now, finishedAt: now } };
}

/** Whether the pod's containers are meant to end by themselves. */
export function isTask(pod: Pod): boolean {
  return pod.spec?.restartPolicy !== undefined && pod.spec.restartPolicy !== "Always";
}

/** Status of a pod whose containers have ended. */
export function endedStatus(pod: Pod, now: string): Record<string, unknown> {
  const exitCode = Number(pod.metadata.annotations?.[exitCodeAnnotation] ?? "0");
  return {
    phase: exitCode === 0 ? "Succeeded" : "Failed",
    conditions: [
      condition("PodScheduled", true, now),
      condition("Initialized", true, now),
      condition("ContainersReady", false, now),
      condition("Ready", false, now),
    ],
    containerStatuses: (pod.spec?.containers ?? []).map((container) =>
      statusOf(container, terminated(exitCode, now), false),
    ),
  };
}
