import { isRecord } from "./spec.ts";
import { hasUnknown } from "./unknown.ts";

/** Which groups a roll takes. Nothing set takes all; what is left out by one of the four is left out. */
export interface GroupChoice {
  includeGroups?: readonly string[] | undefined;
  excludeGroups?: readonly string[] | undefined;
  includeRoles?: readonly Role[] | undefined;
  excludeRoles?: readonly Role[] | undefined;
}

/** Whether a roll takes some groups and leaves others out. */
export function choosesGroups({ includeGroups, excludeGroups, includeRoles, excludeRoles }: GroupChoice): boolean {
  return (includeGroups ?? excludeGroups ?? includeRoles ?? excludeRoles) !== undefined;
}

export interface ChosenGroups {
  /** In the order in which they are rolled. */
  chosen: string[];
  /** Left out by the options, in the same order. */
  excluded: string[];
}

/** Groups that run the Kubernetes API. */
export const controlPlaneRoles: readonly Role[] = ["ControlPlane", "APIServer"];

/** All others. */
export const nodeRoles: readonly Role[] = ["Node", "Bastion"];

/** All, in the order in which they are rolled. */
export const allRoles: readonly Role[] = [...controlPlaneRoles, "Bastion", "Node"];

/**
 * Groups in the order in which they are rolled. Control plane and then API servers first, for nodes must never be newer
 * than those; then bastions and nodes. Each by name, as kOps does (sortGroups in pkg/instancegroups/rollingupdate.go).
 */
export function inRollOrder(groups: Record<string, Record<string, unknown>>): [string, Record<string, unknown>][] {
  const turn = (group: Record<string, unknown>): number => allRoles.indexOf(roleOf(group));
  return Object.entries(groups).sort(([a, one], [b, other]) => turn(one) - turn(other) || (a < b ? -1 : 1));
}

/** The groups of some roles, split into those to roll and those left out, both in the order of {@link inRollOrder}. */
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
 * Names in `rollingUpdate.includeGroups` and `excludeGroups` that no group has: most likely typing errors, by which the
 * wrong groups would roll, or none. Values that are not known yet may be right.
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

/** Whether an instance group names its image. An empty one is one left out, as kOps has it. */
export function hasImage(group: Record<string, unknown>): boolean {
  const { image } = group;
  return image !== undefined && image !== null && image !== "";
}

/**
 * The parameter of the Systems Manager that a group takes its image from, `ssm:<name>`: whatever it says (ResolveImage
 * in kOps).
 */
export function imageParameterOf({ image }: Record<string, unknown>): string | undefined {
  return typeof image === "string" && image.startsWith("ssm:") ? image : undefined;
}

/** Whether an instance group names one image, which no time changes. */
export function isFixedImage(group: Record<string, unknown>): boolean {
  return hasImage(group) && imageParameterOf(group) === undefined;
}

/** Roles as kOps writes them; older manifests say Master for ControlPlane. */
export type Role = "ControlPlane" | "APIServer" | "Node" | "Bastion";

export function roleOf(group: Record<string, unknown>): Role {
  const role = group["role"];
  if (role === "Master" || role === "ControlPlane") return "ControlPlane";
  if (role === "APIServer" || role === "Bastion") return role;
  return "Node";
}

/**
 * Whether Karpenter makes a group's nodes: kOps then makes neither an Auto Scaling group nor a launch template for it
 * (pkg/model/awsmodel/autoscalinggroup.go).
 */
export function isKarpenter(group: Record<string, unknown>): boolean {
  return group["manager"] === "Karpenter";
}

/** Groups that kOps must bring up to date before the others: they run the Kubernetes API. */
export function isControlPlane(group: Record<string, unknown>): boolean {
  const role = roleOf(group);
  return role === "ControlPlane" || role === "APIServer";
}
