import { roughly } from "../../providers/kops/plan/document/estimate.ts";
import type { PlanDocument } from "../../providers/kops/plan/document/plan-document.ts";
import { isAllowedSkew } from "../../providers/kops/plan/document/version-skew.ts";
import { documentLines } from "../../providers/kops/plan/print/plan-block.ts";
import { cloudLines, nodesText } from "../../providers/kops/plan/print/plan-lines.ts";
import type { PreviewDocument, ResourceChange } from "../preview/document.ts";
import { isCluster } from "../preview/steps.ts";
import { code, codeBlock, folded, table } from "./markdown.ts";
import { label, timeline } from "./mermaid.ts";

type Roll = PlanDocument["rolls"][number];

/** Rolls that an `up` does. */
export const rollsOf = ({ rolls }: PlanDocument): Roll[] => rolls.filter(({ held }) => !held);

/** How many warnings and changes of one cluster are shown. The folded plan has all. */
const shownAtMost = 8;

function firstOf(lines: readonly string[]): string[] {
  const more = lines.length - shownAtMost;
  return more <= 0 ? [...lines] : [...lines.slice(0, shownAtMost), `and ${more} more`];
}

/**
 * Clusters that change and have no plan: what is deleted, what is refused, and what depends on something that does not
 * exist yet. The name of the resource is the first part of the cluster's.
 */
export function unplanned({ resources, clusters }: Pick<PreviewDocument, "resources" | "clusters">): ResourceChange[] {
  return resources.filter(
    (one) =>
      isCluster(one) && !clusters.some(({ cluster }) => cluster === one.name || cluster.startsWith(`${one.name}.`)),
  );
}

export const isDeleted = ({ op }: ResourceChange): boolean => op === "delete" || op === "replace";

/** What a reviewer must not overlook: first what is irreversible, then what is lost, then what is risky now. */
export function warnings(preview: Pick<PreviewDocument, "resources" | "clusters">): string | undefined {
  const plans = preview.clusters;
  const without = unplanned(preview);
  const of = (word: string, lines: (plan: PlanDocument) => readonly string[]): string[] =>
    plans.flatMap((plan) =>
      firstOf(lines(plan)).map((line) => `- **${word}** in ${code(plan.cluster)}: ${code(line)}`),
    );
  const lines = [
    ...without.filter(isDeleted).map(({ name }) => `- **The cluster is deleted:** ${code(name)}`),
    ...of("Irreversible", ({ oneWay }) => oneWay),
    ...of("Drained and deleted", ({ leaves }) => leaves.map((group) => `instance group ${group}`)),
    ...of("Another architecture", ({ architectures = [] }) => architectures),
    ...of("Blocks a drain now", ({ blocking }) => blocking.map((line) => `PodDisruptionBudget ${line}`)),
    ...of("Unfinished", ({ toBeFinished }) => toBeFinished),
    ...of("Waits until AWS has deleted", ({ deletions = [] }) => deletions),
    ...of("Version skew", ({ skew }) => skew.filter((line) => !isAllowedSkew(line))),
    ...without
      .filter((one) => !isDeleted(one))
      .map(
        ({ name, op }) =>
          `- **No plan** of the cluster ${code(name)} (${code(op)}): what kOps changes is not known yet`,
      ),
  ];
  return lines.length === 0 ? undefined : lines.join("\n");
}

function rollRow(plan: PlanDocument, roll: Roll, index: number): string[] {
  const whole = index === 0 && plan.estimate ? label(plan.estimate.text) : "";
  return [
    code(plan.cluster),
    String(index + 1),
    code(roll.group),
    roll.controlPlane ? "control plane" : "nodes",
    roll.now === undefined ? `at most ${roll.nodes}` : String(roll.now),
    roll.held ? "held back" : roll.seconds === undefined ? whole : roughly(roll.seconds * 1000),
  ];
}

/** The groups that roll, with the time of each and what it rests on. */
export function rollTable(plans: readonly PlanDocument[]): string {
  const rows = plans.flatMap((plan) => plan.rolls.map((roll, index) => rollRow(plan, roll, index)));
  if (rows.length === 0) return "**Groups that will roll:** none.";
  const head = ["cluster", "order", "group", "role", "nodes to replace", "duration"];
  const times = plans.flatMap(({ cluster, estimate, rolls }) =>
    estimate && rolls.some(({ seconds }) => seconds !== undefined)
      ? [`${code(cluster)} takes ${code(estimate.text)}.`]
      : [],
  );
  return [`**Groups that will roll**, in this order\n\n${table(head, rows)}`, ...times].join("\n\n");
}

/** The same as a diagram. Clusters roll at the same time, the groups of one after another. */
export function rollTimeline(plans: readonly PlanDocument[]): string | undefined {
  return timeline(
    plans
      .map((plan) => ({
        name: plan.cluster,
        periods: rollsOf(plan).map((roll) => ({
          name: roll.group,
          events: [nodesText(roll), ...(roll.seconds === undefined ? [] : [roughly(roll.seconds * 1000)])],
        })),
      }))
      .filter(({ periods }) => periods.length > 0),
  );
}

/** What kOps changes in AWS, with old and new values. */
export function cloudTable(plans: readonly PlanDocument[]): string | undefined {
  const rows = plans.flatMap((plan) => {
    const lines = firstOf(cloudLines(plan, plan.cluster));
    return lines.length === 0 ? [] : [[code(plan.cluster), lines.map(code).join("<br>")]];
  });
  return rows.length === 0 ? undefined : `**What kOps changes in AWS**\n\n${table(["cluster", "what changes"], rows)}`;
}

/** The whole plan, as the preview prints it. */
export function foldedPlan(plan: PlanDocument): string {
  return folded(`kOps's plan for ${plan.cluster}`, codeBlock(documentLines(plan).join("\n")));
}
