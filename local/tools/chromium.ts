import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ToolContext } from "./context.ts";
import { systemOf, unpackDebian, withLibraries } from "./debian.ts";
import { isExecutable, onPath } from "./installed.ts";
import type { Detail } from "./progress.ts";
import { acquire } from "./recipe.ts";

/** Names under which a Chromium or Chrome is installed. */
const names = ["chromium", "chromium-browser", "chromium-headless-shell", "google-chrome", "google-chrome-stable"];
const onMac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/** Debian's packages: the browser without a window, and a font for a machine that has none. */
const packages = ["chromium-headless-shell", "fonts-dejavu-core"];

/**
 * The browser that tests look at reports with: PILOT_CHROMIUM, else an installed one, else Debian's packages, unpacked
 * in the cache. No root is needed.
 */
export async function ensureChromium(context: ToolContext): Promise<string> {
  const given = context.env["PILOT_CHROMIUM"];
  if (given) return given;
  return await acquire(context, {
    name: "Chromium",
    file: join(context.layout.cache, "chromium", await systemOf(), "chromium"),
    installed: () => installedChromium(context.env),
    build: (folder, detail) => unpackChromium(context, folder, detail),
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

async function unpackChromium(context: ToolContext, folder: string, detail: Detail): Promise<void> {
  await unpackDebian(context, { what: "Chromium", packages, folder, next }, detail);
  await writeFile(join(folder, "fonts.conf"), fonts);
  await writeFile(join(folder, "chromium"), launcher);
  await chmod(join(folder, "chromium"), 0o755);
}

const next = "install Chromium or Chrome, or name one: PILOT_CHROMIUM=/path/to/chromium";

/** The machine's own fonts, and the unpacked one. */
const fonts = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir prefix="relative">root/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

const launcher = `#!/bin/sh
${withLibraries}
FONTCONFIG_FILE="$here/fonts.conf" exec "$here/root/usr/lib/chromium/chromium-headless-shell" "$@"
`;
