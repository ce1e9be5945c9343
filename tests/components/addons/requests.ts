import { platform, tenants, type PlatformRequest, type TenantsRequest } from "../../../components/addons/index.ts";

export const shopRole = "arn:aws:iam::123456789012:role/shop-deployer";

export const aPlatform: PlatformRequest = platform.parse({
  storageClass: {},
  priorityClasses: { urgent: { value: 100_000, description: "What must not wait" } },
});

export const someTenants: TenantsRequest = tenants.parse({
  shop: {
    namespaces: {
      shop: { quota: { "requests.cpu": 20, "requests.memory": "64Gi", pods: 100 } },
      "shop-jobs": { quota: "unlimited", network: "open", podSecurity: "restricted", labels: { cost: "shop" } },
    },
    access: { edit: { groups: ["oidc:shop-developers"], iamRoles: [shopRole] }, view: { groups: ["oidc:everyone"] } },
  },
  billing: { namespaces: { billing: { quota: { pods: 10 } } }, access: { admin: { iamRoles: [shopRole] } } },
});
