import { copyFile, link, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join, parse } from "node:path";
import { execa } from "execa";
import { messageOf } from "../../providers/kops/model/errors.ts";
import { useCompileCacheOf } from "../base/compile-cache.ts";
import { withLock } from "../bootstrap/lock.mjs";
import type { Layout } from "../base/layout.ts";
import { Problem } from "../base/problem.ts";
import { shellWord, writeScript } from "../base/scripts.ts";
import { toolContext } from "../tools/context.ts";
import type { ToolContext } from "../tools/context.ts";
import { kubernetesPluginFile, kubernetesPluginVersion } from "../tools/kubernetes-plugin.ts";
import { pulumiVersion } from "../tools/pulumi.ts";
import { forTypeScript } from "../base/typescript.ts";
import type { Report } from "../tools/index.ts";
import { step } from "../tools/progress.ts";
import type { RequiredPlugin } from "./language-host/packages.ts";
import { requiredPlugins } from "./language-host/packages.ts";

/**
 * The folder of the plugins in a checkout: the one whose local cloud it is, whichever checkout this code is in (tests
 * prepare copies).
 */
const pluginsOf = (root: string): string => join(root, "local", "plugins");
const kubernetesBuild = "build-kubernetes.ts";
const launcherMark = "# Written by the local cloud";

/**
 * Installs plugins into the local cloud's Pulumi home. A provider is the official plugin if it can be downloaded; else
 * the kubernetes plugin is built from its sources, by the first stack that needs it, and the others are our stand-ins.
 * The choice stays, so that state does not move from one to the other unasked; `PILOT_PLUGINS=official` (only
 * downloads) and `PILOT_PLUGINS=stand-in` (no downloads) change it.
 */
export async function installPlugins(
  layout: Layout,
  pulumi: string,
  report: Report,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const context = toolContext(layout, report, env);
  const plugins = join(layout.pulumiHome, "plugins");
  await mkdir(plugins, { recursive: true });
  // An official engine has these two in its own folder and looks there first.
  await writeScript(
    join(plugins, `language-nodejs-v${pulumiVersion}`, "pulumi-language-nodejs"),
    nodeLauncher(layout, "language-host/main.ts"),
  );
  await writeScript(
    join(plugins, `resource-pulumi-nodejs-v${pulumiVersion}`, "pulumi-resource-pulumi-nodejs"),
    nodeLauncher(layout, "dynamic-provider.cjs"),
  );
  for (const plugin of await requiredPlugins(layout.root)) await installProvider(context, pulumi, plugins, plugin);
}

async function installProvider(
  context: ToolContext,
  pulumi: string,
  plugins: string,
  plugin: RequiredPlugin,
): Promise<void> {
  const folder = join(plugins, `resource-${plugin.name}-${plugin.version}`);
  const executable = `pulumi-resource-${plugin.name}`;
  const choice = context.env["PILOT_PLUGINS"] ?? "";
  if (!["", "official", "stand-in"].includes(choice)) {
    throw new Problem({
      what: `PILOT_PLUGINS=${choice} is not valid`,
      why: "it is official or stand-in",
      next: "set one of the two, or unset it",
    });
  }
  const present = await kindOf(join(folder, executable));
  const stays = present !== "none" && (choice === "" || choice === present);
  if (present === "official" && stays) return;
  if (choice === "official" || (choice === "" && !stays)) {
    const problem = await fetchOfficial(context, pulumi, folder, plugin);
    if (!problem) return;
    if (choice === "official") throw problem;
  }
  await writeScript(join(folder, executable), launcherOf(context, plugin));
}

function launcherOf(context: ToolContext, plugin: RequiredPlugin): string[] {
  if (plugin.name === "kubernetes" && plugin.version === `v${kubernetesPluginVersion}`) return builtLauncher(context);
  const standIn = `${plugin.name}/main.ts`;
  return existsSync(join(import.meta.dirname, standIn))
    ? nodeLauncher(context.layout, standIn)
    : absentLauncher(plugin);
}

/**
 * Builds the kubernetes plugin beside other work, if it is to be built. Its launcher waits for this, and reports a
 * failure.
 */
export async function buildBeside(layout: Layout, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const name = `resource-kubernetes-v${kubernetesPluginVersion}`;
  if ((await kindOf(join(layout.pulumiHome, "plugins", name, "pulumi-resource-kubernetes"))) !== "stand-in") return;
  await execa(process.execPath, [...forTypeScript(layout.root), join(pluginsOf(layout.root), kubernetesBuild)], {
    env,
    extendEnv: false,
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
    reject: false,
    cancelSignal: signal,
    forceKillAfterDelay: 2_000,
  });
}

async function kindOf(executable: string): Promise<"none" | "stand-in" | "official"> {
  if (!existsSync(executable)) return "none";
  const head = (await readFile(executable)).subarray(0, 200).toString("latin1");
  return head.includes(launcherMark) ? "stand-in" : "official";
}

/**
 * Downloads an official plugin into the per-user cache and links it into place. Returns the problem if it could not.
 */
async function fetchOfficial(
  context: ToolContext,
  pulumi: string,
  folder: string,
  plugin: RequiredPlugin,
): Promise<Problem | undefined> {
  const home = join(context.layout.cache, "pulumi-home");
  const cached = join(home, "plugins", `resource-${plugin.name}-${plugin.version}`);
  if (!existsSync(join(cached, `pulumi-resource-${plugin.name}`))) {
    try {
      // The answer does not matter: this notices an unreachable host in seconds, pulumi itself much later.
      await context.downloads.text("https://get.pulumi.com/");
      await withLock(`${home}.lock`, () =>
        step(context.report, `Downloading the official plugin ${plugin.name} ${plugin.version}`, () =>
          execa(
            pulumi,
            [
              "plugin",
              "install",
              "resource",
              plugin.name,
              plugin.version,
              ...(plugin.server === "" ? [] : ["--server", plugin.server]),
            ],
            {
              env: { ...context.env, PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" },
              extendEnv: false,
              stdin: "ignore",
              timeout: 10 * 60_000,
            },
          ),
        ),
      );
    } catch (error) {
      return new Problem(
        {
          what: `The official plugin ${plugin.name} ${plugin.version} could not be downloaded`,
          why: messageOf(error),
          next: "unset PILOT_PLUGINS to use what the local cloud has instead, or try again with the network",
        },
        error,
      );
    }
  }
  await rm(folder, { recursive: true, force: true });
  await copyTree(cached, folder);
  return undefined;
}

// Official plugins have hundreds of megabytes: checkouts share one copy if the file system allows it.
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyTree(source, target);
    else await link(source, target).catch(() => copyFile(source, target));
  }
}

// Absolute paths: the engine starts plugins in various folders.
function nodeLauncher(layout: Layout, entry: string): string[] {
  return [
    launcherMark,
    useCompileCacheOf(parse(entry).dir || parse(entry).name),
    `exec ${nodeCommand(layout, entry)} "$@"`,
  ];
}

function nodeCommand(layout: Layout, entry: string): string {
  const loader = entry.endsWith(".ts") ? forTypeScript(layout.root) : [];
  return [process.execPath, ...loader, join(pluginsOf(layout.root), entry)].map(shellWord).join(" ");
}

// The engine waits for the port that a plugin prints, however long a build takes, and shows its standard error.
function builtLauncher(context: ToolContext): string[] {
  const file = shellWord(kubernetesPluginFile(context));
  return [
    launcherMark,
    `[ -x ${file} ] || ${nodeCommand(context.layout, kubernetesBuild)} >&2 || exit 1`,
    `exec ${file} "$@"`,
  ];
}

function absentLauncher({ name, version }: RequiredPlugin): string[] {
  const text =
    `The local cloud has no plugin for the provider ${name} ${version}. Next: PILOT_PLUGINS=official npm start, on a ` +
    "machine that can download the official one.";
  return [launcherMark, `echo ${shellWord(text)} >&2`, "exit 1"];
}
