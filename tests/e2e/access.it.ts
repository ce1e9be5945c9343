import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import yaml from "js-yaml";
import { redact } from "../../providers/kops/runtime/redact.ts";
import { layoutOf } from "../../local/base/layout.ts";
import type { Ran } from "./checkout.ts";
import { bareArgs, done, makeBareCheckout } from "./bare/index.ts";
import type { BareCheckout } from "./bare/index.ts";
import { shortSessions } from "./bare/sessions.ts";
import type { Call, ShortSessions } from "./bare/sessions.ts";

const roleArn = "arn:aws:iam::123456789012:role/deployer";

/** Not a valid kubeconfig: every program that reads it fails. */
const poison = "apiVersion: v1\nkind: Config\nclusters: [[[\n";

describe("operations with an assumed role", function () {
  this.timeout(5 * 60_000);
  let bare: BareCheckout;
  let aws: ShortSessions;
  let kubeconfigs: string[];
  let began: Date;

  before(async () => {
    began = new Date();
    bare = await makeBareCheckout();
    aws = await shortSessions(bare.endpoint, 6000);
    const program = await readFile(join(import.meta.dirname, "bare", "program-with-login.ts"), "utf8");
    await bare.write("index.ts", program.replaceAll("../../../", "./"));
    const { home } = layoutOf(bare.folder, {});
    kubeconfigs = [join(home, ".kube", "config"), join(home, "mine.yaml")];
    for (const file of kubeconfigs) {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, poison);
    }
  });
  after(async () => {
    await aws.close();
    await bare.remove();
  });

  const words = (...more: string[]): string[] => [
    "env",
    `AWS_ENDPOINT_URL=${aws.endpoint}`,
    `KUBECONFIG=${kubeconfigs[1] ?? ""}`,
    "pulumi",
    ...more,
    "--stack",
    "sbx",
    "--non-interactive",
  ];
  const up = (): Promise<Ran> => bare.local(...words("up", "--yes", "--skip-preview"));
  const declare = (type: string): Promise<void> =>
    bare.declare({
      k1: bareArgs("k1", bare.infrastructure, `nodeGroups: { nodes: { machineType: ${type}, count: 2 } }`, {
        assumeRole: { roleArn, sessionName: "pilot-test" },
      }),
    });
  const output = async (name: string): Promise<unknown> =>
    (
      JSON.parse((await bare.local("pulumi", "stack", "output", "--json", "--stack", "sbx")).output) as Record<
        string,
        unknown
      >
    )[name];
  const byKops = ({ agent }: Call): boolean => agent.includes("aws-sdk-go");

  it("create a cluster, and a program in the same `up` logs in with its credential-free kubeconfig", async () => {
    await declare("t3.large");
    expect((await up()).output).to.contain(done);
    expect(await output("nodesSeen")).to.equal(3);
    const login = (await output("login")) as string;
    expect(redact(login)).to.equal(login);
    const state = (await bare.local("pulumi", "stack", "export", "--stack", "sbx")).output;
    expect(state)
      .to.contain("-----BEGIN CERTIFICATE")
      .and.not.match(/PRIVATE KEY|client-(key|certificate)-data|AccessKey/);
  });

  it("give a kubeconfig that lets kubectl in through this machine's own connection", async () => {
    const config = yaml.load((await output("login")) as string) as { clusters: { cluster: { server: string } }[] };
    const [first] = (await bare.cloud()).clusters;
    const { clusters } = yaml.load(await readFile(first?.kubeconfig ?? "", "utf8")) as typeof config;
    for (const { cluster } of config.clusters) cluster.server = clusters[0]?.cluster.server ?? "";
    await bare.write("login.yaml", yaml.dump(config));
    expect(
      (await bare.local("kubectl", "--kubeconfig", join(bare.folder, "login.yaml"), "auth", "whoami")).output,
    ).to.contain("system:masters");
  });

  it("roll nodes with one kOps process that outlives a session and continues with the next", async () => {
    const since = new Date();
    await declare("t3.xlarge");
    expect((await up()).output)
      .to.contain("rolling nodes 2/2 replacing")
      .and.to.contain(done);
    const commands = await bare.kopsCommands(since);
    const roll = commands.findIndex((line) => line.includes(" rolling-update cluster ") && line.includes("--yes"));
    const [from, to] = [commands[roll], commands[roll + 1]].map((line) => new Date(line?.slice(0, 24) ?? ""));
    const calls = aws.calls.filter(
      (call) => byKops(call) && from !== undefined && to !== undefined && call.at > from && call.at < to,
    );
    expect(new Set(calls.map(({ key }) => key)).size).to.be.above(1);
  });

  it("sign every AWS request with a session of that role, and never with an expired one", () => {
    expect(aws.calls.filter(({ key, action }) => action !== "AssumeRole" && !key.startsWith("ASIA"))).to.deep.equal([]);
    expect(aws.calls.filter(({ late }) => late)).to.deep.equal([]);
    const sessions = aws.calls.filter(({ action }) => action === "AssumeRole").length;
    const seconds = (Date.now() - began.getTime()) / 1000;
    // A session is used for two thirds of its six seconds. Each of Pulumi's plugin processes starts one.
    expect(sessions).to.be.below(seconds / 4 + 10);
    expect(aws.calls.filter(byKops).length).to.be.above(sessions);
  });

  it("put no secret and no kubeconfig of the user on a command line", async () => {
    const commands = await bare.kopsCommands();
    expect(commands.length).to.be.above(5);
    for (const line of commands) expect(redact(line)).to.equal(line);
    expect(commands.filter((line) => kubeconfigs.some((file) => line.includes(file)))).to.deep.equal([]);
  });

  it("delete the cluster, and never read or write a kubeconfig of the user", async () => {
    await bare.local(...words("destroy", "--yes", "--skip-preview"));
    for (const file of kubeconfigs) {
      expect(await readFile(file, "utf8")).to.equal(poison);
      expect((await stat(file)).mtimeMs).to.be.below(began.getTime() + 60_000);
    }
  });

  it("do not begin when the role is denied, and the preview says why", async () => {
    aws.refuseRoles();
    await declare("t3.2xlarge");
    const { output: said } = await bare.localFails(...words("preview"));
    expect(said)
      .to.contain(`The role ${roleArn} cannot be assumed`)
      .and.to.contain("not authorized to perform: sts:AssumeRole");
  });
});
