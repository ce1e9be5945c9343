import { z } from "zod";
import { strict, type Issue } from "../../config/problems.ts";
import { deepMerge, isPlainObject, type PlainObject } from "../../config/merge.ts";

const settings = z.record(z.string(), z.unknown());

const addon = (description: string) =>
  z
    .union([z.boolean(), settings], { error: "must be true, false, or a mapping of kOps's settings for it" })
    .optional()
    .describe(`${description} true, false, or a mapping of kOps's own settings for it.`);

const addons = strict({
  metricsServer: addon(
    "Metrics for autoscaling of pods and `kubectl top`, with certificates of cert-manager. Default: false.",
  ),
  clusterAutoscaler: addon(
    "Scales groups between `minSize` and `maxSize`. Default: true as soon as they differ in a group.",
  ),
  awsLoadBalancerController: addon(
    "Network and application load balancers for Services and Ingresses; each is charged separately. Needs " +
      "cert-manager. Default: false.",
  ),
  nodeTerminationHandler: addon(
    "Drains nodes that AWS is about to terminate; learns of them from an SQS queue. Default: true.",
  ),
  certManager: addon(
    "Certificates in the cluster. Default: true as soon as another add-on needs it. Set `managed: false` if you " +
      "install it another way.",
  ),
  snapshotController: addon("Snapshots of persistent volumes. Needs cert-manager. Default: false."),
  nodeLocalDNS: addon(
    "A DNS cache on each node: fewer and faster lookups. Changing it replaces the nodes. Default: false.",
  ),
  podIdentityWebhook: addon(
    "Gives pods the credentials of their service account's IAM role, without settings in the pod. Needs " +
      "cert-manager. Default: true as soon as `serviceAccounts` are given, else false.",
  ),
  nodeProblemDetector: addon("Reports kernel and disk problems as node conditions and events. Default: false."),
  ebsCsiDriver: settings
    .optional()
    .describe(
      "kOps's settings for the EBS CSI driver, such as volumeAttachLimit; the driver is always installed. Default: " +
        "kOps's own.",
    ),
}).describe("Managed add-ons of kOps. kOps installs them and updates them with its own version.");

export const addonKeys = { addons: addons.prefault({}) };

export type AddonsRequest = z.output<typeof addons>;

/** What decides whether an add-on that no file names is on. */
export interface AddonNeeds {
  /** Whether `minSize` and `maxSize` differ in any group. */
  scaled: boolean;
  /** Whether kOps makes roles for service accounts. */
  serviceAccounts: boolean;
}

type Addon = boolean | PlainObject | undefined;

export const isOn = (one: Addon): boolean =>
  one !== undefined && one !== false && !(isPlainObject(one) && one["enabled"] === false);

const spec = (one: boolean | PlainObject): PlainObject =>
  typeof one === "boolean" ? { enabled: one } : { enabled: true, ...one };

const certManagerUsers = [
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

/** The enabled add-ons that kOps refuses without cert-manager. */
function needCertManager(request: AddonsRequest): string[] {
  return certManagerUsers.filter((name) => {
    const one = request[name];
    return isOn(one) && !(name === "metricsServer" && isPlainObject(one) && one["insecure"] === true);
  });
}

/** Add-ons that do not work together. */
export function addonProblems(given: AddonsRequest, needs: AddonNeeds): Issue[] {
  const request = withDefaults(given, needs);
  const needing = needCertManager(request);
  if (needing.length === 0 || request.certManager === undefined || isOn(request.certManager)) return [];
  return [
    {
      path: ["addons", "certManager"],
      message:
        `cannot be off: ${needing.join(", ")} need${needing.length === 1 ? "s" : ""} it (set managed: false if you ` +
        "install it another way)",
    },
  ];
}

/** The managed add-ons of a ClusterSpec. */
export function composeAddons(given: AddonsRequest, needs: AddonNeeds): PlainObject {
  const request = withDefaults(given, needs);
  const certManager = request.certManager ?? (needCertManager(request).length > 0 ? true : undefined);
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
