import * as pulumi from "@pulumi/pulumi";
import * as aws from "../aws/services.mjs";
import type { Policy } from "../state-store/policies.ts";
import type { Tags } from "../tags/subnet-tags.ts";
import { fill, type PolicyValues } from "./fill.ts";
import type { PipelineRequest } from "./request.ts";
import {
  peoplesRoles,
  readPolicy,
  rolePolicies,
  storePolicies,
  type PeoplesRole,
  type PolicyName,
  type RoleName,
} from "./roles.ts";
import { github, githubTrust, peoplesTrust, type PipelineRole } from "./trust.ts";

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

/** Roles of the workflows that preview and update a stack, and of people. Free; no workflow can change them. */
export class Pipeline extends pulumi.ComponentResource {
  /** ARNs of the roles: `preview` and `up` for the variable `AWS_ROLE` of GitHub's environments. */
  readonly roles: Record<PipelineRole, pulumi.Output<string>> & Partial<Record<PeoplesRole, pulumi.Output<string>>>;
  /** ARN of GitHub's OIDC provider, for `providerArn` of other stacks. */
  readonly providerArn: pulumi.Output<string>;

  readonly #name: string;
  readonly #args: PipelineArgs;
  readonly #boundary: pulumi.Input<string>;
  readonly #made = new Map<string, pulumi.Output<string>>();

  constructor(name: string, args: PipelineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pilot:pipeline:Pipeline", name, {}, opts);
    const { request, stack, clustersOnly } = args;
    this.#name = name;
    this.#args = args;
    this.providerArn = pulumi.output(request.providerArn ?? this.#createProvider());
    this.#boundary = request.boundary ?? this.#policy("boundary");
    const byGithub = (role: PipelineRole): pulumi.Output<object> =>
      this.providerArn.apply((arn) => githubTrust(role, stack, arn, request));
    const people = peoplesRoles.flatMap((role) => {
      const principals = request.people[role];
      return principals === undefined ? [] : [[role, this.#peoplesRole(role, principals)] as const];
    });
    this.roles = {
      preview: this.#role("preview", byGithub("preview"), this.#policies("preview"), hour),
      // The workflow asks for six hours: a roll takes longer than one.
      up: this.#role("up", byGithub("up"), this.#policies(clustersOnly ? "up-clusters" : "up"), 6 * hour),
      ...Object.fromEntries(people),
    };
    this.registerOutputs({ roles: this.roles, providerArn: this.providerArn });
  }

  #createProvider(): pulumi.Output<string> {
    const { url, audience } = github;
    const args = { url, clientIdLists: [audience], tags: { ...this.#args.tags } };
    return new aws.iam.OpenIdConnectProvider(this.#name, args, { parent: this }).arn;
  }

  /** ARN of a policy of this stack, which its roles share. */
  #policyOf(file: string, text: (storeKey: string | undefined) => Policy): pulumi.Output<string> {
    const { request, project, stack, storeKey, tags } = this.#args;
    const known = this.#made.get(file);
    if (known) return known;
    const { arn } = new aws.iam.Policy(
      `${this.#name}-${file}`,
      {
        name: `${project}-${stack}-${file}`,
        path: request.path,
        policy: pulumi.output(storeKey).apply((key) => JSON.stringify(text(key))),
        tags: { ...tags },
      },
      { parent: this },
    );
    this.#made.set(file, arn);
    return arn;
  }

  #policy(file: PolicyName): pulumi.Output<string> {
    return this.#policyOf(file, (storeKey) => fill(readPolicy(file), { ...this.#args.values, storeKey }));
  }

  #policies(role: RoleName): [string, pulumi.Output<string>][] {
    return rolePolicies[role].map((file) => [file, this.#policy(file)]);
  }

  #peoplesRole(role: PeoplesRole, principals: readonly string[]): pulumi.Output<string> {
    const trust = pulumi.output(peoplesTrust(principals));
    if (role !== "operator" && role !== "break-glass") return this.#role(role, trust, this.#policies(role), hour);
    const { stateBucket: state, discoveryBucket: discovery, partition } = this.#args.values;
    const use = { buckets: { state, discovery }, partition };
    const arn = this.#policyOf(role, (keyArn) => storePolicies[role]({ ...use, keyArn }));
    return this.#role(role, trust, [[role, arn]], hour);
  }

  #role(
    role: PipelineRole | PeoplesRole,
    trust: pulumi.Output<object>,
    policies: readonly [string, pulumi.Output<string>][],
    seconds: number,
  ): pulumi.Output<string> {
    const { request, project, stack, tags } = this.#args;
    const { name, arn } = new aws.iam.Role(
      `${this.#name}-${role}`,
      {
        name: `${project}-${stack}-${role}`,
        path: request.path,
        assumeRolePolicy: trust.apply((document) => JSON.stringify(document)),
        maxSessionDuration: seconds,
        permissionsBoundary: this.#boundary,
        tags: { ...tags },
      },
      { parent: this },
    );
    for (const [file, policyArn] of policies) {
      const args = { role: name, policyArn };
      new aws.iam.RolePolicyAttachment(`${this.#name}-${role}-${file}`, args, { parent: this });
    }
    return arn;
  }
}
