import { needText, type Handler } from "../../shared/handler.ts";
import { s3Of } from "./shared.ts";

export const handler: Handler = {
  token: "aws:s3/bucketPolicy:BucketPolicy",
  source: "terraform-provider-aws, internal/service/s3/bucket_policy.go, schema ForceNew",
  replace: ["bucket"],
  documents: ["policy"],

  async create(context, inputs) {
    const id = needText(inputs, "bucket");
    await s3Of(context).putBucketPolicy({ Bucket: id, Policy: needText(inputs, "policy") });
    return id;
  },

  async read(context, id) {
    const { Policy: policy } = await s3Of(context).getBucketPolicy({ Bucket: id });
    return policy === undefined ? undefined : { state: { bucket: id, policy } };
  },

  async update(context, id, _olds, news) {
    await s3Of(context).putBucketPolicy({ Bucket: id, Policy: needText(news, "policy") });
  },

  async delete(context, id) {
    await s3Of(context).deleteBucketPolicy({ Bucket: id });
  },
};
