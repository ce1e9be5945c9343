import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { TextDocument } from "vscode-languageserver-textdocument";
import "./json-modules.mjs";

// After json-modules.mjs, which they need.
const { validateAction } = await import("@actions/languageservice/validate-action");
const { clearCache } = await import("@actions/languageservice/utils/workflow-cache");
const { validate } = await import("@actions/languageservice/validate");

const root = join(import.meta.dirname, "..", "..");

/** Workflows, and actions of this repository, by path. */
export function workflowFiles(): Map<string, string> {
  const found = readdirSync(join(root, ".github"), { recursive: true, encoding: "utf8" }).filter((path) =>
    /^(?:workflows\/[^/]+|actions\/.+\/action)\.ya?ml$/.test(path),
  );
  return new Map(found.sort().map((path) => [`.github/${path}`, readFileSync(join(root, ".github", path), "utf8")]));
}

/** What GitHub's own checker says of a workflow or an action, each with its line. */
export async function complaints(path: string, text: string): Promise<string[]> {
  // The checker keeps what it parsed, by the name of the file.
  clearCache();
  const document = TextDocument.create(`file:///${path}`, "yaml", 1, text);
  const found = await (path.startsWith(".github/workflows/") ? validate(document) : validateAction(document));
  return found.map(
    ({ range, message }) => `${path}:${range.start.line + 1}: ${typeof message === "string" ? message : message.value}`,
  );
}
