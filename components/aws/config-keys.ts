import { z } from "zod";
import { settingsRole, settingsWebIdentity } from "../../providers/kops/model/aws-settings.ts";
import { tagProblems } from "../../providers/kops/model/tag-keys.ts";
import { strict } from "../config/problems.ts";

/*
 * The keys of the pinned AWS plugin's config, and what each reaches. Pulumi gives the plugin's default provider all of
 * them. Pilot passes them on to its providers for other accounts, its own AWS clients, and kOps.
 */

/** What a key reaches beside the AWS plugin. */
export type Reach =
  /** Everything. */
  | { reaches: "all" }
  /** All but kOps, which is said in each run. */
  | { reaches: "notKops"; why: string }
  /** Nothing else has it, or needs it. */
  | { reaches: "plugin" }
  /** The plugin alone would follow it, so it is refused. */
  | { reaches: "refused"; why: string };

export type AwsKey = Reach & { schema: z.ZodType };

const text = z.string().min(1);
const texts = z.array(z.string().min(1)).min(1);
const flag = z.preprocess((value) => (value === "true" ? true : value === "false" ? false : value), z.boolean());
const count = z.preprocess((value) => (/^\d+$/.test(String(value)) ? Number(value) : value), z.int().min(0));
const accounts = z.array(z.string().regex(/^\d{12}$/, { error: "must be an AWS account, twelve digits" })).min(1);
const oneFile = texts.max(1, { error: "must be one file: kOps and Pilot take one" });

const { tokenFile, ...session } = settingsWebIdentity.shape;
const webIdentity = strict({
  ...session,
  webIdentityTokenFile: tokenFile,
  webIdentityToken: z
    .never({
      error: "cannot reach kOps, because it would be in clear text in Pulumi's state: use webIdentityTokenFile",
    })
    .optional(),
});

const defaultTags = strict({
  tags: z
    .record(z.string().min(1), z.string())
    .default({})
    .check(({ value, issues }) => {
      for (const { key, message } of tagProblems(value, []))
        issues.push({ code: "custom", message, path: [key], input: value });
    }),
});

const endpoints = z
  .array(
    z.record(z.string(), z.url({ error: "must be a URL" })).check(({ value, issues }) => {
      if ("s3" in value)
        issues.push({
          code: "custom",
          path: ["s3"],
          input: value,
          message:
            "cannot reach kOps: set S3_ENDPOINT, S3_REGION, S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY, which kOps " +
            "and Pilot take for the state store, and AWS_ENDPOINT_URL_S3 for the AWS plugin",
        });
    }),
  )
  .min(1);

const inState = {
  reaches: "refused",
  why:
    "cannot reach kOps, because it would be in clear text in the state of each cluster: use a profile (aws:profile), " +
    "a role (aws:assumeRoles), or AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN",
} as const;
const variables = (names: string, whom = "the AWS plugin, Pilot and kOps") =>
  ({ reaches: "refused", why: `reaches the AWS plugin alone: set ${names}, which ${whom} take` }) as const;
const retries = { reaches: "notKops", why: "kOps repeats calls in its own way" } as const;

export const awsKeys = {
  accessKey: { ...inState, schema: text },
  allowedAccountIds: { reaches: "plugin", schema: accounts },
  assumeRoleWithWebIdentity: { reaches: "all", schema: webIdentity },
  assumeRoles: { reaches: "all", schema: z.array(strict(settingsRole.shape)).min(1) },
  customCaBundle: {
    ...variables("AWS_CA_BUNDLE and, for Pilot, NODE_EXTRA_CA_CERTS", "the AWS plugin and kOps"),
    schema: text,
  },
  defaultTags: { reaches: "all", schema: defaultTags },
  ec2MetadataServiceEndpoint: { ...variables("AWS_EC2_METADATA_SERVICE_ENDPOINT"), schema: text },
  ec2MetadataServiceEndpointMode: { ...variables("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"), schema: text },
  endpoints: { reaches: "all", schema: endpoints },
  forbiddenAccountIds: { reaches: "plugin", schema: accounts },
  httpProxy: { ...variables("HTTP_PROXY"), schema: text },
  httpsProxy: { ...variables("HTTPS_PROXY"), schema: text },
  ignoreTags: {
    reaches: "notKops",
    why: "kOps removes tags that others put on its Auto Scaling groups",
    schema: strict({ keys: texts.optional(), keyPrefixes: texts.optional() }),
  },
  insecure: {
    reaches: "refused",
    why: "reaches the AWS plugin alone, and nothing else works without checking certificates",
    schema: flag,
  },
  maxRetries: { ...retries, schema: count },
  noProxy: { ...variables("NO_PROXY"), schema: text },
  profile: { reaches: "all", schema: text },
  region: { reaches: "all", schema: text },
  retryMode: { ...retries, schema: z.enum(["standard", "adaptive"]) },
  s3UsEast1RegionalEndpoint: {
    reaches: "notKops",
    why: "kOps and Pilot always use the regional endpoint",
    schema: z.enum(["legacy", "regional"]),
  },
  s3UsePathStyle: {
    reaches: "notKops",
    why: "kOps and Pilot choose the form of S3 addresses themselves",
    schema: flag,
  },
  secretKey: { ...inState, schema: text },
  sharedConfigFiles: { reaches: "all", schema: oneFile },
  sharedCredentialsFiles: { reaches: "all", schema: oneFile },
  skipCredentialsValidation: { reaches: "plugin", schema: flag },
  skipMetadataApiCheck: { reaches: "plugin", schema: flag },
  skipRegionValidation: { reaches: "plugin", schema: flag },
  skipRequestingAccountId: { reaches: "plugin", schema: flag },
  stsRegion: { reaches: "notKops", why: "kOps gets its sessions from Pilot, which uses it", schema: text },
  tagPolicyCompliance: {
    reaches: "notKops",
    why: "kOps checks no tag policies",
    schema: z.enum(["error", "warning", "disabled"]),
  },
  token: { ...inState, schema: text },
  tokenBucketRateLimiterCapacity: {
    reaches: "notKops",
    why: "kOps and Pilot limit their calls themselves",
    schema: count,
  },
  useDualstackEndpoint: { reaches: "all", schema: flag },
  useFipsEndpoint: { reaches: "all", schema: flag },
  userAgents: { reaches: "notKops", why: "kOps and Pilot name themselves", schema: texts },
} as const satisfies Record<string, AwsKey>;

export type AwsKeyName = keyof typeof awsKeys;

/** The parsed values of the keys that a stack's config has. */
export type AwsValues = { [Key in AwsKeyName]?: z.output<(typeof awsKeys)[Key]["schema"]> };
