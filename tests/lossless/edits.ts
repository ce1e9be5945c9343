import { isDeepStrictEqual } from "node:util";
import { clustersIn } from "./desired.ts";
import type { Context, Edit, EditKind } from "./edit.ts";
import { fileEdits } from "./file-edits.ts";
import { placeEdits } from "./place-edits.ts";
import { weighed } from "./random.ts";
import { stackEdits } from "./stack-edits.ts";

export const editKinds: readonly EditKind[] = [...fileEdits, ...placeEdits, ...stackEdits];

/** How often a second edit of the same stack follows the first before a preview. */
const shareOfPairs = 0.12;

/** How many kinds are tried before giving up. */
const attempts = 200;

/** A random edit of one of these kinds. */
export function nextEdit(context: Context, kinds: readonly EditKind[] = editKinds): Edit {
  const first = one(context, kinds);
  if (!context.random.chance(shareOfPairs)) return first;
  const second = one({ ...context, desired: first.desired }, kinds);
  return second.stack === first.stack && second.desired !== first.desired ? both(first, second) : first;
}

function one(context: Context, kinds: readonly EditKind[]): Edit {
  for (let left = attempts; left > 0; left -= 1) {
    const kind = weighed(kinds, context.random);
    const made = kind?.make(context);
    if (kind && made && !isDeepStrictEqual(made.desired, context.desired)) return { kind: kind.name, ...made };
  }
  throw new Error(
    `none of these edits can be made now: ${kinds.map(({ name }) => name).join(", ")}, of ${
      clustersIn(context.desired)
        .map(({ full }) => full)
        .join(", ") || "no cluster"
    }`,
  );
}

/** Combines two edits. The second may undo what had to be refused, so only a refusal of both is expected. */
function both(first: Edit, second: Edit): Edit {
  return {
    kind: `${first.kind} + ${second.kind}`,
    description: `${first.description}; ${second.description}`,
    stack: first.stack,
    desired: second.desired,
    long: first.long === true || second.long === true,
  };
}
