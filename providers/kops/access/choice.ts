import { readFile } from "node:fs/promises";
import { z } from "zod";
import { isDuration } from "../model/durations.ts";
import { ConfigError, isMissing, messageOf } from "../model/errors.ts";

/** By default a tunnel must be open in this time: an SSM session takes some seconds. */
const defaultTimeout = "30s";

/** Placeholders in a command line for the address of the API, the port to listen on and the cluster. */
export const placeholders = ["{host}", "{port}", "{localPort}", "{cluster}"] as const;

const tunnel = {
  /** Name or address of the API, as the far end of the tunnel knows it. @default the one that kOps would use */
  host: z.string().min(1).optional(),
  /** Port of the API there. @default the one that kOps would use */
  port: z.int().min(1).max(65535).optional(),
  /** Time in which the tunnel must be open, such as `30s`. @default 30s */
  timeout: z.string().refine(isDuration, { error: "must be a duration such as 30s" }).default(defaultTimeout),
};

const direct = z.strictObject({
  access: z.literal("direct"),
  /** Address of the API, `https://host:port`. @default its own name */
  server: z.url({ protocol: /^https$/, error: "must be an address such as https://host:port" }).optional(),
});

const targetError = "must be the id of an instance, such as i-0123456789abcdef0, or tags: a mapping of those it has";

const ssm = z.strictObject({
  access: z.literal("ssm"),
  /** The instance to use, by id or by tags. @default a bastion of the cluster, else one of its control-plane nodes */
  target: z
    .union(
      [
        z.string().regex(/^m?i-[0-9a-f]+$/, { error: targetError }),
        z.strictObject({
          tags: z
            .record(z.string().min(1), z.string())
            .refine((tags) => Object.keys(tags).length > 0, { error: "needs at least one tag" }),
        }),
      ],
      { error: targetError },
    )
    .optional(),
  ...tunnel,
});

const bastion = z.strictObject({
  access: z.literal("bastion"),
  /** The machine to use, as `ssh` takes it: `user@host`, or a Host of the user's ssh configuration. */
  via: z.string().regex(/^[^-\s]\S*$/, { error: "must be a host as ssh takes it, such as ubuntu@bastion.example.com" }),
  /** Further arguments of `ssh`, such as `["-J", "jump.example.com"]`. @default none */
  options: z.array(z.string().min(1)).default([]),
  ...tunnel,
});

const command = z.strictObject({
  access: z.literal("command"),
  /** Program and arguments with {@link placeholders}, without a shell. Runs until it is ended. */
  command: z
    .array(z.string().min(1), { error: "must be a list of program and arguments" })
    .min(1)
    .refine((words) => words.some((word) => word.includes("{localPort}")), {
      error: `must contain {localPort}, the port of 127.0.0.1 that it is to listen on (of ${placeholders.join(", ")})`,
    }),
  ...tunnel,
});

const kinds = z.discriminatedUnion("access", [direct, ssm, bastion, command], {
  error: "access must be direct, ssm, bastion or command",
});

/** An entry without `access` is direct. */
const connection = z.preprocess(
  (value) =>
    typeof value === "object" && value !== null && !("access" in value) ? { access: "direct", ...value } : value,
  kinds,
);

const accessFile = z.strictObject({ clusters: z.record(z.string(), connection) });

/** How this machine reaches the Kubernetes API of a cluster. */
export type AccessChoice = z.output<typeof kinds>;

/** A connection through a tunnel. */
export type TunnelChoice = Exclude<AccessChoice, { access: "direct" }>;

/** Whether a name in the file, in which `*` stands for anything, matches the cluster. */
function matches(pattern: string, cluster: string): boolean {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join(".*")}$`).test(cluster);
}

/** The entry of a cluster: its own name wins over a pattern, and a longer pattern over a shorter one. */
function choiceFor<Choice>(cluster: string, clusters: Readonly<Record<string, Choice>>): Choice | undefined {
  const [best] = Object.keys(clusters)
    .filter((name) => matches(name, cluster))
    .sort((a, b) => Number(b === cluster) - Number(a === cluster) || b.length - a.length);
  return best === undefined ? undefined : clusters[best];
}

/**
 * Reads how to reach the API from `PILOT_ACCESS`, a file's path or JSON, at the time of use. It is no input or output:
 * a laptop behind a tunnel and a pipeline inside the VPC share one state. A missing file counts as no choice.
 *
 * Errors: {@link ConfigError} with all problems of the file.
 */
export async function chosenAccess(cluster: string, env: NodeJS.ProcessEnv): Promise<AccessChoice | undefined> {
  const given = env["PILOT_ACCESS"];
  if (!given) return undefined;
  const inline = given.trimStart().startsWith("{");
  let text: string;
  try {
    text = inline ? given : await readFile(given, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  let parsed: z.output<typeof accessFile>;
  try {
    parsed = accessFile.parse(JSON.parse(text));
  } catch (error) {
    throw new ConfigError(
      {
        what: inline
          ? "The JSON in PILOT_ACCESS cannot be used"
          : `The access file ${given} (PILOT_ACCESS) cannot be used`,
        why: error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error),
        next:
          'write it as {"clusters": {"<cluster name>": {"access": "direct" | "ssm" | "bastion" | "command", …}}}, ' +
          "as docs/guide/access.md shows",
      },
      error,
    );
  }
  return choiceFor(cluster, parsed.clusters);
}
