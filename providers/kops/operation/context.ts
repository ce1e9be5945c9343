import { openConnection } from "../access/index.ts";
import { endedBy, stoppedBy } from "../http/stop.ts";
import { kopsBinary } from "../kops-cli/binary.ts";
import { serveCredentialsToKops } from "../kops-cli/credentials.ts";
import { kopsEnvironment, withOwnAssets } from "../kops-cli/environment.ts";
import { Kops } from "../kops-cli/kops.ts";
import { withoutLogHeader } from "../kops-cli/output/index.ts";
import { withLogPath } from "../model/errors.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import { sensitivePieces } from "../model/secrets.ts";
import { openLog } from "../runtime/log.ts";
import type { RunLog } from "../runtime/log.ts";
import { markOf } from "../runtime/orphans.ts";
import { consoleProgress, withHeartbeat, withCleanup } from "../runtime/progress.ts";
import type { Progress } from "../runtime/progress.ts";
import { withScratch } from "../runtime/scratch.ts";
import type { Lease } from "../store/lock.ts";
import { openStore } from "../store/object-store.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { reasonBehind } from "./deadline.ts";

/** What all work on a cluster needs: its store, a kOps of the right version, a private folder and a log. */
export interface OperationContext {
  readonly inputs: KopsClusterInputs;
  readonly store: ObjectStore;
  readonly kops: Kops;
  /** Private (0700); removed when the verb ends. */
  readonly folder: string;
  readonly progress: Progress;
  readonly log: RunLog;
  /** Called with each line of the log, which includes kOps's output. */
  readonly listeners: Set<(line: string) => void>;
  /** Told each line that is printed, and each wait. */
  readonly readers: Set<Progress>;
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Makes a context for one verb and cleans it up afterwards. It takes no lock; with a lease, kOps ends when the lease
 * does. The signal ends kOps and every call. Once the log is open, every error names it.
 */
export function withContext<T>(
  inputs: KopsClusterInputs,
  verb: string,
  signal: AbortSignal,
  use: (context: OperationContext) => Promise<T>,
  lease?: Lease,
  say: Progress = consoleProgress(inputs.name, Date.now),
): Promise<T> {
  return stoppedBy(signal, () => contextOf(inputs, verb, signal, use, lease, say));
}

async function contextOf<T>(
  inputs: KopsClusterInputs,
  verb: string,
  signal: AbortSignal,
  use: (context: OperationContext) => Promise<T>,
  lease: Lease | undefined,
  say: Progress,
): Promise<T> {
  const env = process.env;
  const heartbeat = withHeartbeat(say);
  const readers = new Set<Progress>();
  const progress: Progress = {
    timed: say.timed,
    say(text) {
      heartbeat.progress.say(text);
      for (const reader of readers) reader.say(text);
    },
    waits(what, reason) {
      for (const reader of readers) reader.waits?.(what, reason);
    },
  };
  const cleaningUp = (what: string, end: () => Promise<unknown>, work: () => Promise<T>): Promise<T> =>
    withCleanup({ what, end }, progress, work);
  const listeners = new Set<(line: string) => void>([
    (line) => {
      heartbeat.hear(withoutLogHeader(line));
    },
  ]);
  try {
    const binary = await endedBy(kopsBinary(inputs.kopsVersion, env), signal);
    return await withScratch(async (folder) => {
      const file = await openLog(inputs.name, verb, env, sensitivePieces(inputs.secrets));
      const log: RunLog = {
        ...file,
        write(line) {
          file.write(line);
          for (const listen of listeners) listen(line);
        },
      };
      const withCredentials = async (): Promise<T> => {
        const credentials = await serveCredentialsToKops(inputs, folder, env);
        return await cleaningUp(
          "close the credential endpoint",
          () => credentials.close(),
          () => {
            const awsEnv = kopsEnvironment(withOwnAssets(env, inputs.kopsVersion), {
              region: inputs.region,
              folder,
              credentials: credentials.env,
              featureFlags: inputs.featureFlags,
              aws: inputs.aws,
            });
            const mark = markOf(inputs, env);
            const connection = openConnection({
              cluster: inputs.name,
              identity: inputs,
              folder,
              // The tunnel writes to the file only: listeners take every line for kOps's.
              log: file,
              progress,
              signal,
              env,
              awsEnv,
              mark,
              kops: () => kops,
            });
            const kops = new Kops({
              binary,
              cluster: inputs.name,
              store: inputs.stateStore,
              folder,
              log,
              signal,
              env: { ...awsEnv, ...mark },
              apiServer: async () => (await connection.access())?.server,
              ...(lease ? { lease } : {}),
            });
            return cleaningUp(
              "close the connection to the API",
              () => connection.close(),
              async () => {
                const store = openStore(inputs.stateStore, inputs, env);
                return await use({ inputs, store, kops, folder, progress, log, listeners, readers, signal, env });
              },
            );
          },
        );
      };
      return await cleaningUp(
        `write ${file.path} to its end`,
        () => file.close(),
        async () => {
          try {
            return await withCredentials();
          } catch (thrown) {
            throw withLogPath(reasonBehind(thrown, signal), file.path);
          }
        },
      );
    }, env);
  } finally {
    heartbeat.stop();
  }
}
