import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CreateVpcCommand, EC2Client } from "@aws-sdk/client-ec2";
import { KMSClient, ListKeysCommand, DescribeKeyCommand } from "@aws-sdk/client-kms";
import { Route53 } from "@aws-sdk/client-route-53";
import type { VPCRegion } from "@aws-sdk/client-route-53";
import { S3 } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { cloudState } from "../../local/cloud/index.ts";
import { layoutOf } from "../../local/base/layout.ts";
import { startNameServer, type NameServer } from "../name-server.ts";
import { clientIn, roleIn } from "./accounts.ts";
import { clientOf, region } from "./bare/network.ts";
import { makeCheckout } from "./checkout.ts";
import type { Checkout, Ran } from "./checkout.ts";
import { inventory } from "./inventory.ts";

const flags = ["--stack", "sbx", "--non-interactive"];
const unchanged = /Resources:\s+\d+ unchanged\s/;
const parentAccount = "999999999999";

describe("the DNS and the state store of an environment", function () {
  this.timeout(900_000);
  let checkout: Checkout;
  let endpoint: string;
  let vpcs: string[];
  let s3: S3;
  let route53: Route53;
  const resolvers: NameServer[] = [];

  const declare = (request: unknown): Promise<void> => checkout.write("request.json", JSON.stringify(request));
  const up = (...more: string[]): Promise<Ran> =>
    checkout.local("pulumi", "up", ...flags, "--yes", "--skip-preview", ...more);
  const upFails = (): Promise<Ran> => checkout.localFails("pulumi", "up", ...flags, "--yes", "--skip-preview");
  const expectNothingToDo = async (): Promise<void> => {
    expect((await up()).output).to.match(unchanged);
    expect((await checkout.local("pulumi", "refresh", ...flags, "--yes", "--skip-preview")).output).to.match(unchanged);
  };
  const destroy = (): Promise<Ran> => checkout.local("pulumi", "destroy", ...flags, "--yes", "--skip-preview");
  const outputs = async <T>(): Promise<T> =>
    (
      JSON.parse((await checkout.local("pulumi", "stack", "output", "--json", "--stack", "sbx")).output) as {
        environment: T;
      }
    ).environment;
  const left = async (): Promise<Record<string, string[]>> => {
    // Without the VPCs of the test itself.
    return Object.fromEntries(
      Object.entries(await inventory(endpoint)).filter(
        ([kind]) => !["vpcs", "routeTables", "securityGroups"].includes(kind),
      ),
    );
  };

  before(async () => {
    checkout = await makeCheckout();
    const program = await readFile(join(import.meta.dirname, "dns-and-store", "program.ts"), "utf8");
    await checkout.write("index.ts", program.replaceAll("../../../", "./"));
    await declare({});
    await checkout.local("pulumi", "stack", "select", "--create", "sbx");
    endpoint = (await cloudState(layoutOf(checkout.folder, {})))?.endpoint ?? "";
    const ec2 = new EC2Client(clientOf(endpoint));
    vpcs = [];
    for (const cidr of ["10.20.0.0/16", "10.21.0.0/16", "10.22.0.0/16"])
      vpcs.push((await ec2.send(new CreateVpcCommand({ CidrBlock: cidr }))).Vpc?.VpcId ?? "");
    s3 = new S3({ ...clientOf(endpoint), forcePathStyle: true });
    route53 = new Route53(clientOf(endpoint));
  });
  after(async () => {
    for (const resolver of resolvers) resolver.close();
    await checkout.remove();
    expect(await checkout.processes()).to.deep.equal([]);
  });

  const recordsOf = async (client: Route53, zone: string): Promise<string[]> =>
    ((await client.listResourceRecordSets({ HostedZoneId: zone })).ResourceRecordSets ?? [])
      .map(({ Name, Type }) => `${Type} ${Name?.replaceAll("\\052", "*").replace(/\.$/, "")}`)
      .sort();

  it("delegate a public zone from another account, check it, change its records, and delete all of it", async () => {
    const other = await clientIn(endpoint, parentAccount);
    const central = new Route53(other);
    const parent =
      (await central.createHostedZone({ Name: "example.com", CallerReference: "parent" })).HostedZone?.Id?.replace(
        "/hostedzone/",
        "",
      ) ?? "";
    const delegations: Record<string, string[]> = { com: ["a.gtld-servers.net"] };
    const resolver = await startNameServer(delegations);
    resolvers.push(resolver);
    const request = (more: object): object => ({
      dns: {
        type: "public",
        name: "sbx.example.com",
        parent: { zone: parent, role: roleIn(parentAccount, "dns") },
        delegation: { resolvers: [resolver.address], waitSeconds: 0 },
        ...more,
      },
    });

    // Not delegated yet: nothing that needs the zone is made; the zone itself stays for the next up.
    await declare(request({}));
    const unseen = await upFails();
    expect(unseen.output)
      .to.contain("The zone sbx.example.com is not delegated to its name servers")
      .and.to.contain("a lookup finds none");
    expect(await recordsOf(central, parent)).to.deep.equal(["NS example.com", "NS sbx.example.com", "SOA example.com"]);

    const [zone] = (await route53.listHostedZonesByName({ DNSName: "sbx.example.com" })).HostedZones ?? [];
    delegations["sbx.example.com"] = (await route53.getHostedZone({ Id: zone?.Id })).DelegationSet?.NameServers ?? [];
    await up();
    const seen = await outputs<{ dns: { zoneId: string; nameServers: string[] } }>();
    expect([...seen.dns.nameServers].sort()).to.deep.equal([...delegations["sbx.example.com"]].sort());
    const delegation = (await central.listResourceRecordSets({ HostedZoneId: parent })).ResourceRecordSets?.find(
      ({ Name }) => Name?.startsWith("sbx."),
    );
    expect(delegation?.ResourceRecords?.map(({ Value }) => Value).sort()).to.deep.equal(
      [...seen.dns.nameServers].sort(),
    );
    await expectNothingToDo();
    expect(resolver.asked).to.include("sbx.example.com");

    await declare(
      request({
        records: {
          kube: { api: "k1" },
          "*.apps": { a: ["192.0.2.1"] },
          www: { cname: "ingress.example.net", ttl: 60 },
        },
      }),
    );
    const added = await up();
    expect(added.output)
      .to.match(/\+ 3 created/)
      .and.to.not.match(/[~-] \d+ (updated|deleted|replaced)/);
    await declare(request({ records: { kube: { api: "k1", ttl: 60 }, "*.apps": { a: ["192.0.2.1"] } } }));
    const changed = await up();
    expect(changed.output)
      .to.match(/~ 1 updated/)
      .and.to.match(/- 1 deleted/);
    expect(await recordsOf(route53, seen.dns.zoneId)).to.deep.equal([
      "A *.apps.sbx.example.com",
      "CNAME kube.sbx.example.com",
      "NS sbx.example.com",
      "SOA sbx.example.com",
    ]);
    await expectNothingToDo();

    await destroy();
    expect(await recordsOf(central, parent)).to.deep.equal(["NS example.com", "SOA example.com"]);
    expect(await left()).to.deep.equal({});
    await central.deleteHostedZone({ Id: parent });
  });

  it("skip the check of a delegation, with one line, where no resolver knows the internet", async () => {
    const closed = await startNameServer({});
    resolvers.push(closed);
    await declare({ dns: { type: "public", name: "sbx.example.com", delegation: { resolvers: [closed.address] } } });
    const made = await up();
    expect(made.output).to.contain(
      "The delegation of sbx.example.com was not checked: no resolver here resolves internet names",
    );
    await destroy();
    expect(await left()).to.deep.equal({});
  });

  it("show a private zone to several VPCs, drop one in place, and keep associations made by others", async () => {
    const [own = "", second = "", theirs = ""] = vpcs;
    const seenBy = async (): Promise<string[]> => {
      const { dns } = await outputs<{ dns: { zoneId: string } }>();
      return ((await route53.getHostedZone({ Id: dns.zoneId })).VPCs ?? []).map(({ VPCId }) => VPCId ?? "");
    };
    await declare({ dns: { type: "private", name: "sbx.pilot.internal", vpcs: [{ vpcId: second }] }, vpcId: own });
    await up();
    expect(await seenBy()).to.have.members([own, second]);
    const { dns } = await outputs<{ dns: { zoneId: string } }>();
    await route53.associateVPCWithHostedZone({
      HostedZoneId: dns.zoneId,
      VPC: { VPCId: theirs, VPCRegion: region as VPCRegion },
    });
    expect((await up("--refresh")).output).to.match(unchanged);
    await declare({ dns: { type: "private", name: "sbx.pilot.internal" }, vpcId: own });
    expect((await up()).output).to.match(/- 1 deleted/);
    expect(await seenBy()).to.have.members([own, theirs]);
    await destroy();
    expect(await left()).to.deep.equal({});
  });

  it("find an existing zone by name, check it before anything is made, and leave it as it was", async () => {
    const [own = "", second = ""] = vpcs;
    const made = await route53.createHostedZone({
      Name: "shared.internal",
      CallerReference: "shared",
      VPC: { VPCId: own, VPCRegion: region as VPCRegion },
      HostedZoneConfig: { PrivateZone: true, Comment: "" },
    });
    const id = made.HostedZone?.Id?.replace("/hostedzone/", "") ?? "";
    const existing = (more: object): object => ({
      type: "existing",
      name: "shared.internal",
      visibility: "private",
      ...more,
    });
    const refusals: [request: object, says: string][] = [
      [{ dns: existing({ id, name: "other.internal" }), vpcId: own }, `name: the zone ${id} is called shared.internal`],
      [
        { dns: existing({ id, visibility: "public" }), vpcId: own },
        `visibility: the zone ${id} is private, not public`,
      ],
      [{ dns: existing({ name: "nobody.internal" }), vpcId: own }, "the hosted zone cannot be looked up"],
      [
        { dns: existing({}), vpcId: second, vpcIsOthers: true },
        `the VPC ${second} cannot resolve the private zone ${id}`,
      ],
    ];
    for (const [request, says] of refusals) {
      await declare(request);
      expect((await checkout.localFails("pulumi", "preview", ...flags)).output).to.contain(says);
    }
    await declare({ dns: existing({ records: { tool: { a: ["10.20.0.9"] } } }), vpcId: second });
    await up();
    expect((await outputs<{ dns: { zoneId: string } }>()).dns.zoneId).to.equal(id);
    const seenBy = async (): Promise<(string | undefined)[]> =>
      ((await route53.getHostedZone({ Id: id })).VPCs ?? []).map(({ VPCId }) => VPCId);
    expect(await seenBy()).to.have.members([own, second]);
    await expectNothingToDo();
    await destroy();
    expect(await seenBy()).to.deep.equal([own]);
    expect(await recordsOf(route53, id)).to.deep.equal(["NS shared.internal", "SOA shared.internal"]);
    await route53.deleteHostedZone({ Id: id });
  });

  it("add key, logs and policies to a store in place; destroy keeps it with its objects, up adopts it", async () => {
    await declare({ stateStore: {} });
    await up();
    await expectNothingToDo();
    const bucket = (await outputs<{ store: { stateStore: string } }>()).store.stateStore.replace("s3://", "");
    await s3.putObject({ Bucket: bucket, Key: "k1/config", Body: "first" });
    await s3.putObject({ Bucket: bucket, Key: "k1/config", Body: "second" });

    await declare({
      stateStore: { keepOldVersionsDays: 30, encryption: { type: "kms" }, accessLogs: {}, managedPolicies: true },
    });
    await up();
    await expectNothingToDo();
    const { store } = await outputs<{ store: { keyArn: string; policyArns: Record<string, string> } }>();
    const rule = (await s3.getBucketEncryption({ Bucket: bucket })).ServerSideEncryptionConfiguration?.Rules?.[0];
    expect(rule).to.deep.include({
      BucketKeyEnabled: true,
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: store.keyArn },
    });
    expect((await s3.getBucketLogging({ Bucket: bucket })).LoggingEnabled).to.include({ TargetPrefix: `${bucket}/` });
    expect(Object.keys(store.policyArns)).to.have.members(["pipeline", "operators", "breakGlass"]);

    await destroy();
    const kept = (await left())["buckets"] ?? [];
    expect(kept).to.have.length(3).and.to.include(bucket);
    expect((await s3.getBucketVersioning({ Bucket: bucket })).Status).to.equal("Enabled");

    // The same up adopts the bucket and changes its settings.
    await declare({ stateStore: { onDestroy: "purge", keepOldVersionsDays: 7, accessLogs: {} } });
    const preview = await checkout.local("pulumi", "preview", ...flags);
    expect(preview.output).to.match(/= +\S*aws:s3:Bucket +env-state +import|aws:s3:Bucket.*env-state.*import/);
    await up();
    await expectNothingToDo();
    expect(await (await s3.getObject({ Bucket: bucket, Key: "k1/config" })).Body?.transformToString()).to.equal(
      "second",
    );
    expect((await s3.listObjectVersions({ Bucket: bucket })).Versions).to.have.length(2);
    const { Rules = [] } = await s3.getBucketLifecycleConfiguration({ Bucket: bucket });
    expect(Rules.find(({ ID }) => ID === "old-versions")?.NoncurrentVersionExpiration?.NoncurrentDays).to.equal(7);
    expect(Rules.flatMap(({ Expiration }) => Expiration ?? [])).to.deep.equal([]);

    await destroy();
    expect(await left()).to.deep.equal({});
    // The key of the first store is kept, so what it encrypted stays readable.
    const kms = new KMSClient(clientOf(endpoint));
    const keys = await Promise.all(
      ((await kms.send(new ListKeysCommand({}))).Keys ?? []).map(({ KeyId }) =>
        kms.send(new DescribeKeyCommand({ KeyId })),
      ),
    );
    expect(
      keys
        .filter(({ KeyMetadata }) => KeyMetadata?.KeyManager === "CUSTOMER")
        .map(({ KeyMetadata }) => KeyMetadata?.Arn),
    ).to.deep.equal([store.keyArn]);
  });

  it("never adopt somebody else's bucket of the same name", async () => {
    await declare({ stateStore: { stateBucket: "company-data", onDestroy: "purge" } });
    await s3.createBucket({ Bucket: "company-data", CreateBucketConfiguration: { LocationConstraint: region } });
    await s3.putObject({ Bucket: "company-data", Key: "books", Body: "x" });
    expect((await upFails()).output).to.contain("company-data");
    await destroy();
    expect(await left()).to.deep.equal({ buckets: ["company-data"] });
    expect((await s3.listObjectsV2({ Bucket: "company-data" })).Contents).to.have.length(1);
  });
});
