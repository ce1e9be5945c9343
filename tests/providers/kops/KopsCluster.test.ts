import { expect } from "chai";
import { KopsCluster } from "../../../providers/kops/index.ts";
import type { KopsClusterArgs } from "../../../providers/kops/index.ts";
import { record } from "../../components/mocks.ts";
import { sampleInputs } from "./samples.ts";

/**
 * What the SDK sends in place of a secret: an object of this signature with the value in it (rpc.ts in @pulumi/pulumi).
 */
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

describe("a cluster as Pulumi knows it", () => {
  it("has its secrets marked as secret, whoever gives them, and nothing else", async () => {
    const secrets = { dockerConfig: "{}" };
    const { resources } = await record(() => new KopsCluster("k1", sampleInputs({ secrets }) as KopsClusterArgs));
    const inputs = resources.find(({ name }) => name === "k1")?.inputs ?? {};
    expect(inputs["secrets"])
      .to.deep.include({ value: secrets })
      .and.to.satisfy((one: object) => Object.values(one).includes(secretSignature));
    const marked = Object.entries(inputs)
      .filter(([, value]) => JSON.stringify(value).includes(secretSignature))
      .map(([name]) => name);
    expect(marked).to.deep.equal(["secrets"]);
  });

  it("is owned by its stack unless it says otherwise", async () => {
    const { owner, ...ours } = sampleInputs();
    const ownerOf = async (args: object): Promise<unknown> =>
      (
        await record(() => new KopsCluster("k1", args as KopsClusterArgs), { project: "pilot", stack: "sbx" })
      ).resources.find(({ name }) => name === "k1")?.inputs["owner"];
    expect(await ownerOf(ours)).to.match(/^[^/]+\/pilot\/sbx$/);
    expect(await ownerOf({ ...ours, owner })).to.equal(owner);
  });
});
