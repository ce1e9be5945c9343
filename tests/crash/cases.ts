/*
 * The crash matrix as data: the steps of each verb, what is killed, when, and how to recover. Nothing here touches a
 * process: `perform.ts` does.
 */

/** `adopt`: a create of a cluster that somebody else made and that already is as desired. */
export const verbs = ["create", "update", "delete", "adopt"] as const;
export type Verb = (typeof verbs)[number];

/**
 * Steps as the journal names them, in order, and what follows the last one. `SubnetTagsUndone` removes the tags that
 * kOps left on shared subnets. `Ended` closes the journal (for a deleted cluster: removes it), before the lock is
 * released and Pulumi knows.
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

/** `pulumi`: the engine and its process group. Its plugins, in their own groups, must notice it themselves. */
export const kills = ["kops", "plugin", "pulumi"] as const;
export type Kill = (typeof kills)[number];

/**
 * - `start`: the journal has the step as begun, and nothing of it is done. For kOps: its first AWS call.
 * - `middle`: kOps has done a part, and waits for AWS's answer.
 * - `end`: everything is done, and the journal does not say so yet.
 */
export const moments = ["start", "middle", "end"] as const;
export type Moment = (typeof moments)[number];

/**
 * The recovery. `reverted` after a create or an adopt: the cluster is no longer desired; after a delete: it is desired
 * again, and after `second` in another shape. `withdrawn`: the cluster is no longer desired, and `pilot withdraw`
 * deletes what Pulumi does not know; an adoption is released instead.
 */
export const recoveries = ["as it is", "refreshed", "reverted", "second change", "withdrawn"] as const;
/** Also both together: each makes Pulumi's state forget an unfinished operation. */
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

/** Steps in which the provider runs no kOps. */
const withoutKops: readonly string[] = [
  "SubnetTagsNoted",
  "TemplatesFollowed",
  "Archived",
  "SubnetTagsUndone",
  "Adopted",
  "Ended",
];

/** Why a moment or recovery does not exist; undefined if it does. */
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

/** Every combination, including those that do not exist. */
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
 * Every step, kill and moment once, with alternating recoveries, so that each kill and moment, and each kind of step,
 * meets each recovery.
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
 * Whether a filter matches a case: parts in any order, joined by slashes, each a whole word of its name or the
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
 * Chains of cases that share a cluster, so that few clusters are created only for the test: a delete begins with what a
 * create leaves, and all updates, like all adoptions, share one cluster.
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
