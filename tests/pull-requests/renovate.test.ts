import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { execaSync } from "execa";
import yaml from "js-yaml";
import { z } from "zod";
import { kindOf } from "../../pull-requests/classify/paths.ts";

const root = join(import.meta.dirname, "..", "..");

const manager = z.object({
  managerFilePatterns: z.array(z.string().regex(/^\/.+\/$/)),
  matchStrings: z.array(z.string()),
  depNameTemplate: z.string(),
});
const { customManagers } = z
  .object({ customManagers: z.array(manager) })
  .parse(JSON.parse(readFileSync(join(root, "renovate.json"), "utf8")));

/** What Renovate finds in a file, and the file with a newer version. */
function found(path: string, text: string): { name: string; version: string; raised: string }[] {
  return customManagers
    .filter(({ managerFilePatterns }) => managerFilePatterns.some((one) => new RegExp(one.slice(1, -1)).test(path)))
    .flatMap(({ matchStrings, depNameTemplate: name }) =>
      matchStrings.flatMap((pattern) =>
        [...text.matchAll(new RegExp(pattern, "g"))].map(({ 0: whole, groups }) => {
          const version = groups?.["currentValue"] ?? "";
          return { name, version, raised: text.replace(whole, whole.replace(version, "1.99.9")) };
        }),
      ),
    );
}

describe("the versions that Renovate raises", () => {
  it("are those of kOps and Kubernetes in every cluster file, by a change that is data", () => {
    const files = execaSync("git", ["ls-files", "clusters"], { cwd: root }).stdout.split("\n");
    const clusters = files.filter((path) => kindOf(path).kind === "data");
    expect(clusters).to.include("clusters/sbx/k1.yaml");
    for (const path of clusters) {
      const text = readFileSync(join(root, path), "utf8");
      const before = z.looseObject({ kopsVersion: z.string(), kubernetesVersion: z.string() }).parse(yaml.load(text));
      const [kops, kubernetes, ...others] = found(path, text);
      expect(kops).to.include({ name: "kubernetes/kops", version: before.kopsVersion });
      expect(kubernetes).to.include({ name: "kubernetes/kubernetes", version: before.kubernetesVersion });
      expect(others).to.deep.equal([]);
      expect(yaml.load(kops?.raised ?? "")).to.deep.equal({ ...before, kopsVersion: "1.99.9" });
      expect(yaml.load(kubernetes?.raised ?? "")).to.deep.equal({ ...before, kubernetesVersion: "1.99.9" });
    }
  });

  const cases: [string, string, string[]][] = [
    ["Pulumi.prod.eu.yaml", "config:\n  pilot:clusterDefaults: { kopsVersion: '1.35.0' }\n", ["1.35.0"]],
    ["clusters/sbx/kops/k2.yml", 'spec:\n  kubernetesVersion: "v1.34.3" # note\n', ["1.34.3"]],
    ["clusters/sbx/k2.yaml", "kopsVersion: 1.36.0-beta.1\n", ["1.36.0-beta.1"]],
    ["clusters/sbx/k2.yaml", "kubernetesVersion: https://example.com/v1.34.3\n", []],
    ["docs/guide/clusters.md", "kopsVersion: 1.35.0\n", []],
    ["tests/recorded/k1.yaml", "kopsVersion: 1.35.0\n", []],
  ];
  for (const [path, text, versions] of cases) {
    it(`in ${path} with ${JSON.stringify(text)} are ${versions.join() || "none"}`, () => {
      expect(found(path, text).map(({ version }) => version)).to.deep.equal(versions);
    });
  }
});
