import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { layoutOf } from "../../../local/base/layout.ts";
import { installPlugins } from "../../../local/plugins/install.ts";
import { toolContext } from "../../../local/tools/context.ts";
import { ensurePulumi } from "../../../local/tools/pulumi.ts";
import { environment, region, startAws, type AwsServer } from "./aws-harness.ts";
import { awsClients } from "./aws-cases/case.ts";

const root = join(import.meta.dirname, "..", "..", "..");

const program = `
const pulumi = require("@pulumi/pulumi");
const aws = require("@pulumi/aws");
const config = new pulumi.Config();
const zones = aws.getAvailabilityZonesOutput({ state: "available" });
const vpc = new aws.ec2.Vpc("vpc", {
  cidrBlock: config.get("cidr") ?? "10.0.0.0/16",
  enableDnsHostnames: true,
  tags: { stage: config.get("stage") ?? "one" },
});
const gateway = new aws.ec2.InternetGateway("gateway", { vpcId: vpc.id });
const table = new aws.ec2.RouteTable("table", { vpcId: vpc.id });
new aws.ec2.Route("out", { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id });
const subnets = [0, 1].map((index) => {
  const subnet = new aws.ec2.Subnet("subnet-" + index, {
    vpcId: vpc.id,
    cidrBlock: "10.0." + index + ".0/24",
    availabilityZone: zones.names[index],
  });
  new aws.ec2.RouteTableAssociation("table-" + index, { routeTableId: table.id, subnetId: subnet.id });
  new aws.ec2.Tag("role-" + index, { resourceId: subnet.id, key: "kubernetes.io/role/elb", value: "1" });
  return subnet;
});
const address = new aws.ec2.Eip("address", { domain: "vpc" });
const nat = new aws.ec2.NatGateway(
  "nat",
  { subnetId: subnets[0].id, allocationId: address.id },
  { dependsOn: [gateway] },
);
const zone = new aws.route53.Zone("zone", { name: "trial.example.com", vpcs: [{ vpcId: vpc.id }] });
new aws.route53.Record("record", { zoneId: zone.zoneId, name: "api", type: "A", ttl: 60, records: [nat.privateIp] });
const bucket = new aws.s3.Bucket("store", { forceDestroy: true });
new aws.s3.BucketVersioning("versioning", { bucket: bucket.id, versioningConfiguration: { status: "Enabled" } });
new aws.s3.BucketPolicy("policy", {
  bucket: bucket.id,
  policy: {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: pulumi.interpolate\`\${bucket.arn}/*\`,
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  },
});
const role = new aws.iam.Role("role", {
  assumeRolePolicy: {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
  },
});
new aws.iam.RolePolicy("inline", {
  role: role,
  policy: aws.iam.getPolicyDocumentOutput({
    statements: [{ actions: ["s3:GetObject"], resources: [bucket.arn] }],
  }).json,
});
const elsewhere = new aws.Provider("elsewhere", { region: "us-east-1", defaultTags: { tags: { owner: "another" } } });
const far = new aws.ec2.Vpc("far", { cidrBlock: "10.99.0.0/16" }, { provider: elsewhere });
const secret = new aws.ec2.Vpc("secret", {
  cidrBlock: "10.98.0.0/16",
  tags: { password: pulumi.secret("very-secret-word") },
});
exports.bucket = bucket.bucket;
exports.vpcId = vpc.id;
exports.farTags = far.tagsAll;
exports.farRegion = far.region;
exports.secretTags = secret.tagsAll;
`;

describe("the stand-in for the AWS plugin under the real Pulumi engine", function () {
  this.timeout(120_000);
  let aws: AwsServer;
  let folder: string;
  let env: NodeJS.ProcessEnv;
  let pulumiPath: string;

  const pulumi = (...args: string[]): Promise<string> =>
    execa(pulumiPath, [...args, "--non-interactive", "--color", "never"], {
      cwd: join(folder, "program"),
      env,
      extendEnv: false,
      all: true,
      stdin: "ignore",
    }).then(({ all }) => all);
  const outputs = async (): Promise<Record<string, unknown>> =>
    JSON.parse(await pulumi("stack", "output", "--json")) as Record<string, unknown>;

  before(async function () {
    this.timeout(900_000);
    aws = await startAws();
    pulumiPath = await ensurePulumi(
      toolContext(layoutOf(root), (line) => {
        process.stderr.write(`${line}\n`);
      }),
    );
    folder = await realpath(await mkdtemp(join(tmpdir(), "pilot-aws-engine-")));
    await installPlugins(aws.layout, pulumiPath, () => undefined, { ...process.env, PILOT_PLUGINS: "stand-in" });
    const code = join(folder, "program");
    await mkdir(code);
    await mkdir(join(folder, "backend"));
    await writeFile(join(code, "Pulumi.yaml"), "name: trial\nruntime: nodejs\nmain: index.cjs\n");
    await writeFile(join(code, "package.json"), JSON.stringify({ name: "trial", main: "index.cjs" }));
    await symlink(join(root, "node_modules"), join(code, "node_modules"));
    await writeFile(join(code, "index.cjs"), program);
    env = {
      PATH: process.env["PATH"],
      HOME: folder,
      PULUMI_HOME: aws.layout.pulumiHome,
      PULUMI_BACKEND_URL: `file://${join(folder, "backend")}`,
      PULUMI_CONFIG_PASSPHRASE: "trial",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      ...environment(aws.endpoint),
    };
    await pulumi("stack", "init", "trial");
    const settings = [
      `aws:region=${region}`,
      "aws:ignoreTags.keyPrefixes[0]=kubernetes.io/",
      "aws:defaultTags.tags.owner=pilot",
    ];
    await pulumi("config", "set-all", "--path", ...settings.flatMap((setting) => ["--plaintext", setting]));
  });

  after(async () => {
    await aws.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("previews and creates everything, each resource with its own provider's region and tags", async () => {
    const run = await pulumi("up", "--yes");
    expect(run).to.match(/\+ 23 to create/);
    expect(run).to.match(/\+ 23 created/);
    const made = await outputs();
    expect(made).to.deep.include({ farRegion: "us-east-1", farTags: { owner: "another" } });
    const { ec2 } = awsClients(aws.endpoint);
    const { Vpcs: [vpc] = [] } = await ec2.describeVpcs({ VpcIds: [String(made["vpcId"])] });
    expect(Object.fromEntries((vpc?.Tags ?? []).map(({ Key, Value }) => [Key, Value]))).to.deep.equal({
      owner: "pilot",
      stage: "one",
    });
  });

  it("never writes a secret in clear text, even where it appears again", async () => {
    expect(await pulumi("stack", "export")).to.not.include("very-secret-word");
    expect(await outputs()).to.include({ secretTags: "[secret]" });
  });

  it("changes nothing in a second run, or after a refresh", async () => {
    expect(await pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")).to.match(/23 unchanged/);
    expect(await pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")).to.match(/23 unchanged/);
  });

  it("changes only what changed", async () => {
    await pulumi("config", "set", "stage", "two");
    const run = await pulumi("up", "--yes", "--skip-preview", "--diff");
    expect(run).to.match(/~ stage: "one" => "two"/);
    expect(run).to.match(/~ 1 updated\n\s+22 unchanged/);
  });

  it("shows outside changes in a refresh, and undoes them in the next up", async () => {
    const { ec2 } = awsClients(aws.endpoint);
    const { vpcId } = await outputs();
    await ec2.modifyVpcAttribute({ VpcId: String(vpcId), EnableDnsHostnames: { Value: false } });
    const { Tags: [role] = [] } = await ec2.describeTags({
      Filters: [{ Name: "key", Values: ["kubernetes.io/role/elb"] }],
    });
    await ec2.deleteTags({ Resources: [role?.ResourceId ?? ""], Tags: [{ Key: "kubernetes.io/role/elb" }] });
    const run = await pulumi("up", "--yes", "--skip-preview", "--refresh", "--diff");
    expect(run).to.match(/~ enableDnsHostnames: false => true/);
    expect(run).to.match(/\+ 1 created\n\s+~ 1 updated\n/);
    const { EnableDnsHostnames } = await ec2.describeVpcAttribute({
      VpcId: String(vpcId),
      Attribute: "enableDnsHostnames",
    });
    expect(EnableDnsHostnames?.Value).to.equal(true);
  });

  it("previews a replacement with all its dependents", async () => {
    const preview = await pulumi("preview", "--config", "cidr=10.1.0.0/16");
    expect(preview).to.match(/\+-\s+aws:ec2:Vpc\s+vpc\s+replace\s+\[diff: .*cidrBlock/);
    expect(preview).to.match(/\+-\s+aws:ec2:Subnet\s+subnet-0\s+replace\s+\[diff: .*vpcId/);
  });

  it("destroys everything, even a bucket with versions", async () => {
    const { ec2, s3, route53, iam } = awsClients(aws.endpoint);
    const Bucket = String((await outputs())["bucket"]);
    await s3.putObject({ Bucket, Key: "a", Body: "1" });
    await s3.putObject({ Bucket, Key: "a", Body: "2" });
    await s3.deleteObject({ Bucket, Key: "a" });
    expect(await pulumi("destroy", "--yes", "--skip-preview")).to.match(/- 23 deleted/);
    expect((await ec2.describeVpcs({ Filters: [{ Name: "isDefault", Values: ["false"] }] })).Vpcs).to.deep.equal([]);
    expect((await ec2.describeAddresses({})).Addresses).to.deep.equal([]);
    expect((await s3.listBuckets({})).Buckets ?? []).to.deep.equal([]);
    expect((await route53.listHostedZones({})).HostedZones).to.deep.equal([]);
    expect((await iam.listRoles({})).Roles).to.deep.equal([]);
  });
});
