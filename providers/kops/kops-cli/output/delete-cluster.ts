import { KopsError } from "../../model/errors.ts";
import type { Progress } from "../../runtime/progress.ts";

/** Events in kOps's output for the caller to act on. */
export interface DeleteEvents {
  /** kOps deletes this resource, given as `kind:id`. */
  has?: (one: string) => void;
  /** One more resource is gone. */
  gone?: () => void;
  /** kOps waits for these, each as `kind:id`. Called again with each one it names. */
  left?: (ones: readonly string[]) => void;
}

/** The outcome of one resource. */
const outcomes = /^(\S+)\t(ok|.*will retry.*)$/;

/**
 * Reports the progress of `kops delete cluster` (pkg/resources/ops/delete.go), and while kOps waits, which resources
 * are left and why. kOps retries every ten seconds; each reason is reported once.
 */
export function followDelete(progress: Progress, events: DeleteEvents = {}): (line: string) => void {
  const said = new Set<string>();
  const left: string[] = [];
  let gone = 0;
  let listing = false;
  let table = false;
  const sayOnce = (text: string): void => {
    if (said.has(text)) return;
    said.add(text);
    progress.say(text);
  };
  const sayLeft = (): void => {
    if (!listing) return;
    listing = false;
    const shown = left.slice(0, 5).join(", ");
    sayOnce(`deleting: ${gone} gone, ${left.length} left: ${shown}${left.length > 5 ? ", …" : ""}`);
    left.length = 0;
  };
  return (line) => {
    // The table of all resources comes first. Its columns are padded; the id is the last.
    if (/^TYPE\s+NAME\s+ID\s*$/.test(line)) {
      table = true;
      return;
    }
    if (line.trim() === "" || outcomes.test(line)) table = false;
    if (table) {
      const columns = line.trim().split(/\s+/);
      events.has?.(`${columns[0] ?? ""}:${columns.at(-1) ?? ""}`);
      return;
    }
    if (line.startsWith("Not all resources deleted")) {
      listing = true;
      return;
    }
    if (listing && line.startsWith("\t")) {
      left.push(line.trim());
      events.left?.([...left]);
      return;
    }
    sayLeft();
    const outcome = outcomes.exec(line);
    if (!outcome?.[1] || outcome[2] === undefined) return;
    if (outcome[2] === "ok") {
      gone += 1;
      events.gone?.();
    } else sayOnce(`kOps retries ${outcome[1]}: ${outcome[2].replace(/, will retry:?/, ":").replace(/:$/, "")}`);
  };
}

/** A cloud resource that `kops delete cluster` lists. */
export interface Listed {
  kind: string;
  name: string;
  id: string;
}

/** kOps prints this when it finds nothing (cmd/kops/delete_cluster.go). */
const nothing = "No cloud resources to delete";

/**
 * The table of `kops delete cluster` without `--yes`: columns TYPE, NAME and ID, padded by tabs. A name may be empty.
 */
export function parseListed(text: string): Listed[] {
  const lines = text.split("\n");
  const header = lines.findIndex((line) => /^TYPE\s+NAME\s+ID\s*$/.test(line));
  if (header < 0 && lines.includes(nothing)) return [];
  if (header < 0)
    throw new KopsError({
      what: "The list of kops delete cluster cannot be read",
      why: `it has neither a table of TYPE, NAME and ID nor "${nothing}"`,
      next: "run `kops delete cluster` without --yes by hand: it deletes nothing",
    });
  const rows: Listed[] = [];
  for (const line of lines.slice(header + 1)) {
    if (line.trim() === "") break;
    const parts = line.split(/\t+|\s{2,}/).filter((part) => part !== "");
    const [kind, second, third] = parts.length > 1 ? parts : line.split(/\s+/);
    if (kind === undefined || second === undefined) continue;
    rows.push(third === undefined ? { kind, name: "", id: second } : { kind, name: second, id: third });
  }
  return rows;
}
