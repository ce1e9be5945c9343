// Runs one command and takes it along when the provider dies.
//
//   node supervisor.mjs COMMAND [ARG...]
//
// The provider holds the other end of standard input. However it dies, also by kill -9, that end closes, and then the
// command and everything it started get SIGTERM and, a moment later, SIGKILL. So no kops outlives the run that started
// it, and two never roll one cluster. A provider may also be there and not live: stopped, swapped out, its machine
// asleep. So the provider writes on that pipe for how many milliseconds the cluster's lock still holds, again at each
// renewal. When they are over the command ends as well, for others may soon take the lock. When this process itself is
// killed, the provider ends its group; when both are, the next run on this machine does (orphans.ts). Plain JavaScript
// without imports of its own: it starts in a few milliseconds.
//
// It is started as the leader of a process group, which the command stays in.
import { spawn } from "node:child_process";

const grace = 3000;
const [command, ...args] = process.argv.slice(2);
// Fails when this is no leader: the command could then not be ended with its children.
const signalGroup = (signal) => process.kill(-process.pid, signal);
signalGroup(0);

let stopping = false;
function stop() {
  if (stopping) return;
  stopping = true;
  // To this process, too, which does not die of it: it handles the signal.
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
  // What the command left in its group goes with it: now, when nobody may be there to see to it, else by the provider.
  if (stopping) signalGroup("SIGKILL");
  process.exit(signal ? 137 : (code ?? 1));
});
