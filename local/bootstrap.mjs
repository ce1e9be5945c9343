// The first command in a fresh clone: plain JavaScript without dependencies, which installs them and hands over.
import { spawn } from "node:child_process";
import { existsSync, lstatSync, readFileSync, unlinkSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { clearInterval, setInterval } from "node:timers";
import { fileURLToPath, pathToFileURL } from "node:url";
import { become } from "./become.mjs";
import { withLock } from "./lock.mjs";

const oldestNode = [20, 19];
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  console.error(
    `Node ${process.versions.node} is too old: this project needs ${oldestNode.join(".")} or newer. ` +
      "Next: install a current LTS line of Node.js, then run the same command again.",
  );
  process.exit(1);
}

const elapsed = (since) => `${Math.round((Date.now() - since) / 1000)}s`;

// npm writes its record of what is installed last of all: an interrupted install has none.
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
  const packages = Object.entries(JSON.parse(readFileSync(lockfile, "utf8")).packages ?? {}).filter(([path]) => path !== "");
  return new Map(packages.map(([path, { version, integrity, optional }]) => [path, { id: `${version} ${integrity}`, optional }]));
}

// `npm ci` empties the folder first, also through a link: packages of another checkout, in use there, would be gone.
function dropLink() {
  if (lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink()) unlinkSync(modules);
}

function npmCi() {
  const started = Date.now();
  dropLink();
  console.error("Installing the packages of package-lock.json with `npm ci` ...");
  const heartbeat = setInterval(() => console.error(`  still installing packages (${elapsed(started)})`), 15_000);
  return new Promise((resolve, reject) => {
    // Install scripts are left out: those of the Pulumi packages only try to download plugins.
    const npm = spawn(process.platform === "win32" ? "npm.cmd" : "npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      // npm would otherwise take a `--production` or a dry run of the command that called us for its own.
      env: Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^npm_(config_(dry_run|omit|production|workspace)|package_|lifecycle_)/i.test(key))),
    });
    const output = [];
    npm.stdout.on("data", (chunk) => output.push(chunk));
    npm.stderr.on("data", (chunk) => output.push(chunk));
    npm.on("error", reject);
    npm.on("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${Buffer.concat(output).toString().trim()}\n\`npm ci\` ended with ${signal ?? `exit code ${code}`}`));
    });
  }).then(() => {
    console.error(`Installed the packages (${elapsed(started)})`);
  }).finally(() => {
    clearInterval(heartbeat);
  });
}

async function install() {
  if (isInstalled()) return;
  await withLock(
    join(root, ".local", "install.lock"),
    async () => {
      if (!isInstalled()) await npmCi();
    },
    { onWait: (holder) => console.error(`Waiting for another install of the packages: ${holder}`) },
  );
}

checkNode();
const [command, ...args] = process.argv.slice(2);
try {
  const started = Date.now();
  await install();
  const env = {
    ...process.env,
    PILOT_INSTALL_MS: String(Date.now() - started),
    // The AWS clients would announce the end of their support for this line of node in the midst of everything else.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  };
  if (command === "exec") {
    const [tool = "", ...toolArgs] = args;
    const binaries = join(modules, ".bin");
    await become(join(binaries, tool), toolArgs, { ...env, PATH: `${binaries}${delimiter}${env.PATH ?? ""}` });
  } else {
    const tsx = import.meta.resolve("tsx", pathToFileURL(join(root, "package.json")));
    await become(process.execPath, ["--import", tsx, join(root, "local", "main.ts"), ...(command ? [command] : []), ...args], env);
  }
} catch (error) {
  console.error(error.message);
  console.error("Next: mend what npm says above (often the network or a proxy), then run the same command again.");
  process.exit(1);
}
