import { expect } from "chai";
import { isEmptyState, lostStateRefusal, refuseLostState } from "../../../components/environment/guards/lost-state.ts";
import { ownStateOf } from "../../../components/environment/guards/own-state.ts";
import { current, desired, same } from "./sample-state.ts";

const k1 = { name: "k1.sbx.example.com", owner: "organization/pilot/sbx" };
const empty = ownStateOf({}, "sbx");

describe("a stack that lost its Pulumi state", () => {
  it("makes no second network beside living clusters, and says what to do", () => {
    const refusal = lostStateRefusal("sbx", "state", desired({}), [k1]);
    expect(refusal?.message)
      .to.contain("The stack sbx has lost its Pulumi state (nothing was changed)")
      .and.to.contain("k1.sbx.example.com (organization/pilot/sbx)")
      .and.to.contain("docs/guide/losses.md");
  });

  it("is not one without living clusters, as after a destroy, nor one that adopts network and zone", () => {
    expect(lostStateRefusal("sbx", "state", desired({}), [])).to.equal(undefined);
    const adopting = desired({
      network: { made: false, vpcId: "vpc-1", subnets: [] },
      dns: { made: false, id: "Z1" },
    });
    expect(lostStateRefusal("sbx", "state", adopting, [k1])).to.equal(undefined);
    expect(lostStateRefusal("sbx", "state", desired({ ...adopting.shared, dns: same.dns }), [k1])).to.not.equal(
      undefined,
    );
  });

  it("is known by a state without anything of an environment; else nobody asks AWS", async () => {
    expect([isEmptyState(empty), isEmptyState(current)]).to.deep.equal([true, false]);
    let asked = 0;
    const isOwn = (): Promise<boolean> => {
      asked += 1;
      return Promise.resolve(false);
    };
    const place = { bucket: "state", region: "eu-west-1" };
    await refuseLostState("sbx", current, desired({}), place, isOwn);
    expect(asked).to.equal(0);
    await refuseLostState("sbx", empty, desired({}), place, isOwn);
    expect(asked).to.equal(1);
  });
});
