import type { Instance } from "@aws-sdk/client-auto-scaling";
import { awsClient, allOf, ofCluster } from "../../aws/client.ts";
import { templateOf, ownGroups } from "../../aws/auto-scaling-groups.ts";
import type { ClusterIdentity } from "../../aws/client.ts";
import { existingInstances, isHere, lifecycleStates } from "../../aws/states.ts";
import { ownTemplates } from "../../aws/launch-templates.ts";
import type { Condition, Finding } from "../../model/conditions.ts";
import type { KopsClusterInputs } from "../../model/inputs.ts";
import { chooseGroups, controlPlaneRoles, nodeRoles, isControlPlane } from "../../model/instance-groups.ts";
import type { Role } from "../../model/instance-groups.ts";
import { cloudNameOf, cloudNamesOf } from "../../model/cloud-names.ts";
import { shortened } from "../../model/shortened.ts";

/** An Auto Scaling group and the launch template versions of its instances. */
export interface GroupVersions {
  /** Name of the Auto Scaling group. */
  name: string;
  /** Its desired capacity. */
  desired: number;
  /**
   * Launch template and version, `id:version`, of a new instance. For a group held at a version: the one it gets once
   * it follows its template (templates-followed.ts). Undefined when the template is gone.
   */
  newest: string | undefined;
  instances: { id: string; version: string | undefined }[];
  /** Instances that an interrupted roll detached from the group and did not terminate. */
  detached: string[];
}

const detachedTag = "kops.k8s.io/detached-from-asg";

/**
 * The versions of a cluster's instances, compared as kOps does (awsBuildCloudInstanceGroup in
 * upup/pkg/fi/cloudup/awsup), except for groups held at a version, and for instances that a lifecycle hook keeps in the
 * group while they end: kOps counts those. Asks AWS alone: `kops get instances` would wait for the Kubernetes API. Does
 * not see nodes annotated `kops.k8s.io/needs-update` by hand, nor instances of warm pools.
 */
export async function observeVersions(
  inputs: ClusterIdentity & Pick<KopsClusterInputs, "instanceGroups">,
): Promise<GroupVersions[]> {
  const { EC2Client, paginateDescribeInstances } = await import("@aws-sdk/client-ec2");
  const client = awsClient(EC2Client, inputs);
  const names = cloudNamesOf(inputs.name, inputs.instanceGroups);
  const [groups, detached] = await Promise.all([
    ownGroups(inputs, names),
    allOf(
      paginateDescribeInstances(
        { client },
        {
          Filters: [ofCluster(inputs.name), { Name: "tag-key", Values: [detachedTag] }, existingInstances],
        },
      ),
      (page) => page.Reservations?.flatMap((one) => one.Instances ?? []),
    ),
  ]);
  const templates = await ownTemplates(inputs, groups);
  const versions = new Map(
    templates.map((one) => [
      one.LaunchTemplateId,
      { latest: one.LatestVersionNumber, standard: one.DefaultVersionNumber },
    ]),
  );
  return groups.map((group) => {
    const template = templateOf(group);
    const known = template?.LaunchTemplateId === undefined ? undefined : versions.get(template.LaunchTemplateId);
    const asked = template?.Version;
    const version = asked === undefined || asked === "$Default" ? known?.standard : known?.latest;
    const members = (group.Instances ?? []).filter(
      (one) => one.InstanceId !== undefined && isHere(lifecycleStates, one.LifecycleState),
    );
    const ids = new Set(members.map((one) => one.InstanceId));
    return {
      name: group.AutoScalingGroupName ?? "",
      desired: group.DesiredCapacity ?? 0,
      newest:
        known === undefined || version === undefined ? undefined : `${template?.LaunchTemplateId ?? ""}:${version}`,
      instances: members.map((one) => ({ id: one.InstanceId ?? "", version: versionOf(one) })),
      detached: detached
        .filter(
          ({ InstanceId, Tags }) =>
            !ids.has(InstanceId) &&
            Tags?.some(({ Key, Value }) => Key === detachedTag && Value === group.AutoScalingGroupName),
        )
        .map(({ InstanceId }) => InstanceId ?? ""),
    };
  });
}

function versionOf({ LaunchTemplate }: Instance): string | undefined {
  return LaunchTemplate?.LaunchTemplateId === undefined
    ? undefined
    : `${LaunchTemplate.LaunchTemplateId}:${LaunchTemplate.Version ?? ""}`;
}

/** Ids of the instances that wait for a roll, by instance group, for groups that have any. */
export function waitingNodes(
  groups: readonly GroupVersions[],
  instanceGroups: KopsClusterInputs["instanceGroups"],
  cluster: string,
): Record<string, string[]> {
  const byName = new Map(groups.map((group) => [group.name, group]));
  const waiting: Record<string, string[]> = {};
  for (const [name, spec] of Object.entries(instanceGroups)) {
    const group = byName.get(cloudNameOf(name, spec, cluster));
    if (!group) continue;
    const old = group.instances.filter(({ version }) => version !== group.newest).map(({ id }) => id);
    if (old.length + group.detached.length > 0) waiting[name] = [...old, ...group.detached];
  }
  return waiting;
}

const parts: readonly {
  type: "ControlPlaneUpToDate" | "NodesUpToDate";
  roles: readonly Role[];
  controlPlane: boolean;
}[] = [
  { type: "ControlPlaneUpToDate", roles: controlPlaneRoles, controlPlane: true },
  { type: "NodesUpToDate", roles: nodeRoles, controlPlane: false },
];

/** How many groups a message names, and how many nodes of each: the outputs keep it. */
const namesShown = 10;

/**
 * Findings on nodes that wait for a roll. Nodes that the user holds back (manual strategy, excluded groups, outside a
 * window) keep their reason: otherwise the next `up` would take the choice for a fault.
 */
export function upToDateFindings(
  waiting: Readonly<Record<string, readonly string[]>>,
  inputs: Pick<KopsClusterInputs, "instanceGroups" | "rollingUpdate">,
  known: readonly Condition[],
): Finding[] {
  const options = inputs.rollingUpdate ?? {};
  return parts.map(({ type, roles, controlPlane }) => {
    const groups = Object.keys(waiting)
      .filter((group) => isControlPlane(inputs.instanceGroups[group] ?? {}) === controlPlane)
      .sort();
    const before = known.find((one) => one.type === type && one.status === "False");
    if (groups.length === 0) {
      // Nodes kept at the version of a waiting control plane match their template, but wait too.
      const kept = !controlPlane && before && Object.keys(waiting).length > 0 ? before : undefined;
      return kept
        ? { type, status: kept.status, reason: kept.reason, message: kept.message }
        : { type, status: "True", reason: "UpToDate", message: "" };
    }
    const { excluded } = chooseGroups(inputs.instanceGroups, roles, options);
    const chosen =
      options.strategy === "manual"
        ? "ManualStrategy"
        : groups.every((group) => excluded.includes(group))
          ? "Excluded"
          : undefined;
    const named = groups.map(
      (group) => `${group} ${shortened((waiting[group] ?? []).toSorted(), namesShown).join(", ")}`,
    );
    const message = shortened(named, namesShown).join("; ");
    return {
      type,
      status: "False",
      reason: chosen ?? before?.reason ?? "NeedsUpdate",
      message: `not up to date: ${message}`,
    };
  });
}
