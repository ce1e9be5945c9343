import { CreatePolicyVersionCommand, IAMClient } from "@aws-sdk/client-iam";
import { expect } from "chai";
import { fill, type PolicyValues } from "../../components/pipeline/fill.ts";
import { readPolicy, type RoleName } from "../../components/pipeline/roles.ts";
import { defaultBucketNames } from "../../components/state-store/bucket-names.ts";
import { accountId as account } from "../components/mocks.ts";
import { sessionOf, sessionOfArn, type Session } from "../local/aws/pipeline-roles.ts";
import type { Ran } from "../e2e/checkout.ts";
import { inventory } from "../e2e/inventory.ts";
import { clientOf, region, zonesOf } from "../e2e/network/index.ts";
import { makeWholeCheckout, smallCluster, type WholeCheckout } from "../e2e/whole/index.ts";

const unchanged = /Resources:\s+\d+ unchanged\s/;
const buckets = defaultBucketNames({ project: "pilot", stack: "sbx", accountId: account, region });
const values: PolicyValues = {
  ...{ partition: "aws", region, regions: [region], account, stack: "sbx", path: "/pilot/" },
  ...{
    stateBucket: buckets.state,
    discoveryBucket: buckets.discovery,
    logBucket: buckets.logs,
    storeRegions: [region],
  },
  clusters: ["*.sbx.pilot.internal"],
  records: ["sbx.pilot.internal", "*.sbx.pilot.internal"],
};
const config = {
  network: {
    cidr: "10.20.0.0/16",
    zones: [`${region}a`, `${region}b`],
    nat: "single",
    flowLogs: { to: "cloudwatch" },
  },
  dns: { type: "private", name: "sbx.pilot.internal" },
  stateStore: { onDestroy: "purge", encryption: { type: "kms" }, accessLogs: {}, managedPolicies: true },
  sandbox: true,
  pipeline: { repository: "org/clusters" },
};
const wider = { ...config, network: { ...config.network, zones: zonesOf("abc") } };
const cluster = (machineType: string, name = "k1"): string =>
  smallCluster(name, `nodeGroups: { nodes: { machineType: ${machineType}, count: 1 } }\n`);

describe("the roles of a pipeline, on a local cloud that denies what their policies do not allow", function () {
  this.timeout(900_000);
  let checkout: WholeCheckout;
  const sessions: Partial<Record<RoleName, Session>> = {};

  /** A command with the credentials of a role. */
  const as = (role: RoleName, ...words: string[]): string[] => {
    const session = sessions[role];
    if (session === undefined) throw new Error(`nobody has assumed the role ${role}`);
    return ["env", ...Object.entries(session).map(([name, value]) => `${name}=${value}`), ...words];
  };
  const pulumi = (role: RoleName, verb: string, ...more: string[]): string[] =>
    as(role, "pulumi", verb, "--stack", "sbx", "--non-interactive", ...more);
  const preview = (...more: string[]): Promise<Ran> => checkout.local(...pulumi("preview", "preview", ...more));
  const up = (role: RoleName = "up"): string[] => pulumi(role, "up", "--yes", "--skip-preview");
  const denied = /not authorized|AccessDenied|UnauthorizedOperation|could not be/i;

  before(async () => {
    checkout = await makeWholeCheckout();
    await checkout.stack("sbx", config);
    await checkout.write("clusters/sbx/k1.yaml", cluster("t3.large"));
    for (const role of ["owner", "destroy-plan"] as const)
      sessions[role] = await sessionOf(checkout.endpoint, role, values);
  });
  after(async () => {
    await checkout.remove();
    expect(await checkout.processes()).to.deep.equal([]);
  });

  it("are made by the owner of an environment, together with the environment", async () => {
    await checkout.local(...up("owner"));
    const { pipeline } = await checkout.outputs<{ pipeline: { roles: Record<"preview" | "up", string> } }>("sbx");
    for (const role of ["preview", "up"] as const)
      sessions[role] = await sessionOfArn(checkout.endpoint, pipeline.roles[role], region);
    expect((await preview()).output)
      .to.match(unchanged)
      .and.not.match(denied);
  });

  it("preview and apply a zone and a second cluster, and delete the cluster again", async () => {
    await checkout.stack("sbx", wider);
    await checkout.write("clusters/sbx/k2.yaml", cluster("t3.large", "k2"));
    expect((await preview()).output)
      .to.match(/\+ +pulumi-nodejs:dynamic\/kops:Cluster k2 create/)
      .and.not.match(denied);
    await checkout.local(...up());
    await checkout.forget("clusters/sbx/k2.yaml");
    await checkout.local(...up());
    expect(Object.keys(await checkout.instances()).filter((name) => name.includes("k2"))).to.deep.equal([]);
  });

  it("preview and apply a change of a cluster with its roll", async () => {
    await checkout.write("clusters/sbx/k1.yaml", cluster("t3.xlarge"));
    const { output } = await preview();
    expect(output).to.contain("roll 1. nodes: 1 node").and.not.match(denied);
    expect((await checkout.local(...up())).output).to.contain("the cluster is up to date");
    expect((await preview("--refresh")).output).to.match(unchanged);
  });

  it("stop a preview that would write", async () => {
    await checkout.write("clusters/sbx/k1.yaml", cluster("t3.large"));
    expect((await checkout.localFails(...up("preview"))).output).to.contain("s3:PutObject");
    await checkout.write("clusters/sbx/k1.yaml", cluster("t3.xlarge"));
  });

  it("stop an up whose policies lack an action, and name the action", async () => {
    const iam = new IAMClient(clientOf(checkout.endpoint));
    const store = fill(readPolicy("store"), values);
    const set = (policy: typeof store) =>
      iam.send(
        new CreatePolicyVersionCommand({
          PolicyArn: `arn:aws:iam::${account}:policy/pilot/pilot-sbx-store`,
          PolicyDocument: JSON.stringify(policy),
          SetAsDefault: true,
        }),
      );
    const lacking = store.Statement.map((one) => ({
      ...one,
      Action: [one.Action].flat().filter((action) => action !== "s3:PutObject"),
    }));
    await set({ ...store, Statement: lacking });
    await checkout.write("clusters/sbx/k1.yaml", cluster("t3.large"));
    expect((await checkout.localFails(...up())).output).to.contain("s3:PutObject");
    await set(store);
    expect((await checkout.local(...up())).output).to.contain("the cluster is up to date");
  });

  it("stop an up that changes the pipeline: its owner may", async () => {
    await checkout.stack("sbx", { ...wider, pipeline: { repository: "org/others" } });
    expect((await checkout.localFails(...up())).output).to.contain("iam:UpdateAssumeRolePolicy");
    await checkout.local(...up("owner"));
  });

  it("plan a destroy; the owner destroys everything", async () => {
    const store = `s3://${buckets.state}`;
    const plan = await checkout.local(
      ...as("destroy-plan", "node", "cli/pilot.mjs", "destroy-plan", store, "k1.sbx.pilot.internal"),
    );
    expect(plan.output).to.contain("nodes.k1.sbx.pilot.internal");
    await checkout.local(...pulumi("owner", "destroy", "--yes", "--skip-preview"));
    const left = await inventory(checkout.endpoint);
    expect(Object.keys(left).filter((kind) => !["roles", "policies"].includes(kind))).to.deep.equal([]);
  });
});
