import * as pulumi from "@pulumi/pulumi";
import { problemsError, type Problem } from "../config-problems.ts";
import { environmentOf } from "../reference/index.ts";
import { createEnvironment, type EnvironmentOutputs } from "./Environment.ts";
import { readEnvironment } from "./read.ts";

/**
 * The SDK inspects an error that ends the program with colours, and node 20 and 22 then search its stack for frames in
 * node_modules by a loop that takes most of a minute on some of them. Frames of packages say nothing to a user anyway.
 */
function withoutPackageFrames(error: Error): Error {
  error.stack = (error.stack ?? "").split("\n").filter((line) => !line.includes("/node_modules/")).join("\n");
  return error;
}

/** Whether the stack file has a key encrypted. The SDK exports this, but leaves it out of its declarations. */
const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean };

/** Waits until everything that was registered is done with, the registrations this leads to included. The SDK leaves it out of its declarations. */
const { waitForRPCs } = pulumi.runtime as unknown as { waitForRPCs: () => Promise<void> };

/**
 * The environment of the running stack. Errors in the input are shown without a stack trace.
 *
 * A cluster whose file cannot be used is left alone: the others go on, and the program fails only when they are done. As it
 * fails, the engine deletes nothing that the program did not name, and keeps the stack's outputs as they were.
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
    const refused: Problem[] = [];
    const refuse = (problems: readonly Problem[]): void => {
      refused.push(...problems);
      const sources = [...new Set(problems.map(({ source }) => source))];
      if (sources.length > 0) void pulumi.log.warn(`Left alone for what is wrong in ${sources.join(", ")}: what these files describe. Everything else goes on; what is wrong is said at the end.`);
    };
    refuse(request.refused);
    const outputs = await createEnvironment(request, { refuse });
    if (refused.length === 0) return outputs;
    await waitForRPCs();
    throw problemsError(`Cluster files of the stack ${stack} cannot be used`, refused);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw withoutPackageFrames(error.name === "ConfigError" ? new pulumi.RunError(error.message) : error);
  }
}
