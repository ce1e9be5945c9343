import yaml from "js-yaml";
import { z } from "zod";

/*
 * kOps adds `:8443` to whatever `--api-server` gives it, as soon as the network load balancer of the API has a
 * certificate (BuildKubecfg in pkg/kubeconfig/create_kubecfg.go), although the port stands there already. What stands
 * behind a `#` is no part of the address for the client in kOps (DefaultServerURL in client-go's rest), so kOps is
 * given one that ends with it.
 */

/** An address of the API as kOps is given it. */
export function serverForKops(server: string): string {
  return `${server.replace(/[/#]+$/, "")}/#`;
}

/** An address out of a kubeconfig that kOps wrote. */
function serverFromKops(server: string): string {
  return server.replace(/\/?#.*$/, "");
}

const kubeconfig = z.looseObject({
  clusters: z.array(z.looseObject({ cluster: z.looseObject({ server: z.string() }) })),
});

/**
 * Mends the addresses in a kubeconfig of kOps's. Whoever loads one from a file, kOps too, takes the `#` for a part of
 * the path (ClientConfig in client-go's tools/clientcmd), and finds nothing there.
 */
export function fixKubeconfig(text: string): string {
  const config = kubeconfig.parse(yaml.load(text));
  const clusters = config.clusters.map((one) => ({
    ...one,
    cluster: { ...one.cluster, server: serverFromKops(one.cluster.server) },
  }));
  return yaml.dump({ ...config, clusters });
}
