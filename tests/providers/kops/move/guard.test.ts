import { expect } from "chai";
import { checkDesired } from "../../../../providers/kops/check/check.ts";
import { refusedIn } from "../../../../providers/kops/model/hidden-inputs.ts";
import type { KopsClusterInputs } from "../../../../providers/kops/index.ts";
import { parseStoreUrl } from "../../../../providers/kops/store/object-store.ts";
import { pilotKeysOf } from "../../../../providers/kops/store/keys.ts";
import { applied, journalOf } from "../journals.ts";
import { sampleInputs } from "../samples.ts";
import { withStore } from "../served-store.ts";

const { signal } = new AbortController();
const { name, stateStore: old } = sampleInputs();
const fresh = "s3://fresh";

/** With a kOps that no cluster may go back to: something else is always wrong, so that none is asked. */
const desired = (stateStore: string): KopsClusterInputs => ({ ...sampleInputs(), stateStore, kopsVersion: "1.34.0" });
/** Where it moved to it has its manifest, and the journal of a cluster that was brought up. */
const movedTo = (to: string): Record<string, string> => ({
  [`${parseStoreUrl(to).bucket}/${name}/config`]: "kind: Cluster\nmetadata:\n  name: k1\nspec: {}\n",
  [`${parseStoreUrl(to).bucket}/${pilotKeysOf(name).journal}`]: JSON.stringify(
    journalOf({ cluster: name, owner: sampleInputs().owner, applied }),
  ),
  [`${parseStoreUrl(old).bucket}/${pilotKeysOf(name).moved}`]: JSON.stringify({
    version: 1,
    to,
    clusters: [name],
    at: "2026-11-21T09:00:00Z",
  }),
});
const refused = async (objects: Record<string, string>, inputs: KopsClusterInputs): Promise<Record<string, string>> =>
  Object.fromEntries(
    refusedIn(await withStore(objects, () => checkDesired(sampleInputs(), inputs, signal))).map(
      ({ property, reason }) => [property, reason],
    ),
  );

describe("another store for a cluster", () => {
  it("is refused, with the command that moves it", async () => {
    const reasons = await refused({}, desired(fresh));
    expect(reasons).to.have.all.keys("stateStore", "kopsVersion");
    expect(reasons["stateStore"]).to.contain(`npx pilot move-store ${old} ${fresh}`);
  });

  it("is allowed if the old store says that the cluster moved there; the rest is checked as usual", async () => {
    expect(await refused(movedTo(fresh), desired(fresh))).to.have.all.keys("kopsVersion");
  });

  it("is refused if the cluster moved to yet another one", async () => {
    expect(await refused(movedTo("s3://third"), desired(fresh))).to.have.all.keys("stateStore", "kopsVersion");
  });

  it("is refused after the move if it is the old one", async () => {
    const reasons = await refused(movedTo(fresh), desired(old));
    expect(reasons["stateStore"]).to.contain(
      `${name} moved from ${old} to ${fresh}: set pilot:stateStore.stateBucket: fresh`,
    );
    // Also where nothing else would be refused, or even changed.
    expect(await refused(movedTo(fresh), sampleInputs())).to.have.all.keys("stateStore");
  });
});
