import { clustersIn, zoneName } from "./desired.ts";
import type { Desired } from "./desired.ts";
import type { Bed, Did } from "./bed.ts";
import type { Edit, Facts } from "./edit.ts";
import { compare, leftOf, livingIn, lostByDeletion, madeByRefusal } from "./oracle.ts";
import type { Living, Picture, Told, Violation } from "./oracle.ts";
import { fullName } from "../../components/cluster/spec/names.ts";

/** Seconds that an up may take; one that makes or deletes a cluster waits for machines. */
const patience = { preview: 120, up: 240, long: 480 };

/** Milliseconds in which what AWS does by itself must have been done: groups that replace instances, locks that end. */
const settling = 3000;

/** What came of one edit. */
export interface Outcome {
  readonly preview: "accepted" | "refused";
  readonly up: "done" | "failed";
  readonly recovery?: "done" | "failed";
  readonly violations: readonly Violation[];
  /** What Pulumi printed, by command. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly seconds: number;
}

/** Clusters whose deletion a preview shows, and does not refuse in the same row. */
export function deletionsIn(output: string): string[] {
  const rows = [...output.matchAll(/^ *- +pulumi-nodejs:dynamic\/kops:Cluster +(\S+) +delete\b(.*)$/gm)];
  const refused = rows.filter(([, , more = ""]) => /error/.test(more)).map(([, name]) => name);
  return [...new Set(rows.map(([, name = ""]) => name))]
    .filter((name) => !refused.includes(name))
    .map((name) => fullName(name, zoneName));
}

/** What a preview says, as far as it is about clusters. */
export function toldBy({ output, plans }: Pick<Did, "output" | "plans">): Told {
  const changed = Object.entries(plans).map(([name, { rolls, leaves, changes }]) => {
    const rolling = rolls.filter(({ held }) => held === undefined || held === false).map(({ group }) => group);
    const scaled = changes.flatMap(({ kind, groups = [] }) => (kind === "scales" ? groups : []));
    return [name, { groups: [...rolling, ...leaves, ...scaled] }] as const;
  });
  return { deleted: deletionsIn(output), changed: Object.fromEntries(changed) };
}

/** Two previews after one another. */
const together = (one: Told, other: Told): Told => ({
  deleted: [...one.deleted, ...other.deleted],
  changed: Object.fromEntries(
    [...new Set([...Object.keys(one.changed), ...Object.keys(other.changed)])].map((name) => [
      name,
      { groups: [...(one.changed[name]?.groups ?? []), ...(other.changed[name]?.groups ?? [])] },
    ]),
  ),
});

/** The local cloud and what must be there, from round to round. */
export class Rounds {
  readonly #bed: Bed;
  #good: Desired[];
  #living = new Map<string, Living>();
  #picture: Picture;
  #manifests: Record<string, string> = {};
  #manifestTags: Record<string, string> = {};
  /** The environment has changed since the stack of clusters was brought up last: that one may have something to do. */
  #behind = false;

  private constructor(bed: Bed, first: Desired, picture: Picture) {
    this.#bed = bed;
    this.#good = [first];
    this.#picture = picture;
  }

  /** Brings up the first state. */
  static async begin(bed: Bed, first: Desired): Promise<Rounds> {
    for (const stack of ["sbx", "team"] as const) {
      const { ok, output } = await bed.pulumi("up", stack, patience.long);
      if (!ok) throw new Error(`the stack ${stack} cannot be brought up:\n${output}`);
    }
    const rounds = new Rounds(bed, first, await bed.look());
    await rounds.#settle();
    return rounds;
  }

  get good(): Desired {
    return this.#good.at(-1) as Desired;
  }

  facts(): Facts {
    const named = (kind: string): string =>
      Object.keys(this.#picture.buckets).find((name) => name.includes(`-${kind}-`)) ?? "";
    return {
      manifests: this.#manifests,
      stateBucket: named("state"),
      discoveryBucket: named("oidc"),
      good: this.#good,
    };
  }

  /** Notes who lives, gives each a backup to lose, and reads what edits copy. */
  async #settle(): Promise<void> {
    this.#picture = await this.#bed.look();
    for (const one of livingIn(this.#picture)) {
      if (!Object.keys(this.#picture.buckets[one.bucket] ?? {}).some((key) => key.startsWith(`${one.folder}backups/`)))
        await this.#bed.backUp(one.bucket, one.folder);
      this.#living.set(one.name, one);
    }
    this.#picture = await this.#bed.look();
    const living = livingIn(this.#picture).filter(({ folder, name }) => folder === `${name}/`);
    this.#manifests = Object.fromEntries(
      Object.entries(this.#manifests).filter(([name]) => living.some((one) => one.name === name)),
    );
    for (const { name, bucket, folder } of living) {
      const objects = this.#picture.buckets[bucket] ?? {};
      const tags = Object.entries(objects)
        .filter(([key]) => key === `${folder}config` || key.startsWith(`${folder}instancegroup/`))
        .flat()
        .join();
      if (this.#manifestTags[name] !== tags) this.#manifests[name] = await this.#bed.manifest(name, bucket);
      this.#manifestTags[name] = tags;
    }
  }

  /** What is wrong with the cloud now, compared with the last picture; from now on this is the last. */
  async #check(told: Told): Promise<Violation[]> {
    const before = this.#picture;
    let [after, found] = [before, [] as Violation[]];
    // What AWS does by itself is looked at twice.
    for (let looks = 0; looks < 2; looks += 1) {
      if (looks > 0) await new Promise((resolve) => setTimeout(resolve, settling));
      after = await this.#bed.look();
      found = compare(before, after, told, [...this.#living.values()]);
      if (found.length === 0) break;
    }
    const deleted = [...this.#living.values()].filter(
      ({ name, bucket, folder }) =>
        told.deleted.includes(name) && after.buckets[bucket]?.[`${folder}config`] === undefined,
    );
    for (const one of deleted) {
      if (retainsNothing(this.good, one.name)) found.push(...lostByDeletion(withoutFolder(before, one), after, one));
      else found.push(...lostByDeletion(before, after, one));
      this.#living.delete(one.name);
    }
    for (const one of livingIn(after)) this.#living.set(one.name, one);
    this.#picture = after;
    return found;
  }

  /** One edit: preview, up, and the way back to the last good state where either failed. */
  async perform(edit: Edit): Promise<Outcome> {
    const began = Date.now();
    const violations: Violation[] = [];
    const outputs: Record<string, string> = {};
    const disagree = (what: string): void => void violations.push({ kind: "disagreement", what });
    await this.#bed.write(edit.desired);
    const first = this.#picture;

    let seen = await this.#bed.writes();
    /** Requests that changed something since the last call. */
    const newWrites = async (): Promise<number> => {
      const before = seen;
      seen = await this.#bed.writes();
      return seen - before;
    };
    const preview = await this.#bed.pulumi("preview", edit.stack, patience.preview);
    outputs["preview"] = preview.output;
    const inPreview = await newWrites();
    if (inPreview > 0) disagree(`the preview made ${inPreview} requests that change something`);
    if (preview.stopped)
      violations.push({ kind: "slow", what: `the preview did not end within ${patience.preview} s` });
    if (edit.expected === "refused" && preview.ok) disagree("the preview accepts what must be refused");
    if (edit.expected === "accepted" && !preview.ok) disagree("the preview refuses what is valid");

    const told = toldBy(preview);
    const makes = edit.long === true || told.deleted.length > 0;
    const limit = makes ? patience.long : patience.up;
    const up = await this.#bed.pulumi("up", edit.stack, limit);
    outputs["up"] = up.output;
    const inUp = await newWrites();
    // Of a pair of edits one may be refused alone, and say so.
    const denied = edit.kind.includes(" + ") ? null : /nothing was (?:touched|changed|made|done)/i.exec(up.output);
    if (denied && inUp > 0)
      violations.push({
        kind: "untrue",
        what: `the up says "${denied[0]}", and made ${inUp} requests that change something`,
      });
    if (up.stopped) violations.push({ kind: "slow", what: `the up did not end within ${limit} s` });
    if (!preview.ok && up.ok) disagree("the up does what the preview refused");
    if (preview.ok && !up.ok && !up.stopped) disagree("the preview accepts what the up refused or failed at");
    violations.push(...(await this.#check(told)));
    if (!preview.ok) violations.push(...madeByRefusal(first, this.#picture));

    const well = preview.ok && up.ok;
    if (well) this.#good.push(edit.desired);
    if (well) this.#behind = edit.stack === "sbx";
    let recovered: Did | undefined;
    if (!well) {
      await this.#bed.write(this.good);
      // After a refusal nothing is to be done, so no preview need say what; else what was begun is taken back.
      const back =
        preview.ok || (this.#behind && edit.stack === "team")
          ? await this.#bed.pulumi("preview", edit.stack, patience.preview)
          : undefined;
      if (back) outputs["preview of the recovery"] = back.output;
      recovered = await this.#bed.pulumi("up", edit.stack, patience.long);
      outputs["recovery"] = recovered.output;
      if (recovered.ok && edit.stack === "team") this.#behind = false;
      if (back?.ok === false || !recovered.ok)
        violations.push({
          kind: "stuck",
          what: `the last good state is ${recovered.ok ? "refused by the preview" : "not brought up again"}`,
        });
      violations.push(...(await this.#check(back ? together(told, toldBy(back)) : told)));
    }
    violations.push(...leftOf(this.#picture, this.#asked()));
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

/** Of a cluster that keeps nothing, the folder need not be in an archive. */
function withoutFolder(picture: Picture, { bucket, folder }: Living): Picture {
  const objects = Object.entries(picture.buckets[bucket] ?? {}).filter(([key]) => !key.startsWith(folder));
  return { ...picture, buckets: { ...picture.buckets, [bucket]: Object.fromEntries(objects) } };
}

function retainsNothing(desired: Desired, name: string): boolean {
  const value = clustersIn(desired).find(({ full }) => full === name)?.value ?? {};
  const deletion = value["deletion"];
  return typeof deletion === "object" && deletion !== null && "retain" in deletion && deletion.retain === "0s";
}
