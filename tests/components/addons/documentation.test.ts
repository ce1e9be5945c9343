import { readFileSync } from "node:fs";
import { expect } from "chai";
import yaml from "js-yaml";
import { readStackConfig } from "../../../components/environment/config.ts";

const text = readFileSync(new URL("../../../docs/guide/addons.md", import.meta.url), "utf8");

describe("docs/guide/addons.md", () => {
  it("has an example that the program accepts and that uses every part", () => {
    const [, example = ""] = /```yaml\n([\s\S]*?)```/.exec(text) ?? [];
    const { config } = yaml.load(example) as { config: Record<string, unknown> };
    const texts = {
      "aws:region": "ap-southeast-2",
      "pilot:network": JSON.stringify({ zones: ["ap-southeast-2a"] }),
      "pilot:dns": JSON.stringify({ type: "none", name: "sbx.test" }),
      ...Object.fromEntries(Object.entries(config).map(([key, value]) => [key, JSON.stringify(value)])),
    };
    const read = readStackConfig(texts, "pilot");
    expect(read.problems).to.deep.equal([]);
    expect(Object.keys(config)).to.deep.equal(["pilot:platform", "pilot:tenants", "pilot:smokeTest"]);
    expect(read.config?.smokeTest.enabled).to.equal(true);
  });
});
