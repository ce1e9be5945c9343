import { expect } from "chai";
import fc from "fast-check";
import { checkInputs } from "../../../../providers/kops/rules/check-inputs.ts";
import { refusalsOf, irreversibleRefusals } from "../../../../providers/kops/rules/refusals.ts";
import { unknownValue } from "../../../../providers/kops/model/unknown.ts";
import { updateFlags } from "../../../../providers/kops/kops-cli/flags.ts";
import type { KopsClusterInputs } from "../../../../providers/kops/index.ts";
import { sampleInputs } from "../samples.ts";
import { refusalNames } from "../../../../providers/kops/model/inputs.ts";
import {
  authority,
  members,
  fullCluster,
  group,
  fullGroups,
  given,
  withCluster,
  withGroups,
  properties,
} from "./full-inputs.ts";
import type { Fields } from "./full-inputs.ts";
import { cases } from "./refused-changes.ts";

describe("what kOps or AWS cannot change in place", () => {
  for (const { what, old, desired, property, says, allow } of cases) {
    it(`${what} is refused, with the next step`, () => {
      const found = refusalsOf(old ?? given(), desired);
      expect(found.map((one) => one.property)).to.deep.equal([property]);
      for (const part of says) expect(found[0]?.reason).to.include(part);
    });

    it(
      `${what} is allowed by ` + (allow === undefined ? "no name" : `the name ${allow} alone, as the refusal tells`),
      () => {
        expect(
          properties(old ?? given(), { ...desired, allow: refusalNames.filter((name) => name !== allow) }),
        ).to.deep.equal([property]);
        const reason = refusalsOf(old ?? given(), desired)[0]?.reason;
        if (allow === undefined) {
          expect(reason).not.to.include("allow: [");
        } else {
          expect(reason).to.include(`allow: ["${allow}"]`);
          expect(properties(old ?? given(), { ...desired, allow: [allow] })).to.deep.equal([]);
        }
      },
    );
  }

  it("has a case for every name that can be allowed", () => {
    // `image` asks for new images (images.ts); what is unknown is known in the plan only (dropped-fields.ts).
    expect(
      [...new Set(cases.flatMap(({ allow }) => (allow === undefined ? [] : [allow]))), "image", "unknownFields"].sort(),
    ).to.deep.equal([...refusalNames].sort());
  });

  it("includes a new image for a group that the cluster lacks, and not for one that it has", () => {
    expect(refusalsOf(given(), { ...given(), allow: ["image:nodse", "image:nodes"] })).to.deep.equal([
      {
        property: "allow[0]",
        reason: "there is no instance group nodse (there are control-plane-a, control-plane-b, nodes)",
      },
    ]);
  });

  it("does not include a group without image: an existing one keeps its image, a new one gets the channel's", () => {
    expect(
      properties(
        given(),
        withGroups({ nodes: group("Node", { image: undefined }), more: group("Node", { image: undefined }) }),
      ),
    ).to.deep.equal([]);
    const channelless = given({ cluster: fullCluster({ channel: "none" }) });
    expect(
      properties(channelless, {
        ...channelless,
        instanceGroups: fullGroups({ nodes: group("Node", { image: undefined }) }),
      }),
    ).to.deep.equal([]);
  });

  it("does not include the certificate authority of a new cluster, or one that is left out later", () => {
    const secrets = { certificateAuthority: authority("one") };
    expect(properties(undefined, given({ secrets }))).to.deep.equal([]);
    expect(properties(given({ secrets }), given({ secrets }))).to.deep.equal([]);
    expect(properties(given({ secrets }), given())).to.deep.equal([]);
  });

  it("does not include ranges that a cluster lives with, also an adopted one; a new one may not have them", () => {
    const shared = withCluster({ serviceClusterIPRange: "100.96.0.0/16" });
    expect(properties(undefined, shared)).to.deep.equal(["cluster.serviceClusterIPRange"]);
    expect(properties(undefined, { ...shared, adopt: true })).to.deep.equal([]);
    expect(properties(shared, shared)).to.deep.equal([]);
  });

  it("includes IPv6 for an IPv4 cluster and the reverse, unless both of its ranges are allowed", () => {
    const subnets = [{ name: "a", zone: "us-east-1a", type: "Private", cidr: "10.0.1.0/24", id: "subnet-1" }];
    const four = withCluster({ subnets, podCIDR: undefined });
    const six = withCluster({
      nonMasqueradeCIDR: "::/0",
      podCIDR: undefined,
      subnets: subnets.map((one) => ({ ...one, ipv6CIDR: "2001:db8::/64", egress: "External" })),
    });
    for (const [old, desired, reason] of [
      [four, six, "from 100.64.0.0/10 to ::/0: running pods have addresses of the old range"],
      [six, four, "from ::/0 to 100.64.0.0/10: running pods have addresses of the old range"],
    ] as const) {
      const found = refusalsOf(old, desired);
      expect(found.map(({ property }) => property)).to.deep.equal([
        "cluster.nonMasqueradeCIDR",
        "cluster.serviceClusterIPRange",
      ]);
      expect(found[0]?.reason).to.contain(reason);
      expect(properties(old, { ...desired, allow: ["nonMasqueradeCIDR"] })).to.deep.equal([
        "cluster.serviceClusterIPRange",
      ]);
    }
  });

  it("is refused all at once", () => {
    const desired = given({
      kopsVersion: "1.34.0",
      cluster: fullCluster({ networkID: "vpc-2", networking: { calico: {} }, kubernetesVersion: "1.32.0" }),
      instanceGroups: { "control-plane-a": group("ControlPlane") },
    });
    expect(properties(given(), desired)).to.have.members([
      "kopsVersion",
      "cluster.kubernetesVersion",
      "cluster.networkID",
      "cluster.networking",
      "instanceGroups.control-plane-b",
    ]);
  });

  it("is refused together with inputs of a wrong form", () => {
    const found = checkInputs(
      { ...withCluster({ networkID: "vpc-2" }), region: "here", kopsVersion: "v1.35.0" },
      given(),
    );
    expect(found.map(({ property }) => property)).to.have.members(["region", "kopsVersion", "cluster.networkID"]);
  });
});

describe("inputs of a wrong form", () => {
  it("are reported once, without their consequences", () => {
    expect(checkInputs(given({ cluster: "k1" }), given()).map(({ property }) => property)).to.deep.equal(["cluster"]);
  });
});

describe("the spec that was last applied to the cloud", () => {
  it("refuses an older minor of etcd, even if Pulumi never saw the newer one succeed", () => {
    const { kopsVersion, cluster, instanceGroups } = sampleInputs({
      cluster: fullCluster({ etcdClusters: [{ name: "main", version: "3.6.5", etcdMembers: members }] }),
      instanceGroups: fullGroups() as KopsClusterInputs["instanceGroups"],
    });
    const reverted = sampleInputs({
      cluster: fullCluster({ etcdClusters: [{ name: "main", version: "3.5.21", etcdMembers: members }] }),
      instanceGroups,
    });
    const found = irreversibleRefusals(reverted, { kopsVersion, cluster, instanceGroups });
    expect(found.map(({ property }) => property)).to.deep.equal(["cluster.etcdClusters[0].version"]);
    expect(
      irreversibleRefusals({ ...reverted, allow: ["etcdClusters"] }, { kopsVersion, cluster, instanceGroups }),
    ).to.deep.equal([]);
  });
});

describe("a value that is not known yet", () => {
  /** Every way to put one unknown into a value, at any depth. */
  function unknowns(value: unknown): unknown[] {
    if (Array.isArray(value))
      return [
        unknownValue,
        ...value.flatMap((item, index) =>
          unknowns(item).map((one) => value.map((kept: unknown, at) => (at === index ? one : kept))),
        ),
      ];
    if (value === null || typeof value !== "object") return [unknownValue];
    return [
      unknownValue,
      ...Object.entries(value).flatMap(([key, item]) => unknowns(item).map((one) => ({ ...value, [key]: one }))),
    ];
  }

  it("never causes a refusal, at any place", () => {
    const tried = unknowns(given()).filter((one): one is Fields => one !== unknownValue);
    expect(tried.length).to.be.greaterThan(80);
    for (const desired of tried) expect(checkInputs(desired, given()), JSON.stringify(desired)).to.deep.equal([]);
  });

  it("may be the role of the only control-plane group", () => {
    expect(checkInputs(given({ instanceGroups: { one: group(unknownValue), nodes: group("Node") } }))).to.deep.equal(
      [],
    );
  });

  it("in `allow` may be the missing name", () => {
    expect(properties(given(), { ...withCluster({ networkID: "vpc-2" }), allow: unknownValue })).to.deep.equal([]);
  });
});

describe("the input allow", () => {
  it("refuses an unknown name, and lists the known ones", () => {
    const [found] = checkInputs(given({ allow: ["networking", "everything"] }));
    expect(found?.property).to.equal("allow[1]");
    for (const name of ["everything", ...refusalNames]) expect(found?.reason).to.include(name);
  });
});

describe("the refusals", () => {
  it("throw for no inputs, however malformed", () => {
    const keys = [
      "name",
      "stateStore",
      "kopsVersion",
      "allow",
      "cluster",
      "instanceGroups",
      "subnets",
      "etcdClusters",
      "etcdMembers",
      "networking",
      "kubernetesVersion",
      "role",
      "api",
      "loadBalancer",
      "topology",
    ];
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.string(),
        fc.integer(),
        fc.constantFrom(null, undefined, true, "1.34.3", unknownValue),
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...keys), tie("tree")),
      ),
    }));
    const inputs = fc.dictionary(fc.constantFrom(...keys), tree);
    fc.assert(
      fc.property(inputs, inputs, (old, desired) => Array.isArray(checkInputs(desired, old))),
      { numRuns: 500 },
    );
  });
});

describe("kOps", () => {
  it("works on what a newer version wrote only if allowDowngrade is set", () => {
    expect(updateFlags({})).to.deep.equal(["--create-kube-config=false", "--vmodule=securitygroup=4,update_cluster=2"]);
    expect(updateFlags({ allowDowngrade: false })).to.deep.equal(updateFlags({}));
    expect(updateFlags({ allowDowngrade: true })).to.include("--allow-kops-downgrade");
  });
});
