import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { composeCluster, readClusterFiles } from "../../components/cluster/index.ts";
import type { Infrastructure } from "../e2e/bare/index.ts";
import { kopsVersion } from "./cycle.ts";
import { isSplit } from "./manifest.ts";
import type { Manifest } from "./manifest.ts";

/** A manifest as an environment with a private zone composes it from a cluster file. */
export async function composeByFile(
  text: string,
  infrastructure: Infrastructure,
  zone: { name: string; id: string },
): Promise<Manifest> {
  const folder = await mkdtemp(join(tmpdir(), "corpus-"));
  try {
    await writeFile(join(folder, "k1.yaml"), isSplit(text) ? "manifest: k1\n" : text);
    if (isSplit(text)) {
      await mkdir(join(folder, "k1"));
      for (const [index, one] of text.split("\n---\n").entries())
        await writeFile(join(folder, "k1", `${index}.yaml`), one);
    }
    const zones = infrastructure.zones.map((one) => one.zone);
    const {
      requests: [request],
      problems,
    } = readClusterFiles({
      folder,
      label: "corpus",
      defaults: { kopsVersion },
      overrides: {},
      zoneName: zone.name,
      zones,
      secrets: [],
    });
    if (!request)
      throw new Error(problems.map(({ line, path, message }) => `${line ?? ""} ${path} ${message}`).join("\n"));
    const { name, cluster, instanceGroups, sshPublicKeys, additionalObjects } = composeCluster(request, {
      network: infrastructure,
      dns: { topology: "Private", zoneName: zone.name, zoneId: zone.id },
      store: infrastructure,
    });
    return {
      name,
      cluster: { ...(cluster as Manifest["cluster"]), channel: "none" },
      instanceGroups: instanceGroups,
      ...(sshPublicKeys.length > 0 && { sshPublicKeys }),
      ...(additionalObjects && { additionalObjects }),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}
