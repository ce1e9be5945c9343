import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import yaml from "js-yaml";
import { z } from "zod";
import { ConfigError } from "../providers/kops/model/errors.ts";
import { problemsError, type Problem } from "../components/config/problems.ts";
import { readClusterFiles } from "../components/cluster/files.ts";
import type { Typed } from "./base/command.ts";

const template = "clusters/template.yaml";

type NewTyped = Typed<"stack" | "like">;

/** The file to write. */
interface NewFile {
  name: string;
  stack: string;
  /** The file to copy, from the root. */
  like: string;
}

const part = z.record(z.string(), z.unknown()).default({});

/** The part of a stack file that its cluster files depend on. */
const stackFile = z.object({
  config: z.object({
    "pilot:environment": z.string().optional(),
    "pilot:network": z
      .object({
        zones: z.array(z.string()),
        topology: z.string().optional(),
        existing: z.object({ subnets: z.object({ private: z.unknown().optional() }) }).optional(),
      })
      .optional(),
    "pilot:dns": z.object({ name: z.string() }).optional(),
    "pilot:clusterSecrets": part,
    "pilot:clusterDefaults": part,
    "pilot:clusterOverrides": part,
  }),
});

function readWords(root: string, { args, options, refusal, usage }: NewTyped): NewFile {
  const [name, ...others] = args;
  if (name === undefined || others.length > 0) throw refusal("it needs the name of one cluster");
  if (!/^[a-z]([-a-z0-9.]*[a-z0-9])?$/.test(name)) throw refusal(`${name} is not a DNS name in lower case, such as k2`);
  return { name, stack: options.stack ?? onlyStack(root, usage), like: options.like ?? template };
}

/** The only stack there is. */
function onlyStack(root: string, usage: string): string {
  const stacks = readdirSync(root).flatMap((file) => /^Pulumi\.([\w.-]+)\.yaml$/.exec(file)?.[1] ?? []);
  const [stack, second] = stacks;
  if (stack !== undefined && second === undefined) return stack;
  throw new ConfigError({
    what: "The command needs a stack",
    why: stacks.length === 0 ? "there is no Pulumi.<stack>.yaml" : `there are ${stacks.sort().join(", ")}`,
    next: `name one: ${usage.replace("[--stack STACK]", "--stack STACK")}`,
  });
}

function readStack(root: string, stack: string): z.output<typeof stackFile>["config"] {
  const file = `Pulumi.${stack}.yaml`;
  if (!existsSync(join(root, file)))
    throw new ConfigError({
      what: `There is no stack ${stack}`,
      why: `${file} is missing`,
      next: "name another stack, or write that file first",
    });
  const parsed = stackFile.safeParse(yaml.load(readFileSync(join(root, file), "utf8")));
  if (parsed.success) return parsed.data.config;
  throw new ConfigError({
    what: `${file} cannot be read`,
    why: z.prettifyError(parsed.error),
    next: `correct it; \`pulumi preview --stack ${stack}\` says all that is wrong`,
  });
}

/** The copied text, under the new name and without the keys of an adoption. */
function textOf(root: string, { name, like, stack }: NewFile): string {
  const path = join(root, like);
  if (!existsSync(path))
    throw new ConfigError({
      what: `No file can be made like ${like}`,
      why: "there is none",
      next: "name one by its path from here, such as clusters/sbx/k1.yaml",
    });
  const text = readFileSync(path, "utf8");
  if (!/^name: /m.test(text))
    throw new ConfigError({
      what: `No file can be made like ${like}`,
      why: "it has no line that begins with `name:`",
      next: "name a file with the keys of a cluster, no kOps manifest",
    });
  const named = text.replace(/^name: .*$/m, `name: ${name}`).replace(/^(adopt|owner): .*\n/gm, "");
  if (like !== template) return named;
  // The first lines of the template are about the template.
  return named.replace(
    /^# A cluster: copy(.|\n)*?(?=# yaml-language-server)/,
    `# A cluster of the stack ${stack}. What is commented out shows what is set without it. Every key: ` +
      `docs/reference/configuration.md.\n`,
  );
}

/** The problems the program would find in the file, among the others of its stack. */
function problemsOf(root: string, { name, stack }: NewFile, text: string): Problem[] {
  const config = readStack(root, stack);
  const environment = config["pilot:environment"];
  const zones = config["pilot:network"]?.zones;
  const folder = mkdtempSync(join(tmpdir(), "pilot-cluster-new-"));
  try {
    if (existsSync(join(root, "clusters", stack))) cpSync(join(root, "clusters", stack), folder, { recursive: true });
    writeFileSync(join(folder, `${name}.yaml`), text);
    const { problems } = readClusterFiles({
      folder,
      label: `clusters/${stack}`,
      defaults: config["pilot:clusterDefaults"],
      overrides: config["pilot:clusterOverrides"],
      zoneName: config["pilot:dns"]?.name ?? `${environment ?? stack}.invalid`,
      zones: zones ?? [],
      secrets: Object.keys(config["pilot:clusterSecrets"]),
      privateSubnets: config["pilot:network"]?.existing
        ? config["pilot:network"].existing.subnets.private !== undefined
        : config["pilot:network"]?.topology !== "public",
    });
    // The zones of another stack's network are not known here: the preview checks them.
    return problems.filter(
      ({ source, path }) =>
        source === `clusters/${stack}/${name}.yaml` && (zones !== undefined || !path.includes("zones")),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Writes the file of a new cluster, unless there is one already or the program would refuse it. */
export function newClusterFile(typed: NewTyped, root = resolve(import.meta.dirname, "..")): string {
  const newFile = readWords(root, typed);
  const { name, stack } = newFile;
  const file = `clusters/${stack}/${name}.yaml`;
  if (existsSync(join(root, file)))
    throw new ConfigError({ what: `${file} is not written`, why: "it exists", next: "edit it, or take another name" });
  const text = textOf(root, newFile);
  const problems = problemsOf(root, newFile, text);
  if (problems.length > 0) throw problemsError(`${file} is not written: it could not be used`, problems);
  mkdirSync(join(root, "clusters", stack), { recursive: true });
  writeFileSync(join(root, file), text, { flag: "wx" });
  return `${file} is written. Next: edit it, then \`pulumi preview --stack ${stack}\`, or open a pull request with it`;
}
