import type { PipelineRequest } from "./request.ts";

const issuer = "token.actions.githubusercontent.com";

/** The address of GitHub's tokens, and for whom workflows request them. */
export const github = { url: `https://${issuer}`, audience: "sts.amazonaws.com" };

/** Environments of a stack in GitHub, and the workflows that use them (`docs/guide/pull-requests.md`). */
const users = {
  preview: {
    environments: (stack: string) => [`preview-${stack}`, `preview-${stack}-approval`],
    workflows: ["preview.yml", "drift.yml", "refresh.yml", "up-stack.yml"],
  },
  // Those that wait for people (`-approval`, `-merge`) need no role.
  up: { environments: (stack: string) => [stack], workflows: ["up-stack.yml"] },
} as const;
export type PipelineRole = keyof typeof users;

/** Lets only these roles and users assume a role. */
export function peoplesTrust(principals: readonly string[]) {
  const Principal = { AWS: [...principals] };
  return { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal, Action: "sts:AssumeRole" }] };
}

/** Lets only jobs of these environments and workflows assume a role: exact values, no pattern. */
export function githubTrust(
  role: PipelineRole,
  stack: string,
  providerArn: string,
  { repository, subject = `repo:${repository}`, branch }: Pick<PipelineRequest, "repository" | "subject" | "branch">,
) {
  const { environments, workflows } = users[role];
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: providerArn },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            [`${issuer}:aud`]: github.audience,
            [`${issuer}:sub`]: environments(stack).map((environment) => `${subject}:environment:${environment}`),
            [`${issuer}:job_workflow_ref`]: workflows.map(
              (file) => `${repository}/.github/workflows/${file}@refs/heads/${branch}`,
            ),
          },
        },
      },
    ],
  };
}
