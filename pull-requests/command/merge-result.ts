import { elapsed } from "../../providers/kops/model/durations.ts";
import type { UpResult } from "./result.ts";
import { fit } from "../comment/fit.ts";
import { code, codeBlock, table } from "../comment/markdown.ts";
import { longestComment, marker, nothingYet } from "../comment/render.ts";

/** Mark the part of the comment that tells the result, so that a later run replaces it. */
const begin = "<!-- pilot:result -->";
const end = "<!-- pilot:result:end -->";

const words: Readonly<Record<UpResult["status"], string>> = {
  done: "is up to date",
  refused: "was not updated, and nothing was changed",
  failed: "**failed**: a part may be done; the workflow `up`, run by hand, continues",
};

/** A text in which no marker of a comment is found again. */
const withoutMarkers = (text: string): string => text.replaceAll("<!--", "<! --");

function stackText(stack: string, found: UpResult | undefined): string {
  if (!found) return `- ${code(stack)}: **its job did not end**; see the run`;
  return `- ${code(stack)} ${words[found.status]}`;
}

/** What became of a merge, by stack and cluster. A stack without a result never began, or its job did not end. */
export function renderResult(
  stacks: readonly string[],
  results: readonly UpResult[],
  link: string | undefined,
): string {
  const of = (stack: string): UpResult | undefined => results.find((one) => one.stack === stack);
  const clusters = stacks.flatMap((stack) => of(stack)?.clusters ?? []);
  const rows = clusters.map(({ cluster, result, nodes, seconds }) => [
    code(cluster),
    result === "failed" ? "**failed**" : result,
    String(nodes),
    seconds === undefined ? "" : elapsed(seconds * 1000),
  ]);
  const problems = [...stacks.map((stack) => of(stack)?.why), ...clusters.map(({ error }) => error)].filter(
    (text) => text !== undefined,
  );
  return [
    begin,
    "## Result",
    stacks.map((stack) => stackText(stack, of(stack))).join("\n"),
    ...(rows.length === 0 ? [] : [table(["cluster", "result", "nodes replaced", "time"], rows)]),
    ...problems.map((text) => codeBlock(withoutMarkers(text))),
    ...(link === undefined ? [] : [`[The run](${link}), [its reports and logs](${link}#artifacts).`]),
    end,
  ].join("\n\n");
}

/** The comment with a result, before the preview that it is the result of. `before`: the comment as it is. */
export function withResult(before: string | undefined, result: string): string {
  const old = (before ?? "").replace(marker, "").trim();
  const at = old.startsWith(begin) ? old.indexOf(end) : -1;
  const preview = (at < 0 ? old : old.slice(at + end.length)).trim().replace(nothingYet, "before the merge");
  const head = `${marker}\n${result}`;
  return fit(
    [
      { text: head, notice: head, priority: 0 },
      ...(preview === ""
        ? []
        : [{ text: preview, notice: "_The preview is left out: the comment is too long._", priority: 1 }]),
    ],
    longestComment,
  );
}
