import { z } from "zod";
import { tagProblems } from "../../providers/kops/model/tag-keys.ts";

/** Tags for everything that is made. `others`: keys that are set beside them. */
export const awsTags = (others: readonly string[] = []) =>
  z.record(z.string().min(1), z.string()).check(({ value, issues }) => {
    for (const { key, message } of tagProblems(value, others))
      issues.push({ code: "custom", message, path: [key], input: value });
  });
