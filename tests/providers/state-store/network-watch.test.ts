import { expect } from "chai";
import type { NetworkContent } from "../../../providers/state-store/network-holders.ts";
import { watchLine, watchNetwork } from "../../../providers/state-store/network-watch.ts";

const times = { first: 20, interval: 10, repeat: 60, most: 200 };

describe("the watch of a network that is destroyed", () => {
  /** Lines by the time at which they are said. `seen`: what is in the network, by the number of the look. */
  async function linesOf(seen: (look: number) => NetworkContent[]): Promise<[number, string][]> {
    const lines: [number, string][] = [];
    let [time, looks] = [0, 0];
    await watchNetwork({
      vpcId: "vpc-1",
      look: () => Promise.resolve().then(() => seen(looks++)),
      say: (line) => lines.push([time, line]),
      times,
      now: () => time,
      sleep: (milliseconds) => {
        time += milliseconds;
        return Promise.resolve();
      },
    });
    return lines;
  }
  const interfaces = [{ what: "network interface eni-1" }];
  const groups = [{ what: "security group k8s-elb-web sg-1", cluster: "k1.example.com" }];

  it("says nothing of a network that becomes empty by itself", async () => {
    expect(await linesOf(() => [])).to.deep.equal([]);
  });

  it("names what is in it, again when that changes or after a while, and ends when nothing is", async () => {
    const lines = await linesOf((look) => (look < 8 ? interfaces : look < 9 ? groups : []));
    expect(lines).to.deep.equal([
      [20, watchLine("vpc-1", interfaces)],
      [80, watchLine("vpc-1", interfaces)],
      [100, watchLine("vpc-1", groups)],
    ]);
    expect(watchLine("vpc-1", groups)).to.contain("security group k8s-elb-web sg-1 (of k1.example.com)");
  });

  it("ends after its time, and with a word when it cannot look", async () => {
    expect((await linesOf(() => interfaces)).map(([at]) => at)).to.deep.equal([20, 80, 140]);
    const lines = await linesOf(() => {
      throw new Error("access denied");
    });
    expect(lines).to.deep.equal([[20, "what is in the VPC vpc-1 cannot be listed any more: access denied"]]);
  });
});
