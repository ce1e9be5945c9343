import type { SmokeTestRequest } from "./request.ts";

export interface Taint {
  key: string;
  value?: string;
  effect: string;
}

export interface Toleration {
  key: string;
  operator: "Equal";
  value: string;
  effect: string;
}

/** What the test looks at of a node. */
export interface SeenNode {
  metadata?: { name?: string; labels?: Record<string, string>; deletionTimestamp?: Date };
  spec?: { taints?: Taint[]; unschedulable?: boolean };
  status?: {
    conditions?: { type: string; status: string; message?: string }[];
    nodeInfo?: { kubeletVersion: string };
  };
}

// The kubelet shows the answers in the pod's status: no log needs to be fetched from the node.
const script = [
  'for name in "$@"; do',
  '  answer=$(nslookup "$name" 2>&1) || { printf "%s: %s" "$name" "$answer" | head -c 2000 > ' +
    "/dev/termination-log; exit 1; }",
  '  printf "%s %s\\n" "$name" "$(printf "%s" "$answer" | awk \'/^Address/ { found = $NF } END { print found ' +
    "}')\" >> /dev/termination-log",
  "done",
].join("\n");

const keepsPodsOff = ({ effect }: Taint): boolean => effect === "NoSchedule" || effect === "NoExecute";

/** Kubernetes sets these while a node is not fit for pods. */
const isPassing = ({ key }: Taint): boolean => /^node(\.cloudprovider)?\.kubernetes\.io\//.test(key);

const taintsOf = ({ spec }: SeenNode): Taint[] => (spec?.taints ?? []).filter(keepsPodsOff);

const isFit = (node: SeenNode): boolean =>
  node.metadata?.deletionTimestamp === undefined &&
  node.spec?.unschedulable !== true &&
  node.metadata?.labels?.["kubernetes.io/os"] !== "windows" &&
  !taintsOf(node).some(isPassing);

const isWorker = ({ metadata }: SeenNode): boolean =>
  !Object.keys(metadata?.labels ?? {}).some((label) =>
    /^node-role\.kubernetes\.io\/(control-plane|master|api-server)$/.test(label),
  );

/**
 * What the pod must tolerate to run on some node: nothing if a worker has no taint, else the taints of the worker that
 * has the fewest. A cluster without workers, such as one whose groups are scaled from zero, runs it on its control
 * plane.
 */
export function tolerationsFor(nodes: readonly SeenNode[]): Toleration[] {
  const fit = nodes.filter(isFit);
  const workers = fit.filter(isWorker);
  const [fewest = []] = (workers.length > 0 ? workers : fit).map(taintsOf).sort((a, b) => a.length - b.length);
  return fewest.map(({ key, value, effect }) => ({ key, operator: "Equal", value: value ?? "", effect }));
}

export type PodRequest = Pick<SmokeTestRequest, "image" | "namespace" | "names" | "timeoutSeconds">;

export const podOf = (
  name: string,
  { image, namespace, names, timeoutSeconds }: PodRequest,
  tolerations: Toleration[],
) => ({
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
