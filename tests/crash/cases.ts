/*
 * The crash matrix as data: which steps each verb has, what is killed, when, and how one goes on afterwards. Nothing
 * here touches a process: `perform.ts` does.
 */

/** `adopt`: a create of a cluster that somebody else made, and that is as asked for. */
export const verbs = ["create", "update", "delete", "adopt"] as const;
export type Verb = (typeof verbs)[number];

/**
 * Steps as the journal names them, in their order, and what comes after the last of them: in `SubnetTagsUndone` the
 * tags that kOps left on shared subnets are taken off; in `Ended` the journal is closed (of a deleted cluster:
 * removed), and neither the lock is given back nor does Pulumi know of it.
 */
export const steps: Readonly<Record<Verb, readonly string[]>> = {
  create: ["SubnetTagsNoted", "SpecWritten", "SecretsWritten", "CloudApplied", "ApiServed", "Validated", "Ended"],
  update: [
    "TemplatesFollowed",
    "SpecWritten",
    "SecretsWritten",
    "ControlPlaneApplied",
    "ControlPlaneRolled",
    "CloudApplied",
    "NodesRolled",
    "GroupsLeft",
    "Pruned",
    "Validated",
    "Ended",
  ],
  delete: ["ManifestsPutBack", "Archived", "Deleted", "SubnetTagsUndone", "Ended"],
  adopt: ["Adopted", "Validated", "Ended"],
};

/**
 * `pulumi`: the engine with what is in its process group. Its plugins, in groups of their own, are left to find out.
 */
export const kills = ["kops", "plugin", "pulumi"] as const;
export type Kill = (typeof kills)[number];

/**
 * - `start`: the journal has the step as begun, and nothing of it is done. For kops: it makes its first AWS call.
 * - `middle`: kOps has done a part, and waits for AWS's answer.
 * - `end`: all of it is done, and the journal does not say so yet.
 */
export const moments = ["start", "middle", "end"] as const;
export type Moment = (typeof moments)[number];

/**
 * How one goes on. Of a create or an adopt, `reverted` is that the cluster is no longer asked for; of a delete, that it
 * is asked for again, and `second` that it is asked for again in another shape. `withdrawn`: the cluster is no longer
 * asked for, and `pilot withdraw` deletes what Pulumi does not know; an adoption is released instead.
 */
export const recoveries = ["as it is", "refreshed", "reverted", "second change", "withdrawn"] as const;
/** Beside those of the matrix: both of what Pulumi's state forgets an unfinished operation by. */
export type Recovery = (typeof recoveries)[number] | "refreshed, reverted";

export interface Case {
  readonly verb: Verb;
  readonly step: string;
  readonly kill: Kill;
  readonly moment: Moment;
  readonly recovery: Recovery;
}

export function nameOf({ verb, step, kill, moment, recovery }: Case): string {
  return `${verb}/${step}/${kill}/${moment}/${recovery.replaceAll(/,? /g, "-")}`;
}

/** Steps in which the provider does all by itself. */
const withoutKops: readonly string[] = [
  "SubnetTagsNoted",
  "TemplatesFollowed",
  "Archived",
  "SubnetTagsUndone",
  "Adopted",
  "Ended",
];

/** Why there is no such moment, or no such way to go on; nothing when there is. */
export function notApplicable({
  step,
  kill,
  moment,
  recovery,
}: Omit<Case, "recovery"> & Partial<Pick<Case, "recovery">>): string | undefined {
  if (moment === "middle" && (step === "Ended" || step === "Adopted")) return "one write has no middle";
  if (kill === "kops" && withoutKops.includes(step)) return "no kops runs";
  if (step === "SubnetTagsUndone" && moment === "end") return "is the start of Ended";
  if (kill === "kops" && moment === "end") return "kops has ended";
  if (step === "ManifestsPutBack" && moment === "start" && (recovery === "reverted" || recovery === "second change"))
    return "refused: the store has nothing to bring the cluster back by";
  return undefined;
}

/** Every combination, those without such a moment too. */
export function allCases(): Case[] {
  return verbs.flatMap((verb) =>
    steps[verb].flatMap((step) =>
      kills.flatMap((kill) =>
        moments.flatMap((moment) => recoveries.map((recovery) => ({ verb, step, kill, moment, recovery }))),
      ),
    ),
  );
}

/**
 * Every step, kill and moment once, with the recovery going round, so that each kill and moment meets each recovery,
 * and so does each kind of step.
 */
export function covering(): Case[] {
  let turn = 0;
  return verbs.flatMap((verb) =>
    steps[verb].flatMap((step) =>
      kills.flatMap((kill) =>
        moments.map((moment) => {
          const recovery = recoveries[turn % recoveries.length] ?? "as it is";
          const there = notApplicable({ verb, step, kill, moment, recovery }) === undefined;
          if (there) turn += 1;
          return { verb, step, kill, moment, recovery };
        }),
      ),
    ),
  );
}

/**
 * Whether a case is meant by a filter: parts in any order, joined by slashes, each one a whole word of its name or the
 * beginning of one.
 */
export function isMeant(one: Case, filter: string): boolean {
  const words = nameOf(one).toLowerCase().split("/");
  return filter
    .toLowerCase()
    .split("/")
    .every((part) => words.some((word) => word.startsWith(part)));
}

/**
 * Cases that follow each other on one cluster, so that few clusters are made for their own sake: what a create leaves
 * is what a delete begins with, and updates work on one cluster, as adoptions do.
 */
export function chains(cases: readonly Case[]): Case[][] {
  const of = (verb: Verb): Case[] => cases.filter((one) => one.verb === verb);
  const creates = of("create");
  const deletes = of("delete");
  const pairs = Array.from({ length: Math.max(creates.length, deletes.length) }, (_, index) =>
    [creates[index], deletes[index]].filter((one) => one !== undefined),
  );
  return [...[...of("update"), ...of("adopt")].map((one) => [one]), ...pairs];
}
