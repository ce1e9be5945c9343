import { needText, text, type Handler } from "../../shared/handler.ts";
import { ec2Of } from "./shared.ts";

/** AWS's name for its own options, which also stands for none. */
const DEFAULT = "default";

export const handler: Handler = {
  token: "aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation",
  source: "terraform-provider-aws, internal/service/ec2/vpc_dhcp_options_association.go, schema ForceNew",
  replace: ["vpcId"],

  async create(context, inputs) {
    const [options, vpc] = [needText(inputs, "dhcpOptionsId"), needText(inputs, "vpcId")];
    await ec2Of(context).associateDhcpOptions({ DhcpOptionsId: options, VpcId: vpc });
    return `${options}-${vpc}`;
  },

  async read(context, id, state) {
    const vpcId = text(state, "vpcId") ?? id.slice(id.indexOf("vpc-"));
    const { Vpcs: [vpc] = [] } = await ec2Of(context).describeVpcs({ VpcIds: [vpcId] });
    const dhcpOptionsId = vpc?.DhcpOptionsId;
    if (dhcpOptionsId === undefined || dhcpOptionsId === DEFAULT) return undefined;
    // Other options give the association another id, which an update cannot report.
    return { id: `${dhcpOptionsId}-${vpcId}`, state: { dhcpOptionsId, vpcId } };
  },

  async update(context, _id, olds, news) {
    await ec2Of(context).associateDhcpOptions({
      DhcpOptionsId: needText(news, "dhcpOptionsId"),
      VpcId: needText(olds, "vpcId"),
    });
  },

  // No call removes options.
  async delete(context, _id, state) {
    await ec2Of(context).associateDhcpOptions({ DhcpOptionsId: DEFAULT, VpcId: needText(state, "vpcId") });
  },
};
