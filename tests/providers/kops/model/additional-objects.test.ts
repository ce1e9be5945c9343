import { expect } from "chai";
import {
  additionalIn,
  additionalText,
  desiredAdditional,
  isSameAdditional,
} from "../../../../providers/kops/model/additional-objects.ts";
import { additionalLines, additionalPlan } from "../../../../providers/kops/plan/facts/additional-objects.ts";

const scheduler = (schedulerName: string) => ({
  kind: "KubeSchedulerConfiguration",
  apiVersion: "kubescheduler.config.k8s.io/v1",
  profiles: [{ schedulerName }],
});
const limits = (cpu: string) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "limits", namespace: "kube-system" },
  data: { cpu, text: "a\n---\nb\n", since: "2026-11-30", yes: "no" },
});

describe("objects that kOps keeps with a cluster", () => {
  it("are written in kOps's own form, with sorted keys, and read back as they were", () => {
    const text = additionalText([scheduler("a"), limits("1")]);
    expect(text.split("\n---\n\n").map((one) => one.split("\n")[0])).to.deep.equal([
      "apiVersion: kubescheduler.config.k8s.io/v1",
      "apiVersion: v1",
    ]);
    expect(text).to.contain("since: '2026-11-30'").and.to.contain("'yes': 'no'");
    expect(additionalIn(text)).to.deep.equal([scheduler("a"), limits("1")]);
    expect(additionalIn("")).to.deep.equal([]);
  });

  const table: [string, ReturnType<typeof limits | typeof scheduler>[], ReturnType<typeof limits>[], string[]][] = [
    ["nothing if they are the same", [limits("1")], [limits("1")], []],
    ["a new one", [], [limits("1")], ["ConfigMap kube-system/limits: new"]],
    ["a removed one", [scheduler("a")], [], ["KubeSchedulerConfiguration: removed"]],
    ["a changed one, by property", [limits("1")], [limits("2")], ["ConfigMap kube-system/limits: data.cpu: 1 -> 2"]],
    [
      "only another order",
      [limits("1"), { ...limits("1"), metadata: { name: "b", namespace: "c" } }],
      [{ ...limits("1"), metadata: { name: "b", namespace: "c" } }, limits("1")],
      ["in another order"],
    ],
  ];
  for (const [what, live, desired, lines] of table)
    it(`show ${what}`, () => {
      expect(additionalLines(live, desired)).to.deep.equal(lines);
      expect(isSameAdditional(live, desired)).to.equal(lines.length === 0);
    });

  it("stay if nobody names any, until this program has written some; an empty list removes all", () => {
    expect(desiredAdditional({}, undefined)).to.equal(undefined);
    expect(desiredAdditional({}, {})).to.equal(undefined);
    expect(desiredAdditional({}, { additionalObjects: true })).to.deep.equal([]);
    expect(desiredAdditional({ additionalObjects: [] }, {})).to.deep.equal([]);
    expect(additionalPlan({ live: [scheduler("a")], desired: undefined })).to.deep.equal({
      changes: [],
      kept: ["KubeSchedulerConfiguration"],
    });
    expect(additionalPlan({ live: [], desired: undefined })).to.equal(undefined);
  });
});
