// The simplest tunnel: listens on a port of 127.0.0.1 and forwards to an address.
//
//   node forwarder.mjs LOCALPORT HOST PORT
//
// PILOT_TEST_API: a file with the API addresses of the local cloud, whose load balancer names do not resolve; the first
// address is then used in place of HOST. PILOT_TEST_TUNNELS: a file that gets a line for each start.
import { appendFileSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";

/** The address to connect to. */
export function addressOf(host, port) {
  const file = process.env.PILOT_TEST_API;
  if (!file) return { host, port };
  const [first] = Object.values(JSON.parse(readFileSync(file, "utf8")).clusters);
  const { hostname, port: own } = new URL(first.server);
  return { host: hostname, port: Number(own) };
}

export function note(...words) {
  const file = process.env.PILOT_TEST_TUNNELS;
  if (file) appendFileSync(file, `${words.join(" ")}\n`);
}

export function forward(localPort, host, port) {
  createServer({ allowHalfOpen: true }, (one) => {
    const other = connect({ ...addressOf(host, port), allowHalfOpen: true });
    for (const [from, to] of [
      [one, other],
      [other, one],
    ])
      from.pipe(to).on("error", () => from.destroy());
    one.on("close", () => other.destroy());
    other.on("close", () => one.destroy());
  }).listen(localPort, "127.0.0.1", () => {
    console.log(`listening on ${localPort}`);
  });
}

if (process.argv[1] === import.meta.filename) {
  const [localPort, host, port] = process.argv.slice(2);
  note("command", process.pid, host, port);
  forward(Number(localPort), host, Number(port));
}
