import type { KeySpec, KeyUsageType } from "@aws-sdk/client-kms";
import type { CheckFailure } from "../../../protocol/provider.ts";
import type { Props } from "../../../protocol/values.ts";
import { hasCode } from "../../shared/errors.ts";
import { bool, changed, needText, number, text, type Context, type Handler } from "../../shared/handler.ts";
import { toList } from "../../shared/tags.ts";
import { kmsOf } from "./shared.ts";

export const handler: Handler = {
  token: "aws:kms/key:Key",
  source: "terraform-provider-aws, internal/service/kms/key.go, schema ForceNew",
  replace: ["customKeyStoreId", "customerMasterKeySpec", "keyUsage", "multiRegion", "xksKeyId"],
  defaults: {
    bypassPolicyLockoutSafetyCheck: false,
    customerMasterKeySpec: "SYMMETRIC_DEFAULT",
    enableKeyRotation: false,
    isEnabled: true,
    keyUsage: "ENCRYPT_DECRYPT",
  },
  documents: ["policy"],
  writeOnly: ["bypassPolicyLockoutSafetyCheck", "deletionWindowInDays"],
  unsupported: ["customKeyStoreId", "xksKeyId"],
  validate(inputs): CheckFailure[] {
    const days = number(inputs, "deletionWindowInDays");
    return days !== undefined && (days < 7 || days > 30)
      ? [{ property: "deletionWindowInDays", reason: `${days} days are not between 7 and 30` }]
      : [];
  },

  async create(context, inputs) {
    const kms = kmsOf(context);
    const tags = toList(inputs["tagsAll"]).map(({ Key, Value }) => ({ TagKey: Key, TagValue: Value }));
    const { KeyMetadata: key } = await kms.createKey({
      KeySpec: text(inputs, "customerMasterKeySpec") as KeySpec,
      KeyUsage: text(inputs, "keyUsage") as KeyUsageType,
      BypassPolicyLockoutSafetyCheck: bool(inputs, "bypassPolicyLockoutSafetyCheck") ?? false,
      ...(bool(inputs, "multiRegion") && { MultiRegion: true }),
      ...(text(inputs, "description") && { Description: text(inputs, "description") }),
      ...(text(inputs, "policy") && { Policy: text(inputs, "policy") }),
      ...(tags.length > 0 && { Tags: tags }),
    });
    const id = key?.KeyId ?? "";
    context.created(id);
    if (bool(inputs, "enableKeyRotation")) await enableRotation(context, id, inputs);
    if (bool(inputs, "isEnabled") === false) await kms.disableKey({ KeyId: id });
    return id;
  },

  async read(context, id) {
    const kms = kmsOf(context);
    const { KeyMetadata: key } = await kms.describeKey({ KeyId: id });
    // A key that is being deleted counts as gone.
    if (key === undefined || key.KeyState === "PendingDeletion" || key.KeyState === "PendingReplicaDeletion")
      return undefined;
    const [policy, rotation, tags] = await Promise.all([
      kms.getKeyPolicy({ KeyId: id, PolicyName: "default" }),
      rotationOf(context, id),
      kms.listResourceTags({ KeyId: id }),
    ]);
    return {
      state: {
        arn: key.Arn,
        customerMasterKeySpec: key.KeySpec,
        description: key.Description ?? "",
        enableKeyRotation: rotation.enabled,
        isEnabled: key.Enabled ?? false,
        keyId: key.KeyId,
        keyUsage: key.KeyUsage,
        multiRegion: key.MultiRegion ?? false,
        policy: policy.Policy ?? "",
        rotationPeriodInDays: rotation.days,
      },
      tags: Object.fromEntries((tags.Tags ?? []).map(({ TagKey = "", TagValue = "" }) => [TagKey, TagValue])),
    };
  },

  async update(context, id, olds, news) {
    const kms = kmsOf(context);
    // A disabled key accepts no other change.
    if (changed(olds, news, "isEnabled") && bool(news, "isEnabled")) await kms.enableKey({ KeyId: id });
    if (
      changed(olds, news, "enableKeyRotation") ||
      (news["rotationPeriodInDays"] !== undefined && changed(olds, news, "rotationPeriodInDays"))
    ) {
      if (bool(news, "enableKeyRotation")) await enableRotation(context, id, news);
      else await kms.disableKeyRotation({ KeyId: id });
    }
    if (news["description"] !== undefined && changed(olds, news, "description")) {
      await kms.updateKeyDescription({ KeyId: id, Description: text(news, "description") ?? "" });
    }
    if (news["policy"] !== undefined && changed(olds, news, "policy")) {
      await kms.putKeyPolicy({
        KeyId: id,
        PolicyName: "default",
        Policy: needText(news, "policy"),
        BypassPolicyLockoutSafetyCheck: bool(news, "bypassPolicyLockoutSafetyCheck") ?? false,
      });
    }
    if (changed(olds, news, "isEnabled") && !bool(news, "isEnabled")) await kms.disableKey({ KeyId: id });
  },

  async tag(context, id, { set, remove }) {
    const kms = kmsOf(context);
    if (remove.length > 0) await kms.untagResource({ KeyId: id, TagKeys: [...remove] });
    const tags = toList(set).map(({ Key, Value }) => ({ TagKey: Key, TagValue: Value }));
    if (tags.length > 0) await kms.tagResource({ KeyId: id, Tags: tags });
  },

  async delete(context, id, state) {
    try {
      await kmsOf(context).scheduleKeyDeletion({
        KeyId: id,
        PendingWindowInDays: number(state, "deletionWindowInDays") ?? 30,
      });
    } catch (error) {
      // Its deletion has already begun.
      if (!hasCode(error, "KMSInvalidStateException")) throw error;
    }
  },
};

async function enableRotation(context: Context, id: string, inputs: Props): Promise<void> {
  const days = number(inputs, "rotationPeriodInDays");
  await kmsOf(context).enableKeyRotation({ KeyId: id, ...(days && { RotationPeriodInDays: days }) });
}

async function rotationOf(context: Context, id: string): Promise<{ enabled: boolean; days: number | undefined }> {
  try {
    const { KeyRotationEnabled: enabled = false, RotationPeriodInDays: days } = await kmsOf(
      context,
    ).getKeyRotationStatus({ KeyId: id });
    return { enabled, days: enabled ? days : undefined };
  } catch (error) {
    // Asymmetric keys do not rotate.
    if (hasCode(error, "UnsupportedOperationException")) return { enabled: false, days: undefined };
    throw error;
  }
}
