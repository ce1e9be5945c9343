import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import yaml from "js-yaml";
import { z } from "zod";
import { ConfigError, messageOf } from "../providers/kops/model/errors.ts";
import { problemsError, type Problem } from "../components/config/problems.ts";
import { readClusterFiles } from "../components/cluster/files.ts";

const usage = "npm run cluster:new -- NAME [--stack STACK] [--like FILE]";
const template = "clusters/template.yaml";

interface Desired {
  name: string;
  stack: string;
  /** File to begin with, from the root. */
  like: string;
}

const part = z.record(z.string(), z.unknown()).default({});

/** What of a stack file decides on what its cluster files may say. */
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

function readArguments(root: string, argv: readonly string[]): Desired {
  const refuse = (why: string): never => {
    throw new ConfigError({ what: "The command was not understood", why, next: usage });
  };
  let parsed;
  try {
    parsed = parseArgs({
      args: [...argv],
      options: { stack: { type: "string" }, like: { type: "string" } },
      allowPositionals: true,
    });
  } catch (error) {
    return refuse(messageOf(error));
  }
  const [name, ...others] = parsed.positionals;
  if (name === undefined || others.length > 0) return refuse("it needs the name of one cluster");
  if (!/^[a-z]([-a-z0-9.]*[a-z0-9])?$/.test(name)) return refuse(`${name} is no DNS name in lower case, such as k2`);
  return { name, stack: parsed.values.stack ?? onlyStack(root), like: parsed.values.like ?? template };
}

/** The stack that is meant when none is named. */
function onlyStack(root: string): string {
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

/** Lines of the file to begin with, under the new name. Whose it was and what was taken over with it is not copied. */
function textOf(root: string, { name, like, stack }: Desired): string {
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
  // What the template says of itself is not said of its copies.
  return named.replace(
    /^# A cluster: copy(.|\n)*?(?=# yaml-language-server)/,
    `# A cluster of the stack ${stack}. What is commented out shows what is set without it. Every key: ` +
      `docs/configuration.md.\n`,
  );
}

/** What the program would say of the file beside the others of its stack. */
function problemsOf(root: string, { name, stack }: Desired, text: string): Problem[] {
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
    // Which zones another stack's network has is not known here: the preview says it.
    return problems.filter(
      ({ source, path }) =>
        source === `clusters/${stack}/${name}.yaml` && (zones !== undefined || !path.includes("zones")),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Writes the file of a new cluster, unless there is one already or the program would refuse it. Returns what to say.
 */
export function newClusterFile(root: string, argv: readonly string[]): string {
  const desired = readArguments(root, argv);
  const { name, stack } = desired;
  const file = `clusters/${stack}/${name}.yaml`;
  if (existsSync(join(root, file)))
    throw new ConfigError({ what: `${file} is not written`, why: "it exists", next: "edit it, or take another name" });
  const text = textOf(root, desired);
  const problems = problemsOf(root, desired, text);
  if (problems.length > 0) throw problemsError(`${file} is not written: it could not be used`, problems);
  mkdirSync(join(root, "clusters", stack), { recursive: true });
  writeFileSync(join(root, file), text, { flag: "wx" });
  return `${file} is written. Next: edit it, then \`pulumi preview --stack ${stack}\`, or open a pull request with it`;
}
