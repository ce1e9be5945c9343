/** Previews a stack and keeps what was found in a file. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { project, readOptions, required, runCommand, stackNamed } from "./command.ts";
import { previewStack } from "../../pull-requests/preview/pulumi.ts";
import { isCluster } from "../../pull-requests/preview/steps.ts";

const usage = "npm run pr:preview -- --stack STACK --out FILE [--commit COMMIT]";

await runCommand(async (argv) => {
  const { options } = readOptions(argv, ["stack", "out", "commit"], usage);
  const out = required(options.out, "out", usage);
  const preview = await previewStack({ folder: project, stack: stackNamed(options.stack, usage) }, options.commit);
  await mkdir(dirname(out), { recursive: true });
  await writeFile(out, `${JSON.stringify(preview, null, 2)}\n`);
  if (preview.status === "failed") {
    console.error(`The preview of ${preview.stack} failed; what it said is in ${out}`);
    return 1;
  }
  const rolls = preview.clusters.flatMap((plan) => plan.rolls).length;
  console.log(
    `${preview.stack}: ${preview.resources.filter((one) => !isCluster(one)).length} resources and ` +
      `${preview.clusters.length} clusters change, ${rolls} groups roll: ${out}`,
  );
  return 0;
});
