import { isDeepStrictEqual } from "node:util";
import { workOf } from "../../providers/kops/plan/document/reviewed-plan.ts";
import { documentLines } from "../../providers/kops/plan/print/plan-block.ts";
import type { PreviewDocument } from "../preview/document.ts";
import { inWords, waitingChanges } from "../preview/waiting.ts";
import { fit } from "./fit.ts";
import type { Piece } from "./fit.ts";
import { code, codeBlock } from "./markdown.ts";
import { longestComment } from "./render.ts";

/** Marks the one issue about drift, so that it can be found again. */
export const driftMarker = "<!-- pilot:drift -->";

export interface DriftFacts {
  /** Stacks that were to be checked. */
  stacks: readonly string[];
  /** Their previews after a refresh, each with what a preview without one shows (`waiting`). */
  previews: readonly PreviewDocument[];
  /** The run that looked. */
  link?: string;
  /** The open pull request that holds a stack, by stack. */
  held?: ReadonlyMap<string, number>;
}

/** What a refresh adds to a preview: the cloud or the state store is not as it was last applied. */
function driftLines({ resources, clusters, waiting }: PreviewDocument): string[] {
  const known = waiting?.resources ?? [];
  const drifted = resources.filter(
    (one) =>
      !known.some(
        ({ op, urn, digests }) => op === one.op && urn === one.urn && isDeepStrictEqual(digests, one.digests),
      ),
  );
  const plans = clusters.filter((plan) => {
    const other = waiting?.clusters.find(({ cluster }) => cluster === plan.cluster);
    return !other || !isDeepStrictEqual([workOf(plan), plan.toBeFinished], [workOf(other), other.toBeFinished]);
  });
  return [
    ...drifted.map((one) => [inWords(one), ...one.details].join("\n  ")),
    ...plans.flatMap((plan) => [`${plan.cluster}:`, ...documentLines(plan).map((line) => `  ${line}`)]),
  ];
}

function stackPieces(stack: string, preview: PreviewDocument | undefined, holder: number | undefined): Piece[] {
  const piece = (title: string, lines: readonly string[], next: string): Piece[] =>
    lines.length === 0
      ? []
      : [
          {
            text: `### ${code(stack)}: ${title}\n\n${next}\n\n${codeBlock(lines.join("\n"))}`,
            notice: `### ${code(stack)}: ${title}\n\n${next}`,
            priority: 1,
          },
        ];
  if (!preview) return piece("not checked", ["its job failed before it looked"], "See the run.");
  if (preview.status === "failed") return piece("the check failed", preview.problems, "See the run.");
  return [
    ...piece(
      "drift",
      driftLines(preview),
      "The workflow `up`, run by hand, puts it back. To keep a change, write it into the repository.",
    ),
    ...piece(
      "merged, but not applied",
      preview.waiting ? waitingChanges(preview, preview.waiting) : [],
      holder === undefined
        ? "The workflow `up`, run by hand, applies it."
        : `#${holder} was applied before its merge, so this may undo it: merge it, or comment \`/pilot unlock\` on it first.`,
    ),
  ];
}

/** The issue about drift. Undefined if there is none. */
export function renderDrift({ stacks, previews, link, held }: DriftFacts): string | undefined {
  const pieces = stacks.flatMap((stack) =>
    stackPieces(
      stack,
      previews.find((one) => one.stack === stack),
      held?.get(stack),
    ),
  );
  if (pieces.length === 0) return undefined;
  const intro = `${driftMarker}\nWhat an \`up\` would change, though nobody changed the repository.${link === undefined ? "" : ` [The run that looked](${link}).`}`;
  return fit([{ text: intro, notice: intro, priority: 0 }, ...pieces], longestComment);
}
