import type { VpcPeeringConnection } from "@aws-sdk/client-ec2";
import type { Props } from "../../../protocol/values.ts";
import { bool, changed, object, type Context } from "../../shared/handler.ts";
import { ec2Of } from "./shared.ts";

/** States in which a connection is, and stays, useless. */
export const GONE = ["deleted", "expired", "failed", "rejected", "deleting"];

export async function findPeering(context: Context, id: string): Promise<VpcPeeringConnection | undefined> {
  const { VpcPeeringConnections: [connection] = [] } = await ec2Of(context).describeVpcPeeringConnections({
    VpcPeeringConnectionIds: [id],
  });
  return connection;
}

export async function peeringReaches(context: Context, id: string, wanted: readonly string[]): Promise<void> {
  await context.waitFor(`the VPC peering connection ${id}`, 60, async () => {
    const { Status: status } = (await findPeering(context, id)) ?? {};
    if (GONE.includes(status?.Code ?? ""))
      throw new Error(
        `the VPC peering connection ${id} is ${status?.Code ?? "gone"}: ${status?.Message ?? "AWS does not say why"}`,
      );
    return wanted.includes(status?.Code ?? "") ? { done: undefined } : { pending: status?.Code ?? "not shown yet" };
  });
}

/** What both ends show: the state of the connection, and the options of each side. */
export function peeringState(connection: VpcPeeringConnection): Record<string, unknown> {
  const { AccepterVpcInfo: accepter, RequesterVpcInfo: requester, Status: status } = connection;
  return {
    acceptStatus: status?.Code,
    accepter: { allowRemoteVpcDnsResolution: accepter?.PeeringOptions?.AllowDnsResolutionFromRemoteVpc ?? false },
    requester: { allowRemoteVpcDnsResolution: requester?.PeeringOptions?.AllowDnsResolutionFromRemoteVpc ?? false },
  };
}

export async function applyPeeringOptions(context: Context, id: string, olds: Props, news: Props): Promise<void> {
  for (const [name, parameter] of [
    ["accepter", "AccepterPeeringConnectionOptions"],
    ["requester", "RequesterPeeringConnectionOptions"],
  ] as const) {
    const side = object(news, name);
    if (side === undefined || !changed(olds, news, name)) continue;
    await ec2Of(context).modifyVpcPeeringConnectionOptions({
      VpcPeeringConnectionId: id,
      [parameter]: { AllowDnsResolutionFromRemoteVpc: bool(side, "allowRemoteVpcDnsResolution") ?? false },
    });
  }
}
