import type { ClusterReference } from "./cluster.ts";
import { ConfigError } from "../../providers/kops/model/errors.ts";

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** A service account of a cluster. */
export interface ServiceAccount {
  namespace: string;
  name: string;
}

/** A trust policy of an IAM role. */
export interface TrustPolicy {
  Version: "2012-10-17";
  Statement: {
    Effect: "Allow";
    Principal: { Federated: string };
    Action: "sts:AssumeRoleWithWebIdentity";
    Condition: { StringEquals: Record<string, string> };
  }[];
}

/**
 * The trust policy of an IAM role for exactly one service account of a cluster. Throws if the cluster publishes no
 * discovery documents: AWS checks its tokens with them.
 */
export function serviceAccountTrust(
  { name: cluster, oidc }: Pick<ClusterReference, "name" | "oidc">,
  { namespace, name }: ServiceAccount,
): TrustPolicy {
  if (!oidc) {
    throw new ConfigError({
      what: `No IAM role can trust service accounts of ${cluster}`,
      why: "it publishes no OIDC discovery documents",
      next:
        "let its environment publish them (pilot:stateStore.discovery), or give its manifest a " +
        "serviceAccountIssuerDiscovery in S3 with enableAWSOIDCProvider",
    });
  }
  const what = `No IAM role can trust ${namespace}/${name} of ${cluster}`;
  if (!label.test(namespace))
    throw new ConfigError({
      what,
      why: `${namespace} is not the name of a namespace`,
      next: "write it as Kubernetes has it",
    });
  if (!name.split(".").every((part) => label.test(part)))
    throw new ConfigError({
      what,
      why: `${name} is not the name of a service account`,
      next: "write it as Kubernetes has it",
    });
  // Claims are named after the issuer without its scheme.
  const issuer = oidc.issuer.replace(/^https:\/\//, "");
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: oidc.providerArn },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            [`${issuer}:sub`]: `system:serviceaccount:${namespace}:${name}`,
            [`${issuer}:aud`]: oidc.audience,
          },
        },
      },
    ],
  };
}
