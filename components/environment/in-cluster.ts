import { Addons } from "../addons/index.ts";
import type { ClusterRequest, KubernetesCluster, ManifestRequest } from "../cluster/index.ts";
import type { StackConfig } from "./config.ts";
import { SmokeTest } from "../smoke-test/index.ts";

const isEmpty = ({ platform: { storageClass, priorityClasses, charts }, tenants }: StackConfig): boolean =>
  storageClass === undefined && [priorityClasses, charts, tenants].every((part) => Object.keys(part).length === 0);

/** Whether nodes may be on an older version after a successful `up`, because they are rolled later on purpose. */
function delaysRolls({ rollingUpdate: options = {} }: ClusterRequest | ManifestRequest): boolean {
  const { strategy, includeGroups, excludeGroups, includeRoles, excludeRoles, maintenanceWindows } = options;
  return (
    strategy === "manual" ||
    [includeGroups, excludeGroups, includeRoles, excludeRoles, maintenanceWindows].some((part) => part !== undefined)
  );
}

/**
 * The platform and app teams of one cluster. Logs in by read access to the state store, which the run has: everybody
 * else's rights are made here.
 */
export function createAddons(
  cluster: KubernetesCluster,
  request: ClusterRequest | ManifestRequest,
  config: StackConfig,
): Addons | undefined {
  if (isEmpty(config)) return undefined;
  const { platform, tenants } = config;
  const { name } = cluster.outputs;
  return new Addons(request.name, {
    cluster: {
      name,
      kubeconfig: cluster.programKubeconfig,
      iamLogin: cluster.iamLogin,
      ipv6: cluster.ipv6,
      resource: cluster.kops,
    },
    platform,
    tenants,
  });
}

/** The smoke test of one cluster, repeated whenever another spec was applied. */
export function createSmokeTest(
  cluster: KubernetesCluster,
  request: ClusterRequest | ManifestRequest,
  config: StackConfig,
): SmokeTest | undefined {
  if (!config.smokeTest.enabled) return undefined;
  return new SmokeTest(request.name, {
    login: cluster.login,
    kubernetesVersion: cluster.outputs.kubernetesVersion,
    olderNodes: delaysRolls(request),
    triggers: [cluster.kops.appliedDigest],
    request: config.smokeTest,
  });
}
