import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { expect } from "chai";
import { execa } from "execa";
import { groupLabel } from "../../local/cloud/fleet/node.ts";
import { cloudState } from "../../local/cloud/index.ts";
import type { CloudState } from "../../local/cloud/index.ts";
import { readCluster } from "../../components/reference/index.ts";
import { layoutOf } from "../../local/base/layout.ts";
import { clientOf, unchanged } from "./bare/index.ts";
import { makeCheckout } from "./checkout.ts";
import type { Checkout, Ran } from "./checkout.ts";
import { inventory } from "./inventory.ts";

const minutes = 60_000;

/** The config of a stack of clusters. */
const stackFile = (sandbox: boolean): string => `config:
  aws:region: ap-southeast-2
  pilot:environment: sbx
  pilot:sandbox: ${String(sandbox)}
`;

/** The file of a small cluster. */
const clusterFile = (name: string, machineType: string, more = ""): string => `name: ${name}
kopsVersion: 1.35.0
kubernetesVersion: 1.34.3
apiAccess: [10.20.0.0/16]
controlPlane: { count: 1, machineType: t3.medium }
nodeGroups:
  nodes: { machineType: ${machineType}, count: 1 }
${more}`;

const flags = (stack: string): string[] => ["--stack", stack, "--non-interactive"];
const up = (stack: string): string[] => ["pulumi", "up", ...flags(stack), "--yes", "--skip-preview"];

describe("stacks of clusters in another stack's environment", function () {
  this.timeout(10 * minutes);
  let checkout: Checkout;

  before(async () => {
    checkout = await makeCheckout();
    await rm(join(checkout.folder, "clusters/sbx/k1.yaml"));
    await checkout.write("Pulumi.team-a.yaml", stackFile(true));
    await checkout.write("Pulumi.team-b.yaml", stackFile(true));
    await checkout.write("clusters/team-a/a1.yaml", clusterFile("a1", "t3.large"));
    await checkout.write("clusters/team-b/b1.yaml", clusterFile("b1", "t3.large"));
    await checkout.write("clusters/team-b/b2.yaml", clusterFile("b2", "t3.large"));
    for (const stack of ["sbx", "team-a", "team-b"]) await checkout.local("pulumi", "stack", "init", stack);
  });
  after(async () => {
    await checkout.remove();
    expect(await checkout.processes()).to.deep.equal([]);
  });

  const cloud = async (): Promise<CloudState> => {
    const state = await cloudState(layoutOf(checkout.folder, {}));
    if (!state) throw new Error("the local cloud does not run");
    return state;
  };
  const kubectl = async (cluster: string, ...args: string[]): Promise<string> => {
    const kubeconfig = (await cloud()).clusters.find(({ name }) => name.startsWith(`${cluster}.`))?.kubeconfig ?? "";
    const { bin, home } = layoutOf(checkout.folder, {});
    return (
      await execa(join(bin, "kubectl"), ["--kubeconfig", kubeconfig, ...args], {
        env: { PATH: process.env["PATH"], HOME: home },
        extendEnv: false,
      })
    ).stdout;
  };
  /** Machine types of the workers. */
  const workers = async (cluster: string): Promise<string[]> =>
    (
      await kubectl(
        cluster,
        "get",
        "nodes",
        "-l",
        `${groupLabel}=nodes`,
        "-o",
        "jsonpath={.items[*].metadata.labels.node\\.kubernetes\\.io/instance-type}",
      )
    ).split(" ");
  const clusterTags = async (): Promise<string[]> => {
    const { Subnets = [] } = await new EC2Client(clientOf((await cloud()).endpoint)).send(
      new DescribeSubnetsCommand({}),
    );
    return [
      ...new Set(
        Subnets.flatMap(({ Tags = [] }) => Tags.map(({ Key }) => Key ?? "")).filter((key) =>
          key.startsWith("kubernetes.io/cluster/"),
        ),
      ),
    ].sort();
  };
  const outputsOf = async (stack: string): Promise<{ clusters: Record<string, unknown> }> =>
    JSON.parse((await checkout.local("pulumi", "stack", "output", "--json", "--stack", stack)).output) as {
      clusters: Record<string, unknown>;
    };
  const preview = (stack: string, ...more: string[]): Promise<Ran> =>
    checkout.local("pulumi", "preview", ...flags(stack), ...more);
  const setTypes = (machineType: string, ...clusters: string[]): Promise<unknown> =>
    Promise.all(
      clusters.map((name) =>
        checkout.write(`clusters/team-${name.slice(0, 1)}/${name}.yaml`, clusterFile(name, machineType)),
      ),
    );

  const inApp = ["sh", "-c", 'exec pulumi -C "$PWD/examples/app" "$@"', "pulumi"];

  it("are refused while the environment does not exist, with the command that creates it", async () => {
    const refused = await checkout.localFails(...up("team-a"));
    expect(refused.output)
      .to.match(/sbx (is not an environment|cannot be read)/)
      .and.to.contain("pulumi up --stack");
  });

  it("are created at the same time in the environment's network, zone and store, which do not change", async () => {
    await checkout.local(...up("sbx"));
    const made = await Promise.all(["team-a", "team-b"].map((stack) => checkout.local(...up(stack))));
    for (const { output } of made) {
      expect(output).to.contain("the cluster is up to date");
      expect(
        [...output.matchAll(/\+ +(aws:\S+) /g)].map(([, type]) => type).filter((type) => type !== "aws:ec2:Tag"),
      ).to.deep.equal([]);
    }
    expect(await clusterTags()).to.deep.equal(
      ["a1", "b1", "b2"].map((name) => `kubernetes.io/cluster/${name}.sbx.pilot.internal`),
    );
    await preview("sbx", "--refresh", "--expect-no-changes");
    const again = await Promise.all(
      ["team-a", "team-b"].map((stack) => checkout.local("pulumi", "up", ...flags(stack), "--yes", "--skip-preview")),
    );
    for (const { output } of again) expect(output).to.match(unchanged);
  });

  it("let an app's stack reference a cluster, trust one of its service accounts, and deploy to it", async function () {
    // The kubernetes plugin may have to be built.
    this.timeout(30 * 60_000);
    await checkout.write(
      "examples/app/Pulumi.sbx.yaml",
      "config:\n  aws:region: ap-southeast-2\n  shop:clusters: organization/pilot/team-a\n  shop:cluster: a1\n",
    );
    await checkout.local(...inApp, "stack", "init", "sbx");
    await checkout.local(...inApp, "up", ...flags("sbx"), "--yes", "--skip-preview");
    const { output } = await checkout.local(...inApp, "stack", "output", "--json", "--stack", "sbx");
    const { roleArn = "" } = JSON.parse(output) as { roleArn?: string };
    const { Role } = await new IAMClient(clientOf((await cloud()).endpoint)).send(
      new GetRoleCommand({ RoleName: roleArn.split("/").at(-1) }),
    );
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ""))
      .to.contain("system:serviceaccount:shop:api")
      .and.to.contain("a1.sbx.pilot.internal");
    expect(
      await kubectl("a1", "get", "deployment", "shop", "--namespace", "shop", "-o", "jsonpath={.status.readyReplicas}"),
    ).to.equal("2");
    await checkout.local(...inApp, "preview", ...flags("sbx"), "--refresh", "--expect-no-changes");

    await checkout.write(
      "examples/app/Pulumi.sbx.yaml",
      "config:\n  aws:region: ap-southeast-2\n  shop:clusters: organization/pilot/team-a\n  shop:cluster: a9\n",
    );
    const refused = await checkout.localFails(...inApp, "preview", ...flags("sbx"));
    expect(refused.output)
      .to.contain("The stack organization/pilot/team-a has no cluster a9")
      .and.to.contain("it has a1; did you mean a1?");
    await checkout.write(
      "examples/app/Pulumi.sbx.yaml",
      "config:\n  aws:region: ap-southeast-2\n  shop:clusters: organization/pilot/team-a\n  shop:cluster: a1\n",
    );
  });

  it("output what the Helmfile example reads, and no credential", async () => {
    const { output } = await checkout.local("pulumi", "stack", "output", "--json", "--stack", "team-a");
    const outputs = JSON.parse(output) as { clusters: Record<string, unknown>; dns: { zoneName: string } };
    const a1 = readCluster(outputs.clusters, "a1", "team-a");
    expect(outputs.dns.zoneName).to.equal("sbx.pilot.internal");
    expect(a1.autoScalingGroups["nodes"]).to.equal("nodes.a1.sbx.pilot.internal");
    expect(a1.oidc?.providerArn).to.match(/^arn:aws:iam::\d{12}:oidc-provider\//);
    expect(Object.keys(a1.securityGroups)).to.include("nodes.a1.sbx.pilot.internal");
    expect(Object.keys(a1.etcdVolumes)).to.have.length(2);
    expect(a1.loadBalancer?.dnsName).to.be.a("string");
    expect(a1.network.subnets).to.have.length(6);
    expect(output).to.not.match(/PRIVATE KEY|client-key-data|client-certificate-data|token:|AKIA/);
  });

  it("roll at the same time: one rolls completely while the other drains a node", async () => {
    await kubectl("a1", "create", "deployment", "web", "--image=web");
    await kubectl("a1", "rollout", "status", "deployment/web", "--timeout=60s");
    await kubectl("a1", "create", "poddisruptionbudget", "web", "--selector=app=web", "--min-available=1");
    await setTypes("t3.xlarge", "a1", "b1");
    const previews = await Promise.all(["team-a", "team-b"].map((stack) => preview(stack)));
    expect(previews[0]?.output).to.contain("[a1.sbx]").and.to.contain("roll 1. nodes");
    expect(previews[1]?.output).to.contain("[b1.sbx]").and.to.contain("roll 1. nodes").and.not.to.contain("[b2.sbx]");

    const slow = await checkout.npmDuring(
      /\[a1\.sbx\].* draining/,
      async () => {
        const quick = await checkout.local(...up("team-b"));
        expect(quick.output)
          .to.contain("[b1.sbx]")
          .and.to.match(/~ 1 updated/);
        expect(await workers("b1")).to.deep.equal(["t3.xlarge"]);
        expect(await workers("a1"), "a1 still waits").to.include("t3.large");
        await preview("sbx", "--expect-no-changes");
        await kubectl("a1", "delete", "poddisruptionbudget", "web");
      },
      "run",
      "local",
      "--",
      ...up("team-a"),
    );
    expect(slow.exitCode, slow.output).to.equal(0);
    expect(await workers("a1")).to.deep.equal(["t3.xlarge"]);
    // The roll does not change the app's stack either.
    await checkout.local(...inApp, "preview", ...flags("sbx"), "--expect-no-changes");
    await checkout.local(...inApp, "destroy", ...flags("sbx"), "--yes", "--skip-preview");
  });

  it("can be destroyed one by one without a change to the environment or the others", async () => {
    await checkout.local("pulumi", "destroy", ...flags("team-a"), "--yes", "--skip-preview");
    expect(await clusterTags()).to.deep.equal(
      ["b1", "b2"].map((name) => `kubernetes.io/cluster/${name}.sbx.pilot.internal`),
    );
    await preview("sbx", "--refresh", "--expect-no-changes");
    await preview("team-b", "--refresh", "--expect-no-changes");
  });

  it("show and update their other clusters despite an unusable file, and lose no cluster", async () => {
    await setTypes("t3.large", "b1");
    await checkout.edit("clusters/team-b/b2.yaml", "machineType: t3.large", "machineTyp: t3.large");
    const shown = await checkout.localFails("pulumi", "preview", ...flags("team-b"));
    expect(shown.output)
      .to.contain("roll 1. nodes")
      .and.to.contain("clusters/team-b/b2.yaml")
      .and.to.contain("machineTyp");
    expect(shown.output).not.to.match(/^ *- .*b2/m);

    const changed = await checkout.localFails(...up("team-b"));
    expect(changed.output)
      .to.contain("clusters/team-b/b2.yaml")
      .and.to.match(/~ 1 updated/)
      .and.not.to.match(/deleted/);
    expect(await workers("b1")).to.deep.equal(["t3.large"]);
    expect(await workers("b2")).to.deep.equal(["t3.large"]);
    expect(Object.keys((await outputsOf("team-b")).clusters)).to.deep.equal(["b1", "b2"]);
    await setTypes("t3.large", "b2");
    expect((await checkout.local(...up("team-b"))).output).to.match(unchanged);
  });

  it("update their other clusters when one update fails, which the next up finishes", async () => {
    await kubectl("b1", "create", "deployment", "web", "--image=web");
    await kubectl("b1", "rollout", "status", "deployment/web", "--timeout=60s");
    await kubectl("b1", "create", "poddisruptionbudget", "web", "--selector=app=web", "--min-available=1");
    await checkout.write(
      "clusters/team-b/b1.yaml",
      clusterFile("b1", "t3.xlarge", "rollingUpdate: { drainTimeout: 3s }\n"),
    );
    await setTypes("t3.xlarge", "b2");
    const failed = await checkout.localFails(...up("team-b"), "--continue-on-error");
    expect(failed.output)
      .to.match(/\[b1\.sbx\].*web/)
      .and.to.match(/~ 1 updated/);
    expect(await workers("b1")).to.include("t3.large");
    expect(await workers("b2")).to.deep.equal(["t3.xlarge"]);
    await kubectl("b1", "delete", "poddisruptionbudget", "web");
    expect((await checkout.local(...up("team-b"))).output)
      .to.match(/~ 1 updated/)
      .and.not.to.contain("[b2.sbx]");
    expect(await workers("b1")).to.deep.equal(["t3.xlarge"]);
    await setTypes("t3.xlarge", "b1");
    await checkout.local(...up("team-b"));
  });

  it("keep a cluster whose file is renamed", async () => {
    await rename(join(checkout.folder, "clusters/team-b/b1.yaml"), join(checkout.folder, "clusters/team-b/first.yml"));
    expect((await checkout.local("pulumi", "up", ...flags("team-b"), "--yes", "--skip-preview")).output).to.match(
      unchanged,
    );
    await rename(join(checkout.folder, "clusters/team-b/first.yml"), join(checkout.folder, "clusters/team-b/b1.yaml"));
  });

  it("delete a cluster whose file is removed only once it is unprotected, and no other cluster", async () => {
    await checkout.write("Pulumi.team-b.yaml", stackFile(false));
    const taken = await checkout.local(...up("team-b"));
    expect(taken.output, taken.output).to.match(/~ 2 updated/);
    const file = join(checkout.folder, "clusters/team-b/b2.yaml");
    await rm(file);
    for (const refused of [
      await checkout.localFails("pulumi", "preview", ...flags("team-b")),
      await checkout.localFails(...up("team-b")),
    ]) {
      expect(refused.output)
        .to.match(/b2.*cannot be deleted|cannot be deleted.*b2/s)
        .and.to.contain("protect");
    }
    expect(await workers("b2")).to.deep.equal(["t3.xlarge"]);

    await checkout.write("clusters/team-b/b2.yaml", clusterFile("b2", "t3.xlarge", "deletionProtection: false\n"));
    expect((await checkout.local(...up("team-b"))).output).to.match(/~ 1 updated/);
    await rm(file);
    const shown = await preview("team-b");
    expect(shown.output)
      .to.match(/^ *- +\S+ b2 +delete/m)
      .and.not.to.match(/^ *[~+-]+ +\S+ b1\b/m);
    await checkout.local(...up("team-b"));
    expect(Object.keys((await outputsOf("team-b")).clusters)).to.deep.equal(["b1"]);
    expect(await workers("b1")).to.deep.equal(["t3.xlarge"]);
    await preview("sbx", "--refresh", "--expect-no-changes");
  });

  it("are destroyed before their environment, and leave nothing", async () => {
    await checkout.write("Pulumi.team-b.yaml", stackFile(true));
    await checkout.local(...up("team-b"));
    await checkout.local("pulumi", "destroy", ...flags("team-b"), "--yes", "--skip-preview");
    await checkout.local("pulumi", "destroy", ...flags("sbx"), "--yes", "--skip-preview");
    expect(await inventory((await cloud()).endpoint)).to.deep.equal({});
  });
});
