import type { Probe } from "../protocol/wait.ts";

interface Status {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  availableReplicas?: number;
  readyReplicas?: number;
  desiredNumberScheduled?: number;
  updatedNumberScheduled?: number;
  numberAvailable?: number;
  phase?: string;
  loadBalancer?: { ingress?: unknown[] };
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
}

/** The parts of an object that tell whether it is ready. */
export interface Live {
  kind?: string;
  metadata?: { generation?: number; annotations?: Record<string, string> };
  spec?: { replicas?: number; type?: string };
  status?: Status;
}

/** How long the official plugin waits for an object by default, in seconds. */
export const patience = 600;

const done = { done: true } as const;
const pending = (why: string): Probe<true> => ({ pending: why });

/** Whether an object is rolled out, ready or complete. Most kinds are ready as soon as they exist. */
export function readiness(live: Live): Probe<true> {
  if (live.metadata?.annotations?.["pulumi.com/skipAwait"] === "true") return done;
  const { status = {}, spec = {}, metadata = {} } = live;
  const behind = metadata.generation !== undefined && (status.observedGeneration ?? 0) < metadata.generation;
  const condition = (type: string): boolean =>
    status.conditions?.some((one) => one.type === type && one.status === "True") ?? false;
  switch (live.kind) {
    case "Deployment": {
      const wanted = spec.replicas ?? 1;
      if (behind) return pending("the rollout has not begun");
      if (
        (status.updatedReplicas ?? 0) < wanted ||
        (status.availableReplicas ?? 0) < wanted ||
        (status.replicas ?? 0) > wanted
      ) {
        return pending(`${status.availableReplicas ?? 0} of ${wanted} replicas are available`);
      }
      return done;
    }
    case "StatefulSet": {
      const wanted = spec.replicas ?? 1;
      if (behind) return pending("the rollout has not begun");
      return (status.readyReplicas ?? 0) >= wanted && (status.updatedReplicas ?? 0) >= wanted
        ? done
        : pending(`${status.readyReplicas ?? 0} of ${wanted} replicas are ready`);
    }
    case "DaemonSet": {
      const wanted = status.desiredNumberScheduled ?? 0;
      if (behind) return pending("the rollout has not begun");
      return (status.numberAvailable ?? 0) >= wanted && (status.updatedNumberScheduled ?? 0) >= wanted
        ? done
        : pending(`${status.numberAvailable ?? 0} of ${wanted} pods are available`);
    }
    case "Pod":
      if (status.phase === "Failed") throw new Error("the pod failed");
      return condition("Ready") || status.phase === "Succeeded"
        ? done
        : pending(`the pod is ${status.phase ?? "not scheduled"}`);
    case "Job": {
      const failed = status.conditions?.find((one) => one.type === "Failed" && one.status === "True");
      if (failed) throw new Error(`the job failed: ${failed.reason ?? ""} ${failed.message ?? ""}`.trim());
      return condition("Complete") ? done : pending("the job is not complete");
    }
    case "Namespace":
      return status.phase === "Active" ? done : pending(`the namespace is ${status.phase ?? "new"}`);
    case "Service":
      return spec.type !== "LoadBalancer" || (status.loadBalancer?.ingress?.length ?? 0) > 0
        ? done
        : pending("the load balancer has no address yet");
    default:
      return done;
  }
}
