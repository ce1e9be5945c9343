import { Route53 } from "@aws-sdk/client-route-53";
import { S3 } from "@aws-sdk/client-s3";
import { expect } from "chai";
import yaml from "js-yaml";
import { cloudState } from "../../local/cloud/index.ts";
import { layoutOf } from "../../local/base/layout.ts";
import { clientIn, roleIn } from "../e2e/accounts.ts";
import { makeCheckout } from "../e2e/checkout.ts";
import type { Checkout, Ran } from "../e2e/checkout.ts";
import { inventory } from "../e2e/inventory.ts";

const central = "999999999999";
const unchanged = /Resources:\s+\d+ unchanged\s/;

/** Account and region of each environment. */
const places = {
  a: { account: "111111111111", region: "ap-southeast-2" },
  b: { account: "222222222222", region: "eu-west-1" },
} as const;
type Stack = keyof typeof places;
const stacks = Object.keys(places) as Stack[];

const cluster = (stack: Stack): string => `k1.${stack}.example.com`;
const bucket = (stack: Stack): string => `pilot-${stack}-state-${central}-${places[stack].region}`;

const stackFile = (stack: Stack): string =>
  yaml.dump({
    config: {
      "aws:region": places[stack].region,
      "pilot:sandbox": true,
      "pilot:network": { zones: [`${places[stack].region}a`], nat: "none" },
      "pilot:dns": {
        type: "public",
        name: `${stack}.example.com`,
        parent: { zone: "example.com", role: roleIn(central, "dns") },
        delegation: { check: false },
      },
      "pilot:stateStore": { onDestroy: "purge", role: roleIn(central, "store") },
    },
  });

// kOps looks a public zone up in real DNS before it makes a cluster. There is none here, so the cluster has no DNS.
const clusterFile = yaml.dump({
  name: "k1",
  kopsVersion: "1.35.0",
  kubernetesVersion: "1.34.3",
  apiAccess: ["10.20.0.0/16"],
  controlPlane: { count: 1, machineType: "t3.medium" },
  nodeGroups: { nodes: { machineType: "t3.large", count: 1 } },
  kops: { cluster: { topology: { dns: { type: "None" } }, dnsZone: null } },
});

describe("two environments in their own accounts and regions, with stores and DNS in a central account", function () {
  this.timeout(600_000);
  let checkout: Checkout;
  let endpoint: string;
  let zone: string;

  /** A command with credentials of the stack's account, like a pipeline that logged in there. */
  const as = async (stack: Stack, ...words: string[]): Promise<string[]> => {
    const { accessKeyId, secretAccessKey, sessionToken } = (await clientIn(endpoint, places[stack].account))
      .credentials;
    const { region } = places[stack];
    return [
      "env",
      `AWS_ACCESS_KEY_ID=${accessKeyId}`,
      `AWS_SECRET_ACCESS_KEY=${secretAccessKey}`,
      `AWS_SESSION_TOKEN=${sessionToken}`,
      `AWS_REGION=${region}`,
      `S3_REGION=${region}`,
      ...words,
    ];
  };
  const pulumi = async (stack: Stack, ...words: string[]): Promise<Ran> =>
    checkout.local(...(await as(stack, "pulumi", ...words, "--stack", stack, "--non-interactive")));
  const up = (stack: Stack, ...more: string[]): Promise<Ran> => pulumi(stack, "up", "--yes", "--skip-preview", ...more);

  const route53 = async (account: string): Promise<Route53> => new Route53(await clientIn(endpoint, account));
  const recordsOfParent = async (): Promise<string[]> =>
    ((await (await route53(central)).listResourceRecordSets({ HostedZoneId: zone })).ResourceRecordSets ?? [])
      .map(({ Name = "", Type = "" }) => `${Type} ${Name}`)
      .sort();
  const all = async (): Promise<Record<string, Record<string, string[]>>> => {
    const found: Record<string, Record<string, string[]>> = {};
    for (const account of [central, ...stacks.map((stack) => places[stack].account)]) {
      for (const { region } of Object.values(places))
        found[`${account} ${region}`] = await inventory(
          endpoint,
          region,
          (await clientIn(endpoint, account)).credentials,
        );
    }
    return found;
  };

  before(async () => {
    checkout = await makeCheckout();
    for (const stack of stacks) {
      await checkout.write(`Pulumi.${stack}.yaml`, stackFile(stack));
      await checkout.write(`clusters/${stack}/k1.yaml`, clusterFile);
      await checkout.local("pulumi", "stack", "select", "--create", stack);
    }
    endpoint = (await cloudState(layoutOf(checkout.folder, {})))?.endpoint ?? "";
    zone =
      (
        await (await route53(central)).createHostedZone({ Name: "example.com", CallerReference: "parent" })
      ).HostedZone?.Id?.replace("/hostedzone/", "") ?? "";
  });
  after(async () => {
    await checkout.remove();
    expect(await checkout.processes()).to.deep.equal([]);
  });

  it("come up one after the other, each with a validated cluster", async () => {
    for (const stack of stacks) expect((await up(stack)).output).to.contain("the cluster is up to date");
    expect(await recordsOfParent()).to.deep.equal([
      "NS a.example.com.",
      "NS b.example.com.",
      "NS example.com.",
      "SOA example.com.",
    ]);
  });

  it("have nothing to do on the next up or refresh", async () => {
    for (const stack of stacks) {
      expect((await up(stack)).output).to.match(unchanged);
      expect((await pulumi(stack, "refresh", "--yes", "--skip-preview")).output).to.match(unchanged);
    }
  });

  it("have nothing in each other's account or region, and only buckets and the zone in the central one", async () => {
    const found = await all();
    for (const stack of stacks) {
      const { account, region } = places[stack];
      const other = stack === "a" ? "b" : "a";
      const own = found[`${account} ${region}`] ?? {};
      expect(own).to.include.keys("vpcs", "instances", "autoScalingGroups", "roles", "zones");
      expect(own).to.not.have.property("buckets");
      expect(own["instances"]).to.have.length(2);
      expect(JSON.stringify(own)).to.not.contain(`${other}.example.com`);
      // Global resources are visible in every region.
      expect(Object.keys(found[`${account} ${places[other].region}`] ?? {}).sort()).to.deep.equal([
        "instanceProfiles",
        "oidcProviders",
        "roles",
        "zones",
      ]);
    }
    const buckets = stacks.flatMap((stack) => [bucket(stack), bucket(stack).replace("-state-", "-oidc-")]);
    for (const { region } of Object.values(places)) {
      expect(found[`${central} ${region}`]?.["buckets"]).to.have.members(buckets);
      expect(found[`${central} ${region}`]?.["zones"]).to.deep.equal(["example.com."]);
      expect(Object.keys(found[`${central} ${region}`] ?? {}).sort()).to.deep.equal(["buckets", "zones"]);
    }
    const s3 = new S3({ ...(await clientIn(endpoint, central)), forcePathStyle: true });
    for (const stack of stacks) {
      const keys = ((await s3.listObjectsV2({ Bucket: bucket(stack) })).Contents ?? []).map(({ Key = "" }) => Key);
      expect(
        keys.filter((key) => !key.startsWith(`${cluster(stack)}/`) && !key.startsWith(`_pilot/${cluster(stack)}/`)),
      ).to.deep.equal([]);
      const policy = (await s3.getBucketPolicy({ Bucket: bucket(stack) })).Policy ?? "";
      const accounts = new Set([...policy.matchAll(/iam::(\d{12}):/g)].map(([, account]) => account));
      expect([...accounts]).to.deep.equal([places[stack].account]);
    }
  });

  it("change one without the other, and one command restores an earlier manifest", async () => {
    await checkout.edit(
      "clusters/a/k1.yaml",
      "machineType: t3.large\n    count: 1",
      "machineType: t3.large\n    count: 2",
    );
    await up("a");
    expect((await up("b")).output).to.match(unchanged);
    const restore = async (...words: string[]): Promise<string> =>
      (
        await checkout.local(
          ...(await as("a", "node", "cli/pilot.mjs", "restore", `s3://${bucket("a")}`, cluster("a"), ...words)),
        )
      ).output;
    expect(await restore("latest")).to.contain("instanceGroups.nodes.maxSize: 2 -> 1");
    expect(await restore("latest", "--yes"))
      .to.contain("are those of")
      .and.to.contain("instanceGroups.nodes.maxSize: 2 -> 1");
    expect((await pulumi("a", "preview", "--refresh", "--diff")).output).to.match(/maxSize\s*: 1 => 2/);
    await up("a", "--refresh");
    expect((await up("a")).output).to.match(unchanged);
    expect(await restore()).to.match(/^\d{4}-\d\d-\d\dT/);
  });

  it("are destroyed without leftovers, and without a change to each other or the parent zone", async () => {
    await pulumi("a", "destroy", "--yes", "--skip-preview");
    expect(await recordsOfParent()).to.deep.equal(["NS b.example.com.", "NS example.com.", "SOA example.com."]);
    expect((await up("b")).output).to.match(unchanged);
    await pulumi("b", "destroy", "--yes", "--skip-preview");
    const left = Object.entries(await all()).filter(([, found]) => Object.keys(found).length > 0);
    expect(left.map(([place, found]) => [place, found])).to.deep.equal(
      Object.values(places).map(({ region }) => [`${central} ${region}`, { zones: ["example.com."] }]),
    );
  });
});
