// Runs one command, and ends it when the provider dies or the lease of the cluster's lock is over.
//
//   node supervisor.mjs COMMAND [ARG...]
//
// The provider holds the other end of standard input. However it dies, even by kill -9, that end closes: the command
// and everything it started then get SIGTERM and, 3 seconds later, SIGKILL. So no kops outlives the run that started
// it, and two never roll one cluster. A provider can also hang: stopped, swapped out, its machine suspended. So at each
// renewal of the cluster's lock it writes a line to the pipe: a reading of the clocks, and for how long from then the
// lock still holds. This process compares all clocks each second, because timers stop during a suspend and a line may
// be read long after it was written. When the lease is over it kills the command at once: another run may have the
// lock. If this process is killed, the provider ends its group; if both are killed, the next run on this machine does
// (orphans.ts). It is plain JavaScript without packages, so that it starts in a few milliseconds.
//
// It starts as the leader of a process group, which the command stays in.
import { spawn } from "node:child_process";
import { longestBetween, readClocks } from "../runtime/clocks.mjs";

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

let lease;
let next;
function watchLease() {
  clearTimeout(next);
  const left = lease.lasts - longestBetween(lease.at, readClocks());
  if (left > 0) next = setTimeout(watchLease, Math.min(left, 1000));
  else {
    process.stderr.write("Error: the lease of the cluster's lock is over, so the command was ended\n");
    signalGroup("SIGKILL");
  }
}
let unread = "";
function hear(text) {
  const lines = (unread + text).split("\n");
  unread = lines.pop();
  if (lines.length === 0) return;
  lease = JSON.parse(lines.at(-1));
  watchLease();
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);

const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"] });
process.stdin.setEncoding("utf8").on("data", hear).on("end", stop).on("close", stop).on("error", stop);

child.on("error", (error) => {
  process.stderr.write(`${command} could not be started: ${error.message}\n`);
  process.exit(127);
});
child.on("exit", (code, signal) => {
  // Ends what the command left in its group: here if the provider may be gone, else the provider does it.
  if (stopping) signalGroup("SIGKILL");
  process.exit(signal ? 137 : (code ?? 1));
});
