import { expect } from "chai";
import { summary } from "../../../local/commands/summary.ts";

const k1 = {
  name: "k1.sbx.pilot.internal",
  endpoint: "https://api.k1.sbx.pilot.internal",
  kubernetesVersion: "1.34.3",
};
const ready = { type: "Ready", status: "True", message: "" };

describe("the summary of npm start", () => {
  it("has each cluster with version and address, and the next commands", () => {
    expect(summary([{ ...k1, conditions: [ready] }])).to.deep.equal([
      "Cluster k1.sbx.pilot.internal (Kubernetes 1.34.3 at https://api.k1.sbx.pilot.internal) is ready",
      "Next:",
      "  see how it is  npm run local -- npx pilot status",
      "  use it         npm run local -- kubectl get nodes",
      "  change it      edit clusters/sbx/, then npm run local -- pulumi preview (or up) --stack sbx",
      "  all outputs    npm run -s local -- pulumi stack output --stack sbx --json",
      "  stop, forget   npm run local:stop, npm run local:reset",
    ]);
  });

  it("says why a cluster is not ready", () => {
    const waits = { type: "Ready", status: "False", message: "nodes waits for a roll" };
    expect(summary([{ ...k1, conditions: [waits] }])[0]).to.equal(
      "Cluster k1.sbx.pilot.internal (Kubernetes 1.34.3 at https://api.k1.sbx.pilot.internal) is not ready: nodes waits for a roll",
    );
  });

  it("says that there is no cluster", () => {
    expect(summary([])[0]).to.equal("The environment is up. It has no cluster yet.");
  });
});
