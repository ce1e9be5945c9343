import type { AwsIdentity } from "../aws/identity.ts";
import { milliseconds } from "../model/durations.ts";
import { CancelledError } from "../model/errors.ts";
import type { Kops } from "../kops-cli/kops.ts";
import type { RunLog } from "../runtime/log.ts";
import type { Progress } from "../runtime/progress.ts";
import { chosenAccess } from "./choice.ts";
import type { TunnelChoice } from "./choice.ts";
import { bastionArgv, ownArgv, ssmArgv } from "./commands.ts";
import type { ApiAddress } from "./commands.ts";
import { openEndpoint } from "./endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import { apiAddressOf } from "./api-address.ts";
import { ssmTargets } from "./ssm-target.ts";
import { Tunnel } from "./tunnel.ts";
import type { TunnelCommand } from "./tunnel.ts";

/**
 * How this machine reaches the Kubernetes API when not by its own name. Clients still check the certificate against the
 * cluster's CA and `api.internal.<cluster>`, the name that kOps expects at any address.
 */
export interface Access {
  /** Address of the API, `https://host:port`. */
  server: string;
}

/** The connection to the API of one cluster for one operation. */
export interface Connection {
  /**
   * Opens the connection, if need be; undefined when the API is reached by its own name.
   *
   * Errors: ConfigError, KopsError, TimeoutError.
   */
  access(): Promise<Access | undefined>;
  /** Closes the connection, and returns when its processes have ended. */
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
  /** The environment of the user or pipeline, with `PILOT_ACCESS`. */
  env: NodeJS.ProcessEnv;
  /** The environment of programs that use the cluster's AWS identity. */
  awsEnv: NodeJS.ProcessEnv;
  /** By these variables a later run finds the processes of a killed one. */
  mark: Readonly<Record<string, string>>;
  /** Tells the address of the API where the access file does not. */
  kops: () => Kops;
}

function describe(choice: TunnelChoice): string {
  switch (choice.access) {
    case "ssm":
      return "an SSM session";
    case "bastion":
      return `ssh through ${choice.via}`;
    case "command":
      return choice.command[0] ?? "";
  }
}

class ChosenConnection implements Connection {
  readonly #options: ConnectionOptions;
  #opened: Promise<{ tunnel: Tunnel; endpoint: Endpoint }> | undefined;
  #address: Promise<ApiAddress> | undefined;
  #wasOpen = false;
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  async access(): Promise<Access | undefined> {
    // Reads the choice again until a tunnel is open: the file may get an entry for a new cluster meanwhile.
    if (!this.#opened) {
      this.#refuseClosed();
      const choice = await chosenAccess(this.#options.cluster, this.#options.env);
      if (!choice) return undefined;
      if (choice.access === "direct") return choice.server === undefined ? undefined : { server: choice.server };
      this.#refuseClosed();
      this.#opened ??= this.#open(choice);
    }
    const { tunnel, endpoint } = await this.#opened;
    // Opens the tunnel before the command starts: its error is clearer than that of kOps. The first attempt shows what
    // is wrong with a tunnel; one that was open may need several to reopen.
    await (this.#wasOpen ? tunnel.portAgain() : tunnel.port());
    this.#wasOpen = true;
    return { server: `https://127.0.0.1:${endpoint.port}` };
  }

  async #open(choice: TunnelChoice): Promise<{ tunnel: Tunnel; endpoint: Endpoint }> {
    const { cluster, folder, log, progress, signal } = this.#options;
    const tunnel = new Tunnel({
      cluster,
      connection: describe(choice),
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
      endpoint: await openEndpoint({
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
      const address = await this.#find(choice);
      switch (choice.access) {
        case "ssm": {
          // Another one each time: the first may be shutting down, or have no agent that answers.
          const targets =
            typeof choice.target === "string"
              ? [choice.target]
              : await ssmTargets(identity, cluster, choice.target?.tags);
          const target = targets[turn % targets.length] ?? "";
          turn += 1;
          return { argv: ssmArgv(target, address, localPort), env: { ...awsEnv, ...mark } };
        }
        case "bastion":
          return { argv: bastionArgv(choice, address, localPort), env: { ...env, ...mark } };
        case "command":
          return { argv: ownArgv(choice, cluster, address, localPort), env: { ...env, ...mark } };
      }
    };
  }

  #find(choice: TunnelChoice): Promise<ApiAddress> {
    const { cluster, folder, kops } = this.#options;
    this.#address ??= apiAddressOf(choice, cluster, kops(), folder).catch((error: unknown) => {
      // A new cluster may get its load balancer later.
      this.#address = undefined;
      throw error;
    });
    return this.#address;
  }

  /** A command that was given up may still ask for the connection. */
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
    // If it could not be opened, the caller got the error.
    const opened = await this.#opened?.catch(() => undefined);
    await Promise.all([opened?.endpoint.close(), opened?.tunnel.close()]);
  }
}

/** The connection that `PILOT_ACCESS` chooses. Opens nothing before it is used. */
export function openConnection(options: ConnectionOptions): Connection {
  return new ChosenConnection(options);
}
