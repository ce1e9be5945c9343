import { join, resolve } from "node:path";
import { cacheFolder } from "../bootstrap/cache-folder.mjs";

/**
 * Paths of the local cloud. It writes only below `dir` (untracked, one per checkout). The tools are built once per user
 * and version, and are kept in `cache`.
 */
export interface Layout {
  /** Root of the checkout. */
  readonly root: string;
  /** The local cloud's own folder, `.local` in the checkout unless `PILOT_LOCAL_DIR` names another. */
  readonly dir: string;
  /** Per-user cache of downloaded and built tools. */
  readonly cache: string;
  /** Ports and process ids of the running local cloud. The daemon writes it when it is ready. */
  readonly stateFile: string;
  /** Exists while the daemon runs. */
  readonly pidFile: string;
  /** Logs of the daemon and of each of its children. */
  readonly logs: string;
  /** State of the AWS server, kept over a restart. */
  readonly aws: string;
  /** One folder per cluster: etcd data, certificates, admin kubeconfig. */
  readonly clusters: string;
  /** How this machine reaches each cluster's API. The provider reads it through `PILOT_ACCESS`. */
  readonly accessFile: string;
  /** `HOME` of every command in the local cloud. */
  readonly home: string;
  /** `PULUMI_HOME`: the local cloud's own plugins and credentials. */
  readonly pulumiHome: string;
  /** Pulumi's file backend. */
  readonly backend: string;
  /** Pulumi.yaml and the generated Pulumi.<stack>.yaml (tracked file + overlay + what was set locally). */
  readonly stack: string;
  /** First on `PATH` inside the local cloud: `pulumi`, `kops`, `kubectl`, ... */
  readonly bin: string;
}

export function layoutOf(root: string, env: NodeJS.ProcessEnv = process.env): Layout {
  const dir = env["PILOT_LOCAL_DIR"] ? resolve(env["PILOT_LOCAL_DIR"]) : join(root, ".local");
  return {
    root,
    dir,
    cache: cacheFolder(env),
    stateFile: join(dir, "state.json"),
    pidFile: join(dir, "daemon.pid"),
    logs: join(dir, "logs"),
    aws: join(dir, "aws"),
    clusters: join(dir, "clusters"),
    accessFile: join(dir, "access.json"),
    home: join(dir, "home"),
    pulumiHome: join(dir, "pulumi-home"),
    backend: join(dir, "backend"),
    stack: join(dir, "stack"),
    bin: join(dir, "bin"),
  };
}
