import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { schemaRows } from "../../components/config/schema-rows.ts";
import { clusterReference } from "../../components/reference/index.ts";

const folder = join(import.meta.dirname, "..", "..", "examples", "helmfile");
const templates = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".gotmpl"));

describe("the templates of the Helmfile example", () => {
  const paths = new Set(schemaRows(clusterReference, "output").map(({ path }) => path));
  for (const file of templates) {
    it(`read only values that a cluster's outputs have: ${file}`, () => {
      const text = readFileSync(join(folder, file), "utf8");
      const read = [...text.matchAll(/\$cluster\.([\w.]+)/g)].map(([, path = ""]) => path);
      expect(read.length).to.be.above(0);
      expect(read.filter((path) => !paths.has(path))).to.deep.equal([]);
      const others = [...text.matchAll(/\.Values\.([\w.]+)/g)].map(([, path = ""]) => path);
      expect(others.filter((path) => !["clusters", "dns.zoneName"].includes(path))).to.deep.equal([]);
    });
  }
});
