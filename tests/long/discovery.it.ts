import { createPublicKey, verify, type JsonWebKey } from "node:crypto";
import { join } from "node:path";
import { CloudFront } from "@aws-sdk/client-cloudfront";
import { IAM } from "@aws-sdk/client-iam";
import { S3 } from "@aws-sdk/client-s3";
import type { S3Control } from "@aws-sdk/client-s3-control";
import { expect } from "chai";
import { execa } from "execa";
import { cloudState } from "../../local/cloud/index.ts";
import { layoutOf } from "../../local/base/layout.ts";
import { accountSettings } from "../local/aws/account-settings.ts";
import { endStates, keepStates } from "../local/aws/keep-states.ts";
import { faultsOf } from "../e2e/faults.ts";
import type { Faults } from "../e2e/faults.ts";
import { inventory } from "../e2e/inventory.ts";
import { clientOf } from "../e2e/network/index.ts";
import { makeWholeCheckout, smallCluster } from "../e2e/whole/index.ts";
import type { WholeCheckout } from "../e2e/whole/index.ts";

const minutes = 60_000;
const account = "123456789012";
const name = "k1.sbx.pilot.internal";
const unchanged = /Resources:\s+\d+ unchanged\s/;
const config = (discovery: unknown): Record<string, unknown> => ({
  network: { cidr: "10.20.0.0/16", zones: ["ap-southeast-2a"], nat: "single" },
  dns: { type: "private", name: "sbx.pilot.internal" },
  stateStore: {
    onDestroy: "purge",
    stateBucket: "the-state",
    ...(discovery === "none" ? {} : { discoveryBucket: "the-oidc" }),
    discovery,
  },
  sandbox: true,
});
const nodes = "nodeGroups:\n  nodes: { machineType: t3.large, count: 1 }\n";
const roles = `serviceAccounts:
  - { namespace: shop, name: orders, statements: [{ Effect: Allow, Action: "s3:GetObject", Resource: "*" }] }
`;
const allOn = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true };

interface Oidc {
  issuer: string;
  discoveryUrl: string;
  providerArn: string;
  documents?: { url: string; source: string }[];
}

describe("how AWS reads the public keys of clusters", function () {
  this.timeout(10 * minutes);
  let checkout: WholeCheckout;
  let s3: S3;
  let iam: IAM;
  let cloudFront: CloudFront;
  let ofAccount: S3Control;
  let faults: Faults;

  before(async () => {
    checkout = await makeWholeCheckout();
    const client = clientOf(checkout.endpoint);
    s3 = new S3({ ...client, forcePathStyle: true });
    iam = new IAM(client);
    cloudFront = new CloudFront(client);
    ofAccount = accountSettings(client);
    faults = await faultsOf(checkout.endpoint);
  });
  afterEach(async () => {
    await faults.clear();
    await endStates(checkout.endpoint);
  });
  after(async () => {
    await checkout.remove();
    expect(await checkout.processes()).to.deep.equal([]);
  });

  const blockAccount = (): Promise<unknown> =>
    ofAccount.putPublicAccessBlock({ AccountId: account, PublicAccessBlockConfiguration: allOn });
  const fails = (command: "preview" | "up"): Promise<{ output: string }> =>
    checkout.localFails(
      "pulumi",
      command,
      ...["--stack", "sbx", "--non-interactive", ...(command === "up" ? ["--yes", "--skip-preview"] : [])],
    );
  const document = async (path: string): Promise<Record<string, unknown>> =>
    JSON.parse(
      (await (await s3.getObject({ Bucket: "the-oidc", Key: `${name}/${path}` })).Body?.transformToString()) ?? "",
    ) as Record<string, unknown>;
  const oidc = async (): Promise<Oidc | undefined> =>
    (await checkout.outputs<{ clusters: { k1?: { oidc?: Oidc } } }>("sbx")).clusters.k1?.oidc;
  const providers = async (): Promise<string[]> =>
    ((await iam.listOpenIDConnectProviders({})).OpenIDConnectProviderList ?? []).map(({ Arn = "" }) => Arn);
  const policy = async (): Promise<{ Sid: string; Principal: unknown; Condition?: unknown }[]> =>
    (
      JSON.parse((await s3.getBucketPolicy({ Bucket: "the-oidc" })).Policy ?? "") as {
        Statement: { Sid: string; Principal: unknown }[];
      }
    ).Statement;
  const isBlocked = async (): Promise<unknown> =>
    (await s3.getPublicAccessBlock({ Bucket: "the-oidc" })).PublicAccessBlockConfiguration;
  /** The API server signs tokens of service accounts for the issuer, and the published keys verify them. */
  const expectToken = async (issuer: string, keys: JsonWebKey[]): Promise<void> => {
    const layout = layoutOf(checkout.folder, {});
    const kubeconfig = (await cloudState(layout))?.clusters.find((one) => one.name === name)?.kubeconfig ?? "";
    const { stdout: token } = await execa(
      join(layout.bin, "kubectl"),
      ["--kubeconfig", kubeconfig, "create", "token", "default"],
      { env: { PATH: process.env["PATH"], HOME: layout.home }, extendEnv: false },
    );
    const [head = "", claims = "", signature = ""] = token.split(".");
    expect(JSON.parse(Buffer.from(claims, "base64url").toString())).to.include({ iss: issuer });
    expect(keys).to.have.length(1);
    const key = createPublicKey({ format: "jwk", key: keys[0] ?? {} });
    const signed = verify("RSA-SHA256", Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, "base64url"));
    expect(signed).to.equal(true);
  };
  /** Documents, provider and roles name one issuer. */
  const expectIssuer = async (issuer: string): Promise<void> => {
    const bare = issuer.replace("https://", "");
    expect(await document(".well-known/openid-configuration")).to.include({
      issuer,
      jwks_uri: `${issuer}/openid/v1/jwks`,
    });
    await expectToken(issuer, (await document("openid/v1/jwks"))["keys"] as JsonWebKey[]);
    const arn = `arn:aws:iam::${account}:oidc-provider/${bare}`;
    expect(await providers()).to.deep.equal([arn]);
    const found = await oidc();
    expect(found).to.include({
      issuer,
      discoveryUrl: `${issuer}/.well-known/openid-configuration`,
      providerArn: arn,
    });
    const all = (await iam.listRoles({})).Roles ?? [];
    const orders = all.find(({ RoleName = "" }) => RoleName.startsWith("orders.shop."));
    expect(decodeURIComponent(orders?.AssumeRolePolicyDocument ?? "")).to.contain(`${bare}:sub`);
  };

  it("is refused in public where the account blocks it, by preview and up, before anything is made", async () => {
    await blockAccount();
    await checkout.stack("sbx", config("public"));
    const before = await inventory(checkout.endpoint);
    for (const command of ["preview", "up"] as const) {
      const { output } = await fails(command);
      expect(output)
        .to.contain(`the account ${account}, or its organisation, blocks public access to S3`)
        .and.to.contain("(BlockPublicPolicy, RestrictPublicBuckets)")
        .and.to.contain("set pilot:stateStore.discovery to cloudfront");
    }
    expect(await inventory(checkout.endpoint)).to.deep.equal(before);
    await ofAccount.deletePublicAccessBlock({ AccountId: account });
  });

  it("in public waits until S3 sees the opened block, and takes no refused read of the account for off", async () => {
    await faults.add({ service: "s3control", action: "GetPublicAccessBlock", code: "AccessDenied", status: 403 });
    await keepStates(checkout.endpoint, "public-access-blocks");
    const { output, exitCode } = await checkout.npmDuring(
      /was just opened, and S3 still refuses its policy: trying again in 2 s/,
      () => endStates(checkout.endpoint),
      ...["run", "local", "--", "pulumi", "up", "--stack", "sbx", "--non-interactive", "--yes", "--skip-preview"],
    );
    expect(exitCode, output).to.equal(0);
    expect(output).to.match(/whether the account 123456789012 blocks public access to S3 is not known: .*AccessDenied/);
    expect((await policy()).map(({ Sid }) => Sid)).to.deep.equal(["TlsOnly", "PublicDiscovery"]);
    await faults.clear();
    await blockAccount();
    const blocked = await checkout.pulumi("up", "sbx");
    expect(blocked.output).to.match(unchanged).and.to.contain("AWS can no longer check tokens of service accounts");
  });

  it("by a distribution leaves the bucket private, and kOps names the distribution as issuer", async () => {
    await checkout.stack("sbx", config("cloudfront"));
    await checkout.write("clusters/sbx/k1.yaml", smallCluster("k1", nodes + roles));
    await checkout.pulumi("preview", "sbx");
    await checkout.pulumi("up", "sbx");
    const [distribution] = (await cloudFront.listDistributions({})).DistributionList?.Items ?? [];
    await expectIssuer(`https://${distribution?.DomainName ?? ""}/${name}`);
    expect(distribution).to.include({ Enabled: true, Status: "Deployed" });
    const [origin] = distribution?.Origins?.Items ?? [];
    expect(origin?.DomainName).to.equal("the-oidc.s3.ap-southeast-2.amazonaws.com");
    expect(origin?.OriginAccessControlId).to.match(/\w+/);
    expect(await isBlocked()).to.deep.equal(allOn);
    const statements = await policy();
    expect(statements.map(({ Sid }) => Sid)).to.deep.equal(["TlsOnly", "Distribution"]);
    expect(statements[1]).to.deep.include({
      Principal: { Service: "cloudfront.amazonaws.com" },
      Condition: { StringEquals: { "aws:SourceArn": distribution?.ARN } },
    });
    expect((await checkout.pulumi("up", "sbx")).output).to.match(unchanged);
    expect((await checkout.pulumi("refresh", "sbx")).output).to.match(unchanged);
  });

  it("cannot change while a cluster needs it", async () => {
    for (const discovery of ["public", "none", { issuer: "https://oidc.example.com" }]) {
      await checkout.stack("sbx", config(discovery));
      const { output } = await fails("preview");
      expect(output)
        .to.match(/pilot:stateStore: discovery: the distribution \S+ would be deleted/)
        .and.to.match(/it is needed by k1\.sbx\.pilot\.internal/);
    }
    await checkout.stack("sbx", config("cloudfront"));
    await checkout.forget("clusters/sbx/k1.yaml");
    await checkout.pulumi("up", "sbx");
    expect(await providers()).to.deep.equal([]);
    await checkout.stack("sbx", config("public"));
    expect((await fails("preview")).output).to.contain("blocks public access to S3");
  });

  it("at an address of one's own are two files, which kOps writes to a private bucket and the outputs name", async () => {
    const address = "https://oidc.example.com/pilot";
    await checkout.stack("sbx", config({ issuer: address }));
    await checkout.write("clusters/sbx/k1.yaml", smallCluster("k1", nodes + roles));
    await checkout.pulumi("up", "sbx");
    await expectIssuer(`${address}/${name}`);
    expect((await cloudFront.listDistributions({})).DistributionList?.Quantity).to.equal(0);
    expect(await isBlocked()).to.deep.equal(allOn);
    expect((await policy()).map(({ Sid }) => Sid)).to.deep.equal(["TlsOnly"]);
    const documents = (await oidc())?.documents ?? [];
    expect(documents).to.deep.equal(
      [".well-known/openid-configuration", "openid/v1/jwks"].map((path) => ({
        url: `${address}/${name}/${path}`,
        source: `s3://the-oidc/${name}/${path}`,
      })),
    );
    expect((await checkout.pulumi("up", "sbx")).output).to.match(unchanged);
    await checkout.forget("clusters/sbx/k1.yaml");
    await checkout.pulumi("up", "sbx");
  });

  it("can be left out: add-ons then use the control plane's role, and roles of service accounts are refused", async () => {
    await checkout.stack("sbx", config("none"));
    await checkout.write("clusters/sbx/k1.yaml", smallCluster("k1", nodes + roles));
    const refused = await fails("preview");
    expect(refused.output).to.match(
      /clusters\/sbx\/k1\.yaml:\d+: serviceAccounts: cannot have IAM roles: pilot:stateStore\.discovery of the environment is none/,
    );
    await checkout.write("clusters/sbx/k1.yaml", smallCluster("k1", nodes));
    await checkout.pulumi("up", "sbx");
    expect(await oidc()).to.equal(undefined);
    expect(await providers()).to.deep.equal([]);
    expect(((await s3.listBuckets({})).Buckets ?? []).map(({ Name }) => Name)).to.deep.equal(["the-state"]);
    const roleNames = ((await iam.listRoles({})).Roles ?? []).map(({ RoleName = "" }) => RoleName);
    expect(roleNames.filter((role) => role.includes(".sa.")).sort()).to.deep.equal([]);
    const controlPlane = roleNames.find((role) => role.startsWith("masters.")) ?? "";
    const { PolicyDocument: rights = "" } = await iam.getRolePolicy({
      RoleName: controlPlane,
      PolicyName: controlPlane,
    });
    expect(decodeURIComponent(rights)).to.contain("ec2:CreateVolume");
    expect((await checkout.pulumi("up", "sbx")).output).to.match(unchanged);
    await checkout.pulumi("destroy", "sbx");
    expect((await inventory(checkout.endpoint))["buckets"]).to.equal(undefined);
  });
});
