import type { BucketVersioningStatus, MFADelete } from "@aws-sdk/client-s3";
import type { Props } from "../../../protocol/values.ts";
import { needText, object, text, type Context, type Handler } from "../../shared/handler.ts";
import { s3Of, settingId, target, targetState } from "./shared.ts";

export const handler: Handler = {
  token: "aws:s3/bucketVersioning:BucketVersioning",
  source: "terraform-provider-aws, internal/service/s3/bucket_versioning.go, schema ForceNew",
  replace: ["bucket", "expectedBucketOwner"],
  writeOnly: ["mfa"],

  async create(context, inputs) {
    const id = settingId(inputs);
    await put(context, id, inputs);
    return id;
  },

  async read(context, id) {
    const { Status: status, MFADelete: mfaDelete } = await s3Of(context).getBucketVersioning(target(id));
    // A bucket that never had versioning has no status; the resource calls it Disabled.
    return {
      state: {
        ...targetState(id),
        versioningConfiguration: { mfaDelete: mfaDelete ?? "", status: status ?? "Disabled" },
      },
    };
  },

  update: (context, id, _olds, news) => put(context, id, news),

  // Versioning can be suspended, but not undone; with Object Lock neither, which the plugin accepts.
  async delete(context, id, state) {
    const configuration = object(state, "versioningConfiguration") ?? {};
    if (configuration["status"] === "Disabled") return;
    try {
      await s3Of(context).putBucketVersioning({ ...target(id), VersioningConfiguration: { Status: "Suspended" } });
    } catch (error) {
      if (!(error instanceof Error && error.name === "InvalidBucketState" && /Object Lock/.test(error.message)))
        throw error;
    }
  },
};

async function put(context: Context, id: string, inputs: Props): Promise<void> {
  const configuration = object(inputs, "versioningConfiguration") ?? {};
  const status = needText(configuration, "status");
  // "Disabled" means never enabled; there is no request for it.
  if (status === "Disabled") return;
  const mfaDelete = text(configuration, "mfaDelete") as MFADelete | undefined;
  await s3Of(context).putBucketVersioning({
    ...target(id),
    ...(text(inputs, "mfa") && { MFA: text(inputs, "mfa") }),
    VersioningConfiguration: { Status: status as BucketVersioningStatus, ...(mfaDelete && { MFADelete: mfaDelete }) },
  });
}
