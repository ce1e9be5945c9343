import { elapsed, milliseconds } from "../model/durations.ts";
import { CancelledError } from "../model/errors.ts";
import { pauseText, readPause, resumeCommand } from "../store/pause.ts";
import type { OperationContext } from "./context.ts";
import type { Operation } from "./operation.ts";

/** The part of an operation that decides whether it stops. */
export type Stoppable = Pick<Operation, "journal" | "progressed"> & {
  readonly context: Pick<OperationContext, "inputs" | "store">;
};

/** A reason to stop between two steps or nodes although nothing failed: a pause, or a budget that is used up. */
export interface Stop {
  reason: "Paused" | "BudgetUsed";
  why: string;
  /** The command that continues. */
  next: string;
}

/**
 * Why a run must stop here, if it must. The pause flag is read each time. The budget stops no run before it has
 * replaced a node or removed a group: with a small budget the operation would never end.
 */
export async function reasonToStop({ context, journal, progressed }: Stoppable, now: Date): Promise<Stop | undefined> {
  const { inputs, store } = context;
  const paused = await readPause(store, inputs.name);
  if (paused)
    return {
      reason: "Paused",
      why: pauseText(paused),
      next: `run \`${resumeCommand(store, inputs.name)}\`, then \`pulumi up\`: it continues`,
    };
  const { operation } = journal;
  if (inputs.budget === undefined || !operation || !progressed) return undefined;
  const used = now.getTime() - Date.parse(operation.begun);
  if (used < milliseconds(inputs.budget)) return undefined;
  return {
    reason: "BudgetUsed",
    why: `the budget of ${inputs.budget} is used up after ${elapsed(used)}`,
    next: "run `pulumi up` again: it continues",
  };
}

/** A point between two steps where a run may stop. */
export interface StopPoint {
  /** The next step, as in "stopped before …". */
  before: string;
  /** What waits then, as a sentence. */
  waits: string;
  /** The reasons that stop a run here. */
  reasons: readonly Stop["reason"][];
}

/** Stops between two steps if there is a reason. The operation stays open in the journal; the next run continues. */
export async function stopAt(
  { before, waits, reasons }: StopPoint,
  operation: Stoppable & Pick<Operation, "found">,
  now: Date = new Date(),
): Promise<void> {
  const stop = await reasonToStop(operation, now);
  if (!stop || !reasons.includes(stop.reason)) return;
  const why = `${stop.why}; ${waits}`;
  operation.found([{ type: "NodesUpToDate", status: "False", reason: stop.reason, message: why }]);
  throw new CancelledError({
    what: `The update of ${operation.context.inputs.name} stopped before ${before}`,
    why,
    next: stop.next,
  });
}
