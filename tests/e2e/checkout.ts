import { createHash } from "node:crypto";
import { cp, mkdir, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { execa } from "execa";
import { cloudState, forgetCloud } from "../../local/cloud/index.ts";
import { Phases } from "../../local/commands/phases.ts";
import { prepare } from "../../local/commands/prepare.ts";
import { layoutOf } from "../../local/base/layout.ts";
import { isMissing, messageOf } from "../../providers/kops/model/errors.ts";
import { commandLines, ownedFolder } from "../local/owned.ts";
import { asRoleOf, checkNeeded } from "./needed-permissions.ts";

const root = join(import.meta.dirname, "..", "..");

/** What a command printed, and how long it took. */
export interface Ran {
  exitCode: number;
  output: string;
  seconds: number;
}

/** A copy of this checkout with its own local cloud. Tests edit its files as a user would. */
export interface Checkout {
  readonly folder: string;
  /** Runs one of the commands of package.json: `npm("run", "local", "--", "pulumi", "up")`. */
  npm(...args: string[]): Promise<Ran>;
  /**
   * Runs a command inside the local cloud, which it starts if necessary. Throws with the whole output if the command
   * fails.
   */
  local(...command: string[]): Promise<Ran>;
  /** The same; throws if the command succeeds. */
  localFails(...command: string[]): Promise<Ran>;
  /** Runs a command of package.json; calls `act` once, when its output first matches. */
  npmDuring(pattern: RegExp, act: (pid: number) => void | Promise<void>, ...args: string[]): Promise<Ran>;
  /** The same; kills the command and its process group at the match. */
  npmKilledAt(pattern: RegExp, ...args: string[]): Promise<Ran>;
  read(file: string): Promise<string>;
  write(file: string, text: string): Promise<void>;
  /** Replaces text in a file; throws if the text is missing. */
  edit(file: string, from: string, to: string): Promise<void>;
  /** Digest of every file under version control, by path. */
  tracked(): Promise<Record<string, string>>;
  /** Command lines of processes that belong to this checkout. */
  processes(): Promise<string[]>;
  /** Stops the local cloud and removes the copy. Keeps the logs in a folder of `PILOT_TEST_LOGS`, if that is set. */
  remove(): Promise<void>;
}

/** Files of this checkout that git tracks or would add. */
async function sourceFiles(): Promise<string[]> {
  const { stdout } = await execa("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
    cwd: root,
  });
  return stdout.split("\0").filter(Boolean);
}

/**
 * Makes the copy. Its local cloud ends with this process, even if that is killed.
 * @param byNpm run each command through npm as users do, which takes half a second longer
 */
export async function makeCheckout({ byNpm = false } = {}): Promise<Checkout> {
  const folder = await ownedFolder("pilot-e2e-");
  const files = await sourceFiles();
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await cp(join(root, file), join(folder, file)).catch((error: unknown) => {
      // Listed by git but deleted in the work tree.
      if (!isMissing(error)) throw error;
    });
  }
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));

  const start = (args: readonly string[]) =>
    execa("npm", ["--silent", ...args], { cwd: folder, all: true, reject: false, stdin: "ignore", detached: true });
  const finish = async (running: ReturnType<typeof start>, began: number): Promise<Ran> => {
    const result = await running;
    return { exitCode: result.exitCode ?? 1, output: result.all, seconds: (Date.now() - began) / 1000 };
  };
  const npm = (...args: string[]): Promise<Ran> => finish(start(args), Date.now());

  const npmDuring: Checkout["npmDuring"] = async (pattern, act, ...args) => {
    const began = Date.now();
    const running = start(args);
    const { pid } = running;
    if (pid === undefined) throw new Error(`npm ${args.join(" ")} could not be started`);
    let seen = "";
    let acted: Promise<void> | undefined;
    running.all.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
      if (!acted && pattern.test(seen)) acted = Promise.resolve().then(() => act(pid));
    });
    const ran = await finish(running, began);
    if (!acted) throw new Error(`the output never matched ${pattern.source}:\n${ran.output}`);
    await acted;
    return ran;
  };

  const layout = layoutOf(folder, { ...process.env, PILOT_LOCAL_DIR: undefined });
  /** The same as `npm run local -- COMMAND`, without starting npm and node. */
  const inRunningCloud = async (command: string, args: readonly string[]): Promise<Ran> => {
    const began = Date.now();
    const said: string[] = [];
    try {
      const { env } = await prepare(layout, (line) => said.push(`${line}\n`), new Phases());
      const { all, exitCode = 1 } = await execa(command, args, {
        cwd: folder,
        env: { ...env, ...asRoleOf([command, ...args]) },
        extendEnv: false,
        all: true,
        reject: false,
        stdin: "ignore",
      });
      return { exitCode, output: [...said, all].join(""), seconds: (Date.now() - began) / 1000 };
    } catch (error) {
      return { exitCode: 1, output: [...said, messageOf(error)].join(""), seconds: (Date.now() - began) / 1000 };
    }
  };
  const local = async (command: readonly string[]): Promise<Ran> => {
    const [name, ...args] = command;
    // The first command starts the cloud from the copy's own code.
    return name !== undefined && !byNpm && (await cloudState(layout))
      ? await inRunningCloud(name, args)
      : await npm("run", "local", "--", ...command);
  };

  return {
    folder,
    npm,
    async local(...command) {
      const ran = await local(command);
      if (ran.exitCode !== 0) throw new Error(`${command.join(" ")} ended with ${ran.exitCode}:\n${ran.output}`);
      return ran;
    },
    async localFails(...command) {
      const ran = await local(command);
      if (ran.exitCode === 0) throw new Error(`${command.join(" ")} did not fail:\n${ran.output}`);
      return ran;
    },
    npmDuring,
    npmKilledAt(pattern, ...args) {
      // Kills the whole process group, as when a machine dies: npm, node, pulumi and its children.
      return npmDuring(
        pattern,
        (pid) => {
          process.kill(-pid, "SIGKILL");
        },
        ...args,
      );
    },
    read: (file) => readFile(join(folder, file), "utf8"),
    async write(file, text) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), text);
    },
    async edit(file, from, to) {
      const text = await readFile(join(folder, file), "utf8");
      if (!text.includes(from)) throw new Error(`${file} does not contain ${from}`);
      await writeFile(join(folder, file), text.replace(from, to));
    },
    async tracked() {
      const digests: Record<string, string> = {};
      const walk = async (at: string): Promise<void> => {
        for (const entry of await readdir(join(folder, at), { withFileTypes: true })) {
          const path = at === "" ? entry.name : `${at}/${entry.name}`;
          if (path === "node_modules" || path === ".local" || entry.name === "__pycache__") continue;
          if (entry.isDirectory()) await walk(path);
          else
            digests[path] = createHash("sha256")
              .update(await readFile(join(folder, path)))
              .digest("hex");
        }
      };
      await walk("");
      return digests;
    },
    async processes() {
      return (await commandLines()).filter((line) => line.includes(folder));
    },
    async remove() {
      const kept = process.env["PILOT_TEST_LOGS"] ?? "";
      if (kept !== "")
        await cp(layout.logs, join(kept, basename(folder)), { recursive: true }).catch((error: unknown) => {
          // Its cloud never started.
          if (!isMissing(error)) throw error;
        });
      try {
        await checkNeeded(await cloudState(layout));
      } finally {
        await (byNpm ? npm("run", "local:reset") : forgetCloud(layout));
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** Makes a checkout and extends it; removes it if that fails. */
export async function makeCheckoutWith<T>(extend: (checkout: Checkout) => Promise<T>): Promise<T> {
  const checkout = await makeCheckout();
  try {
    return await extend(checkout);
  } catch (error) {
    await checkout.remove();
    throw error;
  }
}
