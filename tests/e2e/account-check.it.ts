import { AllocateAddressCommand } from "@aws-sdk/client-ec2";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  DeletePublicAccessBlockCommand,
  PutPublicAccessBlockCommand,
  S3ControlClient,
} from "@aws-sdk/client-s3-control";
import { RequestServiceQuotaIncreaseCommand, ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import type { Ran } from "./checkout.ts";
import { faultsOf, type Faults } from "./faults.ts";
import { clientOf } from "./network/index.ts";
import { makeWholeCheckout, smallCluster } from "./whole/index.ts";
import type { WholeCheckout } from "./whole/index.ts";

const account = "123456789012";
const config = {
  network: {
    cidr: "10.20.0.0/16",
    zones: ["ap-southeast-2a", "ap-southeast-2b"],
    nat: "single",
    endpoints: { interfaces: ["ecr.api"] },
  },
  dns: { type: "private", name: "sbx.pilot.internal" },
  stateStore: { onDestroy: "purge" },
  sandbox: true,
};
const nodes = (machineType: string, more = ""): string =>
  smallCluster("k1", `nodeGroups:\n  nodes: { machineType: ${machineType}, count: 2${more} }\n`);

describe("the check of an account before the first up", function () {
  this.timeout(600_000);
  let checkout: WholeCheckout;
  let faults: Faults;
  let s3control: S3ControlClient;

  const command = ["npm", "run", "--silent", "aws:check", "--", "--stack", "sbx"];
  const fails = (...more: string[]): Promise<Ran> => checkout.localFails(...command, ...more);
  /** Lines by the words before their colon. */
  const lineOf = ({ output }: Ran, check: string): string => {
    const line = output
      .split("\n")
      .find((one) => one.replace(/^(ok|warning|failed|not known) +/, "").startsWith(`${check}:`));
    if (line === undefined) throw new Error(`there is no line about ${check}:\n${output}`);
    return line;
  };

  before(async () => {
    checkout = await makeWholeCheckout();
    faults = await faultsOf(checkout.endpoint);
    s3control = new S3ControlClient({
      ...clientOf(checkout.endpoint),
      endpointProvider: () => ({ url: new URL(checkout.endpoint) }),
    });
    await checkout.stack("sbx", config);
    await checkout.write("clusters/sbx/k1.yaml", nodes("t3.large"));
  });
  after(async () => {
    await checkout.remove();
    expect(await checkout.processes()).to.deep.equal([]);
  });

  it("says what is in order, line by line, and changes nothing", async () => {
    const before = await checkout.changes();
    const ran = await checkout.local(...command);
    for (const check of [
      ...["account", "S3 Block Public Access", "zones", "VPC endpoints", "hosted zone", "VPCs", "internet gateways"],
      ...["Elastic IP addresses", "NAT gateways in ap-southeast-2a", "network load balancers", "IAM roles"],
      ...["instance profiles", "permissions", "machine types, images and more of k1.sbx.pilot.internal"],
    ])
      expect(lineOf(ran, check), check).to.match(/^ok /);
    expect(lineOf(ran, "vCPUs of on-demand standard (A, C, D, H, I, M, R, T, Z) instances")).to.match(
      /^ok .*: needs 6, up to 8 when groups grow and roll; 0 of 128 in use \(ec2 L-1216C47A\)$/,
    );
    expect(ran.output).to.not.match(/^(warning|failed|not known)/m);
    expect(await checkout.changes()).to.deep.equal(before);
  });

  it("names a quota that is too small, with the command that raises it", async () => {
    for (let index = 0; index < 5; index++) await checkout.ec2.send(new AllocateAddressCommand({ Domain: "vpc" }));
    expect(lineOf(await fails(), "Elastic IP addresses")).to.match(
      /^failed .*: needs 1; 5 of 5 in use \(ec2 L-0263D0A3\)\. Next: aws service-quotas request-service-quota-increase --service-code ec2 --quota-code L-0263D0A3 --desired-value 6 --region ap-southeast-2$/,
    );
    await new ServiceQuotasClient(clientOf(checkout.endpoint)).send(
      new RequestServiceQuotaIncreaseCommand({ ServiceCode: "ec2", QuotaCode: "L-0263D0A3", DesiredValue: 6 }),
    );
    expect(lineOf(await checkout.local(...command), "Elastic IP addresses")).to.match(/^ok .* 5 of 6 in use/);
  });

  it("names a block on public buckets", async () => {
    const PublicAccessBlockConfiguration = { BlockPublicPolicy: true, RestrictPublicBuckets: true };
    await s3control.send(new PutPublicAccessBlockCommand({ AccountId: account, PublicAccessBlockConfiguration }));
    expect(lineOf(await fails(), "S3 Block Public Access")).to.match(
      /^failed .*BlockPublicPolicy and RestrictPublicBuckets are on.*Next: aws s3control put-public-access-block/,
    );
    await s3control.send(new DeletePublicAccessBlockCommand({ AccountId: account }));
  });

  it("names machine types, zones, endpoints and images that are not there", async () => {
    const zones = ["ap-southeast-2a", "ap-southeast-2d"];
    const endpoints = { interfaces: ["ecr.api", "no-such"] };
    await checkout.stack("sbx", { ...config, network: { ...config.network, endpoints } });
    const elsewhere = nodes("g5.xlarge", ", zones: [ap-southeast-2a]");
    await checkout.write("clusters/sbx/k1.yaml", `${elsewhere}image: ami-00000000000000000\n`);
    const ran = await fails();
    expect(ran.output).to.match(/^failed .*k1\.sbx\.pilot\.internal: .*g5\.xlarge is not offered in ap-southeast-2a/m);
    expect(lineOf(ran, "vCPUs of on-demand G and VT instances")).to.match(/^failed .*: needs 8, up to 12 .* 0 of 0/);
    expect(ran.output).to.match(/^failed .*image ami-00000000000000000 does not exist/m);
    expect(lineOf(ran, "VPC endpoints")).to.match(/^failed .*no-such \(com\.amazonaws\.ap-southeast-2\.no-such\)/);
    await checkout.stack("sbx", { ...config, network: { ...config.network, zones } });
    expect(lineOf(await fails(), "zones")).to.match(/^failed .*ap-southeast-2d does not exist/);
    await checkout.stack("sbx", config);
    await checkout.write("clusters/sbx/k1.yaml", nodes("t3.large"));
  });

  it("says that it does not know what AWS denies, and ends with 3", async () => {
    const denied = { code: "AccessDenied", status: 403, message: "not authorized" };
    await faults.add(
      { service: "iam", action: "SimulatePrincipalPolicy", ...denied },
      { service: "servicequotas", ...denied, code: "AccessDeniedException" },
    );
    const ran = await fails("--json");
    await faults.clear();
    expect(ran.exitCode).to.equal(3);
    const { findings } = JSON.parse(ran.output) as { findings: { check: string; status: string; text: string }[] };
    const unknown = findings.filter(({ status }) => status === "not known").map(({ check }) => check);
    expect(unknown).to.include.members(["permissions", "VPCs", "vCPUs", "Elastic IP addresses", "NAT gateways"]);
    expect(findings.find(({ check }) => check === "permissions")?.text).to.match(/^access denied: /);
    expect(findings.filter(({ check }) => check === "zones").map(({ status }) => status)).to.deep.equal(["ok"]);
  });

  it("names what a role may not do", async () => {
    const iam = new IAMClient(clientOf(checkout.endpoint));
    const trust = { Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: "*" } }] };
    const RoleName = "newcomer";
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) }));
    const Statement = [
      { Effect: "Allow", Action: "*", Resource: "*" },
      { Effect: "Deny", Action: ["iam:CreateRole", "sqs:CreateQueue"], Resource: "*" },
    ];
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "all", PolicyDocument }));
    const { Credentials: session } = await new STSClient(clientOf(checkout.endpoint)).send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/${RoleName}`, RoleSessionName: "me" }),
    );
    const ran = await checkout.localFails(
      "env",
      `AWS_ACCESS_KEY_ID=${session?.AccessKeyId ?? ""}`,
      `AWS_SECRET_ACCESS_KEY=${session?.SecretAccessKey ?? ""}`,
      `AWS_SESSION_TOKEN=${session?.SessionToken ?? ""}`,
      ...command,
    );
    expect(lineOf(ran, "account")).to.contain("assumed-role/newcomer/me");
    expect(lineOf(ran, "permissions")).to.match(
      /^failed .*role\/newcomer: .*iam:CreateRole \(denied explicitly\).*sqs:CreateQueue \(denied explicitly\)/,
    );
    expect(ran.exitCode).to.equal(1);
  });

  it("looks no further in an account that is not the stack's", async () => {
    await checkout.stack("sbx", { ...config, accountId: "222222222222" });
    const ran = await fails();
    expect(lineOf(ran, "account")).to.match(/^failed .*pilot:accountId is 222222222222/);
    expect(ran.output.trim().split("\n")).to.have.length(2);
    await checkout.stack("sbx", config);
  });
});
