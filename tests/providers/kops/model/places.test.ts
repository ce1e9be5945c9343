import { expect } from "chai";
import yaml from "js-yaml";
import { findForeignPlaces } from "../../../../providers/kops/rules/lookups/foreign-places.ts";
import { refusalsOf } from "../../../../providers/kops/rules/refusals.ts";
import { unknownValue } from "../../../../providers/kops/model/unknown.ts";
import { memoryStore } from "../memory-store.ts";
import { sampleInputs } from "../samples.ts";

type Fields = Record<string, unknown>;

const own = "k1.sbx.example.com";
const other = "k2.sbx.example.com";
const given = (cluster: Fields, changes: Fields = {}): Fields => ({
  ...sampleInputs(),
  ...changes,
  cluster: { ...sampleInputs().cluster, ...cluster },
});
const said = (desired: Fields, old?: Fields): string[] =>
  refusalsOf(old, desired).map(({ property, reason }) => `${property} ${reason}`);

describe("places and names of a cluster", () => {
  const others: [string, Fields, string][] = [
    [
      "the base of another cluster",
      { configBase: `s3://state/${other}` },
      `cluster.configBase s3://state/${other} lies in the folder of another cluster, ${other}: `,
    ],
    [
      "keys inside another's folder",
      { keyStore: `s3://state/kops/${other}/pki` },
      `cluster.keyStore s3://state/kops/${other}/pki lies in the folder of another cluster, ${other}`,
    ],
    ["secrets inside another's folder", { secretStore: `s3://state/${other}/secrets` }, "cluster.secretStore "],
    ["the unused configStore of another", { configStore: `s3://state/${other}` }, "cluster.configStore "],
    [
      "a configStore of v1alpha3",
      { configStore: { keypairs: `s3://state/${other}/pki` } },
      "cluster.configStore.keypairs ",
    ],
    [
      "another's discovery documents",
      { serviceAccountIssuerDiscovery: { discoveryStore: `s3://oidc/${other}` } },
      "cluster.serviceAccountIssuerDiscovery.discoveryStore ",
    ],
    [
      "another's issuer",
      { kubeAPIServer: { serviceAccountIssuer: `https://oidc.s3.eu-west-1.amazonaws.com/${other}` } },
      "cluster.kubeAPIServer.serviceAccountIssuer ",
    ],
    [
      "another's etcd backups",
      {
        etcdClusters: [
          { name: "main" },
          { name: "events", backups: { backupStore: `s3://state/${other}/backups/etcd/events` } },
        ],
      },
      "cluster.etcdClusters[1].backups.backupStore ",
    ],
    [
      "the root of a bucket for its files",
      { configBase: "s3://state" },
      "cluster.configBase s3://state is the root of a bucket: a deletion of " +
        "k1.sbx.example.com would delete everything in it; leave it out, or write a folder of its own, such as " +
        "s3://state/k1.sbx.example.com",
    ],
    [
      "the root of a bucket, with slashes",
      { keyStore: "s3://keys//" },
      "cluster.keyStore s3://keys// is the root of a bucket",
    ],
    [
      "the root of a bucket for backups",
      { etcdClusters: [{ backups: { backupStore: "s3://backups/" } }] },
      "cluster.etcdClusters[0].backups.backupStore s3://backups/ is the root",
    ],
    [
      "backups in a folder without a cluster's name",
      { etcdClusters: [{ backups: { backupStore: "s3://backups/main" } }] },
      "cluster.etcdClusters[0].backups.backupStore s3://backups/main does not carry the cluster's name, so " +
        "another cluster may use it too; leave it out, or write a folder of its own, such as " +
        "s3://backups/k1.sbx.example.com",
    ],
    [
      "keys in its own folder outside of the store",
      { keyStore: `s3://keys/${own}` },
      `cluster.keyStore s3://keys/${own} is not in the cluster's own folder s3://state-of-sbx/${own}: the ` +
        "archive would have no copy of it",
    ],
    [
      "a base outside of its own folder",
      { configBase: "s3://state-of-sbx/shared" },
      "cluster.configBase s3://state-of-sbx/shared is not in the cluster's own folder " +
        "s3://state-of-sbx/k1.sbx.example.com: the archive would have no copy of it, so a deletion would be " +
        "refused; leave it out (guide: https://kops.sigs.k8s.io/state/); to do it anyway, or to put back " +
        'what was changed outside of this program, set allow: ["configBase"]',
    ],
  ];
  for (const [what, cluster, expected] of others) {
    it(`are refused for a new cluster with ${what}`, () => {
      const all = said(given(cluster));
      expect(all).to.have.length(1);
      expect(all[0]?.startsWith(expected), all[0]).to.equal(true);
    });
  }

  const fine: [string, Fields, Fields?][] = [
    ["its own folder in the store", { configBase: `s3://state-of-sbx/${own}` }],
    [
      "its own folder in a store that is a folder",
      { configBase: `s3://state/kops/${own}/`, keyStore: `s3://state/kops/${own}/pki` },
      { stateStore: "s3://state/kops/" },
    ],
    [
      "its own folder below one with a dot in its name",
      { configBase: `s3://state/team.a/${own}` },
      { stateStore: "s3://state/team.a" },
    ],
    ["a place while its store is not known", { configBase: `s3://state/${own}` }, { stateStore: unknownValue }],
    [
      "a folder with a dot inside its own",
      { etcdClusters: [{ backups: { backupStore: `s3://state/${own}/etcd-v3.5/main` } }] },
    ],
    [
      "discovery at the root of a bucket",
      { serviceAccountIssuerDiscovery: { discoveryStore: "s3://publicly-readable-store" } },
    ],
    ["discovery in a folder", { serviceAccountIssuerDiscovery: { discoveryStore: "s3://oidc/clusters/k1" } }],
    ["an issuer of its own", { kubeAPIServer: { serviceAccountIssuer: "https://id.example.com" } }],
    [
      "issuers that others have issued",
      { serviceAccountIssuerDiscovery: { additionalIssuers: [`https://oidc/${other}`] } },
    ],
    ["values that are not known yet", { configBase: unknownValue, keyStore: unknownValue }],
    ["an unusual folder of an adopted cluster", { configBase: "s3://state/shared" }, { adopt: true }],
  ];
  for (const [what, cluster, changes] of fine) {
    it(`are accepted: ${what}`, () => {
      expect(said(given(cluster, changes))).to.deep.equal([]);
    });
  }

  it("that a cluster already has block no other change", () => {
    const odd = { configBase: "s3://state", keyStore: `s3://state/${other}/pki` };
    expect(said(given({ ...odd, kubernetesVersion: "1.34.4" }), given(odd))).to.deep.equal([]);
  });
});

describe("names outside of the hosted zone", () => {
  const zone = (dnsZone: string, cluster: Fields = {}, changes: Fields = {}) =>
    said(given({ dnsZone, ...cluster }, changes));
  it("are refused when the zone is given by name", () => {
    expect(zone("sbx.example.com")).to.deep.equal([]);
    expect(zone("example.com.")).to.deep.equal([]);
    expect(zone("prod.example.com")).to.deep.equal([
      `name ${own} is not below the zone prod.example.com: its records cannot be written there`,
    ]);
    expect(
      zone("sbx.example.com", {
        masterPublicName: "kube.example.com",
        topology: { bastion: { bastionPublicName: "b.example.com" } },
      }),
    ).to.deep.equal([
      "cluster.masterPublicName kube.example.com is not below the zone sbx.example.com: its records cannot be " +
        "written there",
      "cluster.topology.bastion.bastionPublicName b.example.com is not below the zone sbx.example.com: its " +
        "records cannot be written there",
    ]);
    expect(zone("x.example.com", {}, { name: "notx.example.com" })).to.have.length(1);
  });
  it("are accepted without DNS, with gossip, and of a cluster that already has them", () => {
    expect(zone("prod.example.com", { topology: { dns: { type: "None" } } })).to.deep.equal([]);
    expect(zone("prod.example.com", {}, { name: "k1.k8s.local" })).to.deep.equal([]);
    expect(
      said(
        given({ dnsZone: "prod.example.com", masterPublicName: "a.b" }),
        given({ dnsZone: "prod.example.com", masterPublicName: "a.b" }),
      ),
    ).to.deep.equal([]);
  });
});

describe("the lookup of other clusters at a cluster's places", () => {
  const cluster = (spec: Fields): string => yaml.dump({ kind: "Cluster", spec });
  interface Lying {
    stateStore?: string;
    isNew?: boolean;
    objects?: Record<string, string>;
  }
  async function look(spec: Fields, { stateStore = "s3://memory", isNew = true, objects = {} }: Lying = {}) {
    const asked: string[] = [];
    const open = (url: string) => {
      asked.push(url);
      const store = memoryStore();
      for (const [key, body] of Object.entries(objects))
        if (key.startsWith(`${url}/`)) store.objects.set(key.slice(url.length + 1), body);
      return store;
    };
    const { failures, notChecked } = await findForeignPlaces({ name: own, stateStore, cluster: spec }, isNew, open);
    expect(notChecked).to.deep.equal([]);
    return { asked, found: failures.map(({ property, reason }) => `${property} ${reason}`) };
  }
  const there = {
    [`s3://memory/${other}/config`]: cluster({
      masterPublicName: "kube.sbx.example.com",
      serviceAccountIssuerDiscovery: { discoveryStore: "s3://oidc/prod" },
    }),
  };

  it("asks S3 nothing if all places and names are the cluster's own", async () => {
    const { asked, found } = await look(
      {
        configBase: `s3://memory/${own}`,
        keyStore: `s3://keys/${own}`,
        masterPublicName: `api.${own}`,
        serviceAccountIssuerDiscovery: { discoveryStore: `s3://oidc/${own}` },
      },
      { objects: there },
    );
    expect({ asked, found }).to.deep.equal({ asked: [], found: [] });
  });

  const cases: [string, Fields, Lying, string[]][] = [
    [
      "a folder inside that of a living cluster",
      { configBase: `s3://memory/${other}/${own}` },
      { objects: there },
      [`cluster.configBase s3://memory/${other}/${own} lies in the folder of another cluster, ${other}`],
    ],
    [
      "a store inside the folder of a living cluster",
      {},
      { stateStore: `s3://memory/${other}`, objects: there },
      [`stateStore s3://memory/${other}/${own} lies in the folder`],
    ],
    [
      "a folder that encloses another cluster",
      { configBase: "s3://memory/kops" },
      { objects: { [`s3://memory/kops/${other}/config`]: "" } },
      [`cluster.configBase s3://memory/kops lies in the folder of another cluster, ${other}`],
    ],
    [
      "the same, even if the cluster had it before",
      { configBase: "s3://memory/kops" },
      { isNew: false, objects: { [`s3://memory/kops/${other}/config`]: "" } },
      [`cluster.configBase s3://memory/kops lies in the folder of another cluster, ${other}`],
    ],
    [
      "the API name of another cluster",
      { masterPublicName: `api.${other}` },
      { objects: there },
      [`cluster.masterPublicName api.${other} is a name of another cluster, ${other}`],
    ],
    [
      "the name that another cluster gives its API",
      { masterPublicName: "kube.sbx.example.com" },
      { objects: there },
      [`cluster.masterPublicName kube.sbx.example.com is a name of another cluster, ${other}`],
    ],
    [
      "another's discovery documents",
      { serviceAccountIssuerDiscovery: { discoveryStore: "s3://oidc/prod" } },
      { objects: there },
      ["cluster.serviceAccountIssuerDiscovery.discoveryStore s3://oidc/prod is also a place of another cluster"],
    ],
    [
      "documents of an unknown owner",
      { serviceAccountIssuerDiscovery: { discoveryStore: "s3://oidc" } },
      { objects: { "s3://oidc/.well-known/openid-configuration": "{}" } },
      [
        "cluster.serviceAccountIssuerDiscovery.discoveryStore s3://oidc holds the discovery documents of another " +
          "cluster",
      ],
    ],
    [
      "documents that the cluster wrote itself",
      { serviceAccountIssuerDiscovery: { discoveryStore: "s3://oidc" } },
      { objects: { "s3://oidc/.well-known/openid-configuration": "{}", [`s3://memory/${own}/config`]: "" } },
      [],
    ],
    [
      "a folder with a dot that belongs to no cluster",
      { configBase: `s3://memory/team.a/${own}` },
      { objects: there },
      [],
    ],
    ["a name of its own in the zone", { masterPublicName: "api.sbx.example.com" }, { objects: there }, []],
  ];
  for (const [what, spec, more, expected] of cases) {
    it(`finds the owner of ${what}`, async () => {
      const { found } = await look(spec, more);
      expect(
        found.map((text, index) =>
          expected[index] !== undefined && text.startsWith(expected[index]) ? expected[index] : text,
        ),
      ).to.deep.equal(expected);
    });
  }

  it("fails nothing when S3 does not answer, and says so", async () => {
    const refuses = () => Promise.reject(new Error("Access Denied"));
    const { failures, notChecked } = await findForeignPlaces(
      { name: own, stateStore: "s3://memory", cluster: { masterPublicName: "kube.example.com" } },
      true,
      () => ({ ...memoryStore(), list: refuses, folders: refuses }),
    );
    expect({ failures, notChecked }).to.deep.equal({
      failures: [],
      notChecked: ["what other clusters of the store call their own (Access Denied)"],
    });
  });
});
