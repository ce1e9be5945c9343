import type { V1Node, V1Pod, V1Taint, V1Toleration } from "@kubernetes/client-node";
import type { SmokeTestRequest } from "./request.ts";

// The kubelet shows the answers in the pod's status: no log needs to be fetched from the node.
const script = [
  'for name in "$@"; do',
  '  answer=$(nslookup "$name" 2>&1) || { printf "%s: %s" "$name" "$answer" | head -c 2000 > ' +
    "/dev/termination-log; exit 1; }",
  '  printf "%s %s\\n" "$name" "$(printf "%s" "$answer" | awk \'/^Address/ { found = $NF } END { print found ' +
    "}')\" >> /dev/termination-log",
  "done",
].join("\n");

const keepsPodsOff = ({ effect }: V1Taint): boolean => effect === "NoSchedule" || effect === "NoExecute";

/** Kubernetes sets these while a node is not fit for pods. */
const isPassing = ({ key }: V1Taint): boolean => /^node(\.cloudprovider)?\.kubernetes\.io\//.test(key);

const taintsOf = ({ spec }: V1Node): V1Taint[] => (spec?.taints ?? []).filter(keepsPodsOff);

const isFit = (node: V1Node): boolean =>
  node.metadata?.deletionTimestamp === undefined &&
  node.spec?.unschedulable !== true &&
  node.metadata?.labels?.["kubernetes.io/os"] !== "windows" &&
  !taintsOf(node).some(isPassing);

const isWorker = ({ metadata }: V1Node): boolean =>
  !Object.keys(metadata?.labels ?? {}).some((label) =>
    /^node-role\.kubernetes\.io\/(control-plane|master|api-server)$/.test(label),
  );

/**
 * What the pod must tolerate to run on some node: nothing if a worker has no taint, else the taints of the worker that
 * has the fewest. A cluster without workers, such as one whose groups are scaled from zero, runs it on its control
 * plane.
 */
export function tolerationsFor(nodes: readonly V1Node[]): V1Toleration[] {
  const fit = nodes.filter(isFit);
  const workers = fit.filter(isWorker);
  const [fewest = []] = (workers.length > 0 ? workers : fit).map(taintsOf).sort((a, b) => a.length - b.length);
  return fewest.map(({ key, value, effect }) => ({ key, operator: "Equal", value: value ?? "", effect }));
}

export type PodRequest = Pick<SmokeTestRequest, "image" | "namespace" | "names" | "timeoutSeconds">;

export const podOf = (
  name: string,
  { image, namespace, names, timeoutSeconds }: PodRequest,
  tolerations: V1Toleration[],
): V1Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace, labels: { "app.kubernetes.io/name": "pilot-smoke-test" } },
  spec: {
    restartPolicy: "Never",
    activeDeadlineSeconds: timeoutSeconds,
    automountServiceAccountToken: false,
    nodeSelector: { "kubernetes.io/os": "linux" },
    ...(tolerations.length > 0 && { tolerations }),
    securityContext: { runAsNonRoot: true, runAsUser: 65534, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "dns",
        image,
        command: ["sh", "-c", script, "dns", ...names],
        resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "64Mi" } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
      },
    ],
  },
});
