import type { Progress } from "../run/progress.ts";

/**
 * Follows `kops delete cluster` (pkg/resources/ops/delete.go): how many resources there are, and, when kOps has to wait,
 * which are left and why. kOps tries every ten seconds; each reason is said once.
 */
export function followDelete(progress: Progress): (line: string) => void {
  const said = new Set<string>();
  const left: string[] = [];
  let gone = 0;
  let listing = false;
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
    if (line.startsWith("Not all resources deleted")) {
      listing = true;
      return;
    }
    if (listing && line.startsWith("\t")) {
      left.push(line.trim());
      return;
    }
    sayLeft();
    const outcome = /^(\S+)\t(ok|.*will retry.*)$/.exec(line);
    if (!outcome?.[1] || outcome[2] === undefined) return;
    if (outcome[2] === "ok") gone += 1;
    else sayOnce(`kOps retries ${outcome[1]}: ${outcome[2].replace(/, will retry:?/, ":").replace(/:$/, "")}`);
  };
}
