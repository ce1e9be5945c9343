/** Which stacks a pull request, or a push, touches, and how they may be previewed. */
import { writeFile } from "node:fs/promises";
import { fetchHead } from "../../pull-requests/classify/git.ts";
import { classifyPull } from "../../pull-requests/classify/pull.ts";
import { commitNamed, handOver, project, pullNamed, readOptions, required, runCommand } from "./command.ts";

const usage =
  "npm run pr:stacks -- --base REF [--head COMMIT] [--pull NUMBER] [--repository OWNER/NAME] [--only STACK,STACK] " +
  "[--out FILE]";

await runCommand(async (argv) => {
  const { options } = readOptions(argv, ["base", "head", "pull", "repository", "only", "out"], usage);
  const base = required(options.base, "base", usage);
  const head = options.head ?? "HEAD";
  if (options.pull !== undefined)
    await fetchHead(project, pullNamed(options.pull, usage), commitNamed(options.head, "head", usage));
  // The repository of a fork may be gone: then its name is empty.
  const fork =
    options.repository !== undefined &&
    options.repository.toLowerCase() !== (process.env["GITHUB_REPOSITORY"] ?? "").toLowerCase();
  const { classification: all } = await classifyPull({ folder: project, base, head, fork });
  const only = options.only?.split(",").filter(Boolean);
  const verdict = { ...all, stacks: all.stacks.filter((stack) => only?.includes(stack) ?? true) };
  const text = JSON.stringify(verdict, null, 2);
  if (options.out !== undefined) await writeFile(options.out, `${text}\n`);
  await handOver({ stacks: JSON.stringify(verdict.stacks), credentials: verdict.credentials });
  console.log(text);
  return 0;
});
