import type { ObjectOwnership } from "@aws-sdk/client-s3";
import type { Props } from "../../../protocol/values.ts";
import { hasCode } from "../../shared/errors.ts";
import { needText, object, text, type Context, type Handler } from "../../shared/handler.ts";
import { s3Of } from "./shared.ts";

export const handler: Handler = {
  token: "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
  source: "terraform-provider-aws, internal/service/s3/bucket_ownership_controls.go, schema ForceNew",
  replace: ["bucket"],

  async create(context, inputs) {
    const id = needText(inputs, "bucket");
    await put(context, id, inputs);
    return id;
  },

  async read(context, id) {
    try {
      const { OwnershipControls: controls } = await s3Of(context).getBucketOwnershipControls({ Bucket: id });
      const rule = controls?.Rules?.[0];
      return rule && { state: { bucket: id, rule: { objectOwnership: rule.ObjectOwnership } } };
    } catch (error) {
      if (hasCode(error, "OwnershipControlsNotFoundError")) return undefined;
      throw error;
    }
  },

  update: (context, id, _olds, news) => put(context, id, news),

  async delete(context, id) {
    await s3Of(context).deleteBucketOwnershipControls({ Bucket: id });
  },
};

async function put(context: Context, id: string, inputs: Props): Promise<void> {
  const ownership = text(object(inputs, "rule") ?? {}, "objectOwnership") as ObjectOwnership;
  await s3Of(context).putBucketOwnershipControls({
    Bucket: id,
    OwnershipControls: { Rules: [{ ObjectOwnership: ownership }] },
  });
}
