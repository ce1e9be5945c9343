import { z } from "zod";
import * as aws from "../aws/services.mjs";
import { strict, type Issue } from "../config/problems.ts";
import type { NetworkVpc } from "./vpc.ts";

const defaultRetentionDays = 30;

/** The only numbers that CloudWatch Logs allows. */
const retentionDays: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const trafficTypes = { all: "ALL", accepted: "ACCEPT", rejected: "REJECT" } as const;

const both = {
  traffic: z
    .enum(["all", "accepted", "rejected"])
    .optional()
    .describe(
      "Which packets are logged. Fewer cost less: `rejected` is often enough to find what a security group blocks. " +
        "Changing it makes another flow log. Default: all.",
    ),
  interval: z
    .union([z.literal(60), z.literal(600)], { error: "must be 60 or 600 seconds" })
    .optional()
    .describe(
      "Seconds that one line sums up; 60 costs up to ten times as much. Changing it makes another flow log. " +
        "Default: 600.",
    ),
};

export const flowLogs = z
  .discriminatedUnion("to", [
    strict({
      to: z
        .literal("cloudwatch")
        .describe("cloudwatch: to a log group made here and deleted with the network. s3: to a bucket made elsewhere."),
      retentionDays: z
        .int()
        .optional()
        .describe(
          "Days that lines are kept, one of the numbers CloudWatch Logs allows. Changed in place. Default: 30.",
        ),
      ...both,
    }),
    strict({
      to: z.literal("s3"),
      bucketArn: z
        .string()
        .describe("ARN of a bucket made elsewhere, with a folder if you like. AWS adds what it needs to its policy."),
      ...both,
    }),
  ])
  .describe(
    "One line for each flow of packets, to CloudWatch Logs (USD 0.50 to 0.70 per GB) or S3 (about half). Another " +
      "flow " +
      "log leaves a gap of seconds; older lines stay. Default: none.",
  );

type FlowLogsRequest = z.output<typeof flowLogs>;

export function flowLogProblems(request: FlowLogsRequest): Issue[] {
  if (request.to === "s3") {
    if (/^arn:[a-z-]+:s3:::[a-z0-9][a-z0-9.-]+(\/.*)?$/.test(request.bucketArn)) return [];
    const message = `"${request.bucketArn}" is not the ARN of a bucket, such as arn:aws:s3:::my-logs/vpc`;
    return [{ path: ["flowLogs", "bucketArn"], message }];
  }
  const days = request.retentionDays ?? defaultRetentionDays;
  if (retentionDays.includes(days)) return [];
  const message = `CloudWatch Logs does not allow ${days} days, only ${retentionDays.join(", ")}`;
  return [{ path: ["flowLogs", "retentionDays"], message }];
}

/** Only the flow log service of this account may assume the role. */
function trustPolicy(accountId: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "vpc-flow-logs.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "aws:SourceAccount": accountId } },
      },
    ],
  });
}

/** The role may write to one log group, which already exists. */
function writePolicy(logGroupArn: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogGroups", "logs:DescribeLogStreams"],
        Resource: [logGroupArn, `${logGroupArn}:*`],
      },
    ],
  });
}

export function createFlowLogs(request: FlowLogsRequest, { name: network, vpc, named, parent }: NetworkVpc): void {
  const name = `${network}-flow-logs`;
  const tags = named(name);
  const common = {
    vpcId: vpc.id,
    trafficType: trafficTypes[request.traffic ?? "all"],
    maxAggregationInterval: request.interval ?? 600,
    tags,
  };
  if (request.to === "s3") {
    new aws.ec2.FlowLog(
      name,
      { ...common, logDestinationType: "s3", logDestination: request.bucketArn },
      { parent, deleteBeforeReplace: true },
    );
    return;
  }
  const retentionInDays = request.retentionDays ?? defaultRetentionDays;
  const group = new aws.cloudwatch.LogGroup(name, { retentionInDays, tags }, { parent });
  const role = new aws.iam.Role(name, { assumeRolePolicy: vpc.ownerId.apply(trustPolicy), tags }, { parent });
  const policy = new aws.iam.RolePolicy(name, { role: role.name, policy: group.arn.apply(writePolicy) }, { parent });
  new aws.ec2.FlowLog(
    name,
    { ...common, logDestinationType: "cloud-watch-logs", logDestination: group.arn, iamRoleArn: role.arn },
    // A flow log that may not write yet is created and stays silent. AWS refuses a second one with the same target.
    { parent, dependsOn: [policy], deleteBeforeReplace: true },
  );
}
