import type { DeleteMarkerReplicationStatus, ReplicationRule, ReplicationRuleStatus } from "@aws-sdk/client-s3";
import type { Props } from "../../../protocol/values.ts";
import { needText, number, object, objects, text, type Context, type Handler } from "../../shared/handler.ts";
import { s3Of } from "./shared.ts";

export const handler: Handler = {
  token: "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
  source: "terraform-provider-aws, internal/service/s3/bucket_replication_configuration.go, schema ForceNew",
  replace: ["bucket"],
  unsupported: ["token"],

  async create(context, inputs) {
    const id = needText(inputs, "bucket");
    await put(context, id, inputs);
    return id;
  },

  async read(context, id) {
    const { ReplicationConfiguration: found } = await s3Of(context).getBucketReplication({ Bucket: id });
    return found && { state: { bucket: id, role: found.Role, rules: (found.Rules ?? []).map(observed) } };
  },

  update: (context, id, _olds, news) => put(context, id, news),

  async delete(context, id) {
    await s3Of(context).deleteBucketReplication({ Bucket: id });
  },
};

async function put(context: Context, id: string, inputs: Props): Promise<void> {
  await s3Of(context).putBucketReplication({
    Bucket: id,
    ReplicationConfiguration: { Role: needText(inputs, "role"), Rules: objects(inputs, "rules").map(requested) },
  });
}

function statusIn(props: Props | undefined, name: string): string | undefined {
  const setting = props && object(props, name);
  return setting && text(setting, "status");
}

function requested(rule: Props): ReplicationRule {
  const destination = object(rule, "destination") ?? {};
  const encryption = object(destination, "encryptionConfiguration");
  const markers = statusIn(rule, "deleteMarkerReplication");
  const kms = statusIn(object(rule, "sourceSelectionCriteria"), "sseKmsEncryptedObjects");
  const account = text(destination, "account");
  return {
    ID: text(rule, "id"),
    Priority: number(rule, "priority") ?? 0,
    Status: text(rule, "status") as ReplicationRuleStatus,
    Filter: { Prefix: text(object(rule, "filter") ?? {}, "prefix") ?? "" },
    ...(markers && { DeleteMarkerReplication: { Status: markers as DeleteMarkerReplicationStatus } }),
    ...(kms && { SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: kms as ReplicationRuleStatus } } }),
    Destination: {
      Bucket: needText(destination, "bucket"),
      ...(account && { Account: account }),
      ...(encryption && {
        EncryptionConfiguration: { ReplicaKmsKeyID: needText(encryption, "replicaKmsKeyId") },
      }),
    },
  };
}

function observed(rule: ReplicationRule): Record<string, unknown> {
  const { Destination: to, SourceSelectionCriteria: chosen } = rule;
  const key = to?.EncryptionConfiguration?.ReplicaKmsKeyID;
  const kms = chosen?.SseKmsEncryptedObjects?.Status;
  return {
    id: rule.ID,
    priority: rule.Priority ?? 0,
    status: rule.Status,
    filter: { prefix: rule.Filter?.Prefix ?? "" },
    ...(rule.DeleteMarkerReplication && { deleteMarkerReplication: { status: rule.DeleteMarkerReplication.Status } }),
    ...(kms && { sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: kms } } }),
    destination: {
      bucket: to?.Bucket,
      ...(to?.Account && { account: to.Account }),
      ...(key && { encryptionConfiguration: { replicaKmsKeyId: key } }),
    },
  };
}
