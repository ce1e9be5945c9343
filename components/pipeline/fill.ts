import type { Policy, Statement } from "../state-store/policies.ts";

/** What stands for `${name}` in the JSON of a policy. A list gives one resource or value for each item. */
export interface PolicyValues {
  partition: string;
  region: string;
  /** That region, and those of peers in the same account. */
  regions: readonly string[];
  account: string;
  /** Name of the stack: the tag `environment` of what it makes. */
  stack: string;
  /** Path of the pipeline's roles and policies in IAM, with both slashes. */
  path: string;
  stateBucket: string;
  /** @default none, with `discovery: none`: what needs it is left out */
  discoveryBucket?: string | undefined;
  /** Bucket of access logs made here. */
  logBucket: string;
  /** Copy of the state bucket. @default none, likewise */
  replicaBucket?: string | undefined;
  /** Regions of the state bucket and its copy. */
  storeRegions: readonly string[];
  /** Where AWS reads the discovery documents, without `https://`. @default the bucket's own address */
  issuer?: string | undefined;
  /** Full names of the clusters that a role works on; `*` stands for any text. */
  clusters: readonly string[];
  /** Names of DNS records that a role may change, likewise. */
  records: readonly string[];
  /** Bucket of Pulumi's state. @default none: what needs it is left out */
  pulumiBucket?: string | undefined;
  /** ARN of the key that encrypts the stack's secrets. @default none, likewise */
  secretsKey?: string | undefined;
  /** ARN of the state bucket's key. @default none, likewise */
  storeKey?: string | undefined;
  /** ARN of the permissions boundary that the roles of nodes must have. @default none, likewise */
  nodeBoundary?: string | undefined;
  /** Roles that the program assumes in other accounts. @default none, likewise */
  otherAccounts?: readonly string[] | undefined;
}

/** Any name in `${…}`; IAM's own variables have a colon. */
const placeholder = /\$\{(\w+)\}/;

/** A text with all its values: none if one is not given. */
function filled(text: string, values: Readonly<Record<string, string | readonly string[] | undefined>>): string[] {
  const [whole, name] = placeholder.exec(text) ?? [];
  if (whole === undefined || name === undefined) return [text];
  const value = values[name];
  const items = value === undefined ? [] : [value].flat();
  return items.flatMap((item) => filled(text.replace(whole, item), values));
}

const filledAll = (
  texts: string | readonly string[],
  values: Readonly<Record<string, string | readonly string[] | undefined>>,
): string[] => [texts].flat().flatMap((text) => filled(text, values));

/** The policy of one environment. A statement is left out if nothing is given for its resources or a condition. */
export function fill(policy: Policy, values: PolicyValues): Policy {
  const given = { ...values };
  const Statement = policy.Statement.flatMap((statement): Statement[] => {
    const Resource = filledAll(statement.Resource, given);
    const tests = Object.entries(statement.Condition ?? {}).map(
      ([operator, keys]) =>
        [operator, Object.entries(keys).map(([key, texts]) => [key, filledAll(texts, given)] as const)] as const,
    );
    if (Resource.length === 0 || tests.some(([, keys]) => keys.some(([, texts]) => texts.length === 0))) return [];
    const Condition = Object.fromEntries(tests.map(([operator, keys]) => [operator, Object.fromEntries(keys)]));
    return [{ ...statement, Resource, ...(tests.length > 0 && { Condition }) }];
  });
  return { ...policy, Statement };
}

/** What IAM counts of a policy: all but white space. */
export const sizeOf = (policy: Policy): number => JSON.stringify(policy).replaceAll(/\s/g, "").length;

/** The most that IAM takes in a managed policy, and in all inline policies of a role together. */
export const mostCharacters = { managed: 6144, inline: 10_240 };
