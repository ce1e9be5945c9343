import { groupsToRoll, refuseRoll, rollCluster } from "../providers/kops/converge/roll-command.ts";
import type { AskedRoll } from "../providers/kops/converge/roll-command.ts";
import { inputsOf } from "../providers/kops/delete/withdrawal.ts";
import { cloudNameOf } from "../providers/kops/model/cloud-names.ts";
import { ConfigError } from "../providers/kops/model/errors.ts";
import type { KopsClusterInputs } from "../providers/kops/model/inputs.ts";
import { roleOf } from "../providers/kops/model/instance-groups.ts";
import { shortened } from "../providers/kops/model/shortened.ts";
import { observeVersions, waitingNodes } from "../providers/kops/plan/facts/waiting-nodes.ts";
import type { GroupVersions } from "../providers/kops/plan/facts/waiting-nodes.ts";
import { readJournal } from "../providers/kops/store/journal.ts";
import type { Journal } from "../providers/kops/store/journal.ts";
import { forgetCommand } from "../providers/kops/store/lifecycle.ts";
import { manifestEtags } from "../providers/kops/store/manifests.ts";
import { readPause } from "../providers/kops/store/pause.ts";
import { ask } from "./base/ask.ts";
import type { Ask } from "./base/ask.ts";
import type { Shell } from "./base/shell.ts";
import { stopSignal } from "./base/stop-signal.ts";
import { existingTarget, shellOf } from "./cluster-command.ts";
import { identityOf, kopsVersionOf } from "./destroy-plan.ts";
import type { StoreTyped } from "./given-identity.ts";

type RollTyped = StoreTyped<"group" | "node", "force" | "outside-window" | "yes">;

/** Nodes that a roll would replace, by group in roll order. */
export type RollPreview = readonly { group: string; nodes: readonly string[] }[];

/** How many nodes of a group are named. */
const namesShown = 10;

/** What is asked for. */
export function askedOf({ options, refusal }: RollTyped): AskedRoll {
  const { group, node, force, "outside-window": outsideWindow } = options;
  const groups = group?.split(",").map((one) => one.trim());
  if (groups?.includes("")) throw refusal("--group takes names of instance groups, separated by commas");
  if (node !== undefined && (groups !== undefined || force === true))
    throw refusal("--node replaces one node: it goes with neither --group nor --force");
  return { groups, node, force, outsideWindow };
}

/** The same as typed, without --yes and the identity. */
function wordsOf({ groups, node, force, outsideWindow }: AskedRoll): string {
  return [
    ...(groups ? [`--group ${groups.join(",")}`] : []),
    ...(node === undefined ? [] : [`--node ${node}`]),
    ...(force === true ? ["--force"] : []),
    ...(outsideWindow === true ? ["--outside-window"] : []),
  ]
    .map((word) => ` ${word}`)
    .join("");
}

/** The group of a node that is to be replaced alone. kOps rolls all waiting nodes of a group, so no other may wait. */
export function groupOfNode(
  cluster: string,
  node: string,
  groups: KopsClusterInputs["instanceGroups"],
  versions: readonly GroupVersions[],
): string {
  const refuse = (why: string, next: string): never => {
    throw new ConfigError({ what: `Node ${node} of ${cluster} is not replaced (nothing was changed)`, why, next });
  };
  const instances = Object.keys(groups).map((group) => {
    const found = versions.find(({ name }) => name === cloudNameOf(group, groups[group] ?? {}, cluster));
    return { group, ids: [...(found?.instances ?? []).map(({ id }) => id), ...(found?.detached ?? [])] };
  });
  const group = instances.find(({ ids }) => ids.includes(node))?.group;
  if (group === undefined)
    return refuse(
      "none of its Auto Scaling groups has this instance",
      `name one of these: ${instances.map((one) => `${one.group} ${one.ids.join(", ")}`).join("; ")}`,
    );
  if (roleOf(groups[group] ?? {}) === "Bastion")
    refuse("a bastion is no node of Kubernetes", "terminate the instance: its group starts another");
  const others = (waitingNodes(versions, groups, cluster)[group] ?? []).filter((id) => id !== node);
  if (others.length > 0)
    refuse(
      `other nodes of instance group ${group} wait for a roll, and kOps would replace them too: ${others.join(", ")}`,
      `npx pilot roll ${cluster} --group ${group}`,
    );
  return group;
}

/** What would roll, by what AWS tells. */
export function previewOf(
  asked: AskedRoll,
  chosen: readonly string[],
  groups: KopsClusterInputs["instanceGroups"],
  { cluster, versions }: { cluster: string; versions: readonly GroupVersions[] },
): RollPreview {
  const waiting = waitingNodes(versions, groups, cluster);
  return chosen.map((group) => {
    const found = versions.find(({ name }) => name === cloudNameOf(group, groups[group] ?? {}, cluster));
    const all = [...(found?.instances ?? []).map(({ id }) => id), ...(found?.detached ?? [])];
    if (asked.node !== undefined) return { group, nodes: all.filter((id) => id === asked.node) };
    return { group, nodes: asked.force === true ? all : (waiting[group] ?? []) };
  });
}

function previewText(cluster: string, preview: RollPreview): string {
  const rolling = preview.filter(({ nodes }) => nodes.length > 0);
  const count = rolling.reduce((sum, { nodes }) => sum + nodes.length, 0);
  if (count === 0)
    return `No node of ${cluster} waits for a roll. Nodes that are only marked in Kubernetes are not looked at here.`;
  return [
    `${count} ${count === 1 ? "node" : "nodes"} of ${cluster} would be replaced, in this order:`,
    ...rolling.map(({ group, nodes }) => `  ${group}: ${nodes.length} (${shortened(nodes, namesShown).join(", ")})`),
  ].join("\n");
}

async function journalFor(store: Parameters<typeof readJournal>[0], cluster: string): Promise<Journal> {
  const journal = await readJournal(store, cluster);
  if (journal) return journal;
  throw new ConfigError({
    what: `Cluster ${cluster} is not rolled (nothing was changed)`,
    why: `it was made without this program, or released (\`${forgetCommand(store.url, cluster)}\`)`,
    next: `\`kops rolling-update cluster --name ${cluster} --state ${store.url} --yes\` rolls it`,
  });
}

/** Rolls a cluster that is at rest. Without `--yes` it shows what would roll, and asks on a terminal. */
export async function rollNodes(typed: RollTyped, given: Partial<Shell>, confirm: Ask = ask()): Promise<string> {
  const shell = shellOf(typed, { signal: given.signal ?? stopSignal(), ...given });
  const asked = askedOf(typed);
  const { store, cluster, words, given: as, repeated } = await existingTarget(typed, shell);
  if (words.length > 0) throw typed.refusal(`it takes one cluster, not ${words.join(" ")} too`);
  const journal = await journalFor(store, cluster);
  const [pause, etags] = await Promise.all([readPause(store, cluster), manifestEtags(store, cluster)]);
  refuseRoll(asked, { store: store.url, journal, pause, etags, now: shell.now });
  const kopsVersion = await kopsVersionOf(store, cluster, journal.kops?.version, "run `pulumi up` once");
  const spec = (journal.lastApplied ?? journal.applied?.spec)?.cluster ?? {};
  const identity = identityOf(cluster, spec, { given: as, recorded: journal.identity, env: shell.env });
  const inputs = inputsOf(journal, { store: store.url, identity, kopsVersion });
  const versions = await observeVersions(inputs);
  const { node } = asked;
  const group = node === undefined ? undefined : groupOfNode(cluster, node, inputs.instanceGroups, versions);
  const whole = group === undefined ? asked : { ...asked, groups: [group] };
  const preview = previewOf(whole, groupsToRoll(whole, journal), inputs.instanceGroups, { cluster, versions });
  const text = wordsOf(asked);
  if (typed.options.yes !== true) {
    const shown = previewText(cluster, preview);
    if (preview.every(({ nodes }) => nodes.length === 0))
      return [shown, "--force replaces nodes that are up to date."].join("\n");
    if (confirm === undefined)
      return [
        shown,
        "Nothing was changed.",
        `Next: npx pilot roll ${store.url} ${cluster}${text} --yes${repeated}`,
      ].join("\n");
    console.error(shown);
    if (!(await confirm("Replace them?", "yes"))) return "Nothing was changed.";
  }
  const waiting = await rollCluster(inputs, whole, { journal, words: `pilot roll${text}`, signal: shell.signal });
  return [
    waiting.length === 0 ? `Cluster ${cluster} is rolled.` : `The roll of ${cluster} has ended; ${waiting.join("; ")}.`,
    `Next: npx pilot report ${store.url} ${cluster}${repeated} shows the nodes and their times.`,
  ].join("\n");
}
