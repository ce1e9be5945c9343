import { awsClient } from "../../aws/client.ts";
import { latestTemplate } from "../../aws/launch-templates.ts";
import { ConfigError } from "../../model/errors.ts";
import type { OperationContext } from "../../operation/context.ts";
import { keyPairOf } from "../../model/ssh-keys.ts";
import { readJournal } from "../../store/journal.ts";
import { liveGroupSpecs } from "../../store/manifests.ts";
import { desiredSshKeys, storedSshKeys } from "../../store/ssh-keys.ts";
import { cloudNamesOf } from "../../model/cloud-names.ts";
import type { CloudChange, CloudChanges } from "../../kops-cli/output/index.ts";

/*
 * A dry run reads the old SSH key: it uses the live store's `configBase`, where kOps keeps it. A preview may not write
 * the desired key there, and another place (`keyStore`) would change the boot configuration of every node. The effect
 * of a key is known without kOps: the key pair in EC2, which has the key's fingerprint in its name, and that name in
 * each launch template.
 */

/** The desired key pair as EC2 has it. */
export interface KeyPairFacts {
  /** Its name; undefined for a cluster without one. */
  pair: string | undefined;
  /** Whether EC2 has it. kOps keeps earlier ones until the cluster is deleted. */
  exists: boolean;
  /** Key pair names in the latest versions of existing launch templates, by name of the template. */
  templates: Readonly<Record<string, string | undefined>>;
}

/**
 * Puts this key pair's changes in place of those of the key that the dry run read. When the desired cluster has no key,
 * templates do not change: kOps does not compare a field that is not desired (BuildChanges in
 * upup/pkg/fi/changes.go), and drops it when it writes the template for another reason.
 */
export function withKeyPair<Changes extends Pick<CloudChanges, "create" | "modify">>(
  changes: Changes,
  { pair, exists, templates }: KeyPairFacts,
): Changes {
  const others = (list: readonly CloudChange[]): CloudChange[] => list.filter(({ kind }) => kind !== "SSHKey");
  const create = [
    ...others(changes.create),
    ...(pair === undefined || exists ? [] : [{ kind: "SSHKey", name: pair, fields: [] }]),
  ];
  const differs = (name: string): boolean => pair !== undefined && name in templates && templates[name] !== pair;
  const modify = others(changes.modify).flatMap((change) => {
    if (change.kind !== "LaunchTemplate") return [change];
    const fields = change.fields.filter((field) => field !== "SSHKey");
    if (differs(change.name)) return [{ ...change, fields: [...fields, "SSHKey"] }];
    return fields.length === 0 && change.fields.length > 0 ? [] : [{ ...change, fields }];
  });
  const named = new Set(modify.filter(({ kind }) => kind === "LaunchTemplate").map(({ name }) => name));
  const added = Object.keys(templates).filter((name) => differs(name) && !named.has(name));
  return {
    ...changes,
    create,
    modify: [...modify, ...added.map((name) => ({ kind: "LaunchTemplate", name, fields: ["SSHKey"] }))],
  };
}

/** Asks EC2 for a key pair and for the key names of these launch templates. */
async function readKeyPair(
  { inputs }: Pick<OperationContext, "inputs">,
  pair: string | undefined,
  templates: readonly string[],
): Promise<KeyPairFacts> {
  const { DescribeKeyPairsCommand, EC2Client } = await import("@aws-sdk/client-ec2");
  const keyNameIn = async (name: string): Promise<[string, string | undefined][]> => {
    const latest = await latestTemplate(inputs, name);
    return latest ? [[name, latest.KeyName]] : [];
  };
  const exists = async (): Promise<boolean> => {
    if (pair === undefined) return false;
    const { KeyPairs = [] } = await awsClient(EC2Client, inputs).send(
      new DescribeKeyPairsCommand({ Filters: [{ Name: "key-name", Values: [pair] }] }),
    );
    return KeyPairs.length > 0;
  };
  const [found, there] = await Promise.all([exists(), Promise.all(templates.map(keyNameIn))]);
  return { pair, exists: found, templates: Object.fromEntries(there.flat()) };
}

/** The SSH key in the store. Refuses two, as kOps does. */
export async function storedSshKey({
  store,
  inputs,
}: Pick<OperationContext, "store" | "inputs">): Promise<string | undefined> {
  const stored = await storedSshKeys(store, inputs.name);
  if (stored.length < 2) return stored[0];
  throw new ConfigError({
    what: `Cluster ${inputs.name} has ${stored.length} SSH keys in ${inputs.stateStore}: ${stored.join(", ")}`,
    why: "kOps supports only one on AWS",
    next:
      `remove them with \`kops delete sshpublickey ${inputs.name} --state ${inputs.stateStore}\`, and run ` +
      `\`pulumi up\` again: it writes the desired one`,
  });
}

/** The changes of a dry run that read the key `stored`, corrected for the desired key. `there`: groups in the store. */
export async function withDesiredSshKey<Changes extends Pick<CloudChanges, "create" | "modify">>(
  context: OperationContext,
  changes: Changes,
  stored: string | undefined,
  there: readonly string[],
): Promise<Changes> {
  const { inputs, store } = context;
  const written =
    inputs.sshPublicKeys?.length || stored === undefined ? [] : (await readJournal(store, inputs.name))?.sshKeys;
  const [desired] = desiredSshKeys(inputs, stored === undefined ? [] : [stored], written);
  const pair = keyPairOf(inputs, desired);
  if (pair === keyPairOf(inputs, stored)) return changes;
  const removed = await liveGroupSpecs(
    store,
    inputs.name,
    there.filter((group) => !(group in inputs.instanceGroups)),
  );
  const templates = cloudNamesOf(inputs.name, { ...removed, ...inputs.instanceGroups });
  return withKeyPair(changes, await readKeyPair(context, pair, templates));
}
