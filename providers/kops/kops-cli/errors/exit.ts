import type { Cause } from "../../model/errors.ts";

/** One cause per line. */
export function causesText(causes: readonly Cause[]): string {
  return causes.map(({ property, reason }) => `${property} ${reason}`.trim()).join("\n  ");
}

/** Fields that kOps keeps under `networking`, where v1alpha2 does not (pkg/apis/kops/networking.go). */
const movedFromNetworking =
  /^networking\.(?=(networkID|networkCIDR|additionalNetworkCIDRs|subnets|tagSubnets|topology|egressProxy|nonMasqueradeCIDR|podCIDR|serviceClusterIPRange|isolateControlPlane)\b)/;

/** Fields of an InstanceGroupSpec and no other: where kOps validates a group alone, it does not name it. */
const onlyOfGroups =
  /^(role|minSize|maxSize|image|machineType|rootVolume|volumes|volumeMounts|mixedInstancesPolicy|tenancy|instanceMetadata|cpuCredits|maxInstanceLifetime|maxPrice|taints|nodeLabels|additionalSecurityGroups|securityGroupOverride|additionalUserData|manager)\b/;

/** A path of kOps's validation: `spec.networking.subnets[0].egress`, or `nodes.spec.image` of a group. */
const invalidField =
  /(?:^|(?<=[[\s]))(?:([a-z0-9][-a-z0-9.]*)\.)?spec\.([A-Za-z][\w.[\]"-]*): (?=(?:Invalid value|Required value|Forbidden|Unsupported value|Duplicate value|Not found|Too (?:long|many|short)|Internal error))/g;

/** The fields that kOps's validation refuses, each with kOps's text (field.Error of k8s.io/apimachinery). */
function invalidFields(error: string): Cause[] {
  const found = [...error.matchAll(invalidField)];
  // Several errors are in brackets.
  const end = error[(found[0]?.index ?? 0) - 1] === "[" ? error.lastIndexOf("]") : error.length;
  return found.map((match, index) => {
    const [whole, group, path = ""] = match;
    const property =
      group !== undefined
        ? `instanceGroups.${group}.${path}`
        : onlyOfGroups.test(path)
          ? `instanceGroups: ${path}`
          : `cluster.${path.replace(movedFromNetworking, "")}`;
    const text = error.slice(match.index + whole.length, found[index + 1]?.index ?? end).replace(/[,\s[]+$/, "");
    return { property, reason: `is refused by kOps: ${text}` };
  });
}

/** Versions that do not fit, by the blocks that kOps prints (ApplyClusterCmd in upup/pkg/fi/cloudup). */
const versionBlocks: readonly { pattern: RegExp; property: string; reason: string }[] = [
  {
    pattern: /This version of Kubernetes is no longer supported/i,
    property: "cluster.kubernetesVersion",
    reason: "is too old for this version of kOps",
  },
  {
    pattern: /This version of kubernetes is not yet supported/i,
    property: "cluster.kubernetesVersion",
    reason: "is newer than this version of kOps knows",
  },
  {
    pattern: /This version of kops \([^)]*\) is no longer supported/,
    property: "kopsVersion",
    reason: "is obsolete by the channel of the cluster",
  },
  {
    pattern: /The cluster was last updated by kops version (\S+)/,
    property: "kopsVersion",
    reason: "is older than the kOps that last wrote the cluster: to use it anyway, set allowDowngrade: true",
  },
];

/** The oldest Kubernetes that is not deprecated, at the end of the link that kOps prints. */
const recommended = /upgrade_k8s\S*#(\d+\.\d+)/;

/** Why a command of kOps ended at once, by property. `error`: its error; `stdout`: what it printed before. */
export function exitCauses(error: string, stdout: string): Cause[] {
  const block = versionBlocks.find(({ pattern }) => pattern.test(stdout));
  if (!block || !/upgrade is required|older than last used/.test(error)) return invalidFields(error);
  const than = block.property === "kopsVersion" ? undefined : recommended.exec(stdout)?.[1];
  const hint = than === undefined ? "" : ` (it recommends ${than} or newer)`;
  return [{ property: block.property, reason: `${block.reason}${hint}: ${error}` }];
}
