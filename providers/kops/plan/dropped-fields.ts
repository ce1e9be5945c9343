import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { droppedFields } from "../kops-cli/output/index.ts";
import { ConfigError } from "../model/errors.ts";
import { specIn } from "../model/spec.ts";
import type { DesiredSpec } from "../model/spec.ts";
import { kopsKeysOf } from "../store/keys.ts";

/**
 * Stops when kOps, in a preview's copy of the store, kept less of a manifest than it was given. `kops replace` drops a
 * field it does not know without a word (only `kops edit` looks, HasExtraFields): a typing error would be an option
 * that is silently off.
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
    why: "it would leave out without a word what it does not know; nothing was written",
    next:
      "correct the name as in https://kops.sigs.k8s.io/cluster_spec/ or " +
      'https://kops.sigs.k8s.io/instance_groups/, or, where it is to be left out, set allow: ["unknownFields"]',
  });
}
