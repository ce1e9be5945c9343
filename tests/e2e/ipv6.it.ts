import { isIPv6 } from "node:net";
import { expect } from "chai";
import { readManifest } from "../corpus/corpus.ts";
import { fillIn, parseManifest } from "../corpus/manifest.ts";
import { done, makeBareCheckout, quick, region, unchanged } from "./bare/index.ts";
import type { BareCheckout } from "./bare/index.ts";

const name = "ipv6-cilium";

/** The corpus has each IPv6 manifest's create and destroy. */
describe("an IPv6 cluster", function () {
  this.timeout(6 * 60_000);
  let bare: BareCheckout;

  before(async () => {
    bare = await makeBareCheckout();
  });
  after(() => bare.remove());

  it("rolls, control plane and workers: new nodes join with the addresses of their subnets", async () => {
    const { stateStore } = bare.infrastructure;
    const text = fillIn(await readManifest("ipv6-cilium"), { "state-bucket": stateStore.replace("s3://", "") });
    const declare = (from: string, to: string): Promise<void> =>
      bare.declare({
        six: { ...parseManifest(text.replaceAll(from, to)), stateStore, region, kopsVersion: "1.35.0", ...quick },
      });
    await declare("", "");
    expect((await bare.up()).output).to.contain(done);
    const before = await bare.nodes(name);
    await declare("machineType: t3.medium", "machineType: t3.large");
    expect((await bare.up()).output).to.contain(done);
    const nodes = await bare.nodes(name);
    expect(nodes.map(({ machineType, ready }) => [machineType, ready])).to.deep.equal(
      Array(3).fill(["t3.large", true]),
    );
    expect(nodes.filter((node) => before.some((one) => one.name === node.name))).to.deep.equal([]);
    const addresses = await bare.kubectl(
      name,
      ...["get", "nodes", "-l", "!node-role.kubernetes.io/control-plane"],
      ...["-o", 'jsonpath={.items[*].status.addresses[?(@.type=="InternalIP")].address}'],
    );
    expect(addresses.trim().split(" ").map(isIPv6)).to.deep.equal([true, true]);
    expect((await bare.up()).output).to.match(unchanged);
  });
});
