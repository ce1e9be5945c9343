import { load } from "js-yaml";
import { z } from "zod";
import { authentication, fileAssets, loginKeys, loginOf, type Login } from "./login.ts";

const completedCluster = z.object({
  spec: z.object({
    kubeAPIServer: loginKeys.extend({
      serviceAccountIssuer: z.string(),
      serviceAccountJWKSURI: z.string(),
    }),
    authentication,
    fileAssets,
    serviceClusterIPRange: z.string(),
    subnets: z.array(z.object({ zone: z.string() })).min(1),
  }),
});

/** What the control plane and the fleet need from kOps's `cluster-completed.spec`. */
export interface CompletedSpec {
  readonly issuer: string;
  readonly jwksUri: string;
  readonly serviceRange: string;
  readonly region: string;
  readonly login: Login;
}

export function parseCompletedSpec(yaml: string): CompletedSpec {
  const { spec } = completedCluster.parse(load(yaml));
  const zone = spec.subnets[0]?.zone ?? "";
  return {
    issuer: spec.kubeAPIServer.serviceAccountIssuer,
    jwksUri: spec.kubeAPIServer.serviceAccountJWKSURI,
    // kOps writes both ranges of a dual-stack cluster, separated by a comma; here the API is served on IPv4.
    serviceRange: spec.serviceClusterIPRange,
    region: zone.replace(/[a-z]$/, ""),
    login: loginOf(spec.kubeAPIServer, spec.fileAssets, spec.authentication),
  };
}
