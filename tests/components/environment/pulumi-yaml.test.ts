import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import yaml from "js-yaml";
import { z } from "zod";
import { readClusterFiles } from "../../../components/cluster/index.ts";
import { readStackConfig, stackConfigKeys } from "../../../components/environment/config.ts";
import { problemsOf, texts } from "./stack-texts.ts";

describe("Pulumi.yaml", () => {
  const load = (name: string) =>
    yaml.load(readFileSync(new URL(`../../../${name}`, import.meta.url), "utf8")) as {
      config: Record<string, unknown>;
    };

  it("declares exactly the keys that the program knows", () => {
    const declared = Object.keys(load("Pulumi.yaml").config).map((key) => key.replace("pilot:", ""));
    expect(declared).to.have.members(Object.keys(stackConfigKeys));
    const knownTo = (changes: Record<string, unknown>) =>
      /known here: (.*)\)/
        .exec(problemsOf({ "pilot:x": "x", ...changes }).find((one) => one.includes("unknown key")) ?? "")?.[1]
        ?.split(", ") ?? [];
    expect(declared).to.have.members([...new Set([...knownTo({}), ...knownTo({ "pilot:environment": "prod" })])]);
  });

  it("names every key one level down with a default, or Pulumi would ask every stack for it", () => {
    for (const [key, { description, default: value }] of Object.entries(
      load("Pulumi.yaml").config as Record<string, { description: string; default?: unknown }>,
    )) {
      expect(value, key).not.to.equal(undefined);
      const schema = z.toJSONSchema(stackConfigKeys[key.replace("pilot:", "") as keyof typeof stackConfigKeys], {
        io: "input",
      }) as { properties?: object; oneOf?: { properties?: object }[]; anyOf?: { properties?: object }[] };
      const below = [schema, ...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].flatMap(({ properties = {} }) =>
        Object.keys(properties),
      );
      for (const name of below) expect(description, key).to.match(new RegExp(`\\b${name}\\b`));
    }
  });

  it('uses defaults that mean "not given"', () => {
    const defaults = Object.entries(load("Pulumi.yaml").config as Record<string, { default?: unknown }>).map(
      ([key, { default: value }]) => [key, typeof value === "string" ? value : JSON.stringify(value)],
    );
    const withDefaults = readStackConfig(
      { ...(Object.fromEntries(defaults) as Record<string, string>), ...texts },
      "pilot",
    );
    expect(withDefaults).to.deep.equal(readStackConfig(texts, "pilot"));
  });

  for (const file of ["Pulumi.sbx.yaml", "Pulumi.prod.yaml", "Pulumi.prod-clusters.yaml"]) {
    it(`has an example that the program accepts: ${file}`, () => {
      const values = Object.entries(load(file).config).map(
        ([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)] as const,
      );
      expect(readStackConfig(Object.fromEntries(values), "pilot").problems).to.deep.equal([]);
    });
  }

  it("includes a highly available production that retains data, with protected clusters apart", () => {
    const values = (file: string) =>
      Object.fromEntries(
        Object.entries(load(file).config).map(([key, value]) => [
          key,
          typeof value === "string" ? value : JSON.stringify(value),
        ]),
      );
    const { config } = readStackConfig(values("Pulumi.prod.yaml"), "pilot");
    expect(config).to.deep.include({ sandbox: false });
    expect(config)
      .to.nested.include({
        "network.nat": "per-zone",
        "stateStore.onDestroy": "retain",
        "stateStore.encryption.type": "kms",
      })
      .and.to.have.nested.property("network.zones")
      .with.length(3);
    const clusters = readStackConfig(values("Pulumi.prod-clusters.yaml"), "pilot").config;
    expect(clusters).to.deep.include({ environment: "prod", sandbox: false });
    const files = readClusterFiles({
      folder: fileURLToPath(new URL("../../../clusters/prod-clusters", import.meta.url)),
      label: "clusters/prod-clusters",
      defaults: clusters?.clusterDefaults ?? {},
      overrides: {},
      zoneName: "prod.pilot.internal",
      zones: ["ap-southeast-2a", "ap-southeast-2b", "ap-southeast-2c"],
      secrets: [],
    });
    expect(files.problems).to.deep.equal([]);
    expect(files.requests.map(({ name }) => name)).to.deep.equal(["p1"]);
  });
});
