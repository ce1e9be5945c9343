/** Lays the cluster files and stack config of a pull request over the program of the base branch. */
import { fetchHead } from "../../pull-requests/classify/git.ts";
import { classifyPull, takeData } from "../../pull-requests/classify/pull.ts";
import { commitNamed, project, pullNamed, readOptions, required, runCommand } from "./command.ts";

const usage = "npm run pr:take -- --base REF --pull NUMBER --head COMMIT";

await runCommand(async (argv) => {
  const { options } = readOptions(argv, ["base", "pull", "head"], usage);
  const head = commitNamed(options.head, "head", usage);
  await fetchHead(project, pullNamed(options.pull, usage), head);
  // Whether it is a fork was decided before: this only keeps code and what looks like data from being taken.
  const paths = await takeData(
    project,
    await classifyPull({ folder: project, base: required(options.base, "base", usage), head, fork: false }),
  );
  console.log(
    paths.length === 0
      ? "Nothing is taken: no cluster file and no stack config differs."
      : `Taken from the pull request:\n${paths.map((path) => `  ${path}`).join("\n")}`,
  );
  return 0;
});
