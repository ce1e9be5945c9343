import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { readClusterFiles } from "../../components/cluster/index.ts";
import { ConfigError } from "../../providers/kops/index.ts";
import { rejection } from "../local/rejection.ts";
import { textOf } from "./text-of.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));

describe("the new command", () => {
  let root = "";
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "new-file-"));
    mkdirSync(join(root, "clusters"));
    for (const file of ["Pulumi.sbx.yaml", "clusters/template.yaml", "clusters/sbx"])
      cpSync(join(project, file), join(root, file), { recursive: true });
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });
  const read = (stack: string) =>
    readClusterFiles({
      folder: join(root, "clusters", stack),
      label: `clusters/${stack}`,
      defaults: {},
      overrides: {},
      zoneName: "sbx.pilot.internal",
      zones: ["ap-southeast-2a", "ap-southeast-2b", "ap-southeast-2c"],
      secrets: [],
    });
  const text = (file: string) => readFileSync(join(root, file), "utf8");
  const write = (...argv: string[]) => textOf(["new", ...argv], { project: root });
  const refusal = async (...argv: string[]) => {
    const error = await rejection(write(...argv));
    expect(error).to.be.instanceOf(ConfigError);
    return error.message;
  };

  it("writes a commented file that the program accepts, in the only stack", async () => {
    expect(await write("k2")).to.match(
      /^clusters\/sbx\/k2\.yaml is written\. Next: edit it, then `pulumi preview --stack sbx`/,
    );
    const { requests, problems } = read("sbx");
    expect(problems).to.deep.equal([]);
    expect(requests.map(({ name }) => name)).to.deep.equal(["k1", "k2"]);
    expect(text("clusters/sbx/k2.yaml"))
      .to.contain("# Who may reach the Kubernetes API")
      .and.to.contain("$schema=../cluster.schema.json")
      .and.not.to.contain("copy this file");
  });

  it("has a template whose every commented line is valid, too", () => {
    const all = text("clusters/template.yaml").replace(/^(?: *)# ?((?:[a-zA-Z]+:| {2,}).*)$/gm, (line, yaml: string) =>
      /^ /.test(line) ? `${/^ */.exec(line)?.[0] ?? ""}${yaml}` : yaml,
    );
    mkdirSync(join(root, "clusters/all"));
    writeFileSync(
      join(root, "clusters/all/template.yaml"),
      all.replace("ssh-ed25519 AAAA… name", "ssh-ed25519 AAAA name"),
    );
    const { requests, problems } = read("all");
    expect(problems).to.deep.equal([]);
    expect(requests[0]).to.include.keys(
      "podEncryption",
      "serviceAccounts",
      "rollingUpdate",
      "deletionProtection",
      "sshPublicKey",
      "addons",
    );
    expect(requests[0]).to.have.nested.property("nodeGroups.nodes.taints[0]");
  });

  it("copies another cluster's file, without what belongs to that cluster alone", async () => {
    writeFileSync(
      join(root, "clusters/sbx/k1.yaml"),
      `${text("clusters/sbx/k1.yaml").replace("t3.large", "m7i.large")}adopt: true\nowner: organization/old/sbx\n`,
    );
    await write("k3", "--stack", "sbx", "--like", "clusters/sbx/k1.yaml");
    expect(text("clusters/sbx/k3.yaml"))
      .to.match(/^name: k3$/m)
      .and.to.contain("m7i.large")
      .and.not.to.match(/adopt|owner/);
  });

  it("creates the folder for a stack's first cluster, and uses another stack's zones as they are", async () => {
    writeFileSync(
      join(root, "Pulumi.team-a.yaml"),
      "config:\n  aws:region: ap-southeast-2\n  pilot:environment: sbx\n",
    );
    writeFileSync(
      join(root, "clusters/sbx/k1.yaml"),
      text("clusters/sbx/k1.yaml").replace(
        "machineType: t3.medium",
        "machineType: t3.medium\n  zones: [ap-southeast-2a]",
      ),
    );
    await write("a1", "--stack", "team-a", "--like", "clusters/sbx/k1.yaml");
    expect(read("team-a").requests.map(({ name }) => name)).to.deep.equal(["a1"]);
  });

  it("overwrites nothing, and writes nothing that the program would refuse", async () => {
    const before = text("clusters/sbx/k1.yaml");
    expect(await refusal("k1"))
      .to.contain("clusters/sbx/k1.yaml is not written")
      .and.to.contain("it exists");
    expect(text("clusters/sbx/k1.yaml")).to.equal(before);
    writeFileSync(join(root, "bad.yaml"), before.replace("t3.large", "large"));
    expect(await refusal("k4", "--like", "bad.yaml")).to.match(
      /clusters\/sbx\/k4\.yaml:\d+: nodeGroups\.nodes\.machineType: must be an EC2 instance type/,
    );
    expect(read("sbx").requests).to.have.length(1);
  });

  const wrong: [string, string[], RegExp][] = [
    ["no name", [], /it needs the name of one cluster/],
    ["two names", ["a", "b"], /it needs the name of one cluster/],
    ["an invalid name", ["K1"], /K1 is not a DNS name in lower case/],
    ["an unknown flag", ["k2", "--stak", "sbx"], /--stak/],
    ["an unknown stack", ["k2", "--stack", "prod"], /There is no stack prod.\n.*Pulumi\.prod\.yaml is missing/],
    ["a missing file", ["k2", "--like", "clusters/sbx/k9.yaml"], /No file can be made like clusters\/sbx\/k9\.yaml/],
    ["a path instead of a name", ["../k2"], /is not a DNS name/],
  ];
  for (const [what, argv, expected] of wrong) {
    it(`refuses ${what}, and shows its usage`, async () => {
      expect(await refusal(...argv))
        .to.match(expected)
        .and.to.contain("Next: ");
    });
  }

  it("requires the stack if there are several", async () => {
    writeFileSync(join(root, "Pulumi.prod.yaml"), "config: {}\n");
    expect(await refusal("k2"))
      .to.contain("there are prod, sbx")
      .and.to.contain("--stack STACK");
  });
});
