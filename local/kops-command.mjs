// The `kops` of a person inside the local cloud:  node kops-command.mjs KOPS [ARG...]
//
// The API of a local cluster is on loopback, and its load balancer's name resolves nowhere. So the commands that talk
// to the Kubernetes API are told the way, as the provider is; and while there is one cluster, it need not be named.
import { readFileSync } from "node:fs";
import { become } from "./base/become.mjs";

const talkToTheApi = new Set(["validate cluster", "rolling-update cluster", "get instances", "delete instance"]);

/** @returns {Record<string, { server: string }>} */
function clusters(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).clusters;
  } catch (error) {
    // No cluster has been made yet.
    if (error.code === "ENOENT") return {};
    throw error;
  }
}

/**
 * The arguments with the way to the API, where the command takes it and none is given. What kOps adds to it where the
 * load balancer has a certificate, a port of its own, is to stand behind a `#`, where it does nothing.
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
