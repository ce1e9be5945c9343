import { text, type Handler } from "../../shared/handler.ts";
import { ec2Of, tagEc2, tagsOf, tagSpecifications } from "./shared.ts";

export const handler: Handler = {
  token: "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway",
  source: "terraform-provider-aws, internal/service/ec2/vpc_egress_only_internet_gateway.go, schema ForceNew",
  replace: ["vpcId"],

  async create(context, inputs) {
    const { EgressOnlyInternetGateway: gateway } = await ec2Of(context).createEgressOnlyInternetGateway({
      VpcId: text(inputs, "vpcId"),
      ...tagSpecifications("egress-only-internet-gateway", inputs),
    });
    return gateway?.EgressOnlyInternetGatewayId ?? "";
  },

  async read(context, id) {
    const { EgressOnlyInternetGateways: [gateway] = [] } = await ec2Of(context).describeEgressOnlyInternetGateways({
      EgressOnlyInternetGatewayIds: [id],
    });
    if (gateway === undefined) return undefined;
    const [attachment] = gateway.Attachments ?? [];
    return { state: { vpcId: attachment?.State === "attached" ? attachment.VpcId : "" }, tags: tagsOf(gateway) };
  },

  tag: tagEc2,

  async delete(context, id) {
    await ec2Of(context).deleteEgressOnlyInternetGateway({ EgressOnlyInternetGatewayId: id });
  },
};
