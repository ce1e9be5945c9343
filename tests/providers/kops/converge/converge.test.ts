import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { reasonBehind, startDeadline } from "../../../../providers/kops/operation/deadline.ts";
import { TimeoutError } from "../../../../providers/kops/model/errors.ts";
import type { KopsClusterInputs } from "../../../../providers/kops/index.ts";
import type { Journal } from "../../../../providers/kops/store/journal.ts";
import { refuseChangedManifests } from "../../../../providers/kops/converge/steps/spec-written.ts";
import { isBehind, oldestOf, versionsOf } from "../../../../providers/kops/kubernetes/version-guard.ts";
import { memoryStore } from "../memory-store.ts";
import { sampleInputs } from "../samples.ts";
import { refusalsOf } from "../../../../providers/kops/rules/refusals.ts";
import { refuseIrreversible } from "../../../../providers/kops/converge/preconditions.ts";

describe("the control plane", () => {
  for (const [running, desired, behind] of [
    [["v1.34.3"], "1.34.3", false],
    [["v1.34.3"], "v1.34.3", false],
    [["v1.34.3"], "1.34.4", true],
    [["v1.35.0", "v1.34.3"], "1.35.0", true],
    [["v1.35.0"], "1.34.9", false],
    [[], "1.34.3", true],
    [[""], "1.34.3", true],
    [["v1.34.3"], "https://dl.k8s.io/ci/v1.36.0-alpha.0", true],
  ] as [string[], string, boolean][]) {
    it(`of ${running.join(" and ") || "no node"} ${behind ? "may be" : "is not"} behind ${desired}`, () => {
      expect(isBehind({ running }, desired)).to.equal(behind);
    });
  }

  for (const [reported, versions] of [
    [["v1.34.3", "v1.33.7", "v1.34.3"], { running: ["v1.34.3", "v1.33.7"] }],
    [[], { unknown: "it has no control-plane node" }],
    [["v1.34.3", undefined], { unknown: "a control-plane node does not report which version it runs" }],
    [["v1.34.3", ""], { unknown: "a control-plane node does not report which version it runs" }],
  ] as [(string | undefined)[], object][]) {
    it(`whose nodes report ${reported.join(" and ") || "nothing"} tells ${Object.keys(versions).join()}`, () => {
      expect(versionsOf(reported)).to.deep.equal(versions);
    });
  }

  it("holds nodes at the version of its oldest node, by number", () => {
    expect(oldestOf({ running: ["v1.34.10", "v1.34.9"] })).to.equal("v1.34.9");
  });
});

describe("an irreversible change", () => {
  const at = (kubernetesVersion: string, more: Partial<KopsClusterInputs> = {}): KopsClusterInputs =>
    sampleInputs({ cluster: { ...sampleInputs().cluster, kubernetesVersion }, ...more });
  const lastApplied = (kubernetesVersion: string): Journal["lastApplied"] => {
    const { kopsVersion, cluster, instanceGroups } = at(kubernetesVersion);
    return { kopsVersion, cluster, instanceGroups };
  };
  const written = { digest: "d", etags: {} };
  const live = (kubernetesVersion: string): Record<string, string> => {
    const { name, cluster, instanceGroups } = at(kubernetesVersion);
    const specs: [string, unknown][] = [
      [`${name}/config`, { ...cluster, networkCIDR: "10.0.0.0/16" }],
      ...Object.entries(instanceGroups).map(([group, spec]): [string, unknown] => [
        `${name}/instancegroup/${group}`,
        spec,
      ]),
    ];
    return Object.fromEntries(specs.map(([key, spec]) => [key, JSON.stringify({ spec })]));
  };
  const attempt = async (
    inputs: KopsClusterInputs,
    journal: Partial<Journal>,
    objects: Record<string, string> = {},
  ): Promise<string> => {
    const store = memoryStore();
    for (const [key, body] of Object.entries(objects)) await store.put(key, body);
    const etags = Object.fromEntries((await store.list("")).map(({ key, etag }) => [key, etag]));
    const whole: Journal = {
      version: 1,
      cluster: inputs.name,
      owner: inputs.owner,
      conditions: [],
      instanceGroups: [],
      ...journal,
    };
    return await refuseIrreversible({ store, inputs }, whole, etags).then(
      () => "",
      (error: unknown) => String(error),
    );
  };

  it(
    "is refused against the spec last applied, even if Pulumi never saw that succeed, and the error says how to " +
      "allow it",
    async () => {
      const refusal = await attempt(at("1.34.3"), { lastApplied: lastApplied("1.35.0"), written });
      expect(refusal)
        .to.contain("cannot change from 1.35.0 to 1.34.3: a minor upgrade is irreversible")
        .and.to.contain("restore an etcd backup")
        .and.to.contain("nothing of the cluster was touched");
    },
  );

  it("is allowed when the inputs allow it", async () => {
    expect(
      await attempt(at("1.34.3", { allow: ["kubernetesVersion"] }), { lastApplied: lastApplied("1.35.0"), written }),
    ).to.equal("");
  });

  it("may be reverted while only the manifests have it: nothing was applied yet", async () => {
    expect(await attempt(at("1.34.3"), { lastApplied: lastApplied("1.34.3"), written }, live("1.35.0"))).to.equal("");
    expect(await attempt(at("1.34.3"), { written }, live("1.35.0"))).to.equal("");
  });

  it("is not a list that kOps completed, in a cluster that others made", async () => {
    const subnets = [{ name: "a", zone: "ap-southeast-2a", type: "Private", id: "subnet-1" }];
    const etcdClusters = [{ name: "main", etcdMembers: [{ name: "a", instanceGroup: "control-plane-a" }] }];
    const inputs = sampleInputs({ cluster: { ...sampleInputs().cluster, subnets, etcdClusters } });
    const objects = live("1.34.3");
    const filled = {
      ...inputs.cluster,
      subnets: [{ ...subnets[0], cidr: "10.0.0.0/24" }],
      etcdClusters: [
        {
          ...etcdClusters[0],
          cpuRequest: "200m",
          etcdMembers: [{ name: "a", instanceGroup: "control-plane-a", encryptedVolume: true }],
        },
      ],
    };
    expect(
      await attempt(inputs, {}, { ...objects, [`${inputs.name}/config`]: JSON.stringify({ spec: filled }) }),
    ).to.equal("");
    const moved = {
      ...filled,
      etcdClusters: [{ name: "main", etcdMembers: [{ name: "b", instanceGroup: "control-plane-b" }] }],
    };
    expect(
      await attempt(inputs, {}, { ...objects, [`${inputs.name}/config`]: JSON.stringify({ spec: moved }) }),
    ).to.contain("etcd");
  });

  it("is refused against the manifests of a cluster that others made, despite what kOps added there", async () => {
    expect(await attempt(at("1.34.3"), {}, live("1.34.3"))).to.equal("");
    expect(await attempt(at("1.34.3"), {}, live("1.35.0"))).to.contain("a minor upgrade is irreversible");
  });

  it("leaves in the journal which version a cluster that others made may still run: a next minor waits", async () => {
    const journal: Partial<Journal> = {};
    const store = memoryStore();
    for (const [key, body] of Object.entries(live("1.33.7"))) await store.put(key, body);
    const etags = Object.fromEntries((await store.list("")).map(({ key, etag }) => [key, etag]));
    await refuseIrreversible({ store, inputs: at("1.34.3") }, journal as Journal, etags);
    expect(journal.running).to.deep.equal({ controlPlane: "1.33.7", nodes: "1.33.7" });
    expect(
      refusalsOf(at("1.34.3"), at("1.35.0"), journal.running)
        .map(({ reason }) => reason)
        .join(),
    ).to.contain("the control plane may still run 1.33.7");
  });

  it("does not concern a new cluster", async () => {
    expect(await attempt(at("1.34.3"), {})).to.equal("");
  });
});

describe("manifests that were changed since the plan for them was made", () => {
  const inputs = sampleInputs();
  const { name } = inputs;
  const planned = {
    [`${name}/config`]: "1",
    [`${name}/instancegroup/nodes`]: "2",
    [`${name}/instancegroup/control-plane-a`]: "3",
    [`${name}/instancegroup/leaves`]: "4",
  };
  const without = (key: string): Record<string, string> =>
    Object.fromEntries(Object.entries(planned).filter(([one]) => one !== key));
  const refusal = (now: Record<string, string>, journal: Partial<Journal> = {}): string => {
    const whole: Journal = {
      version: 1,
      cluster: name,
      owner: inputs.owner,
      conditions: [],
      instanceGroups: [],
      ...journal,
    };
    try {
      refuseChangedManifests({ digest: "d", journal: whole, context: { inputs, store: memoryStore() } }, planned, now);
      return "";
    } catch (error) {
      return String(error);
    }
  };

  it("are not written over: the run stops and names them and the next command", () => {
    const error = refusal({ ...planned, [`${name}/instancegroup/nodes`]: "9", [`${name}/instancegroup/other`]: "1" });
    expect(error)
      .to.contain(`s3://memory: ${name}/instancegroup/nodes, ${name}/instancegroup/other`)
      .and.to.contain("run `pulumi up` again");
    expect(refusal(without(`${name}/instancegroup/nodes`))).to.contain("/instancegroup/nodes");
    expect(refusal({})).to.contain("/config");
  });

  it("count as unchanged when nobody wrote, or when a removed group has gone meanwhile", () => {
    expect([refusal(planned), refusal(without(`${name}/instancegroup/leaves`))]).to.deep.equal(["", ""]);
  });

  it("are accepted when another run wrote the desired spec, and nothing else", () => {
    const now = { ...planned, [`${name}/config`]: "9" };
    expect(refusal(now, { written: { digest: "d", etags: now } })).to.equal("");
    expect(refusal(now, { written: { digest: "other", etags: now } })).to.contain("/config");
    expect(refusal(now, { written: { digest: "d", etags: planned } })).to.contain("/config");
  });
});

describe("a verb's time-out", () => {
  const name = "k1.sbx.example.com";

  it("stops the work, says how far it came, and what to type", async () => {
    const deadline = startDeadline({ name, timeouts: { update: "20ms" } }, "update", () => "unfinished: NodesRolled");
    const thrown: unknown = await sleep(5000, undefined, { signal: deadline.signal }).catch((error: unknown) => error);
    const error = reasonBehind(thrown, deadline.signal);
    expect(error).to.be.instanceOf(TimeoutError);
    expect((error as TimeoutError).explanation).to.deep.equal({
      what: "The update of k1.sbx.example.com was stopped: timeouts.update is 20ms",
      why: "unfinished: NodesRolled",
      next: "run `pulumi up` again: it continues; or allow it more time",
    });
  });

  it("is that of the verb, and absent when none is set", async () => {
    const deadlines = [
      startDeadline({ name, timeouts: { create: "1ms" } }, "delete", () => ""),
      startDeadline({ name }, "create", () => ""),
    ];
    await sleep(20);
    expect(deadlines.map(({ signal }) => signal.aborted)).to.deep.equal([false, false]);
  });

  it("ends with the work", async () => {
    const deadline = startDeadline({ name, timeouts: { delete: "5ms" } }, "delete", () => "");
    deadline.end();
    await sleep(20);
    expect(deadline.signal.aborted).to.equal(false);
  });

  it("accepts a time longer than any timer", async () => {
    const deadline = startDeadline({ name, timeouts: { update: "1000h" } }, "update", () => "");
    await sleep(20);
    expect(deadline.signal.aborted).to.equal(false);
    deadline.end();
  });
});
