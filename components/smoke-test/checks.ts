import { podOf, tolerationsFor, type PodRequest, type SeenNode } from "./pod.ts";

interface Terminated {
  exitCode: number;
  message?: string;
}

/** What the test looks at of its pod. */
export interface SeenPod {
  spec?: { nodeName?: string };
  status?: {
    phase?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    containerStatuses?: { state?: { terminated?: Terminated; waiting?: { reason?: string; message?: string } } }[];
  };
}

/** A check's result. */
export interface Check {
  ok: boolean;
  /** Why it failed. */
  why?: string;
  seconds?: number;
}

export interface Checks {
  api: Check;
  nodes?: Check & { nodes?: number; versions?: Record<string, number> };
  pod?: Check & { node?: string };
  /** One address of each name. `shown: false` if the pod succeeded but its node shows no output (simulated nodes). */
  dns?: Check & { addresses?: Record<string, string>; shown?: boolean };
}

export interface Asked extends PodRequest {
  /** Expected version of the nodes, without `v`. */
  kubernetesVersion: string;
  /** Whether nodes may have an older version. */
  olderNodes: boolean;
}

/** What the test does with a cluster. Each throws its reason. */
export interface ClusterApi {
  answers(): Promise<void>;
  nodes(): Promise<SeenNode[]>;
  /** Succeeds if the pod exists already: the answer to an earlier try may be lost. */
  createPod(pod: ReturnType<typeof podOf>): Promise<void>;
  pod(name: string): Promise<SeenPod>;
  deletePod(name: string): Promise<void>;
}

export interface Surroundings {
  say(text: string): void;
  /** Milliseconds. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  /** A suffix for the pod's name. */
  suffix: string;
}

const interval = 1_000;

const secondsSince = (began: number, now: number): number => Math.round((now - began) / 100) / 10;

function nodesAreReady(
  all: readonly SeenNode[],
  { kubernetesVersion, olderNodes }: Asked,
): { nodes: number; versions: Record<string, number> } {
  const nodes = all.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  if (nodes.length === 0) throw new Error("there is no node");
  const versions: Record<string, number> = {};
  const wrong = nodes.flatMap(({ metadata, status }) => {
    const ready = status?.conditions?.find(({ type }) => type === "Ready");
    const version = status?.nodeInfo?.kubeletVersion ?? "no version";
    const name = metadata?.name ?? "";
    versions[version] = (versions[version] ?? 0) + 1;
    return [
      ...(ready?.status === "True"
        ? []
        : [`${name} is not ready: ${ready?.message ?? "it has not reported anything yet"}`]),
      ...(version === `v${kubernetesVersion}` || olderNodes
        ? []
        : [`${name} runs ${version}, not v${kubernetesVersion}`]),
    ];
  });
  if (wrong.length > 0) throw new Error(wrong.join("; "));
  return { nodes: nodes.length, versions };
}

/** Why a pod has not ended yet: not scheduled, no image, or still running. */
function waitsFor({ status }: SeenPod): string {
  const scheduled = status?.conditions?.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status === "False")
    return `the pod is not scheduled: ${scheduled.message ?? scheduled.reason ?? "no reason is given"}`;
  const waiting = status?.containerStatuses?.[0]?.state?.waiting;
  if (waiting)
    return `the pod does not start: ${waiting.reason ?? ""}${waiting.message ? ` (${waiting.message})` : ""}`;
  return `the pod is ${status?.phase ?? "not seen by a node yet"}`;
}

/** The resolved names, each with an address. A node that shows no output (a simulated one) proves nothing. */
function namesResolved({ exitCode, message = "" }: Terminated): NonNullable<Checks["dns"]> {
  const said = message.trim();
  if (exitCode !== 0) return { ok: false, why: said || `the lookup ended with exit code ${exitCode}` };
  const lines = said.split("\n").filter(Boolean);
  const addresses = Object.fromEntries(lines.map((line) => line.split(" ") as [string, string]));
  return lines.length > 0 ? { ok: true, addresses } : { ok: true, shown: false };
}

/**
 * Runs the checks in order, each again until it passes or the time is over, and prints each new reason why one does
 * not pass. The pod is always removed.
 */
export async function runChecks(api: ClusterApi, asked: Asked, around: Surroundings): Promise<Checks> {
  const deadline = around.now() + asked.timeoutSeconds * 1000;
  async function check<Found extends object>(what: string, ask: () => Promise<Found>): Promise<Check & Partial<Found>> {
    const started = around.now();
    let told = "";
    for (;;) {
      let why: string;
      try {
        const found = await ask();
        around.say(`${what}: passed`);
        return { ok: true, ...found, seconds: secondsSince(started, around.now()) };
      } catch (error) {
        why = (error as Error).message;
      }
      const now = around.now();
      if (now >= deadline) {
        const failed: Check = { ok: false, why, seconds: secondsSince(started, now) };
        return failed as Check & Partial<Found>;
      }
      if (why !== told) around.say(`${what}: not yet: ${why}`);
      told = why;
      await around.sleep(Math.max(0, Math.min(interval, deadline - now)));
    }
  }

  const checks: Checks = {
    api: await check("the API", async () => {
      await api.answers();
      return {};
    }),
  };
  if (!checks.api.ok) return checks;
  checks.nodes = await check("nodes", async () => nodesAreReady(await api.nodes(), asked));

  const name = `pilot-smoke-test-${around.suffix}`;
  const pod: { tried: boolean; made: boolean; ended?: Terminated } = { tried: false, made: false };
  try {
    // Only whether a pod runs; a pod with a failed lookup did run.
    checks.pod = await check("a scheduled pod", async () => {
      if (!pod.made) {
        const tolerations = tolerationsFor(await api.nodes());
        pod.tried = true;
        await api.createPod(podOf(name, asked, tolerations));
        pod.made = true;
      }
      const seen = await api.pod(name);
      const terminated = seen.status?.containerStatuses?.[0]?.state?.terminated;
      if (!terminated || !["Succeeded", "Failed"].includes(seen.status?.phase ?? "")) throw new Error(waitsFor(seen));
      pod.ended = terminated;
      return { node: seen.spec?.nodeName ?? "" };
    });
  } finally {
    if (pod.tried)
      await api.deletePod(name).catch((error: unknown) => {
        around.say(`the test's pod ${asked.namespace}/${name} is left behind: ${(error as Error).message}`);
      });
  }
  if (pod.ended) checks.dns = namesResolved(pod.ended);
  return checks;
}
