import type { Caller } from "../aws/account.ts";
import { updateConditions } from "../model/conditions.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import type { RecordedWait } from "../store/history.ts";
import type { Journal, RecordedOperation } from "../store/journal.ts";

/** An operation of a command, which has no program: spec and settings in the journal stay. */
export interface Command {
  /** As the lock tells it: `roll`. */
  verb: string;
  /** As it was typed, for the history. */
  words: string;
  /** Digest of the whole spec: the inputs have no secret and no SSH key. */
  digest: string;
}

/** How an operation begins. */
export interface Beginning {
  /** Refuses credentials of another account than the journal's, and returns whose they are. */
  confirm?: (journal: Journal | undefined) => Promise<Caller>;
  /** Waits before the operation, such as for its lock. */
  waits?: readonly RecordedWait[];
  command?: Command | undefined;
}

/** The journal as the operation begins. */
export function begunJournal(
  inputs: KopsClusterInputs,
  known: Journal | undefined,
  operation: RecordedOperation,
  {
    adopted,
    account: accountId,
    command,
  }: { adopted: boolean; account: string | undefined } & Pick<Beginning, "command">,
  now: Date,
): Journal {
  if (command && known) return Object.assign(known, { operation });
  const { name: cluster, owner, kopsVersion: version, featureFlags, region, profile, assumeRole, aws } = inputs;
  const journal: Journal = known ?? {
    version: 1,
    cluster,
    owner,
    conditions: updateConditions([], [], now),
    instanceGroups: [],
  };
  journal.operation = operation;
  journal.owner = owner;
  journal.kops = { ...journal.kops, version, featureFlags };
  if (adopted) journal.origin = "adopted";
  else if (known === undefined) journal.origin = "made";
  journal.identity = {
    ...journal.identity,
    region,
    profile,
    assumeRole,
    aws,
    ...(accountId !== undefined && { accountId }),
  };
  if (operation.verb !== "delete") {
    journal.deletionProtection = inputs.deletionProtection === true;
    journal.workloadResources = inputs.deletion?.workloadResources;
    journal.rollingUpdate = inputs.rollingUpdate ?? {};
  }
  return journal;
}
