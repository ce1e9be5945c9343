import { join } from "node:path";
import type { ToolContext } from "./context.ts";
import { digestOfFolder } from "./digest.ts";
import { goBuild } from "./go.ts";
import { acquire } from "./recipe.ts";

const module = join(import.meta.dirname, "..", "control-plane");

// The version of k8s.io/kubernetes in its go.mod. Clients decide by it what the server can do; a plain build reports
// v0.0.0.
const reportedVersion = { gitVersion: "v1.34.3", gitMajor: "1", gitMinor: "34" };

/** The path of the control plane that is built from the current sources. */
export async function controlPlaneFile(context: ToolContext): Promise<string> {
  const digest = await digestOfFolder(
    module,
    (path) => /(\.go|^go\.(mod|sum))$/.test(path) && !path.endsWith("_test.go"),
  );
  return join(context.layout.cache, "control-plane", digest, "control-plane");
}

/** etcd and the Kubernetes control plane in one program of our own: it has no release to download. */
export async function ensureControlPlane(context: ToolContext): Promise<string> {
  return acquire(context, {
    name: "the Kubernetes control plane",
    file: await controlPlaneFile(context),
    build: (folder, detail) =>
      goBuild(
        context,
        {
          name: "the Kubernetes control plane",
          module,
          package: ".",
          output: join(folder, "control-plane"),
          variables: Object.fromEntries(
            Object.entries(reportedVersion).map(([name, value]) => [`k8s.io/component-base/version.${name}`, value]),
          ),
        },
        detail,
      ),
  });
}
