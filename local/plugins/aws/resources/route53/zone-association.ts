import type { VPCRegion } from "@aws-sdk/client-route-53";
import { needText, text, type Handler } from "../../shared/handler.ts";
import { bareId, inSync, route53Of } from "./shared.ts";

export const handler: Handler = {
  token: "aws:route53/zoneAssociation:ZoneAssociation",
  source: "terraform-provider-aws, internal/service/route53/zone_association.go, schema ForceNew",
  replace: ["vpcId", "vpcRegion", "zoneId"],
  global: true,
  same: { zoneId: (one, other) => bareId(one) === bareId(other) },

  async create(context, inputs) {
    const zone = bareId(needText(inputs, "zoneId"));
    const vpc = needText(inputs, "vpcId");
    const region = text(inputs, "vpcRegion") ?? context.region;
    const { ChangeInfo: change } = await route53Of(context).associateVPCWithHostedZone({
      HostedZoneId: zone,
      VPC: { VPCId: vpc, VPCRegion: region as VPCRegion },
    });
    // The official plugin's id: it contains the region only if it differs from the provider's.
    const id = region === context.region ? `${zone}:${vpc}` : `${zone}:${vpc}:${region}`;
    context.created(id);
    await inSync(context, `the association of ${zone}`, change);
    return id;
  },

  async read(context, id) {
    const [zone = "", vpc = "", region = context.region] = id.split(":");
    const { HostedZone: found, VPCs: vpcs = [] } = await route53Of(context).getHostedZone({ Id: zone });
    const seen = vpcs.find(({ VPCId, VPCRegion: where }) => VPCId === vpc && where === region);
    if (found === undefined || seen === undefined) return undefined;
    return { state: { owningAccount: await context.account(), vpcId: vpc, vpcRegion: region, zoneId: zone } };
  },

  async delete(context, id) {
    const [zone = "", vpc = "", region = context.region] = id.split(":");
    if ((await this.read(context, id, {})) === undefined) return;
    const { ChangeInfo: change } = await route53Of(context).disassociateVPCFromHostedZone({
      HostedZoneId: zone,
      VPC: { VPCId: vpc, VPCRegion: region as VPCRegion },
    });
    await inSync(context, `the end of the association of ${zone}`, change);
  },
};
