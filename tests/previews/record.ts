/**
 * Records the previews of eight typical changes on a local cloud, as `pilot pr preview` writes them. From them
 * `npm run previews` makes docs/reference/previews/.
 *
 *     node local/bootstrap.mjs exec tests/previews/record.ts
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { zonesOf } from "../e2e/network/index.ts";
import { makeWholeCheckout, smallCluster } from "../e2e/whole/index.ts";
import { previewDocument } from "../../pull-requests/preview/document.ts";
import { linesOn, step } from "../../providers/kops/runtime/long-work.ts";
import type { PreviewName } from "./previews.ts";
import { printedFile, recordedFile } from "./previews.ts";

const lines = linesOn(process.stdout);
const whole = await step(lines, "starting a local cloud", makeWholeCheckout);
const up = (): Promise<unknown> => step(lines, "pulumi up", () => whole.pulumi("up", "sbx"));

const network = (zones: string): Promise<void> =>
  whole.stack("sbx", {
    network: { zones: zonesOf(zones), nat: "single" },
    dns: { type: "private", name: "sbx.pilot.internal" },
    sandbox: true,
    stateStore: { onDestroy: "purge" },
  });

const nodes = (machineType: string, count: number, key = "machineType"): string =>
  `nodeGroups:\n  nodes: { ${key}: ${machineType}, count: ${count} }\n`;
const batch = "  batch: { machineType: m5.xlarge, count: 1 }\n";
const haCluster = (name: string, more: string): string =>
  smallCluster(name, more).replace("count: 1, machineType: t3.medium", "count: 3, machineType: t3.medium");
const k1 = (more: string): string => haCluster("k1", more);

const declare = async (files: Record<string, string>): Promise<void> => {
  for (const [name, text] of Object.entries(files)) await whole.write(`clusters/sbx/${name}.yaml`, text);
};

/** Records a preview. Digests of single properties are left out: no page shows them. */
async function record(name: PreviewName, fails = false): Promise<void> {
  const out = join(whole.folder, ".local", `${name}.json`);
  const words = ["node", "cli/pilot.mjs", "pr", "preview", "--stack", "sbx", "--out", out];
  await step(lines, `previewing ${name}`, () => (fails ? whole.localFails(...words) : whole.local(...words)));
  const found = previewDocument.parse(JSON.parse(await readFile(out, "utf8")));
  const kept = { ...found, resources: found.resources.map((one) => ({ ...one, digests: {} })) };
  const text = `${JSON.stringify(kept, null, 1)}\n`;
  if (/\/(tmp|root|home)\/|PRIVATE KEY|AKIA/.test(text)) throw new Error(`${name} names a path or a credential`);
  await mkdir(join(import.meta.dirname, "recorded"), { recursive: true });
  await writeFile(recordedFile(name), text);
}

try {
  await network("ab");
  await declare({ k2: smallCluster("k2", nodes("t3.large", 2)) });
  await up();
  await network("abc");
  await record("new-zone");
  // What cannot be planned yet is told in the terminal only.
  const { output } = await whole.pulumi("preview", "sbx");
  const printed = output.split("\n").filter((line) => /^ +\[k2\.sbx\] plan: /.test(line));
  await writeFile(printedFile("new-zone"), printed.map((line) => `${line.trim()}\n`).join(""));
  await up();

  await declare({ k1: k1(`${nodes("t3.large", 3)}${batch}`) });
  await record("new-cluster");
  const k3 = haCluster("k3", nodes("t3.large", 3)).replace("1.34.3", "1.33.7");
  await declare({ k3 });
  await up();

  await declare({ k1: k1(`${nodes("t3.xlarge", 3)}${batch}`) });
  await record("machine-type");
  await up();

  const now = `${nodes("t3.xlarge", 3)}${batch}`;
  await declare({ k3: k3.replace("1.33.7", "1.34.3") });
  await record("minor-upgrade");
  await declare({ k1: k1(nodes("t3.xlarge", 3)), k3 });
  await record("removed-group");
  await declare({ k1: k1(`${now}networking: calico\n`) });
  await record("refused-change", true);
  await declare({ k1: k1(nodes("t3.xlarge", 3, "machineTyp")), k2: smallCluster("k2", nodes("t3.xlarge", 2)) });
  await record("failed-preview", true);
  const wanted = nodes("m5.xlarge", 2);
  await declare({
    k1: k1(`${nodes("m5.xlarge", 3)}${batch}`),
    ...Object.fromEntries(["k2", "k4", "k5"].map((name) => [name, smallCluster(name, wanted)])),
  });
  await record("many-clusters");
} finally {
  await whole.remove();
}
