// Replaces `aws ssm start-session`, whose child, the session-manager-plugin, does the forwarding.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { note } from "./forwarder.mjs";

const args = process.argv.slice(2);
const option = (name) => args[args.indexOf(name) + 1];
if (
  args.slice(0, 2).join(" ") !== "ssm start-session" ||
  option("--document-name") !== "AWS-StartPortForwardingSessionToRemoteHost"
) {
  console.error(`aws: this one only forwards: ${args.join(" ")}`);
  process.exit(252);
}
const {
  host: [host],
  portNumber: [port],
  localPortNumber: [localPort],
} = JSON.parse(option("--parameters"));
note("ssm", process.pid, host, port, option("--target"), process.env.AWS_REGION);
console.log("\nStarting session with SessionId: local-0123");
const plugin = fileURLToPath(new URL("forwarder.mjs", import.meta.url));
// Without this, the child would record itself as well.
spawn(process.execPath, [plugin, localPort, host, port], {
  env: { ...process.env, PILOT_TEST_TUNNELS: "" },
  stdio: "inherit",
}).on("exit", (code) => {
  process.exit(code ?? 1);
});
