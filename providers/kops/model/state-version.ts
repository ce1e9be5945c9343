/** The form that outputs have in Pulumi's state from now on. */
export const stateVersion = 1;

type State = Readonly<Record<string, unknown>>;

/**
 * From each older form to the next, by the number of the older one. Kept for ever: a cluster may be years older than
 * the program that takes care of it. What an older form did not have is left absent; it comes with the next update or
 * refresh.
 */
const upgrades: readonly ((state: State) => State)[] = [
  // 0: outputs without a version, and without the names of what kOps made.
  (state) => ({ ...state, stateVersion: 1 }),
];

/**
 * A state of any age in today's form. One that a newer program wrote is taken as it is: forms only ever gain fields. An
 * empty one, of a resource that is new, stays empty. Inputs alone, as check gets them, carry no version: every upgrade
 * is done to them, also when they are of today, and must leave what has the newer form as it is.
 */
export function upgradeState(state: State): Record<string, unknown> {
  if (Object.keys(state).length === 0) return {};
  const { stateVersion: version } = state;
  const from = typeof version === "number" && Number.isInteger(version) && version >= 0 ? version : 0;
  return upgrades
    .slice(from)
    .reduce<Record<string, unknown>>((older, upgrade) => ({ ...upgrade(older) }), { ...state });
}
