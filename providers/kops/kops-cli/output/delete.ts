import type { Progress } from "../../runtime/progress.ts";

/** What of kOps's output others act on. */
export interface DeleteEvents {
  /** A resource that kOps deletes by itself, as `kind:id`. */
  has?: (one: string) => void;
  /** One more is gone. */
  gone?: () => void;
  /** kOps waits: these are left, each as `kind:id`. Said anew with each that it names. */
  left?: (ones: readonly string[]) => void;
}

/** What became of one resource. */
const outcomes = /^(\S+)\t(ok|.*will retry.*)$/;

/**
 * Follows `kops delete cluster` (pkg/resources/ops/delete.go): how many resources there are, and, when kOps has to
 * wait, which are left and why. kOps tries every ten seconds; each reason is said once.
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
    // The table of all that it will delete comes first. Its columns are padded; the id is the last.
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
