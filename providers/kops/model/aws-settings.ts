import { z } from "zod";
import { isDuration } from "./durations.ts";

/*
 * How a stack's `aws:*` config reaches kOps and the provider's own AWS clients. Pulumi's AWS plugin reads the config
 * itself.
 */

const lifetime = z.string().refine(isDuration, { error: "must be a duration such as 15m or 1h" });

/** What a session may be narrowed by, whoever begins it. */
const session = {
  roleArn: z
    .string()
    .regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/, { error: "must be the ARN of an IAM role" })
    .describe("ARN of the role"),
  sessionName: z.string().optional().describe("name of the session in CloudTrail (default: pilot)"),
  duration: lifetime.optional().describe("lifetime of one session (default: 1h)"),
  policy: z.string().optional().describe("IAM policy, JSON, that narrows the session (default: none)"),
  policyArns: z.array(z.string()).optional().describe("managed policies that narrow the session (default: none)"),
};

/** A role of `aws:assumeRoles`. */
export const settingsRole = z.strictObject({
  ...session,
  externalId: z.string().optional().describe("external id that the role's trust policy asks for (default: none)"),
  sourceIdentity: z.string().optional().describe("source identity of the session (default: none)"),
  tags: z.record(z.string(), z.string()).optional().describe("tags of the session (default: none)"),
  transitiveTagKeys: z.array(z.string()).optional().describe("tags that further sessions inherit (default: none)"),
});

export type SettingsRole = z.infer<typeof settingsRole>;

/** The role of `aws:assumeRoleWithWebIdentity`. */
export const settingsWebIdentity = z.strictObject({
  ...session,
  tokenFile: z.string().describe("file with the token"),
});

export type SettingsWebIdentity = z.infer<typeof settingsWebIdentity>;

export const awsSettings = z.strictObject({
  webIdentity: settingsWebIdentity.optional().describe("role that a web identity assumes (default: none)"),
  roles: z
    .array(settingsRole)
    .min(1)
    .optional()
    .describe("roles that are assumed one after the other, before `assumeRole` (default: none)"),
  configFile: z.string().optional().describe("AWS configuration file (default: AWS's own)"),
  credentialsFile: z.string().optional().describe("AWS credentials file (default: AWS's own)"),
  stsRegion: z.string().optional().describe("region that is asked for sessions (default: that of the cluster)"),
  endpoints: z
    .record(z.string(), z.url())
    .optional()
    .describe("endpoints by service, as the AWS plugin names them (default: AWS's own)"),
  maxAttempts: z.int().min(1).optional().describe("attempts of a call; not of kOps, which has its own patience"),
  retryMode: z.enum(["standard", "adaptive"]).optional().describe("how a call is repeated; not of kOps"),
  useFipsEndpoint: z.boolean().optional().describe("use endpoints with FIPS (default: false)"),
  useDualstackEndpoint: z.boolean().optional().describe("use endpoints with IPv4 and IPv6 (default: false)"),
});

export type AwsSettings = z.infer<typeof awsSettings>;

/** The settings for credentials that somebody chose otherwise. */
export function settingsWithoutCredentials(settings: AwsSettings): AwsSettings {
  const others = { ...settings };
  delete others.webIdentity;
  delete others.roles;
  delete others.configFile;
  delete others.credentialsFile;
  return others;
}

/**
 * Services that kOps or the provider calls: names of the AWS plugin's `endpoints`, the variable of AWS SDKs
 * (`AWS_ENDPOINT_URL_…`), and the SDK's client class.
 */
export const settingsServices: readonly { names: readonly string[]; variable: string; client: string }[] = [
  { names: ["acm"], variable: "ACM", client: "ACMClient" },
  { names: ["autoscaling"], variable: "AUTO_SCALING", client: "AutoScalingClient" },
  { names: ["ec2"], variable: "EC2", client: "EC2Client" },
  {
    names: ["elb", "elasticloadbalancing"],
    variable: "ELASTIC_LOAD_BALANCING",
    client: "ElasticLoadBalancingClient",
  },
  {
    names: ["elbv2", "elasticloadbalancingv2"],
    variable: "ELASTIC_LOAD_BALANCING_V2",
    client: "ElasticLoadBalancingV2Client",
  },
  { names: ["events", "eventbridge", "cloudwatchevents"], variable: "EVENTBRIDGE", client: "EventBridgeClient" },
  { names: ["iam"], variable: "IAM", client: "IAMClient" },
  { names: ["kms"], variable: "KMS", client: "KMSClient" },
  { names: ["route53"], variable: "ROUTE_53", client: "Route53Client" },
  { names: ["sqs"], variable: "SQS", client: "SQSClient" },
  { names: ["ssm"], variable: "SSM", client: "SSMClient" },
  { names: ["sts"], variable: "STS", client: "STSClient" },
];

/** The variables by which AWS SDKs in Go, that of kOps among them, take these settings. */
export function settingsVariables({ endpoints = {}, useFipsEndpoint, useDualstackEndpoint }: AwsSettings = {}): Record<
  string,
  string
> {
  return {
    ...(useFipsEndpoint !== undefined && { AWS_USE_FIPS_ENDPOINT: String(useFipsEndpoint) }),
    ...(useDualstackEndpoint !== undefined && { AWS_USE_DUALSTACK_ENDPOINT: String(useDualstackEndpoint) }),
    ...Object.fromEntries(
      settingsServices.flatMap(({ names, variable }) =>
        names.flatMap((name) =>
          endpoints[name] === undefined ? [] : [[`AWS_ENDPOINT_URL_${variable}`, endpoints[name]]],
        ),
      ),
    ),
  };
}

/** Settings of an SDK client of this class. */
export interface ClientSettings {
  endpoint?: string;
  maxAttempts?: number;
  retryMode?: string;
  useFipsEndpoint?: boolean;
  useDualstackEndpoint?: boolean;
}

/** The same for a client of the AWS SDK for JavaScript. */
export function clientSettings(client: string, settings: AwsSettings = {}): ClientSettings {
  const { endpoints = {}, maxAttempts, retryMode, useFipsEndpoint, useDualstackEndpoint } = settings;
  const endpoint = settingsServices
    .find((one) => one.client === client)
    ?.names.map((name) => endpoints[name])
    .find((url) => url !== undefined);
  return {
    ...(endpoint !== undefined && { endpoint }),
    ...(maxAttempts !== undefined && { maxAttempts }),
    ...(retryMode !== undefined && { retryMode }),
    ...(useFipsEndpoint !== undefined && { useFipsEndpoint }),
    ...(useDualstackEndpoint !== undefined && { useDualstackEndpoint }),
  };
}
