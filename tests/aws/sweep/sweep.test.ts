import { expect } from "chai";
import { runOf, runTag } from "../run-name.ts";
import { sweptKinds } from "./kinds.ts";
import type { Leftover, SweptKind } from "./kinds.ts";
import { selected, sweep } from "./sweep.ts";
import type { Account } from "./sweep.ts";

const hour = 3_600_000;
const now = Date.parse("2026-11-30T12:00:00Z");
const run = (name: string): Leftover["run"] => {
  const found = runOf({ kind: "", name: "", tags: { [runTag]: name } });
  if (!found) throw new Error(`${name} is not the name of a run`);
  return found;
};
const [old, young] = [run("acc-20261130050000"), run("acc-20261130110000")];
const leftover = (kind: SweptKind, id: string, of = old, more: Partial<Leftover> = {}): Leftover => ({
  ...{ kind, id, name: "", run: of },
  ...more,
});

/** An account in which some things can be deleted only after others. */
function accountOf(
  all: Leftover[],
  heldBy: Readonly<Record<string, string>> = {},
): Account & { there: Leftover[]; tried: string[] } {
  const account = {
    there: all,
    tried: [] as string[],
    leftovers: () => Promise.resolve([...account.there]),
    remove: ({ id }: Leftover) => {
      account.tried.push(id);
      const by = heldBy[id];
      if (by !== undefined && (by === "for ever" || account.there.some((one) => one.id === by)))
        return Promise.reject(new Error(`DependencyViolation: ${by}`));
      account.there = account.there.filter((one) => one.id !== id);
      return Promise.resolve();
    },
  };
  return account;
}

const sweepOf = (account: Account, more: Partial<Parameters<typeof sweep>[0]> = {}): Promise<string[]> => {
  let time = now;
  return sweep({
    account,
    selection: { olderThan: 6 * hour, now },
    say: () => undefined,
    interval: 0,
    patience: 20,
    deadline: now + hour,
    now: () => (time += 1),
    ...more,
  });
};

describe("a sweep", () => {
  it("takes what is old enough, of one run if that is named, in the order in which AWS deletes it", () => {
    const all = [
      leftover("vpc", "v"),
      leftover("subnet", "s"),
      leftover("instance", "i", young),
      leftover("bucket", "b"),
    ];
    const ids = (olderThan: number, only?: string): string[] =>
      selected(all, { olderThan, run: only, now }).map(({ id }) => id);
    expect(ids(6 * hour)).to.deep.equal(["s", "v", "b"]);
    expect(ids(0)).to.deep.equal(["i", "s", "v", "b"]);
    expect(ids(0, young.name)).to.deep.equal(["i"]);
    expect(ids(8 * hour)).to.deep.equal([]);
  });

  it("leaves what is too young", async () => {
    const account = accountOf([leftover("vpc", "v"), leftover("vpc", "y", young)]);
    expect(await sweepOf(account)).to.deep.equal([]);
    expect(account.there.map(({ id }) => id)).to.deep.equal(["y"]);
  });

  it("tries again what others hold, until they are gone", async () => {
    const account = accountOf([leftover("security-group", "a"), leftover("security-group", "b")], { a: "b" });
    expect(await sweepOf(account)).to.deep.equal([]);
    expect(account.tried).to.deep.equal(["a", "b", "a"]);
  });

  it("ends when nothing can be deleted any more, and says what is left and why", async () => {
    const account = accountOf([leftover("vpc", "v"), leftover("subnet", "s")], { v: "for ever" });
    expect(await sweepOf(account)).to.deep.equal(["vpc v: DependencyViolation: for ever"]);
  });

  it("ends at its deadline", async () => {
    const account = accountOf([leftover("vpc", "v")], { v: "for ever" });
    expect(await sweepOf(account, { patience: Infinity, deadline: now + 30 })).to.have.length(1);
  });

  it("waits for what AWS is deleting, and does not delete it again", async () => {
    const account = accountOf([leftover("nat-gateway", "n", old, { leaving: true })]);
    let lists = 0;
    const slow: Account = {
      ...account,
      leftovers: () => Promise.resolve(++lists < 4 ? account.there : []),
    };
    expect(await sweepOf(slow)).to.deep.equal([]);
    expect(account.tried).to.deep.equal([]);
  });

  it("deletes machines before networks, and zones, buckets and keys after what uses them", () => {
    const order = (...kinds: SweptKind[]): boolean =>
      kinds.every(
        (kind, index) => index === 0 || sweptKinds.indexOf(kinds[index - 1] ?? kind) < sweptKinds.indexOf(kind),
      );
    expect(order("autoscaling-group", "instance", "security-group", "subnet", "vpc", "dhcp-options")).to.equal(true);
    expect(order("nat-gateway", "elastic-ip", "internet-gateway", "vpc")).to.equal(true);
    expect(order("vpc-endpoint", "security-group")).to.equal(true);
    expect(order("iam-instance-profile", "iam-role", "iam-policy")).to.equal(true);
    expect(order("instance", "volume")).to.equal(true);
    expect(order("bucket", "kms-key")).to.equal(true);
  });
});
