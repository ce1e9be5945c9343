import { needText, type Context, type Handler } from "../../shared/handler.ts";
import { ec2Of } from "./shared.ts";

const NOT_CARRIED_OUT = ["ipv4IpamPoolId", "ipv4NetmaskLength"];

/** One further range of a VPC, whoever owns the others. */
export const handler: Handler = {
  token: "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation",
  source: "terraform-provider-aws, internal/service/ec2/vpc_ipv4_cidr_block_association.go, schema ForceNew",
  replace: ["cidrBlock", "vpcId", ...NOT_CARRIED_OUT],
  unsupported: NOT_CARRIED_OUT,
  validate: (inputs) =>
    inputs["cidrBlock"] === undefined
      ? [
          {
            property: "cidrBlock",
            reason: "a range of a VPC needs a cidrBlock (IPAM pools are not part of the local cloud)",
          },
        ]
      : [],

  async create(context, inputs) {
    const [vpc, cidr] = [needText(inputs, "vpcId"), needText(inputs, "cidrBlock")];
    const { CidrBlockAssociation: made } = await ec2Of(context).associateVpcCidrBlock({ VpcId: vpc, CidrBlock: cidr });
    const id = made?.AssociationId ?? "";
    context.created(id);
    await context.waitFor(`the range ${cidr} of ${vpc}`, 600, async () => {
      const seen = await find(context, id);
      return seen?.state === "associated" ? { done: undefined } : { pending: seen?.state ?? "not shown yet" };
    });
    return id;
  },

  async read(context, id) {
    const seen = await find(context, id);
    if (seen === undefined || seen.state === "disassociated") return undefined;
    return { state: { cidrBlock: seen.cidr, vpcId: seen.vpc } };
  },

  async delete(context, id) {
    await ec2Of(context).disassociateVpcCidrBlock({ AssociationId: id });
    await context.waitFor(`the range ${id} to be given up`, 600, async () => {
      const seen = await find(context, id);
      return seen === undefined || seen.state === "disassociated"
        ? { done: undefined }
        : { pending: seen.state ?? "in an unknown state" };
    });
  },
};

async function find(
  context: Context,
  id: string,
): Promise<{ vpc: string | undefined; cidr: string | undefined; state: string | undefined } | undefined> {
  const { Vpcs: [vpc] = [] } = await ec2Of(context).describeVpcs({
    Filters: [{ Name: "cidr-block-association.association-id", Values: [id] }],
  });
  const association = vpc?.CidrBlockAssociationSet?.find(({ AssociationId }) => AssociationId === id);
  return association && { vpc: vpc?.VpcId, cidr: association.CidrBlock, state: association.CidrBlockState?.State };
}
