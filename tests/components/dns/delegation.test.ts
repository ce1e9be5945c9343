import { expect } from "chai";
import {
  awaitDelegation,
  lookupWith,
  delegationState,
  type LookupNameServers,
  type Waiting,
} from "../../../components/dns/delegation.ts";
import { startNameServer } from "../../name-server.ts";

const servers = ["ns-1.awsdns-01.com", "ns-2.awsdns-02.net"];
/** Fails for all names except top-level domains. */
const failing =
  (code: string): LookupNameServers =>
  (name) =>
    name.includes(".")
      ? Promise.reject(Object.assign(new Error(code), { code }))
      : Promise.resolve(["a.gtld-servers.net"]);

/** A clock that advances only while something sleeps. */
function waiting(lookUp: LookupNameServers, preview = false): Waiting & { said: string[]; slept: number[] } {
  let clock = 0;
  const said: string[] = [];
  const slept: number[] = [];
  return {
    preview,
    lookUp,
    said,
    slept,
    say: (line) => {
      said.push(line);
    },
    now: () => clock,
    sleep: (milliseconds) => {
      slept.push(milliseconds);
      clock += milliseconds;
      return Promise.resolve();
    },
  };
}

const refusal = (work: Promise<void>): Promise<string> =>
  work.then(
    () => "it was not refused",
    (error: unknown) => (error as Error).message,
  );

describe("the delegation check", () => {
  it("accepts all or some of the zone's name servers, in any spelling", async () => {
    expect(
      await delegationState("z.example.com", servers, () =>
        Promise.resolve(["NS-1.awsdns-01.com.", "ns-2.awsdns-02.net"]),
      ),
    ).to.deep.equal({ state: "good" });
    expect(
      await delegationState("z.example.com", servers, () => Promise.resolve(["ns-2.awsdns-02.net"])),
    ).to.deep.equal({
      state: "good",
    });
  });

  it("distinguishes a missing or wrong delegation from a resolver that does not answer", async () => {
    expect(await delegationState("z.example.com", servers, failing("ENOTFOUND"))).to.deep.equal({
      state: "wrong",
      found: [],
    });
    expect(await delegationState("z.example.com", servers, failing("ENODATA"))).to.deep.equal({
      state: "wrong",
      found: [],
    });
    expect(await delegationState("z.example.com", servers, () => Promise.resolve(["ns-7.awsdns.com"]))).to.deep.equal({
      state: "wrong",
      found: ["ns-7.awsdns.com"],
    });
    // A single wrong name server would misdirect half of all queries.
    expect(
      await delegationState("z.example.com", servers, () => Promise.resolve(["ns-7.awsdns.com", "ns-1.awsdns-01.com"])),
    ).to.have.property("state", "wrong");
    for (const code of ["ETIMEOUT", "ECONNREFUSED", "ESERVFAIL"])
      expect(await delegationState("z.example.com", servers, failing(code))).to.deep.equal({
        state: "unreachable",
        reason: code,
      });
  });

  it("treats a resolver that does not even know the top-level domain as unreachable", async () => {
    const closed: LookupNameServers = () => Promise.reject(Object.assign(new Error("no"), { code: "ENOTFOUND" }));
    expect(await delegationState("z.example.com", servers, closed)).to.deep.equal({
      state: "unreachable",
      reason: "they cannot even resolve .com",
    });
  });

  it("waits until the delegation is visible", async () => {
    let asked = 0;
    const later = waiting((name) =>
      name === "com" || ++asked < 3 ? failing("ENOTFOUND")(name) : Promise.resolve(servers),
    );
    await awaitDelegation("z.example.com", servers, {}, later);
    expect(asked).to.equal(3);
    expect(later.slept).to.deep.equal([10_000, 10_000]);
    expect(later.said).to.deep.equal([
      "Waiting up to 300 s until z.example.com is delegated to ns-1.awsdns-01.com, ns-2.awsdns-02.net.",
    ]);
  });

  it("fails after the wait, with the name servers to enter", async () => {
    const never = waiting(failing("ENOTFOUND"));
    const message = await refusal(awaitDelegation("z.example.com", servers, { waitSeconds: 25 }, never));
    expect(never.slept).to.deep.equal([10_000, 10_000, 5_000]);
    expect(message)
      .to.contain("not delegated")
      .and.to.contain(servers[0])
      .and.to.contain("enter an NS record for z.example.com");
  });

  it("reports in one line that no resolver answers, and continues", async () => {
    const alone = waiting(failing("ETIMEOUT"));
    await awaitDelegation("z.example.com", servers, {}, alone);
    expect(alone.said).to.deep.equal([
      "The delegation of z.example.com was not checked: no resolver here resolves internet names (ETIMEOUT).",
    ]);
    expect(alone.slept).to.be.empty;
  });

  it("neither waits nor fails in a preview, and sends no query when turned off", async () => {
    const preview = waiting(failing("ENOTFOUND"), true);
    await awaitDelegation("z.example.com", servers, {}, preview);
    expect(preview.slept).to.be.empty;
    expect(preview.said.join()).to.contain("An up would wait for the delegation");
    await awaitDelegation(
      "z.example.com",
      servers,
      { check: false },
      waiting(() => Promise.reject(new Error("asked"))),
    );
  });
});

describe("a name server lookup", () => {
  it("asks the given resolver, and accepts its positive and negative answers", async () => {
    const resolver = await startNameServer({ "z.example.com": servers, com: ["a.gtld-servers.net"] });
    expect(await delegationState("z.example.com", servers, lookupWith([resolver.address]))).to.deep.equal({
      state: "good",
    });
    expect(await delegationState("y.example.com", servers, lookupWith([resolver.address]))).to.deep.equal({
      state: "wrong",
      found: [],
    });
    resolver.close();
  });

  it("gives up soon on a resolver that does not answer", async () => {
    const resolver = await startNameServer({}, true);
    const began = Date.now();
    expect(await delegationState("z.example.com", servers, lookupWith([resolver.address]))).to.deep.equal({
      state: "unreachable",
      reason: "ETIMEOUT",
    });
    expect(Date.now() - began).to.be.below(4_000);
    resolver.close();
  });
});
