import yaml from "js-yaml";
import { KopsError } from "../model/errors.ts";
import { canonicalJson, isRecord } from "../model/spec.ts";
import type { Journal } from "../store/journal.ts";
import { placesNamed, placeIn, rebasedSpec } from "./rebase.ts";

/** A cluster's manifest with its places in the new store. Only these values change; all else stays as kOps wrote it. */
export function movedManifest(text: string, from: string, to: string): string {
  const object: unknown = yaml.load(text);
  const spec = isRecord(object) && isRecord(object["spec"]) ? object["spec"] : {};
  let moved = text;
  for (const { place } of placesNamed(spec)) {
    const there = placeIn(place, from, to);
    if (there === undefined) continue;
    const quoted = place.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    moved = moved.replaceAll(
      new RegExp(
        `^(\\s*(?:- )?(?:configBase|keyStore|secretStore|base|keypairs|secrets|backupStore): ` +
          `["']?)${quoted}(["']?\\s*)$`,
        "gm",
      ),
      `$1${there}$2`,
    );
  }
  const expected = isRecord(object) ? { ...object, spec: rebasedSpec(spec, from, to) } : object;
  if (canonicalJson(yaml.load(moved)) !== canonicalJson(expected)) {
    throw new KopsError({
      what: `The places in the manifest of a cluster in ${from} could not be rewritten for ${to}`,
      why: "they have a form that kOps itself does not write",
      next: "rewrite the manifest with `kops edit cluster`, then run the same command again",
    });
  }
  return moved;
}

/** The state of a cluster in both stores after its objects were copied. */
export interface Copied {
  from: string;
  to: string;
  at: Date;
  /** ETags of the manifests, by key, in the old store and in the new one. */
  oldEtags: Readonly<Record<string, string>>;
  newEtags: Readonly<Record<string, string>>;
}

/**
 * The journal for the new store. Manifests that the provider wrote get their new ETags; a manifest that somebody edited
 * in the old store stays an edited one.
 */
export function movedJournal(journal: Journal, { from, to, at, oldEtags, newEtags }: Copied): Journal {
  const { written, lastApplied, applied } = journal;
  const rebased = <Spec extends { cluster: Record<string, unknown> }>(spec: Spec): Spec => ({
    ...spec,
    cluster: rebasedSpec(spec.cluster, from, to),
  });
  const etags = Object.fromEntries(
    Object.entries(written?.etags ?? {}).map(([key, etag]) => [
      key,
      (oldEtags[key] === etag ? newEtags[key] : undefined) ?? etag,
    ]),
  );
  return {
    ...journal,
    ...(written === undefined ? {} : { written: { ...written, etags } }),
    ...(lastApplied === undefined ? {} : { lastApplied: rebased(lastApplied) }),
    ...(applied?.spec === undefined ? {} : { applied: { ...applied, spec: rebased(applied.spec) } }),
    movedFrom: { store: from, at: at.toISOString(), etags: { ...oldEtags }, copied: { ...newEtags } },
  };
}
