import { createHash } from "node:crypto";
import { ChangeResourceRecordSetsCommand, Route53Client } from "@aws-sdk/client-route-53";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { clientOf } from "./bare/index.ts";
import type { Ran } from "./checkout.ts";
import { zonesOf } from "./network/index.ts";
import { makeWholeCheckout, smallCluster } from "./whole/index.ts";
import type { WholeCheckout } from "./whole/index.ts";

const domain = "sbx.pilot.internal";
const k1 = `k1.${domain}`;
const nodes = "nodeGroups: { nodes: { machineType: t3.large, count: 1 } }\n";

describe("a cluster whose file was copied from another cluster", function () {
  this.timeout(20 * 60_000);
  let whole: WholeCheckout;
  let s3: S3Client;
  let route53: Route53Client;
  let bucket = "";
  let discovery = "";
  let copy = "";
  const config = {
    network: { zones: zonesOf("a"), nat: "single" },
    dns: { type: "private", name: domain },
    stateStore: { onDestroy: "purge" },
    clusterDefaults: { kopsVersion: "1.35.0", deletionProtection: false },
  };

  before(async () => {
    whole = await makeWholeCheckout();
    s3 = new S3Client({ ...clientOf(whole.endpoint), forcePathStyle: true });
    route53 = new Route53Client(clientOf(whole.endpoint));
    await whole.stack("sbx", config);
    await whole.write("clusters/sbx/k1.yaml", smallCluster("k1", nodes));
    await whole.pulumi("up", "sbx");
    const outputs = await whole.outputs<{ stateStore: { stateStore: string; discoveryBucket: string } }>("sbx");
    bucket = outputs.stateStore.stateStore.replace("s3://", "");
    discovery = outputs.stateStore.discoveryBucket;
    const manifests = (await whole.local("kops", "get", "all", "--name", k1, "--state", `s3://${bucket}`, "-o", "yaml"))
      .output;
    // The copy changes only the cluster's name, also in the groups' labels.
    copy = manifests
      .slice(manifests.indexOf("apiVersion:"))
      .replaceAll(`name: ${k1}`, `name: k2.${domain}`)
      .replaceAll(`kops.k8s.io/cluster: ${k1}`, `kops.k8s.io/cluster: k2.${domain}`);
  });
  after(() => whole.remove());

  /** Time and digest of every object below a prefix. */
  const objectsOf = async (Bucket: string, Prefix: string): Promise<Record<string, string>> => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
    const texts = await Promise.all(
      Contents.map(async ({ Key = "", LastModified }) => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
        const digest = createHash("sha256")
          .update((await Body?.transformToByteArray()) ?? "")
          .digest("hex");
        return [`${Bucket}/${Key}`, `${LastModified?.toISOString() ?? ""} ${digest}`] as const;
      }),
    );
    return Object.fromEntries(texts);
  };
  const ofK1 = async (): Promise<Record<string, string>> => ({
    ...(await objectsOf(bucket, `${k1}/`)),
    ...(await objectsOf(discovery, `${k1}/`)),
  });
  const lineOf = (text: string, part: string): number => text.split("\n").findIndex((line) => line.includes(part)) + 1;
  const fails = (command: "preview" | "up"): Promise<Ran> =>
    whole.localFails(
      "pulumi",
      command,
      "--stack",
      "sbx",
      "--non-interactive",
      ...(command === "preview" ? [] : ["--yes", "--skip-preview"]),
    );

  it("is refused with file, line and both names for each place; the other's objects stay byte for byte", async () => {
    const before = await ofK1();
    expect(Object.keys(before).join("\n"))
      .to.contain("pki/private/kubernetes-ca/keyset.yaml")
      .and.to.contain("openid/v1/jwks");
    await whole.write("clusters/sbx/k2.yaml", copy);
    const changes = await whole.changes();
    for (const command of ["preview", "up"] as const) {
      const { output } = await fails(command);
      expect(output).to.contain(
        `clusters/sbx/k2.yaml:${lineOf(copy, "configBase:")}: spec.configBase: s3://${bucket}/${k1} lies in the ` +
          `folder of another cluster, ${k1}`,
      );
      expect(output).to.contain(
        `clusters/sbx/k2.yaml:${lineOf(copy, "discoveryStore:")}: ` +
          `spec.serviceAccountIssuerDiscovery.discoveryStore: s3://${discovery}/${k1} lies in the folder of ` +
          "another " +
          `cluster, ${k1}`,
      );
      expect(output).to.contain(`k2.${domain}`);
    }
    expect(await ofK1()).to.deep.equal(before);
    expect(await whole.changes()).to.deep.equal(changes);
    expect(await objectsOf(bucket, `k2.${domain}/`)).to.deep.equal({});
    await whole.forget("clusters/sbx/k2.yaml");
    expect((await whole.pulumi("up", "sbx")).output).to.match(/Resources:\s+\d+ unchanged/);
    expect(await ofK1()).to.deep.equal(before);
  });

  it("is refused by the provider, too, when only the store knows the other cluster's API name", async () => {
    const old = `old.${domain}`;
    await s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: `${old}/config`,
        Body: `kind: Cluster\nspec: { masterPublicName: kube.${domain} }\n`,
      }),
    );
    await whole.write(
      "clusters/sbx/k2.yaml",
      smallCluster("k2", `${nodes}kops: { cluster: { masterPublicName: kube.${domain} } }\n`),
    );
    const { output } = await fails("preview");
    expect(output).to.contain(`cluster.masterPublicName kube.${domain} is a name of another cluster, ${old}`);
    await whole.write(
      "clusters/sbx/k2.yaml",
      smallCluster("k2", `${nodes}kops: { cluster: { masterPublicName: api.${domain} } }\n`),
    );
    expect((await whole.pulumi("preview", "sbx")).output).to.contain("plan: create");
    await whole.forget("clusters/sbx/k2.yaml");
  });

  it("is refused as a whole when kOps's plan would change what carries another cluster's name", async () => {
    const { dns } = await whole.outputs<{ dns: { zoneId: string } }>("sbx");
    const name = `ingress.old.${domain}`;
    const record = (Action: "UPSERT" | "DELETE"): Promise<unknown> =>
      route53.send(
        new ChangeResourceRecordSetsCommand({
          HostedZoneId: dns.zoneId,
          ChangeBatch: {
            Changes: [
              {
                Action,
                ResourceRecordSet: { Name: name, Type: "A", TTL: 60, ResourceRecords: [{ Value: "192.0.2.1" }] },
              },
            ],
          },
        }),
      );
    await record("UPSERT");
    await whole.write(
      "clusters/sbx/k2.yaml",
      smallCluster("k2", `${nodes}kops: { cluster: { masterPublicName: ${name} } }\n`),
    );
    for (const command of ["preview", "up"] as const)
      expect((await fails(command)).output)
        .to.contain(`DNSName/${name} belongs to cluster old.${domain}`)
        .and.to.contain("refused as a whole");
    expect(await objectsOf(bucket, `k2.${domain}/`)).to.deep.equal({});
    await whole.forget("clusters/sbx/k2.yaml");
    await record("DELETE");
  });

  it("is refused before anything is made when its name is not inside the environment's zone or dnsZone", async () => {
    const before = await whole.changes();
    await whole.write("clusters/sbx/k9.yaml", smallCluster("k9.other.example.com", nodes));
    for (const command of ["preview", "up"] as const)
      expect((await fails(command)).output).to.contain(
        `clusters/sbx/k9.yaml:1: name: k9.other.example.com is not below the zone ${domain}`,
      );
    const { dns } = await whole.outputs<{ dns: { zoneId: string } }>("sbx");
    await whole.write(
      "clusters/sbx/k9.yaml",
      smallCluster("k9.other.example.com", `${nodes}kops: { cluster: { dnsZone: ${dns.zoneId} } }\n`),
    );
    expect((await fails("preview")).output).to.contain(
      `cluster.dnsZone ${dns.zoneId} does not fit: k9.other.example.com is not below the zone ${domain}`,
    );
    await whole.forget("clusters/sbx/k9.yaml");
    expect(await whole.changes()).to.deep.equal(before);
  });

  it("cannot set a tag that kOps depends on, in any place; it is refused before anything is made", async () => {
    const before = await whole.changes();
    const own = copy
      .replaceAll(k1, `k2.${domain}`)
      .replace("  cloudLabels:\n", "  cloudLabels:\n    KubernetesCluster: other\n");
    const cases: [string, string][] = [
      [
        smallCluster("k2", `${nodes}tags: { KubernetesCluster: other }\n`),
        "clusters/sbx/k2.yaml:8: tags.KubernetesCluster: is a tag that is not for people to set",
      ],
      [
        smallCluster("k2", `${nodes}kops: { cluster: { cloudLabels: { KubernetesCluster: other } } }\n`),
        "clusters/sbx/k2.yaml:8: kops.cluster.cloudLabels.KubernetesCluster: is a tag that is not for people to set",
      ],
      [
        own,
        `clusters/sbx/k2.yaml:${lineOf(own, "KubernetesCluster: other")}: spec.cloudLabels.KubernetesCluster: is ` +
          "a tag that is not for people to set",
      ],
    ];
    for (const [text, expected] of cases) {
      await whole.write("clusters/sbx/k2.yaml", text);
      expect((await fails("preview")).output).to.contain(expected);
    }
    await whole.forget("clusters/sbx/k2.yaml");
    await whole.stack("sbx", { ...config, tags: { KubernetesCluster: "other" } });
    const refused = await fails("up");
    await whole.stack("sbx", config);
    expect(refused.output).to.contain("pilot:tags: KubernetesCluster: is a tag that is not for people to set");
    expect(await whole.changes()).to.deep.equal(before);
  });

  it("is not deleted while its manifest names another's folder; deletion archives its whole own folder", async () => {
    const old = `old.${domain}`;
    for (const key of [
      "pki/private/kubernetes-ca/keyset.yaml",
      "backups/etcd/main/2026-01-01T00:00:00Z-000001/_etcd_backup.meta",
    ])
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${old}/${key}`, Body: key }));
    for (const name of ["2026-01-01T00:00:00Z-000001", "2026-01-02T00:00:00Z-000001"]) {
      for (const part of ["etcd.backup.gz", "_etcd_backup.meta"])
        await s3.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: `${k1}/backups/etcd/main/${name}/${part}`,
            Body: `${name} ${part}`,
          }),
        );
    }
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: `${k1}/config` }));
    const manifest = (await Body?.transformToString()) ?? "";
    const base = `s3://${bucket}/${k1}`;
    expect(manifest).to.contain(`configBase: ${base}\n`);
    await s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: `${k1}/config`,
        Body: manifest.replace(`configBase: ${base}\n`, `configBase: s3://${bucket}/${old}\n`),
      }),
    );
    const [ofOld, ofOwn, changes] = [await objectsOf(bucket, `${old}/`), await ofK1(), await whole.changes()];
    await whole.forget("clusters/sbx/k1.yaml");
    const plan = await whole.localFails("node", "cli/pilot.mjs", "destroy-plan", `s3://${bucket}`, k1);
    const refused = await fails("up");
    for (const { output } of [plan, refused])
      expect(output)
        .to.contain(
          `configBase is s3://${bucket}/${old}, not in the cluster's own folder ${base}: kOps would remove ` +
            "everything in it",
        )
        .and.to.contain("nothing was deleted");
    expect(await objectsOf(bucket, `${old}/`)).to.deep.equal(ofOld);
    expect(await ofK1()).to.deep.equal(ofOwn);
    expect(await whole.changes()).to.deep.equal(changes);

    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${k1}/config`, Body: manifest }));
    const contents = (all: Record<string, string>): Record<string, string> =>
      Object.fromEntries(
        Object.entries(all).map(([key, text]) => [
          key.replace(/^.*\/objects\//, `${bucket}/`),
          text.split(" ")[1] ?? "",
        ]),
      );
    const own = contents(await objectsOf(bucket, `${k1}/`));
    await whole.pulumi("up", "sbx");
    expect(await objectsOf(bucket, `${k1}/`)).to.deep.equal({});
    const archived = contents(await objectsOf(bucket, `_pilot/${k1}/archive/`));
    for (const [key, digest] of Object.entries(own)) expect(archived[key], key).to.equal(digest);
    expect(await objectsOf(bucket, `${old}/`)).to.deep.equal(ofOld);
  });
});
