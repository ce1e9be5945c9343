import { expect } from "chai";
import type { Machines } from "../../../cli/account-check/needs.ts";
import { countQuotas, quotaFinding, vcpuDemands, vcpuQuota } from "../../../cli/account-check/quotas.ts";
import { isOwn, vcpusInUse } from "../../../cli/account-check/usage.ts";

describe("quotas of an account", () => {
  for (const [type, onDemand, spot] of [
    ["t3.large", "L-1216C47A", "L-34B43A08"],
    ["im4gn.large", "L-1216C47A", "L-34B43A08"],
    ["is4gen.large", "L-1216C47A", "L-34B43A08"],
    ["z1d.large", "L-1216C47A", "L-34B43A08"],
    ["g5.xlarge", "L-DB2E81BA", "L-3819A6DF"],
    ["vt1.3xlarge", "L-DB2E81BA", "L-3819A6DF"],
    ["p5.48xlarge", "L-417A185B", "L-7212CCBC"],
    ["x2gd.large", "L-7295265B", "L-E3A00192"],
    ["inf2.xlarge", "L-1945791B", "L-B5D1601B"],
    ["trn1.2xlarge", "L-2C3B7624", "L-6B0D517C"],
    ["dl1.24xlarge", "L-6E869C2A", "L-85EED4F7"],
    ["d3.xlarge", "L-1216C47A", "L-34B43A08"],
    ["h1.2xlarge", "L-1216C47A", "L-34B43A08"],
    ["hpc7g.4xlarge", "L-F7808C92", undefined],
    ["u-6tb1.56xlarge", "L-43DA4232", undefined],
    ["u7i-6tb.112xlarge", "L-43DA4232", undefined],
    ["mac2.metal", undefined, undefined],
  ] as const)
    it(`count ${type} by its family`, () => {
      expect(vcpuQuota(type, "on-demand")?.quotaCode).to.equal(onDemand);
      expect(vcpuQuota(type, "spot")?.quotaCode).to.equal(spot);
    });

  const machines = (more: Partial<Machines>): Machines => ({
    cluster: "k1",
    group: "nodes",
    types: ["t3.large"],
    market: "on-demand",
    start: 3,
    most: 3,
    surge: 1,
    ...more,
  });
  const vcpusOf = new Map([
    ["t3.large", 2],
    ["m7i.xlarge", 4],
    ["g5.xlarge", 4],
  ]);

  it("take of each cluster the largest surge, because it rolls one group after another", () => {
    const all = [
      machines({}),
      machines({ group: "more", types: ["m7i.xlarge"], surge: 2 }),
      machines({ cluster: "k2", surge: 5 }),
      machines({ group: "control-plane", start: 1, most: 1, surge: 0 }),
    ];
    const [demand] = vcpuDemands({ machines: all }, vcpusOf);
    expect(demand).to.include({ start: 6 + 12 + 6 + 2, most: 26 + 8 + 10, surge: 18 });
  });

  it("take the largest of several types, and each family and market for itself", () => {
    const all = [
      machines({ types: ["t3.large", "m7i.xlarge", "not.known"] }),
      machines({ types: ["g5.xlarge"] }),
      machines({ market: "spot" }),
    ];
    const found = vcpuDemands({ machines: all }, vcpusOf).map(({ quota, start }) => [quota.quotaCode, start]);
    expect(Object.fromEntries(found)).to.deep.equal({ "L-1216C47A": 12, "L-DB2E81BA": 12, "L-34B43A08": 6 });
  });

  const quota = countQuotas.addresses;
  for (const [what, demand, used, value, status] of [
    ["are enough", { start: 3, most: 4 }, 1, 5, "ok"],
    ["are enough for the first up, but not for growth and rolls", { start: 3, most: 4 }, 2, 5, "warning"],
    ["are too small", { start: 3, most: 4 }, 3, 5, "failed"],
    ["are not known", { start: 3, most: 3 }, 3, undefined, "not known"],
  ] as const)
    it(what, () => {
      const found = quotaFinding(quota, demand, { used, value, region: "eu-central-1" });
      expect(found).to.include({ check: "Elastic IP addresses", status });
      expect(found.quota).to.deep.equal({ serviceCode: "ec2", quotaCode: "L-0263D0A3" });
      if (status === "warning" || status === "failed")
        expect(found.next).to.equal(
          "aws service-quotas request-service-quota-increase --service-code ec2 --quota-code L-0263D0A3 " +
            `--desired-value ${used + demand.most} --region eu-central-1`,
        );
      else expect(found.next).to.equal(undefined);
    });

  it("count what others use: by the cores of an instance, or of its type", () => {
    const inUse = vcpusInUse(
      [
        { InstanceType: "t3.large" },
        { InstanceType: "m7i.xlarge", CpuOptions: { CoreCount: 1, ThreadsPerCore: 1 } },
        { InstanceType: "t3.large", InstanceLifecycle: "spot" },
        { InstanceType: "mac2.metal" },
      ],
      vcpusOf,
    );
    expect(Object.fromEntries(inUse)).to.deep.equal({ "L-1216C47A": 3, "L-34B43A08": 2 });
  });

  for (const [what, tags, own] of [
    ["the stack's VPC", { Name: "sbx", environment: "sbx" }, true],
    ["a part of it", { Name: "sbx-nat-eu-central-1a", environment: "sbx" }, true],
    ["a cluster's instance", { KubernetesCluster: "k1.example.com", Name: "nodes" }, true],
    ["another stack's", { Name: "prod", environment: "prod" }, false],
    ["somebody's of the same environment", { Name: "database", environment: "sbx" }, false],
    ["another cluster's", { KubernetesCluster: "k2.example.com" }, false],
    ["somebody's", {}, false],
  ] as const)
    it(`${own ? "do not count" : "count"} ${what}`, () => {
      const list = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      expect(isOwn({ stack: "sbx", clusters: ["k1.example.com"] }, list)).to.equal(own);
    });
});
