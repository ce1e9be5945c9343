import type { SecurityGroup } from "@aws-sdk/client-ec2";
import type { Props } from "../../../protocol/values.ts";
import { hasCode } from "../../shared/errors.ts";
import { objects, type Context, type Observed } from "../../shared/handler.ts";
import { fromArguments, fromAws, observedRules, permissionDelta, toAws, type Permission } from "./permissions.ts";
import { arnOf, ec2Of, tagsOf } from "./shared.ts";

export async function findGroup(context: Context, id: string): Promise<SecurityGroup | undefined> {
  const { SecurityGroups: [group] = [] } = await ec2Of(context).describeSecurityGroups({ GroupIds: [id] });
  return group;
}

export async function observeGroup(context: Context, group: SecurityGroup, state: Props): Promise<Observed> {
  const id = group.GroupId ?? "";
  const owner = group.OwnerId ?? (await context.account());
  return {
    state: {
      arn: arnOf(context, owner, `security-group/${id}`),
      description: group.Description,
      egress: observedRules(fromAws(group.IpPermissionsEgress), state, "egress", id),
      ingress: observedRules(fromAws(group.IpPermissions), state, "ingress", id),
      name: group.GroupName,
      namePrefix: "",
      ownerId: owner,
      vpcId: group.VpcId,
    },
    tags: tagsOf(group),
  };
}

/** Sets the rules of a group to the arguments. Adds new rules first, so that permitted traffic is never cut. */
export async function applyRules(
  context: Context,
  id: string,
  wish: Props,
  directions: readonly ("ingress" | "egress")[],
): Promise<void> {
  const group = await findGroup(context, id);
  for (const direction of directions) {
    const now = fromAws(direction === "ingress" ? group?.IpPermissions : group?.IpPermissionsEgress);
    const { add, remove } = permissionDelta(now, fromArguments(objects(wish, direction), id));
    const peerOf = ({ protocol, from, to, kind, peer }: Permission): string =>
      [protocol, from, to, kind, peer].join(" ");
    // A rule cannot coexist with the same rule under another description.
    const reworded = new Set(add.map(peerOf));
    await revoke(
      context,
      id,
      direction,
      remove.filter((permission) => reworded.has(peerOf(permission))),
    );
    await authorize(context, id, direction, add);
    await revoke(
      context,
      id,
      direction,
      remove.filter((permission) => !reworded.has(peerOf(permission))),
    );
  }
}

async function authorize(
  context: Context,
  id: string,
  direction: "ingress" | "egress",
  permissions: readonly Permission[],
): Promise<void> {
  if (permissions.length === 0) return;
  const request = { GroupId: id, IpPermissions: permissions.map(toAws) };
  await (direction === "ingress"
    ? ec2Of(context).authorizeSecurityGroupIngress(request)
    : ec2Of(context).authorizeSecurityGroupEgress(request));
}

async function revoke(
  context: Context,
  id: string,
  direction: "ingress" | "egress",
  permissions: readonly Permission[],
): Promise<void> {
  if (permissions.length === 0) return;
  const request = { GroupId: id, IpPermissions: permissions.map(toAws) };
  try {
    await (direction === "ingress"
      ? ec2Of(context).revokeSecurityGroupIngress(request)
      : ec2Of(context).revokeSecurityGroupEgress(request));
  } catch (error) {
    if (!hasCode(error, "InvalidPermission.NotFound")) throw error;
  }
}
