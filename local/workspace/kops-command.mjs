// The `kops` command for people inside the local cloud:  node kops-command.mjs KOPS [ARG...]
//
// The API of a local cluster is on loopback, and its load balancer's name does not resolve. So commands that need the
// Kubernetes API get its address, as the provider does. If there is only one cluster, its name may be left out.
import { readFileSync } from "node:fs";
import { become } from "../bootstrap/become.mjs";

const talkToTheApi = new Set(["validate cluster", "rolling-update cluster", "get instances", "delete instance"]);

/** @returns {Record<string, { server: string }>} */
function clusters(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).clusters;
  } catch (error) {
    // No cluster exists yet.
    if (error.code === "ENOENT") return {};
    throw error;
  }
}

/**
 * The arguments with the API's address, if the command takes one and none is given. If the load balancer has a
 * certificate, kOps appends a port; it then comes after a `#`, where it has no effect.
 */
export function withApiServer(args, known) {
  const words = args.filter((arg) => !arg.startsWith("-"));
  if (!talkToTheApi.has(words.slice(0, 2).join(" ")) || args.some((arg) => arg.startsWith("--api-server"))) return args;
  const names = Object.keys(known);
  const given = names.find((name) => args.some((arg) => arg === name || arg === `--name=${name}`));
  const name = given ?? (names.length === 1 ? names[0] : undefined);
  if (name === undefined) return args;
  return [
    ...args,
    ...(given === undefined && !args.some((arg) => arg.startsWith("--name")) ? ["--name", name] : []),
    "--api-server",
    `${known[name].server}/#`,
  ];
}

if (process.argv[1] === import.meta.filename) {
  const [kops, ...args] = process.argv.slice(2);
  await become(kops, withApiServer(args, clusters(process.env.PILOT_ACCESS ?? "")), process.env);
}
