import { defaultStack } from "../base/outputs.ts";
import type { ClusterSummary } from "../base/outputs.ts";

function clusterLines({ name, endpoint, kubernetesVersion, conditions }: ClusterSummary): string[] {
  const ready = conditions.find(({ type }) => type === "Ready");
  const state = ready?.status === "True" ? "is ready" : `is not ready: ${ready?.message ?? "nobody knows why"}`;
  return [`Cluster ${name} ${state}`, `  Kubernetes ${kubernetesVersion} at ${endpoint}`];
}

/** What `npm start` ends with: the clusters, and what to do next. */
export function summary(clusters: readonly ClusterSummary[]): string[] {
  const next = [
    ["look at the nodes", "npm run local -- kubectl get nodes"],
    ["change something", `edit clusters/${defaultStack}/, then npm run local -- pulumi up --stack ${defaultStack}`],
    ["all outputs", `npm run local -- pulumi stack output --stack ${defaultStack} --json`],
    ["stop, forget", "npm run local:stop, npm run local:reset"],
  ] as const;
  const width = Math.max(...next.map(([what]) => what.length));
  return [
    ...(clusters.length === 0 ? ["The environment is up. It has no cluster yet."] : clusters.flatMap(clusterLines)),
    "Next:",
    ...next.map(([what, how]) => `  ${what.padEnd(width)}  ${how}`),
  ];
}
