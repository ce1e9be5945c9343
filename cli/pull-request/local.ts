/**
 * Previews a change on the local cloud, in a copy of the repository: the base is brought up there, then the change is
 * previewed over it. Needs no credentials, so it may run any code.
 */
import { existsSync, symlinkSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { repositoryAt } from "../../pull-requests/classify/git.ts";
import { project, readOptions, required, runCommand, stackNamed } from "./command.ts";

const usage = "npm run pr:local -- --stack STACK --base REF [--head REF] --out FILE";

async function npm(folder: string, ...args: string[]): Promise<number> {
  const { exitCode } = await execa("npm", ["run", "--silent", ...args], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
    reject: false,
  });
  return exitCode ?? 1;
}

/** Brings up what the base asks for, then previews what the change asks for. */
async function upThenPreview(folder: string, stack: string, head: string, out: string): Promise<number> {
  const local = (...words: string[]): Promise<number> => npm(folder, "local", "--", ...words);
  const made = await local("pulumi", "stack", "select", "--create", stack, "--non-interactive");
  if (made !== 0) return made;
  const up = await local("pulumi", "up", "--stack", stack, "--yes", "--skip-preview", "--non-interactive");
  if (up !== 0) {
    console.error(
      `The stack ${stack} of the base does not come up on the local cloud, so nothing can be previewed over it.`,
    );
    return up;
  }
  await repositoryAt(folder).git("checkout", "--quiet", "--detach", head);
  return await local("npm", "run", "--silent", "pr:preview", "--", "--stack", stack, "--out", out);
}

await runCommand(async (argv) => {
  const { options } = readOptions(argv, ["stack", "base", "head", "out"], usage);
  const stack = stackNamed(options.stack, usage);
  const out = resolve(required(options.out, "out", usage));
  const here = repositoryAt(project);
  const [base, head] = await Promise.all(
    [required(options.base, "base", usage), options.head ?? "HEAD"].map((ref) =>
      here.git("rev-parse", "--verify", `${ref}^{commit}`),
    ),
  );
  const parent = await mkdtemp(join(tmpdir(), "pilot-local-"));
  const folder = join(parent, "copy");
  try {
    await here.git("worktree", "add", "--quiet", "--detach", folder, base ?? "");
    // Where packages differ, the copy gets its own.
    if (existsSync(join(project, "node_modules")))
      symlinkSync(resolve(project, "node_modules"), join(folder, "node_modules"));
    return await upThenPreview(folder, stack, head ?? "", out);
  } finally {
    await npm(folder, "local:reset");
    await here.git("worktree", "remove", "--force", folder);
    await rm(parent, { recursive: true, force: true });
  }
});
