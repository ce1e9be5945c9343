import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DescribeLaunchTemplateVersionsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { planDocument } from "../../providers/kops/plan/document/plan-document.ts";
import { bareArgs, clientOf, done, makeBareCheckout, unchanged } from "../e2e/bare/index.ts";
import type { BareCheckout } from "../e2e/bare/index.ts";
import { sshKeys } from "../ssh-keys.ts";

describe("SSH access to a cluster's nodes", function () {
  this.timeout(15 * 60_000);
  let bare: BareCheckout;

  const cluster = "k1.bare.internal";
  const controlPlane = "control-plane-ap-southeast-2a";
  const templates = [`${controlPlane}.masters.${cluster}`, `nodes.${cluster}`];
  const id = (key: keyof typeof sshKeys): string => sshKeys[key].fingerprint.replaceAll(":", "");
  const pair = (key: keyof typeof sshKeys): string => `kubernetes.${cluster}-${sshKeys[key].fingerprint}`;

  const declareKey = async (key?: keyof typeof sshKeys, more = ""): Promise<void> => {
    const args = bareArgs(
      "k1",
      bare.infrastructure,
      `nodeGroups: { nodes: { machineType: t3.large, count: 1 } }\n${more}`,
      key && { sshPublicKeys: [sshKeys[key].text] },
    );
    // Like a manifest of kOps: a key pair exists if there is a key.
    await bare.declare({ k1: { ...args, cluster: { ...args.cluster, sshKeyName: undefined } } });
  };
  /** Ids of the SSH keys in the store. */
  const stored = async (): Promise<string[]> => {
    const s3 = new S3Client({ ...clientOf(bare.endpoint), forcePathStyle: true });
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket: "bare-state", Prefix: `${cluster}/pki/ssh/` }),
    );
    return Contents.map(({ Key = "" }) => Key.split("/").at(-1) ?? "");
  };
  /** Names of the key pairs in the launch templates. */
  const keyNames = async (): Promise<(string | undefined)[]> => {
    const ec2 = new EC2Client(clientOf(bare.endpoint));
    const latest = await Promise.all(
      templates.map((LaunchTemplateName) =>
        ec2.send(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName, Versions: ["$Latest"] })),
      ),
    );
    return latest.map(({ LaunchTemplateVersions: [one] = [] }) => one?.LaunchTemplateData?.KeyName);
  };
  /** From the plan: new key pairs, launch templates that change theirs, and groups that roll. */
  const previewed = async (): Promise<{ made: string[]; taking: string[]; rolls: string[] }> => {
    const plans = join(bare.folder, "plans");
    await bare.local("env", `PILOT_PLAN_DIR=${plans}`, "pulumi", "preview", "--stack", "sbx", "--non-interactive");
    const { create, modify, rolls } = planDocument.parse(
      JSON.parse(await readFile(join(plans, `${cluster}.json`), "utf8")),
    );
    return {
      made: create.filter(({ kind }) => kind === "SSHKey").map(({ name }) => name),
      taking: modify
        .filter(({ kind, fields }) => kind === "LaunchTemplate" && fields.includes("SSHKey"))
        .map(({ name }) => name),
      rolls: rolls.map(({ group }) => group),
    };
  };

  before(async () => {
    bare = await makeBareCheckout();
    await declareKey("a");
    await bare.up();
  });
  after(() => bare.remove());

  it("with another key is previewed without a write; the up rolls all nodes and keeps only the new key", async () => {
    expect([await stored(), await keyNames()]).to.deep.equal([[id("a")], [pair("a"), pair("a")]]);
    const before = (await bare.nodes("k1")).map(({ name }) => name);
    await declareKey("b");
    const { made, taking, rolls } = await previewed();
    expect([made, rolls]).to.deep.equal([[pair("b")], [controlPlane, "nodes"]]);
    expect(taking).to.have.members(templates);
    expect(await stored()).to.deep.equal([id("a")]);
    expect((await bare.up()).output).to.contain(done);
    expect([await stored(), await keyNames()]).to.deep.equal([[id("b")], [pair("b"), pair("b")]]);
    expect((await bare.nodes("k1")).map(({ name }) => name))
      .to.not.include.members(before.slice(0, 1))
      .and.to.not.include.members(before.slice(1));
    expect((await bare.up()).output).to.match(unchanged);
  });

  it("through a bastion can be added and removed with nothing left for a refresh or an apply", async () => {
    const before = (await bare.nodes("k1")).map(({ name }) => name);
    await declareKey("b", "bastion: { allowedCidrs: [10.20.0.0/16] }");
    expect((await bare.up()).output).to.contain(done);
    expect((await bare.nodes("k1")).map(({ name }) => name)).to.include.members(before);
    await declareKey("b");
    expect((await bare.up()).output).to.contain(done);
    expect((await bare.refresh()).output).to.match(unchanged);
    expect((await bare.up()).output).to.match(unchanged);
    expect((await bare.nodes("k1")).map(({ name }) => name)).to.have.members(before);
  });

  it("without a key removes it from the store and rolls nothing; nodes keep it until replaced", async () => {
    await declareKey();
    const nodes = await bare.nodes("k1");
    expect(await previewed()).to.deep.equal({ made: [], taking: [], rolls: [] });
    expect((await bare.up()).output).to.contain(done);
    expect([await stored(), await keyNames(), await bare.nodes("k1")]).to.deep.equal([
      [],
      [pair("b"), pair("b")],
      nodes,
    ]);
    expect((await bare.up()).output).to.match(unchanged);
  });
});
