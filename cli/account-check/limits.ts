import { awsClient } from "../../providers/kops/aws/client.ts";
import type { AwsIdentity } from "../../providers/kops/aws/identity.ts";
import { attempt, type Finding } from "./finding.ts";
import type { Counts, Needs } from "./needs.ts";
import { accountQuotas, countQuotas, natGatewayQuota, quotaFinding, vcpuDemands, type Quota } from "./quotas.ts";
import { natGatewaysIn, otherInstances, usesIn, vcpusInUse, vcpusOfTypes, type Own } from "./usage.ts";

/** Service Quotas takes a few calls a second, and the checks run at the same time. */
const attempts = { maxAttempts: 8 };

/** The value of a quota: the account's own, else AWS's default; undefined if Service Quotas has none such. */
async function valueOf(identity: AwsIdentity, { serviceCode, quotaCode }: Quota): Promise<number | undefined> {
  const sdk = await import("@aws-sdk/client-service-quotas");
  const client = awsClient(sdk.ServiceQuotasClient, identity, attempts);
  const input = { ServiceCode: serviceCode, QuotaCode: quotaCode };
  const orNone = async (ask: () => Promise<number | undefined>): Promise<number | undefined> => {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof sdk.NoSuchResourceException) return undefined;
      throw error;
    }
  };
  return (
    (await orNone(async () => (await client.send(new sdk.GetServiceQuotaCommand(input))).Quota?.Value)) ??
    (await orNone(async () => (await client.send(new sdk.GetAWSDefaultServiceQuotaCommand(input))).Quota?.Value))
  );
}

/** Compares what the stack needs with what the account's quotas leave. */
export async function checkLimits(identity: AwsIdentity, own: Own, needs: Needs): Promise<Finding[]> {
  const { region } = identity;
  const uses = usesIn(identity, own);
  const counts = (Object.keys(countQuotas) as (keyof typeof countQuotas)[]).filter((key) => needs.counts[key] > 0);
  const found = await Promise.all([
    ...counts.map((key) => {
      const [quota, need] = [countQuotas[key], needs.counts[key]];
      return attempt(quota.what, async () => {
        const [used, value] = await Promise.all([uses[key](), valueOf(identity, quota)]);
        return [quotaFinding(quota, { start: need, most: need }, { used, value, region })];
      });
    }),
    attempt(natGatewayQuota.what, () => natGateways(identity, own, needs)),
    attempt("vCPUs", () => vcpus(identity, own, needs)),
    attempt("IAM roles and instance profiles", () => identities(identity, needs.counts)),
  ]);
  return [...found.flat(), ...karpenterFindings(needs)];
}

async function natGateways(identity: AwsIdentity, own: Own, { natGateways: needed }: Needs): Promise<Finding[]> {
  const zones = Object.entries(needed);
  if (zones.length === 0) return [];
  const [used, value] = await Promise.all([natGatewaysIn(identity, own), valueOf(identity, natGatewayQuota)]);
  return zones.map(([zone, count]) =>
    quotaFinding(
      natGatewayQuota,
      { start: count, most: count },
      { used: used.get(zone) ?? 0, value, region: identity.region, where: ` in ${zone}` },
    ),
  );
}

async function vcpus(identity: AwsIdentity, own: Own, needs: Needs): Promise<Finding[]> {
  if (needs.machines.length === 0) return [];
  const others = await otherInstances(identity, own);
  const types = [...needs.machines.flatMap((one) => one.types), ...others.flatMap((one) => one.InstanceType ?? [])];
  const vcpusOf = await vcpusOfTypes(identity, types);
  const used = vcpusInUse(others, vcpusOf);
  return await Promise.all(
    vcpuDemands(needs, vcpusOf).map(async ({ quota, start, most }) =>
      quotaFinding(
        quota,
        { start, most },
        {
          used: used.get(quota.quotaCode) ?? 0,
          value: await valueOf(identity, quota),
          region: identity.region,
        },
      ),
    ),
  );
}

/** IAM tells its quotas with its numbers. Those of clusters that exist are among them. */
async function identities(identity: AwsIdentity, counts: Counts): Promise<Finding[]> {
  const sdk = await import("@aws-sdk/client-iam");
  const client = awsClient(sdk.IAMClient, identity);
  const { SummaryMap: summary = {} } = await client.send(new sdk.GetAccountSummaryCommand({}));
  return (
    [
      ["roles", "Roles"],
      ["instanceProfiles", "InstanceProfiles"],
    ] as const
  ).flatMap(([key, name]) => {
    const need = counts[key];
    if (need === 0) return [];
    const [used, value] = [summary[name] ?? 0, summary[`${name}Quota`]];
    return [quotaFinding(accountQuotas[key], { start: need, most: need }, { used, value, region: identity.region })];
  });
}

function karpenterFindings({ karpenter }: Needs): Finding[] {
  if (karpenter.length === 0) return [];
  return [
    {
      check: "vCPUs of Karpenter's nodes",
      status: "warning",
      text: `not counted, because Karpenter chooses the nodes of ${karpenter.join(", ")}`,
      next: "limit its node pools, and keep that much of the quota of vCPUs free",
    },
  ];
}
