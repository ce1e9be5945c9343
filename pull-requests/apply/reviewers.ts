import { z } from "zod";
import { ConfigError } from "../../providers/kops/model/errors.ts";
import type { GitHub } from "../github.ts";

const environment = z.object({
  protection_rules: z.array(z.object({ type: z.string(), reviewers: z.array(z.unknown()).nullish() })).nullish(),
});

/**
 * Refuses an environment of GitHub without required reviewers: GitHub makes a missing environment when a job names it,
 * and then nobody is asked.
 */
export async function refuseUnguarded(github: GitHub, name: string): Promise<void> {
  const { protection_rules: rules } = await github.get(`environments/${encodeURIComponent(name)}`, environment);
  if (rules?.some(({ type, reviewers }) => type === "required_reviewers" && (reviewers ?? []).length > 0)) return;
  throw new ConfigError({
    what: `The environment ${name} approves nothing`,
    why: "it has no required reviewers, so nobody was asked",
    next: "add maintainers as its required reviewers in the repository's settings, then run the workflow again",
  });
}
