import { LifecycleState } from "@aws-sdk/client-auto-scaling";
import { InstanceStateName, NatGatewayState, VolumeState } from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { holdsData } from "../../../../providers/kops/aws/etcd-volumes.ts";
import {
  existingInstances,
  instanceStates,
  isBeingDeleted,
  isHere,
  lifecycleStates,
  natGatewayStates,
  volumeStates,
} from "../../../../providers/kops/aws/states.ts";
import { describeDeletions } from "../../../../providers/kops/aws/deletions.ts";

/** The states in which a resource does not count. */
const leaving = (states: Readonly<Record<string, "here" | "leaving" | "warm">>): string[] =>
  Object.keys(states)
    .filter((state) => !isHere(states, state))
    .sort();

describe("a resource that AWS lists", () => {
  for (const [what, states, known, gone] of [
    ["an instance", instanceStates, InstanceStateName, ["shutting-down", "terminated"]],
    ["a volume", volumeStates, VolumeState, ["deleted", "deleting"]],
    ["a NAT gateway", natGatewayStates, NatGatewayState, ["deleted", "deleting"]],
    [
      "a member of an Auto Scaling group",
      lifecycleStates,
      LifecycleState,
      [
        "Detached",
        "Detaching",
        "Terminated",
        "Terminating",
        "Terminating:Proceed",
        "Terminating:Retained",
        "Terminating:Wait",
        ...Object.values(LifecycleState)
          .filter((state) => state.startsWith("Warmed:"))
          .sort(),
      ],
    ],
  ] as const) {
    it(`is no longer ${what} when it is ${gone.slice(0, 7).join(", ")}`, () => {
      expect(Object.keys(states).sort()).to.deep.equal(Object.values(known).sort());
      expect(leaving(states)).to.deep.equal(gone);
    });
  }

  it("counts while its state is not shown, or one that is not known", () => {
    expect(isHere(volumeStates, undefined)).to.equal(true);
    expect(isHere(volumeStates, "optimizing" as VolumeState)).to.equal(true);
  });

  it("is asked for as an instance in the states in which it exists", () => {
    expect(existingInstances.Values).to.deep.equal(["pending", "running", "stopping", "stopped"]);
  });

  it("is no Auto Scaling group any more once its deletion is in progress", () => {
    expect([isBeingDeleted({ Status: "Delete in progress" }), isBeingDeleted({})]).to.deep.equal([true, false]);
  });
});

describe("an etcd volume", () => {
  for (const [state, data] of [
    ["creating", true],
    ["available", true],
    ["in-use", true],
    [undefined, true],
    ["error", false],
    ["deleting", false],
    ["deleted", false],
  ] as const) {
    it(`${data ? "has" : "does not have"} its member's data when it is ${state ?? "in no known state"}`, () => {
      expect(holdsData({ state })).to.equal(data);
    });
  }

  it("is awaited while AWS deletes it, and so is a group", () => {
    const volume = (state: VolumeState) => ({ id: `vol-${state}`, name: `a.etcd-main.${state}`, state });
    expect(describeDeletions([], [volume("in-use"), volume("available")])).to.deep.equal([]);
    expect(describeDeletions(["nodes.k1"], [volume("deleting"), { ...volume("deleted"), name: "" }])).to.deep.equal([
      "Auto Scaling group nodes.k1 (Delete in progress)",
      "volume a.etcd-main.deleting (deleting)",
      "volume vol-deleted (deleted)",
    ]);
  });
});
