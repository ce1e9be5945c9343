import { ConfigError, ExplainedError } from "../errors.ts";
import { kopsKeysOf } from "../store/places.ts";
import { openStore } from "../store/store.ts";
import type { ObjectStore } from "../store/store.ts";

/** What a command on one cluster is given: `s3://store cluster [words ...]`. */
export interface ClusterCommand {
  store: ObjectStore;
  cluster: string;
  words: string[];
}

/** Reads a command's arguments. The cluster must be in the store: a flag for a mistyped name would do nothing, unseen. */
export async function clusterCommand(argv: readonly string[], usage: string, open: (url: string) => ObjectStore): Promise<ClusterCommand> {
  const [url, cluster, ...words] = argv;
  if (url === undefined || cluster === undefined || !url.startsWith("s3://")) {
    throw new ConfigError({ what: "The command was not understood", why: "it needs the state store as s3://bucket or s3://bucket/prefix, then the full name of the cluster", next: usage });
  }
  const store = open(url);
  if ((await store.get(kopsKeysOf(cluster).config)) === undefined) {
    throw new ConfigError({ what: `There is no cluster ${cluster} in ${url}`, why: "the store has no manifest of that name", next: `\`kops get clusters --state ${url}\` lists those it has` });
  }
  return { store, cluster, words };
}

/** The store as this shell sees it. */
export function openStoreHere(url: string): ObjectStore {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  return openStore(url, { region: AWS_REGION ?? AWS_DEFAULT_REGION ?? "us-east-1" });
}

// Its notice would stand between what the command says.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

/** Runs a command, prints what it says, and ends with exit code 1 and the explanation when it failed. */
export async function runCommand(work: (argv: readonly string[]) => Promise<string>): Promise<void> {
  try {
    console.log(await work(process.argv.slice(2)));
  } catch (error) {
    if (!(error instanceof ExplainedError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
