import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KMS } from "@aws-sdk/client-kms";
import { S3 } from "@aws-sdk/client-s3";
import { expect } from "chai";
import yaml from "js-yaml";
import { layoutOf } from "../../local/base/layout.ts";
import { previewDocument } from "../../pull-requests/preview/document.ts";
import { clientOf, region, zonesOf } from "../e2e/network/index.ts";
import { unchanged } from "../e2e/summary.ts";
import { makeWholeCheckout, smallCluster } from "../e2e/whole/index.ts";
import type { WholeCheckout } from "../e2e/whole/index.ts";
import type { Ran } from "../e2e/checkout.ts";

const minutes = 60_000;
const bucket = "pulumi-state";
const backend = `s3://${bucket}?region=${region}&awssdk=v2`;
const stateKey = (stack: string): string => `.pulumi/stacks/pilot/${stack}.json`;

/** Short intervals: nodes join within a second. */
const more = `nodeGroups:
  nodes: { machineType: t3.large, count: 1 }
rollingUpdate: { controlPlaneInterval: 1s, nodeInterval: 1s, postDrainDelay: 1s, validateCount: 1 }
validation: { interval: 1s, timeout: 5m, count: 1 }
`;

/** As docs/guide/backends.md sets it up: Pulumi's state in S3, its secrets under a KMS key, no passphrase. */
describe("Pulumi's state in S3 with a KMS key", function () {
  this.timeout(15 * minutes);
  let whole: WholeCheckout;
  let s3: S3;
  let outside: string;

  // Path style: the names of buckets do not resolve on loopback. `stack ls` and all others take the backend from here.
  const words = (...command: string[]): string[] => [
    "env",
    "-u",
    "PULUMI_CONFIG_PASSPHRASE",
    `PULUMI_BACKEND_URL=${backend}&use_path_style=true`,
    ...command,
  ];
  const run = (...command: string[]): Promise<Ran> => whole.local(...words(...command));
  const fails = (...command: string[]): Promise<Ran> => whole.localFails(...words(...command));
  const pr = (...command: string[]): Promise<Ran> => run("node", "cli/pilot.mjs", "pr", ...command);
  const upWords = (stack: string): string[] => [
    "pulumi",
    "up",
    "--stack",
    stack,
    "--non-interactive",
    "--yes",
    "--skip-preview",
  ];
  const keys = async (prefix: string): Promise<string[]> =>
    ((await s3.listObjectsV2({ Bucket: bucket, Prefix: prefix })).Contents ?? []).map(({ Key = "" }) => Key);
  /** Makes a stack with this config, whose secrets the key encrypts. */
  const init = async (stack: string, key: string, config: Record<string, unknown>): Promise<void> => {
    const file = `Pulumi.${stack}.yaml`;
    await whole.write(file, yaml.dump({ config: { "aws:region": region, ...config } }));
    await run("pulumi", "stack", "init", stack, "--secrets-provider", `awskms:///${key}?region=${region}&awssdk=v2`);
    // The local cloud has a stack file of its own.
    const made = yaml.load(await readFile(join(layoutOf(whole.folder, {}).stack, file), "utf8"));
    expect(made).to.include.keys("secretsprovider", "encryptedkey").and.to.not.have.property("encryptionsalt");
  };

  before(async () => {
    whole = await makeWholeCheckout();
    outside = await mkdtemp(join(tmpdir(), "pilot-backend-"));
    s3 = new S3({ ...clientOf(whole.endpoint), forcePathStyle: true });
    await s3.createBucket({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: region } });
    await s3.putBucketVersioning({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } });
    const { KeyMetadata } = await new KMS(clientOf(whole.endpoint)).createKey({});
    const key = KeyMetadata?.Arn ?? "";
    await init("sbx", key, {
      "pilot:network": { zones: zonesOf("a"), nat: "none" },
      "pilot:dns": { type: "private", name: "sbx.pilot.internal" },
      "pilot:stateStore": { onDestroy: "purge" },
      "pilot:sandbox": true,
    });
    await run(
      "pulumi",
      "config",
      "set",
      "--stack",
      "sbx",
      "--path",
      "--secret",
      "pilot:clusterSecrets.probe",
      "very-secret",
    );
    await whole.write("clusters/sbx/k1.yaml", smallCluster("k1", more));
    await init("team", key, { "pilot:environment": "sbx", "pilot:sandbox": true });
    await whole.write("clusters/team/t1.yaml", smallCluster("t1", more));
  });
  after(async () => {
    await whole.remove();
    await rm(outside, { recursive: true, force: true });
    expect(await whole.processes()).to.deep.equal([]);
  });

  it("is previewed and brought up by the commands of pull requests; a second run changes nothing", async () => {
    const file = join(outside, "sbx.json");
    await pr("preview", "--stack", "sbx", "--out", file);
    expect(previewDocument.parse(JSON.parse(await readFile(file, "utf8")))).to.deep.include({
      status: "planned",
      problems: [],
    });
    expect((await pr("up", "--stack", "sbx", "--plan", file)).output).to.contain("the cluster is up to date");
    expect((await pr("up", "--stack", "sbx", "--plan", file)).output).to.match(unchanged);
    const drift = join(outside, "drift.json");
    await pr("drift", "--stack", "sbx", "--out", drift);
    expect(previewDocument.parse(JSON.parse(await readFile(drift, "utf8")))).to.deep.include({ resources: [] });
  });

  it("is the only place of the state, and has no secret in clear", async () => {
    expect(await keys(".pulumi/stacks/")).to.include(stateKey("sbx"));
    const { Body } = await s3.getObject({ Bucket: bucket, Key: stateKey("sbx") });
    const state = (await Body?.transformToString()) ?? "";
    expect(state)
      .to.match(/"type":\s*"cloud"/)
      .and.to.not.contain("very-secret")
      .and.to.not.contain("PRIVATE KEY");
    expect((await whole.local("pulumi", "stack", "ls", "--all")).output).to.not.contain("sbx");
  });

  it("gives the environment to a second stack by its reference", async () => {
    const file = join(outside, "team.json");
    await pr("preview", "--stack", "team", "--out", file);
    expect((await pr("up", "--stack", "team", "--plan", file)).output).to.contain("the cluster is up to date");
    expect((await run(...upWords("team"))).output).to.match(unchanged);
  });

  it("stays locked after a killed run, until `pulumi cancel`; then the next up finishes that run", async () => {
    await whole.edit("clusters/sbx/k1.yaml", "t3.medium", "t3.large");
    await whole.npmKilledAt(/rolling|applying/, "run", "--silent", "local", "--", ...words(...upWords("sbx")));
    expect(await keys(".pulumi/locks/")).to.have.length(1);
    const locked = await fails(...upWords("sbx"));
    expect(locked.output).to.contain("the stack is currently locked").and.to.contain("pulumi cancel");
    await run("pulumi", "cancel", "--stack", "sbx", "--yes");
    expect(await keys(".pulumi/locks/")).to.deep.equal([]);
    expect((await run(...upWords("sbx"))).output).to.contain("the cluster is up to date");
    expect((await run(...upWords("sbx"))).output).to.match(unchanged);
  });

  it("can be put back from an earlier version of its object, and the next up finds nothing to do", async () => {
    const before = await whole.instances();
    await s3.deleteObject({ Bucket: bucket, Key: stateKey("sbx") });
    const { Versions: [version] = [] } = await s3.listObjectVersions({ Bucket: bucket, Prefix: stateKey("sbx") });
    await s3.copyObject({
      Bucket: bucket,
      Key: stateKey("sbx"),
      CopySource: `${bucket}/${stateKey("sbx")}?versionId=${version?.VersionId ?? ""}`,
    });
    expect((await run(...upWords("sbx"))).output).to.match(unchanged);
    expect(await whole.instances()).to.deep.equal(before);
  });

  it("ends with nothing in the account after destroys", async () => {
    for (const stack of ["team", "sbx"])
      await run("pulumi", "destroy", "--stack", stack, "--yes", "--skip-preview", "--non-interactive");
    expect(await whole.instances()).to.deep.equal({});
  });
});
