import type { Properties } from "../protocol/declarations.ts";
import { UnsupportedError } from "../protocol/errors.ts";
import { sdkOf } from "../protocol/sdk.ts";

export const sdk = sdkOf("kubernetes");

/** What a resource type of the SDK stands for in the API. */
export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
}

/**
 * `kubernetes:core/v1:Namespace` is v1 Namespace, `kubernetes:apps/v1:Deployment` apps/v1 Deployment,
 * `kubernetes:rbac.authorization.k8s.io/v1:Role` the same of that group. What is no object of the API, such as a Helm
 * release or a Patch, is refused.
 */
export function kindOf(token: string): Kind {
  const [, group = "", version = "", kind = ""] = /^kubernetes:([\w.-]+)\/(v\w+):(\w+)$/.exec(token) ?? [];
  if (kind === "" || group === "helm.sh" || /Patch$/.test(kind) || /List$/.test(kind)) {
    throw new UnsupportedError(
      `the stand-in for the kubernetes plugin has no ${token}: objects of the Kubernetes API only, one by one`,
    );
  }
  return { apiVersion: group === "core" ? version : `${group}/${version}`, kind };
}

/** The declared arguments of a resource type; none for a custom resource. */
export async function argumentsOf(token: string): Promise<Properties | undefined> {
  const { apiVersion, kind } = kindOf(token);
  const [group = "", version = ""] = apiVersion.includes("/") ? apiVersion.split("/") : ["core", apiVersion];
  const module = group.split(".")[0] ?? group;
  const file = `${module}/${version}/${kind.charAt(0).toLowerCase()}${kind.slice(1)}.d.ts`;
  return await sdk.declarations.ofFile(file, `${kind}Args`);
}
