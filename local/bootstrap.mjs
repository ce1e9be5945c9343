// Entry point of the first command in a fresh clone. Plain JavaScript without dependencies: it installs them, then runs
// the command.
import { existsSync, lstatSync, readFileSync, unlinkSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { become } from "./bootstrap/become.mjs";
import { cacheFolder } from "./bootstrap/cache-folder.mjs";
import { withLock } from "./bootstrap/lock.mjs";
import { nodeForTypeScript } from "./bootstrap/node.mjs";
import { npm } from "./bootstrap/npm.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");

// npm writes its record of installed packages last: an interrupted install has none.
function isInstalled() {
  const record = join(modules, ".package-lock.json");
  if (!existsSync(record)) return false;
  const have = packagesIn(record);
  const want = packagesIn(join(root, "package-lock.json"));
  return (
    [...want].every(([path, { id, optional }]) => (have.has(path) ? have.get(path).id === id : optional)) &&
    [...have.keys()].every((path) => want.has(path))
  );
}

function packagesIn(lockfile) {
  const packages = Object.entries(JSON.parse(readFileSync(lockfile, "utf8")).packages ?? {}).filter(
    ([path]) => path !== "",
  );
  return new Map(
    packages.map(([path, { version, integrity, optional }]) => [path, { id: `${version} ${integrity}`, optional }]),
  );
}

// `npm ci` empties the folder first, even through a link: it would delete the packages of another checkout that uses
// them.
function dropLink() {
  if (lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink()) unlinkSync(modules);
}

function npmCi(env) {
  dropLink();
  return npm(["ci"], root, "the packages of package-lock.json", env);
}

async function install(env) {
  if (isInstalled()) return;
  await withLock(
    join(root, ".local", "install.lock"),
    async () => {
      if (!isInstalled()) await npmCi(env);
    },
    { onWait: (holder) => console.error(`Waiting for another install of the packages: ${holder}`) },
  );
}

const [command, ...args] = process.argv.slice(2);
try {
  const started = Date.now();
  const node = await nodeForTypeScript(cacheFolder(process.env));
  const found = node === process.execPath ? [] : [dirname(node)];
  // npm too runs with that node: some packages are not for an older one.
  await install({ ...process.env, PATH: [...found, process.env.PATH ?? ""].join(delimiter) });
  const binaries = join(modules, ".bin");
  const env = {
    ...process.env,
    PILOT_INSTALL_MS: String(Date.now() - started),
    // Without it, the AWS clients print a notice when the support of a node line ends.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    // Cache compiled code of packages between commands.
    NODE_COMPILE_CACHE:
      process.env.NODE_COMPILE_CACHE || join(process.env.PILOT_LOCAL_DIR || join(root, ".local"), "node-cache"),
    PATH: [...found, ...(command === "exec" ? [binaries] : []), process.env.PATH ?? ""].join(delimiter),
  };
  const typescript = ["--import", pathToFileURL(join(root, "typescript.mjs")).href];
  if (command === "exec") {
    const [tool = "", ...toolArgs] = args;
    if (tool.endsWith(".ts")) await become(node, [...typescript, tool, ...toolArgs], env);
    else await become(join(binaries, tool), toolArgs, env);
  } else {
    await become(node, [...typescript, join(root, "local", "main.ts"), ...(command ? [command] : []), ...args], env);
  }
} catch (error) {
  console.error(error.message);
  console.error(
    `Next: ${error.next ?? "fix what npm reports above (often the network or a proxy)"}, then run the same command again.`,
  );
  process.exit(1);
}
