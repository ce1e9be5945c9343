import { bool, text, type Handler } from "../../shared/handler.ts";
import { applyRules, findGroup, observeGroup } from "./group-rules.ts";
import { ec2Of, tagEc2, tagSpecifications, whenFree } from "./shared.ts";

export const handler: Handler = {
  token: "aws:ec2/securityGroup:SecurityGroup",
  source: "terraform-provider-aws, internal/service/ec2/vpc_security_group.go, schema ForceNew",
  replace: ["description", "name", "namePrefix", "vpcId"],
  defaults: { description: "Managed by Pulumi", revokeRulesOnDelete: false },
  autoname: { property: "name", prefixProperty: "namePrefix", max: 255 },
  sets: ["egress", "ingress", "cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "securityGroups"],
  writeOnly: ["namePrefix", "revokeRulesOnDelete"],

  async create(context, inputs) {
    const ec2 = ec2Of(context);
    const { GroupId: id = "" } = await ec2.createSecurityGroup({
      GroupName: text(inputs, "name") ?? `${text(inputs, "namePrefix") ?? "group"}${Date.now()}`,
      Description: text(inputs, "description"),
      ...(text(inputs, "vpcId") && { VpcId: text(inputs, "vpcId") }),
      ...tagSpecifications("security-group", inputs),
    });
    context.created(id);
    // AWS gives a new group a rule that allows all outgoing traffic; the official plugin removes it, so that only
    // written rules apply.
    await applyRules(context, id, inputs, ["egress", "ingress"]);
    return id;
  },

  async read(context, id, state) {
    const group = await findGroup(context, id);
    return group && observeGroup(context, group, state);
  },

  // If left out, somebody else owns the rules: rules can be separate resources.
  update: (context, id, _olds, news) =>
    applyRules(
      context,
      id,
      news,
      (["egress", "ingress"] as const).filter((direction) => news[direction] !== undefined),
    ),

  tag: tagEc2,

  async delete(context, id, state) {
    if (bool(state, "revokeRulesOnDelete")) await applyRules(context, id, {}, ["egress", "ingress"]);
    await whenFree(context, `the security group ${id}`, () => ec2Of(context).deleteSecurityGroup({ GroupId: id }));
  },
};
