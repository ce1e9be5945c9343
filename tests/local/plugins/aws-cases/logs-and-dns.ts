import { region } from "../aws-harness.ts";
import { account } from "./case.ts";
import type { Case } from "./case.ts";

export const logsAndDnsCases: readonly Case[] = [
  {
    type: "aws:cloudwatch/logGroup:LogGroup",
    inputs: () => ({ retentionInDays: 30, tags: { Name: "trial" } }),
    change: () => ({ retentionInDays: 0, tags: { Name: "renamed", stage: "two" } }),
    drift: ({ logs }, id) => logs.putRetentionPolicy({ logGroupName: id, retentionInDays: 7 }),
    shows: "retentionInDays",
    replace: () => ({ name: "another" }),
    outputs: (_world, id) => ({
      arn: `arn:aws:logs:${region}:${account}:log-group:${id}`,
      name: "trial-0102030",
      logGroupClass: "STANDARD",
      retentionInDays: 30,
    }),
  },
  {
    type: "aws:route53/zone:Zone",
    inputs: ({ vpc }) => ({
      name: "Trial.Example.com.",
      vpcs: [{ vpcId: vpc }],
      forceDestroy: true,
      tags: { Name: "trial" },
    }),
    change: () => ({ comment: "changed", tags: { Name: "trial", stage: "two" } }),
    drift: ({ route53 }, id) => route53.updateHostedZoneComment({ Id: id, Comment: "theirs" }),
    shows: "comment",
    replace: () => ({ name: "other.example.com" }),
    outputs: (_world, id) => ({ arn: `arn:aws:route53:::hostedzone/${id}`, zoneId: id, name: "trial.example.com" }),
  },
  {
    type: "aws:route53/record:Record",
    inputs: ({ zone }) => ({ zoneId: zone, name: "api", type: "A", ttl: 60, records: ["192.0.2.2", "192.0.2.1"] }),
    change: () => ({ ttl: 30, records: ["192.0.2.3"] }),
    drift: ({ route53, zone }) =>
      route53.changeResourceRecordSets({
        HostedZoneId: zone,
        ChangeBatch: {
          Changes: [
            {
              Action: "UPSERT",
              ResourceRecordSet: {
                Name: "api.zone.example.com",
                Type: "A",
                TTL: 5,
                ResourceRecords: [{ Value: "192.0.2.9" }],
              },
            },
          ],
        },
      }),
    shows: "ttl",
    replace: ({ privateZone }) => ({ zoneId: privateZone, name: "www" }),
    outputs: () => ({ fqdn: "api.zone.example.com", name: "api" }),
  },
  {
    type: "aws:route53/zoneAssociation:ZoneAssociation",
    inputs: ({ privateZone, otherVpc }) => ({ zoneId: privateZone, vpcId: otherVpc }),
    drift: ({ route53, privateZone, otherVpc }) =>
      route53.disassociateVPCFromHostedZone({ HostedZoneId: privateZone, VPC: { VPCId: otherVpc, VPCRegion: region } }),
    replace: ({ zone, vpc }) => ({ zoneId: zone, vpcId: vpc }),
    outputs: ({ otherVpc }) => ({ vpcId: otherVpc, vpcRegion: region }),
  },
];
