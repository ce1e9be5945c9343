import type { Properties } from "../protocol/declarations.ts";
import { UnsupportedError } from "../protocol/errors.ts";
import { sdkOf } from "../protocol/sdk.ts";

export const sdk = sdkOf("kubernetes");

/** The Kubernetes kind of a resource type of the SDK. */
export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
}

/**
 * `kubernetes:core/v1:Namespace` is v1 Namespace, `kubernetes:apps/v1:Deployment` is apps/v1 Deployment, and so is
 * `kubernetes:rbac.authorization.k8s.io/v1:Role` for its group. Throws for a type that is not one API object, such as a
 * Helm release or a Patch.
 */
export function kindOf(token: string): Kind {
  const [, group = "", version = "", kind = ""] = /^kubernetes:([\w.-]+)\/(v\w+):(\w+)$/.exec(token) ?? [];
  if (kind === "" || group === "helm.sh" || /Patch$/.test(kind) || /List$/.test(kind)) {
    throw new UnsupportedError(
      `the stand-in for the kubernetes plugin has no ${token}: it supports single objects of the Kubernetes API only`,
    );
  }
  return { apiVersion: group === "core" ? version : `${group}/${version}`, kind };
}

/** The declared arguments of a resource type; undefined for a custom resource. */
export async function argumentsOf(token: string): Promise<Properties | undefined> {
  const { apiVersion, kind } = kindOf(token);
  const [group = "", version = ""] = apiVersion.includes("/") ? apiVersion.split("/") : ["core", apiVersion];
  const module = group.split(".")[0] ?? group;
  const file = `${module}/${version}/${kind.charAt(0).toLowerCase()}${kind.slice(1)}.d.ts`;
  return await sdk.declarations.ofFile(file, `${kind}Args`);
}
