/** The private zone that a stack made, as its state has it. */
export interface ZoneBefore {
  name: string;
  private: boolean;
  /** VPCs that it was made with or, after a refresh, that resolve it. */
  vpcIds: readonly string[];
  /** Whether the network's VPC has an association of its own. */
  associated: boolean;
}

/** What a change does to the zone. */
export interface ZoneChange {
  /** Whether Route 53 needs another zone: only a new zone is private or public, with its first VPC. */
  replaced: boolean;
  /** Whether the network's VPC is not the one that the zone was made with, so that it needs its own association. */
  associated: boolean;
}

/**
 * How a zone becomes what is desired. Route 53 makes a private zone with one VPC and the program ignores this list
 * afterwards, because others associate VPCs too: a VPC that came later has its own association, for good.
 * `vpcId`: the VPC; undefined if this run makes it.
 */
export function zoneChange(
  before: ZoneBefore | undefined,
  desired: { name: string; private: boolean; vpcId: string | undefined },
): ZoneChange {
  if (!before) return { replaced: false, associated: false };
  const replaced = before.name !== desired.name || before.private !== desired.private;
  const isIn = desired.vpcId !== undefined && before.vpcIds.includes(desired.vpcId);
  return { replaced, associated: desired.private && !replaced && (before.associated || !isIn) };
}
