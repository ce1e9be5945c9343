import yaml from "js-yaml";
import { KopsError } from "../model/errors.ts";
import { canonicalJson, isRecord } from "../model/spec.ts";
import type { Journal } from "../store/journal.ts";
import { placesNamed, placeIn, rebasedSpec } from "./rebase.ts";

/**
 * A Cluster's manifest with its places in the new store. Nothing but these values changes, each in its line: what kOps
 * wrote stays as kOps wrote it.
 */
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
      why: "they are written in a form that kOps itself does not write",
      next: "let `kops edit cluster` write the manifest anew, then run the same command again",
    });
  }
  return moved;
}

/** How a cluster was found in both stores when its objects had been copied. */
export interface Copied {
  from: string;
  to: string;
  at: Date;
  /** ETags of the manifests, by key, in the old store and in the new one. */
  oldEtags: Readonly<Record<string, string>>;
  newEtags: Readonly<Record<string, string>>;
}

/**
 * A journal as it is in the new store. What this program wrote is still what it wrote, under the ETags that it has
 * there; a manifest that somebody had edited in the old store stays an edited one.
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
