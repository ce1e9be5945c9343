import { z } from "zod";
import { strict } from "../config/problems.ts";
import { peoplesRoles } from "./roles.ts";

const arn = (service: string, rest: string, what: string) =>
  z
    .string()
    .regex(new RegExp(`^arn:[a-z-]+:${service}:[a-z0-9-]*:\\d{12}:${rest}$`), { error: `must be the ARN of ${what}` });

/** The `pipeline` part of a stack's config. */
export const pipelineRequest = strict({
  repository: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+$/, { error: "must be a repository of GitHub, as OWNER/NAME" })
    .describe("Repository whose workflows may use the roles, as OWNER/NAME."),
  subject: z
    .string()
    .regex(/^repo:[\w.@-]+\/[\w.@-]+$/, { error: "must begin as the subject of GitHub's tokens: repo:OWNER/NAME" })
    .optional()
    .describe(
      "How the subject of GitHub's tokens begins. Repositories created since July 2026 have numbers in it: " +
        "repo:OWNER@1/NAME@2. Default: repo: and the repository.",
    ),
  branch: z
    .string()
    .regex(/^[\w./-]+$/, { error: "must be a branch" })
    .default("main")
    .describe("Default branch, whose workflows may use the roles. Default: main."),
  providerArn: arn("iam", "oidc-provider/.+", "an OIDC provider of IAM")
    .optional()
    .describe(
      "GitHub's OIDC provider in this account, made by another stack or by hand; an account has one. Default: one is " +
        "made here.",
    ),
  path: z
    .string()
    .regex(/^\/([\w.-]+\/)+$/, { error: "must be a path with a slash at both ends, such as /pilot/" })
    .default("/pilot/")
    .describe(
      "Path of the roles and policies in IAM. The pipeline may change nothing below it, so only you can change its " +
        "rights. Default: /pilot/.",
    ),
  boundary: arn("iam", "policy/.+", "a policy")
    .optional()
    .describe("Permissions boundary of the roles. Default: one is made here."),
  nodeBoundary: arn("iam", "policy/.+", "a policy")
    .optional()
    .describe(
      "Permissions boundary that every role made by kOps must have, so that nobody gets more rights through a node. " +
        "Set it in the clusters too: `kops.cluster.iam.permissionsBoundary`. Default: none.",
    ),
  people: z
    .partialRecord(z.enum(peoplesRoles), z.array(arn("iam", "(role|user)/.+", "a role or user of IAM")).min(1))
    .default({})
    .describe(
      "Roles for people, by name, each with the ARNs of the roles and users that may assume it: owner (makes and " +
        "destroys the environment), store-owner (only the buckets), destroy-plan, operator, break-glass. Default: " +
        "none.",
    ),
  pulumiBucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, { error: "must be the name of a bucket" })
    .optional()
    .describe("Bucket of Pulumi's state, if that is in S3. Default: none."),
  secretsKey: arn("kms", "key/.+", "a KMS key")
    .optional()
    .describe("Key that encrypts the stack's secrets (awskms). Default: none."),
});

export type PipelineRequest = z.output<typeof pipelineRequest>;
