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

export function attend(command, args, env) {
  // Install the handlers first: a signal may arrive between the child's start and its end.
  let child;
  const passOn = (signal) => () => child.kill(signal);
  const handlers = new Map([
    ["SIGTERM", passOn("SIGTERM")],
    ["SIGHUP", passOn("SIGHUP")],
    // Ctrl-C reaches the child through the terminal's process group. If it were passed on as well, it would arrive
    // twice, and Pulumi takes a second Ctrl-C as "stop at once".
    ["SIGINT", () => hasTerminal() || child.kill("SIGINT")],
  ]);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  child = spawn(command, args, { stdio: "inherit", env });
  return new Promise((resolve) => {
    child.on("error", (error) => {
      console.error(
        error.code === "ENOENT"
          ? `There is no command ${command}.`
          : `${command} could not be started: ${error.message}`,
      );
      resolve(127);
    });
    child.on("close", (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  }).finally(() => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  });
}

export async function become(command, args, env) {
  process.exit(await attend(command, args, env));
}
