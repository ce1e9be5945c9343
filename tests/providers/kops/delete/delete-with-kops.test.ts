import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import type { Resource } from "../../../../providers/kops/aws/resources/resource.ts";
import { describeResource } from "../../../../providers/kops/delete/ownership.ts";
import { deleteWithKops, blockingKops, describeHolds } from "../../../../providers/kops/delete/delete-with-kops.ts";
import { heldBy } from "../../../../providers/kops/delete/held-resources.ts";
import { TimeoutError } from "../../../../providers/kops/model/errors.ts";
import type { Operation } from "../../../../providers/kops/operation/operation.ts";
import { rejection } from "../../../local/rejection.ts";
import { sampleInputs } from "../samples.ts";
import { cluster, names, owned, claim, resource } from "./found-resources.ts";

describe("kOps's own deletion", () => {
  const free = resource(
    "network-interface",
    "eni-1",
    { "cluster.k8s.amazonaws.com/name": cluster },
    { name: "aws-K8S", groups: ["sg-1"], detail: { status: "available" } },
  );
  const foreign = resource(
    "network-interface",
    "eni-2",
    {},
    { name: "warehouse", groups: ["sg-1"], detail: { status: "in-use" } },
  );
  const group = resource("security-group", "sg-1", owned, { name: "nodes" });

  it("is helped only with what kOps does not know, and never with volumes before it has ended", () => {
    const inputs = sampleInputs({ name: cluster, deletion: { workloadResources: "delete" } });
    // The role of nodes, which kOps has, and the group without tags, which it has not, have one name.
    const untagged = resource(
      "autoscaling-group",
      "nodes.k1.example.com",
      {},
      { name: "nodes.k1.example.com", proof: "its launch template" },
    );
    const seen = [
      free,
      foreign,
      group,
      untagged,
      resource("volume", "v", claim),
      resource("load-balancer", "lb", { "elbv2.k8s.aws/cluster": cluster }),
    ];
    expect(
      blockingKops({ inputs, names }, seen, new Set(["security-group:sg-1", "iam-role:nodes.k1.example.com"])).map(
        ({ id }) => id,
      ),
    ).to.deep.equal(["nodes.k1.example.com", "lb", "eni-1"]);
    expect(describeHolds(["security-group:sg-1", "vpc:vpc-1"], seen)).to.deep.equal([
      "security-group:sg-1 is held by unused network interface eni-1 (aws-K8S), network interface eni-2 " +
        "(warehouse)",
    ]);
    expect(heldBy("sg-2", seen)).to.deep.equal([]);
    expect(describeResource(group)).to.equal("security group nodes (sg-1)");
  });

  it("is stopped when nothing is deleted any more, and the error says what is left and what uses it", async () => {
    const removed: string[] = [];
    const said: string[] = [];
    let stopped = false;
    const kops = {
      async run({ args, onLine, stop }: { args: string[]; onLine: (line: string) => void; stop: AbortSignal }) {
        expect(args).to.include.members(["--wait", "0s"]);
        for (const line of [
          "TYPE\tNAME\tID",
          "security-group\tnodes\tsg-1",
          "",
          "volume:vol-1\tok",
          "security-group:sg-1\tstill has dependencies, will retry",
          "Not all resources deleted; waiting before reattempting deletion",
          "\tsecurity-group:sg-1",
        ])
          onLine(line);
        while (!stop.aborted) await sleep(20);
        stopped = true;
        return { exitCode: 1, stdout: "", stderr: "" };
      },
    };
    const inputs = sampleInputs({ name: cluster, deletion: { noProgress: "1s" } });
    const context = {
      inputs,
      kops,
      progress: { say: (text: string) => said.push(text) },
      signal: new AbortController().signal,
      log: { path: "the log" },
    } as unknown as Operation["context"];
    const cloud = {
      list: () => Promise.resolve(removed.length > 0 ? [foreign, group] : [free, foreign, group]),
      remove: (_: unknown, one: Resource) => {
        removed.push(one.id);
        return Promise.resolve();
      },
    };
    const error = await rejection(deleteWithKops({ context }, names, cloud));
    expect(stopped).to.equal(true);
    expect(removed).to.deep.equal(["eni-1"]);
    expect(said.join("\n"))
      .to.contain("deleted network interface aws-K8S (eni-1)")
      .and.to.contain("security-group:sg-1 is held by");
    expect(error)
      .to.be.instanceOf(TimeoutError)
      .with.property("message")
      .that.contains("made no progress for 1s")
      .and.contains("left: security-group:sg-1")
      .and.contains("network interface eni-2 (warehouse)");
  });

  it("is stopped by timeouts.delete with the same report on what is left", async () => {
    const late = new AbortController();
    const kops = {
      async run({ onLine }: { onLine: (line: string) => void }) {
        for (const line of ["Not all resources deleted; waiting before reattempting deletion", "\tsecurity-group:sg-1"])
          onLine(line);
        await sleep(600);
        late.abort(
          new TimeoutError({
            what: "The delete of k1 was stopped: timeouts.delete is 1s",
            why: "unfinished: Deleted",
            next: "run it again",
          }),
        );
        throw late.signal.reason as Error;
      },
    };
    const context = {
      inputs: sampleInputs({ name: cluster }),
      kops,
      progress: { say: () => undefined },
      signal: late.signal,
      log: { path: "the log" },
    } as unknown as Operation["context"];
    const error = await rejection(
      deleteWithKops({ context }, names, {
        list: () => Promise.resolve([foreign, group]),
        remove: () => Promise.resolve(),
      }),
    );
    expect(error.message)
      .to.contain("timeouts.delete is 1s")
      .and.to.contain(
        "unfinished: Deleted; left: security-group:sg-1; security-group:sg-1 is held by network interface eni-2 " +
          "(warehouse)",
      );
  });
});
