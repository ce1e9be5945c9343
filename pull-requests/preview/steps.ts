import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { isPlainObject } from "../../components/config/merge.ts";
import { redact } from "../../providers/kops/runtime/redact.ts";
import type { ResourceChange } from "./document.ts";
import { unknownValue } from "../../providers/kops/model/unknown.ts";

const state = z.object({ inputs: z.record(z.string(), z.unknown()).optional() }).nullish();

/** The used part of the output of `pulumi preview --json`. */
export const pulumiPreview = z.object({
  steps: z.array(z.object({ op: z.string(), urn: z.string(), oldState: state, newState: state })).nullish(),
  diagnostics: z.array(z.object({ message: z.string(), severity: z.string() })).nullish(),
  changeSummary: z.record(z.string(), z.int()).nullish(),
});

export type PulumiPreview = z.infer<typeof pulumiPreview>;

/** Prefix of keys that a dynamic provider or Pulumi adds to the inputs. */
const internal = /^__/;

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

/** Types without a resource in the cloud: the stack, components, providers. */
const withoutSubstance = /^(?:pulumi:|pilot:)/;

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

/** Resources that would change. */
export function resourceChanges(preview: PulumiPreview): ResourceChange[] {
  return (preview.steps ?? []).flatMap(({ op, urn, oldState, newState }) => {
    const type = typeIn(urn);
    if (quiet.has(op) || parts.has(op) || withoutSubstance.test(type)) return [];
    const change = { op, urn, type, name: urn.split("::").slice(3).join("::") };
    const compares = oldState && newState && !isCluster(change);
    return [{ ...change, details: compares ? differences(oldState.inputs, newState.inputs, "") : [] }];
  });
}

/** The errors of a preview. */
export function problemsIn(preview: PulumiPreview): string[] {
  return (preview.diagnostics ?? [])
    .filter(({ severity }) => severity === "error" || severity === "info#err")
    .map(({ message }) => redact(message.trim()));
}
