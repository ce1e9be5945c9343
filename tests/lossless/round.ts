import { clustersIn, zoneName } from "./desired.ts";
import type { Desired } from "./desired.ts";
import type { Harness, Did } from "./harness.ts";
import type { Edit, Facts } from "./edit.ts";
import { compare, leftOf, livingIn, lostByDeletion, madeByRefusal } from "./oracle.ts";
import type { Announcements, Living, Snapshot, Violation } from "./oracle.ts";
import { fullName } from "../../components/cluster/spec/names.ts";

/** Time limits of an up in seconds; one that creates or deletes a cluster waits for machines. */
const patience = { preview: 120, up: 240, long: 480 };

/** Milliseconds in which AWS must finish what it does by itself: groups that replace instances, locks that expire. */
const settling = 3000;

/** The outcome of one edit. */
export interface Outcome {
  readonly preview: "accepted" | "refused";
  readonly up: "done" | "failed";
  readonly recovery?: "done" | "failed";
  readonly violations: readonly Violation[];
  /** Pulumi's output, by command. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly seconds: number;
}

/** Clusters whose deletion a preview shows without refusing it in the same row. */
export function deletionsIn(output: string): string[] {
  const rows = [...output.matchAll(/^ *- +pulumi-nodejs:dynamic\/kops:Cluster +(\S+) +delete\b(.*)$/gm)];
  const refused = rows.filter(([, , more = ""]) => /error/.test(more)).map(([, name]) => name);
  return [...new Set(rows.map(([, name = ""]) => name))]
    .filter((name) => !refused.includes(name))
    .map((name) => fullName(name, zoneName));
}

/** What a preview announces about clusters. */
export function announcedBy({ output, plans }: Pick<Did, "output" | "plans">): Announcements {
  const changed = Object.entries(plans).map(([name, { rolls, leaves, changes }]) => {
    const rolling = rolls.filter(({ held }) => held === undefined || held === false).map(({ group }) => group);
    const scaled = changes.flatMap(({ kind, groups = [] }) => (kind === "scales" ? groups : []));
    return [name, { groups: [...rolling, ...leaves, ...scaled] }] as const;
  });
  return { deleted: deletionsIn(output), changed: Object.fromEntries(changed) };
}

/** Two consecutive previews. */
const together = (one: Announcements, other: Announcements): Announcements => ({
  deleted: [...one.deleted, ...other.deleted],
  changed: Object.fromEntries(
    [...new Set([...Object.keys(one.changed), ...Object.keys(other.changed)])].map((name) => [
      name,
      { groups: [...(one.changed[name]?.groups ?? []), ...(other.changed[name]?.groups ?? [])] },
    ]),
  ),
});

/** The local cloud and what it must contain, from round to round. */
export class Rounds {
  readonly #harness: Harness;
  #good: Desired[];
  #living = new Map<string, Living>();
  #snapshot: Snapshot;
  #manifests: Record<string, string> = {};
  #manifestTags: Record<string, string> = {};
  /** The environment has changed since the last up of the clusters' stack, which may now have something to do. */
  #behind = false;

  private constructor(harness: Harness, first: Desired, snapshot: Snapshot) {
    this.#harness = harness;
    this.#good = [first];
    this.#snapshot = snapshot;
  }

  /** Applies the first state. */
  static async begin(harness: Harness, first: Desired): Promise<Rounds> {
    for (const stack of ["sbx", "team"] as const) {
      const { ok, output } = await harness.pulumi("up", stack, patience.long);
      if (!ok) throw new Error(`the stack ${stack} cannot be brought up:\n${output}`);
    }
    const rounds = new Rounds(harness, first, await harness.snapshot());
    await rounds.#settle();
    return rounds;
  }

  get good(): Desired {
    return this.#good.at(-1) as Desired;
  }

  facts(): Facts {
    const named = (kind: string): string =>
      Object.keys(this.#snapshot.buckets).find((name) => name.includes(`-${kind}-`)) ?? "";
    return {
      manifests: this.#manifests,
      stateBucket: named("state"),
      discoveryBucket: named("oidc"),
      good: this.#good,
    };
  }

  /** Records the living clusters, gives each a backup that could be lost, and reads what edits copy. */
  async #settle(): Promise<void> {
    this.#snapshot = await this.#harness.snapshot();
    for (const one of livingIn(this.#snapshot)) {
      if (!Object.keys(this.#snapshot.buckets[one.bucket] ?? {}).some((key) => key.startsWith(`${one.folder}backups/`)))
        await this.#harness.backUp(one.bucket, one.folder);
      this.#living.set(one.name, one);
    }
    this.#snapshot = await this.#harness.snapshot();
    const living = livingIn(this.#snapshot).filter(({ folder, name }) => folder === `${name}/`);
    this.#manifests = Object.fromEntries(
      Object.entries(this.#manifests).filter(([name]) => living.some((one) => one.name === name)),
    );
    for (const { name, bucket, folder } of living) {
      const objects = this.#snapshot.buckets[bucket] ?? {};
      const tags = Object.entries(objects)
        .filter(([key]) => key === `${folder}config` || key.startsWith(`${folder}instancegroup/`))
        .flat()
        .join();
      if (this.#manifestTags[name] !== tags) this.#manifests[name] = await this.#harness.manifest(name, bucket);
      this.#manifestTags[name] = tags;
    }
  }

  /** Violations compared with the last snapshot. The new snapshot then becomes the last one. */
  async #check(announced: Announcements): Promise<Violation[]> {
    const before = this.#snapshot;
    let [after, found] = [before, [] as Violation[]];
    // Check twice, because AWS does something by itself.
    for (let looks = 0; looks < 2; looks += 1) {
      if (looks > 0) await new Promise((resolve) => setTimeout(resolve, settling));
      after = await this.#harness.snapshot();
      found = compare(before, after, announced, [...this.#living.values()]);
      if (found.length === 0) break;
    }
    const deleted = [...this.#living.values()].filter(
      ({ name, bucket, folder }) =>
        announced.deleted.includes(name) && after.buckets[bucket]?.[`${folder}config`] === undefined,
    );
    for (const one of deleted) {
      if (retainsNothing(this.good, one.name)) found.push(...lostByDeletion(withoutFolder(before, one), after, one));
      else found.push(...lostByDeletion(before, after, one));
      this.#living.delete(one.name);
    }
    for (const one of livingIn(after)) this.#living.set(one.name, one);
    this.#snapshot = after;
    return found;
  }

  /** One edit: preview, up, and a return to the last good state if either failed. */
  async perform(edit: Edit): Promise<Outcome> {
    const began = Date.now();
    const violations: Violation[] = [];
    const outputs: Record<string, string> = {};
    const disagree = (what: string): void => void violations.push({ kind: "disagreement", what });
    await this.#harness.write(edit.desired);
    const first = this.#snapshot;

    let seen = await this.#harness.writes();
    /** The number of changing requests since the last call. */
    const newWrites = async (): Promise<number> => {
      const before = seen;
      seen = await this.#harness.writes();
      return seen - before;
    };
    const preview = await this.#harness.pulumi("preview", edit.stack, patience.preview);
    outputs["preview"] = preview.output;
    const inPreview = await newWrites();
    if (inPreview > 0) disagree(`the preview made ${inPreview} requests that change something`);
    if (preview.stopped)
      violations.push({ kind: "slow", what: `the preview did not end within ${patience.preview} s` });
    if (edit.expected === "refused" && preview.ok) disagree("the preview accepts what must be refused");
    if (edit.expected === "accepted" && !preview.ok) disagree("the preview refuses what is valid");

    const announced = announcedBy(preview);
    const makes = edit.long === true || announced.deleted.length > 0;
    const limit = makes ? patience.long : patience.up;
    const up = await this.#harness.pulumi("up", edit.stack, limit);
    outputs["up"] = up.output;
    const inUp = await newWrites();
    // In a pair of edits, only one may be refused, and say so.
    const denied = edit.kind.includes(" + ") ? null : /nothing was (?:touched|changed|made|done)/i.exec(up.output);
    if (denied && inUp > 0)
      violations.push({
        kind: "untrue",
        what: `the up says "${denied[0]}", and made ${inUp} requests that change something`,
      });
    if (up.stopped) violations.push({ kind: "slow", what: `the up did not end within ${limit} s` });
    if (!preview.ok && up.ok) disagree("the up does what the preview refused");
    if (preview.ok && !up.ok && !up.stopped) disagree("the preview accepts what the up refused or failed at");
    violations.push(...(await this.#check(announced)));
    if (!preview.ok) violations.push(...madeByRefusal(first, this.#snapshot));

    const well = preview.ok && up.ok;
    if (well) this.#good.push(edit.desired);
    if (well) this.#behind = edit.stack === "sbx";
    let recovered: Did | undefined;
    if (!well) {
      await this.#harness.write(this.good);
      // After a refusal nothing needs to be done, so no preview is needed; else what was begun is reverted.
      const back =
        preview.ok || (this.#behind && edit.stack === "team")
          ? await this.#harness.pulumi("preview", edit.stack, patience.preview)
          : undefined;
      if (back) outputs["preview of the recovery"] = back.output;
      recovered = await this.#harness.pulumi("up", edit.stack, patience.long);
      outputs["recovery"] = recovered.output;
      if (recovered.ok && edit.stack === "team") this.#behind = false;
      if (back?.ok === false || !recovered.ok)
        violations.push({
          kind: "stuck",
          what: `the last good state is ${recovered.ok ? "refused by the preview" : "not brought up again"}`,
        });
      violations.push(...(await this.#check(back ? together(announced, announcedBy(back)) : announced)));
    }
    violations.push(...leftOf(this.#snapshot, this.#asked()));
    await this.#settle();
    return {
      preview: preview.ok ? "accepted" : "refused",
      up: up.ok ? "done" : "failed",
      ...(recovered && { recovery: recovered.ok ? "done" : "failed" }),
      violations,
      outputs,
      seconds: Math.round((Date.now() - began) / 1000),
    };
  }

  #asked(): string[] {
    return clustersIn(this.good).map(({ full }) => full);
  }
}

/** If a cluster keeps nothing, its folder need not be in an archive. */
function withoutFolder(snapshot: Snapshot, { bucket, folder }: Living): Snapshot {
  const objects = Object.entries(snapshot.buckets[bucket] ?? {}).filter(([key]) => !key.startsWith(folder));
  return { ...snapshot, buckets: { ...snapshot.buckets, [bucket]: Object.fromEntries(objects) } };
}

function retainsNothing(desired: Desired, name: string): boolean {
  const value = clustersIn(desired).find(({ full }) => full === name)?.value ?? {};
  const deletion = value["deletion"];
  return typeof deletion === "object" && deletion !== null && "retain" in deletion && deletion.retain === "0s";
}
