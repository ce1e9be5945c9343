// Plain JavaScript without dependencies: the first command in a fresh clone needs it before anything is installed.
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { constants } from "node:os";

function hasTerminal() {
  try {
    closeSync(openSync("/dev/tty", "r"));
    return true;
  } catch {
    return false;
  }
}

export function become(command, args, env) {
  const child = spawn(command, args, { stdio: "inherit", env });
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  // Ctrl-C reaches the child through the terminal's process group. Passed on as well it would arrive twice, and Pulumi
  // takes a second one as "at once, whatever is left behind".
  process.on("SIGINT", () => {
    if (!hasTerminal()) child.kill("SIGINT");
  });
  child.on("error", (error) => {
    console.error(error.code === "ENOENT" ? `There is no command ${command}.` : `${command} could not be started: ${error.message}`);
    process.exit(127);
  });
  child.on("close", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}
