import { inOne, Problem } from "../base/problem.ts";
import type { Layout } from "../base/layout.ts";
import { ensureAwsPython, hasAwsPython } from "./aws-python.ts";
import { ensureChromium } from "./chromium.ts";
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
import { ensureShell } from "./shells.ts";
import type { OtherShell } from "./shells.ts";

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

/**
 * Finds, downloads or builds every tool, all at the same time; compiles take turns. The first failure ends the rest.
 * Fast if everything exists.
 */
export async function ensureTools(layout: Layout, wishes: ToolWishes): Promise<ToolPaths> {
  const failure = new AbortController();
  const context = toolContext(layout, wishes.report ?? toStandardError, wishes.env, failure.signal);
  await ensureLanguages(context);
  const ending = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      failure.abort(error);
      throw error;
    }
  };
  const kops = Promise.all([...new Set(wishes.kopsVersions)].map((version) => kopsOf(context, version)));
  const works = [
    ending(ensureAwsPython(context)),
    ending(kops),
    ending(ensureControlPlane(context)),
    ending(ensureKubectl(context)),
    ending(ensurePulumi(context)),
  ] as const;
  await Promise.allSettled(works);
  failure.signal.throwIfAborted();
  const [python, versions, controlPlane, kubectl, pulumi] = await Promise.all(works);
  return { pulumi, kops: Object.fromEntries(versions), controlPlane, kubectl, python };
}

async function kopsOf(context: ToolContext, version: string): Promise<[version: string, file: string]> {
  return [version, await ensureKops(context, version)];
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

/** The browser that tests look at pages with. */
export function chromium(
  layout: Layout,
  report: Report = toStandardError,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  return ensureChromium(toolContext(layout, report, env));
}

/** A shell that tests read completion scripts with. */
export function otherShell(layout: Layout, shell: OtherShell): Promise<string> {
  return ensureShell(
    toolContext(layout, () => undefined, process.env),
    shell,
  );
}
