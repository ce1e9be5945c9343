import type { Issue } from "../config/problems.ts";

/** Which packets are noted: all, those let through, or those refused. */
export type Traffic = "all" | "accepted" | "rejected";

interface FlowLogsBase {
  /** Fewer packets cost less: `rejected` is often enough to find out what a security group stops. @default "all" */
  traffic?: Traffic | undefined;
  /**
   * Seconds that are summed up in one line. 60 gives up to ten times as many lines, and costs accordingly. @default 600
   */
  interval?: 60 | 600 | undefined;
}

/**
 * A line per flow of packets in the VPC. Changing anything but tags and retention makes another flow log in place of
 * the old one, with a gap of seconds; what was logged stays.
 */
export type FlowLogsRequest =
  | (FlowLogsBase & {
      /** Log group of CloudWatch Logs, made here and deleted with the network. About USD 0.50 to 0.70 per GB. */
      to: "cloudwatch";
      /** Days that lines are kept, one of the numbers CloudWatch Logs takes. @default 30 */
      retentionDays?: number | undefined;
    })
  | (FlowLogsBase & {
      /**
       * A bucket made elsewhere. About half the price of CloudWatch Logs; how long objects are kept is up to the
       * bucket.
       */
      to: "s3";
      /**
       * ARN of the bucket, with a folder if need be: `arn:aws:s3:::my-logs/vpc`. AWS adds what it needs to its policy.
       */
      bucketArn: string;
    });

export const defaultRetentionDays = 30;

/** CloudWatch Logs takes these and no others. */
export const retentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

export const trafficTypes = { all: "ALL", accepted: "ACCEPT", rejected: "REJECT" } as const satisfies Record<
  Traffic,
  string
>;

export function flowLogProblems(request: FlowLogsRequest): Issue[] {
  if (request.to === "s3") {
    return /^arn:[a-z-]+:s3:::[a-z0-9][a-z0-9.-]+(\/.*)?$/.test(request.bucketArn)
      ? []
      : [
          {
            path: ["flowLogs", "bucketArn"],
            message: `"${request.bucketArn}" is no ARN of a bucket, such as arn:aws:s3:::my-logs/vpc`,
          },
        ];
  }
  const days = request.retentionDays ?? defaultRetentionDays;
  return (retentionDays as readonly number[]).includes(days)
    ? []
    : [
        {
          path: ["flowLogs", "retentionDays"],
          message: `CloudWatch Logs does not take ${days} days, only ${retentionDays.join(", ")}`,
        },
      ];
}

/** The flow log service of this account, and of no other, takes on the role. */
export function flowLogTrust(accountId: string): string {
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

/** Writes into the one log group, which is there already. */
export function flowLogPolicy(logGroupArn: string): string {
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
