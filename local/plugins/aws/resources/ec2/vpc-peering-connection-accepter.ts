import type { Props } from "../../../protocol/values.ts";
import { bool, needText, type Context, type Handler } from "../../shared/handler.ts";
import { applyPeeringOptions, findPeering, GONE, peeringReaches, peeringState } from "./peering.ts";
import { ec2Of, tagEc2, tagsOf } from "./shared.ts";
import { toList } from "../../shared/tags.ts";

/** The accepting end of a requested connection. It is not created, so a delete leaves it alone. */
export const handler: Handler = {
  token: "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter",
  source: "terraform-provider-aws, internal/service/ec2/vpc_peering_connection_accepter.go, schema ForceNew",
  replace: ["vpcPeeringConnectionId"],
  writeOnly: ["autoAccept"],

  async create(context, inputs) {
    const id = needText(inputs, "vpcPeeringConnectionId");
    await peeringReaches(context, id, ["pending-acceptance", "active"]);
    context.created(id);
    await accept(context, id, inputs);
    await applyPeeringOptions(context, id, {}, inputs);
    const tags = toList(inputs["tagsAll"]);
    if (tags.length > 0) await ec2Of(context).createTags({ Resources: [id], Tags: tags });
    return id;
  },

  async read(context, id) {
    const connection = await findPeering(context, id);
    if (connection === undefined || GONE.includes(connection.Status?.Code ?? "")) return undefined;
    const { AccepterVpcInfo: accepter, RequesterVpcInfo: requester } = connection;
    const account = await context.account();
    // Like the official plugin: within one account it shows both ends from the requester's side.
    const abroad = account === accepter?.OwnerId && account !== requester?.OwnerId;
    const [own, peer] = abroad ? [accepter, requester] : [requester, accepter];
    return {
      state: {
        ...peeringState(connection),
        peerOwnerId: peer?.OwnerId,
        peerRegion: accepter?.Region,
        peerVpcId: peer?.VpcId,
        vpcId: own?.VpcId,
        vpcPeeringConnectionId: id,
      },
      tags: tagsOf(connection),
    };
  },

  async update(context, id, olds, news) {
    await accept(context, id, news);
    await applyPeeringOptions(context, id, olds, news);
  },

  tag: tagEc2,

  // The requester owns the connection.
  delete: () => Promise.resolve(),
};

async function accept(context: Context, id: string, inputs: Props): Promise<void> {
  if (!bool(inputs, "autoAccept") || (await findPeering(context, id))?.Status?.Code !== "pending-acceptance") return;
  await ec2Of(context).acceptVpcPeeringConnection({ VpcPeeringConnectionId: id });
  await peeringReaches(context, id, ["active"]);
}
