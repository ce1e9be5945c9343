import { z } from "zod";
import { cloudNameOf } from "../../model/cloud-names.ts";
import type { Difference } from "../diff.ts";
import { estimate } from "./estimate.ts";
import { karpenterLines } from "./karpenter.ts";
import { heldBackLines } from "./held-back.ts";
import type { KopsClusterInputs } from "../../model/inputs.ts";
import type { Plan } from "../plan.ts";
import { skewLines } from "./version-skew.ts";
import type { NodeTimes } from "../facts/replaced-nodes.ts";
import type { ApiFacts } from "../facts/kubernetes-api.ts";
import { desiredSpec, digestOf } from "../../model/spec.ts";
import { irreversibleLines } from "./irreversible.ts";
import { removalsAhead } from "../../rules/removed-features.ts";
import { upgradeLines } from "../../model/versions.ts";
import type { GroupSize } from "../facts/group-sizes.ts";
import type { OperationContext } from "../../operation/context.ts";
import { rollsNow, heldBackGroups } from "../rolls.ts";

const resources = z.array(
  z.object({
    kind: z.string().describe("kOps's name of the kind, such as LaunchTemplate"),
    name: z.string(),
    fields: z.array(z.string()).describe("fields that change; empty for what is created or deleted"),
    values: z
      .record(z.string(), z.object({ from: z.string(), to: z.string() }))
      .optional()
      .describe(
        "old and new value of fields, shortened, for people; of tags the keys; none of a text, of what may be " +
          "secret, and in plans of older versions",
      ),
  }),
);

/** What an `up` would do to one cluster, for programs. */
export const planDocument = z.object({
  version: z.literal(1),
  cluster: z.string(),
  stateStore: z.string(),
  new: z.literal(true).optional().describe("the cluster does not exist yet; absent if it does"),
  /** Plans with equal digests do the same to the same cluster. */
  digest: z
    .string()
    .describe(
      "of cluster, desired spec, resources, rolls and whether they are held back, removed groups and changed " +
        "additional objects; not of what was only observed",
    ),
  spec: z.string().describe("digest of the desired spec, without secrets: whoever reads it could guess a weak one"),
  toBeFinished: z.array(z.string()).describe("what an earlier operation did not finish"),
  changes: z
    .array(
      z.object({
        path: z.string(),
        kind: z.enum(["metadata", "scales", "rolls", "applies"]),
        groups: z.array(z.string()).optional(),
      }),
    )
    .describe("inputs that changed, without their values"),
  create: resources,
  modify: resources,
  remove: resources.describe("deleted during the update"),
  prune: resources.describe("deleted after the last roll"),
  rolls: z
    .array(
      z.object({
        group: z.string(),
        controlPlane: z.boolean(),
        nodes: z.int().describe("the most nodes it may have to replace: the group's maximum size"),
        now: z.int().optional().describe("nodes to replace now"),
        waiting: z.boolean().optional().describe("the nodes wait since an earlier update that did not roll them"),
        held: z
          .union([z.literal(false), z.enum(["manual", "excluded"])])
          .optional()
          .describe(
            "why rollingUpdate holds the roll back: its strategy is manual, or it leaves the group out; false: it " +
              "does not; absent in plans of older versions",
          ),
        seconds: z.number().optional().describe("estimate for this group; absent in plans of older versions"),
      }),
    )
    .describe("in the order in which they roll"),
  images: z
    .record(z.string(), z.string())
    .optional()
    .describe(
      "images that groups get which name none, or a parameter, where they change; absent when there are none, and in " +
        "plans of older versions",
    ),
  leaves: z.array(z.string()).describe("removed instance groups, which are drained and deleted"),
  additional: z
    .object({
      changes: z.array(z.string()).describe("objects, or properties of objects, that change"),
      kept: z.array(z.string()).describe("objects that stay, because the inputs name none"),
    })
    .optional()
    .describe("objects of other kinds that kOps keeps with the cluster; absent when there are none"),
  upgrades: z.array(z.string()),
  oneWay: z.array(z.string()).describe("what a revert does not undo"),
  architectures: z
    .array(z.string())
    .optional()
    .describe(
      "groups whose nodes get another processor architecture; absent when there are none, and in plans of older " +
        "versions",
    ),
  blocking: z.array(z.string()).describe("PodDisruptionBudgets that allow no disruption now"),
  skew: z.array(z.string()).describe("versions of kubelets against that of the API server"),
  heldBack: z.array(z.string()),
  karpenter: z
    .array(z.string())
    .optional()
    .describe(
      "notes on nodes that Karpenter makes, which no roll replaces; absent when there are none, and in plans of " +
        "older versions",
    ),
  deletions: z
    .array(z.string())
    .optional()
    .describe(
      "what AWS is still deleting and has names of the cluster: the up waits for it first; absent when there is " +
        "none, and in plans of older versions",
    ),
  estimate: z.object({ seconds: z.number(), text: z.string() }).optional(),
  notChecked: z.array(z.string()).describe("what could not be checked"),
});

export type PlanDocument = z.infer<typeof planDocument>;

/** What a plan document is made from. */
export interface PlanFacts {
  inputs: KopsClusterInputs;
  /** Whether the store has the cluster; without it that is not said. */
  exists?: boolean;
  /** Inputs of the last run; absent for a new cluster. */
  old: Readonly<Record<string, unknown>> | undefined;
  difference: Pick<Difference, "open" | "properties"> | undefined;
  plan: Plan;
  sizes: Readonly<Record<string, GroupSize>>;
  /** Undefined when the Kubernetes API was not asked. */
  api: ApiFacts | { unreachable: string } | undefined;
  /** What AWS still deletes, as text. */
  deletions?: readonly string[];
  /** Groups whose nodes get another architecture, in words. */
  architectures?: readonly string[];
  /** How long nodes took lately. */
  times?: NodeTimes;
  now: Date;
}

/** A resource without values, which decide nothing: what changes them changes the desired spec or the cloud, too. */
const withoutValues = (changes: PlanDocument["modify"]): PlanDocument["modify"] =>
  changes.map(({ kind, name, fields }) => ({ kind, name, fields }));

/** Digest of the changes alone, without what was only observed. */
function digestOfWork({
  cluster,
  stateStore,
  spec,
  create,
  modify,
  remove,
  prune,
  rolls,
  leaves,
  additional,
}: Omit<PlanDocument, "digest">): string {
  return digestOf({
    cluster,
    stateStore,
    spec,
    create: withoutValues(create),
    modify: withoutValues(modify),
    remove: withoutValues(remove),
    prune: withoutValues(prune),
    leaves,
    ...(additional && additional.changes.length > 0 && { additional: additional.changes }),
    rolls: rolls.map(({ group, held }) => ({ group, held: Boolean(held) })),
  });
}

/** Images of groups whose launch templates get another one. */
function changedImages(
  { images = {}, modify }: Plan,
  { name, instanceGroups }: KopsClusterInputs,
): Record<string, string> {
  const templates = new Set(
    modify.filter(({ kind, fields }) => kind === "LaunchTemplate" && fields.includes("ImageID")).map((one) => one.name),
  );
  return Object.fromEntries(
    Object.entries(images).filter(([group]) => templates.has(cloudNameOf(group, instanceGroups[group] ?? {}, name))),
  );
}

export function documentOf({
  inputs,
  exists,
  old,
  difference,
  plan,
  sizes,
  api,
  deletions = [],
  times = {},
  architectures = [],
  now,
}: PlanFacts): PlanDocument {
  const held = heldBackGroups(inputs);
  const rolls = rollsNow(plan.rolls, inputs.instanceGroups, sizes, inputs.rollingUpdate?.force === true).map(
    (roll) => ({ ...roll, held: held.get(roll.group) ?? (false as const) }),
  );
  const rolling = rolls.filter((roll) => roll.held === false);
  const facts = api && !("unreachable" in api) ? api : undefined;
  const time = estimate(rolling, inputs, times);
  const images = changedImages(plan, inputs);
  const karpenter = karpenterLines(
    inputs,
    plan,
    rolling.map(({ group }) => group),
  );
  const document: Omit<PlanDocument, "digest"> = {
    version: 1,
    cluster: inputs.name,
    stateStore: inputs.stateStore,
    ...(exists === false && { new: true as const }),
    spec: digestOf({ ...desiredSpec(inputs), secrets: undefined }),
    toBeFinished: [...(difference?.open ?? [])],
    changes: [...(difference?.properties ?? [])],
    create: plan.create,
    modify: plan.modify,
    remove: plan.remove,
    prune: plan.prune,
    rolls: rolls.map((roll) => {
      const seconds = time?.groups[roll.group];
      return { ...roll, ...(seconds !== undefined && { seconds }) };
    }),
    ...(Object.keys(images).length > 0 && { images }),
    leaves: plan.leaves,
    ...(plan.additional && { additional: plan.additional }),
    upgrades: [
      ...upgradeLines(old, inputs),
      ...(old?.["kopsVersion"] === inputs.kopsVersion ? [] : removalsAhead(inputs)),
    ],
    oneWay: irreversibleLines(old, inputs, plan),
    ...(architectures.length > 0 && { architectures: [...architectures] }),
    blocking: facts?.blocking ?? [],
    skew: facts
      ? skewLines(
          facts.server,
          inputs.cluster["kubernetesVersion"],
          facts.nodes,
          new Set(rolling.map(({ group }) => group)),
        )
      : [],
    heldBack: heldBackLines(inputs, rolls, now),
    ...(karpenter.length > 0 && { karpenter }),
    ...(deletions.length > 0 && { deletions: [...deletions] }),
    ...(time && { estimate: { seconds: time.seconds, text: time.text } }),
    notChecked:
      api && "unreachable" in api
        ? [
            `PodDisruptionBudgets and versions of nodes: the Kubernetes API of ${inputs.name} could not be asked ` +
              `(${api.unreachable})`,
          ]
        : [],
  };
  return { ...document, digest: digestOfWork(document) };
}

/**
 * Describes a plan with what is observed now: how many nodes each group has, which already wait for a roll and, where
 * nodes are drained, what the Kubernetes API says about disruption budgets and versions. `asksAll`: for people, also
 * what is not part of the digest.
 */
export async function describePlan(
  context: OperationContext,
  { plan, exists }: { plan: Plan; exists: boolean },
  change: Pick<PlanFacts, "old" | "difference">,
  { asksAll }: { asksAll: boolean },
): Promise<PlanDocument> {
  const { inputs } = context;
  const [{ askApi }, { readNodeTimes }, { observeGroupSizes }, { deletionsInProgress }, images] = await Promise.all([
    import("../facts/kubernetes-api.ts"),
    import("../facts/replaced-nodes.ts"),
    import("../facts/group-sizes.ts"),
    import("../../aws/deletions.ts"),
    import("../facts/images.ts"),
  ]);
  const [sizes, deletions, architectures] = await Promise.all([
    exists ? observeGroupSizes(inputs) : {},
    asksAll ? deletionsInProgress(inputs) : [],
    asksAll ? images.newArchitectures(inputs, change.old) : [],
  ]);
  const observed = { sizes, api: undefined, deletions, architectures, now: new Date() };
  const facts: PlanFacts = { inputs, exists, plan, ...observed, ...change };
  const first = documentOf(facts);
  const drains =
    exists && (first.rolls.length > 0 || first.leaves.length > 0) && inputs.rollingUpdate?.cloudOnly !== true;
  if (!asksAll || !drains) return first;
  const [api, times] = await Promise.all([
    askApi(context),
    first.rolls.some(({ held }) => !held) ? readNodeTimes(context) : {},
  ]);
  return documentOf({ ...facts, api, times });
}
