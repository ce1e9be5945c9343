import yaml from "js-yaml";
import { z } from "zod";

const step = z.object({
  if: z.string().optional(),
  env: z.record(z.string(), z.unknown()).optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
});
const job = z.object({
  name: z.string().optional(),
  if: z.string().optional(),
  needs: z.union([z.string().transform((one) => [one]), z.array(z.string())]).default([]),
  strategy: z.unknown().optional(),
  permissions: z.record(z.string(), z.string()).optional(),
  "timeout-minutes": z.int().optional(),
  environment: z.string().optional(),
  concurrency: z.record(z.string(), z.unknown()).optional(),
  uses: z.string().optional(),
  steps: z.array(step).default([]),
});
const workflow = z.object({
  on: z.record(z.string(), z.unknown()),
  permissions: z.record(z.string(), z.string()).optional(),
  jobs: z.record(z.string(), job),
});
const action = z.object({ runs: z.object({ steps: z.array(step) }) });

/** The workflows and actions among these files, by path, with all their jobs and steps. */
export function parsedWorkflows(files: ReadonlyMap<string, string>) {
  const workflows = [...files]
    .filter(([path]) => path.startsWith(".github/workflows/"))
    .map(([path, text]) => ({ path, text, ...workflow.parse(yaml.load(text)) }));
  const jobs = workflows.flatMap(({ path, jobs: found }) =>
    Object.entries(found).map(([name, one]) => ({ where: `${path} ${name}`, path, ...one })),
  );
  const actions = [...files]
    .filter(([path]) => path.startsWith(".github/actions/"))
    .map(([path, text]) => ({ where: path, steps: action.parse(yaml.load(text)).runs.steps }));
  const steps = [...jobs, ...actions].flatMap(({ where, steps: found }) => found.map((one) => ({ where, ...one })));

  return { workflows, jobs, steps };
}
