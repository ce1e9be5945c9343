import { expect } from "chai";
import { label, timeline } from "../../pull-requests/comment/mermaid.ts";
import { renderComment } from "../../pull-requests/comment/render.ts";
import { plan, preview } from "./documents.ts";

const roll = { group: "nodes", controlPlane: false, nodes: 5, now: 3 };

/** What Mermaid's grammar of a timeline takes, as far as it is used (tried with mermaid 11.16). */
const grammar = /^```mermaid\ntimeline(\n {2}section [\w ./-]+(\n {4}\d+\. [\w ./-]+( : [\w ./-]+)*)+)+\n```$/;

describe("the rolls of a comment", () => {
  const rolls = [
    { group: "control-plane-a", controlPlane: true, nodes: 1, now: 1, seconds: 210 },
    { ...roll, seconds: 600 },
    { ...roll, group: "gpu", held: "excluded" as const },
  ];
  const estimate = { seconds: 810, text: "about 13m30s, if each node takes 3m to drain, boot and validate" };
  const text = renderComment({ previews: [preview({ clusters: [plan({ rolls, estimate })] })] });

  it("have the time of each group and what it rests on, or that they are held back", () => {
    expect(text)
      .to.contain("| `k1.sbx.pilot.internal` | 1 | `control-plane-a` | control plane | 1 | about 3m30s |")
      .and.to.contain("| `k1.sbx.pilot.internal` | 2 | `nodes` | nodes | 3 | about 10m |")
      .and.to.contain("| `k1.sbx.pilot.internal` | 3 | `gpu` | nodes | 3 | held back |")
      .and.to.contain(`\`k1.sbx.pilot.internal\` takes \`${estimate.text}\`.`)
      .and.to.contain("1 cluster to change, 4 nodes roll");
  });

  it("are a timeline of what is not held back", () => {
    const drawn = /```mermaid\n[\s\S]*?\n```/.exec(text)?.[0];
    expect(drawn).to.equal(
      [
        "```mermaid",
        "timeline",
        "  section k1.sbx.pilot.internal",
        "    1. control-plane-a : 1 control-plane node : about 3m30s",
        "    2. nodes : 3 nodes : about 10m",
        "```",
      ].join("\n"),
    );
    expect(drawn).to.match(grammar);
  });

  it("break out of no diagram, whatever a group is called", () => {
    const hostile = [
      'x"] --> y',
      "a : b",
      "a\n```\n# heading",
      '%%{init: {"securityLevel": "loose"}}%%',
      "section x",
      "<img src=x onerror=alert(1)>",
      "a # b; click a href",
      "",
      "å".repeat(200),
    ];
    for (const name of hostile) {
      const drawn = timeline([{ name, periods: [{ name, events: [name] }] }]);
      expect(drawn, name).to.match(grammar);
      expect(label(name)).to.match(/^[\w ./-]{1,60}$/);
    }
  });

  it("are no diagram when there are too many to read, or none", () => {
    const periods = Array.from({ length: 25 }, () => ({ name: "a", events: [] }));
    expect([timeline([]), timeline([{ name: "k1", periods }])]).to.deep.equal([undefined, undefined]);
  });
});

describe("the changes of clusters in a comment", () => {
  it("have old and new values, before the folded plan", () => {
    const modify = [
      {
        kind: "LaunchTemplate",
        name: "nodes.k1.sbx.pilot.internal",
        fields: ["InstanceType"],
        values: { InstanceType: { from: "t3.large", to: "t3.xlarge" } },
      },
    ];
    const text = renderComment({ previews: [preview({ clusters: [plan({ modify })] })] });
    const row = "| `k1.sbx.pilot.internal` | `modify LaunchTemplate/nodes: InstanceType t3.large → t3.xlarge` |";
    expect(text).to.contain(row);
    expect(text.indexOf(row)).to.be.below(text.indexOf("<details>"));
  });
});
