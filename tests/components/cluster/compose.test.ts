import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { composeCluster, controlPlaneGroups } from "../../../components/cluster/index.ts";
import { architectureOf } from "../../../components/cluster/request/machines.ts";
import { goldenCases, goldenFile, goldenText, ranged, request, smallest, surroundings } from "./golden-cases.ts";

const zones = ["ap-southeast-2a", "ap-southeast-2b", "ap-southeast-2c"];
const names = (count: number, over = zones) => controlPlaneGroups(count, over).map(({ name }) => name);

describe("composed manifests", () => {
  for (const [name, golden] of Object.entries(goldenCases)) {
    it(`${name} match the reviewed files (update them with npm run golden)`, () => {
      expect(goldenText(golden)).to.equal(readFileSync(goldenFile(name), "utf8"));
    });
  }

  it("do not depend on when or how often they are composed", () => {
    expect(composeCluster(request(smallest), surroundings)).to.deep.equal(
      composeCluster(request(smallest), surroundings),
    );
  });

  it("use the bucket folder above their config base as their store, where the provider keeps its own folder", () => {
    const { name, stateStore } = composeCluster(request(smallest), surroundings);
    const moved = composeCluster(
      request({ ...smallest, kops: { cluster: { configBase: `${stateStore}/kops/${name}` } } }),
      surroundings,
    );
    expect([stateStore, moved.stateStore]).to.deep.equal([
      surroundings.store.stateStore,
      `${surroundings.store.stateStore}/kops`,
    ]);
  });

  it("carry ids that are not known yet without reading them", () => {
    const unknown = pulumi.output("subnet-later");
    const later = {
      ...surroundings,
      network: {
        ...surroundings.network,
        zones: surroundings.network.zones.map((zone) => ({ ...zone, privateSubnetId: unknown })),
      },
    };
    const { cluster } = composeCluster(
      request({ ...smallest, kops: { cluster: { metricsServer: { enabled: true } } } }),
      later,
    );
    const [subnet] = cluster["subnets"] as { id: unknown }[];
    expect(subnet?.id).to.equal(unknown);
  });

  it("put everything, including the API's load balancer, into utility subnets if the network has no others", () => {
    const zonesWithout = surroundings.network.zones.map(({ zone, utilitySubnetId, utilityCidr }) => ({
      zone,
      utilitySubnetId,
      utilityCidr,
    }));
    const { cluster, instanceGroups } = composeCluster(request(smallest), {
      ...surroundings,
      network: { ...surroundings.network, zones: zonesWithout },
    });
    expect(cluster["subnets"]).to.deep.equal(
      zonesWithout.map(({ zone, utilitySubnetId, utilityCidr }) => ({
        name: zone,
        type: "Public",
        zone,
        cidr: utilityCidr,
        id: utilitySubnetId,
      })),
    );
    expect(cluster["api"]).to.deep.equal({ loadBalancer: { class: "Network", type: "Public" } });
    expect(instanceGroups["nodes"]?.["subnets"]).to.deep.equal(zones);
  });

  it("name a further VPC range only for subnets in it, so that a new range changes no other cluster", () => {
    const ranges = (zones: string[] | undefined, network = ranged.network) =>
      composeCluster(request({ ...smallest, controlPlane: { count: 1 }, zones }), { ...ranged, network }).cluster[
        "additionalNetworkCIDRs"
      ];
    expect(ranges(undefined)).to.deep.equal(["10.22.0.0/16"]);
    expect(ranges(zones.slice(0, 1))).to.equal(undefined);
    expect(
      ranges(undefined, { ...ranged.network, secondaryCidrs: [...ranged.network.secondaryCidrs, "10.23.0.0/16"] }),
    ).to.deep.equal(["10.22.0.0/16"]);
    const both = ranged.network.zones.map((zone, index) =>
      index === 0 ? { ...zone, privateCidr: "10.21.0.0/22" } : zone,
    );
    expect(
      ranges(undefined, { ...ranged.network, zones: both, secondaryCidrs: ["10.22.0.0/16", "10.21.0.0/20"] }),
    ).to.deep.equal(["10.21.0.0/20", "10.22.0.0/16"]);
    expect(composeCluster(request(smallest), surroundings).cluster).to.not.have.property("additionalNetworkCIDRs");
  });

  it("let the escape hatch override every other setting", () => {
    const { cluster, instanceGroups } = composeCluster(
      request({
        ...smallest,
        kops: {
          cluster: {
            kubernetesApiAccess: ["192.168.0.0/16"],
            iam: { legacy: null, permissionsBoundary: "arn:aws:iam::123456789012:policy/b" },
          },
          instanceGroups: { nodes: { machineType: "m7i.large" } },
        },
      }),
      surroundings,
    );
    expect(cluster["kubernetesApiAccess"]).to.deep.equal(["192.168.0.0/16"]);
    expect(cluster["iam"]).to.deep.equal({
      allowContainerRegistry: true,
      useServiceAccountExternalPermissions: true,
      permissionsBoundary: "arn:aws:iam::123456789012:policy/b",
    });
    expect(instanceGroups["nodes"]).to.include({ machineType: "m7i.large", role: "Node" });
  });

  it("never open the API or SSH by default", () => {
    const { cluster } = composeCluster(request(smallest), surroundings);
    expect(cluster["kubernetesApiAccess"]).to.deep.equal(["10.20.0.0/16"]);
    expect(cluster).not.to.have.property("sshAccess");
    expect(cluster["sshKeyName"]).to.equal("");
    expect(cluster["api"]).to.deep.equal({ loadBalancer: { class: "Network", type: "Internal" } });
  });

  // buildPrecreateDNSHostnames in kOps's upup/pkg/fi/cloudup/dns.go: only without a load balancer the API's name is
  // made to point to 203.0.113.123 until something in the cluster corrects it.
  it("point the API's name at its load balancer, never at kOps's placeholder address", () => {
    for (const [name, golden] of Object.entries(goldenCases)) {
      const { cluster } = composeCluster(request(golden.value), golden.surroundings);
      expect(cluster["api"], name).to.have.property("loadBalancer").that.is.an("object");
    }
  });

  it("stay the same when the network gains a zone, unless the cluster uses all zones", () => {
    const fewer = {
      ...surroundings,
      network: { ...surroundings.network, zones: surroundings.network.zones.slice(0, 2) },
    };
    const own = {
      ...smallest,
      controlPlane: { count: 1, machineType: "t3.medium" },
      zones: zones.slice(0, 2).toReversed(),
    };
    expect(composeCluster(request(own), surroundings)).to.deep.equal(
      composeCluster(request({ ...own, zones: undefined }), fewer),
    );
    const taking = (over: typeof surroundings) => composeCluster(request({ ...own, zones: undefined }), over);
    const [before, after] = [taking(fewer), taking(surroundings)];
    const named = (subnets: unknown): unknown[] => (subnets as { name: string }[]).map(({ name }) => name);
    expect(named(after.cluster["subnets"])).to.deep.equal([...zones, ...zones.map((zone) => `utility-${zone}`)]);
    expect({ ...after.cluster, subnets: [] }).to.deep.equal({ ...before.cluster, subnets: [] });
    expect(after.instanceGroups["nodes"]).to.deep.equal({ ...before.instanceGroups["nodes"], subnets: zones });
  });

  it("tell kOps not to tag subnets", () => {
    expect(composeCluster(request(smallest), surroundings).cluster["DisableSubnetTags"]).to.be.true;
  });
});

describe("node groups", () => {
  const groupsOf = (nodeGroups: object, over = surroundings) =>
    composeCluster(request({ ...smallest, nodeGroups }), over).instanceGroups;
  const tagsOf = (group: object) =>
    groupsOf({ group: { machineType: "m7i.large", minSize: 0, maxSize: 3, ...group } })["group"]?.["cloudLabels"];

  it("per zone gain only one group when the network gains a zone", () => {
    const zonal = { zonal: { machineType: "m7i.large", count: 1, perZone: true } };
    const before = groupsOf(zonal, {
      ...surroundings,
      network: { ...surroundings.network, zones: surroundings.network.zones.slice(0, 2) },
    });
    const after = groupsOf(zonal);
    for (const name of ["zonal-ap-southeast-2a", "zonal-ap-southeast-2b"])
      expect(after[name]).to.deep.equal(before[name]);
    expect(Object.keys(after)).to.include("zonal-ap-southeast-2c");
  });

  it("tell the autoscaler what kOps omits for empty groups: taints without a value, and the disk", () => {
    const disk = { "k8s.io/cluster-autoscaler/node-template/resources/ephemeral-storage": "128Gi" };
    expect(tagsOf({})).to.deep.equal(disk);
    expect(tagsOf({ taints: ["a=b:NoSchedule", "c:NoExecute"] })).to.deep.equal({
      ...disk,
      "k8s.io/cluster-autoscaler/node-template/taint/c": ":NoExecute",
    });
    expect(tagsOf({ gpu: true, machineType: "g5.xlarge" })).to.deep.equal({
      ...disk,
      "k8s.io/cluster-autoscaler/node-template/taint/nvidia.com/gpu": ":NoSchedule",
    });
    expect(tagsOf({ gpu: true, machineType: "g5.xlarge", taints: ["nvidia.com/gpu=true:NoSchedule"] })).to.deep.equal(
      disk,
    );
    expect(tagsOf({ minSize: 3 })).to.equal(undefined);
  });

  it("install the autoscaler when they have bounds, unless it is turned off", () => {
    const specOf = (more: object) => composeCluster(request({ ...smallest, ...more }), surroundings).cluster;
    const bounded = { nodeGroups: { nodes: { machineType: "t3.large", minSize: 1, maxSize: 2 } } };
    expect(specOf(bounded)["clusterAutoscaler"]).to.deep.equal({ enabled: true });
    expect(specOf({})).not.to.have.property("clusterAutoscaler");
    expect(specOf({ ...bounded, addons: { clusterAutoscaler: false } })["clusterAutoscaler"]).to.deep.equal({
      enabled: false,
    });
  });

  it("use the image of their architecture", () => {
    const groups = composeCluster(
      request({
        ...smallest,
        image: { arm64: "ami-0a" },
        nodeGroups: {
          amd: { machineType: "m7i.large", count: 1 },
          arm: { machineType: "m7g.large", count: 1 },
          own: { machineType: "m7g.large", count: 1, image: "ami-0b" },
        },
      }),
      surroundings,
    ).instanceGroups;
    expect([groups["amd"]?.["image"], groups["arm"]?.["image"], groups["own"]?.["image"]]).to.deep.equal([
      "099720109477/ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251212",
      "ami-0a",
      "ami-0b",
    ]);
  });
});

describe("a public topology", () => {
  it("uses only utility subnets, even if the network has no others", () => {
    const network = {
      ...surroundings.network,
      zones: surroundings.network.zones.map(({ zone, utilityCidr, utilitySubnetId }) => ({
        zone,
        utilityCidr,
        utilitySubnetId,
      })),
    };
    const { cluster, subnets } = composeCluster(request({ ...smallest, topology: "public" }), surroundings);
    expect(composeCluster(request(smallest), { ...surroundings, network }).cluster).to.deep.equal(cluster);
    expect(new Set((cluster["subnets"] as { type: string }[]).map(({ type }) => type))).to.deep.equal(
      new Set(["Public"]),
    );
    expect(new Set(subnets.map(({ kind }) => kind))).to.deep.equal(new Set(["utility"]));
    expect(() => composeCluster(request({ ...smallest, topology: "private" }), { ...surroundings, network })).to.throw(
      /no private subnet in ap-southeast-2a/,
    );
  });
});

describe("an add-on that needs cert-manager", () => {
  const certManager = (addons: object) =>
    composeCluster(request({ ...smallest, addons }), surroundings).cluster["certManager"];
  for (const name of ["metricsServer", "awsLoadBalancerController", "snapshotController", "podIdentityWebhook"]) {
    it(`installs cert-manager: ${name}`, () => {
      expect(certManager({ [name]: true })).to.deep.equal({ enabled: true });
      expect(certManager({ [name]: false })).to.equal(undefined);
    });
  }

  it("leaves cert-manager to the settings if they configure it", () => {
    expect(certManager({ metricsServer: true, certManager: { managed: false } })).to.deep.equal({
      enabled: true,
      managed: false,
    });
    expect(certManager({ metricsServer: { insecure: true } })).to.equal(undefined);
  });
});

describe("control-plane groups", () => {
  it("have one node each, spread over the zones", () => {
    expect(names(3)).to.deep.equal(zones.map((zone) => `control-plane-${zone}`));
    expect(names(1)).to.deep.equal(["control-plane-ap-southeast-2a"]);
  });

  it("keep their names when the control plane grows or gains a zone", () => {
    expect(names(3)).to.include.members(names(1));
    expect(names(5)).to.include.members(names(3));
    expect(names(3, zones.slice(0, 2))).to.include.members(names(1, zones.slice(0, 2)));
  });

  it("have distinct names and etcd members when there are more nodes than zones", () => {
    const groups = controlPlaneGroups(5, zones);
    expect(new Set(groups.map(({ name }) => name))).to.have.property("size", 5);
    expect(groups.map(({ member }) => member)).to.deep.equal(["a", "b", "c", "a-2", "b-2"]);
  });
});

describe("the architecture of a machine type", () => {
  const arm = [
    "a1.large",
    "t4g.medium",
    "m7g.large",
    "m7gd.large",
    "c7gn.large",
    "g5g.xlarge",
    "im4gn.large",
    "is4gen.large",
    "r8gb.large",
    "x2gd.metal",
  ];
  const amd = [
    "t3.large",
    "m7i.large",
    "m7a.large",
    "g4dn.xlarge",
    "g5.xlarge",
    "gr6.4xlarge",
    "p5.48xlarge",
    "inf2.xlarge",
    "u7i-12tb.224xlarge",
    "m5zn.large",
  ];
  for (const type of arm) it(`${type} is arm64`, () => expect(architectureOf(type)).to.equal("arm64"));
  for (const type of amd) it(`${type} is amd64`, () => expect(architectureOf(type)).to.equal("amd64"));
});
