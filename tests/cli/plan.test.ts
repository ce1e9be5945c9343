import { expect } from "chai";
import { tree } from "../../cli/pilot.ts";
import { plan, planOf, planText } from "../../cli/plan.ts";
import { runTyped } from "../../cli/base/command.ts";
import { ConfigError } from "../../providers/kops/model/errors.ts";
import type { PreviewDocument } from "../../pull-requests/preview/document.ts";
import { rejection } from "../local/rejection.ts";
import { plan as clusterPlan, preview } from "../pull-requests/documents.ts";

const look = { colour: false, width: undefined };
const deleted = {
  ...{ op: "delete", urn: "u", type: "pulumi-nodejs:dynamic/kops:Cluster", name: "k9", details: [], digests: {} },
};
const typed = (args: string[], options: Parameters<typeof plan>[0]["options"] = {}): Parameters<typeof plan>[0] => ({
  ...{ args, options, usage: "npx pilot plan" },
  refusal: (why) => new ConfigError({ what: "not understood", why, next: "" }),
});
const two = preview({
  clusters: [clusterPlan({ cluster: "k1.sbx.example.com" }), clusterPlan({ cluster: "k2.sbx.example.com" })],
  resources: [deleted],
});

describe("the plan of a stack", () => {
  for (const [words, clusters, gone] of [
    [[], ["k1.sbx.example.com", "k2.sbx.example.com"], ["k9"]],
    [["k1"], ["k1.sbx.example.com"], []],
    [["k2.sbx.example.com", "k9"], ["k2.sbx.example.com"], ["k9"]],
    [["k"], [], []],
  ] as const)
    it(`has ${clusters.join(", ") || "nothing"} for ${words.join(", ") || "no word"}`, () => {
      const found = planOf(two, words);
      expect(found.clusters.map(({ cluster }) => cluster)).to.deep.equal(clusters);
      expect(found.deleted).to.deep.equal(gone);
    });

  it("is the block of a preview for each cluster, and says how much else changes", () => {
    const text = planText({ ...planOf(two, []), otherResources: 2 }, look);
    expect(text)
      .to.match(/^k1\.sbx\.example\.com\n {2}\S.*digest /)
      .and.to.match(/\nk9\n {2}the whole cluster is deleted: npx pilot destroy-plan k9/)
      .and.to.match(/\n2 other resources change: pulumi preview --stack sbx$/);
  });
});

describe("the plan command", () => {
  const run = async (found: PreviewDocument, ...[args, options]: Partial<Parameters<typeof typed>>) => {
    const said: string[] = [];
    const code = await plan(
      typed(args ?? [], { stack: "sbx", ...options }),
      { progress: { say: () => undefined } },
      () => Promise.resolve(found),
      (text) => said.push(text),
    );
    return { code, text: said.join("\n") };
  };

  it("ends with 2 if a cluster changes, and with 0 if none of those asked for does", async () => {
    expect((await run(two)).code).to.equal(2);
    expect(await run(two, ["k7"])).to.include({ code: 0 });
    expect(await run(preview({ clusters: [], resources: [] }))).to.deep.equal({
      code: 0,
      text: "No cluster of sbx changes.",
    });
  });

  it("prints the plans as JSON alone", async () => {
    const { text } = await run(two, ["k1"], { json: true });
    expect(JSON.parse(text))
      .to.include({ stack: "sbx", status: "planned" })
      .and.to.have.nested.property("clusters[0].digest");
  });

  it("fails with the problems of a failed preview, after the plans of the other clusters", async () => {
    const failed = { ...two, status: "failed" as const, problems: ["k3 would be refused"] };
    const error = await rejection(run(failed));
    expect(error).to.be.instanceOf(ConfigError);
    expect(error.message).to.match(/The preview of sbx failed\.\s+k3 would be refused\.?\s+Next: correct that/);
  });

  it("is refused for a stack that has no valid name", async () => {
    expect((await rejection(runTyped(tree, ["plan", "--stack", "../x"]))).message).to.contain(
      "is not the name of a stack",
    );
  });
});
