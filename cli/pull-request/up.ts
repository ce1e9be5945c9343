/** `pulumi up`, held to a preview that was reviewed. */
import { project, readOptions, required, runCommand, stackNamed } from "./command.ts";
import { bringUp } from "../../pull-requests/apply/up.ts";
import { readPreview } from "../../pull-requests/preview/pulumi.ts";

const usage = "npm run pr:up -- --stack STACK --plan FILE";

await runCommand(async (argv) => {
  const { options } = readOptions(argv, ["stack", "plan"], usage);
  const stack = stackNamed(options.stack, usage);
  return await bringUp({ folder: project, stack }, await readPreview(required(options.plan, "plan", usage)));
});
