import { z } from "zod";
import { ConfigError } from "../../providers/kops/model/errors.ts";
import type { GitHub } from "../github.ts";

const found = z.object({
  errors: z.array(z.object({ line: z.int(), kind: z.string(), path: z.string(), source: z.string().nullish() })),
});

/** Refuses a CODEOWNERS file with lines that GitHub ignores: what they name then needs nobody's approval. */
export async function refuseUnowned(github: GitHub): Promise<void> {
  const { errors } = await github.get("codeowners/errors", found);
  if (errors.length === 0) return;
  throw new ConfigError({
    what: "The program has no owner who must approve a change of it",
    why: errors
      .map(({ path, line, kind, source }) => `${path}:${line}: ${kind}${source ? `: ${source.trim()}` : ""}`)
      .join("\n  "),
    next: "name an existing team that can write to the repository, by a pull request",
  });
}
