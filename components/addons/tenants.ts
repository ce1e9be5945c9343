import * as k8s from "@pulumi/kubernetes";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import { owned, type Metadata } from "./owned.ts";
import type { TenantRequest, TenantsRequest } from "./request.ts";
import { bindingsOf, identityMappings, isolationSpec, limitRangeSpec, namespaceMetadata } from "./tenant-objects.ts";

const rbac = "rbac.authorization.k8s.io";

/** Namespaces of an app team, each with its limits before anybody uses it. */
export function createTenant(
  { name, ipv6 }: { name: string; ipv6: boolean },
  tenant: string,
  request: TenantRequest,
  own: CustomResourceOptions,
): void {
  for (const [namespaceName, asked] of Object.entries(request.namespaces)) {
    const id = `${name}-${namespaceName}`;
    const namespace = new k8s.core.v1.Namespace(id, { metadata: namespaceMetadata(tenant, namespaceName, asked) }, own);
    // Not the output's name: so the preview that makes the namespace knows all of it.
    const inside = (object: string): Metadata => owned({ name: object, namespace: namespaceName });
    const within: CustomResourceOptions = { ...own, dependsOn: [namespace] };
    if (asked.quota !== "unlimited")
      new k8s.core.v1.ResourceQuota(`${id}-quota`, { metadata: inside("pilot"), spec: { hard: asked.quota } }, within);
    new k8s.core.v1.LimitRange(`${id}-defaults`, { metadata: inside("pilot"), spec: limitRangeSpec(asked) }, within);
    if (asked.network === "isolated")
      new k8s.networking.v1.NetworkPolicy(
        `${id}-isolation`,
        { metadata: inside("pilot-isolation"), spec: isolationSpec(ipv6) },
        within,
      );
    for (const { role, groups } of bindingsOf(tenant, request)) {
      new k8s.rbac.v1.RoleBinding(
        `${id}-${role}`,
        {
          metadata: inside(`pilot-${role}`),
          roleRef: { apiGroup: rbac, kind: "ClusterRole", name: role },
          subjects: groups.map((group) => ({ apiGroup: rbac, kind: "Group", name: group })),
        },
        within,
      );
    }
  }
}

/** IAM roles of the teams, as objects that aws-iam-authenticator reads (kOps sets up its backend CRD). */
export function createIdentityMappings(name: string, tenants: TenantsRequest, own: CustomResourceOptions): void {
  for (const { name: mapping, arn, username, groups } of identityMappings(tenants)) {
    new k8s.apiextensions.CustomResource(
      `${name}-${mapping}`,
      {
        apiVersion: "iamauthenticator.k8s.aws/v1alpha1",
        kind: "IAMIdentityMapping",
        metadata: owned({ name: mapping }),
        spec: { arn, username, groups },
      },
      own,
    );
  }
}
