import { expect } from "chai";
import { checkDesired } from "../../../../providers/kops/check/check.ts";
import { failIfRefused, refusalLines, refusedIn } from "../../../../providers/kops/model/hidden-inputs.ts";
import { unknownValue } from "../../../../providers/kops/model/unknown.ts";
import { check, create, diff, update } from "../../../../providers/kops/provider.ts";
import { updateConditions } from "../../../../providers/kops/model/conditions.ts";
import type { KopsClusterInputs } from "../../../../providers/kops/index.ts";
import { desiredSpec, digestOf } from "../../../../providers/kops/model/spec.ts";
import { journalText } from "../../../../providers/kops/store/journal.ts";
import type { Journal } from "../../../../providers/kops/store/journal.ts";
import { kopsKeysOf, pilotKeysOf } from "../../../../providers/kops/store/keys.ts";
import { sampleInputs } from "../samples.ts";
import { withoutCloud, withStore } from "../served-store.ts";

const going = new AbortController().signal;
const wrong = { ...sampleInputs(), name: "K1", rollingUpdate: { nodeInterval: "15" } };

const at = (kubernetesVersion: string): KopsClusterInputs["cluster"] => ({
  ...sampleInputs().cluster,
  kubernetesVersion,
});

/** What a store has of the cluster of `inputs`, which was brought to them and told so. */
function settled(inputs: KopsClusterInputs, changes: Partial<Journal> = {}): Record<string, string> {
  const { name, owner, kopsVersion, cluster, instanceGroups } = inputs;
  const done = (["SpecWritten", "CloudApplied", "ControlPlaneUpToDate", "NodesUpToDate", "Validated"] as const).map(
    (type) => ({ type, status: "True" as const, reason: "Done", message: "" }),
  );
  const spec = { kopsVersion, cluster, instanceGroups };
  const journal: Journal = {
    version: 1,
    cluster: name,
    owner,
    conditions: updateConditions([], done, new Date(0)),
    instanceGroups: Object.keys(instanceGroups),
    applied: { digest: digestOf(desiredSpec(inputs)), kopsVersion, revision: 1, at: "2026-11-21T08:00:00Z", spec },
    lastApplied: spec,
    ...changes,
  };
  return {
    [`state-of-sbx/${pilotKeysOf(name).journal}`]: journalText(journal),
    [`state-of-sbx/${kopsKeysOf(name).config}`]: "kind: Cluster",
  };
}

describe("what check refuses", () => {
  it("is no failure of check, which would end the previews of all other clusters, but stands beside the inputs", async () => {
    const { inputs, failures } = await check({}, wrong);
    expect(failures).to.deep.equal([]);
    expect(refusedIn(inputs).map(({ property }) => property)).to.include.members([
      "name",
      "rollingUpdate.nodeInterval",
    ]);
  });

  it("is never nothing to do, and neither planned nor looked at again", async () => {
    expect(await diff("k1", sampleInputs(), await checkDesired({}, wrong, going))).to.deep.equal({ changes: true });
  });

  it("ends create and update before they look at the inputs, with all reasons and without a stack", async () => {
    const checked = await checkDesired({}, wrong, going);
    for (const verb of [
      (): Promise<unknown> => create(checked),
      (): Promise<unknown> => update("k1", sampleInputs(), checked),
    ]) {
      const error = await verb().then(
        () => undefined,
        (thrown: unknown) => thrown as Error,
      );
      expect(error?.message).to.contain("Cluster K1 cannot be brought to its desired spec");
      for (const line of refusalLines(refusedIn(checked))) expect(error?.message).to.contain(line);
      expect(error?.message).to.contain("nothing of the cluster was touched");
      expect(error?.stack).to.equal("");
    }
  });

  it("has no tag of Pulumi's colours, on which Pulumi would crash, in what is refused or thrown", async () => {
    const hostile = { ...wrong, name: "<{%nope%}>" };
    const checked = await checkDesired({}, hostile, going);
    const [line] = refusalLines([{ property: "name", reason: "is <{%nope%}>" }]);
    expect(line).to.contain("nope").and.to.not.contain("<{%");
    const error = await create(checked).then(
      () => undefined,
      (thrown: unknown) => thrown as Error,
    );
    expect(error?.message).to.contain("nope").and.to.not.contain("<{%");
  });

  it("is also that its plan cannot be made, whatever was thrown", async () => {
    const refused = refusedIn(await withoutCloud(() => checkDesired(sampleInputs(), sampleInputs(), going)));
    expect(refused.map(({ property }) => property)).to.deep.equal([""]);
    expect(refusalLines(refused)[0]).to.contain("state-of-sbx");
  });

  it(
    "is another owner than the journal has, as the update would refuse it, with the way of a stack that was " +
      "renamed",
    async () => {
      const before = sampleInputs();
      const renamed = { ...before, owner: "organisation/pilot/renamed" };
      const refused = refusedIn(await withStore(settled(before), () => checkDesired(before, renamed, going)));
      expect(refused.map(({ property }) => property)).to.deep.equal(["owner"]);
      expect(refusalLines(refused)[0])
        .to.contain("it belongs to organisation/pilot/sbx")
        .and.to.contain("adopt: true")
        .and.to.contain("renamed");
      expect(
        refusedIn(await withStore(settled(before), () => checkDesired(before, { ...renamed, adopt: true }, going))),
      ).to.deep.equal([]);
    },
  );

  it(
    "is all at once: what is malformed, what the inputs of before do not allow, and what the cloud was told though " +
      "Pulumi never saw it succeed",
    async () => {
      const before = sampleInputs();
      const { kopsVersion, cluster, instanceGroups } = sampleInputs({ cluster: at("1.35.0") });
      const lastApplied = { kopsVersion, cluster, instanceGroups };
      const desired = {
        ...before,
        rollingUpdate: { nodeInterval: "15" },
        instanceGroups: { nodes: before.instanceGroups["nodes"] },
      };
      const refused = refusedIn(
        await withStore(settled(before, { lastApplied }), () => checkDesired(before, desired, going)),
      );
      expect(refused.map(({ property }) => property)).to.have.members([
        "rollingUpdate.nodeInterval",
        "instanceGroups",
        "instanceGroups.control-plane-a",
        "cluster.kubernetesVersion",
      ]);
    },
  );

  it("is also what was found before something was thrown, and after it", async () => {
    const desired = { ...sampleInputs({ cluster: at("1.36.0") }), rollingUpdate: { nodeInterval: "15" } };
    const refused = refusedIn(await withoutCloud(() => checkDesired(sampleInputs(), desired, going)));
    // Refused twice: it skips a minor, and is newer than kOps.
    expect(refused.map(({ property }) => property)).to.have.members([
      "",
      "rollingUpdate.nodeInterval",
      "cluster.kubernetesVersion",
      "cluster.kubernetesVersion",
    ]);
    expect(refusalLines(refused).join("\n")).to.contain("state-of-sbx").and.to.contain("one minor at a time");
  });

  it("is not that something is not known yet: the preview says what it waits for", async () => {
    const desired = sampleInputs();
    const unknown = {
      ...desired,
      cluster: {
        ...desired.cluster,
        subnets: [
          { name: "a", id: "subnet-1" },
          { name: "c", id: unknownValue },
        ],
      },
    };
    const said: string[] = [];
    const log = console.log;
    console.log = (line: string): void => void said.push(line);
    try {
      expect(refusedIn(await withoutCloud(() => checkDesired(desired, unknown, going)))).to.deep.equal([]);
    } finally {
      console.log = log;
    }
    expect(said.join("\n")).to.match(
      /plan: what changes in the cloud and which nodes roll cannot be told before this is known: cluster\.subnets\[1\]\.id/,
    );
  });

  it("is nothing where all is well", async () => {
    expect(refusedIn(sampleInputs())).to.deep.equal([]);
    await failIfRefused({ ...sampleInputs() });
  });
});
