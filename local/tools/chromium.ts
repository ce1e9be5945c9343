import { chmod, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { messageOf } from "../../providers/kops/model/errors.ts";
import { Problem } from "../base/problem.ts";
import type { ToolContext } from "./context.ts";
import { isExecutable, onPath } from "./installed.ts";
import type { Detail } from "./progress.ts";
import { acquire } from "./recipe.ts";

/** Names under which a Chromium or Chrome is installed. */
const names = ["chromium", "chromium-browser", "chromium-headless-shell", "google-chrome", "google-chrome-stable"];
const onMac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/** Debian's packages: the browser without a window, and a font for a machine that has none. */
const packages = ["chromium-headless-shell", "fonts-dejavu-core"];

/** Milliseconds for each command of apt and dpkg. */
const patience = 10 * 60_000;

/**
 * The browser that tests look at reports with: PILOT_CHROMIUM, else an installed one, else Debian's packages, unpacked
 * in the cache. No root is needed.
 */
export async function ensureChromium(context: ToolContext): Promise<string> {
  const given = context.env["PILOT_CHROMIUM"];
  if (given) return given;
  return await acquire(context, {
    name: "Chromium",
    file: join(context.layout.cache, "chromium", `${await systemOf()}-${process.arch}`, "chromium"),
    installed: () => installedChromium(context.env),
    build: (folder, detail) => unpackPackages(context, folder, detail),
    building: "Unpacking Debian's packages of Chromium",
  });
}

async function installedChromium(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const name of names) {
    const [found] = await onPath(name, env);
    if (found !== undefined) return found;
  }
  return (await isExecutable(onMac)) ? onMac : undefined;
}

/** The release of this system: a browser needs the libraries of its own. */
async function systemOf(): Promise<string> {
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  return /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1] ?? process.platform;
}

/**
 * Apt finds what this machine lacks, downloads it and checks it against the signed lists, all in a folder of its own:
 * so it needs no root, and lists that the machine has never loaded.
 */
async function unpackPackages({ env, signal }: ToolContext, folder: string, detail: Detail): Promise<void> {
  const [state, cache, root] = [join(folder, "apt", "state"), join(folder, "apt", "cache"), join(folder, "root")];
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
      throw new Problem(
        {
          what: "There is no Chromium, and it could not be unpacked from Debian's packages",
          why: messageOf(error),
          next: "install Chromium or Chrome, or name one: PILOT_CHROMIUM=/path/to/chromium",
        },
        error,
      );
    }
  };
  detail("reading the lists of packages");
  await run("apt-get", [...options, "update"]);
  detail("downloading");
  await run("apt-get", [...options, "-y", "--no-install-recommends", "--download-only", "install", ...packages]);
  for (const name of await readdir(join(cache, "archives"))) {
    if (!name.endsWith(".deb")) continue;
    detail(name);
    await run("dpkg-deb", ["-x", join(cache, "archives", name), root]);
  }
  await run("rm", ["-r", join(folder, "apt")]);
  await writeFile(join(folder, "fonts.conf"), fonts);
  await writeFile(join(folder, "chromium"), launcher);
  await chmod(join(folder, "chromium"), 0o755);
}

/** The machine's own fonts, and the unpacked one. */
const fonts = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir prefix="relative">root/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

/** Starts the browser with the libraries beside it, wherever the folder is. */
const launcher = `#!/bin/sh
here=$(CDPATH= cd "$(dirname "$0")" && pwd)
libraries=$(find "$here/root/usr/lib" "$here/root/lib" -name '*.so*' 2>/dev/null | sed 's|/[^/]*$||' | sort -u | tr '\\n' ':')
LD_LIBRARY_PATH="$libraries\${LD_LIBRARY_PATH:-}" FONTCONFIG_FILE="$here/fonts.conf" \\
  exec "$here/root/usr/lib/chromium/chromium-headless-shell" "$@"
`;
