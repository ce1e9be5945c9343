import { z } from "zod";
import { RefusedByGitHub } from "../github.ts";
import type { GitHub } from "../github.ts";

const reviews = z.array(
  z.object({ state: z.string(), user: z.object({ login: z.string() }).nullish(), submitted_at: z.string().nullish() }),
);

const opinions: ReadonlySet<string> = new Set(["APPROVED", "CHANGES_REQUESTED", "DISMISSED"]);

/**
 * Who approved a pull request and did not take it back, for the history of what it changes. A job that may not read
 * reviews goes without: nothing is decided by them here.
 */
export async function approvedBy(github: GitHub, pull: number): Promise<string[]> {
  let found: z.output<typeof reviews>;
  try {
    found = await github.get(`pulls/${pull}/reviews?per_page=100`, reviews);
  } catch (error) {
    if (error instanceof RefusedByGitHub) return [];
    throw error;
  }
  const last = new Map<string, string>();
  for (const { state, user } of [...found].sort((a, b) => ((a.submitted_at ?? "") < (b.submitted_at ?? "") ? -1 : 1)))
    if (user && opinions.has(state) && /^[\w[\]-]+$/.test(user.login)) last.set(user.login, state);
  return [...last].filter(([, state]) => state === "APPROVED").map(([login]) => login);
}
