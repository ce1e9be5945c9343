import { EC2 } from "@aws-sdk/client-ec2";
import { ifThere } from "../../shared/errors.ts";
import { bool, text, type Context, type Handler } from "../../shared/handler.ts";
import type { Props } from "../../../protocol/values.ts";
import { applyPeeringOptions, findPeering, GONE, peeringReaches, peeringState } from "./peering.ts";
import { ec2Of, tagEc2, tagsOf, tagSpecifications } from "./shared.ts";

export const handler: Handler = {
  token: "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
  source: "terraform-provider-aws, internal/service/ec2/vpc_peering_connection.go, schema ForceNew",
  replace: ["peerOwnerId", "peerRegion", "peerVpcId", "vpcId"],
  writeOnly: ["autoAccept"],
  validate: (inputs) =>
    bool(inputs, "autoAccept") && inputs["peerRegion"] !== undefined
      ? [{ property: "autoAccept", reason: "a connection to another region is accepted there; leave autoAccept out" }]
      : [],

  async create(context, inputs) {
    const { VpcPeeringConnection: connection } = await ec2Of(context).createVpcPeeringConnection({
      VpcId: text(inputs, "vpcId"),
      PeerVpcId: text(inputs, "peerVpcId"),
      ...(text(inputs, "peerOwnerId") && { PeerOwnerId: text(inputs, "peerOwnerId") }),
      ...(text(inputs, "peerRegion") && { PeerRegion: text(inputs, "peerRegion") }),
      ...tagSpecifications("vpc-peering-connection", inputs),
    });
    const id = connection?.VpcPeeringConnectionId ?? "";
    context.created(id);
    await peeringReaches(context, id, ["pending-acceptance", "active"]);
    await accept(context, id, inputs);
    await applyPeeringOptions(context, id, {}, inputs);
    return id;
  },

  async read(context, id) {
    const connection = await findPeering(context, id);
    if (connection === undefined || GONE.includes(connection.Status?.Code ?? "")) return undefined;
    const { AccepterVpcInfo: accepter, RequesterVpcInfo: requester } = connection;
    return {
      state: {
        ...peeringState(connection),
        peerOwnerId: accepter?.OwnerId,
        peerRegion: accepter?.Region ?? context.region,
        peerVpcId: accepter?.VpcId,
        vpcId: requester?.VpcId,
      },
      tags: tagsOf(connection),
    };
  },

  async update(context, id, olds, news) {
    await accept(context, id, news);
    await applyPeeringOptions(context, id, olds, news);
  },

  tag: tagEc2,

  async delete(context, id) {
    await ec2Of(context).deleteVpcPeeringConnection({ VpcPeeringConnectionId: id });
    await context.waitFor(`the VPC peering connection ${id} to be gone`, 300, async () => {
      const seen = await ifThere(() => findPeering(context, id));
      return seen === undefined || seen.Status?.Code === "deleted"
        ? { done: undefined }
        : { pending: seen.Status?.Code ?? "still there" };
    });
  },
};

async function accept(context: Context, id: string, inputs: Props): Promise<void> {
  if (!bool(inputs, "autoAccept") || (await findPeering(context, id))?.Status?.Code !== "pending-acceptance") return;
  const region = text(inputs, "peerRegion") ?? context.region;
  await context.clients.of(EC2, "ec2", region).acceptVpcPeeringConnection({ VpcPeeringConnectionId: id });
  await peeringReaches(context, id, ["active"]);
}
