import { existsSync, readFileSync } from "node:fs";
import { renderComment } from "../../pull-requests/comment/render.ts";
import { previewDocument } from "../../pull-requests/preview/document.ts";
import type { PreviewDocument } from "../../pull-requests/preview/document.ts";
import { documentLines } from "../../providers/kops/plan/print/plan-block.ts";

/** Eight typical changes, as tests/previews/record.ts made them. */
const changes = {
  "new-cluster": ["A new cluster", "A file `clusters/sbx/k1.yaml` is added."],
  "machine-type": ["Another machine type", "The machine type of a node group changes."],
  "minor-upgrade": ["A newer Kubernetes minor", "`kubernetesVersion` goes from 1.33.7 to 1.34.3."],
  "new-zone": ["A new zone", "A third zone is added to the network. A cluster that names no zones uses it."],
  "removed-group": ["A removed node group", "A node group leaves the file."],
  "refused-change": ["A refused change", "The CNI of a living cluster changes."],
  "failed-preview": ["A failed preview", "One cluster file has a typing mistake, another a good change."],
  "many-clusters": ["Many clusters", "Two clusters get another machine type, two are new."],
} as const;

export type PreviewName = keyof typeof changes;
export const previewNames = Object.keys(changes) as PreviewName[];

export const recordedFile = (name: PreviewName): URL => new URL(`recorded/${name}.json`, import.meta.url);
/** What the terminal shows of a cluster that has no plan yet. */
export const printedFile = (name: PreviewName): URL => new URL(`recorded/${name}.txt`, import.meta.url);

function recorded(name: PreviewName): PreviewDocument {
  return previewDocument.parse(JSON.parse(readFileSync(recordedFile(name), "utf8")));
}

const generated = "<!-- Written by `npm run previews`, from previews on a local cloud (tests/previews/record.ts). -->";

/** What the preview prints on clusters; what Pulumi prints around it differs by terminal. */
function terminal(name: PreviewName, { clusters, problems }: PreviewDocument): string {
  if (existsSync(printedFile(name))) return readFileSync(printedFile(name), "utf8").trim();
  const lines = clusters.flatMap((plan) =>
    documentLines(plan).map((line) => `[${plan.cluster.split(".").slice(0, 2).join(".")}] plan: ${line}`),
  );
  return [...lines, ...problems.flatMap((text) => text.split("\n"))].join("\n").trim();
}

/** What the terminal shows of a recorded preview. */
export const terminalOf = (name: PreviewName): string => terminal(name, recorded(name));

function page(name: PreviewName): string {
  const [title, what] = changes[name];
  const preview = recorded(name);
  const comment = renderComment({ previews: [preview] });
  return `${generated}

# ${title}

${what} [All examples](README.md)

In the terminal:

\`\`\`text
${terminal(name, preview)}
\`\`\`

As the comment on the pull request:

---

${comment}
`;
}

function index(): string {
  const rows = previewNames.map((name) => `| [${changes[name][0]}](${name}.md) | ${changes[name][1]} |`);
  return `${generated}

# Previews of typical changes

Real previews, of clusters on a local cloud: its nodes boot in seconds, so measured times are shorter than on AWS.

| example | change |
|---|---|
${rows.join("\n")}
`;
}

/** The pages, by path. */
export function previewPages(): Record<string, string> {
  return Object.fromEntries([
    ["docs/reference/previews/README.md", index()],
    ...previewNames.map((name) => [`docs/reference/previews/${name}.md`, page(name)]),
  ]) as Record<string, string>;
}
