import type { PlanDocument } from "../../providers/kops/plan/document/plan-document.ts";
import type { Classification } from "../classify/classification.ts";
import type { PreviewDocument, ResourceChange } from "../preview/document.ts";
import { isShown } from "../preview/steps.ts";
import { waitingChanges } from "../preview/waiting.ts";
import {
  cloudTable,
  foldedPlan,
  isDeleted,
  rollsOf,
  rollTable,
  rollTimeline,
  unplanned,
  warnings,
} from "./clusters.ts";
import { fit } from "./fit.ts";
import type { Piece } from "./fit.ts";
import { code, codeBlock, table } from "./markdown.ts";

/** Marks the one comment of a pull request, so that it can be found again. */
export const marker = "<!-- pilot:preview -->";

/** What the comment says until the result of the merge is in it. */
export const nothingYet = "nothing was changed yet";

/** GitHub accepts 65,536 characters. The rest is a margin, because it counts some characters differently. */
export const longestComment = 65_000;

export interface CommentFacts {
  /** Newest commit of the pull request. */
  commit?: string;
  classification?: Classification;
  previews: readonly PreviewDocument[];
  /** Where the complete previews are kept. */
  link?: string;
  /** The other open pull request that holds a stack, by stack. */
  held?: ReadonlyMap<string, number>;
}

/** What is fitted first. */
const priorities = { head: 0, rolls: 1, resources: 2, plans: 3 };

const count = (number: number, one: string, many = `${one}s`): string => `${number} ${number === 1 ? one : many}`;

/** Destructive first. */
const order = ["delete", "replace", "update", "create"];
const rank = ({ op }: ResourceChange): number => (order.indexOf(op) + order.length + 1) % (order.length + 1);

/** Rows per table. More rows go into further tables, which may be left out. */
const rowsPerTable = 40;
const detailsPerResource = 6;

function summary(preview: PreviewDocument): string {
  if (preview.status === "failed") return "the preview failed";
  const nodes = preview.clusters.flatMap(rollsOf).reduce((sum, { now, nodes: most }) => sum + (now ?? most), 0);
  const changes = preview.resources.filter(isShown);
  const without = unplanned(preview);
  const deleted = without.filter(isDeleted).length;
  const made = preview.clusters.filter((plan) => plan.new === true).length;
  const changed = preview.clusters.length - made + without.length - deleted;
  const gone = changes.filter(({ op }) => op === "delete" || op === "replace").length;
  const parts = [
    preview.clusters.some(({ oneWay }) => oneWay.length > 0) ? "irreversible" : "",
    deleted > 0 ? `${count(deleted, "cluster")} deleted` : "",
    made > 0 ? count(made, "new cluster") : "",
    changed > 0 ? `${count(changed, "cluster")} to change` : "",
    nodes > 0 ? count(nodes, "node rolls", "nodes roll") : preview.clusters.length > made ? "no node rolls" : "",
    changes.length > 0 ? `${count(changes.length, "other resource")} to change` : "",
    gone > 0 ? `${gone} of them deleted or replaced` : "",
  ].filter(Boolean);
  return parts.length === 0 ? "no change" : parts.join(", ");
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
  const title = "**Network and other AWS resources**";
  if (sorted.length === 0) return [{ text: `${title}: no change.`, notice: "", priority: priorities.resources }];
  const pieces: Piece[] = [];
  for (let from = 0; from < sorted.length; from += rowsPerTable) {
    const part = sorted.slice(from, from + rowsPerTable);
    const heading = from === 0 ? title : `${title}, ${from + 1} to ${from + part.length}`;
    pieces.push({
      text: `${heading}\n\n${table(["", "type", "name", "what changes"], part.map(resourceRow))}`,
      notice: `_${stack}: ${count(part.length, "resource")} left out: the comment is too long._`,
      priority: priorities.resources,
    });
  }
  return pieces;
}

/** A piece that is left out without a word: the folded plan, or the table of rolls, has the same. */
function extraPiece(text: string | undefined, priority: number): Piece[] {
  return text === undefined ? [] : [{ text, notice: "", priority }];
}

function planPiece(plan: PlanDocument): Piece {
  return {
    text: foldedPlan(plan),
    notice: `_${plan.cluster}: kOps's plan is left out: the comment is too long. Its digest is ${plan.digest}._`,
    priority: priorities.plans,
  };
}

/** What the preview shows, but other pull requests changed: the `up` of this one must not apply it. */
function waitingPieces(preview: PreviewDocument): Piece[] {
  const { stack, waiting } = preview;
  if (!waiting) return [];
  const lines = waiting.problems.length > 0 ? waiting.problems : waitingChanges(preview, waiting);
  if (lines.length === 0) return [];
  const why =
    waiting.problems.length > 0
      ? "**What waits from earlier merges is not known**, because their preview failed"
      : "**Waits from earlier merges**, and is no change of this pull request";
  const next = `Update ${code(stack)} first (workflow \`up\`, by hand): after a merge now, the \`up\` stops.`;
  return [
    {
      text: `${why}. ${next}\n\n${codeBlock(lines.join("\n"))}`,
      notice: `${why}. ${next}`,
      priority: priorities.rolls,
    },
  ];
}

function foundPieces(preview: PreviewDocument, heading: string): Piece[] {
  return [
    { text: heading, notice: heading, priority: priorities.head },
    ...extraPiece(warnings(preview), priorities.rolls),
    { text: rollTable(preview.clusters), notice: "", priority: priorities.rolls },
    ...extraPiece(rollTimeline(preview.clusters), priorities.resources),
    ...extraPiece(cloudTable(preview.clusters), priorities.resources),
    ...resourceTables(preview.stack, preview.resources.filter(isShown)),
    ...preview.clusters.map(planPiece),
  ];
}

/** A cluster that cannot be previewed does not hide the others. */
function stackPieces(preview: PreviewDocument): Piece[] {
  const heading = `### ${code(preview.stack)}: ${summary(preview)}`;
  if (preview.status === "planned") return [...foundPieces(preview, heading), ...waitingPieces(preview)];
  return [
    { text: heading, notice: heading, priority: priorities.head },
    {
      text: codeBlock(preview.problems.join("\n\n")),
      notice: `_${preview.stack}: the messages are left out: the comment is too long._`,
      priority: priorities.rolls,
    },
    ...(preview.clusters.length + preview.resources.length === 0
      ? []
      : foundPieces(preview, "What the preview found before it failed:")),
  ];
}

/** The preview of a stack reads the environment as it is, not as the pull request would leave it. */
function followPieces({ follows = {} }: Classification): Piece[] {
  return Object.entries(follows).map(([stack, environment]) => ({
    text:
      `${code(stack)} is previewed on the environment that ${code(environment)} has now. After the \`up\` of ` +
      `${code(environment)}, run the workflow \`up\` for ${code(stack)} by hand.`,
    notice: "",
    priority: priorities.head,
  }));
}

/** What was applied before its merge, by a comment, is missing here: a preview shows how to undo it. */
function heldPieces(held: ReadonlyMap<string, number>): Piece[] {
  return [...held].map(([stack, holder]) => ({
    text:
      `${code(stack)} is held by #${holder}, which was applied before its merge: this preview may show that it is undone. ` +
      `An \`up\` waits until #${holder} is merged, or \`/pilot unlock\` is commented on it.`,
    notice: "",
    priority: priorities.head,
  }));
}

const conditions: Record<Classification["credentials"], string> = {
  given: "",
  "after-approval": "This preview needs a maintainer's approval, because:",
  never: "Previewed on the local cloud only, without credentials, because:",
};

function classificationPiece(classification: Classification): Piece[] {
  if (classification.credentials === "given" || classification.reasons.length === 0) return [];
  const shown = classification.reasons.slice(0, 20);
  const more = classification.reasons.length - shown.length;
  return [
    {
      text: [
        conditions[classification.credentials],
        ...shown.map((reason) => `- ${code(reason)}`),
        ...(more > 0 ? [`- and ${more} more`] : []),
      ].join("\n"),
      notice: "",
      priority: priorities.head,
    },
  ];
}

/** The comment on a pull request. If it is too long, rolls stay before resources, and resources before plans. */
export function renderComment({ commit, classification, previews, link, held = new Map() }: CommentFacts): string {
  const sorted = [...previews].sort((a, b) => (a.stack < b.stack ? -1 : 1));
  const missing = (classification?.stacks ?? []).filter((stack) => !sorted.some((one) => one.stack === stack));
  const of = commit === undefined ? "" : ` Commit ${code(commit)}.`;
  const intro =
    `${marker}\n## What this changes\n\nFrom \`pulumi preview\`; ${nothingYet}.` +
    `${of}${link === undefined ? "" : ` [Complete previews](${link}).`}`;
  const none =
    sorted.length === 0 && missing.length === 0
      ? [{ text: "No stack changes.", notice: "", priority: priorities.head }]
      : [];
  return fit(
    [
      { text: intro, notice: intro, priority: priorities.head },
      ...(classification ? [...classificationPiece(classification), ...followPieces(classification)] : []),
      ...heldPieces(held),
      ...none,
      ...(missing.length > 0
        ? [{ text: `Not previewed: ${missing.map(code).join(", ")}.`, notice: "", priority: priorities.head }]
        : []),
      ...sorted.flatMap(stackPieces),
    ],
    longestComment,
  );
}
