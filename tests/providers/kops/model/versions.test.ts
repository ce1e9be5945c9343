import { expect } from "chai";
import type { Finding } from "../../../../providers/kops/model/conditions.ts";
import type { KopsClusterInputs } from "../../../../providers/kops/index.ts";
import { refusalsOf } from "../../../../providers/kops/rules/refusals.ts";
import {
  changesMinor,
  etcdMinorOf,
  minorText,
  runningAfter,
  upgradeLines,
} from "../../../../providers/kops/model/versions.ts";
import type { RunningVersions } from "../../../../providers/kops/model/versions.ts";
import { sampleInputs } from "../samples.ts";

const at = (
  kubernetesVersion: string | undefined,
  kopsVersion = "1.36.2",
  more: Partial<KopsClusterInputs> = {},
): KopsClusterInputs => {
  const { cluster } = sampleInputs();
  return sampleInputs({ kopsVersion, cluster: { ...cluster, kubernetesVersion }, ...more });
};
const property = "cluster.kubernetesVersion";
const words = (from: string, to: string, running?: RunningVersions, more: Partial<KopsClusterInputs> = {}): string[] =>
  refusalsOf(at(from), at(to, "1.36.2", more), running)
    .filter((one) => one.property === property)
    .map(({ reason }) => reason);

describe("an upgrade of Kubernetes", () => {
  for (const [from, to] of [
    ["1.33.7", "1.34.3"],
    ["1.34.3", "1.34.9"],
    ["1.34.9", "1.34.3"],
    ["v1.34.3", "1.35.0"],
  ] as const) {
    it(`goes from ${from} to ${to}`, () => {
      expect(words(from, to)).to.deep.equal([]);
    });
  }

  for (const [from, to, path] of [
    ["1.32.4", "1.34.0", "1.32 → 1.33 → 1.34; the next step is 1.33"],
    ["1.31.0", "1.36.0", "1.31 → 1.32 → 1.33 → 1.34 → 1.35 → 1.36; the next step is 1.32"],
  ] as const) {
    it(`from ${from} to ${to} is refused, and the path is shown`, () => {
      expect(words(from, to)).to.have.length(1);
      expect(words(from, to)[0]).to.contain(path);
    });
  }

  it("is refused while a held-back roll keeps nodes two minors behind, and the refusal says what to do", () => {
    const [reason, ...others] = words("1.34.3", "1.35.0", { controlPlane: "1.34.3", nodes: "1.33.7" });
    expect(others).to.deep.equal([]);
    expect(reason)
      .to.contain("cannot change from 1.34 to 1.35 yet: nodes may still run 1.33.7")
      .and.to.contain("roll them to 1.34 first");
  });

  it("is refused while the control plane waits, and the refusal names every part that waits", () => {
    const [reason] = words("1.34.3", "1.35.0", { controlPlane: "1.33.7", nodes: "1.33.7" });
    expect(reason).to.contain("the control plane may still run 1.33.7, and nodes may still run 1.33.7");
  });

  it("is refused once, with its path, when it skips a minor and parts wait", () => {
    expect(words("1.33.7", "1.35.0", { controlPlane: "1.32.0", nodes: "1.32.0" })).to.have.length(1);
  });

  it("that leaves parts behind can be allowed by the name of its refusal", () => {
    expect(words("1.34.3", "1.35.0", { nodes: "1.33.7" })[0]).to.contain('allow: ["kubernetesVersion"]');
    expect(words("1.34.3", "1.35.0", { nodes: "1.33.7" }, { allow: ["kubernetesVersion"] })).to.deep.equal([]);
  });

  it("is not blocked by nodes that wait on the cluster's own minor for another reason", () => {
    expect(words("1.34.3", "1.35.0", { controlPlane: "1.34.3", nodes: "1.34.1" })).to.deep.equal([]);
    expect(words("1.34.3", "1.35.0", {})).to.deep.equal([]);
  });

  it("does not block a patch or any other change for nodes that wait", () => {
    expect(words("1.34.3", "1.34.9", { nodes: "1.33.7" })).to.deep.equal([]);
    expect(words("1.34.3", "1.34.3", { nodes: "1.33.7" })).to.deep.equal([]);
  });
});

describe("Kubernetes under a release of kOps", () => {
  for (const [kops, kubernetes, says] of [
    ["1.35.0", "1.35.2", undefined],
    ["1.35.0", "1.29.0", undefined],
    ["1.35.0", "1.28.15", "too old for kOps 1.35 (it supports 1.29 to 1.35): keep kopsVersion at 1.33 or older"],
    ["1.35.0", "1.36.0", "newer than kOps 1.35 knows (it supports 1.29 to 1.35): set kopsVersion to 1.36 or newer"],
    ["1.36.2", "1.31.0", undefined],
    ["1.36.2", "1.30.9", "too old for kOps 1.36 (it supports 1.31 to 1.36)"],
    ["1.32.1", "1.27.16", undefined],
    ["1.32.1", "1.26.15", "too old for kOps 1.32 (it supports 1.27 to 1.32): keep kopsVersion at 1.31 or older"],
    ["1.37.0", "1.32.9", undefined],
    ["1.37.0", "1.31.9", "too old for kOps 1.37 (it supports 1.32 to 1.37): keep kopsVersion at 1.36 or older"],
    // A release that is not in the table: its dry run tells what it supports.
    ["1.99.0", "1.31.0", undefined],
  ] as const) {
    it(`${kops} ${says === undefined ? "accepts" : "refuses"} ${kubernetes}`, () => {
      const reasons = refusalsOf(at(kubernetes, kops), at(kubernetes, kops))
        .filter((one) => one.property === property)
        .map(({ reason }) => reason);
      if (says === undefined) expect(reasons).to.deep.equal([]);
      else expect(reasons.join()).to.contain(says);
    });
  }

  it("may skip minors of kOps, as kOps allows", () => {
    expect(refusalsOf(at("1.33.7", "1.33.1"), at("1.33.7", "1.36.2"))).to.deep.equal([]);
  });
});

describe("what a cluster may still run", () => {
  const finding = (type: Finding["type"], status: Finding["status"]): Finding => ({
    type,
    status,
    reason: "",
    message: "",
  });
  const before = { controlPlane: "1.33.7", nodes: "1.33.7" };

  it("is the desired version for a part that is up to date, and the former one for a part that waits", () => {
    expect(
      runningAfter(before, [finding("ControlPlaneUpToDate", "True"), finding("NodesUpToDate", "False")], "1.34.3"),
    ).to.deep.equal({ controlPlane: "1.34.3", nodes: "1.33.7" });
    expect(
      runningAfter({ controlPlane: "1.34.3", nodes: "1.33.7" }, [finding("NodesUpToDate", "True")], "1.34.3"),
    ).to.deep.equal({ controlPlane: "1.34.3", nodes: "1.34.3" });
    expect(
      runningAfter(undefined, [finding("ControlPlaneUpToDate", "True"), finding("NodesUpToDate", "True")], "1.34.3"),
    ).to.deep.equal({ controlPlane: "1.34.3", nodes: "1.34.3" });
  });

  it("is the older minor for nodes that are up to date with a control plane that waits", () => {
    expect(
      runningAfter(before, [finding("ControlPlaneUpToDate", "False"), finding("NodesUpToDate", "True")], "1.34.3"),
    ).to.deep.equal(before);
  });

  it("does not change without a finding about nodes", () => {
    expect(
      runningAfter(before, [finding("SpecWritten", "True"), finding("Validated", "True")], "1.34.3"),
    ).to.deep.equal(before);
  });

  it("is unknown for a cluster that was never up to date", () => {
    expect(runningAfter(undefined, [finding("NodesUpToDate", "False")], "1.34.3")).to.deep.equal({});
  });

  it("matters only when the minor changes", () => {
    expect(changesMinor(at("1.33.7"), at("1.34.3"))).to.equal(true);
    expect(changesMinor(at("1.34.1"), at("1.34.3"))).to.equal(false);
    expect(changesMinor(undefined, at("1.34.3"))).to.equal(false);
    expect(changesMinor(at("1.33.7"), at(undefined))).to.equal(false);
  });
});

describe("the plan of an upgrade", () => {
  it("names the versions, and says that the control plane rolls first", () => {
    expect(upgradeLines(at("1.33.7"), at("1.34.3"))).to.deep.equal([
      "Kubernetes 1.33.7 to 1.34.3: the control plane first, then the nodes",
    ]);
  });

  it("says what another version of kOps changes by itself", () => {
    expect(upgradeLines(at("1.34.3", "1.35.0"), at("1.34.3", "1.36.2"))).to.deep.equal([
      "kOps 1.35.0 to 1.36.2: rolls the groups whose template changes, named below",
    ]);
  });

  it("warns of a Kubernetes that kOps will soon refuse", () => {
    expect(upgradeLines(at("1.32.4", "1.35.0"), at("1.32.4", "1.36.2"))[1])
      .to.contain("Kubernetes 1.32 is deprecated in kOps 1.36")
      .and.to.contain("upgrade to 1.33");
  });

  it("says of a kOps that nobody ran here that it was not, in an upgrade and for a new cluster", () => {
    expect(upgradeLines(at("1.36.1", "1.36.2"), at("1.36.1", "1.37.0"))[1]).to.contain("kOps 1.37 was never run");
    expect(upgradeLines(undefined, at("1.36.1", "1.37.0")).join()).to.contain("kOps 1.37 was never run");
    expect(upgradeLines(at("1.36.1", "1.37.0"), at("1.36.1", "1.37.0"))).to.deep.equal([]);
  });

  it("says of a kOps newer than it knows what nobody checks, and refuses nothing", () => {
    expect(upgradeLines(at("1.36.1", "1.37.0"), at("1.36.1", "1.38.0"))[1])
      .to.contain("kOps 1.38 is newer than this program knows (1.37 is the newest)")
      .and.to.contain("only by kOps itself");
    expect(refusalsOf(at("1.36.1", "1.37.0"), at("1.36.1", "1.38.0"))).to.deep.equal([]);
  });

  it("names etcd 3.7 for Kubernetes 1.37, which an older etcd cannot go back from", () => {
    const etcd = (kubernetes: string): string =>
      minorText(etcdMinorOf(undefined, kubernetes) ?? { major: 0, minor: 0 });
    expect(["1.33.9", "1.34.0", "1.36.4", "1.37.0", "1.38.1"].map(etcd)).to.deep.equal([
      "3.5",
      "3.6",
      "3.6",
      "3.7",
      "3.7",
    ]);
  });

  it("says nothing while both versions stay, even if one is written with a v", () => {
    expect(upgradeLines(at("1.34.3"), at("v1.34.3"))).to.deep.equal([]);
    expect(upgradeLines(undefined, at("1.34.3"))).to.deep.equal([]);
  });
});
