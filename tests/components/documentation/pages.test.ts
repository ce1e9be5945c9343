import { readFileSync } from "node:fs";
import { expect } from "chai";
import { z } from "zod";
import { pages } from "../../../components/documentation/pages.ts";
import { schemaRows } from "../../../components/config/schema-rows.ts";
import { clusterRequest } from "../../../components/cluster/request/request.ts";
import { stackConfigKeys } from "../../../components/environment/config.ts";
import { clusterReference, environmentReference } from "../../../components/reference/index.ts";

describe("pages generated from definitions", () => {
  for (const [path, text] of Object.entries(pages())) {
    it(`${path} is up to date (update it with npm run docs:reference)`, () => {
      expect(readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8")).to.equal(text);
    });
  }

  const documented: [string, z.ZodType, "input" | "output"][] = [
    ["stack config", z.object(stackConfigKeys), "input"],
    ["cluster files", clusterRequest, "input"],
    ["outputs of a cluster", clusterReference, "output"],
    ["output environment", environmentReference, "output"],
  ];
  for (const [what, schema, io] of documented) {
    it(`describe every key of ${what}`, () => {
      const rows = schemaRows(schema, io);
      expect(rows.length).to.be.above(10);
      expect(rows.filter(({ description }) => description === "").map((row) => row.path)).to.deep.equal([]);
    });
  }

  it("show a schema's formats, items, free names and required keys", () => {
    const schema = z.object({
      kind: z.enum(["a", "b"]).default("a").describe("Kind."),
      groups: z.record(z.string(), z.object({ size: z.int().describe("Size.") })).describe("Groups."),
      list: z
        .array(z.object({ key: z.string().describe("Key.") }))
        .optional()
        .describe("List."),
      form: z.union([z.literal("none"), z.object({ deep: z.boolean().describe("Deep.") })]).describe("Form."),
    });
    expect(schemaRows(schema, "input")).to.deep.equal([
      { path: "kind", type: "a, b", required: false, description: "Kind. Default: a." },
      { path: "groups", type: "mapping", required: true, description: "Groups." },
      { path: "groups.<name>.size", type: "whole number", required: true, description: "Size." },
      { path: "list", type: "list of mapping", required: false, description: "List." },
      { path: "list[].key", type: "text", required: true, description: "Key." },
      { path: "form", type: "none or mapping", required: true, description: "Form." },
      { path: "form.deep", type: "boolean", required: true, description: "Deep." },
    ]);
  });
});
