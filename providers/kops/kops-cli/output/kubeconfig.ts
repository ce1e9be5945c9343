import yaml from "js-yaml";
import { z } from "zod";

const kubeconfig = z.looseObject({
  clusters: z.array(z.looseObject({ cluster: z.looseObject({ server: z.string() }) })).min(1),
});

/** The address of the API in a kubeconfig that kOps wrote. */
export function serverIn(text: string): string {
  return kubeconfig.parse(yaml.load(text)).clusters[0]?.cluster.server ?? "";
}

/**
 * A kubeconfig that kOps wrote, without the `#` that `serverForKops` put into its addresses. Clients that load a
 * kubeconfig from a file, kOps included, take the `#` for a part of the path (ClientConfig in client-go's
 * tools/clientcmd).
 */
export function fixKubeconfig(text: string): string {
  const config = kubeconfig.parse(yaml.load(text));
  const clusters = config.clusters.map((one) => ({
    ...one,
    cluster: { ...one.cluster, server: one.cluster.server.replace(/\/?#.*$/, "") },
  }));
  return yaml.dump({ ...config, clusters });
}
