import { expect } from "chai";
import { planRestore } from "../../../../providers/kops/move/plan-restore.ts";
import type { Version } from "../../../../providers/kops/move/versions.ts";

const time = (minute: number): Date => new Date(Date.UTC(2026, 10, 30, 13, minute));
const object = (key: string, minute: number, etag = "one"): Version => ({
  key,
  id: `${key}@${minute}`,
  at: time(minute),
  object: { size: 3, etag },
});
const marker = (key: string, minute: number): Version => ({ key, id: `${key}@${minute}`, at: time(minute) });
const newestFirst = (...versions: Version[]): Version[] =>
  versions.toSorted((one, other) => other.at.getTime() - one.at.getTime());
const ids = (versions: readonly Version[]): string[] => versions.map(({ id }) => id);

describe("a restore of a store", () => {
  it("takes each object as it was at the time, and nothing that was deleted or not yet made then", () => {
    const versions = newestFirst(
      object("k1/config", 1),
      object("k1/config", 3, "two"),
      object("k1/config", 9, "three"),
      object("k1/secret", 1),
      marker("k1/secret", 2),
      object("k1/late", 8),
      object("k1/lost", 1),
      marker("k1/lost", 7),
    );
    const plan = planRestore({ versions, there: [], at: time(5) });
    expect(ids(plan.copy)).to.have.members(["k1/config@3", "k1/lost@1"]);
    expect(plan.deleted).to.deep.equal({ count: 1, last: time(2) });
    expect(ids(planRestore({ versions, there: [] }).copy)).to.have.members(["k1/config@9", "k1/late@8"]);
  });

  it("copies keys first, then manifests, journals last, so that no half cluster looks whole", () => {
    const versions = [
      "_pilot/k1/journal.json",
      "k1/config",
      "k1/instancegroup/nodes",
      "k1/pki/private/kubernetes-ca/keyset.yaml",
      "_pilot/k1/archive/x.yaml",
    ].map((key) => object(key, 1));
    expect(planRestore({ versions, there: [] }).copy.map(({ key }) => key)).to.deep.equal([
      "k1/pki/private/kubernetes-ca/keyset.yaml",
      "_pilot/k1/archive/x.yaml",
      "k1/instancegroup/nodes",
      "k1/config",
      "_pilot/k1/journal.json",
    ]);
  });

  it("brings no lock back", () => {
    expect(planRestore({ versions: [object("_pilot/k1/lock.json", 1)], there: [] }).copy).to.deep.equal([]);
  });

  it("keeps what is there, names what differs, and replaces it only if told to", () => {
    const versions = [object("k1/config", 1), object("k1/same", 1), object("k1/lost", 1)];
    const there = [
      { key: "k1/config", size: 3, etag: "other" },
      { key: "k1/same", size: 3, etag: "one" },
      { key: "k1/new", size: 3, etag: "one" },
    ];
    const plan = planRestore({ versions, there });
    expect([ids(plan.copy), plan.differ, plan.same]).to.deep.equal([["k1/lost@1"], ["k1/config"], 1]);
    const all = planRestore({ versions, there, overwrite: true });
    expect([ids(all.copy), all.differ]).to.deep.equal([["k1/lost@1", "k1/config@1"], []]);
  });

  it("names the clusters that it touches, those of archives not", () => {
    const versions = [
      object("k1/config", 1),
      object("_pilot/k1/journal.json", 1),
      object("k2/config", 1),
      object("_pilot/gone/archive/t/archive.json", 1),
    ];
    const there = [{ key: "k2/config", size: 3, etag: "one" }];
    expect(planRestore({ versions, there }).clusters).to.deep.equal(["k1"]);
  });
});
