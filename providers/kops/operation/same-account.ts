import { callerOf } from "../aws/account.ts";
import type { Caller } from "../aws/account.ts";
import type { AwsIdentity } from "../aws/identity.ts";
import { ConfigError } from "../model/errors.ts";
import type { Journal } from "../store/journal.ts";

const inProgram = "AWS_PROFILE, aws:profile, or `profile` and `assumeRole` of the cluster";

/**
 * Refuses credentials of another account than the cluster's: there kOps finds nothing of the cluster, so an update
 * would make it again, a refresh would call it changed, and a destroy would call it deleted. `choose`: the ways to
 * other credentials.
 */
export function refuseOtherAccount(
  cluster: string,
  { identity }: Pick<Journal, "identity">,
  account: string,
  choose = inProgram,
): void {
  const recorded = identity?.accountId;
  if (recorded === undefined || recorded === account) return;
  throw new ConfigError({
    what: `Cluster ${cluster} cannot be worked on with these credentials (nothing was changed)`,
    why: `it is in the AWS account ${recorded} by its journal, and they are for the account ${account}`,
    next: `choose the credentials of that account (${choose}), then run the same command again`,
  });
}

/** Whose credentials an identity has, if a cluster's journal does not have another account. */
export async function confirmAccount(
  cluster: string,
  identity: AwsIdentity,
  journal: Pick<Journal, "identity"> | undefined,
  choose?: string,
): Promise<Caller> {
  const caller = await callerOf(identity);
  if (journal) refuseOtherAccount(cluster, journal, caller.account, choose);
  return caller;
}
