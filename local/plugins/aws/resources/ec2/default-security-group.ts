import { text, type Context, type Handler } from "../../shared/handler.ts";
import { toList } from "../../shared/tags.ts";
import { applyRules, findGroup, observeGroup } from "./group-rules.ts";
import { ec2Of, tagEc2 } from "./shared.ts";

/** Adopts the group that every VPC has: it is neither created nor deleted, and gets the written rules. */
export const handler: Handler = {
  token: "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
  source: "terraform-provider-aws, internal/service/ec2/vpc_default_security_group.go, schema ForceNew",
  replace: ["vpcId"],
  defaults: { revokeRulesOnDelete: false },
  sets: ["egress", "ingress", "cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "securityGroups"],
  writeOnly: ["revokeRulesOnDelete"],

  async create(context, inputs) {
    const id = await defaultGroup(context, text(inputs, "vpcId"));
    context.created(id);
    const tags = toList(inputs["tagsAll"]);
    if (tags.length > 0) await ec2Of(context).createTags({ Resources: [id], Tags: tags });
    await applyRules(context, id, inputs, ["egress", "ingress"]);
    return id;
  },

  async read(context, id, state) {
    const group = await findGroup(context, id);
    return group && observeGroup(context, group, state);
  },

  update: (context, id, _olds, news) => applyRules(context, id, news, ["egress", "ingress"]),

  tag: tagEc2,

  // AWS deletes it only with its VPC; like the official plugin, leave it as it is.
  delete: () => Promise.resolve(),
};

async function defaultGroup(context: Context, vpc: string | undefined): Promise<string> {
  const ec2 = ec2Of(context);
  const { Vpcs: [fallback] = [] } =
    vpc === undefined ? await ec2.describeVpcs({ Filters: [{ Name: "isDefault", Values: ["true"] }] }) : {};
  const of = vpc ?? fallback?.VpcId;
  if (of === undefined) throw new Error("the region has no default VPC; give a vpcId");
  const { SecurityGroups: [group] = [] } = await ec2.describeSecurityGroups({
    Filters: [
      { Name: "group-name", Values: ["default"] },
      { Name: "vpc-id", Values: [of] },
    ],
  });
  if (group?.GroupId === undefined) throw new Error(`the VPC ${of} has no default security group`);
  return group.GroupId;
}
