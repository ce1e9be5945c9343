import { expect } from "chai";
import { withoutPerpetualDifferences } from "../../../../../providers/kops/kops-cli/output/perpetual-differences.ts";

const field = (name: string, actual: string, desired: string): string =>
  `  \t${name.padEnd(20)}\t ${actual} -> ${desired}`;
const report = (...lines: string[]): string =>
  ["Will modify resources:", ...lines, "", "Must specify --yes to apply changes"].join("\n");
const requirements = (min: number | null, max: number): string =>
  JSON.stringify({ Architecture: null, CPUMin: 2, CPUMax: 8, MemoryMin: min, MemoryMax: max });

describe("perpetual differences in kOps's reports", () => {
  for (const [what, resource, line] of [
    [
      "the tags of an instance profile that somebody else made",
      "IAMInstanceProfile/organisation",
      field("Tags", "{}", "{kubernetes.io/cluster/k1.example.com: shared}"),
    ],
    [
      "the least memory of a group's machines, read as the most",
      "AutoscalingGroup/nodes.k1",
      field("InstanceRequirements", requirements(null, 4295), requirements(4295, 17180)),
    ],
    [
      "the warm pool of a group, which is a resource of its own",
      "AutoscalingGroup/nodes.k1",
      field("WarmPool", "<nil>", "name:nodes.k1 id:nodes.k1"),
    ],
    [
      "capacity rebalancing, which kOps never looks for",
      "AutoscalingGroup/nodes.k1",
      field("CapacityRebalance", "<nil>", "true"),
    ],
    ["no machine types in place of none", "AutoscalingGroup/nodes.k1", field("MixedInstanceOverrides", "[]", "<nil>")],
  ] as const) {
    it(`are removed: ${what}`, () => {
      expect(withoutPerpetualDifferences(report(`  ${resource}`, line))).to.equal(report());
    });
  }

  for (const [what, resource, line] of [
    [
      "tags of an own profile",
      "IAMInstanceProfile/nodes.k1",
      field("Tags", "{}", "{KubernetesCluster: k1.example.com, kubernetes.io/cluster/k1.example.com: owned}"),
    ],
    [
      "another number of processors",
      "AutoscalingGroup/nodes.k1",
      field(
        "InstanceRequirements",
        requirements(null, 4295),
        requirements(4295, 17180).replace('"CPUMax":8', '"CPUMax":16'),
      ),
    ],
    [
      "another least memory",
      "AutoscalingGroup/nodes.k1",
      field("InstanceRequirements", requirements(null, 4295), requirements(8590, 17180)),
    ],
    ["another size of a warm pool", "WarmPool/nodes.k1", field("MaxSize", "1", "2")],
    ["machine types that go", "AutoscalingGroup/nodes.k1", field("MixedInstanceOverrides", "[t3.large]", "<nil>")],
  ] as const) {
    it(`do not include ${what}`, () => {
      const text = report(`  ${resource}`, line);
      expect(withoutPerpetualDifferences(text)).to.equal(text);
    });
  }

  it("are removed alone from a resource that has other differences", () => {
    const size = field("MinSize", "1", "2");
    const other = "  LaunchTemplate/nodes.k1";
    expect(
      withoutPerpetualDifferences(
        report(
          "  AutoscalingGroup/nodes.k1",
          field("MixedInstanceOverrides", "[]", "<nil>"),
          size,
          "",
          other,
          field("ImageID", "a", "b"),
        ),
      ),
    ).to.equal(report("  AutoscalingGroup/nodes.k1", size, "", other, field("ImageID", "a", "b")));
  });
});
