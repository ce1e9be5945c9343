import { Problem } from "./problem.ts";
import { isAlive, processIdentity, type ProcessIdentity } from "./processes.ts";

/**
 * Names the process, as JSON of its identity, with whose end the local cloud and commands in it end: tests set it, for
 * nobody else stops what a killed test has started. Without it the local cloud runs until it is stopped.
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
        why: `${ownerVariable} is ${JSON.stringify(text)}, which names no process: {"pid":NUMBER,"began":"TIME"}`,
        next: `unset ${ownerVariable}: tests set it for what they start`,
      },
      error,
    );
  }
}

/** Stops this process as SIGTERM does, at most a second or so after its owner has ended, however that ended. */
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
