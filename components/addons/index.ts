export { Addons, type AddonsArgs, type AddonsCluster } from "./Addons.ts";
export { objectsInClusters, platformProblems, tenantProblems } from "./problems.ts";
export { platform, tenants, type PlatformRequest, type TenantsRequest } from "./request.ts";
