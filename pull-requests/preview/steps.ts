import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { isPlainObject } from "../../components/config/merge.ts";
import { redact } from "../../providers/kops/runtime/redact.ts";
import { changeDigests, internal, madeUpNames } from "./digests.ts";
import type { DigestContext, Digests } from "./digests.ts";
import type { ResourceChange } from "./document.ts";
import { unknownValue } from "../../providers/kops/model/unknown.ts";

const state = z
  .object({
    inputs: z.record(z.string(), z.unknown()).optional(),
    id: z.string().optional(),
    provider: z.string().optional(),
    protect: z.boolean().optional(),
    retainOnDelete: z.boolean().optional(),
  })
  .nullish();
const difference = z.object({ kind: z.string(), inputDiff: z.boolean().optional() });

/** The used part of the output of `pulumi preview --json`. */
export const pulumiPreview = z.object({
  steps: z
    .array(
      z.object({
        op: z.string(),
        urn: z.string(),
        oldState: state,
        newState: state,
        detailedDiff: z.record(z.string(), difference).nullish(),
      }),
    )
    .nullish(),
  diagnostics: z.array(z.object({ message: z.string(), severity: z.string() })).nullish(),
  changeSummary: z.record(z.string(), z.int()).nullish(),
});

export type PulumiPreview = z.infer<typeof pulumiPreview>;

const longest = 60;

function shown(value: unknown): string | undefined {
  if (value === undefined) return "none";
  if (value === unknownValue) return "known after the change";
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return undefined;
  const text = redact(String(value));
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

function differences(before: unknown, after: unknown, path: string): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (isPlainObject(before) && isPlainObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => !internal.test(key));
    return keys.flatMap((key) => differences(before[key], after[key], path === "" ? key : `${path}.${key}`));
  }
  if (path === "") return [];
  const [old, now] = [shown(before), shown(after)];
  return [old === undefined || now === undefined ? path : `${path}: ${old} → ${now}`];
}

/** Steps that change nothing in the cloud. */
const quiet = new Set(["same", "read", "refresh"]);

/** Types without a resource in the cloud and without an effect on others: the stack, components. */
const withoutSubstance = /^(?:pulumi:(?!providers:)|pilot:)/;

/** The steps of a replacement; the step `replace` represents them. */
const parts = new Set(["create-replacement", "delete-replaced", "discard-replaced", "remove-pending-replace"]);

/** The resource type in a URN, without those of its parents. */
function typeIn(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

/** Whether it is a kOps cluster, whose plan says more than its inputs. */
export function isCluster({ type }: Pick<ResourceChange, "type">): boolean {
  return type === "pulumi-nodejs:dynamic/kops:Cluster";
}

/**
 * Whether it is shown among the resources of a stack. A cluster has a plan of its own. A provider configures a plugin
 * (region, identity, endpoints); a new one comes with the resources that use it.
 */
export function isShown({ type, op }: ResourceChange): boolean {
  return !isCluster({ type }) && !(op === "create" && type.startsWith("pulumi:providers:"));
}

type Step = NonNullable<PulumiPreview["steps"]>[number];

/**
 * Everything that a step changes, as digests: inputs, options, what a plugin found to differ, and for what is deleted
 * which object that is.
 */
function digestsOf({ op, oldState, newState, detailedDiff }: Step, context: DigestContext): Digests {
  const options = (of: Step["newState"]): Record<string, unknown> => ({
    protect: of?.protect ?? false,
    retainOnDelete: of?.retainOnDelete ?? false,
    // Without its id, which is not known while it is new.
    provider: of?.provider?.replace(/::[^:]*$/, ""),
  });
  const of = (before: unknown, after: unknown, ...path: string[]): Digests =>
    changeDigests(before, after, context, path);
  const object = op === "delete" || op === "replace" ? of(undefined, { id: oldState?.id }, "(object)") : {};
  if (op === "delete") return object;
  return {
    ...object,
    ...of(oldState?.inputs, newState?.inputs),
    ...of(oldState ? options(oldState) : undefined, options(newState), "(options)"),
    ...(Object.keys(detailedDiff ?? {}).length > 0 ? of(undefined, detailedDiff, "(found)") : {}),
  };
}

/** Resources that would change. `encrypted`: the digest of the encrypted values in the stack file. */
export function resourceChanges(preview: PulumiPreview, encrypted: string): ResourceChange[] {
  const steps = preview.steps ?? [];
  const context: DigestContext = {
    encrypted,
    names: new Map(
      steps.flatMap(({ urn, oldState, newState }) =>
        [oldState, newState].flatMap((of) => madeUpNames(of?.inputs)).map((name) => [name, `(random name of ${urn})`]),
      ),
    ),
  };
  return steps.flatMap((step) => {
    const { op, urn, oldState, newState } = step;
    const type = typeIn(urn);
    if (quiet.has(op) || parts.has(op) || withoutSubstance.test(type)) return [];
    const change = { op, urn, type, name: urn.split("::").slice(3).join("::") };
    const compares = oldState && newState && !isCluster(change);
    return [
      {
        ...change,
        details: compares ? differences(oldState.inputs, newState.inputs, "") : [],
        digests: digestsOf(step, context),
      },
    ];
  });
}

/** The errors of a preview. */
export function problemsIn(preview: PulumiPreview): string[] {
  return (preview.diagnostics ?? [])
    .filter(({ severity }) => severity === "error" || severity === "info#err")
    .map(({ message }) => redact(message.trim()));
}
