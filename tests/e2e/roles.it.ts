import { AttachRolePolicyCommand, CreatePolicyCommand, CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import { policiesOf, type PolicyValues, type RoleName } from "../../components/pipeline/index.ts";
import { defaultBucketNames } from "../../components/state-store/index.ts";
import { cloudState } from "../../local/cloud/index.ts";
import { layoutOf } from "../../local/base/layout.ts";
import { accountId as account } from "../components/mocks.ts";
import { roleIn } from "./accounts.ts";
import { clientOf, region } from "./bare/network.ts";
import { makeCheckout, type Checkout, type Ran } from "./checkout.ts";
import { inventory } from "./inventory.ts";

const unchanged = /Resources:\s+\d+ unchanged\s/;
const buckets = defaultBucketNames({ project: "pilot", stack: "sbx", accountId: account, region });
const values: PolicyValues = {
  ...{ partition: "aws", region, account, path: "/pilot/" },
  ...{ stateBucket: buckets.state, discoveryBucket: buckets.discovery, logBucket: buckets.logs },
  clusters: ["*.sbx.pilot.internal"],
  records: ["sbx.pilot.internal", "*.sbx.pilot.internal"],
};

describe("the roles of a pipeline, on a local cloud that denies what their policies do not allow", function () {
  this.timeout(900_000);
  let checkout: Checkout;
  let endpoint: string;

  /** Credentials of a role, as variables of the environment. */
  async function sessionOf(RoleArn: string): Promise<string[]> {
    const assume = new AssumeRoleCommand({ RoleArn, RoleSessionName: "test" });
    const { Credentials } = await new STSClient(clientOf(endpoint)).send(assume);
    const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials ?? {};
    return [
      "env",
      `AWS_ACCESS_KEY_ID=${AccessKeyId}`,
      `AWS_SECRET_ACCESS_KEY=${SecretAccessKey}`,
      `AWS_SESSION_TOKEN=${SessionToken}`,
      `S3_ACCESS_KEY_ID=${AccessKeyId}`,
    ];
  }

  /** Makes a role with the policies of the repository. */
  async function make(role: RoleName): Promise<void> {
    const iam = new IAMClient(clientOf(endpoint));
    await iam.send(new CreateRoleCommand({ RoleName: role, AssumeRolePolicyDocument: "{}" }));
    for (const [name, policy] of Object.entries(policiesOf(role, values))) {
      const PolicyDocument = JSON.stringify(policy);
      const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: `${role}-${name}`, PolicyDocument }));
      await iam.send(new AttachRolePolicyCommand({ RoleName: role, PolicyArn: Policy?.Arn }));
    }
  }

  const as = async (role: RoleName, ...words: string[]): Promise<Ran> =>
    checkout.local(...(await sessionOf(roleIn(account, role))), ...words);
  const pulumi = (role: RoleName, verb: string, ...more: string[]): Promise<Ran> =>
    as(role, "pulumi", verb, "--stack", "sbx", "--non-interactive", ...more);
  const up = (...more: string[]): Promise<Ran> => pulumi("up", "up", "--yes", "--skip-preview", ...more);

  before(async () => {
    checkout = await makeCheckout();
    await checkout.edit(
      "clusters/sbx/k1.yaml",
      "count: 3\n  machineType: t3.medium",
      "count: 1\n  machineType: t3.medium",
    );
    await checkout.edit("clusters/sbx/k1.yaml", "count: 3\n", "count: 1\n");
    await checkout.local("pulumi", "stack", "select", "--create", "sbx");
    endpoint = (await cloudState(layoutOf(checkout.folder, {})))?.endpoint ?? "";
    for (const role of ["preview", "up", "destroy-plan"] as const) await make(role);
  });
  after(async () => {
    await checkout.remove();
    expect(await checkout.processes()).to.deep.equal([]);
  });

  it("preview an environment that does not exist, and make it with its cluster", async () => {
    const preview = await pulumi("preview", "preview");
    expect(preview.output).to.match(/\+ +pulumi-nodejs:dynamic\/kops:Cluster k1 create/);
    expect((await up()).output).to.contain("the cluster is up to date");
  });

  it("preview a change whole, and apply it with its roll", async () => {
    await checkout.edit("clusters/sbx/k1.yaml", "machineType: t3.large", "machineType: t3.xlarge");
    const { output } = await pulumi("preview", "preview");
    expect(output)
      .to.contain("roll 1. nodes: 1 node")
      .and.not.match(/not authorized|AccessDenied|could not/i);
    expect((await up()).output).to.contain("the cluster is up to date");
    expect((await pulumi("preview", "preview", "--refresh")).output).to.match(unchanged);
  });

  it("stop a preview that would write: its role may change nothing", async () => {
    await checkout.edit("clusters/sbx/k1.yaml", "machineType: t3.xlarge", "machineType: t3.large");
    const refused = await checkout.localFails(
      ...(await sessionOf(roleIn(account, "preview"))),
      ...["pulumi", "up", "--stack", "sbx", "--non-interactive", "--yes", "--skip-preview"],
    );
    expect(refused.output).to.contain("s3:PutObject");
    await checkout.edit("clusters/sbx/k1.yaml", "machineType: t3.large", "machineType: t3.xlarge");
  });

  it("plan a destroy, and destroy everything", async () => {
    const store = `s3://${buckets.state}`;
    const plan = await as("destroy-plan", "node", "cli/pilot.mjs", "destroy-plan", store, "k1.sbx.pilot.internal");
    expect(plan.output).to.contain("nodes.k1.sbx.pilot.internal");
    await pulumi("up", "refresh", "--yes");
    await pulumi("up", "destroy", "--yes", "--skip-preview");
    const left = await inventory(endpoint);
    expect(Object.keys(left).filter((kind) => kind !== "roles" && kind !== "policies")).to.deep.equal([]);
  });
});
