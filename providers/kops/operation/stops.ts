import { elapsed, milliseconds } from "../model/durations.ts";
import { CancelledError } from "../model/errors.ts";
import { pauseText, readPause, resumeCommand } from "../store/pause.ts";
import type { OperationContext, Operation } from "./operation.ts";

/** What it needs of an operation to know whether it is to stop here. */
export type Stoppable = Pick<Operation, "journal" | "progressed"> & {
  readonly context: Pick<OperationContext, "inputs" | "store">;
};

/** A wish to go no further for now, though all is well. */
export interface Stop {
  reason: "Paused" | "BudgetUsed";
  why: string;
  /** What to type to go on. */
  next: string;
}

/**
 * Why a run is to stop here, if it is: a pause flag, read anew each time, or a budget that is used up. A run that did
 * not get on yet (no node replaced, no group removed) is let past its budget, or a small one would never end.
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

/** A place between two steps where a run may stop. */
export interface Halt {
  /** What it stops before, as in "stopped before …". */
  before: string;
  /** What then waits, as a sentence. */
  waits: string;
  /** Which reasons hold here. */
  reasons: readonly Stop["reason"][];
}

/**
 * Stops between two steps, when there is a reason to. The operation stays open in the journal: the next run goes on
 * from here.
 */
export async function stopAt(
  { before, waits, reasons }: Halt,
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
