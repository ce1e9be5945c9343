import type { PlanDocument } from "../../providers/kops/plan/document/plan-document.ts";
import type { Verdict } from "../classify/verdict.ts";
import type { PreviewDocument, ResourceChange } from "../preview/document.ts";
import { isCluster } from "../preview/steps.ts";
import { fit } from "./fit.ts";
import type { Piece } from "./fit.ts";
import { code, codeBlock, folded, table } from "./markdown.ts";
import { documentLines } from "../../providers/kops/plan/print/plan-lines.ts";

/** By this the one comment of a pull request is found again. */
export const marker = "<!-- pilot:preview -->";

/** GitHub takes 65,536 characters; some room is left for what it counts differently. */
export const longestComment = 65_000;

export interface CommentFacts {
  /** Newest commit of the pull request. */
  commit?: string;
  verdict?: Verdict;
  previews: readonly PreviewDocument[];
  /** Where the whole previews are kept. */
  link?: string;
}

/** What gets room first. */
const turns = { head: 0, rolls: 1, resources: 2, plans: 3 };

const count = (number: number, one: string, many = `${one}s`): string => `${number} ${number === 1 ? one : many}`;

/** Destructive first. */
const order = ["delete", "replace", "update", "create"];
const rank = ({ op }: ResourceChange): number => (order.indexOf(op) + order.length + 1) % (order.length + 1);

/** Rows of one table; more go into a table of their own, which may be left out. */
const rowsPerTable = 40;
const detailsPerResource = 6;

function summary(preview: PreviewDocument): string {
  if (preview.status === "failed") return "the preview failed";
  const nodes = preview.clusters
    .flatMap(({ rolls }) => rolls)
    .reduce((sum, { now, nodes: most }) => sum + (now ?? most), 0);
  const changes = preview.resources.filter((one) => !isCluster(one));
  const gone = changes.filter(({ op }) => op === "delete" || op === "replace").length;
  const parts = [
    preview.clusters.length > 0 ? `${count(preview.clusters.length, "cluster")} to change` : "",
    nodes > 0 ? count(nodes, "node rolls", "nodes roll") : preview.clusters.length > 0 ? "no node rolls" : "",
    changes.length > 0 ? `${count(changes.length, "other resource")} to change` : "",
    gone > 0 ? `${gone} of them deleted or replaced` : "",
  ].filter(Boolean);
  return parts.length === 0 ? "no change" : parts.join(", ");
}

function rollTable(plans: readonly PlanDocument[]): string {
  const rows = plans.flatMap((plan) =>
    plan.rolls.map((roll, index) => [
      code(plan.cluster),
      String(index + 1),
      code(roll.group),
      roll.controlPlane ? "control plane" : "nodes",
      roll.now === undefined ? `at most ${roll.nodes}` : String(roll.now),
      index === 0 && plan.estimate ? plan.estimate.text : "",
    ]),
  );
  if (rows.length === 0) return "**Groups that will roll:** none.";
  return (
    "**Groups that will roll**, in this " +
    `order\n\n${table(["cluster", "turn", "group", "role", "nodes to replace", "takes"], rows)}`
  );
}

function resourceRow({ op, type, name, details }: ResourceChange): string[] {
  const shown = details.slice(0, detailsPerResource).map(code);
  const more = details.length - shown.length;
  return [
    op === "delete" || op === "replace" ? `**${op}**` : op.replace(/[^a-z-]/g, ""),
    code(type),
    code(name),
    [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join("<br>"),
  ];
}

function resourceTables(stack: string, resources: readonly ResourceChange[]): Piece[] {
  const sorted = [...resources].sort((a, b) => rank(a) - rank(b));
  const title = "**Network and other resources of AWS**";
  if (sorted.length === 0) return [{ text: `${title}: no change.`, instead: "", turn: turns.resources }];
  const pieces: Piece[] = [];
  for (let from = 0; from < sorted.length; from += rowsPerTable) {
    const part = sorted.slice(from, from + rowsPerTable);
    const heading = from === 0 ? title : `${title}, ${from + 1} to ${from + part.length}`;
    pieces.push({
      text: `${heading}\n\n${table(["", "type", "name", "what changes"], part.map(resourceRow))}`,
      instead: `_${stack}: ${count(part.length, "resource")} left out here for want of room._`,
      turn: turns.resources,
    });
  }
  return pieces;
}

function planPiece(plan: PlanDocument): Piece {
  const lines = documentLines(plan).join("\n");
  const warnings = [
    ...plan.oneWay.map((line) => `No revert takes back: ${code(line)}`),
    ...plan.leaves.map((group) => `Instance group ${code(group)} is drained and deleted`),
  ];
  const warned = warnings.length === 0 ? "" : `${warnings.map((line) => `- ${line}`).join("\n")}\n\n`;
  return {
    text: `${warned}${folded(`kOps's plan for ${plan.cluster}`, codeBlock(lines))}`,
    instead: `_${plan.cluster}: kOps's plan is left out here for want of room; its digest is ${plan.digest}._`,
    turn: turns.plans,
  };
}

function foundPieces(preview: PreviewDocument, heading: string): Piece[] {
  return [
    { text: `${heading}${rollTable(preview.clusters)}`, instead: heading.trimEnd(), turn: turns.rolls },
    ...resourceTables(
      preview.stack,
      preview.resources.filter((one) => !isCluster(one)),
    ),
    ...preview.clusters.map(planPiece),
  ];
}

/** One cluster that cannot be previewed hides no other. */
function stackPieces(preview: PreviewDocument): Piece[] {
  const heading = `### ${code(preview.stack)}: ${summary(preview)}`;
  if (preview.status === "planned") return foundPieces(preview, `${heading}\n\n`);
  return [
    { text: heading, instead: heading, turn: turns.head },
    {
      text: codeBlock(preview.problems.join("\n\n")),
      instead: `_${preview.stack}: the messages are left out here for want of room._`,
      turn: turns.rolls,
    },
    ...(preview.clusters.length + preview.resources.length === 0
      ? []
      : foundPieces(preview, "What was seen all the same:\n\n")),
  ];
}

const conditions: Record<Verdict["credentials"], string> = {
  given: "",
  "after-approval": "A maintainer lets this preview run, because:",
  never: "Not previewed with credentials, on the local cloud only, because:",
};

function verdictPiece(verdict: Verdict): Piece[] {
  if (verdict.credentials === "given" || verdict.reasons.length === 0) return [];
  const shown = verdict.reasons.slice(0, 20);
  const more = verdict.reasons.length - shown.length;
  return [
    {
      text: [
        conditions[verdict.credentials],
        ...shown.map((reason) => `- ${code(reason)}`),
        ...(more > 0 ? [`- and ${more} more`] : []),
      ].join("\n"),
      instead: "",
      turn: turns.head,
    },
  ];
}

/**
 * What a pull request does, as the one comment says it. Where room is short, rolls come before resources, these before
 * plans.
 */
export function renderComment({ commit, verdict, previews, link }: CommentFacts): string {
  const sorted = [...previews].sort((a, b) => (a.stack < b.stack ? -1 : 1));
  const missing = (verdict?.stacks ?? []).filter((stack) => !sorted.some((one) => one.stack === stack));
  const of = commit === undefined ? "" : ` Commit ${code(commit)}.`;
  const intro =
    `${marker}\n## What this changes\n\nShown by \`pulumi preview\`; nothing was ` +
    `touched.${of}${link === undefined ? "" : ` [Whole previews](${link}).`}`;
  const none =
    sorted.length === 0 && missing.length === 0
      ? [{ text: "No stack is touched.", instead: "", turn: turns.head }]
      : [];
  return fit(
    [
      { text: intro, instead: intro, turn: turns.head },
      ...(verdict ? verdictPiece(verdict) : []),
      ...none,
      ...(missing.length > 0
        ? [{ text: `Not previewed: ${missing.map(code).join(", ")}.`, instead: "", turn: turns.head }]
        : []),
      ...sorted.flatMap(stackPieces),
    ],
    longestComment,
  );
}
