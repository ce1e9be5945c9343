import { expect } from "chai";
import { computedNames, expectedNames, iamNameOf } from "../../../../providers/kops/model/cloud-names.ts";

const cluster = "k1.sbx.example.com";
const groups = {
  "control-plane-a": { role: "Master" },
  nodes: { role: "Node" },
  own: { role: "Node", iam: { profile: "arn:aws:iam::123456789012:instance-profile/path/of-ours" } },
};

describe("names of what kOps makes", () => {
  it("follow from the instance groups", () => {
    expect(computedNames(cluster, groups)).to.deep.equal({
      instanceGroups: {
        "control-plane-a": {
          autoScalingGroup: `control-plane-a.masters.${cluster}`,
          launchTemplate: `control-plane-a.masters.${cluster}`,
        },
        nodes: { autoScalingGroup: `nodes.${cluster}`, launchTemplate: `nodes.${cluster}` },
        own: { autoScalingGroup: `own.${cluster}`, launchTemplate: `own.${cluster}` },
      },
      instanceProfiles: { "control-plane-a": `masters.${cluster}`, nodes: `nodes.${cluster}`, own: "of-ours" },
      roles: { ControlPlane: `masters.${cluster}`, Node: `nodes.${cluster}` },
    });
  });

  it(
    "of groups of Karpenter's are those of profiles and roles: they have neither Auto Scaling group nor launch " +
      "template",
    () => {
      expect(computedNames(cluster, { spot: { role: "Node", manager: "Karpenter" } })).to.deep.equal({
        instanceGroups: {},
        instanceProfiles: { spot: `nodes.${cluster}` },
        roles: { Node: `nodes.${cluster}` },
      });
    },
  );

  it("of IAM are cut as kOps cuts them: 64 characters, with a hash of the whole", () => {
    const long = "a-cluster-with-a-name-that-is-longer-than-a-role-may-be.sbx.example.com";
    // By the hash/fnv and base32 of Go, which TruncateString of kOps is made of.
    expect(iamNameOf("ControlPlane", long)).to.equal(
      "masters.a-cluster-with-a-name-that-is-longer-than-a-role--pjdmq6",
    );
    expect(iamNameOf("Node", cluster)).to.equal(`nodes.${cluster}`);
  });
});

describe("names after a change", () => {
  const seen = {
    ...computedNames(cluster, groups),
    instanceGroups: {
      ...computedNames(cluster, groups).instanceGroups,
      nodes: { autoScalingGroup: `nodes.${cluster}`, launchTemplate: `nodes.${cluster}`, launchTemplateId: "lt-1" },
    },
    securityGroups: { [`nodes.${cluster}`]: "sg-1" },
    etcdVolumes: { "a.etcd-main": "vol-1" },
    loadBalancer: { name: "api-k1", dnsName: "api-k1.elb.amazonaws.com" },
  };

  it("stay what they were while the groups stay", () => {
    expect(
      expectedNames(cluster, { ...groups, nodes: { role: "Node", machineType: "t3.xlarge" } }, seen),
    ).to.deep.equal(seen);
  });

  it("are not known with another group, whose ids AWS has yet to choose", () => {
    expect(expectedNames(cluster, { ...groups, more: { role: "Node" } }, seen)).to.equal(undefined);
  });

  it("are not known with another role, for which kOps makes security groups", () => {
    expect(expectedNames(cluster, { ...groups, own: { role: "Bastion" } }, seen)).to.equal(undefined);
  });
});
