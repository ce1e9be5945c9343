import { z } from "zod";
import { strict } from "../config/problems.ts";

const vpcId = z.string().regex(/^vpc-[0-9a-f]+$/, { error: "must be the id of a VPC, such as vpc-0123456789abcdef0" });
const subnetId = z
  .string()
  .regex(/^subnet-[0-9a-f]+$/, { error: "must be the id of a subnet, such as subnet-0123456789abcdef0" });
const routeTableId = z
  .string()
  .regex(/^rtb-[0-9a-f]+$/, { error: "must be the id of a route table, such as rtb-0123456789abcdef0" });
const awsTags = z.record(z.string().min(1), z.string());

const endpoints = strict({
  dynamodb: z.boolean().optional().describe("Gateway endpoint for DynamoDB, free of charge. Default: false."),
  interfaces: z
    .array(z.string())
    .optional()
    .describe(
      "Interface endpoints by the short name of the service, such as ecr.api. About USD 9 a month for each " +
        "service and zone, plus data. Default: none.",
    ),
});

const traffic = z
  .enum(["all", "accepted", "rejected"])
  .optional()
  .describe("Which packets are noted. Changing it makes another flow log. Default: all.");
const interval = z
  .union([z.literal(60), z.literal(600)], { error: "must be 60 or 600 seconds" })
  .optional()
  .describe(
    "Seconds that are summed up in one line; 60 costs up to ten times as much. Changing it makes another flow " +
      "log. Default: 600.",
  );

const flowLogs = z.discriminatedUnion("to", [
  strict({
    to: z.literal("cloudwatch").describe("cloudwatch: to a log group made here. s3: to a bucket made elsewhere."),
    retentionDays: z
      .int()
      .optional()
      .describe("Days that lines are kept, one of the numbers CloudWatch Logs takes. Changed in place. Default: 30."),
    traffic,
    interval,
  }),
  strict({
    to: z.literal("s3"),
    bucketArn: z.string().describe("ARN of a bucket made elsewhere, with a folder if need be."),
    traffic,
    interval,
  }),
]);

const dhcpOptions = strict({
  domainName: z
    .string()
    .optional()
    .describe(
      "Domain of host names, and what resolvers append to short ones. Kubernetes nodes are named after their " +
        "instance id all the same. Default: the region's own, such as ap-southeast-2.compute.internal.",
    ),
  domainNameServers: z
    .array(z.string())
    .optional()
    .describe(
      "Up to four addresses of name servers. They must hand private hosted zones, the names of instances and " +
        "those of interface endpoints on to the VPC's resolver: else nodes find neither their API nor AWS. Default: " +
        "AmazonProvidedDNS, that resolver.",
    ),
  ntpServers: z
    .array(z.string())
    .optional()
    .describe(
      "Up to four addresses of time servers. Default: none; images of AWS use 169.254.169.123, which is always there.",
    ),
});

const peering = strict({
  vpcId: vpcId.describe("The VPC to peer with."),
  cidrs: z.array(z.string()).describe("Its IPv4 ranges that are to be reached from here."),
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, { error: "must be an AWS region, such as ap-southeast-2" })
    .optional()
    .describe("Its region. Default: that of the stack."),
  accountId: z
    .string()
    .regex(/^\d{12}$/, { error: "must be an AWS account in twelve digits, in quotation marks" })
    .optional()
    .describe("Its account, when it is another one. Default: that of the stack."),
  roleArn: z
    .string()
    .regex(/^arn:[a-z-]+:iam::\d{12}:role\/.+$/, { error: "must be the ARN of a role" })
    .optional()
    .describe(
      "Role of the other account that accepts the connection and writes routes there. Default: none, the " +
        "connection waits until somebody accepts it.",
    ),
  routeTableIds: z
    .array(routeTableId)
    .optional()
    .describe("Route tables of the other side that get a route to this network. Default: none."),
});

const chosenSubnets = strict({
  ids: z.array(subnetId).min(1).optional().describe("Exactly these, one in each zone."),
  tags: awsTags.optional().describe("Those of the VPC that carry all of these tags; each zone must have exactly one."),
});

const existing = strict({
  vpcId: vpcId.optional().describe("The VPC. Or give tags."),
  tags: awsTags.optional().describe("Tags that exactly one VPC of account and region carries. Or give vpcId."),
  subnets: strict({
    private: chosenSubnets
      .optional()
      .describe(
        "Subnets of nodes, with a way out by NAT or the like. Default: none, nodes live in the utility subnets.",
      ),
    utility: chosenSubnets.describe("Subnets of public load balancers, with a route to an internet gateway."),
  }).describe("Its subnets, one of each kind in each zone."),
  freeAddresses: z
    .int()
    .min(1)
    .max(65536)
    .optional()
    .describe("Free addresses that each subnet of nodes must have before a cluster is put into it. Default: 16."),
  egress: z
    .enum(["required", "none"])
    .optional()
    .describe(
      "Whether private subnets must have a default route (NAT, transit gateway, appliance). With none, images and " +
        "AWS APIs must come from elsewhere. Default: required.",
    ),
  roleTags: z
    .enum(["expect", "own", "ignore"])
    .optional()
    .describe(
      "The tags by which load balancer controllers find subnets. expect: they must be there. own: put there here, " +
        "and taken off by destroy. ignore: neither. Default: expect.",
    ),
});

/** The `network` part of a stack's config. */
export const networkRequest = strict({
  cidr: z
    .string()
    .optional()
    .describe(
      "IPv4 range of the VPC, /16 to /22. Changing it replaces the network: not possible while clusters live in " +
        "it. Default: 10.20.0.0/16.",
    ),
  secondaryCidrs: z
    .array(z.string())
    .optional()
    .describe(
      "Further IPv4 ranges of the VPC, /16 to /28, at most four, of the same private network as cidr. Subnets " +
        "given by zone may lie in them; computed ones stay in cidr, so adding a range moves nothing. apiAccess and " +
        "others' firewalls must let them in where they name cidr. Default: none.",
    ),
  ipv6: z
    .boolean()
    .optional()
    .describe(
      "IPv6 beside IPv4: a /56 of Amazon's for the VPC, a /64 for each subnet, ways out for both kinds (private " +
        "subnets cannot be reached from outside), all free of charge. For what else lives in the VPC: clusters stay " +
        "IPv4, and kOps gives their nodes no IPv6 address. Turned on in place; turning it off takes a step by hand. " +
        "Default: false.",
    ),
  zones: z
    .array(z.string())
    .min(1, { error: "needs at least one zone" })
    .describe(
      "Availability zones by full name, one to all of the region. Adding one moves nothing; removing one deletes " +
        "its subnets.",
    ),
  topology: z
    .enum(["private", "public"])
    .optional()
    .describe(
      "private: nodes in private subnets, utility subnets beside them. public: utility subnets only, nodes have " +
        "public addresses, no NAT gateway to pay for. Default: private.",
    ),
  nat: z
    .enum(["per-zone", "single", "none"])
    .optional()
    .describe(
      "Way out of private subnets. About USD 43 a month for each gateway; with single, nodes of all zones lose " +
        "the internet when the first zone fails. Default: per-zone.",
    ),
  subnets: z
    .record(
      z.string(),
      strict({
        private: z.string().optional().describe("IPv4 range of its private subnet. Default: computed."),
        utility: z.string().optional().describe("IPv4 range of its utility subnet. Default: computed."),
      }),
    )
    .optional()
    .describe(
      "Subnet ranges given for single zones instead of computed, inside cidr or one of secondaryCidrs. Changing " +
        "one replaces the subnet.",
    ),
  endpoints: endpoints
    .optional()
    .describe("Ways to AWS services beside the gateway endpoint for S3, which is always made. Default: none."),
  flowLogs: flowLogs
    .optional()
    .describe(
      "A line per flow of packets, to CloudWatch Logs (USD 0.50 to 0.70 per GB) or S3 (about half). Default: none.",
    ),
  dhcpOptions: dhcpOptions
    .optional()
    .describe(
      "What hosts are told by DHCP. A change makes another set of options before the old one goes; nodes take it " +
        "when they renew their lease, within the hour, and none is replaced. Default: AWS's own.",
    ),
  peerings: z
    .record(
      z
        .string()
        .regex(/^[a-z]([-a-z0-9]*[a-z0-9])?$/, { error: "must be a name of lower case letters, digits and hyphens" }),
      peering,
    )
    .optional()
    .describe("VPCs to be peered with, by a name that stays. Another name is another connection. Default: none."),
  existing: existing
    .optional()
    .describe(
      "A VPC and subnets made elsewhere, instead of new ones. They are looked up and checked; nothing is made in " +
        "them but tags. Default: none.",
    ),
});

export type NetworkRequest = z.output<typeof networkRequest>;
