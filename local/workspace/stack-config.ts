import { mkdir, readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import yaml from "js-yaml";
import type { PlainObject } from "../../components/config/merge.ts";
import { deepMerge, isPlainObject } from "../../components/config/merge.ts";
import { messageOf } from "../../providers/kops/model/errors.ts";
import { readIfThere, writeWhole } from "../base/files.ts";
import type { Layout } from "../base/layout.ts";
import { Problem } from "../base/problem.ts";
import type { Report } from "../tools/index.ts";

const overlayFolder = join(import.meta.dirname, "..", "overlay");
const stackFile = /^Pulumi\.[\w.-]+\.yaml$/;

/** A change that a command inside the local cloud made: the new value at a path, or its removal. */
export interface LocalChange {
  readonly path: readonly string[];
  /** Absent if the key was removed. */
  readonly value?: unknown;
}

/** The differences between a generated file and its current content. Lists and scalars are compared as a whole. */
export function localChanges(
  generated: PlainObject,
  current: PlainObject,
  path: readonly string[] = [],
): LocalChange[] {
  const keys = new Set([...Object.keys(generated), ...Object.keys(current)]);
  return [...keys].flatMap((key): LocalChange[] => {
    const [before, after] = [generated[key], current[key]];
    const here = [...path, key];
    if (!(key in current)) return [{ path: here }];
    if (isPlainObject(before) && isPlainObject(after)) return localChanges(before, after, here);
    return key in generated && isSame(before, after) ? [] : [{ path: here, value: after }];
  });
}

/** Pulumi writes every scalar of its config as text when it saves the file: true becomes "true". */
function isSame(before: unknown, after: unknown): boolean {
  if (typeof before === "boolean" || typeof before === "number") return String(before) === String(after);
  return isDeepStrictEqual(before, after);
}

/** The file with local changes made to it. */
export function withLocalChanges(file: PlainObject, changes: readonly LocalChange[]): PlainObject {
  return changes.reduce((result, change) => withChange(result, change.path, change), file);
}

function withChange(file: PlainObject, [key, ...rest]: readonly string[], change: LocalChange): PlainObject {
  if (key === undefined) return file;
  const result = { ...file };
  if (rest.length > 0) {
    const inner = result[key];
    // Nothing to remove: the path does not exist any more.
    if (!isPlainObject(inner) && !("value" in change)) return file;
    result[key] = withChange(isPlainObject(inner) ? inner : {}, rest, change);
  } else if ("value" in change) result[key] = change.value;
  else Reflect.deleteProperty(result, key);
  return result;
}

// How the tracked file's secrets are encrypted; the local cloud has its own keys.
const encryption = ["encryptionsalt", "secretsprovider", "encryptedkey"];

const isSecret = (value: unknown): boolean => isPlainObject(value) && Object.keys(value).join() === "secure";

/** The tracked file without what needs the keys of the real stack, and the config keys that were left out. */
export function withoutSecrets(file: PlainObject): { file: PlainObject; secrets: string[][] } {
  const secrets: string[][] = [];
  const strip = (value: PlainObject, path: readonly string[]): PlainObject =>
    Object.fromEntries(
      Object.entries(value).flatMap(([key, inner]) => {
        const here = [...path, key];
        if (isSecret(inner)) {
          secrets.push(here);
          return [];
        }
        return [[key, isPlainObject(inner) ? strip(inner, here) : inner]];
      }),
    );
  const rest = Object.fromEntries(Object.entries(file).filter(([key]) => !encryption.includes(key)));
  return { file: isPlainObject(rest["config"]) ? { ...rest, config: strip(rest["config"], []) } : rest, secrets };
}

/** The project file of the local cloud: the tracked one, with the program in the checkout. */
export function localProject(tracked: PlainObject, root: string): PlainObject {
  return { ...tracked, main: join(root, typeof tracked["main"] === "string" ? tracked["main"] : "") };
}

/**
 * Writes the local cloud's own copy of the project and stack files. Changes that were made inside the local cloud
 * (`pulumi config set`, the encryption salt of a new stack) stay; edits of a tracked file take effect.
 */
export async function writeStackFiles(layout: Layout, report: Report): Promise<void> {
  await mkdir(join(layout.stack, "generated"), { recursive: true });
  const project = await readYaml(join(layout.root, "Pulumi.yaml"));
  await writeYaml(
    join(layout.stack, "Pulumi.yaml"),
    localProject(project ?? missing(join(layout.root, "Pulumi.yaml")), layout.root),
  );
  const shared = (await readYaml(join(overlayFolder, "config.yaml"))) ?? {};
  for (const name of (await readdir(layout.root)).filter((file) => stackFile.test(file))) {
    await writeStackFile(layout, name, shared, report);
  }
}

async function writeStackFile(layout: Layout, name: string, shared: PlainObject, report: Report): Promise<void> {
  const tracked = withoutSecrets((await readYaml(join(layout.root, name))) ?? {});
  const own = (await readYaml(join(overlayFolder, name))) ?? {};
  const generated = deepMerge(deepMerge(tracked.file, shared), own);

  const target = join(layout.stack, name);
  const record = join(layout.stack, "generated", name);
  const current = await readYaml(target);
  const last = await readYaml(record);
  const changes = current ? localChanges(last ?? {}, current) : [];
  const result = withLocalChanges(generated, changes);
  for (const path of tracked.secrets.filter((secret) => !isSet(result["config"], secret))) {
    const key = path.join(".");
    report(
      `${name}: the secret ${key} cannot be read here. Next, if you need it: npm run local -- pulumi config set ` +
        `--stack ${stackName(name)} --secret ${key}`,
    );
  }
  if (!isDeepStrictEqual(current, result)) await writeYaml(target, result);
  if (!isDeepStrictEqual(last, generated)) await writeYaml(record, generated);
}

function isSet(value: unknown, [key, ...rest]: readonly string[]): boolean {
  return key === undefined ? value !== undefined : isPlainObject(value) && isSet(value[key], rest);
}

function stackName(file: string): string {
  return basename(file).replace(/^Pulumi\.|\.yaml$/g, "");
}

function missing(file: string): never {
  throw new Problem({
    what: `${basename(file)} is missing`,
    why: `${dirname(file)} has none`,
    next: "git checkout Pulumi.yaml",
  });
}

async function readYaml(file: string): Promise<PlainObject | undefined> {
  const text = await readIfThere(file);
  if (text === undefined) return undefined;
  try {
    const value: unknown = yaml.load(text) ?? {};
    if (!isPlainObject(value)) throw new Error("it is not a mapping of keys to values");
    return value;
  } catch (error) {
    throw new Problem(
      {
        what: `${file} cannot be read`,
        why: messageOf(error),
        next: `correct ${basename(file)}, then run the same command again`,
      },
      error,
    );
  }
}

async function writeYaml(file: string, value: PlainObject): Promise<void> {
  await writeWhole(file, yaml.dump(value, { lineWidth: -1, noRefs: true }));
}
