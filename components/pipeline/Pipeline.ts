import * as pulumi from "@pulumi/pulumi";
import * as aws from "../aws/services.mjs";
import type { Tags } from "../tags/subnet-tags.ts";
import { fill, type PolicyValues } from "./fill.ts";
import type { PipelineRequest } from "./request.ts";
import { readPolicy, rolePolicies, type PolicyName, type RoleName } from "./roles.ts";
import { github, githubTrust, type PipelineRole } from "./trust.ts";

export interface PipelineArgs {
  request: PipelineRequest;
  project: string;
  stack: string;
  /** What stands for `${…}` in the policies. */
  values: PolicyValues;
  /** ARN of the state bucket's key. @default S3's own keys */
  storeKey?: pulumi.Output<string> | undefined;
  /** Whether the stack has only clusters, in the environment of another. */
  clustersOnly: boolean;
  tags?: Tags | undefined;
}

const hour = 3600;

/** Roles of the workflows that preview and update a stack, free of charge. Only people change them: see `boundary`. */
export class Pipeline extends pulumi.ComponentResource {
  /** ARNs of the roles, for the variable `AWS_ROLE` of GitHub's environments. */
  readonly roles: Record<PipelineRole, pulumi.Output<string>>;
  /** ARN of GitHub's OIDC provider, for `providerArn` of other stacks. */
  readonly providerArn: pulumi.Output<string>;

  constructor(
    name: string,
    { request, project, stack, values, storeKey, clustersOnly, tags }: PipelineArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("pilot:pipeline:Pipeline", name, {}, opts);
    const { path } = request;
    const parent = { parent: this };
    this.providerArn = pulumi.output(
      request.providerArn ??
        new aws.iam.OpenIdConnectProvider(
          name,
          { url: github.url, clientIdLists: [github.audience], tags: { ...tags } },
          parent,
        ).arn,
    );
    const policy = (file: PolicyName): pulumi.Output<string> => {
      const text = pulumi
        .output(storeKey)
        .apply((arn) => JSON.stringify(fill(readPolicy(file), { ...values, storeKey: arn })));
      const args = { name: `${project}-${stack}-${file}`, path, policy: text, tags: { ...tags } };
      return new aws.iam.Policy(`${name}-${file}`, args, parent).arn;
    };
    const boundary = request.boundary ?? policy("boundary");
    const made = new Map<PolicyName, pulumi.Output<string>>();
    const role = (purpose: PipelineRole, rights: RoleName, seconds: number): pulumi.Output<string> => {
      const { name: roleName, arn } = new aws.iam.Role(
        `${name}-${purpose}`,
        {
          name: `${project}-${stack}-${purpose}`,
          path,
          assumeRolePolicy: this.providerArn.apply((arn) => JSON.stringify(githubTrust(purpose, stack, arn, request))),
          maxSessionDuration: seconds,
          permissionsBoundary: boundary,
          tags: { ...tags },
        },
        parent,
      );
      for (const file of rolePolicies[rights]) {
        const policyArn = made.get(file) ?? policy(file);
        made.set(file, policyArn);
        new aws.iam.RolePolicyAttachment(`${name}-${purpose}-${file}`, { role: roleName, policyArn }, parent);
      }
      return arn;
    };
    this.roles = {
      preview: role("preview", "preview", hour),
      // The workflow asks for six hours: a roll takes longer than one.
      up: role("up", clustersOnly ? "up-clusters" : "up", 6 * hour),
    };
    this.registerOutputs({ roles: this.roles, providerArn: this.providerArn });
  }
}
