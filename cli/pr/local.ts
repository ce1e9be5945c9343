import { existsSync, symlinkSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { repositoryAt } from "../../pull-requests/classify/git.ts";
import { environmentIn } from "../../pull-requests/classify/stack-file.ts";
import type { Typed } from "../base/command.ts";
import { baseOf, project, required, stackOf } from "./values.ts";

async function npm(folder: string, ...args: string[]): Promise<number> {
  const { exitCode } = await execa("npm", ["run", "--silent", ...args], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
    reject: false,
  });
  return exitCode ?? 1;
}

/** The stack that a stack of this checkout takes its environment from. */
async function environmentStack(folder: string, stack: string): Promise<string | undefined> {
  const file = join(folder, `Pulumi.${stack}.yaml`);
  return existsSync(file) ? environmentIn(await readFile(file, "utf8")) : undefined;
}

/**
 * Brings up the base, then previews the change. A stack with the environment of another needs that one first; it is
 * brought up with the change, too, so that the preview shows what the change brings.
 */
async function upThenPreview(folder: string, stack: string, head: string, out: string): Promise<number> {
  const inCloud = (...words: string[]): Promise<number> => npm(folder, "local", "--", ...words);
  const up = async (name: string, of: string): Promise<number> => {
    const made = await inCloud("pulumi", "stack", "select", "--create", name, "--non-interactive");
    if (made !== 0) return made;
    const code = await inCloud("pulumi", "up", "--stack", name, "--yes", "--skip-preview", "--non-interactive");
    if (code !== 0)
      console.error(
        `The stack ${name} of the ${of} does not come up on the local cloud, so nothing can be previewed over it.`,
      );
    return code;
  };
  for (const name of [await environmentStack(folder, stack), stack]) {
    const code = name === undefined ? 0 : await up(name, "base");
    if (code !== 0) return code;
  }
  await repositoryAt(folder).git("checkout", "--quiet", "--detach", head);
  const environment = await environmentStack(folder, stack);
  const code = environment === undefined ? 0 : await up(environment, "change");
  return code !== 0 ? code : await inCloud("node", "cli/pilot.mjs", "pr", "preview", "--stack", stack, "--out", out);
}

/**
 * Previews a change on the local cloud, in a copy of the repository: brings up the base there, then previews the change
 * over it. It needs no credentials, so it may run any code.
 */
export async function local(typed: Typed<"stack" | "base" | "head" | "out">): Promise<number> {
  const stack = stackOf(typed);
  const out = resolve(required(typed, "out"));
  const here = repositoryAt(project);
  const [base, head] = await Promise.all(
    [baseOf(typed), typed.options.head ?? "HEAD"].map((ref) => here.git("rev-parse", "--verify", `${ref}^{commit}`)),
  );
  const parent = await mkdtemp(join(tmpdir(), "pilot-local-"));
  const folder = join(parent, "copy");
  try {
    await here.git("worktree", "add", "--quiet", "--detach", folder, base ?? "");
    // The copy installs its own packages if they differ.
    if (existsSync(join(project, "node_modules")))
      symlinkSync(resolve(project, "node_modules"), join(folder, "node_modules"));
    return await upThenPreview(folder, stack, head ?? "", out);
  } finally {
    await npm(folder, "local:reset");
    await here.git("worktree", "remove", "--force", folder);
    await rm(parent, { recursive: true, force: true });
  }
}
