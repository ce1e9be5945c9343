import { createHash } from "node:crypto";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { join } from "node:path";
import { CreateLaunchTemplateVersionCommand, EC2Client } from "@aws-sdk/client-ec2";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { planDocument } from "../../providers/kops/plan/document/plan-document.ts";
import type { PlanDocument } from "../../providers/kops/plan/document/plan-document.ts";
import { bareArgs, clientOf, done, makeBareCheckout, quick } from "./bare/index.ts";
import type { BareArgs, BareCheckout } from "./bare/index.ts";
import type { Ran } from "./checkout.ts";
import { sshKeys } from "../ssh-keys.ts";
import { writesTo } from "./requests.ts";

const version = "1.35.0";
const controlPlane = "control-plane-ap-southeast-2a";
const flags = ["--stack", "sbx", "--non-interactive"];

/** A step of `pulumi preview --json`. */
interface Step {
  op: string;
  urn: string;
  newState?: { inputs?: Record<string, unknown>; outputs?: Record<string, unknown> };
}

/** The engine's placeholder for an unknown value. */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const budget = `
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web, namespace: default }
spec: { minAvailable: 1, selector: { matchLabels: { app: web } } }
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: default, labels: { app: web } }
spec: { containers: [{ name: web, image: web }] }
`;

describe("a preview", function () {
  this.timeout(15 * 60_000);
  let bare: BareCheckout;
  let counted: string;
  let plans: string;
  let cache: string;
  const silent: Server = createServer();

  /** Runs Pulumi with more environment variables, and records every kOps process. */
  const pulumi = async (settings: Record<string, string>, ...words: string[]): Promise<Ran> => {
    const env = Object.entries({ PILOT_CACHE_DIR: cache, ...settings }).map(([name, value]) => `${name}=${value}`);
    return await bare.local("env", ...env, "pulumi", ...words);
  };
  const pulumiFails = async (settings: Record<string, string>, ...words: string[]): Promise<Ran> => {
    const env = Object.entries({ PILOT_CACHE_DIR: cache, ...settings }).map(([name, value]) => `${name}=${value}`);
    return await bare.localFails("env", ...env, "pulumi", ...words);
  };
  /** Command lines of kOps processes since the last call, without paths that differ between runs. */
  const kopsProcesses = async (): Promise<string[]> => {
    const text = await readFile(counted, "utf8").catch(() => "");
    await rm(counted, { force: true });
    return text
      .split("\n")
      .filter(Boolean)
      .map((line) => line.replace(/\S*\/scratch\/\S+?\//g, "SCRATCH/"));
  };
  const declare = (text: string, changes: object = {}): Promise<void> =>
    bare.declare({ k1: bareArgs("k1", bare.infrastructure, text, changes) });
  const plan = async (folder = plans): Promise<PlanDocument> =>
    planDocument.parse(JSON.parse(await readFile(join(folder, "k1.bare.internal.json"), "utf8")));

  /** Everything a preview must not touch. */
  const touched = async (): Promise<unknown> => {
    const s3 = new S3Client({ ...clientOf(bare.endpoint), forcePathStyle: true });
    const listed = await Promise.all(
      ["bare-state", "bare-discovery"].map((Bucket) => s3.send(new ListObjectsV2Command({ Bucket }))),
    );
    const kubeconfig = await bare.local("sh", "-c", "cat $HOME/.kube/config 2>/dev/null || echo none");
    return {
      objects: listed.map(({ Contents = [] }) =>
        Contents.map(({ Key, ETag, LastModified }) => [Key, ETag, LastModified?.getTime()]),
      ),
      changes: await writesTo(bare.endpoint),
      kubeconfig: createHash("sha256").update(kubeconfig.output).digest("hex"),
    };
  };

  before(async () => {
    bare = await makeBareCheckout();
    const program = await readFile(join(import.meta.dirname, "dependent-program.ts"), "utf8");
    await bare.write("index.ts", program.replaceAll("../../", "./"));
    counted = join(bare.folder, ".local", "kops-processes");
    plans = join(bare.folder, ".local", "plans");
    cache = join(bare.folder, ".local", "counting");
    const real = (await bare.local("sh", "-c", `echo $PILOT_CACHE_DIR/kops/${version}/kops`)).output.trim();
    const wrapper = join(cache, "kops", version, "kops");
    await mkdir(join(wrapper, ".."), { recursive: true });
    await writeFile(wrapper, `#!/bin/sh\nprintf '%s\\n' "$*" >> '${counted}'\nexec '${real}' "$@"\n`);
    await chmod(wrapper, 0o755);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    await declare("");
    expect((await pulumi({}, "up", ...flags, "--yes", "--skip-preview")).output).to.contain(done);
  });
  after(async () => {
    silent.close();
    await bare.remove();
  });

  it("of no change runs no kOps, nor does its up", async () => {
    await kopsProcesses();
    const { output } = await pulumi({}, "up", ...flags, "--yes");
    expect(output).to.match(/Resources:\s+\d+ unchanged/);
    expect(await kopsProcesses()).to.deep.equal([]);
  });

  it("of a machine type is right, has no unknown, changes no dependent resource, and touches nothing", async () => {
    await bare.write("budget.yaml", budget);
    await bare.kubectl("k1", "apply", "-f", join(bare.folder, "budget.yaml"));
    await declare("nodeGroups: { nodes: { machineType: t3.xlarge, count: 2 } }");
    const before = await touched();
    const { output } = await pulumi({ PILOT_PLAN_DIR: plans }, "preview", ...flags, "--json", "--show-sames");
    expect(await touched()).to.deep.equal(before);
    const { steps } = JSON.parse(output.slice(output.indexOf("{\n"))) as { steps: Step[] };
    const ops = steps.map(({ op, urn }) => `${op} ${urn.split("::").at(-1) ?? ""}`);
    expect(ops).to.include.members(["update k1", "same k1-dependent"]);
    expect(
      ops.filter((op) => !op.startsWith("same ")),
      ops.join(),
    ).to.deep.equal(["update k1"]);
    expect(JSON.stringify(steps)).not.to.contain(unknown);

    const found = await plan();
    const [{ seconds, ...roll }, ...others] = found.rolls as [PlanDocument["rolls"][number]];
    expect([roll, ...others]).to.deep.equal([{ group: "nodes", controlPlane: false, nodes: 2, now: 2, held: false }]);
    expect(seconds).to.be.above(60);
    const template = found.modify.find(({ kind }) => kind === "LaunchTemplate");
    expect(template?.values).to.deep.equal({ InstanceType: { from: "t3.large", to: "t3.xlarge" } });
    expect(found.changes).to.deep.include({
      path: "instanceGroups.nodes.machineType",
      kind: "rolls",
      groups: ["nodes"],
    });
    expect(found.blocking.join()).to.match(/default\/web/);
    expect(found.notChecked).to.deep.equal([]);
  });

  it("takes at most 10 seconds longer while the Kubernetes API is silent, and says what is unchecked", async () => {
    const access = join(bare.folder, ".local", "silent.json");
    const { port } = silent.address() as AddressInfo;
    await writeFile(
      access,
      JSON.stringify({ clusters: { "k1.bare.internal": { server: `https://127.0.0.1:${port}` } } }),
    );
    const quickly = await pulumi({}, "preview", ...flags);
    expect(quickly.output).to.contain("plan: roll 1. nodes: 2 nodes");
    expect(quickly.output).to.contain("plan: modify LaunchTemplate/nodes: InstanceType t3.large → t3.xlarge");
    const block = quickly.output.split("\n").filter((line) => /^ +\[k1\.bare\] /.test(line));
    expect(block[0]).to.match(
      /plan: modifies \d+ resources? in AWS; rolls nodes \(2 nodes\), about \w+; digest \w{16}$/,
    );
    expect(block.filter((line) => /\(\d+s\)$/.test(line))).to.deep.equal([]);
    expect(new Set(block).size).to.equal(block.length);
    expect(quickly.output).to.match(/plan: takes about .*, if each node takes 3m/);
    expect(quickly.output).to.contain("plan: blocks a drain now: PodDisruptionBudget default/web");
    const slowly = await pulumi({ PILOT_ACCESS: access }, "preview", ...flags);
    expect(slowly.output).to.match(
      /plan: not checked: PodDisruptionBudgets and versions of nodes.*no answer within 5 s/,
    );
    expect(slowly.output).to.contain("plan: roll 1. nodes: 2 nodes");
    // Colours are Pulumi's: on a terminal, or where they are asked for.
    expect(slowly.output).to.not.contain("\u001b[").and.to.not.contain("<{%");
    const coloured = await pulumi({}, "preview", ...flags, "--color", "always");
    expect(coloured.output).to.contain("\u001b[38;5;3mplan: blocks a drain now").and.to.not.contain("<{%");
    // Pulumi lists changed and unknown stack outputs under this heading.
    expect(slowly.output).not.to.contain("Outputs:");
    expect(slowly.seconds - quickly.seconds).to.be.below(10);
  });

  const broken = (args: BareArgs): BareArgs => ({
    ...args,
    cluster: { ...args.cluster, kubeProxyy: { enabled: true } },
  });

  it("fails for a refused cluster, and still shows the plans of all others, in any order", async () => {
    const good = bareArgs("k1", bare.infrastructure, "nodeGroups: { nodes: { machineType: t3.xlarge, count: 2 } }");
    const both = /Cluster k\d\.bare\.internal would be refused:.*does not know cluster\.kubeProxyy/s;

    // Refused are, in turn: the plan of a new cluster, the form of an existing one, and its plan.
    await bare.declare({ k0: broken(bareArgs("k0", bare.infrastructure)), k1: good });
    const added = await pulumiFails({}, "preview", ...flags);
    expect(added.output).to.match(both).and.to.contain("plan: roll 1. nodes: 2 nodes");
    await bare.declare({
      k1: { ...good, rollingUpdate: { nodeInterval: "soon" } },
      k2: bareArgs("k2", bare.infrastructure),
    });
    const malformed = await pulumiFails({}, "preview", ...flags);
    expect(malformed.output)
      .to.contain("rollingUpdate.nodeInterval")
      .and.to.match(/\[k2\.bare\] plan: create \d+/);
    const moved = broken({ ...good, cluster: { ...good.cluster, serviceClusterIPRange: "100.72.0.0/16" } });
    await bare.declare({ k1: moved, k2: bareArgs("k2", bare.infrastructure) });
    const several = await pulumiFails({}, "preview", ...flags);
    expect(several.output).to.contain("cluster.serviceClusterIPRange cannot change").and.to.match(both);
    await bare.declare({ k1: broken(good), k2: bareArgs("k2", bare.infrastructure) });
    const before = await touched();
    const changed = await pulumiFails({}, "preview", ...flags);
    expect(changed.output)
      .to.match(both)
      .and.to.match(/\[k2\.bare\] plan: create \d+/);
    expect(await touched()).to.deep.equal(before);
  });

  it("predicts a refusal for one cluster only: up leaves it untouched and still updates the others", async () => {
    const nodes = await bare.nodes("k1");
    const { rollingUpdate } = quick;
    await bare.declare({
      k0: broken(bareArgs("k0", bare.infrastructure)),
      k1: bareArgs("k1", bare.infrastructure, "", { rollingUpdate: { ...rollingUpdate, nodeInterval: "3s" } }),
    });
    const up = await pulumiFails({}, "up", ...flags, "--yes", "--skip-preview", "--continue-on-error");
    expect(up.output).to.match(
      /Cluster k0\.bare\.internal cannot be brought to its desired spec.*does not know cluster\.kubeProxyy/s,
    );
    expect(up.output).to.match(/1 updated/);
    expect(await bare.nodes("k1")).to.deep.equal(nodes);
  });

  it("of what kOps can never do ends in seconds, not after ten minutes, and names the property", async () => {
    const good = bareArgs("k1", bare.infrastructure);
    await bare.declare({ k1: { ...good, cluster: { ...good.cluster, kubernetesVersion: "1.34.99" } } });
    const began = Date.now();
    const { output } = await pulumiFails({}, "preview", ...flags);
    expect(output).to.match(
      /Cluster k1\.bare\.internal would be refused:\s+cluster\.kubernetesVersion names a release.*cannot determine hash for/s,
    );
    // kOps needs four seconds for each of its rounds; the rest is the preview itself.
    expect(Date.now() - began).to.be.lessThan(120_000);
  });

  it("binds its up once reviewed: an up that would roll more stops before its first write", async () => {
    await bare.kubectl("k1", "delete", "--ignore-not-found", "-f", join(bare.folder, "budget.yaml"));
    const reviewed = join(bare.folder, ".local", "reviewed");
    await declare("nodeGroups: { nodes: { machineType: t3.large, count: 3 } }");
    await pulumi({ PILOT_PLAN_DIR: reviewed }, "preview", ...flags);
    expect((await plan(reviewed)).rolls).to.deep.equal([]);
    await declare("nodeGroups: { nodes: { machineType: t3.xlarge, count: 3 } }");
    await kopsProcesses();
    const before = await bare.nodes("k1");
    const { output } = await pulumiFails({ PILOT_REVIEWED_PLAN: reviewed }, "up", ...flags, "--yes", "--skip-preview");
    expect(output).to.contain("is not the reviewed one");
    expect(output).to.contain("rolls nodes");
    await declare("nodeGroups: { nodes: { machineType: t3.xlarge, count: 3 } }", {
      rollingUpdate: { ...quick.rollingUpdate, strategy: "manual" },
    });
    const manual = await pulumi({ PILOT_PLAN_DIR: reviewed }, "preview", ...flags);
    expect(manual.output).to.contain("plan: roll 1. nodes: 2 nodes, held back");
    expect((await plan(reviewed)).rolls.map(({ group, held }) => [group, held])).to.deep.equal([["nodes", "manual"]]);
    await declare("nodeGroups: { nodes: { machineType: t3.xlarge, count: 3 } }");
    const held = await pulumiFails({ PILOT_REVIEWED_PLAN: reviewed }, "up", ...flags, "--yes", "--skip-preview");
    expect(held.output).to.contain("is not the reviewed one").and.to.contain("rolls nodes, whose roll was held back");
    expect((await kopsProcesses()).filter((line) => !/--state SCRATCH|export kubeconfig/.test(line))).to.deep.equal([]);
    expect(await bare.nodes("k1")).to.deep.equal(before);
  });

  it("and its up run one dry run for a change, and no kOps command twice for the same effect", async () => {
    expect((await plan()).rolls.map(({ group }) => group)).to.deep.equal(["nodes"]);
    // Rolls the same group, but to something else.
    await declare("nodeGroups: { nodes: { machineType: m5.large, count: 2 } }");
    const otherwise = await pulumiFails({ PILOT_REVIEWED_PLAN: plans }, "up", ...flags, "--yes");
    expect(otherwise.output).to.contain("is not the reviewed one").and.to.contain("its desired spec is another one");
    await declare("nodeGroups: { nodes: { machineType: t3.2xlarge, count: 2 } }");
    await kopsProcesses();
    const settings = { PILOT_PLAN_DIR: plans, PILOT_REVIEWED_PLAN: plans };
    const { output } = await pulumi(settings, "up", ...flags, "--yes");
    expect(output).to.contain(done);
    const processes = await kopsProcesses();
    const dryRuns = processes.filter((line) => /^update cluster/.test(line) && !line.includes("--yes"));
    expect(dryRuns, processes.join("\n")).to.have.lengthOf(1);
    // Only a validation is repeated: it checks the cluster at that moment.
    const others = processes.filter((line) => !line.startsWith("validate cluster"));
    expect(new Set(others).size, processes.join("\n")).to.equal(others.length);
    expect(
      (await bare.nodes("k1")).filter(({ group }) => group === "nodes").map(({ machineType }) => machineType),
    ).to.deep.equal(["t3.2xlarge", "t3.2xlarge"]);
  });

  it("of new intervals runs no kOps, nor does its up, which only records them", async () => {
    await declare("nodeGroups: { nodes: { machineType: t3.2xlarge, count: 2 } }", {
      rollingUpdate: { ...quick.rollingUpdate, nodeInterval: "2s" },
    });
    await kopsProcesses();
    const { output } = await pulumi({}, "up", ...flags, "--yes");
    expect(output).to.contain("plan: changed: rollingUpdate (metadata)");
    expect(output).to.match(/1 updated/);
    expect(await kopsProcesses()).to.deep.equal([]);
    expect((await pulumi({}, "up", ...flags, "--yes")).output).to.match(/Resources:\s+\d+ unchanged/);
  });

  it("of a new SSH key names the key pair and the nodes that roll for it, and writes it nowhere", async () => {
    const args = bareArgs("k1", bare.infrastructure, "nodeGroups: { nodes: { machineType: t3.2xlarge, count: 1 } }", {
      sshPublicKeys: [sshKeys.a.text],
    });
    // Like a manifest of kOps: a key pair exists if there is a key.
    await bare.declare({ k1: { ...args, cluster: { ...args.cluster, sshKeyName: undefined } } });
    const before = await touched();
    await pulumi({ PILOT_PLAN_DIR: plans }, "preview", ...flags);
    expect(await touched()).to.deep.equal(before);
    const { create, modify, rolls } = await plan();
    expect(create.filter(({ kind }) => kind === "SSHKey").map(({ name }) => name)).to.deep.equal([
      `kubernetes.k1.bare.internal-${sshKeys.a.fingerprint}`,
    ]);
    expect(modify.filter(({ fields }) => fields.includes("SSHKey")).map(({ name }) => name)).to.have.members([
      `${controlPlane}.masters.k1.bare.internal`,
      "nodes.k1.bare.internal",
    ]);
    expect(rolls.map(({ group }) => group)).to.deep.equal([controlPlane, "nodes"]);
  });

  it("sees a change made only in the cloud since the last preview", async () => {
    await declare("nodeGroups: { nodes: { machineType: t3.xlarge, count: 2 } }");
    const { output } = await pulumi({ PILOT_PLAN_DIR: plans }, "preview", ...flags);
    expect((await plan()).rolls.map(({ group }) => group)).to.deep.equal(["nodes"]);
    expect(output, "the estimate is by the roll before").to.match(
      /if each node takes \d+s \(measured over the last 2 nodes\)/,
    );
    const ec2 = new EC2Client(clientOf(bare.endpoint));
    const change = { LaunchTemplateName: `${controlPlane}.masters.k1.bare.internal`, SourceVersion: "1" };
    await ec2.send(
      new CreateLaunchTemplateVersionCommand({ ...change, LaunchTemplateData: { InstanceType: "t3.small" } }),
    );
    await pulumi({ PILOT_PLAN_DIR: plans }, "preview", ...flags);
    expect((await plan()).rolls.map(({ group }) => group)).to.deep.equal([controlPlane, "nodes"]);
  });
});
