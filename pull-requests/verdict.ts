import { z } from "zod";
import { ConfigError, messageOf } from "../providers/kops/model/errors.ts";

/** `toJSON(needs)` of a job in a workflow: results are success, failure, cancelled or skipped. */
const needed = z.record(z.string(), z.object({ result: z.string() }));
const names = z.array(z.string());

function read<Schema extends z.ZodType>(schema: Schema, text: string, option: string): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new ConfigError(
      {
        what: `--${option} cannot be read`,
        why: messageOf(error),
        next: "pass toJSON(needs), and a JSON list of stacks",
      },
      error,
    );
  }
}

/**
 * Why the previews of a pull request do not pass; empty if they do. GitHub counts a skipped job as passed, and names
 * the jobs of a matrix by their values, so only a job that gathers them all can be a required check. A skipped job
 * passes only if no stack (`stacks`, a JSON list) had to be previewed.
 */
export function verdictOf(needs: string, stacks: string): string[] {
  const jobs = Object.entries(read(needed, needs, "needs"));
  // A job that failed sets no list.
  const changed = stacks === "" ? undefined : read(names, stacks, "stacks");
  if (jobs.length === 0) return ["no job was needed, so nothing was checked"];
  return jobs.flatMap(([name, { result }]) => {
    if (result === "success") return [];
    if (result !== "skipped") return [`${name}: ${result}`];
    if (changed === undefined) return [`${name}: skipped, and the changed stacks are not known`];
    return changed.length === 0
      ? []
      : [`${name}: skipped, though ${changed.join(", ")} ${changed.length === 1 ? "changes" : "change"}`];
  });
}
