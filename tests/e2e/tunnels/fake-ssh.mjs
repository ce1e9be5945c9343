// Replaces `ssh` where there is no sshd: takes `ssh [options] -L ADDRESS:PORT:HOST:PORT DESTINATION` like OpenSSH, and
// forwards. The destination `closed` refuses every login.
import { forward, note } from "./forwarder.mjs";

const args = process.argv.slice(2);
const via = args.at(-1);
const options = args.flatMap((arg, index) => (arg === "-o" ? [args[index + 1]] : []));
const [, localPort, host, port] = /^127\.0\.0\.1:(\d+):(.+):(\d+)$/.exec(args[args.indexOf("-L") + 1]) ?? [];
if (!options.includes("BatchMode=yes") || !options.includes("ExitOnForwardFailure=yes") || port === undefined) {
  console.error(`ssh: would wait for a person, or does not forward: ${args.join(" ")}`);
  process.exit(255);
}
if (via === "closed") {
  console.error("ubuntu@closed: Permission denied (publickey).");
  process.exit(255);
}
note("bastion", process.pid, host, port, via);
forward(Number(localPort), host, Number(port));
