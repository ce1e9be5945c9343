import { z } from "zod";
import { strict, type Issue } from "../../config/problems.ts";
import { deepMerge, isPlainObject, type PlainObject } from "../../config/merge.ts";

const settings = z.record(z.string(), z.unknown());

const addon = (description: string) =>
  z
    .union([z.boolean(), settings], { error: "must be true, false, or a mapping of kOps's settings for it" })
    .optional()
    .describe(`${description} true, false, or a mapping of kOps's own settings for it.`);

/** Managed add-ons of kOps: it installs them, and updates them with its own version. */
export const addons = strict({
  metricsServer: addon(
    "Metrics for autoscaling of pods and `kubectl top`, with certificates of cert-manager. Default: false.",
  ),
  clusterAutoscaler: addon(
    "Moves groups between their `minSize` and `maxSize`. Default: true as soon as a group has two different ones.",
  ),
  awsLoadBalancerController: addon(
    "Network and application load balancers for Services and Ingresses; each costs on its own. Needs " +
      "cert-manager. Default: false.",
  ),
  nodeTerminationHandler: addon("Drains nodes that AWS is about to take away, by an SQS queue. Default: true."),
  certManager: addon(
    "Certificates in the cluster. Default: true as soon as another add-on needs it; `managed: false` when it is " +
      "installed in another way.",
  ),
  snapshotController: addon("Snapshots of persistent volumes. Needs cert-manager. Default: false."),
  nodeLocalDNS: addon(
    "A DNS cache on each node: fewer and faster look-ups. Changing it replaces the nodes. Default: false.",
  ),
  podIdentityWebhook: addon(
    "Gives pods the credentials of their service account's IAM role by annotation, without settings of their own. " +
      "Needs cert-manager. Default: true as soon as `serviceAccounts` are given, else false.",
  ),
  nodeProblemDetector: addon("Reports trouble of kernel and disks as conditions and events of nodes. Default: false."),
  ebsCsiDriver: settings
    .optional()
    .describe(
      "kOps's settings for the EBS CSI driver, such as volumeAttachLimit; the driver itself is always there. " +
        "Default: kOps's own.",
    ),
}).describe("Managed add-ons of kOps: installed by it, and updated with its version.");

export type AddonsRequest = z.output<typeof addons>;

/** What of a request decides on add-ons that nobody named. */
export interface AddonNeeds {
  /** Whether any group has an autoscaler's bounds. */
  scaled: boolean;
  /** Whether roles are made for service accounts. */
  serviceAccounts: boolean;
}

type Addon = boolean | PlainObject | undefined;

const isOn = (one: Addon): boolean =>
  one !== undefined && one !== false && !(isPlainObject(one) && one["enabled"] === false);

const spec = (one: boolean | PlainObject): PlainObject =>
  typeof one === "boolean" ? { enabled: one } : { enabled: true, ...one };

const needingCertManager = [
  "metricsServer",
  "awsLoadBalancerController",
  "snapshotController",
  "podIdentityWebhook",
] as const;

function withDefaults(request: AddonsRequest, { scaled, serviceAccounts }: AddonNeeds): AddonsRequest {
  return {
    ...request,
    clusterAutoscaler: request.clusterAutoscaler ?? (scaled ? true : undefined),
    podIdentityWebhook: request.podIdentityWebhook ?? (serviceAccounts ? true : undefined),
  };
}

/** Of the add-ons that are on, those that kOps refuses without cert-manager. */
function waitingForCertManager(request: AddonsRequest): string[] {
  return needingCertManager.filter((name) => {
    const one = request[name];
    return isOn(one) && !(name === "metricsServer" && isPlainObject(one) && one["insecure"] === true);
  });
}

/** Add-ons that cannot be had together. */
export function addonProblems(given: AddonsRequest, needs: AddonNeeds): Issue[] {
  const request = withDefaults(given, needs);
  const waiting = waitingForCertManager(request);
  if (waiting.length === 0 || request.certManager === undefined || isOn(request.certManager)) return [];
  return [
    {
      path: ["addons", "certManager"],
      message:
        `cannot be off: ${waiting.join(", ")} need${waiting.length === 1 ? "s" : ""} it (managed: false says that ` +
        "it is installed in another way)",
    },
  ];
}

/** The parts of a ClusterSpec that are about managed add-ons. */
export function composeAddons(given: AddonsRequest, needs: AddonNeeds): PlainObject {
  const request = withDefaults(given, needs);
  const certManager = request.certManager ?? (waitingForCertManager(request).length > 0 ? true : undefined);
  const plain = {
    metricsServer: request.metricsServer,
    clusterAutoscaler: request.clusterAutoscaler,
    awsLoadBalancerController: request.awsLoadBalancerController,
    nodeTerminationHandler: request.nodeTerminationHandler,
    certManager,
    snapshotController: request.snapshotController,
    podIdentityWebhook: request.podIdentityWebhook,
    nodeProblemDetector: request.nodeProblemDetector,
  };
  const composed: PlainObject = Object.fromEntries(
    Object.entries(plain).flatMap(([name, one]) => (one === undefined ? [] : [[name, spec(one)]])),
  );
  return deepMerge(composed, {
    ...(request.nodeLocalDNS !== undefined && { kubeDNS: { nodeLocalDNS: spec(request.nodeLocalDNS) } }),
    ...(request.ebsCsiDriver && { cloudConfig: { awsEBSCSIDriver: request.ebsCsiDriver } }),
  });
}
