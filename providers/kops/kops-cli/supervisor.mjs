// Runs one command, and ends it when the provider dies.
//
//   node supervisor.mjs COMMAND [ARG...]
//
// The provider holds the other end of standard input. However it dies, even by kill -9, that end closes: the command
// and everything it started then get SIGTERM and, 3 seconds later, SIGKILL. So no kops outlives the run that started
// it, and two never roll one cluster. A provider can also hang: stopped, swapped out, its machine asleep. So it writes
// to the pipe how many milliseconds the cluster's lock still holds, again at each renewal. When they are over the
// command ends too, because another run may soon take the lock. If this process is killed, the provider ends its group;
// if both are killed, the next run on this machine does (orphans.ts). It is plain JavaScript without imports of its
// own, so that it starts in a few milliseconds.
//
// It starts as the leader of a process group, which the command stays in.
import { spawn } from "node:child_process";

const grace = 3000;
const [command, ...args] = process.argv.slice(2);
// Fails if this process is no leader: then it could not end the command with its children.
const signalGroup = (signal) => process.kill(-process.pid, signal);
signalGroup(0);

let stopping = false;
function stop() {
  if (stopping) return;
  stopping = true;
  // This process gets the signal too, and handles it.
  signalGroup("SIGTERM");
  setTimeout(() => signalGroup("SIGKILL"), grace).unref();
}

let over;
function holdOnFor(text) {
  clearTimeout(over);
  over = setTimeout(stop, Number(text.trimEnd().split("\n").at(-1)));
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);

const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"] });
process.stdin.setEncoding("utf8").on("data", holdOnFor).on("end", stop).on("close", stop).on("error", stop);

child.on("error", (error) => {
  process.stderr.write(`${command} could not be started: ${error.message}\n`);
  process.exit(127);
});
child.on("exit", (code, signal) => {
  // Ends what the command left in its group: here if the provider may be gone, else the provider does it.
  if (stopping) signalGroup("SIGKILL");
  process.exit(signal ? 137 : (code ?? 1));
});
