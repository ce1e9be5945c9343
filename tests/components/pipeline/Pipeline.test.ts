import { expect } from "chai";
import yaml from "js-yaml";
import { z } from "zod";
import { createPipeline, pipelineRequest } from "../../../components/pipeline/index.ts";
import { githubTrust, type PipelineRole } from "../../../components/pipeline/trust.ts";
import { workflowFiles } from "../../pull-requests/workflow-files.ts";
import { accountId, ofType, record, type Recording } from "../mocks.ts";

const request = { repository: "org/clusters" };

const make = (given: Record<string, unknown> = request, clustersOnly = false): Promise<Recording<unknown>> =>
  record(() =>
    createPipeline("sbx", {
      request: pipelineRequest.parse(given),
      ...{ project: "pilot", stack: "sbx", region: "ap-southeast-2", accountId },
      zoneName: "sbx.pilot.internal",
      buckets: { state: "the-state", discovery: "the-oidc", logs: "the-logs" },
      ...{ otherAccounts: [], peerRegions: [] },
      clustersOnly,
    }),
  );

interface Trust {
  Statement: { Principal: { Federated: string }; Condition: { StringEquals: Record<string, string | string[]> } }[];
}

describe("pilot:pipeline", () => {
  it("makes GitHub's OIDC provider and two roles, which only their environments and workflows may assume", async () => {
    const { resources } = await make();
    expect(Object.values(ofType(resources, "aws:iam/openIdConnectProvider:OpenIdConnectProvider"))).to.have.length(1);
    const roles = ofType(resources, "aws:iam/role:Role");
    expect(Object.keys(roles)).to.deep.equal(["sbx-preview", "sbx-up"]);
    const subjects = Object.values(roles).map(({ inputs }) => {
      const [statement] = (JSON.parse(String(inputs["assumeRolePolicy"])) as Trust).Statement;
      expect(statement?.Principal.Federated).to.match(/:oidc-provider\/token\.actions\.githubusercontent\.com$/);
      return statement?.Condition.StringEquals;
    });
    const key = (name: string): string => `token.actions.githubusercontent.com:${name}`;
    expect(subjects).to.deep.equal([
      {
        [key("aud")]: "sts.amazonaws.com",
        [key("sub")]: [
          "repo:org/clusters:environment:preview-sbx",
          "repo:org/clusters:environment:preview-sbx-approval",
        ],
        [key("job_workflow_ref")]: [
          "org/clusters/.github/workflows/preview.yml@refs/heads/main",
          "org/clusters/.github/workflows/drift.yml@refs/heads/main",
          "org/clusters/.github/workflows/refresh.yml@refs/heads/main",
          "org/clusters/.github/workflows/up-stack.yml@refs/heads/main",
        ],
      },
      {
        [key("aud")]: "sts.amazonaws.com",
        [key("sub")]: ["repo:org/clusters:environment:sbx"],
        [key("job_workflow_ref")]: ["org/clusters/.github/workflows/up-stack.yml@refs/heads/main"],
      },
    ]);
  });

  it("trusts exactly the jobs of the workflows that log in to AWS for a stack", () => {
    const workflow = z.object({
      jobs: z.record(z.string(), z.object({ environment: z.string().optional(), steps: z.unknown().optional() })),
    });
    const found: Record<PipelineRole, Set<string>> = { preview: new Set(), up: new Set() };
    for (const [path, text] of workflowFiles()) {
      if (!path.startsWith(".github/workflows/") || path.endsWith("/aws-acceptance.yml")) continue;
      for (const { environment = "", steps } of Object.values(workflow.parse(yaml.load(text)).jobs)) {
        if (!JSON.stringify(steps ?? []).includes("vars.AWS_ROLE")) continue;
        const one = environment.replace(/\$\{\{ (inputs|matrix)\.stack \}\}/, "sbx");
        const names = one.includes("${{")
          ? [...one.matchAll(/format\('([^']+)'/g)].map(([, form = ""]) => form.replace("{0}", "sbx"))
          : [one];
        for (const name of names) {
          const role = name.startsWith("preview-") ? "preview" : "up";
          found[role].add(`${name} of org/clusters/${path}@refs/heads/main`);
        }
      }
    }
    for (const role of ["preview", "up"] as const) {
      const [statement] = githubTrust(role, "sbx", "arn", { repository: "org/clusters", branch: "main" }).Statement;
      const conditions: Record<string, string | string[]> = statement?.Condition.StringEquals ?? {};
      const values = (name: string): string[] =>
        [conditions[`token.actions.githubusercontent.com:${name}`] ?? []].flat();
      const uses = [...found[role]].map((one) => one.split(" of ") as [string, string]);
      const environments = [...new Set(uses.map(([one]) => `repo:org/clusters:environment:${one}`))];
      expect(values("sub"), role).to.have.members(environments);
      expect(values("job_workflow_ref"), role).to.have.members([...new Set(uses.map(([, file]) => file))]);
    }
  });

  it("gives both roles a path, a permissions boundary and their policies, and the one that writes six hours", async () => {
    const { resources } = await make();
    const roles = ofType(resources, "aws:iam/role:Role");
    for (const { inputs } of Object.values(roles)) {
      expect(inputs["path"]).to.equal("/pilot/");
      expect(inputs["permissionsBoundary"]).to.equal(`arn:aws:iam::${accountId}:policy/sbx-boundary`);
    }
    expect(roles["sbx-up"]?.inputs["maxSessionDuration"]).to.equal(6 * 3600);
    const attached = Object.keys(ofType(resources, "aws:iam/rolePolicyAttachment:RolePolicyAttachment"));
    expect(attached.filter((name) => name.startsWith("sbx-preview"))).to.deep.equal([
      "sbx-preview-reads",
      "sbx-preview-preview",
    ]);
    expect(attached.filter((name) => name.startsWith("sbx-up"))).to.deep.equal(
      ["reads", "clusters", "node-roles", "store", "network", "guard"].map((name) => `sbx-up-${name}`),
    );
    for (const { inputs } of Object.values(ofType(resources, "aws:iam/policy:Policy")))
      expect(JSON.stringify(inputs)).to.not.contain("${");
  });

  it("makes roles for people on request, each for its own principals", async () => {
    const admins = [`arn:aws:iam::${accountId}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admins_1`];
    const { resources } = await make({
      ...request,
      people: { owner: admins, "break-glass": admins, operator: admins },
    });
    const roles = ofType(resources, "aws:iam/role:Role");
    expect(Object.keys(roles)).to.have.members(
      ["preview", "up", "owner", "break-glass", "operator"].map((one) => `sbx-${one}`),
    );
    expect(JSON.parse(String(roles["sbx-owner"]?.inputs["assumeRolePolicy"]))).to.deep.equal({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: admins }, Action: "sts:AssumeRole" }],
    });
    const attached = Object.keys(ofType(resources, "aws:iam/rolePolicyAttachment:RolePolicyAttachment"));
    expect(attached.filter((name) => name.startsWith("sbx-owner-"))).to.deep.equal(
      ["reads", "clusters", "node-roles", "store", "network", "buckets", "pipeline"].map((one) => `sbx-owner-${one}`),
    );
    expect(attached).to.include.members(["sbx-break-glass-break-glass", "sbx-operator-operator"]);
    const policies = ofType(resources, "aws:iam/policy:Policy");
    expect(policies["sbx-break-glass"]?.inputs["policy"]).to.contain(
      "arn:aws:s3:::the-state/*/pki/private/kubernetes-ca",
    );
    expect(JSON.stringify(policies)).to.not.contain("${");
  });

  it("uses a given provider and boundary, and gives a stack of clusters no right on network and buckets", async () => {
    const providerArn = `arn:aws:iam::${accountId}:oidc-provider/token.actions.githubusercontent.com`;
    const boundary = `arn:aws:iam::${accountId}:policy/limits`;
    const { resources } = await make({ ...request, providerArn, boundary }, true);
    expect(ofType(resources, "aws:iam/openIdConnectProvider:OpenIdConnectProvider")).to.deep.equal({});
    expect(Object.keys(ofType(resources, "aws:iam/policy:Policy")).sort()).to.deep.equal(
      ["clusters", "guard", "node-roles", "preview", "reads", "store"].map((name) => `sbx-${name}`),
    );
    for (const { inputs } of Object.values(ofType(resources, "aws:iam/role:Role")))
      expect(inputs["permissionsBoundary"]).to.equal(boundary);
  });
});
