import { defaultStack } from "../base/outputs.ts";
import type { ClusterSummary } from "../base/outputs.ts";

function clusterLine({ name, endpoint, kubernetesVersion, conditions }: ClusterSummary): string {
  const ready = conditions.find(({ type }) => type === "Ready");
  const state = ready?.status === "True" ? "is ready" : `is not ready: ${ready?.message ?? "nobody knows why"}`;
  return `Cluster ${name} (Kubernetes ${kubernetesVersion} at ${endpoint}) ${state}`;
}

/** What `npm start` ends with: the clusters, and what to do next. */
export function summary(clusters: readonly ClusterSummary[]): string[] {
  const run = "npm run local --";
  const next = [
    ["see how it is", `${run} npx pilot status`],
    ["use it", `${run} kubectl get nodes`],
    ["change it", `edit clusters/${defaultStack}/, then ${run} pulumi preview (or up) --stack ${defaultStack}`],
    ["all outputs", `npm run -s local -- pulumi stack output --stack ${defaultStack} --json`],
    ["stop, forget", "npm run local:stop, npm run local:reset"],
  ] as const;
  const width = Math.max(...next.map(([what]) => what.length));
  return [
    ...(clusters.length === 0 ? ["The environment is up. It has no cluster yet."] : clusters.map(clusterLine)),
    "Next:",
    ...next.map(([what, how]) => `  ${what.padEnd(width)}  ${how}`),
  ];
}
