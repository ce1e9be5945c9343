import * as pulumi from "@pulumi/pulumi";
import { ConfigError } from "../../providers/kops/model/errors.ts";
import { problemsError, type Problem } from "../config/problems.ts";
import { environmentOf } from "../reference/index.ts";
import { unregisteredCluster } from "../cluster/KubernetesCluster.ts";
import { fullName } from "../cluster/spec/names.ts";
import { createEnvironment, type EnvironmentOutputs } from "./Environment.ts";
import { leftBehind } from "./guards/left-behind.ts";
import { readOwnState, type OwnState } from "./guards/own-state.ts";
import { refuseProtectedRemovals } from "./guards/protected.ts";
import { readEnvironment, type EnvironmentRequest } from "./read.ts";

/**
 * The SDK prints an error that ends the program with colours. Node 22 then searches its stack for frames in
 * node_modules, which can take most of a minute. Frames of packages do not help users anyway.
 */
function withoutPackageFrames(error: Error): Error {
  error.stack = (error.stack ?? "")
    .split("\n")
    .filter((line) => !line.includes("/node_modules/"))
    .join("\n");
  return error;
}

/** Whether a key is encrypted in the stack file. The SDK exports this but does not declare it. */
const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean };

/** Waits for all registered resources, and for those that they register in turn. The SDK does not declare it. */
const { waitForRPCs } = pulumi.runtime as unknown as { waitForRPCs: () => Promise<void> };

/**
 * Warns about clusters that this stack began and no longer asks for; not while a file cannot be used, because nobody
 * can tell which cluster that file asks for.
 */
async function warnOfLeftBehind(
  { config, environment, clusters, refused }: EnvironmentRequest,
  { stateStore: { stateStore } }: EnvironmentOutputs,
  current: OwnState,
  owner: string,
): Promise<void> {
  if (refused.length > 0) return;
  const { openStore } = await import("../../providers/kops/store/object-store.ts");
  const zoneName = environment?.dns.zoneName ?? (config.environment === undefined ? config.dns.name : "");
  const lines = await leftBehind(openStore(stateStore, { region: config.region, ...config.aws.identity }), {
    owner,
    asked: clusters.map((request) =>
      "manifest" in request ? request.manifest.name : fullName(request.name, zoneName),
    ),
    inState: current.clusters.map(({ name }) => name),
  });
  for (const line of lines) await pulumi.log.warn(line);
}

/**
 * The environment of the running stack. Errors in the input are shown without a stack trace.
 *
 * The program skips a cluster whose file cannot be used or that is refused before anything of it was made. All others
 * go on, and the program fails at the end. Because it fails, the engine deletes nothing that the program did not name
 * and keeps the stack's outputs as they were.
 */
export async function buildEnvironment(root: string): Promise<EnvironmentOutputs> {
  const [organization, project, stack] = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()];
  try {
    const request = await readEnvironment({
      root,
      project,
      stack,
      texts: pulumi.runtime.allConfig(),
      isSecret: isConfigSecret,
      environmentOf: (reference) => environmentOf(reference, { organization, project }),
    });
    const unusable: Problem[] = [];
    const refuse = (problems: readonly Problem[]): void => {
      unusable.push(...problems);
      const sources = [...new Set(problems.map(({ source }) => source))];
      if (sources.length > 0)
        void pulumi.log.warn(
          `Skipping the clusters of ${sources.join(", ")}: these files cannot be used. Everything else goes on; the ` +
            "problems follow at the end.",
        );
    };
    for (const note of request.config.aws.notes) await pulumi.log.info(note);
    refuse(request.refused);
    const current = await readOwnState({ organization, project, stack });
    // If a file cannot be used the program fails, and the engine deletes nothing.
    if (!pulumi.runtime.isDryRun() && request.refused.length === 0)
      refuseProtectedRemovals(
        stack,
        current,
        request.clusters.map(({ name }) => name),
      );
    const { outputs, refused } = await createEnvironment({ ...request, current }, { refuse });
    await warnOfLeftBehind({ ...request, refused: unusable }, outputs, current, `${organization}/${project}/${stack}`);
    for (const { name, text } of refused) await pulumi.log.error(text, unregisteredCluster(name));
    if (unusable.length === 0 && refused.length === 0) return outputs;
    await waitForRPCs();
    if (unusable.length > 0)
      throw problemsError(
        `Cluster files of the stack ${stack} cannot be used`,
        unusable,
        "the clusters of these files were not changed",
      );
    throw new ConfigError({
      what:
        `${refused.length} ${refused.length === 1 ? "cluster" : "clusters"} of the stack ${stack} refused, see ` +
        "above",
      why: "nothing of them was made or changed; everything else went on",
      next: "correct their files, or allow a refused change as its message says, and run the same command again",
    });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw withoutPackageFrames(error.name === "ConfigError" ? new pulumi.RunError(error.message) : error);
  }
}
