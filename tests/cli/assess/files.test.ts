import { expect } from "chai";
import yaml from "js-yaml";
import { changesBy, filesOf } from "../../../cli/assess/files.ts";
import { overlayOf } from "../../../cli/assess/overlay.ts";
import type { StoredCluster } from "../../../cli/assess/stored.ts";
import { composeCluster } from "../../../components/cluster/compose.ts";
import { clusterRequest } from "../../../components/cluster/request/request.ts";
import { deepMerge, type PlainObject } from "../../../components/config/merge.ts";
import { manifestOf } from "../../../providers/kops/model/spec.ts";
import { manifestNames, storedOf } from "./corpus.ts";

const zones = ["a", "b", "c"].map((letter, index) => ({
  zone: `eu-west-1${letter}`,
  privateSubnetId: `subnet-1${letter}`,
  privateCidr: `10.0.${index + 1}.0/24`,
  utilitySubnetId: `subnet-2${letter}`,
  utilityCidr: `10.0.${index + 100}.0/24`,
}));

/** A cluster as kOps has it in its store, that somebody made like a request, and changed a little. */
function stored(keys: PlainObject, change: PlainObject = {}): StoredCluster {
  const request = clusterRequest.parse({
    ...{ name: "k1", kopsVersion: "1.35.0", kubernetesVersion: "1.34.3", apiAccess: ["10.0.0.0/8"] },
    nodeGroups: { nodes: { machineType: "t3.large", minSize: 2, maxSize: 5, labels: { team: "shop" } } },
    ...keys,
  });
  const made = composeCluster(request, {
    network: { vpcId: "vpc-1", vpcCidr: "10.0.0.0/16", zones },
    dns: { topology: "Private", zoneName: "example.com", zoneId: "Z1" },
    store: { stateStore: "s3://acme-state", discoveryBucket: "acme-oidc" },
  });
  const spec = deepMerge(made.cluster, change);
  const groups = Object.fromEntries(
    Object.entries(made.instanceGroups).map(([name, group]) => [
      name,
      { ...group, role: group["role"] === "ControlPlane" ? "Master" : group["role"] },
    ]),
  );
  const { name, sshPublicKeys } = made;
  const text = manifestOf({ name, kopsVersion: "", cluster: spec, instanceGroups: groups });
  return {
    ...{ name, spec, groups, sshPublicKeys, additionalObjects: [], kopsVersion: "1.35.0", owner: undefined },
    texts: text.split("---\n"),
  };
}

describe("the files of an assessment", () => {
  it("are a request where the cluster fits one, with what it has otherwise under `kops`", () => {
    const whole = filesOf(stored({ addons: { metricsServer: true } }));
    expect(whole).to.include({ form: "request", why: undefined });
    const request = yaml.load(whole.files["k1.example.com.yaml"] ?? "") as PlainObject;
    expect(request).to.include({ name: "k1.example.com", adopt: true, topology: "private", networking: "cilium" });
    expect(request["kops"]).to.equal(undefined);
    const other = filesOf(stored({}, { rollingUpdate: { maxSurge: 2 }, kubelet: { maxPods: 60 } }));
    expect(other.form).to.equal("request");
    expect(yaml.load(other.files["k1.example.com.yaml"] ?? "")).to.have.deep.property("kops", {
      cluster: { rollingUpdate: { maxSurge: 2 }, kubelet: { maxPods: 60 } },
    });
  });

  for (const [why, change] of [
    ["kOps tags its subnets", { DisableSubnetTags: null }],
    [
      "kOps made its network",
      {
        networkID: null,
        subnets: zones.map(({ zone, privateCidr }) => ({ name: zone, zone, type: "Private", cidr: privateCidr })),
      },
    ],
    ["its OIDC documents are not where", { serviceAccountIssuerDiscovery: { discoveryStore: "s3://acme-oidc/all" } }],
    [
      "values of kOps beside its own keys",
      { kubeAPIServer: Object.fromEntries([...Array(20).keys()].map((n) => [`flag${n}`, n])) },
    ],
  ] as const)
    it(`are its own manifest where ${why}`, () => {
      const cluster = stored({}, change);
      const { form, why: reason, files, changes } = filesOf(cluster);
      expect(form).to.equal("manifest");
      expect(reason).to.contain(why);
      expect(changes).to.deep.equal([]);
      expect(Object.keys(files)).to.deep.equal(["k1.example.com.yaml", "kops/k1.example.com.yaml"]);
      expect(yaml.load(files["k1.example.com.yaml"] ?? "")).to.include({ adopt: true, kopsVersion: "1.35.0" });
    });

  it("keep an environment from filling in its hosted zone", () => {
    const { form, files, changes } = filesOf(stored({}, { dnsZone: null, DisableSubnetTags: null }));
    expect([form, changes]).to.deep.equal(["manifest", []]);
    expect(yaml.load(files["k1.example.com.yaml"] ?? "")).to.have.deep.property("kops", { cluster: { dnsZone: null } });
  });

  it("name the field that adopting would change, and never its value", () => {
    const cluster = stored({});
    const files = filesOf(cluster).files;
    const live = {
      ...cluster,
      spec: deepMerge(cluster.spec, { kubernetesVersion: "1.33.9", cloudLabels: { a: "b" } }),
    };
    expect(changesBy(files, live)).to.deep.equal(["cluster.cloudLabels", "cluster.kubernetesVersion"]);
  });

  it("are not written where the manifest holds a secret, which is named by its field alone", () => {
    const secret = "0123456789abcdef-never-shown";
    for (const change of [
      { gossipConfig: { secret } },
      { fileAssets: [{ name: "a", content: `-----BEGIN RSA PRIVATE KEY-----\n${secret}` }] },
      { egressProxy: { httpProxy: { host: `http://user:${secret}@proxy` } } },
    ]) {
      const written = filesOf(stored({}, change));
      expect(written).to.deep.include({ form: "none", files: {} });
      expect(written.why).to.match(/gossipConfig\.secret|fileAssets\[0\]\.content|httpProxy\.host/);
      expect(JSON.stringify(written)).to.not.contain(secret);
    }
  });

  it("change nothing in any of kOps's own manifests that a store can hold", async () => {
    for (const slug of await manifestNames()) {
      const { form, changes } = filesOf(await storedOf(slug));
      // These two are completed by an environment before they are in a store.
      if (["gossip-by-file", "split-manifest"].includes(slug)) continue;
      if (slug === "unused-fields") expect(form).to.equal("none");
      else expect([form, changes], slug).to.deep.equal([form, form === "manifest" ? [] : changes]);
    }
  });
});

describe("an overlay", () => {
  for (const [title, base, wanted, over] of [
    ["is nothing between equals", { a: { b: 1 } }, { a: { b: 1 } }, undefined],
    ["removes by null", { a: 1, b: 2 }, { a: 1 }, { b: null }],
    [
      "tells an empty mapping from none",
      { n: { calico: {} } },
      { n: { kindnet: {} } },
      { n: { calico: null, kindnet: {} } },
    ],
    ["replaces lists", { a: [1] }, { a: [1, 2] }, { a: [1, 2] }],
    [
      "takes the old name of the control plane for the new one",
      { role: "ControlPlane" },
      { role: "Master" },
      undefined,
    ],
  ] as const)
    it(title, () => {
      expect(overlayOf(base, wanted)).to.deep.equal(over);
      if (over !== undefined) expect(overlayOf(deepMerge(base, over), wanted)).to.equal(undefined);
    });
});
