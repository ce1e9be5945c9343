import { expect } from "chai";
import { refusalOf, refuseLosses, refuseRegion } from "../../../components/environment/guards/refuse-losses.ts";
import { lossesOf, type Dependent } from "../../../components/environment/guards/losses.ts";
import { ConfigError } from "../../../providers/kops/index.ts";
import { rejection } from "../../local/rejection.ts";
import { current, desired, k1, same } from "./sample-state.ts";

describe("the guard of an environment", () => {
  const change = desired({
    store: { ...same.store, state: "other" },
    network: { made: true, cidr: "10.60.0.0/16", subnets: [] },
  });

  it("refuses every loss, by key, and names the clusters and their stacks", () => {
    const refusal = refusalOf("sbx", lossesOf(current, change), [
      k1,
      { name: "t1.sbx.example.com", owner: "organization/pilot/team", stateBucket: "state" },
    ]);
    expect(refusal).to.be.instanceOf(ConfigError);
    expect(refusal?.message).to.contain("2 problems; nothing was changed");
    expect(refusal?.message).to.contain(
      "pilot:stateStore: stateBucket: the state bucket state would be replaced by other; it is needed by " +
        "k1.sbx.example.com (organization/pilot/sbx), t1.sbx.example.com (organization/pilot/team)",
    );
    expect(refusal?.message).to.contain(
      "pilot:network: cidr: the VPC vpc-1 (10.20.0.0/16) would be replaced by another (10.60.0.0/16); it is " +
        "needed by k1.sbx.example.com (organization/pilot/sbx).\n",
    );
    expect(refusal?.message).to.match(
      /Next: put these keys back, or remove the clusters first .*docs\/guide\/state-store\.md/,
    );
  });

  it("refuses another region by the region alone, and looks for clusters in the old region", async () => {
    const asked: string[] = [];
    const find = (_had: unknown, _store: unknown, { region }: { region: string }): Promise<Dependent[]> => {
      asked.push(region);
      return Promise.resolve([k1]);
    };
    expect((await rejection(refuseRegion({ stack: "sbx", current, region: "eu-west-1", find }))).message).to.contain(
      "aws:region: everything would be created again in eu-west-1 instead of ap-southeast-2; it is needed by " +
        "k1.sbx.example.com",
    );
    await refuseRegion({ stack: "sbx", current, region: "ap-southeast-2", find });
    expect(asked).to.deep.equal(["ap-southeast-2"]);
  });

  it("makes no request if nothing would be lost", async () => {
    await refuseLosses({
      stack: "sbx",
      current,
      desired: desired(),
      say: () => undefined,
      find: () => Promise.reject(new Error("asked")),
    });
  });

  it("allows a harmless change, and says which bucket stays", async () => {
    const said: string[] = [];
    const find = (): Promise<Dependent[]> => Promise.resolve([]);
    await refuseLosses({ stack: "sbx", current, desired: change, say: (line) => said.push(line), find });
    expect(said).to.deep.equal([]);
    await refuseLosses({
      stack: "sbx",
      current: { ...current, purges: false },
      desired: change,
      say: (line) => said.push(line),
      find,
    });
    expect(said.join("\n")).to.match(/^the state bucket state stays as it is .* delete it by hand/);
  });

  it("fails if it cannot find out which clusters exist", async () => {
    const find = (): Promise<Dependent[]> => Promise.reject(new Error("AccessDenied"));
    expect(
      (await rejection(refuseLosses({ stack: "sbx", current, desired: change, say: () => undefined, find }))).message,
    ).to.contain("AccessDenied");
  });
});
