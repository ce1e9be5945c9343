import { FetchError } from "@kubernetes/client-node";
import { expect } from "chai";
import { TimeoutError } from "../../../../providers/kops/model/errors.ts";
import { DrainedGroup, answer, budget, severalBudgets, status, throttled } from "./drained-group.ts";

const reset = (): FetchError => Object.assign(new FetchError("socket hang up", "system"), { code: "ECONNRESET" });
const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "nothing",
    (error: unknown) => error,
  );

describe("a drain while the Kubernetes API fails", function () {
  this.timeout(30_000);

  for (const [what, counted, failure] of [
    ["cut", 4, reset],
    ["throttled", 4, throttled],
    ["answered by 503", 4, () => answer(503, "the server is currently unable to handle the request")],
    // To an eviction, 500 is an answer about its pod.
    [
      "answered by 500",
      3,
      () => answer(500, status(500, "etcdserver: request timed out", { reason: "InternalError" })),
    ],
  ] as const) {
    it(`goes on when each call is ${what} once, and says so once, with a count`, async () => {
      const group = new DrainedGroup({ "i-1": ["web-1"], "i-2": ["web-2"] });
      const failed = new Set<string>();
      group.fail = (call) => (failed.size < failed.add(call).size ? failure() : undefined);
      await group.drain();
      expect(group.evicted).to.deep.equal(["web-1", "web-2"]);
      expect(failed.size).to.equal(4);
      const said = group.said.filter((line) => line.includes("the Kubernetes API fail"));
      expect(said).to.have.length(2);
      expect(said[1]).to.contain(`${counted} calls failed`);
    });
  }

  it("ends at the drain time-out when the API stays away, with the reason and the count", async () => {
    const group = new DrainedGroup({ "i-1": ["web-1"] });
    group.fail = (call) => (call === "listPodForAllNamespaces" ? reset() : undefined);
    const thrown = await thrownBy(group.drain("2s"));
    expect(thrown).to.be.instanceOf(TimeoutError);
    expect(String(thrown))
      .to.contain("the drain of node i-1")
      .and.to.match(/socket hang up.*[23] calls failed/s);
  });

  it("ends at once when the API refuses for good", async () => {
    const group = new DrainedGroup({ "i-1": ["web-1"] });
    group.fail = (call) =>
      call === "patchNode" ? answer(403, status(403, "nodes is forbidden", { reason: "Forbidden" })) : undefined;
    expect(String(await thrownBy(group.drain()))).to.contain("403");
  });

  it("calls no throttling a PodDisruptionBudget", async () => {
    const group = new DrainedGroup({ "i-1": ["web-1"] });
    group.refuse = () => throttled();
    expect(String(await thrownBy(group.drain("2s"))))
      .to.contain("429")
      .and.not.to.contain("PodDisruptionBudget");
  });

  it("waits as long as the API says", async () => {
    const group = new DrainedGroup({ "i-1": ["web-1"] });
    const at: number[] = [];
    group.refuse = () => (at.push(Date.now()) === 1 ? throttled("2") : undefined);
    await group.drain();
    expect((at[1] ?? 0) - (at[0] ?? 0)).to.be.within(1_900, 3_000);
  });

  it("names a pod under two budgets and the budget of another, and evicts the others meanwhile", async () => {
    const group = new DrainedGroup({ "i-1": ["twice", "held", "hooked", "free"] });
    const refusals: Record<string, () => Error> = {
      twice: severalBudgets,
      held: () => budget("web"),
      hooked: () => answer(500, status(500, 'failed calling webhook "x"', { reason: "InternalError" })),
    };
    group.refuse = (pod) => refusals[pod]?.();
    const thrown = await thrownBy(group.drain("1s"));
    expect(group.evicted).to.deep.equal(["free"]);
    expect(thrown).to.be.instanceOf(TimeoutError);
    expect(String(thrown))
      .to.contain("a PodDisruptionBudget allows no disruption of default/held")
      .and.to.contain("default/twice is under more than one PodDisruptionBudget")
      .and.to.contain('default/hooked cannot be evicted now: 500 failed calling webhook "x"');
  });

  it("waits for pods of a namespace that ends: its controller deletes them", async () => {
    const group = new DrainedGroup({ "i-1": ["web-1"] });
    let tries = 0;
    group.refuse = () =>
      (tries += 1) === 1
        ? answer(
            403,
            status(403, 'pods "web-1" is forbidden: because it is being terminated', {
              reason: "Forbidden",
              details: { causes: [{ reason: "NamespaceTerminating", message: "namespace x is being terminated" }] },
            }),
          )
        : answer(404, status(404, 'pods "web-1" not found', { reason: "NotFound" }));
    const gone = setTimeout(() => group.nodes.get("i-1")?.pods.clear(), 1_200);
    await group.drain();
    clearTimeout(gone);
  });

  it("uncordons all nodes of a group that stays", async () => {
    const group = new DrainedGroup({ "i-1": [], "i-2": [] });
    await group.drain();
    expect([...group.nodes.values()].map(({ cordoned }) => cordoned)).to.deep.equal([true, true]);
    let calls = 0;
    group.fail = () => ((calls += 1) % 2 === 1 ? reset() : undefined);
    await group.uncordon();
    expect([...group.nodes.values()].map(({ cordoned }) => cordoned)).to.deep.equal([false, false]);
  });
});
