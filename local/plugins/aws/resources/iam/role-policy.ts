import { needText, text, type Handler } from "../../shared/handler.ts";
import { decoded, iamOf } from "./shared.ts";

export const handler: Handler = {
  token: "aws:iam/rolePolicy:RolePolicy",
  source: "terraform-provider-aws, internal/service/iam/role_policy.go, schema ForceNew",
  replace: ["name", "namePrefix", "role"],
  global: true,
  autoname: { property: "name", prefixProperty: "namePrefix", max: 128 },
  documents: ["policy"],
  writeOnly: ["namePrefix"],

  async create(context, inputs) {
    const role = needText(inputs, "role");
    const name = text(inputs, "name") ?? `${needText(inputs, "namePrefix")}${Date.now()}`;
    await iamOf(context).putRolePolicy({
      RoleName: role,
      PolicyName: name,
      PolicyDocument: needText(inputs, "policy"),
    });
    return `${role}:${name}`;
  },

  async read(context, id) {
    const { role, name } = parts(id);
    const { PolicyDocument: document } = await iamOf(context).getRolePolicy({ RoleName: role, PolicyName: name });
    return { state: { name, namePrefix: "", policy: decoded(document), role } };
  },

  async update(context, id, _olds, news) {
    const { role, name } = parts(id);
    await iamOf(context).putRolePolicy({ RoleName: role, PolicyName: name, PolicyDocument: needText(news, "policy") });
  },

  async delete(context, id) {
    const { role, name } = parts(id);
    await iamOf(context).deleteRolePolicy({ RoleName: role, PolicyName: name });
  },
};

function parts(id: string): { role: string; name: string } {
  const [role = "", ...name] = id.split(":");
  return { role, name: name.join(":") };
}
