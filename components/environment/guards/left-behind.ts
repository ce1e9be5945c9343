import { ConfigError, ExplainedError, inOneLine } from "../../../providers/kops/model/errors.ts";
import { forEachParallel } from "../../../providers/kops/runtime/wait.ts";
import { readJournal } from "../../../providers/kops/store/journal.ts";
import type { Journal } from "../../../providers/kops/store/journal.ts";
import { ownFolder } from "../../../providers/kops/store/keys.ts";
import {
  isReleasable,
  forgetCommand,
  withdrawCommand,
  lifecycleText,
  lifecycleOf,
} from "../../../providers/kops/store/lifecycle.ts";
import type { ObjectStore } from "../../../providers/kops/store/object-store.ts";

/** The stack whose left-behind clusters are looked up. */
export interface Stack {
  /** organisation/project/stack, the owner of its clusters. */
  owner: string;
  /** Full names of the clusters that are asked for. */
  asked: readonly string[];
  /** Full names of the clusters in Pulumi's state: Pulumi deletes those that are no longer asked for. */
  inState: readonly string[];
}

/** Journals that are read at the same time. */
const parallel = 8;

/** The warning about a cluster that this stack began, no longer asks for, and Pulumi does not know. */
function leftBehindText(journal: Journal, store: string): string {
  const { cluster } = journal;
  const head =
    `No file asks for ${cluster} any more and Pulumi's state does not know it, but by the state store this stack has ` +
    `${lifecycleText(journal)}.`;
  if (isReleasable(journal))
    return `${head} Nothing of it was changed. To release it as it was: ${forgetCommand(store, cluster)}`;
  const withdraw = `To see what would be deleted: ${withdrawCommand(store, cluster)}`;
  switch (lifecycleOf(journal)) {
    case "begun":
    case "deleting":
      return `${head} What was made so far stays and costs money. ${withdraw}`;
    case "adopting":
    case "unclear":
      return `${head} Put its file back and run \`pulumi up\` to finish. ${withdraw}`;
    case "living":
      return (
        `${head} To keep or delete it, put its file back and run \`pulumi up\`, which finds it by its owner. ` +
        `To keep it without this program: ${forgetCommand(store, cluster)}`
      );
  }
}

/** Read access to a store. */
type StoreReader = Pick<ObjectStore, "url" | "get" | "folders">;

/** A folder of a bucket that is a store of its own (`configBase: s3://BUCKET/FOLDER/NAME`). */
function folderOf(store: StoreReader, folder: string): StoreReader {
  return {
    url: `${store.url}/${folder}`,
    get: (key) => store.get(`${folder}/${key}`),
    folders: (prefix) => store.folders(`${folder}/${prefix}`),
  };
}

/** A journal; undefined when it cannot be read: another account's cluster may be in the same store. */
async function readable(store: StoreReader, cluster: string): Promise<Journal | undefined> {
  try {
    return await readJournal(store, cluster);
  } catch (error) {
    if (error instanceof ExplainedError) return undefined;
    throw error;
  }
}

async function journalsOf(store: StoreReader, owner: string, clusters: readonly string[]): Promise<Journal[]> {
  const found: Journal[] = [];
  await forEachParallel(clusters, parallel, async (cluster) => {
    const journal = await readable(store, cluster);
    if (journal?.owner === owner) found.push(journal);
  });
  return found.sort((a, b) => (a.cluster < b.cluster ? -1 : 1));
}

/** One warning for each cluster that this stack began in one store. */
async function linesOf(
  store: StoreReader,
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
 * One warning for each cluster that this stack began, no longer asks for, and Pulumi does not know. Lists folders and
 * reads the journals of clusters that are not asked for, also in folders of the bucket that are stores of their own. A
 * store that does not exist yet has none; a store that cannot be listed gives a warning, not an error.
 */
export async function leftBehind(store: StoreReader, stack: Stack): Promise<string[]> {
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
    return [`Cannot check whether this stack left a cluster behind: ${inOneLine(error)}`];
  }
}
