import { CloudWatchLogs, type LogGroup } from "@aws-sdk/client-cloudwatch-logs";
import { bool, changed, needText, number, text, type Context, type Handler } from "../../shared/handler.ts";
import { fromList, toList, type Tags } from "../../shared/tags.ts";

export const handler: Handler = {
  token: "aws:cloudwatch/logGroup:LogGroup",
  source: "terraform-provider-aws, internal/service/logs/group.go, schema ForceNew",
  replace: ["logGroupClass", "name", "namePrefix"],
  defaults: { retentionInDays: 0, skipDestroy: false },
  unsupported: ["deletionProtectionEnabled", "kmsKeyId", "logGroupClass"],
  writeOnly: ["namePrefix", "skipDestroy"],
  autoname: { property: "name", prefixProperty: "namePrefix", max: 512 },

  async create(context, inputs) {
    const name = text(inputs, "name") ?? `${needText(inputs, "namePrefix")}${Date.now()}`;
    const tags = asMap(fromList(toList(inputs["tagsAll"])));
    await logsOf(context).createLogGroup({ logGroupName: name, ...(tags && { tags }) });
    context.created(name);
    await applyRetention(context, name, number(inputs, "retentionInDays") ?? 0);
    return name;
  },

  async read(context, id) {
    const group = await find(context, id);
    if (group === undefined) return undefined;
    const arn = group.logGroupArn ?? group.arn?.replace(/:\*$/, "");
    const { tags = {} } = await logsOf(context).listTagsForResource({ resourceArn: arn });
    return {
      state: {
        arn,
        deletionProtectionEnabled: group.deletionProtectionEnabled ?? false,
        kmsKeyId: group.kmsKeyId,
        logGroupClass: group.logGroupClass ?? "STANDARD",
        name: group.logGroupName,
        namePrefix: "",
        retentionInDays: group.retentionInDays ?? 0,
      },
      tags,
    };
  },

  async update(context, id, olds, news) {
    if (changed(olds, news, "retentionInDays")) await applyRetention(context, id, number(news, "retentionInDays") ?? 0);
  },

  async tag(context, _id, { set, remove }, state) {
    const resourceArn = needText(state, "arn");
    if (remove.length > 0) await logsOf(context).untagResource({ resourceArn, tagKeys: [...remove] });
    if (Object.keys(set).length > 0) await logsOf(context).tagResource({ resourceArn, tags: { ...set } });
  },

  async delete(context, id, state) {
    if (bool(state, "skipDestroy")) return;
    await logsOf(context).deleteLogGroup({ logGroupName: id });
  },
};

function logsOf(context: Pick<Context, "clients" | "region">): CloudWatchLogs {
  return context.clients.of(CloudWatchLogs, "logs", context.region);
}

const asMap = (tags: Tags): Record<string, string> | undefined =>
  Object.keys(tags).length > 0 ? { ...tags } : undefined;

// AWS finds groups by the beginning of their names only, page by page.
async function find(context: Context, name: string): Promise<LogGroup | undefined> {
  let nextToken: string | undefined;
  do {
    const page = await logsOf(context).describeLogGroups({
      logGroupNamePrefix: name,
      ...(nextToken !== undefined && { nextToken }),
    });
    const found = page.logGroups?.find(({ logGroupName }) => logGroupName === name);
    if (found) return found;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return undefined;
}

/** Without days, log lines are kept for ever. */
async function applyRetention(context: Context, logGroupName: string, days: number): Promise<void> {
  if (days > 0) await logsOf(context).putRetentionPolicy({ logGroupName, retentionInDays: days });
  else await logsOf(context).deleteRetentionPolicy({ logGroupName });
}
