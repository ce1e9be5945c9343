import { expect } from "chai";
import { ConfigError } from "../../providers/kops/model/errors.ts";
import { pilotKeysOf } from "../../providers/kops/store/keys.ts";
import { rejection } from "../local/rejection.ts";
import { textOf } from "./text-of.ts";
import { good, memoryBucket } from "../providers/kops/move/two-stores.ts";
import { k1, k2, progress, signal, now, config, stage, open, withJournal } from "./move-stage.ts";
import type { Bed } from "./move-stage.ts";

describe("a store move", () => {
  const stops: [string, (bed: Bed) => Promise<unknown> | undefined, string][] = [
    [
      "the new bucket is missing",
      ({ fresh }) => {
        fresh.bucket = undefined;
        return undefined;
      },
      "the bucket fresh does not exist",
    ],
    [
      "the new bucket keeps no versions",
      ({ fresh }) => {
        fresh.bucket = { ...good, versioned: false };
        return undefined;
      },
      "the bucket fresh is not versioned",
    ],
    [
      "the new bucket may be public",
      ({ fresh }) => {
        fresh.bucket = { ...good, private: false };
        return undefined;
      },
      "the bucket fresh may be made public",
    ],
    [
      "the stack would not adopt the new bucket",
      ({ fresh }) => {
        fresh.bucket = { ...good, policyId: undefined };
        return undefined;
      },
      'has not the Id "pilot pilot/sbx"',
    ],
    [
      "an operation is unfinished",
      ({ old }) => withJournal(old, k1, { operation: open }),
      `${k1}: the update begun 2026-11-20T08:00:00Z stopped at CloudApplied`,
    ],
    ["plain kOps created a cluster", ({ old }) => old.delete(pilotKeysOf(k2).journal), `${k2} has no journal`],
    [
      "the new store has another cluster of that name",
      ({ fresh }) => fresh.put(`${k1}/config`, "another"),
      `s3://fresh has 1 objects of ${k1} that are not copies`,
    ],
    [
      "the new store received clusters of another store",
      ({ fresh }) =>
        fresh.put("_pilot/moved-from.json", JSON.stringify({ version: 1, from: "s3://third", clusters: [], at: "x" })),
      "has taken in the clusters of s3://third",
    ],
    [
      "clusters moved out of the new store",
      ({ fresh }) =>
        fresh.put("_pilot/moved.json", JSON.stringify({ version: 1, to: "s3://old", clusters: [], at: "x" })),
      "is a store that clusters moved out of",
    ],
    [
      "a location of a cluster is in the bucket but outside the store",
      ({ old }) =>
        old
          .put(`${k1}/config`, config(k1, "s3://old", "  keyStore: s3://old\n"))
          .then(() => old.put(`deep/_pilot/k3.sbx.example.com/journal.json`, "{}")),
      "there is a store of its own in s3://old/deep",
    ],
  ];
  for (const [what, arrange, says] of stops) {
    it(`stops before it writes anything if ${what}`, async () => {
      const bed = await stage();
      await arrange(bed);
      const { old, fresh, move } = bed;
      const [first, second] = [new Map(old.objects), new Map(fresh.objects)];
      expect(await move())
        .to.contain("What stops it:")
        .and.to.contain(says);
      const error = await rejection(move("--apply"));
      expect(error).to.be.instanceOf(ConfigError);
      expect(error.message).to.contain(says).and.to.contain("nothing was copied");
      expect([old.objects, fresh.objects]).to.deep.equal([first, second]);
    });
  }
  for (const [what, words, says] of [
    ["one store", ["s3://old"], "it needs the old and the new store"],
    ["an unknown word", ["s3://old", "s3://fresh", "--yes"], "unknown option '--yes'"],
    ["--create alone", ["s3://old", "s3://fresh", "--create"], "--create goes with --apply"],
    ["--undo and --apply", ["s3://old", "s3://fresh", "--undo", "--apply"], "--undo goes with nothing else"],
  ] as const) {
    it(`is refused with ${what}`, async () => {
      const error = await rejection(
        textOf(["move-store", ...words], {
          by: "kim",
          now,
          progress,
          signal,
          openMovable: (url) => memoryBucket(url),
          makeBucket: () => Promise.resolve(),
        }),
      );
      expect(error.message).to.contain(says).and.to.contain("npx pilot move-store");
    });
  }
});
