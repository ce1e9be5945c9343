import { appendFile } from "node:fs/promises";

/** Sets outputs of a workflow step, for later steps and jobs. Outside of a workflow it does nothing. */
export async function setStepOutputs(
  values: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const file = env["GITHUB_OUTPUT"];
  if (!file) return;
  const bad = Object.entries(values).filter(([name, value]) => /[\r\n=]/.test(name) || /[\r\n]/.test(value));
  if (bad.length > 0) throw new Error(`a step output takes one line: ${bad.map(([name]) => name).join(", ")}`);
  await appendFile(
    file,
    Object.entries(values)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(""),
  );
}
