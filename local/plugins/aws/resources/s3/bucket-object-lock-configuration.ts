import type { ObjectLockEnabled, ObjectLockRetentionMode } from "@aws-sdk/client-s3";
import type { Props } from "../../../protocol/values.ts";
import { number, object, text, type Context, type Handler } from "../../shared/handler.ts";
import { s3Of, settingId, target, targetState } from "./shared.ts";

export const handler: Handler = {
  token: "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
  source: "terraform-provider-aws, internal/service/s3/bucket_object_lock_configuration.go, schema ForceNew",
  replace: ["bucket", "expectedBucketOwner", "objectLockEnabled"],
  defaults: { objectLockEnabled: "Enabled" },
  unsupported: ["token"],

  async create(context, inputs) {
    const id = settingId(inputs);
    await put(context, id, inputs);
    return id;
  },

  async read(context, id) {
    // Without a configuration AWS answers ObjectLockConfigurationNotFoundError: the setting does not exist.
    const { ObjectLockConfiguration: lock } = await s3Of(context).getObjectLockConfiguration(target(id));
    if (lock === undefined) return undefined;
    const kept = lock.Rule?.DefaultRetention;
    return {
      state: {
        ...targetState(id),
        objectLockEnabled: lock.ObjectLockEnabled,
        ...(kept?.Mode !== undefined && {
          rule: { defaultRetention: { mode: kept.Mode, days: kept.Days ?? 0, years: kept.Years ?? 0 } },
        }),
      },
    };
  },

  update: (context, id, _olds, news) => put(context, id, news),

  // Object Lock stays: only the retention of new objects ends.
  delete: (context, id, state) => put(context, id, { objectLockEnabled: state["objectLockEnabled"] ?? "Enabled" }),
};

async function put(context: Context, id: string, inputs: Props): Promise<void> {
  const kept = object(object(inputs, "rule") ?? {}, "defaultRetention");
  const [days, years] = kept ? [number(kept, "days"), number(kept, "years")] : [];
  await s3Of(context).putObjectLockConfiguration({
    ...target(id),
    ObjectLockConfiguration: {
      ObjectLockEnabled: text(inputs, "objectLockEnabled") as ObjectLockEnabled,
      ...(kept && {
        Rule: {
          DefaultRetention: {
            Mode: text(kept, "mode") as ObjectLockRetentionMode,
            ...(days && { Days: days }),
            ...(years && { Years: years }),
          },
        },
      }),
    },
  });
}
