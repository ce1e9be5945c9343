import type { VpcPeeringConnection } from "@aws-sdk/client-ec2";
import { EC2 } from "@aws-sdk/client-ec2";
import { ifThere } from "../../errors.ts";
import { bool, changed, object, text, type Context, type Handler } from "../../handler.ts";
import type { Props } from "../../../protocol/values.ts";
import { ec2Of, tagEc2, tagsOf, tagSpecifications } from "./shared.ts";

const GONE = ["deleted", "expired", "failed", "rejected", "deleting"];

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
    await reaches(context, id, ["pending-acceptance", "active"]);
    await accept(context, id, inputs);
    await applyOptions(context, id, {}, inputs);
    return id;
  },

  async read(context, id) {
    const connection = await find(context, id);
    const status = connection?.Status?.Code;
    if (connection === undefined || GONE.includes(status ?? "")) return undefined;
    const { AccepterVpcInfo: accepter, RequesterVpcInfo: requester } = connection;
    return {
      state: {
        acceptStatus: status,
        accepter: { allowRemoteVpcDnsResolution: accepter?.PeeringOptions?.AllowDnsResolutionFromRemoteVpc ?? false },
        peerOwnerId: accepter?.OwnerId,
        peerRegion: accepter?.Region ?? context.region,
        peerVpcId: accepter?.VpcId,
        requester: { allowRemoteVpcDnsResolution: requester?.PeeringOptions?.AllowDnsResolutionFromRemoteVpc ?? false },
        vpcId: requester?.VpcId,
      },
      tags: tagsOf(connection),
    };
  },

  async update(context, id, olds, news) {
    await accept(context, id, news);
    await applyOptions(context, id, olds, news);
  },

  tag: tagEc2,

  async delete(context, id) {
    await ec2Of(context).deleteVpcPeeringConnection({ VpcPeeringConnectionId: id });
    await context.waitFor(`the VPC peering connection ${id} to be gone`, 300, async () => {
      const seen = await ifThere(() => find(context, id));
      return seen === undefined || seen.Status?.Code === "deleted" ? { done: undefined } : { pending: seen.Status?.Code ?? "still there" };
    });
  },
};

async function find(context: Context, id: string): Promise<VpcPeeringConnection | undefined> {
  const { VpcPeeringConnections: [connection] = [] } = await ec2Of(context).describeVpcPeeringConnections({ VpcPeeringConnectionIds: [id] });
  return connection;
}

async function reaches(context: Context, id: string, wanted: readonly string[]): Promise<void> {
  await context.waitFor(`the VPC peering connection ${id}`, 60, async () => {
    const { Status: status } = (await find(context, id)) ?? {};
    if (GONE.includes(status?.Code ?? "")) throw new Error(`the VPC peering connection ${id} is ${status?.Code ?? "gone"}: ${status?.Message ?? "AWS does not say why"}`);
    return wanted.includes(status?.Code ?? "") ? { done: undefined } : { pending: status?.Code ?? "not shown yet" };
  });
}

async function accept(context: Context, id: string, inputs: Props): Promise<void> {
  if (!bool(inputs, "autoAccept") || (await find(context, id))?.Status?.Code !== "pending-acceptance") return;
  const region = text(inputs, "peerRegion") ?? context.region;
  await context.clients.of(EC2, "ec2", region).acceptVpcPeeringConnection({ VpcPeeringConnectionId: id });
  await reaches(context, id, ["active"]);
}

async function applyOptions(context: Context, id: string, olds: Props, news: Props): Promise<void> {
  for (const [name, parameter] of [["accepter", "AccepterPeeringConnectionOptions"], ["requester", "RequesterPeeringConnectionOptions"]] as const) {
    const side = object(news, name);
    if (side === undefined || !changed(olds, news, name)) continue;
    await ec2Of(context).modifyVpcPeeringConnectionOptions({
      VpcPeeringConnectionId: id,
      [parameter]: { AllowDnsResolutionFromRemoteVpc: bool(side, "allowRemoteVpcDnsResolution") ?? false },
    });
  }
}
