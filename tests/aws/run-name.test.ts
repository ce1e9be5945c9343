import { expect } from "chai";
import { mayBeOfRun, runNameAt, runOf, runTag, zoneOf } from "./run-name.ts";
import type { Traces } from "./run-name.ts";

const begun = new Date("2026-11-30T10:12:00Z");
const run = runNameAt(begun);
const cluster = `k1.${zoneOf(run)}`;

const whose = (kind: string, name: string, tags: Traces["tags"] = {}): string | undefined =>
  runOf({ kind, name, tags })?.name;

describe("an acceptance run", () => {
  it("has a name with the time at which it began, which is its age", () => {
    expect(run).to.equal("acc-20261130101200");
    expect(runOf({ kind: "vpc", name: "", tags: { [runTag]: run } })?.begun).to.deep.equal(begun);
  });

  it("has names of buckets that S3 takes in every region", () => {
    expect(`pilot-${run}-state-123456789012-ap-southeast-2`).to.have.length.below(64);
  });

  for (const [what, kind, name, tags] of [
    ["what has its tag", "vpc", run, { [runTag]: run, Name: run }],
    ["what kOps made for its cluster", "iam-role", `nodes.${cluster}`, { KubernetesCluster: cluster }],
    ["what a controller made for its cluster", "volume", "", { [`kubernetes.io/cluster/${cluster}`]: "owned" }],
    ["a bucket that has no tags yet", "bucket", `pilot-${run}-oidc-123456789012-ap-southeast-2`, {}],
    ["a zone that has no tags yet", "hosted-zone", zoneOf(run), {}],
    ["an instance profile that has no tags yet", "iam-instance-profile", `nodes.${cluster}`, {}],
  ] as const) {
    it(`owns ${what}`, () => {
      expect(whose(kind, name, tags)).to.equal(run);
    });
  }

  for (const [what, kind, name, tags] of [
    ["what has no tag", "vpc", run, {}],
    ["a role with its cluster's name, and no tag", "iam-role", `nodes.${cluster}`, {}],
    ["a bucket of its name with somebody's tags", "bucket", `pilot-${run}-state-123456789012-x`, { team: "a" }],
    ["a bucket with another name", "bucket", `pilot-${run}-notes`, {}],
    ["a zone inside its own", "hosted-zone", `dev.${zoneOf(run)}`, {}],
    ["another cluster", "instance", "", { KubernetesCluster: "k1.sbx.pilot.internal" }],
    ["a cluster whose name only begins like its own", "instance", "", { KubernetesCluster: `${cluster}.example.com` }],
    ["a tag that names no run", "vpc", "", { [runTag]: "mine" }],
    ["a tag of a time that never was", "vpc", "", { [runTag]: "acc-20261331101200" }],
  ] as const) {
    it(`does not own ${what}`, () => {
      expect(whose(kind, name, tags)).to.equal(undefined);
    });
  }

  it("has its name in those of its queues, log groups and policies, whose tags are asked for one by one", () => {
    expect(
      [
        `pilot-${run}-state-123456789012-x-operator`,
        `k1-${run}-pilot-acceptance-internal-nth`,
        `${run}-flow-logs-1a2b`,
      ].every(mayBeOfRun),
    ).to.equal(true);
    expect(mayBeOfRun("k1-sbx-pilot-internal-nth")).to.equal(false);
  });
});
