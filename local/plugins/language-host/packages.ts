import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isMissing } from "../../../providers/kops/errors.ts";

/** A provider plugin that an installed npm package needs. */
export interface RequiredPlugin {
  readonly name: string;
  readonly version: string;
  readonly server: string;
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly pulumi?: { readonly resource?: boolean; readonly name?: string; readonly version?: string; readonly server?: string };
}

async function readManifest(file: string): Promise<Manifest | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Manifest;
  } catch (error) {
    if (isMissing(error) || (error as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
    throw error;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function installedPackages(program: string): Promise<Manifest[]> {
  const modules = join(program, "node_modules");
  const top = (await namesIn(modules)).filter((name) => !name.startsWith("."));
  const scoped = top.filter((name) => name.startsWith("@"));
  const names = [
    ...top.filter((name) => !name.startsWith("@")),
    ...(await Promise.all(scoped.map(async (scope) => (await namesIn(join(modules, scope))).map((name) => join(scope, name))))).flat(),
  ];
  const manifests = await Promise.all(names.map((name) => readManifest(join(modules, name, "package.json"))));
  return manifests.filter((manifest) => manifest !== undefined);
}

/** The plugins of all installed packages that say `"pulumi": {"resource": true}`: what the official host answers. */
export async function requiredPlugins(program: string): Promise<RequiredPlugin[]> {
  return (await installedPackages(program)).flatMap(({ name = "", version = "", pulumi }) => {
    if (pulumi?.resource !== true) return [];
    const plugin = pulumi.name ?? name.replace(/^@pulumi\//, "").replace(/^@/, "");
    return [{ name: plugin, version: `v${(pulumi.version ?? version).replace(/^v/, "")}`, server: pulumi.server ?? "" }];
  });
}

/** The program's dependencies with the versions that are installed, for `pulumi about`. */
export async function programDependencies(program: string): Promise<{ name: string; version: string }[]> {
  const own = await readManifest(join(program, "package.json"));
  const names = Object.keys({ ...own?.dependencies, ...own?.devDependencies }).sort();
  const manifests = await Promise.all(names.map((name) => readManifest(join(program, "node_modules", name, "package.json"))));
  return names.map((name, i) => ({ name, version: manifests[i]?.version ?? "" }));
}
