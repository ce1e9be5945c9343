import { rowsTable, schemaRows } from "../../components/config/schema-rows.ts";
import { statusDocument } from "./document.ts";

/** The page of `pilot status --json`, from the schema that describes it. */
export function statusPage(): string {
  return `<!-- Written by \`npm run docs:reference\`, from the definitions that the program checks with. -->

# Status

What \`npx pilot status --json\` prints ([operations](../guide/operations.md#looking-at-a-cluster)): one cluster in full, or what the store says of all. Keys may be added under the same \`version\`; removing a key or changing its meaning needs a new one. Whatever could not be asked is absent, and \`notAsked\` says why.

| exit code | meaning |
|---|---|
| 0 | all clusters are \`ready\`; with \`--drift\`, AWS is as the manifests say |
| 3 | a cluster is not ready, an operation runs or has not ended, nodes wait, or something drifted |
| 1 | the command cannot tell: no such store or cluster, or the store does not answer |
| 130 | \`--watch\` was ended with Ctrl-C |

*always* marks a key that exists whenever its parent does.

${rowsTable(schemaRows(statusDocument, "output"))}
`;
}
