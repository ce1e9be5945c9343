/** The runtime options of Pulumi.yaml for the nodejs host, with the official host's defaults. */
export interface RuntimeOptions {
  /** Whether the SDK loads ts-node before the program. */
  readonly typescript: boolean;
  /** Arguments for node itself. */
  readonly nodeArgs: readonly string[];
  readonly tsconfig?: string;
}

const known = new Set(["typescript", "nodeargs", "tsconfig", "packagemanager"]);

export function runtimeOptions(raw: Readonly<Record<string, unknown>>): RuntimeOptions {
  const problems = Object.keys(raw)
    .filter((key) => !known.has(key))
    .map((key) => `unknown option "${key}"`);
  const { typescript = true, nodeargs = "", tsconfig } = raw;
  if (typeof typescript !== "boolean") problems.push("typescript must be true or false");
  if (typeof nodeargs !== "string") problems.push("nodeargs must be one string");
  if (tsconfig !== undefined && typeof tsconfig !== "string") problems.push("tsconfig must be a path");
  if (problems.length > 0) throw new Error(`runtime.options in Pulumi.yaml: ${problems.join("; ")}`);
  return {
    typescript: typescript === true,
    nodeArgs: splitArguments(typeof nodeargs === "string" ? nodeargs : ""),
    ...(typeof tsconfig === "string" ? { tsconfig } : {}),
  };
}

/** Splits a line into arguments as a shell does, with quotes and backslashes. */
export function splitArguments(line: string): string[] {
  const found = line.matchAll(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/g);
  return [...found].map(([word]) =>
    word.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g, (_, double?: string, single?: string, escaped?: string) =>
      double === undefined ? (single ?? escaped ?? "") : double.replace(/\\(["\\$`])/g, "$1"),
    ),
  );
}
