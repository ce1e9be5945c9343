/** Finds the preview that was reviewed before a commit was merged. */
import { commitNamed, handOver, readOptions, runCommand, stackNamed } from "./command.ts";
import { gitHubHere } from "../../pull-requests/github.ts";
import { findReviewed } from "../../pull-requests/apply/reviewed.ts";

const usage = "npm run pr:reviewed -- --stack STACK --commit COMMIT";

await runCommand(async (argv) => {
  const { options } = readOptions(argv, ["stack", "commit"], usage);
  const stack = stackNamed(options.stack, usage);
  const found = await findReviewed(gitHubHere(), stack, commitNamed(options.commit, "commit", usage));
  await handOver(found ? { artifact: found.artifact, run: String(found.run) } : { artifact: "", run: "" });
  console.log(
    found
      ? `Reviewed: ${found.artifact}, of run ${found.run}, pull request ${found.pull}`
      : `No preview of ${stack} was reviewed for this commit: one is made now, and waits for an approval.`,
  );
  return 0;
});
