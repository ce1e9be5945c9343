export * from "./compose.ts";
export * from "./files.ts";
export * from "./KubernetesCluster.ts";
export * from "./manifest/manifest-request.ts";
export * from "./request/request.ts";
export * from "./spec/cluster-environment.ts";
