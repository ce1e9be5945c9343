import { text, type Context, type Handler } from "../../shared/handler.ts";
import { arnOf, ec2Of, tagEc2, tagsOf, tagSpecifications, whenFree } from "./shared.ts";

export const handler: Handler = {
  token: "aws:ec2/internetGateway:InternetGateway",
  source: "terraform-provider-aws, internal/service/ec2/vpc_internet_gateway.go: nothing forces a new one",
  replace: [],

  async create(context, inputs) {
    const ec2 = ec2Of(context);
    const { InternetGateway: gateway } = await ec2.createInternetGateway(tagSpecifications("internet-gateway", inputs));
    const id = gateway?.InternetGatewayId ?? "";
    context.created(id);
    await attach(context, id, text(inputs, "vpcId"));
    return id;
  },

  async read(context, id) {
    const { InternetGateways: [gateway] = [] } = await ec2Of(context).describeInternetGateways({
      InternetGatewayIds: [id],
    });
    if (gateway === undefined) return undefined;
    const owner = gateway.OwnerId ?? (await context.account());
    return {
      state: {
        arn: arnOf(context, owner, `internet-gateway/${id}`),
        ownerId: owner,
        vpcId: gateway.Attachments?.[0]?.VpcId ?? "",
      },
      tags: tagsOf(gateway),
    };
  },

  async update(context, id, olds, news) {
    const [before, after] = [text(olds, "vpcId"), text(news, "vpcId")];
    if (after === undefined || before === after) return;
    await detach(context, id, before);
    await attach(context, id, after);
  },

  tag: tagEc2,

  async delete(context, id, state) {
    await detach(context, id, text(state, "vpcId"));
    await whenFree(context, `the internet gateway ${id}`, () =>
      ec2Of(context).deleteInternetGateway({ InternetGatewayId: id }),
    );
  },
};

async function attach(context: Context, id: string, vpc: string | undefined): Promise<void> {
  if (vpc !== undefined) await ec2Of(context).attachInternetGateway({ InternetGatewayId: id, VpcId: vpc });
}

// Addresses of NAT gateways that are being deleted keep it attached for a while.
async function detach(context: Context, id: string, vpc: string | undefined): Promise<void> {
  if (vpc === undefined) return;
  const { InternetGateways: [gateway] = [] } = await ec2Of(context).describeInternetGateways({
    InternetGatewayIds: [id],
  });
  if (gateway?.Attachments?.some((attachment) => attachment.VpcId === vpc)) {
    await whenFree(context, `the internet gateway ${id}`, () =>
      ec2Of(context).detachInternetGateway({ InternetGatewayId: id, VpcId: vpc }),
    );
  }
}
