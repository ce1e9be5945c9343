import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import yaml from "js-yaml";
import { KubernetesCluster, composeCluster } from "../../../../components/cluster/index.ts";
import { apiNameOf, issuerOf } from "../../../../components/cluster/spec/addresses.ts";
import { accountId, ofType, record, valueOf } from "../../mocks.ts";
import { served, surroundings } from "../golden-cases.ts";
import { dryRun, manifestFolder, name } from "./manifests.ts";

const specOf = (text: string): Record<string, unknown> =>
  (yaml.loadAll(text)[0] as { spec: Record<string, unknown> }).spec;

/** The same with its own network ids and store, as `kops get -o yaml` prints an existing cluster. */
const living = dryRun
  .replace("memfs://state/", "s3://older-state/clusters/")
  .replace(
    "  networkCIDR: 172.20.0.0/16\n",
    "  networkCIDR: 172.20.0.0/16\n  networkID: vpc-older\n  dnsZone: pilot.internal\n",
  )
  .replaceAll(/( {4}name: (utility-)?ap-southeast-2a\n {4}type)/g, "    id: subnet-older\n$1");

describe("a kOps manifest instead of a request", () => {
  const { requestOf } = manifestFolder();

  it("is recognized by its apiVersion, and goes to kOps with only environment values filled in", () => {
    const composed = composeCluster(requestOf({ "k1.yaml": dryRun }), surroundings);
    const { cluster, instanceGroups } = composed;
    const before = specOf(dryRun);
    const [zone] = surroundings.network.zones;
    const [privateSubnet, utilitySubnet] = before["subnets"] as object[];
    expect(cluster).to.deep.equal({
      ...before,
      configBase: `s3://pilot-sbx-state/${name}`,
      networkID: surroundings.network.vpcId,
      networkCIDR: "10.20.0.0/16",
      dnsZone: surroundings.dns.zoneId,
      subnets: [
        { ...privateSubnet, id: zone?.privateSubnetId, cidr: zone?.privateCidr },
        { ...utilitySubnet, id: zone?.utilitySubnetId, cidr: zone?.utilityCidr },
      ],
      DisableSubnetTags: true,
    });
    expect(composed.stateStore).to.equal("s3://pilot-sbx-state");
    const groups = (yaml.loadAll(dryRun) as { metadata: { name: string }; spec: object }[]).slice(1);
    expect(instanceGroups).to.deep.equal(Object.fromEntries(groups.map((group) => [group.metadata.name, group.spec])));
  });

  it("gets the issuer of documents that AWS reads elsewhere, if it publishes its own in the environment's bucket", () => {
    const issuerIn = (store: string, more = ""): unknown => {
      const text = dryRun
        .replace(/ {2}serviceAccountIssuerDiscovery:\n(?: {4}.*\n)+/, "")
        .replace(
          "  networkCIDR",
          `  serviceAccountIssuerDiscovery: { discoveryStore: ${store} }\n${more}  networkCIDR`,
        );
      const { cluster } = composeCluster(requestOf({ "k1.yaml": text }), served);
      return (cluster["kubeAPIServer"] as Record<string, unknown> | undefined)?.["serviceAccountIssuer"];
    };
    const own = `s3://pilot-sbx-oidc/${name}`;
    expect(issuerIn(own)).to.equal(`https://d111111abcdef8.cloudfront.net/${name}`);
    expect(issuerIn(`${own}/elsewhere`)).to.equal(undefined);
    expect(issuerIn(`s3://other/${name}`)).to.equal(undefined);
    const given = "  kubeAPIServer: { serviceAccountIssuer: https://id.example.com }\n";
    expect(issuerIn(own, given)).to.equal("https://id.example.com");
  });

  it("gains the further ranges of its subnets beside the ones it names", () => {
    const inside = {
      ...surroundings,
      network: {
        ...surroundings.network,
        secondaryCidrs: ["10.21.0.0/16", "10.22.0.0/16"],
        zones: surroundings.network.zones.map((zone) => ({ ...zone, privateCidr: "10.22.64.0/18" })),
      },
    };
    const ranges = (text: string) =>
      composeCluster(requestOf({ "k1.yaml": text }), inside).cluster["additionalNetworkCIDRs"];
    const naming = (cidr: string) =>
      dryRun.replace("  networkCIDR", `  additionalNetworkCIDRs:\n  - ${cidr}\n  networkCIDR`);
    expect(ranges(dryRun)).to.deep.equal(["10.22.0.0/16"]);
    expect(ranges(naming("10.22.0.0/16"))).to.deep.equal(["10.22.0.0/16"]);
    expect(ranges(naming("10.99.0.0/16"))).to.deep.equal(["10.99.0.0/16", "10.22.0.0/16"]);
    expect(ranges(living)).to.equal(specOf(living)["additionalNetworkCIDRs"]);
  });

  it("stays unchanged for an existing cluster with its own network and store", () => {
    const composed = composeCluster(requestOf({ "k1.yaml": living }), surroundings);
    expect(composed.cluster).to.deep.equal(specOf(living));
    expect(composed.stateStore).to.equal("s3://older-state/clusters");
    expect(composed.subnets).to.deep.equal([]);
  });

  it("has the same Pulumi name as a request for that cluster", () => {
    expect(requestOf({ "other.yaml": dryRun }).name).to.equal("k1");
    expect(requestOf({ "other.yaml": dryRun.replaceAll(name, "k1.example.com") }, { records: false }).name).to.equal(
      "k1.example.com",
    );
    expect(
      composeCluster(requestOf({ "other.yaml": dryRun.replaceAll(name, "a.b.sbx.pilot.internal") }), surroundings).name,
    ).to.equal("a.b.sbx.pilot.internal");
  });

  it("is not a cluster of its own if a file names it and says how to operate it", () => {
    const beside =
      "manifest: k1-manifest.yaml\nkopsVersion: 1.35.0\nadopt: true\nsecrets:\n  encryptionConfig: etcd\nkops:\n  " +
      "instanceGroups:\n    nodes-ap-southeast-2a:\n      maxSize: 5\n";
    const request = requestOf({ "k1.yaml": beside, "k1-manifest.yaml": dryRun }, { defaults: {} });
    expect(request).to.include({ name: "k1", kopsVersion: "1.35.0", adopt: true });
    const { cluster, instanceGroups } = composeCluster(request, surroundings);
    expect(cluster["encryptionConfig"]).to.equal(true);
    expect(instanceGroups["nodes-ap-southeast-2a"]).to.include({ maxSize: 5, minSize: 2 });
  });

  it("may lie in a subfolder", () => {
    expect(
      requestOf({ "k1.yaml": "manifest: kops/k1.yaml\nkopsVersion: 1.35.0\n", "kops/k1.yaml": dryRun }).name,
    ).to.equal("k1");
  });

  it("uses the stack's defaults and overrides only for how to operate the cluster", () => {
    const request = requestOf(
      { "k1.yaml": dryRun },
      {
        defaults: {
          kopsVersion: "1.35.0",
          deletionProtection: true,
          image: "ami-0a",
          kops: { cluster: { channel: "alpha" } },
        },
        overrides: {
          validation: { count: 3 },
          controlPlane: { count: 1 },
          kops: { cluster: { certManager: { enabled: true } } },
        },
      },
    );
    expect(request).to.deep.include({ deletionProtection: true, validation: { count: 3 } });
    expect(composeCluster(request, surroundings).cluster).to.deep.include({
      channel: "stable",
      certManager: { enabled: true },
    });
  });

  it("includes its SSH key", () => {
    const withKey =
      `${dryRun}---\napiVersion: kops.k8s.io/v1alpha2\nkind: SSHCredential\nmetadata:\n  name: admin\n  ` +
      `labels:\n    kops.k8s.io/cluster: ${name}\nspec:\n  publicKey: ssh-ed25519 AAAA team\n`;
    expect(composeCluster(requestOf({ "k1.yaml": withKey }), surroundings).sshPublicKeys).to.deep.equal([
      "ssh-ed25519 AAAA team",
    ]);
  });

  it("creates a kOps cluster with its own names and kubeconfig, and tags the subnets filled in", async () => {
    const request = requestOf({
      "k1.yaml": dryRun.replace("  networkCIDR", "  masterPublicName: kube.sbx.pilot.internal\n  networkCIDR"),
    });
    const { result, resources } = await record(
      () =>
        new KubernetesCluster("k1", {
          request,
          region: "ap-southeast-2",
          accountId,
          network: { ...surroundings.network, vpcId: pulumi.output(surroundings.network.vpcId) },
          dns: { topology: "Private", zoneName: "sbx.pilot.internal", zoneId: pulumi.output("Z1") },
          store: surroundings.store,
        }),
    );
    const tags = ofType(resources, "aws:ec2/tag:Tag");
    expect(Object.keys(tags)).to.have.members([
      `k1-private-ap-southeast-2a/kubernetes.io/cluster/${name}`,
      `k1-utility-ap-southeast-2a/kubernetes.io/cluster/${name}`,
    ]);
    const kops = ofType(resources, "pulumi-nodejs:dynamic/kops:Cluster")["k1"];
    expect(kops?.inputs).to.include({ name, stateStore: "s3://pilot-sbx-state", kopsVersion: "1.35.0" });
    expect(await valueOf(result.outputs.endpoint)).to.equal("https://kube.sbx.pilot.internal");
    expect(result.outputs).not.to.have.property("oidc");
  });
});

describe("the addresses of a ClusterSpec", () => {
  it("include the API's name, unless none is published", () => {
    expect(apiNameOf(name, { topology: { dns: { type: "Public" } } })).to.equal(`api.${name}`);
    expect(apiNameOf(name, { masterPublicName: "kube.example.com" })).to.equal("kube.example.com");
    expect(apiNameOf(name, { topology: { dns: { type: "None" } } })).to.equal(undefined);
  });

  it("include the issuer in S3, or the one that the API server is given, with what must be served there", () => {
    const published = { serviceAccountIssuerDiscovery: { discoveryStore: "s3://oidc/clusters/k1" } };
    const of = (spec: Record<string, unknown>) => issuerOf(spec, "ap-southeast-2");
    expect(of(published)).to.deep.equal({
      address: "https://oidc.s3.ap-southeast-2.amazonaws.com/clusters/k1",
    });
    expect(of({ ...published, kubeAPIServer: { serviceAccountIssuer: "https://id.example.com" } })).to.deep.equal({
      address: "https://id.example.com",
      documents: [
        {
          url: "https://id.example.com/.well-known/openid-configuration",
          source: "s3://oidc/clusters/k1/.well-known/openid-configuration",
        },
        { url: "https://id.example.com/openid/v1/jwks", source: "s3://oidc/clusters/k1/openid/v1/jwks" },
      ],
    });
    expect(of({})).to.equal(undefined);
    for (const root of ["s3://oidc", "s3://oidc/"]) {
      expect(of({ serviceAccountIssuerDiscovery: { discoveryStore: root } })?.address).to.equal(
        "https://oidc.s3.ap-southeast-2.amazonaws.com",
      );
    }
    expect(of({ ...published, nonMasqueradeCIDR: "::/0" })?.address).to.equal(
      "https://oidc.s3.dualstack.ap-southeast-2.amazonaws.com/clusters/k1",
    );
  });

  it("include no name for a gossip cluster, which is reachable only through its load balancer", () => {
    expect(apiNameOf("k1.k8s.local", { topology: { dns: { type: "Private" } } })).to.equal(undefined);
    expect(apiNameOf("k1.k8s.local", { masterPublicName: "api.k1.k8s.local" })).to.equal(undefined);
  });
});
