/** A rule for calls of the AWS API, read by `local/aws/faults.py`. An absent field matches every call. */
export interface FaultRule {
  /** Signing name: `s3`, `ec2`, `autoscaling`. */
  service?: string;
  action?: string;
  /** Regular expressions for path and query, body and `User-Agent`: kOps is `aws-sdk-go`, the provider `aws-sdk-js`. */
  path?: string;
  body?: string;
  agent?: string;
  /** Code, HTTP status and message of the error answer. */
  code?: string;
  status?: number;
  message?: string;
  /** How many calls it applies to. @default all */
  times?: number;
  delayMs?: number;
  /** Holds the call before AWS executes it, or after with only the answer outstanding, until it is released. */
  hold?: "before" | "after";
}

/** Faults of the AWS API of one local cloud. */
export interface Faults {
  add(...rules: FaultRule[]): Promise<void>;
  /** Resolves when another call is held since the last time it resolved. */
  held(signal: AbortSignal): Promise<void>;
  /** Releases the held calls; the rules stay. */
  release(): Promise<void>;
  /** Removes all rules and releases the held calls. */
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
  // Fewer calls than that were held, so the answer comes at once.
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
    async release() {
      await ask("DELETE", "holds");
    },
    async clear() {
      await ask("DELETE", "faults");
    },
  };
}
