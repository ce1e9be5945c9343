import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { kubernetesPluginVersion, released } from "../../../local/tools/kubernetes-plugin.ts";

describe("the kubernetes plugin that is built from source", () => {
  it("is of the version that package.json asks for: no other one knows all that the program says", async () => {
    const { dependencies } = JSON.parse(
      await readFile(join(import.meta.dirname, "..", "..", "..", "package.json"), "utf8"),
    ) as { dependencies: Record<string, string> };
    expect(dependencies["@pulumi/kubernetes"]).to.equal(kubernetesPluginVersion);
  });

  it("embeds the sources' schema with that version, as a release does", () => {
    const schema = { name: "kubernetes", resources: { "kubernetes:core/v1:Pod": { description: "a  pod" } } };
    expect(JSON.parse(released(JSON.stringify(schema, undefined, 4)))).to.deep.equal({
      ...schema,
      version: kubernetesPluginVersion,
    });
  });
});
