import { expect } from "chai";
import { bareArgs, makeBareCheckout } from "./bare/index.ts";
import type { BareCheckout } from "./bare/index.ts";

describe("the deletion of a cluster", function () {
  this.timeout(5 * 60_000);
  let bare: BareCheckout;

  before(async () => {
    bare = await makeBareCheckout();
  });
  after(() => bare.remove());

  const urn = "urn:pulumi:sbx::pilot::pulumi-nodejs:dynamic/kops:Cluster::k1";

  it("is refused in the preview of a destroy and of a removal while it is protected, and by the provider when Pulumi's own lock is taken off", async () => {
    const made = bareArgs("k1", bare.surroundings, "nodeGroups: { nodes: { machineType: t3.large, count: 1 } }", { deletionProtection: true });
    // kOps is to tag the subnets here, as in a full manifest that does not say otherwise.
    await bare.declare({ k1: { ...made, cluster: { ...made.cluster, DisableSubnetTags: false } } });
    await bare.up();
    const preview = await bare.localFails("pulumi", "destroy", "--stack", "sbx", "--non-interactive", "--preview-only");
    expect(preview.output).to.contain("dynamic/kops:Cluster::k1").and.to.contain("protected");
    await bare.declare({});
    const removal = await bare.localFails("pulumi", "preview", "--stack", "sbx", "--non-interactive");
    expect(removal.output).to.contain("dynamic/kops:Cluster::k1").and.to.contain("protected");
    await bare.local("pulumi", "state", "unprotect", urn, "--stack", "sbx", "--yes");
    const refused = await bare.localFails("pulumi", "destroy", "--stack", "sbx", "--non-interactive", "--yes", "--skip-preview");
    expect(refused.output).to.contain("Cluster k1.bare.internal is protected from deletion").and.to.contain("set deletionProtection: false");
  });
});
