import { appendFile } from "node:fs/promises";

/** Sets outputs of a workflow step, for later steps and jobs. Outside of a workflow it does nothing. */
export async function setStepOutputs(
  values: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const file = env["GITHUB_OUTPUT"];
  if (!file) return;
  const lines = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  const bad = lines.filter((line) => /[\r\n]/.test(line));
  if (bad.length > 0) throw new Error(`a step output takes one line: ${bad.join(", ")}`);
  await appendFile(file, lines.map((line) => `${line}\n`).join(""));
}
