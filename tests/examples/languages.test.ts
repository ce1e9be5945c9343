import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { schemaRows } from "../../components/config/schema-rows.ts";
import { clusterReference } from "../../components/reference/index.ts";

const examples = join(import.meta.dirname, "..", "..", "examples");
const paths = schemaRows(clusterReference, "output").map(({ path }) => path);
const keys = new Set(paths.flatMap((path) => path.split(".")));
const read = ["endpoint", "kubeconfig", "zones", "version", "oidc", "issuer", "providerArn", "audience", "network"];

describe("the examples in other languages", () => {
  for (const [language, file, key] of [
    ["Python", "python/__main__.py", /(?:\["|\.get\(")(\w+)"/g],
    ["Go", "go/main.go", /`json:"(\w+)"`/g],
  ] as const) {
    it(`read only outputs that a cluster has, in ${language}`, () => {
      const found = [...readFileSync(join(examples, file), "utf8").matchAll(key)].map(([, name = ""]) => name);
      expect(found).to.include.members(read);
      expect(found.filter((name) => !keys.has(name))).to.deep.equal([]);
    });
  }
});
