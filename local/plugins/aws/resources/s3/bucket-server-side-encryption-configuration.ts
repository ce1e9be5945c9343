import type { ServerSideEncryption } from "@aws-sdk/client-s3";
import type { Props } from "../../../protocol/values.ts";
import { hasCode } from "../../shared/errors.ts";
import { bool, object, objects, text, type Context, type Handler } from "../../shared/handler.ts";
import { s3Of, settingId, target, targetState } from "./shared.ts";

const ABSENT = "ServerSideEncryptionConfigurationNotFoundError";

export const handler: Handler = {
  token: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  source: "terraform-provider-aws, internal/service/s3/bucket_server_side_encryption_configuration.go, schema ForceNew",
  replace: ["bucket", "expectedBucketOwner"],
  sets: ["rules"],

  async create(context, inputs) {
    const id = settingId(inputs);
    await put(context, id, inputs);
    return id;
  },

  async read(context, id) {
    try {
      const { ServerSideEncryptionConfiguration: configuration } = await s3Of(context).getBucketEncryption(target(id));
      return {
        state: {
          ...targetState(id),
          rules: (configuration?.Rules ?? []).map((rule) => ({
            ...(rule.ApplyServerSideEncryptionByDefault && {
              applyServerSideEncryptionByDefault: {
                kmsMasterKeyId: rule.ApplyServerSideEncryptionByDefault.KMSMasterKeyID ?? "",
                sseAlgorithm: rule.ApplyServerSideEncryptionByDefault.SSEAlgorithm,
              },
            }),
            blockedEncryptionTypes: rule.BlockedEncryptionTypes?.EncryptionType ?? [],
            bucketKeyEnabled: rule.BucketKeyEnabled ?? false,
          })),
        },
      };
    } catch (error) {
      if (hasCode(error, ABSENT)) return undefined;
      throw error;
    }
  },

  update: (context, id, _olds, news) => put(context, id, news),

  async delete(context, id) {
    await s3Of(context).deleteBucketEncryption(target(id));
  },
};

async function put(context: Context, id: string, inputs: Props): Promise<void> {
  const Rules = objects(inputs, "rules").map((rule) => {
    const byDefault = object(rule, "applyServerSideEncryptionByDefault");
    const key = byDefault && text(byDefault, "kmsMasterKeyId");
    return {
      ...(byDefault && {
        ApplyServerSideEncryptionByDefault: {
          SSEAlgorithm: text(byDefault, "sseAlgorithm") as ServerSideEncryption,
          ...(key && { KMSMasterKeyID: key }),
        },
      }),
      ...(bool(rule, "bucketKeyEnabled") !== undefined && { BucketKeyEnabled: bool(rule, "bucketKeyEnabled") }),
    };
  });
  await s3Of(context).putBucketEncryption({ ...target(id), ServerSideEncryptionConfiguration: { Rules } });
}
