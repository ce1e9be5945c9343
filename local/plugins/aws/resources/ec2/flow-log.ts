import type { FlowLog, FlowLogsResourceType, LogDestinationType, TrafficType } from "@aws-sdk/client-ec2";
import type { CheckFailure } from "../../../protocol/provider.ts";
import type { Props } from "../../../protocol/values.ts";
import { needText, number, text, type Context, type Handler } from "../../shared/handler.ts";
import { arnOf, ec2Of, tagEc2, tagsOf, tagSpecifications } from "./shared.ts";

/** What can be logged, by argument. */
const LOGGED = { vpcId: "VPC", subnetId: "Subnet", eniId: "NetworkInterface" } as const satisfies Record<
  string,
  FlowLogsResourceType
>;

const NOT_CARRIED_OUT = [
  "deliverCrossAccountRole",
  "destinationOptions",
  "regionalNatGatewayId",
  "tagFieldSpecifications",
  "transitGatewayAttachmentId",
  "transitGatewayId",
];

export const handler: Handler = {
  token: "aws:ec2/flowLog:FlowLog",
  source: "terraform-provider-aws, internal/service/ec2/vpc_flow_log.go, schema ForceNew",
  replace: [
    ...Object.keys(LOGGED),
    ...NOT_CARRIED_OUT,
    "iamRoleArn",
    "logDestination",
    "logDestinationType",
    "logFormat",
    "maxAggregationInterval",
    "trafficType",
  ],
  defaults: { logDestinationType: "cloud-watch-logs", maxAggregationInterval: 600 },
  unsupported: NOT_CARRIED_OUT,
  // A log group's ARN may end in `:*`; AWS returns it without.
  normalise: (inputs) => ({
    ...inputs,
    ...(text(inputs, "logDestination") && { logDestination: needText(inputs, "logDestination").replace(/:\*$/, "") }),
  }),
  validate(inputs): CheckFailure[] {
    const failures: CheckFailure[] = [];
    const given = Object.keys(LOGGED).filter((name) => inputs[name] !== undefined);
    if (given.length !== 1)
      failures.push({ property: "vpcId", reason: `give exactly one of ${Object.keys(LOGGED).join(", ")}` });
    const interval = number(inputs, "maxAggregationInterval");
    if (interval !== undefined && ![60, 600].includes(interval))
      failures.push({ property: "maxAggregationInterval", reason: `${interval} is neither 60 nor 600 seconds` });
    return failures;
  },

  async create(context, inputs) {
    const [resource, type] = loggedOf(inputs);
    const answer = await ec2Of(context).createFlowLogs({
      ResourceIds: [resource],
      ResourceType: type,
      LogDestinationType: text(inputs, "logDestinationType") as LogDestinationType,
      MaxAggregationInterval: number(inputs, "maxAggregationInterval"),
      ...(text(inputs, "trafficType") && { TrafficType: text(inputs, "trafficType") as TrafficType }),
      ...(text(inputs, "logDestination") && { LogDestination: text(inputs, "logDestination") }),
      ...(text(inputs, "logFormat") && { LogFormat: text(inputs, "logFormat") }),
      ...(text(inputs, "iamRoleArn") && { DeliverLogsPermissionArn: text(inputs, "iamRoleArn") }),
      ...tagSpecifications("vpc-flow-log", inputs),
    });
    refused(answer);
    return answer.FlowLogIds?.[0] ?? "";
  },

  async read(context, id) {
    const log = await find(context, id);
    if (log === undefined) return undefined;
    const [argument] =
      Object.entries(LOGGED).find(([name]) => log.ResourceId?.startsWith(prefixes[name as keyof typeof LOGGED])) ?? [];
    return {
      state: {
        arn: arnOf(context, await context.account(), `vpc-flow-log/${id}`),
        iamRoleArn: log.DeliverLogsPermissionArn,
        logDestination: log.LogDestination,
        logDestinationType: log.LogDestinationType,
        logFormat: log.LogFormat,
        maxAggregationInterval: log.MaxAggregationInterval,
        trafficType: log.TrafficType,
        ...(argument !== undefined && { [argument]: log.ResourceId }),
      },
      tags: tagsOf(log),
    };
  },

  tag: tagEc2,

  async delete(context, id) {
    refused(await ec2Of(context).deleteFlowLogs({ FlowLogIds: [id] }));
  },
};

const prefixes: Readonly<Record<keyof typeof LOGGED, string>> = { vpcId: "vpc-", subnetId: "subnet-", eniId: "eni-" };

function loggedOf(inputs: Props): [id: string, type: FlowLogsResourceType] {
  for (const [name, type] of Object.entries(LOGGED)) {
    const id = text(inputs, name);
    if (id !== undefined) return [id, type];
  }
  throw new Error(`a flow log needs one of ${Object.keys(LOGGED).join(", ")}`);
}

/** These calls answer 200 and list what they did not do. */
function refused({
  Unsuccessful: [failed] = [],
}: {
  Unsuccessful?:
    | {
        ResourceId?: string | undefined;
        Error?: { Code?: string | undefined; Message?: string | undefined } | undefined;
      }[]
    | undefined;
}): void {
  if (failed === undefined) return;
  throw new Error(
    `${failed.ResourceId ?? "the flow log"}: ${failed.Error?.Code ?? "error"}: ` +
      (failed.Error?.Message ?? "AWS does not say why"),
  );
}

// With a filter: a lookup of a deleted flow log by id is an error on AWS and an empty list elsewhere.
async function find(context: Context, id: string): Promise<FlowLog | undefined> {
  const { FlowLogs: [log] = [] } = await ec2Of(context).describeFlowLogs({
    Filter: [{ Name: "flow-log-id", Values: [id] }],
  });
  return log;
}
