import type { Cause } from "../../model/errors.ts";
import type { KopsClusterInputs } from "../../model/inputs.ts";
import { kindOf } from "./kinds.ts";
import type { Update } from "./kinds.ts";
import { namedProperties, propertiesOf } from "./properties.ts";
import type { FailedTask, Stall } from "./stalls.ts";

type Inputs = Pick<KopsClusterInputs, "name" | "cluster" | "instanceGroups" | "kopsVersion">;

/** A cause, and what several tasks can fail for alike: the nodes of every group for one version. */
interface KeyedCause extends Cause {
  key: string;
}

/** Why a task can never succeed; none while it may. */
function causesOf(failed: FailedTask, update: Update, inputs: Inputs): KeyedCause[] {
  const kind = kindOf(failed.text, (text) => namedProperties(text, inputs).length > 0);
  const after = kind?.after[update];
  if (!kind || after === undefined || failed.failing < after) return [];
  const reason = `${kind.says}: ${failed.text} (${failed.task})`;
  // Who asks is refused, not what is asked for.
  const properties = kind.ofIdentity ? [] : propertiesOf(failed, inputs);
  if (properties.length === 0) return [{ property: "", reason, key: failed.text.replace(/RequestID: [^,]*/, "") }];
  return properties.map((property) => ({ property, reason, key: `${property} ${kind.name}` }));
}

/**
 * Why an update can never succeed, by property: nothing progresses, and every error is final. Undefined while anything
 * may still change. An error that kOps keeps to itself is one that may pass.
 */
export function finalCauses(stall: Stall, update: Update, inputs: Inputs): Cause[] | undefined {
  if (stall.failed.length === 0 || stall.failed.length < stall.count) return undefined;
  const causes = stall.failed.map((one) => causesOf(one, update, inputs));
  if (causes.some((one) => one.length === 0)) return undefined;
  const all = causes.flat();
  return all
    .filter(({ key }, index) => all.findIndex((one) => one.key === key) === index)
    .map(({ property, reason }) => ({ property, reason }));
}

/** Causes in the error of a kOps that gave up by itself, after ten minutes (RunTasks). */
export function deadlineCauses(error: string, inputs: Inputs): Cause[] {
  const [, task, text] = /deadline exceeded executing task (\S+)\. Example error: (.*)$/s.exec(error) ?? [];
  if (task === undefined || text === undefined) return [];
  return propertiesOf({ task, text }, inputs).map((property) => ({
    property,
    reason: `could not be brought about in ten minutes: ${text} (${task})`,
  }));
}
