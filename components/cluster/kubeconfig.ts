import yaml from "js-yaml";
import { internalApiName } from "./names.ts";

export interface KubeconfigRequest {
  /** Full name of the cluster. */
  cluster: string;
  /** Address of the API. */
  endpoint: string;
  /** PEM. */
  certificateAuthority: string;
  stateStore: string;
}

/**
 * A kubeconfig without a credential: `kubectl` has `kops` make one of an hour, which works for whoever may read the
 * cluster's CA key in the state store and for nobody else.
 */
export function kubeconfig({ cluster, endpoint, certificateAuthority, stateStore }: KubeconfigRequest): string {
  return yaml.dump(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        {
          name: cluster,
          cluster: {
            server: endpoint,
            // The one name the certificate always has, also when the API is reached by a load balancer or a tunnel.
            "tls-server-name": internalApiName(cluster),
            "certificate-authority-data": Buffer.from(certificateAuthority).toString("base64"),
          },
        },
      ],
      users: [
        {
          name: cluster,
          user: {
            exec: {
              apiVersion: "client.authentication.k8s.io/v1beta1",
              command: "kops",
              args: ["helpers", "kubectl-auth", `--cluster=${cluster}`, `--state=${stateStore}`, "--api-version=v1beta1"],
              interactiveMode: "Never",
            },
          },
        },
      ],
      contexts: [{ name: cluster, context: { cluster, user: cluster } }],
      "current-context": cluster,
    },
    { lineWidth: -1, noRefs: true },
  );
}
