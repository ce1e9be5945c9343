/** A rule for calls of the AWS API, as `local/aws/faults.py` reads it. What is left out fits every call. */
export interface FaultRule {
  /** Signing name: `s3`, `ec2`, `autoscaling`. */
  service?: string;
  action?: string;
  /**
   * Regular expressions on path and query, on the body, on the `User-Agent`: `aws-sdk-go` is kOps, `aws-sdk-js` the
   * provider.
   */
  path?: string;
  body?: string;
  agent?: string;
  /** Code, HTTP status and message of the error that is answered. */
  code?: string;
  status?: number;
  message?: string;
  /** How many calls it hits; left out: all. */
  times?: number;
  delayMs?: number;
  /** The call waits, before AWS has done it or with only its answer outstanding, until it is let go. */
  hold?: "before" | "after";
}

/** Faults of the AWS API of one local cloud. */
export interface Faults {
  add(...rules: FaultRule[]): Promise<void>;
  /** Resolves when a call has been held since the last time it did. */
  held(signal: AbortSignal): Promise<void>;
  /** Lets go the calls that are held; the rules stay. */
  letGo(): Promise<void>;
  /** Takes all rules away, and lets go what is held. */
  clear(): Promise<void>;
}

interface Holds {
  count: number;
  held: string[];
}

export async function faultsOf(endpoint: string): Promise<Faults> {
  const ask = async (method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<unknown> => {
    const answer = await fetch(`${endpoint}/_pilot/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return await answer.json();
  };
  // As nothing was held that often, the answer comes at once.
  let seen = ((await ask("GET", "holds/999999999")) as Holds).count;
  return {
    async add(...rules) {
      await ask("POST", "faults", rules);
    },
    async held(signal) {
      for (;;) {
        const { count } = (await ask("GET", `holds/${seen}`, undefined, signal)) as Holds;
        if (count === seen) continue;
        seen = count;
        return;
      }
    },
    async letGo() {
      await ask("DELETE", "holds");
    },
    async clear() {
      await ask("DELETE", "faults");
    },
  };
}
