import { parseArgs } from "node:util";
import type { AwsIdentity } from "../../providers/kops/aws/identity.ts";
import { ConfigError } from "../../providers/kops/model/errors.ts";
import { assumeRoleOptions } from "../../providers/kops/model/inputs.ts";

/** As whom a command works; nothing in it: as its shell. */
export type GivenIdentity = Omit<AwsIdentity, "region">;

/** What any command takes beside its own words. */
export const identityUsage = "[--profile NAME] [--assume-role ARN [--external-id ID]] [--as-shell]";

/** A command's words, and as whom it is to work, when some of them say so. */
export interface GivenWords {
  words: string[];
  given: GivenIdentity | undefined;
  /** What said so, to repeat it in a further command: begins with a space, or is empty. */
  repeated: string;
}

const options = {
  profile: { type: "string" },
  "assume-role": { type: "string" },
  "external-id": { type: "string" },
  "as-shell": { type: "boolean" },
} as const;

const isOption = (name: string): name is keyof typeof options => Object.hasOwn(options, name);

/**
 * Takes the words that say as whom to work out of a command's words, wherever they stand: `--profile`, `--assume-role`
 * (from that profile, where both are given) and its `--external-id`, or `--as-shell` for what AWS's own order finds.
 */
export function takeIdentity(argv: readonly string[], usage: string): GivenWords {
  const refuse = (why: string): never => {
    throw new ConfigError({ what: "The command was not understood", why, next: `${usage} ${identityUsage}` });
  };
  // What is no option of these is the command's own: `strict` would refuse it.
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
  const said: Partial<Record<keyof typeof options, string>> = {};
  const taken = new Set<number>();
  for (const token of tokens) {
    if (token.kind !== "option" || !isOption(token.name)) continue;
    const { name, rawName, value, index } = token;
    if (options[name].type === "boolean" && value !== undefined) refuse(`${rawName} takes no value`);
    if (options[name].type === "string" && (value === undefined || value === "" || value.startsWith("-")))
      refuse(`${rawName} needs a value`);
    said[name] = value ?? "";
    taken.add(index);
    if (value !== undefined && !token.inlineValue) taken.add(index + 1);
  }
  const { profile, "assume-role": roleArn, "external-id": externalId, "as-shell": asShell } = said;
  if (asShell !== undefined && Object.keys(said).length > 1) refuse("--as-shell goes with no other identity");
  if (externalId !== undefined && roleArn === undefined) refuse("--external-id needs --assume-role");
  const role =
    roleArn === undefined
      ? undefined
      : assumeRoleOptions.safeParse({ roleArn, ...(externalId === undefined ? {} : { externalId }) });
  if (role?.success === false) refuse(`--assume-role ${role.error.issues[0]?.message ?? "is no role"}`);
  const given = {
    ...(profile === undefined ? {} : { profile }),
    ...(role?.data === undefined ? {} : { assumeRole: role.data }),
  };
  return {
    words: argv.filter((_, index) => !taken.has(index)),
    given: Object.keys(said).length === 0 ? undefined : given,
    repeated: argv
      .filter((_, index) => taken.has(index))
      .map((word) => ` ${word}`)
      .join(""),
  };
}

/** An identity in words. */
export function identityText({ profile, assumeRole }: GivenIdentity): string {
  const from = profile === undefined ? undefined : `the profile ${profile}`;
  if (assumeRole === undefined) return from ?? "the AWS identity of this shell";
  return `${assumeRole.roleArn}${from === undefined ? "" : ` from ${from}`}`;
}
