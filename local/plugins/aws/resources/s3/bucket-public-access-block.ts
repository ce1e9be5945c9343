import type { Props } from "../../../protocol/values.ts";
import { hasCode } from "../../shared/errors.ts";
import { bool, needText, type Context, type Handler } from "../../shared/handler.ts";
import { s3Of } from "./shared.ts";

export const handler: Handler = {
  token: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  source: "terraform-provider-aws, internal/service/s3/bucket_public_access_block.go, schema ForceNew",
  replace: ["bucket"],
  writeOnly: ["skipDestroy"],

  async create(context, inputs) {
    const id = needText(inputs, "bucket");
    await put(context, id, inputs);
    return id;
  },

  async read(context, id) {
    try {
      const { PublicAccessBlockConfiguration: block } = await s3Of(context).getPublicAccessBlock({ Bucket: id });
      return {
        state: {
          blockPublicAcls: block?.BlockPublicAcls ?? false,
          blockPublicPolicy: block?.BlockPublicPolicy ?? false,
          bucket: id,
          ignorePublicAcls: block?.IgnorePublicAcls ?? false,
          restrictPublicBuckets: block?.RestrictPublicBuckets ?? false,
        },
      };
    } catch (error) {
      if (hasCode(error, "NoSuchPublicAccessBlockConfiguration")) return undefined;
      throw error;
    }
  },

  update: (context, id, _olds, news) => put(context, id, news),

  async delete(context, id, state) {
    if (!bool(state, "skipDestroy")) await s3Of(context).deletePublicAccessBlock({ Bucket: id });
  },
};

async function put(context: Context, id: string, inputs: Props): Promise<void> {
  await s3Of(context).putPublicAccessBlock({
    Bucket: id,
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: bool(inputs, "blockPublicAcls") ?? false,
      BlockPublicPolicy: bool(inputs, "blockPublicPolicy") ?? false,
      IgnorePublicAcls: bool(inputs, "ignorePublicAcls") ?? false,
      RestrictPublicBuckets: bool(inputs, "restrictPublicBuckets") ?? false,
    },
  });
}
