import { DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import type { AutoScalingClient, AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import {
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
} from "@aws-sdk/client-ec2";
import type { EC2Client } from "@aws-sdk/client-ec2";
import { inventory } from "../e2e/inventory.ts";

/** The cloud whose content is compared. */
export interface Cloud {
  readonly endpoint: string;
  readonly ec2: EC2Client;
  readonly autoScaling: AutoScalingClient;
  readonly vpcId: string;
  readonly subnets: string[];
}

/** What has no name of its own: tags of subnets, rules, and the template versions of groups. */
async function details({ ec2, autoScaling, subnets, vpcId }: Cloud): Promise<Record<string, string[]>> {
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: subnets }));
  const { SecurityGroups = [] } = await ec2.send(
    new DescribeSecurityGroupsCommand({ Filters: [{ Name: "vpc-id", Values: [vpcId] }] }),
  );
  const names = new Map(SecurityGroups.map(({ GroupId, GroupName }) => [GroupId, GroupName]));
  const { SecurityGroupRules = [] } = await ec2.send(
    new DescribeSecurityGroupRulesCommand({
      Filters: [{ Name: "group-id", Values: SecurityGroups.map(({ GroupId = "" }) => GroupId) }],
    }),
  );
  return {
    subnetTags: Subnets.flatMap(({ SubnetId, Tags = [] }) =>
      Tags.map(({ Key, Value }) => `${SubnetId ?? ""} ${Key ?? ""}=${Value ?? ""}`),
    ),
    // Without rules that allow ICMP from ranges: kOps removes extra ones of port 443 only
    // (pkg/model/awsmodel/api_loadbalancer.go).
    rules: SecurityGroupRules.filter(({ IpProtocol, CidrIpv4 }) => IpProtocol !== "icmp" || CidrIpv4 === undefined).map(
      ({ GroupId, IsEgress, IpProtocol, FromPort, ToPort, CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupInfo }) =>
        [
          names.get(GroupId),
          IsEgress === true ? "to" : "from",
          CidrIpv4 ?? CidrIpv6 ?? PrefixListId ?? names.get(ReferencedGroupInfo?.GroupId),
          IpProtocol,
          FromPort,
          ToPort,
        ].join(" "),
    ),
    templateVersions: (await autoScalingGroups(autoScaling)).map(
      ({ AutoScalingGroupName, LaunchTemplate }) => `${AutoScalingGroupName ?? ""} ${LaunchTemplate?.Version ?? ""}`,
    ),
  };
}

export async function autoScalingGroups(autoScaling: AutoScalingClient): Promise<AutoScalingGroup[]> {
  return (await autoScaling.send(new DescribeAutoScalingGroupsCommand({}))).AutoScalingGroups ?? [];
}

/** Everything in the cloud, by kind; kinds without any are left out. */
export async function contentOf(cloud: Cloud): Promise<Record<string, string[]>> {
  const all = { ...(await inventory(cloud.endpoint)), ...(await details(cloud)) };
  return Object.fromEntries(Object.entries(all).filter(([, list]) => list.length > 0));
}

/** Kinds whose members get new names when they are replaced: only their number can be compared. */
const numbered = ["instances", "volumes", "networkInterfaces"];

export function comparable(
  found: Record<string, string[]>,
  rename: (name: string) => string,
): Record<string, number | string[]> {
  return Object.fromEntries(
    Object.entries(found).map(([kind, names]) => [
      kind,
      numbered.includes(kind) ? names.length : names.map(rename).sort(),
    ]),
  );
}

/** The differences between two contents, one sentence per kind. */
export function contentDifferences(
  have: Record<string, number | string[]>,
  want: Record<string, number | string[]>,
): string[] {
  const wrongs: string[] = [];
  for (const kind of new Set([...Object.keys(have), ...Object.keys(want)])) {
    const [is, should] = [have[kind] ?? [], want[kind] ?? []];
    if (typeof is === "number" || typeof should === "number") {
      if (Number(is) !== Number(should)) wrongs.push(`there are ${Number(is)} ${kind}, not ${Number(should)}`);
      continue;
    }
    const [more, missing] = [is.filter((name) => !should.includes(name)), should.filter((name) => !is.includes(name))];
    if (is.join() !== should.join())
      wrongs.push(
        `${kind}: ${more.join(", ") || "none"} too many, ${missing.join(", ") || "none"} missing, ` +
          `${is.length} in all, not ${should.length}`,
      );
  }
  return wrongs;
}
