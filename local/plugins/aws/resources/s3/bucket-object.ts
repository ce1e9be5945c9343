import type { ServerSideEncryption, StorageClass } from "@aws-sdk/client-s3";
import type { Props } from "../../../protocol/values.ts";
import { bool, needText, object, text, type Context, type Handler } from "../../shared/handler.ts";
import { fromList, toList } from "../../shared/tags.ts";
import { s3Of } from "./shared.ts";

export const handler: Handler = {
  token: "aws:s3/bucketObjectv2:BucketObjectv2",
  source: "terraform-provider-aws, internal/service/s3/object.go, schema ForceNew",
  replace: ["bucket", "key"],
  defaults: { forceDestroy: false },
  writeOnly: ["content", "contentBase64", "forceDestroy", "kmsKeyId", "sourceHash"],
  autoname: { property: "key", max: 1024 },
  unsupported: [
    "acl",
    "checksumAlgorithm",
    "etag",
    "objectLockLegalHoldStatus",
    "objectLockMode",
    "objectLockRetainUntilDate",
    "overrideProvider",
    "source",
  ],
  validate: (inputs) =>
    inputs["content"] !== undefined && inputs["contentBase64"] !== undefined
      ? [{ property: "contentBase64", reason: "give either content or contentBase64" }]
      : [],

  async create(context, inputs) {
    const key = needText(inputs, "key").replace(/^\//, "");
    await put(context, key, inputs);
    return key;
  },

  async read(context, id, state) {
    const at = { Bucket: needText(state, "bucket"), Key: id };
    const [head, tags] = await Promise.all([s3Of(context).headObject(at), s3Of(context).getObjectTagging(at)]);
    return {
      state: {
        arn: `arn:${context.partition}:s3:::${at.Bucket}/${id}`,
        bucket: at.Bucket,
        bucketKeyEnabled: head.BucketKeyEnabled ?? false,
        cacheControl: head.CacheControl,
        contentDisposition: head.ContentDisposition,
        contentEncoding: head.ContentEncoding,
        contentLanguage: head.ContentLanguage,
        contentType: head.ContentType,
        etag: (head.ETag ?? "").replaceAll('"', ""),
        key: id,
        metadata: head.Metadata,
        serverSideEncryption: head.ServerSideEncryption ?? "",
        storageClass: head.StorageClass ?? "STANDARD",
        versionId: head.VersionId ?? "",
        websiteRedirect: head.WebsiteRedirectLocation,
      },
      tags: fromList(tags.TagSet),
    };
  },

  // An object is written as a whole, with its tags.
  update: (context, id, _olds, news) => put(context, id, news),

  async delete(context, id, state) {
    const s3 = s3Of(context);
    const Bucket = needText(state, "bucket");
    // Deletes all versions of the key, like the official plugin: only then is it gone from a versioned bucket.
    const page = await s3.listObjectVersions({ Bucket, Prefix: id });
    const versions = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].filter(({ Key }) => Key === id);
    for (const { VersionId } of versions)
      await s3.deleteObject({ Bucket, Key: id, ...(VersionId && VersionId !== "null" && { VersionId }) });
  },
};

async function put(context: Context, key: string, inputs: Props): Promise<void> {
  const base64 = text(inputs, "contentBase64");
  const metadata = object(inputs, "metadata");
  const tags = toList(inputs["tagsAll"]);
  const given = (name: string): string | undefined => text(inputs, name);
  await s3Of(context).putObject({
    Bucket: needText(inputs, "bucket"),
    Key: key,
    Body: base64 === undefined ? (given("content") ?? "") : Buffer.from(base64, "base64"),
    ContentType: given("contentType") ?? "application/octet-stream",
    ...(given("cacheControl") && { CacheControl: given("cacheControl") }),
    ...(given("contentDisposition") && { ContentDisposition: given("contentDisposition") }),
    ...(given("contentEncoding") && { ContentEncoding: given("contentEncoding") }),
    ...(given("contentLanguage") && { ContentLanguage: given("contentLanguage") }),
    ...(given("websiteRedirect") && { WebsiteRedirectLocation: given("websiteRedirect") }),
    ...(given("serverSideEncryption") && {
      ServerSideEncryption: given("serverSideEncryption") as ServerSideEncryption,
    }),
    ...(given("kmsKeyId") && { SSEKMSKeyId: given("kmsKeyId"), ServerSideEncryption: "aws:kms" as const }),
    ...(given("storageClass") && { StorageClass: given("storageClass") as StorageClass }),
    ...(bool(inputs, "bucketKeyEnabled") !== undefined && { BucketKeyEnabled: bool(inputs, "bucketKeyEnabled") }),
    ...(metadata && {
      Metadata: Object.fromEntries(
        Object.entries(metadata).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
      ),
    }),
    ...(tags.length > 0 && {
      Tagging: new URLSearchParams(tags.map(({ Key, Value }): [string, string] => [Key, Value])).toString(),
    }),
  });
}
