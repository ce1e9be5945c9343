import type { AwsIdentity } from "../aws/identity.ts";
import { milliseconds } from "../model/durations.ts";
import { CancelledError } from "../model/errors.ts";
import type { Kops } from "../kops-cli/kops.ts";
import type { RunLog } from "../runtime/log.ts";
import type { Progress } from "../runtime/progress.ts";
import { chosenAccess } from "./choice.ts";
import type { TunnelChoice } from "./choice.ts";
import { bastionArgv, ownArgv, ssmArgv } from "./commands.ts";
import type { Remote } from "./commands.ts";
import { openFront } from "./front.ts";
import type { Front } from "./front.ts";
import { remoteOf } from "./remote.ts";
import { ssmTargets } from "./ssm-target.ts";
import { Tunnel } from "./tunnel.ts";
import type { TunnelCommand } from "./tunnel.ts";

/**
 * How the machine at hand reaches the Kubernetes API of a cluster, when not by its own name. The certificate is checked
 * all the same: against the cluster's CA and the name `api.internal.<cluster>`, which kOps asks of it whatever the
 * address.
 */
export interface Access {
  /** Address of the API, `https://host:port`. */
  server: string;
}

/** The way to the API of one cluster, for as long as one operation lasts. */
export interface Connection {
  /**
   * Opens it, if need be. Nothing: the API is reached by its own name. Throws a ConfigError, KopsError or TimeoutError.
   */
  access(): Promise<Access | undefined>;
  /** Closes what was opened, and returns when nothing of it runs any more. */
  close(): Promise<void>;
}

export interface ConnectionOptions {
  cluster: string;
  identity: AwsIdentity;
  /** The operation's private folder. */
  folder: string;
  log: RunLog;
  progress: Progress;
  signal: AbortSignal;
  /** Of the person or pipeline: it says the way. */
  env: NodeJS.ProcessEnv;
  /** Of programs that work with the cluster's AWS identity. */
  awsEnv: NodeJS.ProcessEnv;
  /** By these variables a later run finds what a killed one left. */
  mark: Readonly<Record<string, string>>;
  /** Asked where the API is, when nobody says it. */
  kops: () => Kops;
}

function inWords(choice: TunnelChoice): string {
  switch (choice.access) {
    case "ssm":
      return "an SSM session";
    case "bastion":
      return `ssh through ${choice.via}`;
    case "command":
      return choice.command[0] ?? "";
  }
}

class OneWay implements Connection {
  readonly #options: ConnectionOptions;
  #opened: Promise<{ tunnel: Tunnel; front: Front }> | undefined;
  #remote: Promise<Remote> | undefined;
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  async access(): Promise<Access | undefined> {
    // Read anew until a tunnel is open: a cluster that was just made may only now have a way to it.
    if (!this.#opened) {
      this.#refuseClosed();
      const choice = await chosenAccess(this.#options.cluster, this.#options.env);
      if (!choice) return undefined;
      if (choice.access === "direct") return choice.server === undefined ? undefined : { server: choice.server };
      this.#refuseClosed();
      this.#opened ??= this.#open(choice);
    }
    const { tunnel, front } = await this.#opened;
    // A command is not begun before the tunnel is there: its error says what is wrong, that of kOps would not.
    await tunnel.port();
    return { server: `https://127.0.0.1:${front.port}` };
  }

  async #open(choice: TunnelChoice): Promise<{ tunnel: Tunnel; front: Front }> {
    const { cluster, folder, log, progress, signal } = this.#options;
    const tunnel = new Tunnel({
      cluster,
      connection: inWords(choice),
      command: this.#commands(choice),
      timeout: milliseconds(choice.timeout),
      folder,
      log: (line) => {
        log.write(`tunnel: ${line}`);
      },
      logPath: log.path,
      progress,
      signal,
    });
    return {
      tunnel,
      front: await openFront({
        port: () => tunnel.portAgain(),
        lost: (port) => {
          tunnel.lost(port);
        },
      }),
    };
  }

  #commands(choice: TunnelChoice): (localPort: number) => Promise<TunnelCommand> {
    const { cluster, identity, env, awsEnv, mark } = this.#options;
    let turn = 0;
    return async (localPort) => {
      const remote = await this.#find(choice);
      switch (choice.access) {
        case "ssm": {
          // Another one each time: the first may be on its way out, or have no agent that answers.
          const targets =
            typeof choice.target === "string"
              ? [choice.target]
              : await ssmTargets(identity, cluster, choice.target?.tags);
          const target = targets[turn % targets.length] ?? "";
          turn += 1;
          return { argv: ssmArgv(target, remote, localPort), env: { ...awsEnv, ...mark } };
        }
        case "bastion":
          return { argv: bastionArgv(choice, remote, localPort), env: { ...env, ...mark } };
        case "command":
          return { argv: ownArgv(choice, cluster, remote, localPort), env: { ...env, ...mark } };
      }
    };
  }

  #find(choice: TunnelChoice): Promise<Remote> {
    const { cluster, folder, kops } = this.#options;
    this.#remote ??= remoteOf(choice, cluster, kops(), folder).catch((error: unknown) => {
      // A new cluster may get its load balancer only now.
      this.#remote = undefined;
      throw error;
    });
    return this.#remote;
  }

  /** A look at the API that was given up may only now come to ask for the way. */
  #refuseClosed(): void {
    if (!this.#closed) return;
    throw new CancelledError({
      what: `The API of ${this.#options.cluster} was not reached`,
      why: "the operation has ended",
      next: "run the command again",
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    // When it could not be opened, whoever asked for it was told.
    const opened = await this.#opened?.catch(() => undefined);
    await Promise.all([opened?.front.close(), opened?.tunnel.close()]);
  }
}

/** The way to the API of a cluster by what `PILOT_ACCESS` says. Nothing is opened before it is asked for. */
export function openConnection(options: ConnectionOptions): Connection {
  return new OneWay(options);
}
