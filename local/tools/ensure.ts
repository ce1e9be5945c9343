import type { Problem } from "../base/problem.ts";
import { inOne } from "../base/problem.ts";
import type { Layout } from "../base/layout.ts";
import { ensureAwsPython, findPython, hasAwsPython, pythonIsMissing } from "./aws-python.ts";
import type { ToolContext } from "./context.ts";
import { toolContext } from "./context.ts";
import { controlPlaneFile, ensureControlPlane } from "./control-plane.ts";
import { findGo, goIsMissing } from "./go.ts";
import { isExecutable } from "./installed.ts";
import { ensureKops } from "./kops.ts";
import { ensureKubectl } from "./kubectl.ts";
import type { Report } from "./progress.ts";
import { ensurePulumi } from "./pulumi.ts";

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
  await checkPrerequisites(context);
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

// One after another: each build uses all cores, and kOps and the control plane share compiled packages.
async function goTools(context: ToolContext, kopsVersions: readonly string[]): Promise<Omit<ToolPaths, "python">> {
  const kops: Record<string, string> = {};
  for (const version of new Set(kopsVersions)) kops[version] = await ensureKops(context, version);
  const controlPlane = await ensureControlPlane(context);
  const kubectl = await ensureKubectl(context);
  const pulumi = await ensurePulumi(context);
  return { pulumi, kops, controlPlane, kubectl };
}

// Reported together and before anything long begins. The other tools may be available without Go.
async function checkPrerequisites(context: ToolContext): Promise<void> {
  const problems: Problem[] = [];
  if (!(await isExecutable(await controlPlaneFile(context))) && !(await findGo(context))) {
    problems.push(goIsMissing("the Kubernetes control plane of the local cloud"));
  }
  if (!(await hasAwsPython(context)) && !(await findPython(context))) problems.push(pythonIsMissing());
  const [first, ...others] = problems;
  if (first) throw inOne([first, ...others]);
}

/** The Python that runs the AWS server, without the other tools. */
export function awsPython(
  layout: Layout,
  report: Report = toStandardError,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  return ensureAwsPython(toolContext(layout, report, env));
}
