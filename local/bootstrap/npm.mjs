// Plain JavaScript without dependencies: the first command in a fresh clone needs it before anything is installed.
import { spawn } from "node:child_process";
import { clearInterval, setInterval } from "node:timers";

const seconds = (since) => `${Math.round((Date.now() - since) / 1000)}s`;

export function npm(args, cwd, what, env = process.env) {
  const started = Date.now();
  console.error(`Installing ${what} with npm ...`);
  const heartbeat = setInterval(() => console.error(`  still installing ${what} (${seconds(started)})`), 10_000);
  return new Promise((resolve, reject) => {
    // No install scripts: those of the Pulumi packages only try to download plugins.
    const child = spawn(
      process.platform === "win32" ? "npm.cmd" : "npm",
      [...args, "--ignore-scripts", "--no-audit", "--no-fund"],
      {
        cwd,
        stdio: ["ignore", "pipe", "pipe"],
        // Without it, npm takes `--production` or `--dry-run` of the calling command for its own.
        env: Object.fromEntries(
          Object.entries(env).filter(
            ([key]) => !/^npm_(config_(dry_run|omit|production|workspace)|package_|lifecycle_)/i.test(key),
          ),
        ),
      },
    );
    const output = [];
    child.stdout.on("data", (chunk) => output.push(chunk));
    child.stderr.on("data", (chunk) => output.push(chunk));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(
            `${Buffer.concat(output).toString().trim()}\n\`npm ${args[0]}\` ended with ` +
              `${signal ?? `exit code ${code}`}`,
          ),
        );
    });
  })
    .then(() => {
      console.error(`Installed ${what} (${seconds(started)})`);
    })
    .finally(() => {
      clearInterval(heartbeat);
    });
}
