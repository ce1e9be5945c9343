/** The command tree of `pilot`: names, help and options. A command loads its module when it runs. */
import { ExplainedError } from "../providers/kops/model/errors.ts";
import { runTyped } from "./base/command.ts";
import type { Tree } from "./base/command.ts";
import { existingStoreCommands } from "./existing-store-commands.ts";
import { pullRequestCommands } from "./pr-commands.ts";

const store = "s3://acme-state";
const k1 = "k1";
const full = `${store} k1.sbx.example.com`;
const stack = { "stack STACK": "the stack" };
/** All commands. */
export const tree: Tree = {
  new: {
    about: "Write the file of a new cluster",
    usage: "NAME [--stack STACK] [--like FILE]",
    examples: ["k2", "k2 --stack sbx --like clusters/sbx/k1.yaml"],
    options: {
      "stack STACK": "the cluster's stack (default: the only one)",
      "like FILE": "copy this file, named from the project's folder",
    },
    run: async (typed, { project }) => (await import("./new.ts")).newClusterFile(typed, project),
  },
  check: {
    about: "Check that an account can take a stack, before its first `pulumi up`\nIt reads only.",
    usage: "--stack STACK [--json]",
    examples: ["--stack sbx", "--stack sbx --json"],
    options: { ...stack, json: "print JSON" },
    run: async (typed) => (await import("./check.ts")).check(typed),
  },
  policy: {
    about: "Print the IAM policies that a role needs for a stack, as JSON",
    usage: "ROLE --stack STACK [--account ID]",
    examples: ["owner --stack sbx", "preview --stack sbx --account 123456789012"],
    options: { ...stack, "account ID": "the account (default: that of these credentials)" },
    run: async (typed) => (await import("./policy.ts")).policy(typed),
  },
  refresh: {
    about: "Find newer images and patches of Kubernetes for the clusters of a stack\nWithout --write it shows them.",
    usage: "--stack STACK [--only image|kubernetes] [--releases URL] [--out FILE] [--write]",
    examples: ["--stack sbx", "--stack sbx --write", "--stack sbx --only image"],
    options: {
      ...stack,
      "only image|kubernetes": "look for these alone",
      "releases URL": "a mirror of https://dl.k8s.io/release",
      "out FILE": "also write what was found to a file",
      write: "write it into the files; comments stay",
    },
    run: async (typed, given) => (await import("./refresh.ts")).refreshVersions(typed, given),
  },
  status: {
    about:
      "Show how a cluster is, what works on it and what waits; without a cluster, one line for each\n" +
      "It reads only. Exits with 0 if all is ready, with 3 if not, with 1 if it cannot tell.",
    usage: "[s3://store] [cluster] [--watch] [--json] [--drift]",
    examples: ["", k1, `${k1} --watch`, `${k1} --drift`, `${full} --json`],
    options: {
      watch: "follow the operation until it ends: live on a terminal, else a line for each transition",
      json: "print JSON (docs/reference/status.md)",
      drift: "also compare AWS with the store's manifests, by kOps's dry run",
    },
    run: async (typed, shell) => (await import("./status.ts")).status(typed, shell),
  },
  history: {
    about:
      "List the operations on a cluster, newest first\n" +
      "Without a cluster, those on all clusters of the store, also deleted ones. It reads only.",
    usage: "[s3://store] [cluster] [--last N] [--json]",
    examples: [k1, store, `${k1} --last 100 --json`],
    options: { "last N": "how many (default: 20)", json: "print the whole records as JSON" },
    run: async (typed, shell) => (await import("./history.ts")).showHistory(typed, shell),
  },
  report: {
    about:
      "Write the report of an operation as one HTML page, without a network\n" +
      "OPERATION is an id that `pilot history` shows, or the name of a record (default: the newest). It reads only.",
    usage: "[s3://store] cluster [operation] [--out FILE]",
    examples: [k1, `${k1} 0a1b2c3d --out report.html`],
    options: { "out FILE": "the file to write (default: it has the names of cluster and record)" },
    run: async (typed, shell) => (await import("./report.ts")).writeReport(typed, shell),
  },
  plan: {
    about:
      "Show what `pulumi up` would do to clusters, by `pulumi preview`\n" +
      "Exits with 0 if no cluster changes, with 2 if one does, with 1 if the preview failed.",
    usage: "[cluster…] [--stack STACK] [--json]",
    examples: ["", k1, "--stack sbx", `${k1} k2 --json`],
    options: { "stack STACK": "the stack (default: the only one of the project)", json: "print JSON" },
    run: async (typed, given) => (await import("./plan.ts")).plan(typed, given),
  },
  roll: {
    about:
      "Roll nodes of a cluster that wait, without a change; with --force or --node also up-to-date ones\n" +
      "Without --yes it shows what would roll, and asks on a terminal. `pulumi up` continues a roll that was stopped.",
    usage: "[s3://store] cluster [--group GROUP,GROUP] [--force] [--node INSTANCE] [--outside-window] [--yes]",
    examples: [
      k1,
      `${k1} --group nodes --yes`,
      `${k1} --group nodes --force`,
      `${k1} --node i-0a1b2c3d4e5f60718 --yes`,
    ],
    options: {
      "group GROUPS": "roll these instance groups alone, separated by commas (default: all that the cluster rolls)",
      force: "also replace nodes that are up to date",
      "node INSTANCE": "replace the node of this instance alone",
      "outside-window": "roll although no maintenance window is open",
      yes: "roll without a question",
    },
    run: async (typed, shell) => (await import("./roll.ts")).rollNodes(typed, shell),
  },
  backup: {
    about:
      "Copy manifests, keys and secrets of a cluster to its archive in the store\n" +
      "It names the newest etcd backups, which etcd-manager makes. It prints no secret.",
    usage: "[s3://store] cluster [--out FOLDER] [--json]",
    examples: [k1, `${k1} --out k1-backup`],
    options: { "out FOLDER": "also write it to this new folder, with private keys", json: "print JSON" },
    run: async (typed, shell) => (await import("./backup.ts")).backup(typed, shell),
  },
  pause: {
    about: "Pause rolls of a cluster\nA roll under way stops after the current node or instance group.",
    usage: "[s3://store] cluster [reason]",
    examples: [k1, `${k1} "until the sale ends"`, `${k1} --stack sbx`, full],
    run: async (typed, shell) => (await import("./pause.ts")).pauseCluster(typed, shell),
  },
  resume: {
    about: "Allow rolls of a paused cluster again",
    usage: "[s3://store] cluster",
    examples: [k1],
    run: async (typed, shell) => (await import("./pause.ts")).resumeCluster(typed, shell),
  },
  unlock: {
    about:
      "Show who holds the lock of a cluster, and remove it\n" +
      "It asks on a terminal. A dead run's lock needs no unlock: the next run takes it over.",
    usage: "[s3://store] cluster [--yes] [--living PID]",
    examples: [k1, `${k1} --yes`],
    options: { yes: "remove it without a question", "living PID": "repeats the process of a holder that is alive" },
    run: async (typed, shell) => (await import("./unlock.ts")).unlock(typed, shell),
  },
  kubeconfig: {
    about: "Print the kubeconfig of a cluster\nIt has no credential: its users log in when they use it.",
    usage: "[s3://store] cluster [--break-glass]",
    examples: [`${k1} > k1.kubeconfig`, `${k1} --break-glass`],
    options: { "break-glass": "the login of administrators, with the key in the state store" },
    run: async (typed, shell) => (await import("./kubeconfig.ts")).printKubeconfig(typed, shell),
  },
  ...existingStoreCommands,
  "destroy-plan": {
    about: "Show what a destroy would delete, and what stays",
    alias: "delete-plan",
    usage: "[s3://store] cluster [--json]",
    examples: [k1, `${k1} --json`],
    options: { json: "print JSON" },
    run: async (typed, shell) => (await import("./destroy-plan.ts")).showDestroyPlan(typed, shell),
  },
  withdraw: {
    about: "Delete a cluster whose create or deletion did not end\nWithout --yes it shows what would be deleted.",
    usage: "[s3://store] cluster [--owner OWNER --yes] [--living CLUSTER] [--kops-version VERSION] [--json]",
    examples: [k1, `${k1} --owner organization/pilot/sbx --yes`],
    options: {
      yes: "delete it",
      "owner OWNER": "repeats the cluster's owner",
      "living CLUSTER": "repeats the name of a cluster that may run",
      "kops-version VERSION": "the version of kOps, if neither journal nor store has it",
      json: "print what would be deleted as JSON",
    },
    run: async (typed, shell) => (await import("./withdraw.ts")).withdraw(typed, shell),
  },
  forget: {
    about:
      "Remove the records of a cluster, whatever waits on it\n" +
      "`pilot leave` also checks that nothing waits. The cluster runs on.",
    usage: "[s3://store] cluster [--purge]",
    examples: [k1, `${k1} --purge`],
    options: { purge: "also remove the cluster's archive" },
    run: async (typed, shell) => (await import("./forget.ts")).forgetCluster(typed, shell),
  },
  archive: {
    about: "List the archives of deleted clusters",
    usage: "[s3://store] [--purge-expired] [--json]",
    examples: ["--stack sbx", `${store} --purge-expired`],
    options: { "purge-expired": "remove those that have expired", json: "print the list as JSON" },
    run: async (typed, shell) => (await import("./archive.ts")).archives(typed, shell),
  },
  restore: {
    about: "List snapshots and backups of a cluster, or write one back\nWithout --yes it shows the differences.",
    usage: "[s3://store] cluster [snapshot | latest | backup | folder/] [--yes] [--json]",
    examples: [k1, `${k1} latest`, `${k1} latest --yes`, `${k1} ./k1-backup`],
    options: {
      yes: "write the manifests back; the cloud follows with the next `pulumi up`",
      json: "print the list, or the differences, as JSON",
    },
    run: async (typed, shell) => (await import("./restore.ts")).restoreManifests(typed, shell),
  },
  "move-store": {
    about: "Copy all clusters of a state store to another one\nWithout --apply it shows what would be copied.",
    usage: "s3://OLD s3://NEW [--apply [--create] | --undo]",
    examples: [`${store} s3://acme-state-2`, `${store} s3://acme-state-2 --apply --create`],
    options: {
      apply: "copy, verify and note the move in the old store, which keeps every object",
      create: "make the new bucket first, with the settings of the old one",
      undo: "withdraw a move that no `pulumi up` has followed yet",
    },
    run: async (typed, shell) => (await import("./move-store.ts")).moveStore(typed, shell),
  },
  "restore-store": {
    about:
      "Bring objects of a state store back, from its earlier versions or its replica\n" +
      "Without --apply it shows what would be copied.",
    usage: "[s3://store] [--from s3://REPLICA] [--at TIME] [--overwrite] [--apply [--create [--key ARN]]]",
    examples: [`${store} --at 2026-11-30T13:00:00Z`, `${store} --from s3://acme-replica --apply --create`],
    options: {
      "from STORE": "the replica (default: the store itself)",
      "at TIME": "as it was then, with time zone (default: as it is now)",
      overwrite: "also replace objects that are there and differ",
      apply: "copy, keys first and journals last",
      create: "make the bucket first, in the region of this shell, private and versioned",
      "key ARN": "encrypt it with this KMS key",
    },
    run: async (typed, shell) => (await import("./restore-store.ts")).restoreStore(typed, shell),
  },
  completion: {
    about: "Print the completion script of a shell",
    usage: "bash | zsh | fish",
    examples: ["bash", "zsh", "fish"],
    run: async (typed) => (await import("./completion.ts")).completion(typed, tree),
  },
  pr: { about: "Preview pull requests and apply them, as the workflows do", commands: pullRequestCommands },
};

/** Runs a command of this process: prints its text, or why it failed. */
export async function main(argv: readonly string[]): Promise<void> {
  // The SDK's notice on old versions of node would stand in the command's output.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  try {
    const result = await runTyped(tree, argv);
    if (typeof result === "string") console.log(result);
    else process.exitCode = result;
  } catch (error) {
    if (!(error instanceof ExplainedError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
