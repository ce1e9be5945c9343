import { readFileSync } from "node:fs";
import { expect } from "chai";
import yaml from "js-yaml";
import { readStackConfig } from "../../../components/environment/config.ts";

const text = readFileSync(new URL("../../../docs/guide/network.md", import.meta.url), "utf8");
const examples = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, example = ""]) => example);

describe("docs/guide/network.md", () => {
  it("shows every key of the network", () => {
    const keys = new Set(examples.flatMap((example) => Object.keys(yaml.load(example) as object)));
    expect([...keys]).to.have.members([
      "zones",
      "cidr",
      "secondaryCidrs",
      "ipv6",
      "topology",
      "nat",
      "subnets",
      "endpoints",
      "flowLogs",
      "dhcpOptions",
      "peerings",
      "existing",
    ]);
  });

  for (const example of examples) {
    it(`has an example that the program accepts: ${example.trim().split("\n").slice(0, 2).join(", ")}`, () => {
      const { problems } = readStackConfig(
        {
          "aws:region": "ap-southeast-2",
          "pilot:network": JSON.stringify(yaml.load(example)),
          "pilot:dns": JSON.stringify({ type: "private", name: "sbx.pilot.internal" }),
        },
        "pilot",
      );
      expect(problems).to.deep.equal([]);
    });
  }
});
