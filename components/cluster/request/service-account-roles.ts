import type { Issue } from "../../config/problems.ts";
import { isPlainObject, type PlainObject } from "../../config/merge.ts";
import { isOn, type AddonsRequest } from "./addons.ts";

const instead =
  "pilot:stateStore.discovery of the environment is none, so AWS cannot check tokens of service accounts; choose " +
  "another discovery, or";

const nodeRights = "give the nodes' role the rights under `policies`";

/**
 * What a cluster file asks for that needs IAM roles of service accounts, in an environment that has none. kOps's own
 * add-ons then use the control plane's role. A cluster that publishes documents of its own may have all of it.
 */
export function roleProblems({
  serviceAccounts,
  addons,
  kops,
}: {
  serviceAccounts?: unknown;
  addons: AddonsRequest;
  kops?: { cluster?: PlainObject | undefined } | undefined;
}): Issue[] {
  const { serviceAccountIssuerDiscovery, karpenter } = kops?.cluster ?? {};
  if (serviceAccountIssuerDiscovery !== undefined) return [];
  const { podIdentityWebhook, certManager } = addons;
  return [
    ...(serviceAccounts === undefined
      ? []
      : [{ path: ["serviceAccounts"], message: `cannot have IAM roles: ${instead} ${nodeRights}` }]),
    ...(isOn(podIdentityWebhook)
      ? [{ path: ["addons", "podIdentityWebhook"], message: `cannot work: ${instead} leave it out` }]
      : []),
    ...(isPlainObject(certManager) && certManager["hostedZoneIDs"] !== undefined
      ? [{ path: ["addons", "certManager", "hostedZoneIDs"], message: `cannot work: ${instead} leave it out` }]
      : []),
    ...(isPlainObject(karpenter) && karpenter["enabled"] === true
      ? [{ path: ["kops", "cluster", "karpenter"], message: `cannot work: ${instead} use groups of Auto Scaling` }]
      : []),
  ];
}
