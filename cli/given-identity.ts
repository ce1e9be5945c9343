import { assumeRoleOptions } from "../providers/kops/model/inputs.ts";
import type { Typed } from "./base/command.ts";
import type { GivenIdentity } from "./base/shell.ts";

/** What was typed for a command on a state store. */
export type StoreTyped<Name extends string = never, Flag extends string = never> = Typed<
  Name | "stack" | "profile" | "assume-role" | "external-id",
  Flag | "as-shell"
>;

/** The identity that was typed, if any. */
export interface ReadIdentity {
  given: GivenIdentity | undefined;
  /** Its options for a further command: begins with a space, or is empty. */
  repeated: string;
}

/**
 * Reads the identity: `--profile`, `--assume-role` (from that profile, if both are given) with its `--external-id`, or
 * `--as-shell` for what AWS's own order finds.
 */
export function readIdentity({ options, refusal }: StoreTyped): ReadIdentity {
  const values = (["profile", "assume-role", "external-id"] as const).flatMap((name) => {
    const value = options[name];
    return value === undefined ? [] : [{ name, value }];
  });
  for (const { name, value } of values) if (value === "") throw refusal(`--${name} needs a value`);
  const { profile, "assume-role": roleArn, "external-id": externalId, "as-shell": asShell } = options;
  if (asShell && values.length > 0) throw refusal("--as-shell goes with no other identity");
  if (externalId !== undefined && roleArn === undefined) throw refusal("--external-id needs --assume-role");
  const role =
    roleArn === undefined
      ? undefined
      : assumeRoleOptions.safeParse({ roleArn, ...(externalId === undefined ? {} : { externalId }) });
  if (role?.success === false) throw refusal(`--assume-role ${role.error.issues[0]?.message ?? "is not a role"}`);
  const given = {
    ...(profile === undefined ? {} : { profile }),
    ...(role?.data === undefined ? {} : { assumeRole: role.data }),
  };
  return {
    given: asShell || values.length > 0 ? given : undefined,
    repeated: asShell ? " --as-shell" : values.map(({ name, value }) => ` --${name} ${value}`).join(""),
  };
}

/** An identity in words. */
export function identityText({ profile, assumeRole }: GivenIdentity): string {
  const from = profile === undefined ? undefined : `the profile ${profile}`;
  if (assumeRole === undefined) return from ?? "the AWS identity of this shell";
  return `${assumeRole.roleArn}${from === undefined ? "" : ` from ${from}`}`;
}
