import type { Props } from "../../../protocol/values.ts";
import { needText, type Context, type Handler } from "../../shared/handler.ts";
import { s3Of, settingId, target, targetState } from "./shared.ts";

export const handler: Handler = {
  token: "aws:s3/bucketLogging:BucketLogging",
  source: "terraform-provider-aws, internal/service/s3/bucket_logging.go, schema ForceNew",
  replace: ["bucket", "expectedBucketOwner"],
  unsupported: ["targetGrants", "targetObjectKeyFormat"],

  async create(context, inputs) {
    const id = settingId(inputs);
    await put(context, id, inputs);
    return id;
  },

  async read(context, id) {
    const { LoggingEnabled: logging } = await s3Of(context).getBucketLogging(target(id));
    // A bucket without logging answers so: the setting does not exist.
    return (
      logging && {
        state: { ...targetState(id), targetBucket: logging.TargetBucket, targetPrefix: logging.TargetPrefix ?? "" },
      }
    );
  },

  update: (context, id, _olds, news) => put(context, id, news),

  async delete(context, id) {
    await s3Of(context).putBucketLogging({ ...target(id), BucketLoggingStatus: {} });
  },
};

async function put(context: Context, id: string, inputs: Props): Promise<void> {
  const LoggingEnabled = {
    TargetBucket: needText(inputs, "targetBucket"),
    TargetPrefix: typeof inputs["targetPrefix"] === "string" ? inputs["targetPrefix"] : "",
  };
  await s3Of(context).putBucketLogging({ ...target(id), BucketLoggingStatus: { LoggingEnabled } });
}
