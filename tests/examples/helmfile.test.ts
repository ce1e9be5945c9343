import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { schemaRows } from "../../components/config/schema-rows.ts";
import yaml from "js-yaml";
import { z } from "zod";
import { identityKeys } from "../../components/cluster/request/identity.ts";
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

  it("have a role for each service account that calls AWS, by the cluster file in the README", () => {
    const text = (file: string): string => readFileSync(join(folder, file), "utf8");
    const [, example = ""] = /```yaml\n([\s\S]*?)```/.exec(text("README.md")) ?? [];
    const { serviceAccounts = [] } = z.strictObject(identityKeys).parse(yaml.load(example) ?? {});
    const releases = [...text("helmfile.yaml.gotmpl").matchAll(/namespace: (\S+)\n[^]*?- (values\/\S+)/g)];
    expect(releases.length).to.be.above(0);
    for (const [, namespace = "", values = ""] of releases) {
      const [, account] = /^serviceAccount:\n {2}name: (\S+)$/m.exec(text(values)) ?? [];
      expect(serviceAccounts.map((one) => `${one.namespace}/${one.name}`)).to.include(`${namespace}/${account ?? ""}`);
    }
  });
});
