import type { SecurityGroupRule, SecurityGroupRuleRequest } from "@aws-sdk/client-ec2";
import type { Props } from "../../../protocol/values.ts";
import type { CheckFailure } from "../../../protocol/provider.ts";
import { needText, number, text, type Context, type Handler } from "../../shared/handler.ts";
import { arnOf, ec2Of, tagEc2, tagsOf, tagSpecifications } from "../ec2/shared.ts";

const PEERS = ["cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"];

/** A rule of a security group as a resource; the two directions differ only in their requests. */
export function ruleHandler(direction: "Ingress" | "Egress"): Handler {
  const egress = direction === "Egress";
  return {
    token: `aws:vpc/securityGroup${direction}Rule:SecurityGroup${direction}Rule`,
    source:
      "terraform-provider-aws, internal/service/ec2/vpc_security_group_ingress_rule.go, plan modifiers RequiresReplace",
    replace: ["securityGroupId"],

    // A rule keeps its kind of peer; it changes from one range to another in place.
    replaces: (olds, news) => PEERS.filter((name) => (olds[name] === undefined) !== (news[name] === undefined)),

    validate(inputs): CheckFailure[] {
      const given = PEERS.filter((name) => inputs[name] !== undefined);
      return given.length === 1 ? [] : [{ property: "cidrIpv4", reason: `give exactly one of ${PEERS.join(", ")}` }];
    },

    async create(context, inputs) {
      const group = needText(inputs, "securityGroupId");
      const request = {
        GroupId: group,
        IpPermissions: [permissionOf(inputs)],
        ...tagSpecifications("security-group-rule", inputs),
      };
      const { SecurityGroupRules: [rule] = [] } = egress
        ? await ec2Of(context).authorizeSecurityGroupEgress(request)
        : await ec2Of(context).authorizeSecurityGroupIngress(request);
      return rule?.SecurityGroupRuleId ?? "";
    },

    async read(context, id) {
      const rule = await find(context, id);
      if (rule === undefined || (rule.IsEgress ?? false) !== egress) return undefined;
      const owner = rule.GroupOwnerId ?? (await context.account());
      const all = rule.IpProtocol === "-1";
      const peer = rule.ReferencedGroupInfo;
      return {
        state: {
          arn: arnOf(context, owner, `security-group-rule/${id}`),
          cidrIpv4: rule.CidrIpv4,
          cidrIpv6: rule.CidrIpv6,
          description: rule.Description,
          fromPort: all ? undefined : rule.FromPort,
          ipProtocol: rule.IpProtocol,
          prefixListId: rule.PrefixListId,
          referencedSecurityGroupId: peer?.GroupId,
          securityGroupId: rule.GroupId,
          securityGroupRuleId: id,
          toPort: all ? undefined : rule.ToPort,
        },
        tags: tagsOf(rule),
      };
    },

    async update(context, id, olds, news) {
      await ec2Of(context).modifySecurityGroupRules({
        GroupId: needText(olds, "securityGroupId"),
        SecurityGroupRules: [{ SecurityGroupRuleId: id, SecurityGroupRule: requestOf(news) }],
      });
    },

    tag: tagEc2,

    async delete(context, id, state) {
      const request = { GroupId: needText(state, "securityGroupId"), SecurityGroupRuleIds: [id] };
      await (egress
        ? ec2Of(context).revokeSecurityGroupEgress(request)
        : ec2Of(context).revokeSecurityGroupIngress(request));
    },
  };
}

async function find(context: Context, id: string): Promise<SecurityGroupRule | undefined> {
  const { SecurityGroupRules: [rule] = [] } = await ec2Of(context).describeSecurityGroupRules({
    SecurityGroupRuleIds: [id],
  });
  return rule;
}

function requestOf(inputs: Props): SecurityGroupRuleRequest {
  const cidr = text(inputs, "cidrIpv4");
  const ipv6 = text(inputs, "cidrIpv6");
  const list = text(inputs, "prefixListId");
  const group = text(inputs, "referencedSecurityGroupId");
  const description = text(inputs, "description");
  const all = inputs["ipProtocol"] === "-1";
  return {
    IpProtocol: needText(inputs, "ipProtocol"),
    ...(!all && { FromPort: number(inputs, "fromPort"), ToPort: number(inputs, "toPort") }),
    ...(cidr && { CidrIpv4: cidr }),
    ...(ipv6 && { CidrIpv6: ipv6 }),
    ...(list && { PrefixListId: list }),
    ...(group && { ReferencedGroupId: group }),
    ...(description && { Description: description }),
  };
}

function permissionOf(inputs: Props): object {
  const { IpProtocol, FromPort, ToPort, CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupId, Description } =
    requestOf(inputs);
  const text = Description === undefined ? {} : { Description };
  return {
    IpProtocol,
    ...(FromPort !== undefined && { FromPort }),
    ...(ToPort !== undefined && { ToPort }),
    ...(CidrIpv4 && { IpRanges: [{ CidrIp: CidrIpv4, ...text }] }),
    ...(CidrIpv6 && { Ipv6Ranges: [{ CidrIpv6, ...text }] }),
    ...(PrefixListId && { PrefixListIds: [{ PrefixListId, ...text }] }),
    ...(ReferencedGroupId && { UserIdGroupPairs: [{ GroupId: ReferencedGroupId, ...text }] }),
  };
}
