import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import { expect } from "chai";
import { createHash } from "node:crypto";
import dns from "node:dns";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AwsIdentity } from "../../../../providers/kops/aws/identity.ts";
import { kopsBinary } from "../../../../providers/kops/kops-cli/binary.ts";
import { ConfigError } from "../../../../providers/kops/model/errors.ts";
import { kopsEnvironment } from "../../../../providers/kops/kops-cli/environment.ts";
import { Kops } from "../../../../providers/kops/kops-cli/kops.ts";
import { serveCredentialsToKops } from "../../../../providers/kops/kops-cli/credentials.ts";
import { shortSessions } from "../../../e2e/bare/sessions.ts";
import type { Call, ShortSessions } from "../../../e2e/bare/sessions.ts";
import { ssoPortal } from "./sso-portal.ts";
import type { SsoPortal } from "./sso-portal.ts";
import { startAws } from "../../../local/aws/server.ts";
import type { Aws } from "../../../local/aws/server.ts";
import { awsClient } from "../../../../providers/kops/aws/client.ts";

const region = "ap-southeast-2";
const tokenFile = join(tmpdir(), `pilot-token-${process.pid}`);
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
  let portal: SsoPortal;
  let binary: string;
  let folder: string;
  const shell = { ...process.env };

  before(async () => {
    aws = await startAws();
    front = await shortSessions(aws.endpoint, 60_000);
    portal = await ssoPortal();
    // Looked for in the person's own home, which the suite is about to change.
    binary = await kopsBinary("1.35.0", process.env);
    folder = await mkdtemp(join(tmpdir(), "pilot-identity-"));
    const own = JSON.stringify({ Version: 1, AccessKeyId: "AKIAOFAPROCESS", SecretAccessKey: "s" });
    await writeFile(join(folder, "token"), "a-token-of-the-ci");
    await writeFile(tokenFile, "a-token-of-the-ci");
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
${["valid", "over", "revoked", "none"].map(ssoProfile).join("")}
[profile chained-sso]
role_arn = ${role("first")}
source_profile = sso-over
[profile sso-forbidden]
sso_session = valid
sso_account_id = 123456789012
sso_role_name = NotMine
[profile sso-elsewhere]
sso_session = valid
sso_account_id = 123456789012
sso_role_name = Elsewhere
`,
    );
    await mkdir(join(folder, ".aws", "sso", "cache"), { recursive: true });
    await writeToken("valid", portal.token, 3600);
    await writeToken("over", portal.token, -60);
    await writeToken("revoked", "not-any-more", 3600);
    for (const name of Object.keys(process.env))
      if (/^(AWS|S3|KOPS)_/.test(name)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, {
      HOME: folder,
      AWS_ENDPOINT_URL: front.endpoint,
      AWS_ENDPOINT_URL_SSO: portal.endpoint,
      AWS_ENDPOINT_URL_SSO_OIDC: portal.endpoint,
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
    await portal.close();
    await aws.stop();
    await rm(folder, { recursive: true, force: true });
    await rm(tokenFile, { force: true });
  });

  /** A session of people who log in at a portal in another region, and a profile of it. */
  function ssoProfile(session: string): string {
    return `[sso-session ${session}]
sso_start_url = https://acme.awsapps.com/start
sso_region = eu-central-1
[profile sso-${session}]
sso_session = ${session}
sso_account_id = 123456789012
sso_role_name = Operator
`;
  }

  /** As `aws sso login` leaves it. */
  async function writeToken(session: string, accessToken: string, seconds: number): Promise<void> {
    const name = createHash("sha1").update(session).digest("hex");
    const token = {
      startUrl: "https://acme.awsapps.com/start",
      region: "eu-central-1",
      accessToken,
      expiresAt: new Date(Date.now() + seconds * 1000).toISOString(),
      clientId: "c",
      clientSecret: "s",
      refreshToken: "r",
    };
    await writeFile(join(folder, ".aws", "sso", "cache", `${name}.json`), JSON.stringify(token));
  }

  /** The calls of a real kOps (which looks for what a cluster of that name has in AWS), as this identity. */
  async function callsOfKops(identity: AwsIdentity): Promise<Call[]> {
    const before = front.calls.length;
    const context = await mkdtemp(join(folder, "desk-"));
    const lent = await serveCredentialsToKops(identity, context, process.env);
    try {
      const kops = new Kops({
        binary,
        cluster: "none.example.com",
        store: `file://${context}`,
        folder: context,
        log: { path: "none", write: () => undefined, redact: (text) => text, close: () => Promise.resolve() },
        signal: new AbortController().signal,
        env: kopsEnvironment(process.env, { region, folder: context, credentials: lent.env, aws: identity.aws }),
        apiServer: () => Promise.resolve(undefined),
      });
      await mkdir(join(context, "none.example.com"));
      await writeFile(join(context, "none.example.com", "config"), cluster);
      await kops.run({ args: ["delete", "cluster", "--name", "none.example.com"] });
      if (lent.env) expect(await readFile(join(context, "aws-config"), "utf8")).to.equal("[default]\n");
    } finally {
      await lent.close();
    }
    return front.calls.slice(before).filter(({ agent }) => agent.includes("aws-sdk-go"));
  }

  /** The calls of one of the provider's own clients. */
  async function callsOfProvider(identity: AwsIdentity): Promise<Call[]> {
    const before = front.calls.length;
    await awsClient(AutoScalingClient, identity).send(new DescribeAutoScalingGroupsCommand());
    return front.calls.slice(before);
  }

  const keysOf = (calls: readonly Call[]): string[] => [...new Set(calls.map(({ key }) => key))];
  const actionsOf = (calls: readonly Call[]): string[] =>
    calls.map(({ action, key }) => `${action} ${key.replace(/^ASIA.*/, "session")}`);

  const describeCall = "DescribeAutoScalingGroups";
  for (const [what, identity, calls] of [
    ["nothing uses the shell's keys", {}, [`${describeCall} AKIAOFTHESHELL`]],
    ["a profile with keys precedes the shell's keys", { profile: "keys" }, [`${describeCall} AKIAOFAPROFILE`]],
    ["a profile with a process runs it", { profile: "process" }, [`${describeCall} AKIAOFAPROCESS`]],
    ["a profile with an SSO session asks its portal", { profile: "sso-valid" }, [`${describeCall} session`]],
    [
      "a role is assumed from a profile with an SSO session",
      { profile: "sso-valid", assumeRole: { roleArn: role("a") } },
      ["AssumeRole session", `${describeCall} session`],
    ],
    [
      "a role is assumed from the shell",
      { assumeRole: { roleArn: role("a") } },
      ["AssumeRole AKIAOFTHESHELL", `${describeCall} session`],
    ],
    [
      "a role is assumed from a profile",
      { profile: "keys", assumeRole: { roleArn: role("a") } },
      ["AssumeRole AKIAOFAPROFILE", `${describeCall} session`],
    ],
    [
      "a role is assumed from a profile that assumes another",
      { profile: "chained", assumeRole: { roleArn: role("a") } },
      ["AssumeRole AKIAOFAPROFILE", "AssumeRole session", `${describeCall} session`],
    ],
    [
      "a role is assumed from a profile that takes the shell's keys",
      { profile: "shell", assumeRole: { roleArn: role("a") } },
      ["AssumeRole AKIAOFTHESHELL", "AssumeRole session", `${describeCall} session`],
    ],
    [
      "a role is assumed with a CI's web identity",
      { profile: "ci", assumeRole: { roleArn: role("a") } },
      ["AssumeRoleWithWebIdentity ", "AssumeRole session", `${describeCall} session`],
    ],
    [
      "the stack's roles are assumed one after the other",
      { profile: "keys", aws: { roles: [{ roleArn: role("c"), externalId: "c-1" }, { roleArn: role("d") }] } },
      ["AssumeRole AKIAOFAPROFILE", "AssumeRole session", `${describeCall} session`],
    ],
    [
      "a cluster's role is assumed with the stack's web identity",
      { assumeRole: { roleArn: role("a") }, aws: { webIdentity: { roleArn: role("of-the-ci"), tokenFile } } },
      ["AssumeRoleWithWebIdentity ", "AssumeRole session", `${describeCall} session`],
    ],
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
    await callsOfProvider({
      region,
      assumeRole: { roleArn: role("b"), sessionName: "merge-4711", externalId: "x-1", duration: "30m" },
    });
    const body = front.calls.filter(({ action }) => action === "AssumeRole").at(-1)?.body ?? "";
    expect(Object.fromEntries(new URLSearchParams(body))).to.include({
      RoleArn: role("b"),
      RoleSessionName: "merge-4711",
      ExternalId: "x-1",
      DurationSeconds: "1800",
    });
  });

  it("of the stack's roles says what narrows their sessions", async () => {
    const narrowed = {
      roleArn: role("e"),
      externalId: "e-1",
      sessionName: "of-the-stack",
      duration: "20m",
      policyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
      sourceIdentity: "somebody",
      tags: { team: "a" },
      transitiveTagKeys: ["team"],
    };
    await callsOfProvider({ region, profile: "keys", aws: { roles: [narrowed] } });
    const body = front.calls.filter(({ action }) => action === "AssumeRole").at(-1)?.body ?? "";
    expect(Object.fromEntries(new URLSearchParams(body))).to.include({
      RoleArn: role("e"),
      ExternalId: "e-1",
      RoleSessionName: "of-the-stack",
      DurationSeconds: "1200",
      "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
      SourceIdentity: "somebody",
      "Tags.member.1.Key": "team",
      "Tags.member.1.Value": "a",
      "TransitiveTagKeys.member.1": "team",
    });
  });

  it("of a profile in the stack's own files is found by kOps and the provider", async () => {
    await writeFile(join(folder, "elsewhere"), "[profile elsewhere]\nregion = eu-west-1\n");
    await writeFile(
      join(folder, "keys-elsewhere"),
      "[elsewhere]\naws_access_key_id = AKIAOFELSEWHERE\naws_secret_access_key = s\n",
    );
    const identity = {
      region,
      profile: "elsewhere",
      aws: { configFile: join(folder, "elsewhere"), credentialsFile: join(folder, "keys-elsewhere") },
    };
    expect(actionsOf(await callsOfProvider(identity))).to.deep.equal([`${describeCall} AKIAOFELSEWHERE`]);
    expect(keysOf(await callsOfKops(identity))).to.deep.equal(["AKIAOFELSEWHERE"]);
  });

  it("asks the stack's endpoints, in kOps and in the provider", async () => {
    const own = await shortSessions(aws.endpoint, 60_000);
    try {
      const identity = { region, aws: { endpoints: { autoscaling: own.endpoint } } };
      await callsOfProvider(identity);
      expect(actionsOf(own.calls)).to.deep.equal([`${describeCall} AKIAOFTHESHELL`]);
      const others = await callsOfKops(identity);
      const there = own.calls.slice(1);
      expect(there.length).to.be.above(0);
      expect(there.every(({ agent }) => agent.includes("aws-sdk-go"))).to.equal(true);
      expect(others.map(({ action }) => action)).to.not.include(describeCall);
    } finally {
      await own.close();
    }
  });

  it("of an SSO session comes from its portal, for account and role, with the token of the login", () => {
    // By the profile itself, and for the role that is assumed from it.
    const asked = {
      path: "/federation/credentials",
      account_id: "123456789012",
      role_name: "Operator",
      token: portal.token,
    };
    expect(portal.asked).to.deep.equal([asked, asked]);
  });

  it("of an SSO session comes from the session's own region, not the cluster's", async () => {
    const hosts = new Set<string>();
    const { lookup } = dns;
    const own = new Map(["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SSO"].map((name) => [name, process.env[name]]));
    for (const name of own.keys()) Reflect.deleteProperty(process.env, name);
    Object.assign(dns, {
      lookup: (host: string, _options: unknown, found: (error: Error) => void) => {
        hosts.add(host);
        found(new Error("no name is looked up here"));
      },
    });
    try {
      expect(await failureOf({ profile: "sso-elsewhere" })).to.contain("no name is looked up here");
      expect([...hosts]).to.deep.equal(["portal.sso.eu-central-1.amazonaws.com"]);
    } finally {
      Object.assign(dns, { lookup });
      Object.assign(process.env, Object.fromEntries(own));
    }
  });

  for (const [what, profile, login] of [
    ["an SSO session that has expired", "sso-over", "sso-over"],
    ["an SSO session that nobody has begun", "sso-none", "sso-none"],
    ["an SSO session that was ended", "sso-revoked", "sso-revoked"],
    ["a role behind an SSO session that has expired", "chained-sso", "sso-over"],
  ] as const) {
    it(`of ${what} says how to log in`, async () => {
      expect(await failureOf({ profile }))
        .to.match(new RegExp(`^The AWS profile ${profile} gives no credentials\\.`))
        .and.to.contain(`Next: \`aws sso login --profile ${login}\`, then run the same command again`);
    });
  }

  it("of the shell's profile with an expired SSO session says how to log in before it assumes a role", async () => {
    process.env["AWS_PROFILE"] = "sso-over";
    try {
      expect(await failureOf({ assumeRole: { roleArn: role("of-the-shell") } })).to.match(
        /^There are no AWS credentials\.[^]*Next: `aws sso login --profile sso-over`/,
      );
    } finally {
      Reflect.deleteProperty(process.env, "AWS_PROFILE");
    }
  });

  it("of an expired SSO session says how to log in, through kOps too", async () => {
    const error: unknown = await callsOfKops({ region, profile: "sso-over" }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.have.property("message").that.contains("`aws sso login --profile sso-over`");
  });

  it("of an SSO session without that role asks nobody to log in", async () => {
    expect(await failureOf({ profile: "sso-forbidden" }))
      .to.contain("No access")
      .and.to.not.contain("aws sso login");
  });

  async function failureOf(identity: Omit<AwsIdentity, "region">): Promise<string> {
    const error: unknown = await callsOfProvider({ region, ...identity }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.an.instanceOf(ConfigError);
    return (error as Error).message;
  }

  it("of a profile that does not exist explains what is wrong", async () => {
    const error: unknown = await callsOfProvider({ region, profile: "nobody" }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.an.instanceOf(ConfigError);
    expect((error as Error).message).to.match(
      /^The AWS profile nobody gives no credentials\.[^]*Next: try `aws sts get-caller-identity --profile nobody`/,
    );
  });
});
