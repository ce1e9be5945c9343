// Plain JavaScript without dependencies: the first command in a fresh clone needs it before anything is installed.
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { withLock } from "./lock.mjs";
import { npm } from "./npm.mjs";

const version = "24.21.0";

async function install(file) {
  await mkdir(dirname(dirname(file)), { recursive: true });
  const draft = await mkdtemp(`${dirname(file)}.draft-`);
  try {
    const name = `node-${process.platform}-${process.arch}`;
    await npm(
      ["install", "--no-save", "--no-package-lock", "--prefix", draft, `${name}@${version}`],
      draft,
      `node ${version}`,
    );
    await mkdir(dirname(file), { recursive: true });
    await rename(join(draft, "node_modules", name, "bin", "node"), file);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** This node if it runs TypeScript, which it does from 22.18 on, else a newer one from npm. */
export async function nodeForTypeScript(cache) {
  if (process.features.typescript) return process.execPath;
  const file = join(cache, "node", version, "node");
  try {
    if (!existsSync(file)) {
      await withLock(
        `${dirname(file)}.lock`,
        async () => {
          if (!existsSync(file)) await install(file);
        },
        { onWait: (holder) => console.error(`Waiting for another install of node: ${holder}`) },
      );
    }
    return file;
  } catch (error) {
    throw Object.assign(
      new Error(
        `${error.message}\nNode ${process.versions.node} does not run TypeScript, and node ${version} could not be ` +
          "fetched from npm.",
        { cause: error },
      ),
      { next: "install node 22.18 or newer (24 is best)" },
    );
  }
}
