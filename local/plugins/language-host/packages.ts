import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isMissing } from "../../../providers/kops/model/errors.ts";

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
  readonly pulumi?: {
    readonly resource?: boolean;
    readonly name?: string;
    readonly version?: string;
    readonly server?: string;
  };
}

async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as T;
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

/** npm's record of installed packages: each folder with its dependencies. */
interface InstallRecord {
  readonly packages?: Readonly<
    Record<string, Pick<Manifest, "dependencies"> & { readonly peerDependencies?: Readonly<Record<string, string>> }>
  >;
}

/**
 * Folders in `node_modules` that may hold a plugin's SDK: by npm's record those that depend on Pulumi's SDK, else all.
 */
async function candidates(modules: string): Promise<string[]> {
  const record = await readJson<InstallRecord>(join(modules, ".package-lock.json"));
  if (record?.packages) {
    return Object.entries(record.packages).flatMap(([path, { dependencies, peerDependencies }]) =>
      /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && "@pulumi/pulumi" in { ...dependencies, ...peerDependencies }
        ? [path.slice("node_modules/".length)]
        : [],
    );
  }
  const top = (await namesIn(modules)).filter((name) => !name.startsWith("."));
  const scoped = top.filter((name) => name.startsWith("@"));
  return [
    ...top.filter((name) => !name.startsWith("@")),
    ...(
      await Promise.all(
        scoped.map(async (scope) => (await namesIn(join(modules, scope))).map((name) => join(scope, name))),
      )
    ).flat(),
  ];
}

/**
 * The plugins of all installed packages with `"pulumi": {"resource": true}`, as the official host returns them. It does
 * not read some four hundred packages at each command: a package with resources depends on Pulumi's SDK.
 */
export async function requiredPlugins(program: string): Promise<RequiredPlugin[]> {
  const modules = join(program, "node_modules");
  const manifests = await Promise.all(
    (await candidates(modules)).map((name) => readJson<Manifest>(join(modules, name, "package.json"))),
  );
  return manifests.flatMap((manifest) => {
    const { name = "", version = "", pulumi } = manifest ?? {};
    if (pulumi?.resource !== true) return [];
    const plugin = pulumi.name ?? name.replace(/^@pulumi\//, "").replace(/^@/, "");
    return [
      { name: plugin, version: `v${(pulumi.version ?? version).replace(/^v/, "")}`, server: pulumi.server ?? "" },
    ];
  });
}

/** The program's dependencies with their installed versions, for `pulumi about`. */
export async function programDependencies(program: string): Promise<{ name: string; version: string }[]> {
  const own = await readJson<Manifest>(join(program, "package.json"));
  const names = Object.keys({ ...own?.dependencies, ...own?.devDependencies }).sort();
  const manifests = await Promise.all(
    names.map((name) => readJson<Manifest>(join(program, "node_modules", name, "package.json"))),
  );
  return names.map((name, i) => ({ name, version: manifests[i]?.version ?? "" }));
}
