import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { droppedFields } from "../../kops-cli/output/index.ts";
import { ConfigError } from "../../model/errors.ts";
import { kopsKeysOf } from "../../store/keys.ts";
import { specIn } from "../../model/spec.ts";
import type { DesiredSpec } from "../../model/spec.ts";

/**
 * Refuses fields that kOps dropped when it stored the manifests in the copy of the store. `kops replace` drops unknown
 * fields silently (only `kops edit` checks them, HasExtraFields): a typing error would leave an option off.
 */
export async function refuseDropped(copy: string, spec: DesiredSpec): Promise<void> {
  const keys = kopsKeysOf(spec.name);
  const storedAt = async (key: string): Promise<unknown> => specIn(await readFile(join(copy, key), "utf8"));
  const dropped = [
    ...droppedFields(spec.cluster, await storedAt(keys.config), "cluster"),
    ...(
      await Promise.all(
        Object.entries(spec.instanceGroups).map(async ([name, group]) =>
          droppedFields(group, await storedAt(`${keys.instanceGroups}${name}`), `instanceGroups.${name}`),
        ),
      )
    ).flat(),
  ];
  if (dropped.length === 0) return;
  throw new ConfigError({
    what: `kOps ${spec.kopsVersion} does not know ${dropped.join(", ")}`,
    why: "kOps silently drops fields that it does not know; nothing was written",
    next:
      "correct the name as in https://kops.sigs.k8s.io/cluster_spec/ or " +
      'https://kops.sigs.k8s.io/instance_groups/, or set allow: ["unknownFields"] to leave it out',
  });
}
