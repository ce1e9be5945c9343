/** The part of `npm run lint` that looks at the workflows of GitHub. */
import { complaints, workflowFiles } from "./workflow-files.ts";

const found = (await Promise.all([...workflowFiles()].map(([path, text]) => complaints(path, text)))).flat();
for (const line of found) console.error(line);
process.exitCode = found.length === 0 ? 0 : 1;
