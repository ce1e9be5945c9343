import { expect } from "chai";
import { KopsCluster, kopsClusterType } from "../../../providers/kops/index.ts";
import type { KopsClusterArgs } from "../../../providers/kops/index.ts";
import { refusedKey } from "../../../providers/kops/model/hidden-inputs.ts";
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

  it("is refused in a preview by an error of its own and a failed run, without any unhandled rejection", async () => {
    const unhandled: unknown[] = [];
    const lines: string[] = [];
    const [{ exitCode }, show] = [process, console.error];
    const count = (error: unknown): void => void unhandled.push(error);
    const others = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection").on("unhandledRejection", count);
    console.error = (line: string): void => void lines.push(line);
    const codes = new Set<unknown>();
    try {
      for (let run = 0; run < 20; run++) {
        process.exitCode = 0;
        await record(() => new KopsCluster("k1", sampleInputs() as KopsClusterArgs), {
          preview: true,
          states: { [kopsClusterType]: { [refusedKey]: [{ property: "cluster.channel", reason: "is bad" }] } },
        });
        // Node reports an unhandled rejection after the microtasks of a turn.
        await new Promise((resolve) => setImmediate(resolve));
        codes.add(process.exitCode);
      }
    } finally {
      process.exitCode = exitCode;
      console.error = show;
      process.removeListener("unhandledRejection", count);
      for (const other of others) process.on("unhandledRejection", other);
    }
    expect(unhandled).to.deep.equal([]);
    expect([...codes]).to.deep.equal([32]);
    const text = /Cluster k1\S* would be refused:\n {2}cluster\.channel is bad/;
    expect(lines.filter((line) => text.test(line))).to.have.length(20);
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
