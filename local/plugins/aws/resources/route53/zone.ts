import { randomUUID } from "node:crypto";
import type { ResourceRecordSet, VPCRegion } from "@aws-sdk/client-route-53";
import type { Props } from "../../../protocol/values.ts";
import { hasCode } from "../../shared/errors.ts";
import { bool, changed, needText, objects, text, type Context, type Handler } from "../../shared/handler.ts";
import { fromList, toList } from "../../shared/tags.ts";
import { bareId, changeRecords, dnsName, inSync, route53Of, tagZone } from "./shared.ts";

export const handler: Handler = {
  token: "aws:route53/zone:Zone",
  source: "terraform-provider-aws, internal/service/route53/zone.go, schema ForceNew",
  replace: ["delegationSetId", "name"],
  defaults: { comment: "Managed by Pulumi", forceDestroy: false },
  global: true,
  autoname: { property: "name", max: 255, lower: true },
  sets: ["vpcs"],
  writeOnly: ["forceDestroy"],
  unsupported: ["enableAcceleratedRecovery"],
  same: { name: (one, other) => dnsName(one) === dnsName(other) },
  validate: (inputs) =>
    inputs["delegationSetId"] !== undefined && objects(inputs, "vpcs").length > 0
      ? [{ property: "delegationSetId", reason: "a delegation set is for public zones, and this one has vpcs" }]
      : [],

  async create(context, inputs) {
    const route53 = route53Of(context);
    const [first, ...others] = objects(inputs, "vpcs");
    const created = await route53.createHostedZone({
      Name: needText(inputs, "name"),
      CallerReference: `pulumi-${randomUUID()}`,
      HostedZoneConfig: { Comment: text(inputs, "comment") ?? "", PrivateZone: first !== undefined },
      ...(text(inputs, "delegationSetId") && { DelegationSetId: text(inputs, "delegationSetId") }),
      ...(first && { VPC: vpcOf(context, first) }),
    });
    const id = bareId(created.HostedZone?.Id);
    context.created(id);
    const tags = toList(inputs["tagsAll"]);
    if (tags.length > 0)
      await route53.changeTagsForResource({ ResourceType: "hostedzone", ResourceId: id, AddTags: tags });
    await inSync(context, `the zone ${id}`, created.ChangeInfo);
    for (const vpc of others) await associate(context, id, vpc);
    return id;
  },

  async read(context, id) {
    const route53 = route53Of(context);
    const { HostedZone: zone, VPCs: vpcs, DelegationSet: set } = await route53.getHostedZone({ Id: id });
    if (zone === undefined) return undefined;
    const name = dnsName(zone.Name ?? "");
    const [tags, records] = await Promise.all([
      route53.listTagsForResource({ ResourceType: "hostedzone", ResourceId: id }),
      route53.listResourceRecordSets({ HostedZoneId: id, StartRecordName: name, StartRecordType: "NS", MaxItems: 2 }),
    ]);
    const ownServers = records.ResourceRecordSets?.find(
      (record) => record.Type === "NS" && dnsName(record.Name ?? "") === name,
    );
    const servers = (
      set?.NameServers ??
      (ownServers?.ResourceRecords ?? []).flatMap(({ Value }) => (Value ? [Value.replace(/\.$/, "")] : []))
    ).toSorted();
    return {
      state: {
        arn: `arn:${context.partition}:route53:::hostedzone/${id}`,
        comment: zone.Config?.Comment ?? "",
        delegationSetId: bareId(set?.Id),
        enableAcceleratedRecovery: false,
        name,
        nameServers: servers,
        primaryNameServer: servers[0] ?? "",
        vpcs: (vpcs ?? []).map(({ VPCId, VPCRegion: region }) => ({ vpcId: VPCId, vpcRegion: region })),
        zoneId: id,
      },
      tags: fromList(tags.ResourceTagSet?.Tags),
    };
  },

  async update(context, id, olds, news) {
    if (changed(olds, news, "comment"))
      await route53Of(context).updateHostedZoneComment({ Id: id, Comment: text(news, "comment") ?? "" });
    const [before, after] = [objects(olds, "vpcs"), objects(news, "vpcs")];
    const has = (list: readonly Props[], vpc: Props): boolean => list.some((other) => other["vpcId"] === vpc["vpcId"]);
    // A private zone must keep a VPC, so new ones are added first.
    for (const vpc of after) if (!has(before, vpc)) await associate(context, id, vpc);
    for (const vpc of before) {
      if (has(after, vpc)) continue;
      const { ChangeInfo: change } = await route53Of(context).disassociateVPCFromHostedZone({
        HostedZoneId: id,
        VPC: vpcOf(context, vpc),
      });
      await inSync(context, `the end of the association of ${id}`, change);
    }
  },

  tag: tagZone,

  async delete(context, id, state) {
    if (bool(state, "forceDestroy")) await purge(context, id, dnsName(needText(state, "name")));
    try {
      const { ChangeInfo: change } = await route53Of(context).deleteHostedZone({ Id: id });
      await inSync(context, `the end of the zone ${id}`, change).catch((error: unknown) => {
        // The change may be gone together with the zone.
        if (!hasCode(error, "NoSuchChange")) throw error;
      });
    } catch (error) {
      if (!hasCode(error, "HostedZoneNotEmpty")) throw error;
      throw new Error(
        `the zone ${id} still has records of somebody else: delete them, or set forceDestroy on it, run ` +
          `\`pulumi up\`, and try again`,
        { cause: error },
      );
    }
  },
};

function vpcOf(context: Context, vpc: Props): { VPCId: string; VPCRegion: VPCRegion } {
  return { VPCId: needText(vpc, "vpcId"), VPCRegion: (text(vpc, "vpcRegion") ?? context.region) as VPCRegion };
}

async function associate(context: Context, id: string, vpc: Props): Promise<void> {
  const { ChangeInfo: change } = await route53Of(context).associateVPCWithHostedZone({
    HostedZoneId: id,
    VPC: vpcOf(context, vpc),
  });
  await inSync(context, `the association of ${id}`, change);
}

/** Every record except the two that each zone must have. */
async function purge(context: Context, id: string, apex: string): Promise<void> {
  const records: ResourceRecordSet[] = [];
  let page = await route53Of(context).listResourceRecordSets({ HostedZoneId: id });
  for (;;) {
    records.push(...(page.ResourceRecordSets ?? []));
    if (!page.IsTruncated || page.NextRecordName === undefined) break;
    page = await route53Of(context).listResourceRecordSets({
      HostedZoneId: id,
      StartRecordName: page.NextRecordName,
      StartRecordType: page.NextRecordType,
      StartRecordIdentifier: page.NextRecordIdentifier,
    });
  }
  const gone = records.filter(({ Name, Type }) => !((Type === "NS" || Type === "SOA") && dnsName(Name ?? "") === apex));
  for (let at = 0; at < gone.length; at += 100) {
    const changes = gone
      .slice(at, at + 100)
      .map((record) => ({ Action: "DELETE" as const, ResourceRecordSet: record }));
    await changeRecords(context, `the records of ${id}`, id, changes);
  }
}
