import { availableParallelism } from "node:os";
import { inOne, Problem } from "../base/problem.ts";
import type { Layout } from "../base/layout.ts";
import { atOnce } from "./at-once.ts";
import { ensureAwsPython, hasAwsPython } from "./aws-python.ts";
import type { ToolContext } from "./context.ts";
import { toolContext } from "./context.ts";
import { controlPlaneFile, ensureControlPlane } from "./control-plane.ts";
import { ensureGo } from "./go-toolchain.ts";
import { isExecutable } from "./installed.ts";
import { ensureKops } from "./kops.ts";
import { ensureKubectl } from "./kubectl.ts";
import type { Report } from "./progress.ts";
import { ensurePulumi } from "./pulumi.ts";
import { ensurePython } from "./python.ts";

/** The programs of the local cloud. */
export interface ToolPaths {
  readonly pulumi: string;
  /** One per requested version. */
  readonly kops: Readonly<Record<string, string>>;
  /** etcd and the Kubernetes control plane. */
  readonly controlPlane: string;
  readonly kubectl: string;
  /** The Python with moto. */
  readonly python: string;
}

export interface ToolWishes {
  readonly kopsVersions: readonly string[];
  /** Receives progress lines; standard error by default. */
  readonly report?: Report;
  readonly env?: NodeJS.ProcessEnv;
}

const toStandardError: Report = (line) => {
  console.error(line);
};

/** Finds, downloads or builds every tool. Fast if everything exists. */
export async function ensureTools(layout: Layout, wishes: ToolWishes): Promise<ToolPaths> {
  const context = toolContext(layout, wishes.report ?? toStandardError, wishes.env);
  await ensureLanguages(context);
  // Python packages download while Go keeps the cores busy.
  const python = ensureAwsPython(context);
  const [built, installed] = await Promise.allSettled([goTools(context, wishes.kopsVersions), python]);
  if (built.status === "rejected") throw asError(built.reason);
  if (installed.status === "rejected") throw asError(installed.reason);
  return { ...built.value, python: installed.value };
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

async function goTools(context: ToolContext, kopsVersions: readonly string[]): Promise<Omit<ToolPaths, "python">> {
  // A build that links or fetches modules leaves cores to another.
  const [kubernetes, pulumi] = await atOnce(availableParallelism(), [
    () => kubernetesTools(context, kopsVersions),
    () => ensurePulumi(context),
  ]);
  return { ...kubernetes, pulumi };
}

// One after another: they share most of their packages, and so each package is compiled once.
async function kubernetesTools(
  context: ToolContext,
  kopsVersions: readonly string[],
): Promise<Pick<ToolPaths, "kops" | "controlPlane" | "kubectl">> {
  const kops: Record<string, string> = {};
  for (const version of new Set(kopsVersions)) kops[version] = await ensureKops(context, version);
  const controlPlane = await ensureControlPlane(context);
  return { kops, controlPlane, kubectl: await ensureKubectl(context) };
}

// What is missing is reported together and before anything long begins.
async function ensureLanguages(context: ToolContext): Promise<void> {
  if (await isExecutable(await controlPlaneFile(context))) return;
  const go = await problemOf(ensureGo(context, "the Kubernetes control plane of the local cloud"));
  // With Go, Python can be fetched in any case, beside the builds.
  if (!go) return;
  const python = (await hasAwsPython(context)) ? undefined : await problemOf(ensurePython(context));
  throw inOne(python ? [go, python] : [go]);
}

async function problemOf(work: Promise<unknown>): Promise<Problem | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}

/** The Python that runs the AWS server, without the other tools. */
export function awsPython(
  layout: Layout,
  report: Report = toStandardError,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  return ensureAwsPython(toolContext(layout, report, env));
}
