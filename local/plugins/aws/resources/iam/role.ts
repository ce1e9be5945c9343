import type { CheckFailure } from "../../../protocol/provider.ts";
import type { Props } from "../../../protocol/values.ts";
import { sameDocument } from "../../shared/documents.ts";
import { ifThere } from "../../shared/errors.ts";
import {
  bool,
  changed,
  delta,
  needText,
  number,
  objects,
  text,
  texts,
  type Context,
  type Handler,
} from "../../shared/handler.ts";
import { fromList, toList } from "../../shared/tags.ts";
import { decoded, iamOf } from "./shared.ts";

export const handler: Handler = {
  token: "aws:iam/role:Role",
  source: "terraform-provider-aws, internal/service/iam/role.go, schema ForceNew",
  replace: ["name", "namePrefix", "path"],
  defaults: { forceDetachPolicies: false, maxSessionDuration: 3600, path: "/" },
  global: true,
  autoname: { property: "name", prefixProperty: "namePrefix", max: 64 },
  documents: ["assumeRolePolicy"],
  sets: ["inlinePolicies", "managedPolicyArns"],
  same: { policy: sameDocument },
  writeOnly: ["forceDetachPolicies", "namePrefix"],
  validate(inputs): CheckFailure[] {
    const seconds = number(inputs, "maxSessionDuration");
    return seconds !== undefined && (seconds < 3600 || seconds > 43200)
      ? [
          {
            property: "maxSessionDuration",
            reason: `${seconds} seconds are not between one hour (3600) and twelve (43200)`,
          },
        ]
      : [];
  },

  async create(context, inputs) {
    const iam = iamOf(context);
    const name = text(inputs, "name") ?? `${needText(inputs, "namePrefix")}${Date.now()}`;
    const tags = toList(inputs["tagsAll"]);
    await iam.createRole({
      RoleName: name,
      AssumeRolePolicyDocument: needText(inputs, "assumeRolePolicy"),
      Path: text(inputs, "path"),
      MaxSessionDuration: number(inputs, "maxSessionDuration"),
      ...(text(inputs, "description") && { Description: text(inputs, "description") }),
      ...(text(inputs, "permissionsBoundary") && { PermissionsBoundary: text(inputs, "permissionsBoundary") }),
      ...(tags.length > 0 && { Tags: tags }),
    });
    context.created(name);
    await applyPolicies(context, name, {}, inputs);
    return name;
  },

  async read(context, id) {
    const iam = iamOf(context);
    const { Role: role } = await iam.getRole({ RoleName: id });
    if (role === undefined) return undefined;
    const [attached, inline, tags] = await Promise.all([
      managedPolicies(context, id),
      inlinePolicies(context, id),
      iam.listRoleTags({ RoleName: id }),
    ]);
    return {
      state: {
        arn: role.Arn,
        assumeRolePolicy: decoded(role.AssumeRolePolicyDocument),
        createDate: role.CreateDate?.toISOString(),
        description: role.Description,
        inlinePolicies: inline,
        managedPolicyArns: attached,
        maxSessionDuration: role.MaxSessionDuration,
        name: role.RoleName,
        namePrefix: "",
        path: role.Path,
        permissionsBoundary: role.PermissionsBoundary?.PermissionsBoundaryArn,
        uniqueId: role.RoleId,
      },
      tags: fromList(tags.Tags),
    };
  },

  async update(context, id, olds, news) {
    const iam = iamOf(context);
    if (changed(olds, news, "assumeRolePolicy")) {
      await iam.updateAssumeRolePolicy({ RoleName: id, PolicyDocument: needText(news, "assumeRolePolicy") });
    }
    if (changed(olds, news, "description", "maxSessionDuration")) {
      await iam.updateRole({
        RoleName: id,
        Description: text(news, "description") ?? "",
        MaxSessionDuration: number(news, "maxSessionDuration"),
      });
    }
    if (changed(olds, news, "permissionsBoundary")) {
      const boundary = text(news, "permissionsBoundary");
      if (boundary) await iam.putRolePermissionsBoundary({ RoleName: id, PermissionsBoundary: boundary });
      else await iam.deleteRolePermissionsBoundary({ RoleName: id });
    }
    await applyPolicies(context, id, olds, news);
  },

  async tag(context, id, { set, remove }) {
    if (remove.length > 0) await iamOf(context).untagRole({ RoleName: id, TagKeys: [...remove] });
    if (Object.keys(set).length > 0) await iamOf(context).tagRole({ RoleName: id, Tags: toList(set) });
  },

  async delete(context, id, state) {
    const iam = iamOf(context);
    // Like the official plugin: removes with the role what this resource attached, and the rest only on demand.
    const all = bool(state, "forceDetachPolicies") ?? false;
    const arns = all ? await managedPolicies(context, id) : texts(state, "managedPolicyArns");
    const names = (all ? await inlinePolicies(context, id) : objects(state, "inlinePolicies")).map(
      (policy) => policy["name"],
    );
    // A refresh also lists policies that are separate resources: they may be gone by now.
    for (const PolicyArn of arns) await ifThere(() => iam.detachRolePolicy({ RoleName: id, PolicyArn }));
    for (const PolicyName of names)
      if (typeof PolicyName === "string") await ifThere(() => iam.deleteRolePolicy({ RoleName: id, PolicyName }));
    await iam.deleteRole({ RoleName: id });
  },
};

async function managedPolicies(context: Context, role: string): Promise<string[]> {
  const { AttachedPolicies: policies = [] } = await iamOf(context).listAttachedRolePolicies({
    RoleName: role,
    MaxItems: 1000,
  });
  return policies.flatMap(({ PolicyArn }) => PolicyArn ?? []).toSorted();
}

async function inlinePolicies(context: Context, role: string): Promise<{ name: string; policy: string }[]> {
  const { PolicyNames: names = [] } = await iamOf(context).listRolePolicies({ RoleName: role, MaxItems: 1000 });
  return Promise.all(
    names.toSorted().map(async (name) => {
      const { PolicyDocument: document } = await iamOf(context).getRolePolicy({ RoleName: role, PolicyName: name });
      return { name, policy: decoded(document) };
    }),
  );
}

// If left out, somebody else owns them: policies and attachments can be separate resources.
async function applyPolicies(context: Context, role: string, olds: Props, news: Props): Promise<void> {
  const iam = iamOf(context);
  if (news["managedPolicyArns"] !== undefined) {
    const { add, remove } = delta(texts(olds, "managedPolicyArns"), texts(news, "managedPolicyArns"));
    for (const PolicyArn of add) await iam.attachRolePolicy({ RoleName: role, PolicyArn });
    for (const PolicyArn of remove) await iam.detachRolePolicy({ RoleName: role, PolicyArn });
  }
  if (news["inlinePolicies"] !== undefined) {
    const wanted = objects(news, "inlinePolicies").filter((policy) => text(policy, "name") !== undefined);
    for (const policy of wanted) {
      await iam.putRolePolicy({
        RoleName: role,
        PolicyName: needText(policy, "name"),
        PolicyDocument: text(policy, "policy"),
      });
    }
    for (const policy of objects(olds, "inlinePolicies")) {
      if (!wanted.some(({ name }) => name === policy["name"]))
        await iam.deleteRolePolicy({ RoleName: role, PolicyName: needText(policy, "name") });
    }
  }
}
