import * as pulumi from "@pulumi/pulumi";
import { ConfigError } from "../../providers/kops/model/errors.ts";
import { problemsError, type Problem } from "../config/problems.ts";
import { environmentOf } from "../reference/index.ts";
import * as aws from "../aws/services.mjs";
import { fullName } from "../cluster/request/names.ts";
import { createEnvironment, type EnvironmentOutputs } from "./Environment.ts";
import { leftBehind } from "./left-behind.ts";
import { readOwnState, type OwnState } from "./own-state.ts";
import { refuseProtectedRemovals } from "./protected.ts";
import { readEnvironment, type EnvironmentRequest } from "./read.ts";

/**
 * The SDK inspects an error that ends the program with colours, and node 20 and 22 then search its stack for frames in
 * node_modules by a loop that takes most of a minute on some of them. Frames of packages say nothing to a user anyway.
 */
function withoutPackageFrames(error: Error): Error {
  error.stack = (error.stack ?? "")
    .split("\n")
    .filter((line) => !line.includes("/node_modules/"))
    .join("\n");
  return error;
}

/** Whether the stack file has a key encrypted. The SDK exports this, but leaves it out of its declarations. */
const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean };

/**
 * Waits until everything that was registered is done with, the registrations this leads to included. The SDK leaves it
 * out of its declarations.
 */
const { waitForRPCs } = pulumi.runtime as unknown as { waitForRPCs: () => Promise<void> };

/**
 * Names what this stack began and does not ask for any more. Not while a file cannot be used: nobody can tell which
 * cluster it asks for.
 */
async function nameLeftBehind(
  { config, environment, clusters, refused }: EnvironmentRequest,
  { stateStore: { stateStore } }: EnvironmentOutputs,
  had: OwnState,
  owner: string,
): Promise<void> {
  if (refused.length > 0) return;
  const { openStore } = await import("../../providers/kops/store/object-store.ts");
  const zoneName = environment?.dns.zoneName ?? (config.environment === undefined ? config.dns.name : "");
  const { profile } = aws.config;
  const lines = await leftBehind(
    openStore(stateStore, { region: config.region, ...(profile !== undefined && { profile }) }),
    {
      owner,
      asked: clusters.map((request) =>
        "manifest" in request ? request.manifest.name : fullName(request.name, zoneName),
      ),
      inState: had.clusters.map(({ name }) => name),
    },
  );
  for (const line of lines) await pulumi.log.warn(line);
}

/**
 * The environment of the running stack. Errors in the input are shown without a stack trace.
 *
 * A cluster whose file cannot be used, or that is refused before anything of it was made, is left alone: the others go
 * on, and the program fails only when they are done. As it fails, the engine deletes nothing that the program did not
 * name, and keeps the stack's outputs as they were.
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
          `Left alone for what is wrong in ${sources.join(", ")}: what these files describe. Everything else goes ` +
            "on; what is wrong is said at the end.",
        );
    };
    refuse(request.refused);
    const had = await readOwnState({ organization, project, stack });
    // As the program fails for a file, the engine deletes nothing.
    if (!pulumi.runtime.isDryRun() && request.refused.length === 0)
      refuseProtectedRemovals(
        stack,
        had,
        request.clusters.map(({ name }) => name),
      );
    const { outputs, refused } = await createEnvironment({ ...request, had }, { refuse });
    await nameLeftBehind({ ...request, refused: unusable }, outputs, had, `${organization}/${project}/${stack}`);
    for (const text of refused) await pulumi.log.error(text);
    if (unusable.length === 0 && refused.length === 0) return outputs;
    await waitForRPCs();
    if (unusable.length > 0)
      throw problemsError(
        `Cluster files of the stack ${stack} cannot be used`,
        unusable,
        "the clusters of these files were left as they are",
      );
    throw new ConfigError({
      what:
        `${refused.length} of the clusters of the stack ${stack} ${refused.length === 1 ? "is" : "are"} refused, ` +
        "as said above",
      why: "nothing of them was made or changed; everything else went on",
      next: "correct their files, or let a refusal through as it says, and run the same command again",
    });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw withoutPackageFrames(error.name === "ConfigError" ? new pulumi.RunError(error.message) : error);
  }
}
