import type { Tree } from "./base/command.ts";

const store = "s3://acme-state";
const k1 = "k1";

/** Commands for clusters that plain kOps made, or gets back. */
export const existingStoreCommands = {
  assess: {
    about:
      "Write cluster files for an existing kOps store, and a report on its clusters\n" +
      "It needs rights to read the store alone, and writes nothing into it. Exits with 0 if nothing must be mended, " +
      "with 3 if something must, with 1 if a cluster cannot be read.",
    usage: "[s3://store] [--out FOLDER] [--json] [--drift]",
    examples: [store, `${store} --out assessed --drift`, `${store} --json`],
    options: {
      "out FOLDER": "where to write: assess.html, and clusters/ (default: assessed)",
      json: "print JSON",
      drift: "also compare AWS with the manifests, by kOps's dry run",
    },
    run: async (typed, shell) => (await import("./assess.ts")).assessStore(typed, shell),
  },
  leave: {
    about:
      "Take a cluster out of the program, so that plain kOps finds nothing to do\n" +
      "Without --yes it shows all steps, with the ones that it does not do itself. The cluster runs on.",
    usage: "[s3://store] cluster [--purge] [--yes]",
    examples: [k1, `${k1} --yes`, `${store} k1.sbx.example.com --purge --yes`],
    options: { yes: "do it", purge: "also remove the cluster's history and archive" },
    run: async (typed, shell) => (await import("./leave.ts")).leaveProgram(typed, shell),
  },
} as const satisfies Tree;
