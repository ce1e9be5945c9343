import { createServer } from "node:net";
import { Problem } from "../../base/problem.ts";

const portVariable = "PILOT_AWS_PORT";

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(false);
    });
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/** The requested port, which must be free; else the last port if it is free; else any (0). */
export async function choosePort(wanted: number | undefined, last: number | undefined): Promise<number> {
  if (wanted !== undefined) {
    if (await isFree(wanted)) return wanted;
    throw busyPort(wanted);
  }
  return last !== undefined && (await isFree(last)) ? last : 0;
}

export function busyPort(port: number): Problem {
  return new Problem({
    what: "The AWS API of the local cloud cannot be started",
    why: `port ${port} of 127.0.0.1, which ${portVariable} requests, is used by another program`,
    next: `unset ${portVariable} (then any free port is used), or end the other program: lsof -i :${port}`,
  });
}

export function wantedPort(env: NodeJS.ProcessEnv): number | undefined {
  const text = env[portVariable];
  if (text === undefined || text === "") return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new Problem({
    what: "The AWS API of the local cloud cannot be started",
    why: `${portVariable} is ${JSON.stringify(text)}, which is not a port (1 to 65535)`,
    next: `unset ${portVariable}, or set it to a free port`,
  });
}
