/**
 * Under this key `check` hands what is known of the outputs to the engine, among the inputs. In a preview the engine
 * calls nothing of a dynamic provider to ask what an update would give: it takes the checked inputs for the outputs,
 * and whatever is not among them is unknown to all that depends on the cluster. Keys that begin with two underscores
 * are shown nowhere (IsInternalPropertyKey in the engine), so this is no noise in any diff.
 */
export const knownKey = "__known";
