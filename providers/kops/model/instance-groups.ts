import { isRecord } from "./spec.ts";
import { hasUnknown } from "./unknown.ts";

/** Roles of instance groups. Older manifests write Master for ControlPlane. */
export type Role = "ControlPlane" | "APIServer" | "Node" | "Bastion";

export function roleOf(group: Record<string, unknown>): Role {
  const role = group["role"];
  if (role === "Master" || role === "ControlPlane") return "ControlPlane";
  if (role === "APIServer" || role === "Bastion") return role;
  return "Node";
}

/**
 * Whether Karpenter makes the nodes of a group. kOps then makes no Auto Scaling group and no launch template for it
 * (pkg/model/awsmodel/autoscalinggroup.go).
 */
export function isKarpenter(group: Record<string, unknown>): boolean {
  return group["manager"] === "Karpenter";
}

/** Whether a group runs the Kubernetes API, so that kOps must bring it up to date before the others. */
export function isControlPlane(group: Record<string, unknown>): boolean {
  return controlPlaneRoles.includes(roleOf(group));
}

/** Whether an instance group names its image. To kOps, an empty image is none. */
export function hasImage(group: Record<string, unknown>): boolean {
  const { image } = group;
  return image !== undefined && image !== null && image !== "";
}

/** The Systems Manager parameter, `ssm:<name>`, that a group takes its image from, if any (ResolveImage in kOps). */
export function imageParameterOf({ image }: Record<string, unknown>): string | undefined {
  return typeof image === "string" && image.startsWith("ssm:") ? image : undefined;
}

/** Whether an instance group names an image that does not change by itself. */
export function isFixedImage(group: Record<string, unknown>): boolean {
  return hasImage(group) && imageParameterOf(group) === undefined;
}

/** The groups that a roll includes: all groups that none of the four options leaves out. */
export interface GroupChoice {
  includeGroups?: readonly string[] | undefined;
  excludeGroups?: readonly string[] | undefined;
  includeRoles?: readonly Role[] | undefined;
  excludeRoles?: readonly Role[] | undefined;
}

/** Whether a roll is limited to some groups. */
export function choosesGroups({ includeGroups, excludeGroups, includeRoles, excludeRoles }: GroupChoice): boolean {
  return (includeGroups ?? excludeGroups ?? includeRoles ?? excludeRoles) !== undefined;
}

export interface ChosenGroups {
  /** In roll order. */
  chosen: string[];
  /** Those that the options leave out, in roll order. */
  excluded: string[];
}

/** Roles of groups that run the Kubernetes API. */
export const controlPlaneRoles: readonly Role[] = ["ControlPlane", "APIServer"];

/** All other roles. */
export const nodeRoles: readonly Role[] = ["Node", "Bastion"];

/** All roles, in roll order. */
export const allRoles: readonly Role[] = [...controlPlaneRoles, "Bastion", "Node"];

/**
 * Groups in roll order: the control plane, then API servers, because nodes must never be newer than those, then
 * bastions and nodes. Within a role they are sorted by name, as in kOps (sortGroups in
 * pkg/instancegroups/rollingupdate.go).
 */
export function inRollOrder(groups: Record<string, Record<string, unknown>>): [string, Record<string, unknown>][] {
  const rank = (group: Record<string, unknown>): number => allRoles.indexOf(roleOf(group));
  return Object.entries(groups).sort(([a, one], [b, other]) => rank(one) - rank(other) || (a < b ? -1 : 1));
}

/** Splits the groups of these roles into those to roll and those left out, both in roll order. */
export function chooseGroups(
  groups: Record<string, Record<string, unknown>>,
  roles: readonly Role[],
  choice: GroupChoice,
): ChosenGroups {
  const { includeGroups, excludeGroups = [], includeRoles, excludeRoles = [] } = choice;
  const ordered = inRollOrder(groups)
    .map(([name, spec]) => ({ name, role: roleOf(spec) }))
    .filter(({ role }) => roles.includes(role));
  const takes = ({ name, role }: { name: string; role: Role }): boolean =>
    (includeGroups?.includes(name) ?? true) &&
    (includeRoles?.includes(role) ?? true) &&
    !excludeGroups.includes(name) &&
    !excludeRoles.includes(role);
  return {
    chosen: ordered.filter(takes).map(({ name }) => name),
    excluded: ordered.filter((group) => !takes(group)).map(({ name }) => name),
  };
}

/**
 * Names in `rollingUpdate.includeGroups` and `excludeGroups` that no group has. They are most likely typing errors, and
 * the wrong groups would roll, or none. Unknown values pass.
 */
export function unknownRollGroups(inputs: Record<string, unknown>): { property: string; reason: string }[] {
  const { instanceGroups: groups, rollingUpdate: options } = inputs;
  if (!isRecord(groups) || !isRecord(options) || hasUnknown(groups)) return [];
  return ["includeGroups", "excludeGroups"].flatMap((option) => {
    const names: unknown = options[option];
    if (!Array.isArray(names) || hasUnknown(names)) return [];
    return names.flatMap((name: unknown, index) =>
      typeof name !== "string" || name in groups
        ? []
        : [
            {
              property: `rollingUpdate.${option}[${index}]`,
              reason: `there is no instance group ${name} (there are ${Object.keys(groups).join(", ")})`,
            },
          ],
    );
  });
}
