/** A cloud resource in a dry run of kOps: `LaunchTemplate/nodes.k1.example.com`, with the fields that change. */
export interface CloudChange {
  kind: string;
  name: string;
  fields: string[];
}

/** What a dry run says that an apply would do. */
export interface CloudChanges {
  create: CloudChange[];
  modify: CloudChange[];
  /** Deleted during the update. */
  remove: CloudChange[];
  /** Deleted after the last roll (`--prune`). */
  prune: CloudChange[];
}

const resourceLine = /^ {2}(\w+)\/(\S.*)$/;

const fieldLine = /^ {2}\t(\w+)\s*\t?/;

const deletionLine = /^ {2}(\S+)\s+(\S.*)$/;

/** The report of `kops update cluster` without `--yes` (upup/pkg/fi/dryrun_target.go), as data. */
export function parseDryRun(text: string): CloudChanges {
  const report: CloudChanges = {
    create: [],
    modify: [],
    remove: [],
    prune: [],
  };
  let into: keyof typeof report | undefined;
  let current: CloudChange | undefined;
  for (const line of text.split("\n")) {
    if (/^Will create resources:/.test(line)) into = "create";
    else if (/^Will modify resources:/.test(line)) into = "modify";
    else if (/^Items will be deleted only when the --prune flag/.test(line)) into = "prune";
    else if (/^Items will be deleted during update:/.test(line)) into = "remove";
    else if (/^\S/.test(line)) into = undefined;
    if (!into) continue;
    if (into === "create" || into === "modify") {
      const resource = resourceLine.exec(line);
      if (resource?.[1] && resource[2]) {
        current = { kind: resource[1], name: resource[2], fields: [] };
        report[into].push(current);
        continue;
      }
      const field = fieldLine.exec(line);
      if (field?.[1] && current) current.fields.push(field[1]);
    } else {
      const deletion = deletionLine.exec(line);
      if (deletion?.[1] && deletion[2]) report[into].push({ kind: deletion[1], name: deletion[2], fields: [] });
    }
  }
  return report;
}

/** kOps's own word that a dry run found nothing to do. */
export function saysNoChanges(text: string): boolean {
  return text.includes("No changes need to be applied");
}
