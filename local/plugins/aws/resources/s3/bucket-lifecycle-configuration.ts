import type {
  ExpirationStatus,
  LifecycleRule,
  LifecycleRuleFilter,
  TransitionDefaultMinimumObjectSize,
  TransitionStorageClass,
} from "@aws-sdk/client-s3";
import { isNone } from "../../../protocol/diff.ts";
import type { Props } from "../../../protocol/values.ts";
import { bool, number, object, objects, text, type Context, type Handler } from "../../shared/handler.ts";
import { fromList, toList } from "../../shared/tags.ts";
import { s3Of, settingId, target, targetState } from "./shared.ts";

export const handler: Handler = {
  token: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  source:
    "terraform-provider-aws, internal/service/s3/bucket_lifecycle_configuration.go, plan modifiers RequiresReplace",
  replace: ["bucket", "expectedBucketOwner"],
  writeOnly: ["timeouts"],

  async create(context, inputs) {
    const id = settingId(inputs);
    await put(context, id, inputs);
    return id;
  },

  async read(context, id) {
    const { Rules: rules, TransitionDefaultMinimumObjectSize: minimum } = await s3Of(
      context,
    ).getBucketLifecycleConfiguration(target(id));
    if (rules === undefined || rules.length === 0) return undefined;
    return {
      state: {
        ...targetState(id),
        rules: rules.map(observed),
        transitionDefaultMinimumObjectSize: minimum ?? "all_storage_classes_128K",
      },
    };
  },

  update: (context, id, _olds, news) => put(context, id, news),

  async delete(context, id) {
    await s3Of(context).deleteBucketLifecycle(target(id));
  },
};

async function put(context: Context, id: string, inputs: Props): Promise<void> {
  const minimum = text(inputs, "transitionDefaultMinimumObjectSize") as TransitionDefaultMinimumObjectSize | undefined;
  await s3Of(context).putBucketLifecycleConfiguration({
    ...target(id),
    LifecycleConfiguration: { Rules: objects(inputs, "rules").map(requested) },
    ...(minimum && { TransitionDefaultMinimumObjectSize: minimum }),
  });
}

function requested(rule: Props): LifecycleRule {
  const expiration = object(rule, "expiration");
  const noncurrent = object(rule, "noncurrentVersionExpiration");
  const abort = object(rule, "abortIncompleteMultipartUpload");
  const transitions = objects(rule, "transitions");
  const noncurrentTransitions = objects(rule, "noncurrentVersionTransitions");
  const prefix = text(rule, "prefix");
  return {
    ID: text(rule, "id"),
    Status: text(rule, "status") as ExpirationStatus,
    // The old form has a prefix, the new one a filter; AWS takes one of them.
    ...(prefix && rule["filter"] === undefined
      ? // eslint-disable-next-line @typescript-eslint/no-deprecated -- the argument exists, so it is carried out
        { Prefix: prefix }
      : { Filter: requestedFilter(object(rule, "filter") ?? {}) }),
    ...(expiration && {
      Expiration: defined({
        Days: number(expiration, "days") || undefined,
        Date: date(expiration),
        ExpiredObjectDeleteMarker: bool(expiration, "expiredObjectDeleteMarker") || undefined,
      }),
    }),
    ...(noncurrent && {
      NoncurrentVersionExpiration: defined({
        NoncurrentDays: number(noncurrent, "noncurrentDays"),
        NewerNoncurrentVersions: number(noncurrent, "newerNoncurrentVersions") || undefined,
      }),
    }),
    ...(abort && { AbortIncompleteMultipartUpload: { DaysAfterInitiation: number(abort, "daysAfterInitiation") } }),
    ...(transitions.length > 0 && {
      Transitions: transitions.map((transition) =>
        defined({
          Days: number(transition, "days"),
          Date: date(transition),
          StorageClass: text(transition, "storageClass") as TransitionStorageClass,
        }),
      ),
    }),
    ...(noncurrentTransitions.length > 0 && {
      NoncurrentVersionTransitions: noncurrentTransitions.map((transition) =>
        defined({
          NoncurrentDays: number(transition, "noncurrentDays"),
          NewerNoncurrentVersions: number(transition, "newerNoncurrentVersions") || undefined,
          StorageClass: text(transition, "storageClass") as TransitionStorageClass,
        }),
      ),
    }),
  };
}

function requestedFilter(filter: Props): LifecycleRuleFilter {
  const tag = object(filter, "tag");
  const and = object(filter, "and");
  if (tag) return { Tag: { Key: text(tag, "key"), Value: text(tag, "value") ?? "" } };
  if (and) {
    const tags = toList(and["tags"]);
    return {
      And: defined({
        Prefix: text(and, "prefix"),
        Tags: tags.length > 0 ? tags : undefined,
        ObjectSizeGreaterThan: number(and, "objectSizeGreaterThan"),
        ObjectSizeLessThan: number(and, "objectSizeLessThan"),
      }),
    };
  }
  if (!isNone(filter["objectSizeGreaterThan"]))
    return { ObjectSizeGreaterThan: number(filter, "objectSizeGreaterThan") };
  if (!isNone(filter["objectSizeLessThan"])) return { ObjectSizeLessThan: number(filter, "objectSizeLessThan") };
  // An empty prefix means all objects; some servers do not accept an empty filter element.
  return { Prefix: text(filter, "prefix") ?? "" };
}

function observed(rule: LifecycleRule): Record<string, unknown> {
  const filter = rule.Filter;
  return {
    id: rule.ID,
    status: rule.Status,
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- a rule may still have been made so
    prefix: rule.Prefix,
    filter: filter && {
      prefix: filter.Prefix,
      objectSizeGreaterThan: filter.ObjectSizeGreaterThan,
      objectSizeLessThan: filter.ObjectSizeLessThan,
      tag: filter.Tag && { key: filter.Tag.Key, value: filter.Tag.Value },
      and: filter.And && {
        prefix: filter.And.Prefix,
        tags: fromList(filter.And.Tags),
        objectSizeGreaterThan: filter.And.ObjectSizeGreaterThan,
        objectSizeLessThan: filter.And.ObjectSizeLessThan,
      },
    },
    expiration: rule.Expiration && {
      days: rule.Expiration.Days ?? 0,
      date: rule.Expiration.Date?.toISOString(),
      expiredObjectDeleteMarker: rule.Expiration.ExpiredObjectDeleteMarker ?? false,
    },
    noncurrentVersionExpiration: rule.NoncurrentVersionExpiration && {
      noncurrentDays: rule.NoncurrentVersionExpiration.NoncurrentDays,
      newerNoncurrentVersions: rule.NoncurrentVersionExpiration.NewerNoncurrentVersions,
    },
    abortIncompleteMultipartUpload: rule.AbortIncompleteMultipartUpload && {
      daysAfterInitiation: rule.AbortIncompleteMultipartUpload.DaysAfterInitiation,
    },
    transitions: rule.Transitions?.map(({ Days, Date: when, StorageClass }) => ({
      days: Days ?? 0,
      date: when?.toISOString(),
      storageClass: StorageClass,
    })),
    noncurrentVersionTransitions: rule.NoncurrentVersionTransitions?.map(
      ({ NoncurrentDays, NewerNoncurrentVersions, StorageClass }) => ({
        noncurrentDays: NoncurrentDays,
        newerNoncurrentVersions: NewerNoncurrentVersions,
        storageClass: StorageClass,
      }),
    ),
  };
}

function date(props: Props): Date | undefined {
  const value = text(props, "date");
  return value === undefined ? undefined : new Date(value);
}

function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}
