import { ConfigError, ExplainedError, inOneLine } from "../../providers/kops/model/errors.ts";
import { readJournal } from "../../providers/kops/store/journal.ts";
import type { Journal } from "../../providers/kops/store/journal.ts";
import { ownFolder } from "../../providers/kops/store/keys.ts";
import {
  forgetCommand,
  isReleasable,
  lifecycleOf,
  lifecycleText,
  withdrawCommand,
} from "../../providers/kops/store/lifecycle.ts";
import type { ObjectStore } from "../../providers/kops/store/object-store.ts";
import { forEachParallel } from "../../providers/kops/runtime/wait.ts";

/** Who looks for what it left behind. */
export interface Stack {
  /** organisation/project/stack, as clusters have their owner. */
  owner: string;
  /** Full names of the clusters that are asked for. */
  asked: readonly string[];
  /** Full names of the clusters in Pulumi's state: what is not asked for any more, Pulumi deletes. */
  inState: readonly string[];
}

/** How many journals are read at a time. */
const parallel = 8;

/** What a person is told of a cluster that this stack began, does not ask for, and that Pulumi does not know. */
export function leftBehindText(journal: Journal, store: string): string {
  const { cluster } = journal;
  const head =
    `${cluster} is not asked for any more, Pulumi's state does not know it, and the state store says that this ` +
    `stack has ${lifecycleText(journal)}.`;
  if (isReleasable(journal))
    return `${head} Nothing of it was written. Release it, as it was: ${forgetCommand(store, cluster)}`;
  const withdraw = `See what would be deleted: ${withdrawCommand(store, cluster)}`;
  switch (lifecycleOf(journal)) {
    case "begun":
    case "deleting":
      return `${head} What was made so far stays, and costs. ${withdraw}`;
    case "adopting":
    case "unclear":
      return `${head} Put its file back and run \`pulumi up\` to finish that. ${withdraw}`;
    case "living":
      return (
        `${head} Put its file back and run \`pulumi up\`, which finds it by its owner, to keep or to delete it; ` +
        `to keep it without this program: ${forgetCommand(store, cluster)}`
      );
  }
}

/** What of a store is looked at. */
type Looked = Pick<ObjectStore, "url" | "get" | "folders">;

/** A folder of a bucket that is a store of its own (`configBase: s3://BUCKET/FOLDER/NAME`). */
function folderOf(store: Looked, folder: string): Looked {
  return {
    url: `${store.url}/${folder}`,
    get: (key) => store.get(`${folder}/${key}`),
    folders: (prefix) => store.folders(`${folder}/${prefix}`),
  };
}

/** A journal; nothing when it cannot be read: another account's cluster may be in the same store. */
async function readable(store: Looked, cluster: string): Promise<Journal | undefined> {
  try {
    return await readJournal(store, cluster);
  } catch (error) {
    if (error instanceof ExplainedError) return undefined;
    throw error;
  }
}

async function journalsOf(store: Looked, owner: string, clusters: readonly string[]): Promise<Journal[]> {
  const found: Journal[] = [];
  await forEachParallel(clusters, parallel, async (cluster) => {
    const journal = await readable(store, cluster);
    if (journal?.owner === owner) found.push(journal);
  });
  return found.sort((a, b) => (a.cluster < b.cluster ? -1 : 1));
}

/** A line for each cluster that this stack began in one store. */
async function linesOf(
  store: Looked,
  clusters: readonly string[],
  { owner, asked, inState }: Stack,
): Promise<string[]> {
  const begun = await journalsOf(
    store,
    owner,
    clusters.filter((cluster) => !asked.includes(cluster)),
  );
  return begun.filter(({ cluster }) => !inState.includes(cluster)).map((journal) => leftBehindText(journal, store.url));
}

/**
 * What this stack began and does not ask for any more, as far as Pulumi does not know it: a line for each. Looked at
 * are lists of folders, and the journals of clusters that are not asked for; also in folders of the bucket that are
 * stores of their own. A store that is not there yet has nothing; one that may not be listed is named, and fails
 * nothing.
 */
export async function leftBehind(store: Looked, stack: Stack): Promise<string[]> {
  try {
    const [journals, folders] = await Promise.all([store.folders(ownFolder), store.folders("")]);
    const known = new Set([...journals, ...stack.asked, ownFolder.slice(0, -1)]);
    const lines = await linesOf(store, journals, stack);
    for (const inner of folders.filter((folder) => !known.has(folder)).map((folder) => folderOf(store, folder)))
      lines.push(...(await linesOf(inner, await inner.folders(ownFolder), stack)));
    return lines;
  } catch (error) {
    if (error instanceof ConfigError) return [];
    if (!(error instanceof ExplainedError)) throw error;
    return [`Whether this stack began a cluster that it does not ask for any more cannot be told: ${inOneLine(error)}`];
  }
}
