import type { BucketLocationConstraint } from "@aws-sdk/client-s3";
import type { Props } from "../../../protocol/values.ts";
import { hasCode, isAbsent } from "../../shared/errors.ts";
import { bool, needText, text, type Context, type Handler } from "../../shared/handler.ts";
import { fromList, toList, type Tags } from "../../shared/tags.ts";
import { dnsSuffixOf } from "../../shared/partition.ts";
import { s3Of } from "./shared.ts";

// Each of these is a separate resource type now, and deprecated here.
const MOVED_OUT = [
  "accelerationStatus",
  "acl",
  "corsRules",
  "grants",
  "lifecycleRules",
  "logging",
  "objectLockConfiguration",
  "policy",
  "replicationConfiguration",
  "requestPayer",
  "serverSideEncryptionConfiguration",
  "versioning",
  "website",
];

export const handler: Handler = {
  token: "aws:s3/bucket:Bucket",
  source: "terraform-provider-aws, internal/service/s3/bucket.go, schema ForceNew",
  replace: ["bucket", "bucketNamespace", "bucketPrefix", "objectLockEnabled"],
  defaults: { forceDestroy: false },
  autoname: { property: "bucket", prefixProperty: "bucketPrefix", max: 63, lower: true },
  writeOnly: ["bucketPrefix", "forceDestroy"],
  unsupported: [...MOVED_OUT, "bucketNamespace"],
  validate(inputs) {
    const name = text(inputs, "bucket");
    if (name !== undefined && !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) {
      return [
        {
          property: "bucket",
          reason:
            `"${name}" is not a bucket name: 3 to 63 lower-case letters, digits, dots and hyphens, with a letter or ` +
            "digit at both ends",
        },
      ];
    }
    return [];
  },

  async create(context, inputs) {
    const s3 = s3Of(context);
    const name = text(inputs, "bucket") ?? `${needText(inputs, "bucketPrefix")}${Date.now().toString(36)}`;
    // AWS refuses the name of S3's home region.
    const location =
      context.region === "us-east-1"
        ? {}
        : { CreateBucketConfiguration: { LocationConstraint: context.region as BucketLocationConstraint } };
    await s3.createBucket({
      Bucket: name,
      ...location,
      ...(bool(inputs, "objectLockEnabled") && { ObjectLockEnabledForBucket: true }),
    });
    context.created(name);
    const tags = toList(inputs["tagsAll"]);
    if (tags.length > 0) await s3.putBucketTagging({ Bucket: name, Tagging: { TagSet: tags } });
    return name;
  },

  async read(context, id) {
    const s3 = s3Of(context);
    await s3.headBucket({ Bucket: id });
    const [versioning, encryption, lock, tags] = await Promise.all([
      s3.getBucketVersioning({ Bucket: id }),
      orNone(["ServerSideEncryptionConfigurationNotFoundError"], () => s3.getBucketEncryption({ Bucket: id })),
      orNone(["ObjectLockConfigurationNotFoundError"], () => s3.getObjectLockConfiguration({ Bucket: id })),
      tagsOf(context, id),
    ]);
    const suffix = dnsSuffixOf(context.region);
    const rule = encryption?.ServerSideEncryptionConfiguration?.Rules?.[0];
    const byDefault = rule?.ApplyServerSideEncryptionByDefault;
    return {
      state: {
        arn: `arn:${context.partition}:s3:::${id}`,
        bucket: id,
        bucketDomainName: `${id}.s3.${suffix}`,
        bucketRegion: context.region,
        bucketRegionalDomainName: `${id}.s3.${context.region}.${suffix}`,
        hostedZoneId: HOSTED_ZONES[context.region],
        objectLockEnabled: lock?.ObjectLockConfiguration?.ObjectLockEnabled === "Enabled",
        requestPayer: "BucketOwner",
        ...(byDefault && {
          serverSideEncryptionConfiguration: {
            rule: {
              applyServerSideEncryptionByDefault: {
                kmsMasterKeyId: byDefault.KMSMasterKeyID ?? "",
                sseAlgorithm: byDefault.SSEAlgorithm,
              },
              bucketKeyEnabled: rule.BucketKeyEnabled ?? false,
            },
          },
        }),
        versioning: { enabled: versioning.Status === "Enabled", mfaDelete: versioning.MFADelete === "Enabled" },
      },
      tags,
    };
  },

  // S3 replaces all tags of a bucket: foreign tags must be written back.
  async tag(context, id, { set, remove }) {
    const now = await tagsOf(context, id);
    const wanted = Object.fromEntries(Object.entries({ ...now, ...set }).filter(([key]) => !remove.includes(key)));
    if (Object.keys(wanted).length > 0)
      await s3Of(context).putBucketTagging({ Bucket: id, Tagging: { TagSet: toList(wanted) } });
    else await s3Of(context).deleteBucketTagging({ Bucket: id });
  },

  async delete(context, id, state: Props) {
    try {
      if (bool(state, "forceDestroy")) await purge(context, id);
      await s3Of(context).deleteBucket({ Bucket: id });
    } catch (error) {
      if (!hasCode(error, "BucketNotEmpty")) throw error;
      throw new Error(
        `the bucket ${id} is not empty: empty it, or set forceDestroy on it, run \`pulumi up\`, and try again`,
        { cause: error },
      );
    }
  },
};

async function tagsOf(context: Context, id: string): Promise<Tags> {
  const answer = await orNone(["NoSuchTagSet", "NoSuchTagSetError"], () =>
    s3Of(context).getBucketTagging({ Bucket: id }),
  );
  return fromList(answer?.TagSet);
}

async function orNone<T>(codes: readonly string[], ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (hasCode(error, ...codes)) return undefined;
    throw error;
  }
}

/** Every version of every object and every delete marker, in pages of 1,000, the most that one request takes. */
async function purge(context: Context, id: string): Promise<void> {
  const s3 = s3Of(context);
  for (;;) {
    const page = await s3.listObjectVersions({ Bucket: id, MaxKeys: 1000 });
    const Objects = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({
      Key,
      VersionId,
    }));
    if (Objects.length === 0) break;
    const { Errors: [failed] = [] } = await s3.deleteObjects({ Bucket: id, Delete: { Objects, Quiet: true } });
    if (failed !== undefined && !isAbsent(failed)) {
      throw new Error(
        `${failed.Key ?? "an object"} of the bucket ${id} could not be deleted: ${failed.Code ?? ""} ` +
          (failed.Message ?? ""),
      );
    }
  }
  const { Uploads: uploads = [] } = await s3.listMultipartUploads({ Bucket: id });
  for (const { Key, UploadId } of uploads) await s3.abortMultipartUpload({ Bucket: id, Key, UploadId });
}

// Hosted zones of S3's website endpoints, by region: https://docs.aws.amazon.com/general/latest/gr/s3.html
const HOSTED_ZONES: Readonly<Record<string, string>> = {
  "ap-northeast-1": "Z2M4EHUR26P7ZW",
  "ap-northeast-2": "Z3W03O7B5YMIYP",
  "ap-south-1": "Z11RGJOFQNVJUP",
  "ap-southeast-1": "Z3O0J2DXBE1FTB",
  "ap-southeast-2": "Z1WCIGYICN2BYD",
  "ca-central-1": "Z1QDHH18159H29",
  "eu-central-1": "Z21DNDUVLTQW6Q",
  "eu-north-1": "Z3BAZG2TWCNX0D",
  "eu-west-1": "Z1BKCTXD74EZPE",
  "eu-west-2": "Z3GKZC51ZF0DB4",
  "eu-west-3": "Z3R1K369G5AVDG",
  "sa-east-1": "Z7KQH4QJS55SO",
  "us-east-1": "Z3AQBSTGFYJSTF",
  "us-east-2": "Z2O1EMRO9K5GLX",
  "us-west-1": "Z2F56UZL2M1ACD",
  "us-west-2": "Z3BJ6K6RIION7M",
};
