/** How many lines of kOps's output an error message repeats, from its end. */
const tailLines = 12;

/** Why a command failed: kOps's own errors, else the end of its output. */
export function errorIn({ stdout, stderr, exitCode }: { stdout: string; stderr: string; exitCode: number }): string {
  const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line.trim());
  const errors = lines.flatMap((line) => /^Error: (.*)/.exec(line)?.[1] ?? []);
  if (errors.length > 0) return errors.join("; ");
  return lines.slice(-tailLines).join("\n    ") || `it exited with ${exitCode} and said nothing`;
}

/** A line without the header that klog gives it, such as `I1121 10:00:00.000000 1234 instancegroups.go:431] `. */
export function withoutLogHeader(line: string): string {
  return line.replace(/^[IWEF]\d{4} \S+\s+\d+ \S+\] /, "");
}

/** The version that `kops version --short` prints, without its `v`. */
export function versionIn(stdout: string): string {
  return stdout.trim().replace(/^v/, "");
}
