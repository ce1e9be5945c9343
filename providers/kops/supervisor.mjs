// Runs one command and takes it along when the provider dies.
//
//   node supervisor.mjs COMMAND [ARG...]
//
// The provider holds the other end of standard input. However it dies, also by kill -9, that end closes, and then the
// command and everything it started get SIGTERM and, a moment later, SIGKILL. So no kops outlives the run that started
// it, and two never roll one cluster. A provider may also be there and not live: stopped, swapped out, its machine asleep.
// So the provider writes on that pipe for how many milliseconds the cluster's lock still holds, again at each renewal.
// When they are over the command ends as well, for others may soon take the lock. Plain JavaScript without imports of its own: it starts in a few milliseconds.
import { spawn } from "node:child_process";

const grace = 3000;
const [command, ...args] = process.argv.slice(2);
// A process group of its own, so that children of the command can be signalled too.
const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"], detached: true });

let stopping = false;
function signalGroup(signal) {
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}
function stop() {
  if (stopping || child.pid === undefined) return;
  stopping = true;
  signalGroup("SIGTERM");
  setTimeout(() => signalGroup("SIGKILL"), grace).unref();
}

let over;
function holdOnFor(text) {
  clearTimeout(over);
  over = setTimeout(stop, Number(text.trimEnd().split("\n").at(-1)));
}
process.stdin.setEncoding("utf8").on("data", holdOnFor).on("end", stop).on("close", stop).on("error", stop);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);

child.on("error", (error) => {
  process.stderr.write(`${command} could not be started: ${error.message}\n`);
  process.exit(127);
});
child.on("exit", (code, signal) => {
  // What the command left in its group goes with it.
  signalGroup("SIGKILL");
  process.exit(signal ? 137 : (code ?? 1));
});
