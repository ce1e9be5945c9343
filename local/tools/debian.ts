import { mkdir, readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { messageOf } from "../../providers/kops/model/errors.ts";
import { Problem } from "../base/problem.ts";
import type { ToolContext } from "./context.ts";
import type { Detail } from "./progress.ts";

/** Milliseconds for each command of apt and dpkg. */
const patience = 10 * 60_000;

/** Packages to unpack below `folder/root`, and what they are for. */
export interface DebianPackages {
  readonly what: string;
  readonly packages: readonly string[];
  readonly folder: string;
  /** What to do where they cannot be had. */
  readonly next: string;
}

/** The release and machine of this system: programs need the libraries of their own. */
export async function systemOf(): Promise<string> {
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  return `${/^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1] ?? process.platform}-${process.arch}`;
}

/**
 * Unpacks Debian's packages with what this machine lacks of their dependencies. Apt downloads them and checks them
 * against the signed lists, all in a folder of its own: so it needs no root, and lists that the machine has never
 * loaded.
 */
export async function unpackDebian(
  { env, signal }: ToolContext,
  { what, packages, folder, next }: DebianPackages,
  detail: Detail,
): Promise<void> {
  const apt = join(folder, "apt");
  const [state, cache, root] = [join(apt, "state"), join(apt, "cache"), join(folder, "root")];
  await mkdir(join(state, "lists", "partial"), { recursive: true });
  await mkdir(join(cache, "archives", "partial"), { recursive: true });
  await mkdir(root);
  const options = [
    ...[`Dir::State=${state}`, "Dir::State::status=/var/lib/dpkg/status", `Dir::Cache=${cache}`],
    ...["Debug::NoLocking=1", "APT::Sandbox::User="],
  ].flatMap((option) => ["-o", option]);
  const run = async (command: string, args: readonly string[]): Promise<void> => {
    try {
      await execa(command, args, {
        env,
        extendEnv: false,
        stdin: "ignore",
        timeout: patience,
        ...(signal && { cancelSignal: signal }),
      });
    } catch (error) {
      signal?.throwIfAborted();
      const why = messageOf(error);
      throw new Problem(
        { what: `There is no ${what}, and it could not be unpacked from Debian's packages`, why, next },
        error,
      );
    }
  };
  detail("reading the lists of packages");
  await run("apt-get", [...options, "update"]);
  detail("downloading");
  const install = ["-y", "--no-install-recommends", "--download-only", "--reinstall", "install"];
  await run("apt-get", [...options, ...install, ...packages]);
  for (const name of await readdir(join(cache, "archives"))) {
    if (!name.endsWith(".deb")) continue;
    detail(name);
    await run("dpkg-deb", ["-x", join(cache, "archives", name), root]);
  }
  await rm(apt, { recursive: true });
}

/** The beginning of a shell script beside `root`: a program that it starts finds the unpacked libraries. */
export const withLibraries = `#!/bin/sh
here=$(CDPATH= cd "$(dirname "$0")" && pwd)
libraries=$(find "$here/root/usr/lib" "$here/root/lib" -name '*.so*' 2>/dev/null | sed 's|/[^/]*$||' | sort -u | tr '\\n' ':')
export LD_LIBRARY_PATH="$libraries\${LD_LIBRARY_PATH:-}"`;
