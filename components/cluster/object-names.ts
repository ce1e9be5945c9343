/** A cluster of the stack, by its resource name. */
interface Named {
  name: string;
}

/**
 * Why the add-ons of a cluster cannot be resources beside those of another: their names are the cluster's and the
 * object's with a hyphen between, and the engine stops everything at the second resource of a name. Only the cluster
 * with the longer name has the problem. `objects`: what every cluster gets, by kind.
 */
export function objectNameProblem(
  { name }: Named,
  others: readonly Named[],
  objects: Readonly<Record<string, readonly string[]>>,
): string | undefined {
  for (const { name: other } of others) {
    if (!name.startsWith(`${other}-`)) continue;
    const rest = name.slice(other.length + 1);
    for (const [kind, names] of Object.entries(objects)) {
      const object = names.find((one) => names.includes(`${rest}-${one}`));
      if (object !== undefined)
        return (
          `cannot be ${name} beside the cluster ${other}: the ${kind} ${object} of ${name} and the ${kind} ` +
          `${rest}-${object} of ${other} would both be the resource ${name}-${object}; rename a cluster or a ${kind}`
        );
    }
  }
  return undefined;
}
