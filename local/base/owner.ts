import { Problem } from "./problem.ts";
import { isAlive, processIdentity, type ProcessIdentity } from "./processes.ts";

/**
 * Variable with the identity, as JSON, of a process. The local cloud and its commands end when that process ends. Tests
 * set it, because nothing else would stop what a killed test has started. Without it, the local cloud runs until it is
 * stopped.
 */
export const ownerVariable = "PILOT_CLOUD_OWNER";

const poll = 1_000;

export function ownerOf(env: NodeJS.ProcessEnv): ProcessIdentity | undefined {
  const text = env[ownerVariable];
  if (text === undefined || text === "") return undefined;
  try {
    return processIdentity.parse(JSON.parse(text));
  } catch (error) {
    throw new Problem(
      {
        what: "The local cloud cannot be started",
        why: `${ownerVariable} is ${JSON.stringify(text)}, which is not a process: {"pid":NUMBER,"began":"TIME"}`,
        next: `unset ${ownerVariable}: only tests set it`,
      },
      error,
    );
  }
}

/** Stops this process like SIGTERM, at most about a second after its owner has ended for any reason. */
export function endWith(owner: ProcessIdentity | undefined, report: (line: string) => void): void {
  if (!owner) return;
  const look = async (): Promise<void> => {
    if (await isAlive(owner)) return;
    clearInterval(looking);
    report(`process ${owner.pid}, for which this was started, has ended`);
    process.kill(process.pid, "SIGTERM");
  };
  const looking = setInterval(() => void look(), poll).unref();
}
