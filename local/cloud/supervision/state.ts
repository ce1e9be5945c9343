import { z } from "zod";
import type { Layout } from "../../base/layout.ts";
import { Problem } from "../../base/problem.ts";
import { messageOf } from "../../../providers/kops/model/errors.ts";
import { readIfThere, writeWhole } from "../../base/files.ts";
import { isAlive, processIdentity } from "../../base/processes.ts";

const clusterStatus = z.enum(["starting", "ready", "failed"]);

const cluster = z.object({
  name: z.string(),
  /** The cluster's folder in the state store: `s3://bucket/prefix/name`. */
  store: z.string(),
  /** Address of the API. Kept while the control plane is down, so that it comes back at the same address. */
  server: z.string(),
  kubeconfig: z.string(),
  status: clusterStatus,
  problem: z.string().optional(),
});

const saved = z.object({
  daemon: processIdentity,
  phase: z.enum(["starting", "ready", "stopped"]),
  /** The tools that it was started with. */
  tools: z.object({ controlPlane: z.string(), python: z.string() }),
  /** What the daemon does while it is not ready yet. */
  doing: z.string(),
  endpoint: z.string().optional(),
  /** The proxy to the APIs of clusters by their own names. */
  proxy: z.string().optional(),
  /** Why the AWS server is down, or why the local cloud did not start. */
  problem: z.string().optional(),
  /** Children to end if the daemon is found dead. */
  children: z.array(z.object({ name: z.string() }).extend(processIdentity.shape)),
  clusters: z.array(cluster),
});

export type SavedState = z.infer<typeof saved>;
export type ClusterState = z.infer<typeof cluster>;

/** A running local cloud. */
export interface CloudState {
  /** The AWS API. */
  endpoint: string;
  /**
   * The proxy to the APIs of clusters by their own names. Absent only if an older version of this program started the
   * cloud.
   */
  proxy?: string;
  /** Process id of the daemon. */
  pid: number;
  /** Why the AWS server is down, if it is. */
  problem?: string;
  /** The clusters that kOps has made, each with its control plane. */
  clusters: {
    name: string;
    server: string;
    kubeconfig: string;
    status: "starting" | "ready" | "failed";
    problem?: string;
  }[];
}

export async function readState(layout: Layout): Promise<SavedState | undefined> {
  const text = await readIfThere(layout.stateFile);
  if (text === undefined) return undefined;
  try {
    return saved.parse(JSON.parse(text));
  } catch (error) {
    throw new Problem(
      {
        what: `The state of the local cloud in ${layout.stateFile} cannot be used`,
        why: error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error),
        next: "npm run local:reset",
      },
      error,
    );
  }
}

export async function writeState(layout: Layout, state: SavedState): Promise<void> {
  await writeWhole(layout.stateFile, `${JSON.stringify(state, null, 2)}\n`);
}

/** The state of a daemon that runs or is starting. */
export async function liveState(layout: Layout): Promise<SavedState | undefined> {
  const state = await readState(layout);
  return state && state.phase !== "stopped" && (await isAlive(state.daemon)) ? state : undefined;
}

export function toCloudState(state: SavedState): CloudState | undefined {
  if (state.phase !== "ready" || state.endpoint === undefined) return undefined;
  return {
    endpoint: state.endpoint,
    pid: state.daemon.pid,
    ...(state.proxy === undefined ? {} : { proxy: state.proxy }),
    ...(state.problem === undefined ? {} : { problem: state.problem }),
    clusters: state.clusters.map(({ name, server, kubeconfig, status, problem }) => ({
      name,
      server,
      kubeconfig,
      status,
      ...(problem === undefined ? {} : { problem }),
    })),
  };
}

/** The running local cloud, or undefined. */
export async function cloudState(layout: Layout): Promise<CloudState | undefined> {
  const state = await liveState(layout);
  return state && toCloudState(state);
}
