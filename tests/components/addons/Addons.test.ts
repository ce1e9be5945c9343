import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { Addons, platform, type AddonsArgs } from "../../../components/addons/index.ts";
import { ofType, record, type Recording, type Registered } from "../mocks.ts";
import { aPlatform, shopRole, someTenants } from "./requests.ts";

const cluster = { name: "k1.sbx.pilot.internal", kubeconfig: "apiVersion: v1" };

class Made extends pulumi.CustomResource {
  constructor() {
    super("pulumi-nodejs:dynamic/kops:Cluster", "k1", { name: cluster.name });
  }
}

const make = (args: Partial<AddonsArgs> = {}): Promise<Recording<Addons>> =>
  record(
    () =>
      new Addons("k1", {
        cluster: { ...cluster, resource: new Made() },
        platform: aPlatform,
        tenants: someTenants,
        ...args,
      }),
  );

const objects = (resources: readonly Registered[]): Registered[] =>
  resources.filter(({ type }) => type.startsWith("kubernetes:"));
const names = (resources: readonly Registered[]): string[] =>
  objects(resources)
    .map(({ type, name }) => `${type.split(":").at(-1) ?? ""} ${name}`)
    .sort();
const one = (resources: readonly Registered[], name: string): Registered => {
  const found = objects(resources).find((resource) => resource.name === name);
  if (!found) throw new Error(`there is no ${name} among ${names(resources).join(", ")}`);
  return found;
};

describe("Addons", () => {
  it("creates exactly these child objects, with its own provider, deleted with the cluster", async () => {
    const { resources } = await make();
    expect(names(resources)).to.deep.equal([
      "LimitRange k1-billing-defaults",
      "LimitRange k1-shop-defaults",
      "LimitRange k1-shop-jobs-defaults",
      "Namespace k1-billing",
      "Namespace k1-shop",
      "Namespace k1-shop-jobs",
      "NetworkPolicy k1-billing-isolation",
      "NetworkPolicy k1-shop-isolation",
      "PriorityClass k1-urgent",
      "ResourceQuota k1-billing-quota",
      "ResourceQuota k1-shop-quota",
      "RoleBinding k1-billing-admin",
      "RoleBinding k1-shop-edit",
      "RoleBinding k1-shop-jobs-edit",
      "RoleBinding k1-shop-jobs-view",
      "RoleBinding k1-shop-view",
      "StorageClass k1-gp3-encrypted",
    ]);
    for (const { parent, provider, deletedWith, name } of objects(resources)) {
      expect([parent, provider, deletedWith], name).to.deep.equal([
        "pilot:addons:Addons::k1",
        "k1",
        "pulumi-nodejs:dynamic/kops:Cluster::k1",
      ]);
    }
  });

  it("identifies the cluster by name, so a new kubeconfig replaces nothing, and adopts what exists", async () => {
    const { resources } = await make();
    const provider = ofType(resources, "pulumi:providers:kubernetes")["k1"];
    expect(provider?.inputs).to.deep.equal({
      kubeconfig: cluster.kubeconfig,
      clusterIdentifier: cluster.name,
      enableServerSideApply: "true",
    });
  });

  it("owns what is configured: its objects are applied by force after another field manager set a field", async () => {
    const { resources } = await make({ cluster: { ...cluster, iamLogin: true } });
    const all = objects(resources);
    expect(names(resources).filter((name) => name.startsWith("IAMIdentityMapping"))).not.to.deep.equal([]);
    for (const { inputs, name } of all) {
      const { annotations } = inputs["metadata"] as { annotations?: Record<string, string> };
      expect(annotations, name).to.include({ "pulumi.com/patchForce": "true" });
    }
  });

  it("deletes objects one by one in a stack of their own", async () => {
    const { resources } = await make({ cluster });
    expect(objects(resources).map(({ deletedWith }) => deletedWith)).to.deep.equal(objects(resources).map(() => ""));
  });

  it("gives each namespace its team, security standard, quota and defaults, after creating it", async () => {
    const { resources } = await make();
    expect(one(resources, "k1-shop-jobs").inputs["metadata"]).to.deep.equal({
      name: "shop-jobs",
      annotations: { "pulumi.com/patchForce": "true" },
      labels: {
        cost: "shop",
        "pilot/tenant": "shop",
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/warn": "restricted",
      },
    });
    const quota = one(resources, "k1-shop-quota");
    expect(quota.inputs).to.deep.include({
      metadata: { name: "pilot", namespace: "shop", annotations: { "pulumi.com/patchForce": "true" } },
      spec: { hard: { "requests.cpu": "20", "requests.memory": "64Gi", pods: "100" } },
    });
    expect(quota.dependencies).to.deep.equal(["kubernetes:core/v1:Namespace::k1-shop"]);
    expect(one(resources, "k1-shop-defaults").inputs["spec"]).to.deep.equal({
      limits: [{ type: "Container", default: { memory: "256Mi" }, defaultRequest: { cpu: "50m", memory: "64Mi" } }],
    });
  });

  it("blocks all traffic of an isolated namespace except DNS queries", async () => {
    const { spec } = one((await make()).resources, "k1-shop-isolation").inputs as {
      spec: { podSelector: object; policyTypes: string[]; ingress?: unknown; egress: { ports: { port: number }[] }[] };
    };
    expect(spec.podSelector).to.deep.equal({});
    expect(spec.policyTypes).to.deep.equal(["Ingress", "Egress"]);
    expect(spec.ingress).to.equal(undefined);
    expect(spec.egress.flatMap(({ ports }) => ports.map(({ port }) => port))).to.deep.equal([53, 53]);
    expect(JSON.stringify(spec.egress))
      .to.contain("kube-dns")
      .and.to.contain("kube-system")
      .and.not.to.contain("0.0.0.0/0");
  });

  it("allows DNS at the address of the node's cache, another one in an IPv6 cluster", async () => {
    const blocks = async (more: object): Promise<string[]> => {
      const { resources } = await make({ cluster: { ...cluster, ...more } });
      const { spec } = one(resources, "k1-shop-isolation").inputs as {
        spec: { egress: { to: { ipBlock?: { cidr: string } }[] }[] };
      };
      return spec.egress.flatMap(({ to }) => to.flatMap(({ ipBlock }) => ipBlock?.cidr ?? []));
    };
    expect(await blocks({})).to.deep.equal(["169.254.20.10/32"]);
    expect(await blocks({ ipv6: true })).to.deep.equal(["fd00:90de:d95::1/128"]);
  });

  it("binds groups to Kubernetes's roles in the team's namespaces only, IAM roles by an extra group", async () => {
    const { resources } = await make();
    const { inputs } = one(resources, "k1-shop-edit");
    expect(inputs["roleRef"]).to.deep.equal({
      apiGroup: "rbac.authorization.k8s.io",
      kind: "ClusterRole",
      name: "edit",
    });
    expect(inputs["subjects"]).to.deep.equal(
      ["oidc:shop-developers", "pilot:shop:edit"].map((name) => ({
        apiGroup: "rbac.authorization.k8s.io",
        kind: "Group",
        name,
      })),
    );
    expect(names(resources).filter((name) => name.startsWith("ClusterRoleBinding"))).to.deep.equal([]);
  });

  it("maps each IAM role once, with all its groups, when people log in with IAM", async () => {
    const { resources } = await make({ cluster: { ...cluster, iamLogin: true } });
    const mappings = objects(resources).filter(({ type }) => type.endsWith(":IAMIdentityMapping"));
    expect(mappings.map(({ inputs }) => inputs["spec"])).to.deep.equal([
      { arn: shopRole, username: "shop-deployer:{{SessionName}}", groups: ["pilot:shop:edit", "pilot:billing:admin"] },
    ]);
  });

  it("makes encrypted gp3 volumes the default, and replaces objects that the API does not let change", async () => {
    const { resources } = await make({
      platform: platform.parse({
        storageClass: { kmsKeyId: "alias/ebs", throughput: 250 },
        priorityClasses: { urgent: { value: 1, description: "d", preempts: false } },
      }),
    });
    const { inputs, replaceOnChanges, deleteBeforeReplace } = one(resources, "k1-gp3-encrypted");
    expect(inputs).to.deep.include({
      provisioner: "ebs.csi.aws.com",
      parameters: { type: "gp3", encrypted: "true", kmsKeyId: "alias/ebs", throughput: "250" },
      reclaimPolicy: "Delete",
      allowVolumeExpansion: true,
      volumeBindingMode: "WaitForFirstConsumer",
    });
    expect(inputs["metadata"]).to.deep.equal({
      name: "gp3-encrypted",
      annotations: { "storageclass.kubernetes.io/is-default-class": "true", "pulumi.com/patchForce": "true" },
    });
    expect([replaceOnChanges, deleteBeforeReplace]).to.deep.equal([["reclaimPolicy", "volumeBindingMode"], true]);
    const urgent = one(resources, "k1-urgent");
    expect(urgent.inputs).to.deep.include({
      value: 1,
      description: "d",
      globalDefault: false,
      preemptionPolicy: "Never",
    });
    expect(urgent.replaceOnChanges).to.deep.equal(["value", "preemptionPolicy"]);
  });

  it("installs the requested charts, and fetches nothing without charts", async () => {
    const { resources } = await make({
      platform: platform.parse({
        charts: {
          ingress: {
            chart: "ingress-nginx",
            repository: "https://charts.example.com",
            version: "4.11.3",
            namespace: "ingress",
            values: { replicas: 2 },
          },
        },
      }),
      tenants: {},
    });
    expect(names(resources)).to.deep.equal(["Release k1-ingress"]);
    const { inputs, deletedWith } = one(resources, "k1-ingress");
    expect(inputs).to.deep.include({
      name: "ingress",
      chart: "ingress-nginx",
      version: "4.11.3",
      repositoryOpts: { repo: "https://charts.example.com" },
      namespace: "ingress",
      createNamespace: true,
      values: { replicas: 2 },
      timeout: 300,
      atomic: true,
    });
    expect(deletedWith).to.equal("pulumi-nodejs:dynamic/kops:Cluster::k1");
    expect(names((await make({ tenants: {} })).resources)).to.deep.equal([
      "PriorityClass k1-urgent",
      "StorageClass k1-gp3-encrypted",
    ]);
  });

  it("creates nothing when nothing is requested", async () => {
    expect(names((await make({ platform: undefined, tenants: undefined })).resources)).to.deep.equal([]);
  });
});
