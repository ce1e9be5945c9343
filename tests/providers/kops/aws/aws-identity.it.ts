import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import { expect } from "chai";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { awsClientSettings } from "../../../../providers/kops/aws/aws-identity.ts";
import type { AwsIdentity } from "../../../../providers/kops/aws/aws-identity.ts";
import { kopsBinary } from "../../../../providers/kops/run/binary.ts";
import { ConfigError } from "../../../../providers/kops/errors.ts";
import { kopsEnvironment } from "../../../../providers/kops/run/kops-environment.ts";
import { Kops } from "../../../../providers/kops/run/kops.ts";
import { lendCredentials } from "../../../../providers/kops/aws/lent-credentials.ts";
import { shortSessions } from "../../../e2e/bare/sessions.ts";
import type { Call, ShortSessions } from "../../../e2e/bare/sessions.ts";
import { startAws } from "../../../local/aws/server.ts";
import type { Aws } from "../../../local/aws/server.ts";

const region = "ap-southeast-2";
const role = (name: string): string => `arn:aws:iam::123456789012:role/${name}`;

/** As much of a cluster as kOps needs to look for what it has in AWS. */
const cluster = `apiVersion: kops.k8s.io/v1alpha2
kind: Cluster
metadata: { name: none.example.com }
spec:
  cloudProvider: aws
  kubernetesVersion: 1.34.3
  networkCIDR: 10.0.0.0/16
  networking: { cilium: {} }
  topology: { dns: { type: None } }
  subnets: [{ name: a, type: Private, zone: ${region}a, cidr: 10.0.32.0/19 }]
`;

describe("an AWS identity", function () {
  this.timeout(120_000);
  let aws: Aws;
  let front: ShortSessions;
  let folder: string;
  const shell = { ...process.env };

  before(async () => {
    aws = await startAws();
    front = await shortSessions(aws.endpoint, 60_000);
    folder = await mkdtemp(join(tmpdir(), "pilot-identity-"));
    const own = JSON.stringify({ Version: 1, AccessKeyId: "AKIAOFAPROCESS", SecretAccessKey: "s" });
    await writeFile(join(folder, "token"), "a-token-of-the-ci");
    await writeFile(
      join(folder, "config"),
      `[profile keys]
aws_access_key_id = AKIAOFAPROFILE
aws_secret_access_key = s
[profile process]
credential_process = echo '${own}'
[profile chained]
role_arn = ${role("first")}
source_profile = keys
[profile shell]
role_arn = ${role("first")}
credential_source = Environment
[profile ci]
role_arn = ${role("of-the-ci")}
web_identity_token_file = ${join(folder, "token")}
`,
    );
    for (const name of Object.keys(process.env)) if (/^(AWS|S3|KOPS)_/.test(name)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: front.endpoint,
      AWS_CONFIG_FILE: join(folder, "config"),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, "none"),
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_ACCESS_KEY_ID: "AKIAOFTHESHELL",
      AWS_SECRET_ACCESS_KEY: "s",
    });
  });
  after(async () => {
    for (const name of Object.keys(process.env)) if (!(name in shell)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, shell);
    await front.close();
    await aws.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** The calls of a real kOps (which looks for what a cluster of that name has in AWS), as this identity. */
  async function callsOfKops(identity: AwsIdentity): Promise<Call[]> {
    const before = front.calls.length;
    const desk = await mkdtemp(join(folder, "desk-"));
    const lent = await lendCredentials(identity, desk, process.env);
    try {
      const kops = new Kops({
        binary: await kopsBinary("1.35.0", process.env),
        cluster: "none.example.com",
        store: `file://${desk}`,
        folder: desk,
        log: { path: "none", write: () => undefined, redact: (text) => text, close: () => Promise.resolve() },
        signal: new AbortController().signal,
        env: kopsEnvironment(process.env, { region, folder: desk, credentials: lent.env }),
        access: () => Promise.resolve(undefined),
      });
      await mkdir(join(desk, "none.example.com"));
      await writeFile(join(desk, "none.example.com", "config"), cluster);
      await kops.run({ args: ["delete", "cluster", "--name", "none.example.com"] });
      if (lent.env) expect(await readFile(join(desk, "aws-config"), "utf8")).to.equal("[default]\n");
    } finally {
      await lent.close();
    }
    return front.calls.slice(before).filter(({ agent }) => agent.includes("aws-sdk-go"));
  }

  /** The calls of one of the provider's own clients. */
  async function callsOfProvider(identity: AwsIdentity): Promise<Call[]> {
    const before = front.calls.length;
    await new AutoScalingClient(awsClientSettings(identity)).send(new DescribeAutoScalingGroupsCommand());
    return front.calls.slice(before);
  }

  const keysOf = (calls: readonly Call[]): string[] => [...new Set(calls.map(({ key }) => key))];
  const actionsOf = (calls: readonly Call[]): string[] => calls.map(({ action, key }) => `${action} ${key.replace(/^ASIA.*/, "session")}`);

  const describeCall = "DescribeAutoScalingGroups";
  for (const [what, identity, calls] of [
    ["nothing is the shell's", {}, [`${describeCall} AKIAOFTHESHELL`]],
    ["a profile with keys comes before the shell's keys", { profile: "keys" }, [`${describeCall} AKIAOFAPROFILE`]],
    ["a profile with a process asks that", { profile: "process" }, [`${describeCall} AKIAOFAPROCESS`]],
    ["a role is assumed from the shell", { assumeRole: { roleArn: role("a") } }, ["AssumeRole AKIAOFTHESHELL", `${describeCall} session`]],
    ["a role is assumed from a profile", { profile: "keys", assumeRole: { roleArn: role("a") } }, ["AssumeRole AKIAOFAPROFILE", `${describeCall} session`]],
    ["a role is assumed from a profile that assumes another", { profile: "chained", assumeRole: { roleArn: role("a") } }, ["AssumeRole AKIAOFAPROFILE", "AssumeRole session", `${describeCall} session`]],
    ["a role is assumed from a profile that takes the shell's keys", { profile: "shell", assumeRole: { roleArn: role("a") } }, ["AssumeRole AKIAOFTHESHELL", "AssumeRole session", `${describeCall} session`]],
    ["a role is assumed with a CI's web identity", { profile: "ci", assumeRole: { roleArn: role("a") } }, ["AssumeRoleWithWebIdentity ", "AssumeRole session", `${describeCall} session`]],
  ] as const satisfies readonly (readonly [string, Omit<AwsIdentity, "region">, readonly string[]])[]) {
    it(`of ${what}; kOps's calls are signed as the provider's`, async () => {
      const provider = await callsOfProvider({ region, ...identity });
      expect(actionsOf(provider)).to.deep.equal(calls);
      const kops = await callsOfKops({ region, ...identity });
      expect(kops.length).to.be.above(5);
      // The very same: one session serves both.
      expect(keysOf(kops)).to.deep.equal(keysOf(provider.slice(-1)));
    });
  }

  it("of a role says who assumes it, for how long, and with which external id", async () => {
    await callsOfProvider({ region, assumeRole: { roleArn: role("b"), sessionName: "merge-4711", externalId: "x-1", duration: "30m" } });
    const body = front.calls.filter(({ action }) => action === "AssumeRole").at(-1)?.body ?? "";
    expect(Object.fromEntries(new URLSearchParams(body))).to.include({ RoleArn: role("b"), RoleSessionName: "merge-4711", ExternalId: "x-1", DurationSeconds: "1800" });
  });

  it("of a profile that is not there explains itself", async () => {
    const error: unknown = await callsOfProvider({ region, profile: "nobody" }).then(() => undefined, (thrown: unknown) => thrown);
    expect(error).to.be.an.instanceOf(ConfigError);
    expect((error as Error).message).to.match(/^The AWS profile nobody gives no credentials\.[^]*Next: try `aws sts get-caller-identity --profile nobody`/);
  });
});
