import { Route53, type Change, type ChangeInfo } from "@aws-sdk/client-route-53";
import type { Context } from "../../shared/handler.ts";
import { toList, type TagChanges } from "../../shared/tags.ts";

// Route 53 is one service for all regions of a partition, and signs for its home region.
export function route53Of(context: Pick<Context, "clients">): Route53 {
  return context.clients.of(Route53, "route53", "us-east-1");
}

/** Turns `/hostedzone/Z123` into `Z123`. */
export function bareId(id: string | undefined): string {
  return (id ?? "").replace(/^\/?(hostedzone|change|delegationset)\//, "");
}

/** A name in lower case without the trailing dot; AWS writes an asterisk as `\052`. */
export function dnsName(name: string): string {
  return name.replace(/\.$/, "").replaceAll("\\052", "*").toLowerCase();
}

/** AWS accepts a change before all name servers have it. */
export async function inSync(context: Context, what: string, change: ChangeInfo | undefined): Promise<void> {
  if (change?.Id === undefined || change.Status === "INSYNC") return;
  const id = bareId(change.Id);
  await context.waitFor(`${what} to reach the name servers`, 1800, async () => {
    const { ChangeInfo: seen } = await route53Of(context).getChange({ Id: id });
    return seen?.Status === "INSYNC" ? { done: undefined } : { pending: seen?.Status ?? "unknown" };
  });
}

export async function changeRecords(context: Context, what: string, zone: string, changes: Change[]): Promise<void> {
  const { ChangeInfo: change } = await route53Of(context).changeResourceRecordSets({
    HostedZoneId: zone,
    ChangeBatch: { Comment: "Managed by Pulumi", Changes: changes },
  });
  await inSync(context, what, change);
}

export async function tagZone(context: Context, id: string, { set, remove }: TagChanges): Promise<void> {
  await route53Of(context).changeTagsForResource({
    ResourceType: "hostedzone",
    ResourceId: id,
    ...(Object.keys(set).length > 0 && { AddTags: toList(set) }),
    ...(remove.length > 0 && { RemoveTagKeys: [...remove] }),
  });
}
