import { readFile } from "node:fs/promises";
import { z } from "zod";
import { isDuration } from "../model/durations.ts";
import { ConfigError, isMissing, messageOf } from "../model/errors.ts";

/** Time in which a tunnel must be open, unless `timeout` says otherwise: an SSM session takes some seconds. */
const usualTimeout = "30s";

/** What stands in a command line for the address of the API and the port to listen on. */
export const placeholders = ["{host}", "{port}", "{localPort}", "{cluster}"] as const;

const tunnel = {
  /** Name or address of the API, as the far end of the tunnel knows it. @default the one that kOps would connect to */
  host: z.string().min(1).optional(),
  /** Port of the API there. @default the one that kOps would connect to */
  port: z.int().min(1).max(65535).optional(),
  /** Time in which the tunnel must be open, such as `30s`. @default 30s */
  timeout: z.string().refine(isDuration, { error: "must be a duration such as 30s" }).default(usualTimeout),
};

const direct = z.strictObject({
  access: z.literal("direct"),
  /** Address of the API, `https://host:port`, when it is not reached by its own. */
  server: z.url({ protocol: /^https$/, error: "must be an address such as https://host:port" }).optional(),
});

const targetError = "must be the id of an instance, such as i-0123456789abcdef0, or tags: a mapping of those it has";

const ssm = z.strictObject({
  access: z.literal("ssm"),
  /**
   * The instance it leads through, by id or by tags. @default a bastion of the cluster, else one of its control-plane
   * nodes
   */
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
  /** The machine it leads through, as `ssh` takes it: `user@host`, or a Host of the person's ssh configuration. */
  via: z.string().regex(/^[^-\s]\S*$/, { error: "must be a host as ssh takes it, such as ubuntu@bastion.example.com" }),
  /** Further arguments of `ssh`, such as `["-J", "jump.example.com"]`. @default none */
  options: z.array(z.string().min(1)).default([]),
  ...tunnel,
});

const command = z.strictObject({
  access: z.literal("command"),
  /** Program and arguments, without a shell. Runs until it is ended; in it stand {@link placeholders}. */
  command: z
    .array(z.string().min(1), { error: "must be a list of program and arguments" })
    .min(1)
    .refine((words) => words.some((word) => word.includes("{localPort}")), {
      error: `must contain {localPort}, the port of 127.0.0.1 that it is to listen on (of ${placeholders.join(", ")})`,
    }),
  ...tunnel,
});

const ways = z.discriminatedUnion("access", [direct, ssm, bastion, command], {
  error: "access must be direct, ssm, bastion or command",
});

/** Where nothing else is said, an address says enough. */
const connection = z.preprocess(
  (value) =>
    typeof value === "object" && value !== null && !("access" in value) ? { access: "direct", ...value } : value,
  ways,
);

const accessFile = z.strictObject({ clusters: z.record(z.string(), connection) });

/** How the machine at hand reaches the Kubernetes API of a cluster. */
export type AccessChoice = z.output<typeof ways>;

/** A way by a tunnel. */
export type TunnelChoice = Exclude<AccessChoice, { access: "direct" }>;

/** Whether a name of the file, in which `*` stands for anything, means the cluster. */
function means(pattern: string, cluster: string): boolean {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join(".*")}$`).test(cluster);
}

/** What of the file is about a cluster: its own name before a pattern, a longer pattern before a shorter one. */
function choiceFor<Choice>(cluster: string, clusters: Readonly<Record<string, Choice>>): Choice | undefined {
  const [best] = Object.keys(clusters)
    .filter((name) => means(name, cluster))
    .sort((a, b) => Number(b === cluster) - Number(a === cluster) || b.length - a.length);
  return best === undefined ? undefined : clusters[best];
}

/**
 * Where the operator stands is not part of the stack: a laptop behind a tunnel and a pipeline inside the VPC share one
 * state. So the way to the API is read from `PILOT_ACCESS`, a file's path or the JSON itself, at the time of use, and
 * reaches no input or output. A file that is not there says nothing. Throws a ConfigError with all that is wrong in it.
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
          "as docs/access.md shows",
      },
      error,
    );
  }
  return choiceFor(cluster, parsed.clusters);
}
