import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { cacheFolder } from "./cache-folder.mjs";

/**
 * Where the local cloud keeps its things. Everything it writes lies below `dir` (untracked, one per checkout),
 * except the tools, which are built once per user and version and lie in `cache`.
 */
export interface Layout {
  /** The checkout. */
  readonly root: string;
  /** The local cloud's own folder, `.local` in the checkout unless `PILOT_LOCAL_DIR` names another. */
  readonly dir: string;
  /** Per-user cache of downloaded and built tools. */
  readonly cache: string;
  /** What runs: ports and process ids of the local cloud, written by its daemon when it is ready. */
  readonly stateFile: string;
  /** Held by the daemon from its first moment to its last. */
  readonly pidFile: string;
  /** Logs of the daemon and of each of its children. */
  readonly logs: string;
  /** What the AWS server remembers over a restart. */
  readonly aws: string;
  /** One folder per cluster: etcd data, certificates, admin kubeconfig. */
  readonly clusters: string;
  /** How the machine at hand reaches each cluster's API: read by the provider through `PILOT_ACCESS`. */
  readonly accessFile: string;
  /** `HOME` of every command in the local cloud. */
  readonly home: string;
  /** `PULUMI_HOME`: plugins and credentials of the local cloud's own. */
  readonly pulumiHome: string;
  /** The file backend of Pulumi. */
  readonly backend: string;
  /** Pulumi.yaml and the generated Pulumi.<stack>.yaml (tracked file + overlay + what was set locally). */
  readonly stack: string;
  /** Put first on `PATH` inside the local cloud: `pulumi`, `kops`, `kubectl`, ... */
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

/** A short name for this local cloud, the same at every start: tells two checkouts apart in process lists and logs. */
export function layoutId(layout: Layout): string {
  return createHash("sha256").update(layout.dir).digest("hex").slice(0, 8);
}
