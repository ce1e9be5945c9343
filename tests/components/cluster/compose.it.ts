import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { execa } from "execa";
import yaml from "js-yaml";
import { localEnvironment } from "../../../local/environment.ts";
import { layoutOf } from "../../../local/layout.ts";
import { ensureTools } from "../../../local/tools/index.ts";
import { startAws, type Aws } from "../../local/aws/server.ts";
import { goldenCases, goldenFile } from "./golden-cases.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const kopsVersion = "1.35.0";

interface Manifest {
  kind: string;
  metadata: { name: string };
  spec: Record<string, unknown>;
}

const manifestsOf = (text: string): Manifest[] =>
  (yaml.loadAll(text) as Manifest[]).map(({ kind, metadata, spec }) => ({ kind, metadata: { name: metadata.name }, spec }));

/** v1alpha2 keeps the old word for the role; kOps reads both. */
const asKopsWrites = ({ spec, ...rest }: Manifest): Manifest => ({ ...rest, spec: spec["role"] === "ControlPlane" ? { ...spec, role: "Master" } : spec });

describe("composed manifests, handed to kOps", function () {
  this.timeout(120_000);
  let aws: Aws;
  let dir: string;
  let run: (...args: string[]) => Promise<string>;

  before(async function () {
    this.timeout(15 * 60_000);
    const tools = await ensureTools(layoutOf(root), { kopsVersions: [kopsVersion] });
    const kops = tools.kops[kopsVersion];
    if (kops === undefined) throw new Error(`no kops ${kopsVersion}`);
    dir = await mkdtemp(join(tmpdir(), "pilot-golden-"));
    aws = await startAws();
    const layout = layoutOf(root, { PILOT_LOCAL_DIR: dir });
    await mkdir(layout.home, { recursive: true });
    const env = localEnvironment(layout, { endpoint: aws.endpoint, clusters: [] });
    run = async (...args) => (await execa(kops, args, { env, extendEnv: false, timeout: 60_000 })).stdout;
  });
  after(async () => {
    await aws.stop();
    await rm(dir, { recursive: true, force: true });
  });

  for (const [name, golden] of Object.entries(goldenCases)) {
    it(`${name}: every field is known to it, and it adds and changes none`, async () => {
      const store = `file://${join(dir, name)}`;
      await mkdir(join(dir, name));
      const file = fileURLToPath(goldenFile(name));
      await run("create", "-f", file, "--state", store);
      const cluster = `${(golden.value as { name: string }).name}${name === "every-key" ? "" : ".sbx.pilot.internal"}`;
      const written = manifestsOf(await run("get", "all", cluster, "-o", "yaml", "--state", store));
      const composed = manifestsOf(await readFile(file, "utf8"));
      expect(written).to.have.deep.members(composed.map(asKopsWrites));
    });
  }
});
