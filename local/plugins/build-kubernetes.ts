/** Builds the kubernetes plugin: run by its launcher in the local cloud, and by `npm start` beside other work. */
import { layoutOf } from "../base/layout.ts";
import { Problem } from "../base/problem.ts";
import { toolContext } from "../tools/context.ts";
import { ensureKubernetesPlugin } from "../tools/kubernetes-plugin.ts";

const root = `${import.meta.dirname}/../..`;

try {
  await ensureKubernetesPlugin(
    toolContext(layoutOf(root), (line) => {
      console.error(line);
    }),
  );
} catch (error) {
  console.error(error instanceof Problem ? error.message : error);
  process.exitCode = 1;
}
