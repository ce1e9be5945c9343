import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readClusterFiles, type ClusterFilesRequest } from "../../../components/cluster/index.ts";

export const good = `name: k1
kopsVersion: 1.35.0
kubernetesVersion: 1.34.3
apiAccess:
  - 10.20.0.0/16
nodeGroups:
  nodes:
    machineType: t3.large
    count: 3
`;

export const zones = ["ap-southeast-2a", "ap-southeast-2b", "ap-southeast-2c"];

export const edited = (from: string | RegExp, to: string) => good.replace(from, to);

/** A new folder for each test of a block, and what the program reads there. */
export function clusterFolder() {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "clusters-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const read = (files: Record<string, string>, more: Partial<ClusterFilesRequest> = {}) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return readClusterFiles({
      folder,
      label: "clusters/sbx",
      defaults: {},
      overrides: {},
      zoneName: "sbx.pilot.internal",
      zones,
      secrets: ["registry"],
      ...more,
    });
  };
  /** Problems as `line path message`. */
  const problemsOf = (text: string, more: Partial<ClusterFilesRequest> = {}) =>
    read({ "k1.yaml": text }, more).problems.map(({ source, line, path, message }) => {
      const where = source === "clusters/sbx/k1.yaml" ? String(line ?? "-") : source;
      return `${where} ${path} ${message}`;
    });
  return { read, problemsOf, pathOf: (name: string) => join(folder, name) };
}
