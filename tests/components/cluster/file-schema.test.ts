import { readFileSync } from "node:fs";
import { expect } from "chai";
import { clusterFileSchema, clusterFileSchemaText } from "../../../components/cluster/file-schema.ts";

interface Schema {
  description?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: unknown;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  then?: { required: string[]; propertyNames: { enum: string[] } };
  else?: { required: string[] };
}

function* keysOf(schema: Schema, path: string): Generator<[string, Schema]> {
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    yield [`${path}${key}`, property];
    yield* keysOf(property, `${path}${key}.`);
  }
  const entry = schema.additionalProperties;
  if (typeof entry === "object" && entry !== null) yield* keysOf(entry, `${path}*.`);
  if (schema.items) yield* keysOf(schema.items, `${path}[].`);
  for (const form of schema.anyOf ?? []) yield* keysOf(form, path);
}

describe("clusters/cluster.schema.json", () => {
  it("is up to date (update it with npm run schema)", () => {
    const file = new URL("../../../clusters/cluster.schema.json", import.meta.url);
    expect(readFileSync(file, "utf8")).to.equal(clusterFileSchemaText());
  });

  it("describes every key", () => {
    const keys = [...keysOf(clusterFileSchema(), "")];
    expect(keys.length).to.be.above(30);
    expect(keys.filter(([, { description }]) => description === undefined).map(([key]) => key)).to.deep.equal([]);
  });

  it("requires only what has no default", () => {
    expect((clusterFileSchema() as Schema).else?.required).to.have.members([
      "name",
      "kopsVersion",
      "kubernetesVersion",
      "apiAccess",
      "nodeGroups",
    ]);
  });

  it("allows a manifest instead of the cluster's description, but not instead of how to operate it", () => {
    const { then, properties } = clusterFileSchema() as Schema;
    expect(then?.required).to.deep.equal(["manifest", "kopsVersion"]);
    expect(then?.propertyNames.enum)
      .to.include.members(["secrets", "rollingUpdate", "deletionProtection", "adopt", "kops"])
      .and.not.to.include.members(["nodeGroups"]);
    expect(Object.keys(properties ?? {})).to.include.members([...(then?.propertyNames.enum ?? []), "nodeGroups"]);
  });
});
