import { expect } from "chai";
import { computedNames, expectedNames, iamNameOf } from "../../../../providers/kops/model/cloud-names.ts";

const cluster = "k1.sbx.example.com";
const groups = {
  "control-plane-a": { role: "Master" },
  nodes: { role: "Node" },
  own: { role: "Node", iam: { profile: "arn:aws:iam::123456789012:instance-profile/path/of-ours" } },
};

describe("the names of what kOps makes", () => {
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

  it("of IAM are truncated as in kOps: 64 characters, with a hash of the whole name", () => {
    const long = "a-cluster-with-a-name-that-is-longer-than-a-role-may-be.sbx.example.com";
    // By the hash/fnv and base32 of Go, which TruncateString of kOps is made of.
    expect(iamNameOf("ControlPlane", long)).to.equal(
      "masters.a-cluster-with-a-name-that-is-longer-than-a-role--pjdmq6",
    );
    expect(iamNameOf("Node", cluster)).to.equal(`nodes.${cluster}`);
  });
});

describe("the names after a change", () => {
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

  it("stay the same while the groups do", () => {
    expect(
      expectedNames(cluster, { ...groups, nodes: { role: "Node", machineType: "t3.xlarge" } }, seen),
    ).to.deep.equal(seen);
  });

  it("are unknown with a new group, because AWS chooses its ids", () => {
    expect(expectedNames(cluster, { ...groups, more: { role: "Node" } }, seen)).to.equal(undefined);
  });

  it("are unknown with a new role, because kOps makes security groups for it", () => {
    expect(expectedNames(cluster, { ...groups, own: { role: "Bastion" } }, seen)).to.equal(undefined);
  });
});
