import { expect } from "chai";
import type { PolicyValues } from "../../components/pipeline/fill.ts";
import type { RoleName } from "../../components/pipeline/roles.ts";
import { defaultBucketNames } from "../../components/state-store/bucket-names.ts";
import { cloudState } from "../../local/cloud/index.ts";
import { layoutOf } from "../../local/base/layout.ts";
import { accountId as account } from "../components/mocks.ts";
import { sessionOf } from "../local/aws/pipeline-roles.ts";
import { region } from "./bare/network.ts";
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
  /** Credentials of the roles, as words of `env`. */
  const sessions: Partial<Record<RoleName, string[]>> = {};

  const as = (role: RoleName, ...words: string[]): Promise<Ran> =>
    checkout.local("env", ...(sessions[role] ?? []), ...words);
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
    for (const role of ["preview", "up", "destroy-plan"] as const)
      sessions[role] = Object.entries(await sessionOf(endpoint, role, values)).map(
        ([name, value]) => `${name}=${value}`,
      );
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
      ...[
        "env",
        ...(sessions.preview ?? []),
        "pulumi",
        "up",
        "--stack",
        "sbx",
        "--non-interactive",
        "--yes",
        "--skip-preview",
      ],
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
