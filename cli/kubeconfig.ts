import { authenticationOf } from "../components/cluster/spec/authentication.ts";
import { kubeconfig, loadBalancerOf } from "../components/cluster/spec/kubeconfig.ts";
import { ConfigError } from "../providers/kops/model/errors.ts";
import { readJournal } from "../providers/kops/store/journal.ts";
import { liveClusterSpec } from "../providers/kops/store/manifests.ts";
import type { Shell } from "./base/shell.ts";
import { existingTarget, shellOf } from "./cluster-command.ts";
import type { StoreTyped } from "./given-identity.ts";

/**
 * The kubeconfig of a cluster as its output has it: without a credential, its users log in by themselves. The journal
 * has all it takes; neither Pulumi nor a key of the store is needed.
 */
export async function printKubeconfig(typed: StoreTyped<never, "break-glass">, given: Partial<Shell>): Promise<string> {
  const { store, cluster, words } = await existingTarget(typed, shellOf(typed, given));
  if (words.length > 0) throw typed.refusal(`it takes one cluster, not ${words.join(" ")} too`);
  const journal = await readJournal(store, cluster);
  const { endpoint, certificateAuthority } = journal?.outputs ?? {};
  const kopsVersion = journal?.kops?.version ?? journal?.applied?.kopsVersion;
  if (typeof endpoint !== "string" || typeof certificateAuthority !== "string" || kopsVersion === undefined)
    throw new ConfigError({
      what: `The kubeconfig of ${cluster} is not known yet`,
      why: "its journal does not have the address and the certificate authority of the API: no operation has succeeded",
      next: `run \`pulumi up\`; until then \`kops export kubeconfig --name ${cluster} --state ${store.url} --admin\``,
    });
  const spec = journal?.applied?.spec?.cluster ?? (await liveClusterSpec(store, cluster)) ?? {};
  return kubeconfig({
    ...{ cluster, endpoint, certificateAuthority, kopsVersion, stateStore: store.url },
    authentication: typed.options["break-glass"] ? { kind: "kops" } : authenticationOf(cluster, spec),
    loadBalancer: loadBalancerOf(spec),
  }).trimEnd();
}
