import type { KubeConfig } from "@kubernetes/client-node";

/*
 * kOps adds `:8443` to whatever `--api-server` gives it, as soon as the network load balancer of the API has a certificate
 * (BuildKubecfg in pkg/kubeconfig/create_kubecfg.go), although the port stands there already. What stands behind a `#` is
 * no part of the address for a Kubernetes client (client-go drops it), so kOps is given one that ends with it.
 */

/** An address of the API as kOps is given it. */
export function serverForKops(server: string): string {
  return `${server.replace(/[/#]+$/, "")}/#`;
}

/** An address out of a kubeconfig that kOps wrote, for clients that do not drop what stands behind a `#`. */
export function serverFromKops(server: string): string {
  return server.replace(/\/?#.*$/, "");
}

/** Mends the addresses in a kubeconfig that was read from a file of kOps's, for the client of node. */
export function mendServers(config: Pick<KubeConfig, "clusters">): void {
  config.clusters = config.clusters.map((cluster) => ({ ...cluster, server: serverFromKops(cluster.server) }));
}
