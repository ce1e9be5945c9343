import { needText, type Handler } from "../../shared/handler.ts";
import { iamOf } from "./shared.ts";

export const handler: Handler = {
  token: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  source: "terraform-provider-aws, internal/service/iam/role_policy_attachment.go, schema ForceNew",
  replace: ["policyArn", "role"],
  global: true,

  async create(context, inputs) {
    const [role, arn] = [needText(inputs, "role"), needText(inputs, "policyArn")];
    await iamOf(context).attachRolePolicy({ RoleName: role, PolicyArn: arn });
    return `${role}/${arn}`;
  },

  async read(context, id) {
    const { role, arn } = parts(id);
    const { AttachedPolicies: policies = [] } = await iamOf(context).listAttachedRolePolicies({
      RoleName: role,
      MaxItems: 1000,
    });
    return policies.some(({ PolicyArn }) => PolicyArn === arn) ? { state: { policyArn: arn, role } } : undefined;
  },

  async delete(context, id) {
    const { role, arn } = parts(id);
    await iamOf(context).detachRolePolicy({ RoleName: role, PolicyArn: arn });
  },
};

// A role's name has no slash; an ARN can have one.
function parts(id: string): { role: string; arn: string } {
  const slash = id.indexOf("/");
  return { role: id.slice(0, slash), arn: id.slice(slash + 1) };
}
