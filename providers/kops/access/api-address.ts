import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { exportKubeconfig } from "../kops-cli/flags.ts";
import { serverIn } from "../kops-cli/output/index.ts";
import type { Kops } from "../kops-cli/kops.ts";
import type { TunnelChoice } from "./choice.ts";
import type { ApiAddress } from "./commands.ts";

/** The kubeconfig has an admin certificate that nobody uses; it lasts so long. */
const lifetime = "10m";

/**
 * The address that kOps itself would use with an admin certificate: the load balancer's own name, which resolves
 * everywhere in AWS, at 8443 where 443 has a certificate of ACM; else the name of the API. kOps tells it, so it is
 * right for every cluster.
 */
export async function apiAddressOf(
  choice: TunnelChoice,
  cluster: string,
  kops: Kops,
  folder: string,
): Promise<ApiAddress> {
  const { host, port } = choice;
  if (host !== undefined && port !== undefined) return { host, port };
  const file = join(folder, "api-address.kubeconfig");
  await kops.run({ args: exportKubeconfig(cluster, file, lifetime) });
  const server = new URL(serverIn(await readFile(file, "utf8")));
  return { host: host ?? server.hostname.replace(/^\[(.*)\]$/, "$1"), port: port ?? Number(server.port || "443") };
}
