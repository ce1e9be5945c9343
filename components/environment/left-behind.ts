import { ConfigError, ExplainedError, inOneLine } from "../../providers/kops/errors.ts";
import { readJournal } from "../../providers/kops/store/journal.ts";
import type { Journal } from "../../providers/kops/store/journal.ts";
import { ownFolder } from "../../providers/kops/store/places.ts";
import { forgetCommand, isReleasable, standingOf, standingText, withdrawCommand } from "../../providers/kops/store/standing.ts";
import type { ObjectStore } from "../../providers/kops/store/store.ts";

/** Who looks for what it left behind. */
export interface Stack {
  /** organisation/project/stack, as clusters have their owner. */
  owner: string;
  /** Full names of the clusters that are asked for. */
  asked: readonly string[];
  /** Full names of the clusters in Pulumi's state: what is not asked for any more, Pulumi deletes. */
  inState: () => Promise<readonly string[]>;
}

/** How many journals are read at a time. */
const parallel = 8;

/** What a person is told of a cluster that this stack began, does not ask for, and that Pulumi does not know. */
export function leftBehindText(journal: Journal, store: string): string {
  const { cluster } = journal;
  const head = `${cluster} is not asked for any more, Pulumi's state does not know it, and the state store says that this stack has ${standingText(journal)}.`;
  if (isReleasable(journal)) return `${head} Nothing of it was written. Release it, as it was: ${forgetCommand(store, cluster)}`;
  const withdraw = `See what would be deleted: ${withdrawCommand(store, cluster)}`;
  switch (standingOf(journal)) {
    case "begun":
    case "deleting":
      return `${head} What was made so far stays, and costs. ${withdraw}`;
    case "adopting":
    case "unclear":
      return `${head} Put its file back and run \`pulumi up\` to finish that. ${withdraw}`;
    case "living":
      return `${head} Put its file back and run \`pulumi up\`, which finds it by its owner, to keep or to delete it; to keep it without this program: ${forgetCommand(store, cluster)}`;
  }
}

/** A journal; nothing when it cannot be read: another account's cluster may be in the same store. */
async function readable(store: ObjectStore, cluster: string): Promise<Journal | undefined> {
  try {
    return await readJournal(store, cluster);
  } catch (error) {
    if (error instanceof ExplainedError) return undefined;
    throw error;
  }
}

async function journalsOf(store: ObjectStore, owner: string, clusters: readonly string[]): Promise<Journal[]> {
  const queue = [...clusters];
  const found: Journal[] = [];
  const reader = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const journal = await readable(store, next);
      if (journal?.owner === owner) found.push(journal);
    }
  };
  await Promise.all(Array.from({ length: parallel }, reader));
  return found.sort((a, b) => (a.cluster < b.cluster ? -1 : 1));
}

/**
 * What this stack began and does not ask for any more, as far as Pulumi does not know it: a line for each. One list of the
 * store's folders, and the journals of clusters that are not asked for; Pulumi's state only when one of them is this
 * stack's. A store that is not there yet has nothing; one that may not be listed is named, and fails nothing.
 */
export async function leftBehind(store: ObjectStore, { owner, asked, inState }: Stack): Promise<string[]> {
  try {
    const others = (await store.folders(ownFolder)).filter((cluster) => !asked.includes(cluster));
    const begun = await journalsOf(store, owner, others);
    if (begun.length === 0) return [];
    const known = await inState();
    return begun.filter(({ cluster }) => !known.includes(cluster)).map((journal) => leftBehindText(journal, store.url));
  } catch (error) {
    if (error instanceof ConfigError) return [];
    if (!(error instanceof ExplainedError)) throw error;
    return [`Whether this stack began a cluster that it does not ask for any more cannot be told: ${inOneLine(error)}`];
  }
}
