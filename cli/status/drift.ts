import { inOneLine } from "../../providers/kops/model/errors.ts";
import type { KopsClusterInputs } from "../../providers/kops/model/inputs.ts";
import { observeCloud } from "../../providers/kops/observe/read.ts";
import { withContext } from "../../providers/kops/operation/context.ts";
import type { StoreFacts } from "./look.ts";

const marked = "drift: ";

/**
 * Where the cloud differs from the store's manifests, by kOps's dry run, as a refresh looks. It does not look at the
 * stack's files: `pulumi preview --refresh` does.
 */
export async function lookForDrift(
  inputs: KopsClusterInputs,
  { journal, groups, spec }: Pick<StoreFacts, "journal" | "groups" | "spec">,
): Promise<{ lines: string[] } | { unknown: string }> {
  if (Object.keys(spec).length === 0) return { unknown: "the store has no manifest of the cluster" };
  const lines: string[] = [];
  const say = (text: string): void => {
    if (text.startsWith(marked)) lines.push(text.slice(marked.length));
  };
  try {
    await withContext(
      inputs,
      "drift",
      new AbortController().signal,
      (context) => observeCloud(context, groups, journal?.conditions ?? []),
      undefined,
      { say },
    );
    return { lines };
  } catch (error) {
    return { unknown: inOneLine(error) };
  }
}
