import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { exportKubeconfig } from "../kops-cli/flags.ts";
import { serverIn } from "../kops-cli/output/index.ts";
import type { Kops } from "../kops-cli/kops.ts";
import type { TunnelChoice } from "./choice.ts";
import type { Remote } from "./commands.ts";

/** How long the credential lives that comes with the address, and is not used. */
const lifetime = "10m";

/**
 * Where kOps itself would connect to with an admin's certificate: the load balancer by its own name, which resolves
 * everywhere in AWS, at 8443 where 443 has a certificate of ACM, else the name of the API. Asked of kOps, so that it is
 * right whatever the cluster has.
 */
export async function remoteOf(choice: TunnelChoice, cluster: string, kops: Kops, folder: string): Promise<Remote> {
  const { host, port } = choice;
  if (host !== undefined && port !== undefined) return { host, port };
  const file = join(folder, "remote.kubeconfig");
  await kops.run({ args: exportKubeconfig(cluster, file, lifetime) });
  const server = new URL(serverIn(await readFile(file, "utf8")));
  return { host: host ?? server.hostname.replace(/^\[(.*)\]$/, "$1"), port: port ?? Number(server.port || "443") };
}
