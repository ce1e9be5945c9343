import { chmod, readdir, realpath, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../base/problem.ts";
import { fromCache } from "./cache.ts";
import type { ToolContext } from "./context.ts";
import { Downloads, Unreachable } from "./download.ts";
import { ask, findInstalled } from "./installed.ts";
import { goPlatform } from "./platform.ts";
import type { Detail } from "./progress.ts";
import { step } from "./progress.ts";
import { compareVersions } from "./versions.ts";
import { unzip } from "./zip.ts";

/** What the `go.mod` files of this repository require. */
export const neededGo = "1.26.6";
/** Since this version, Go downloads the toolchain that a module requires. */
const firstThatDownloads = "1.21.0";

/** A release of the Go team as the module golang.org/toolchain, by which Go itself updates. */
export interface GoRelease {
  readonly version: string;
  /** SHA-256 of its zip by platform. */
  readonly digests: Readonly<Record<string, string>>;
  /** Where the Go team publishes it. Module proxies serve the same bytes. */
  readonly official: string;
}

/** The Go that is fetched. Its digests are of 2026-11-30, when Go found the zips in the checksum database. */
const pinned: GoRelease = {
  version: "1.26.8",
  digests: {
    "darwin-amd64": "fe99a2009e5bb51e06d7784f1a486478673512041c2671157bd382806e2aedcf",
    "darwin-arm64": "0aad5fb52b88498885290178adc0bcfe429bc63012621af9f83282eb640bd9c7",
    "linux-amd64": "30c2b1bf7dcc88d3eb0a1364e47ddd9128edb3110a30e8a0ef61cd5856b31de7",
    "linux-arm64": "02b36b6787b3ac767668f630e2998df45a3b1f9ffee08d1bf3ef6487cd658d99",
  },
  official: "https://go.dev/dl/mod",
};

export interface Go {
  readonly file: string;
  /** What its commands need in their environment. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Whether an installed Go can build the tools: it is new enough, or downloads a newer one.
 * @param toolchain its setting GOTOOLCHAIN
 */
export function canBuild(version: string, toolchain: string): boolean {
  if (compareVersions(version, neededGo) >= 0) return true;
  return compareVersions(version, firstThatDownloads) >= 0 && /(^|\+)auto$/.test(toolchain);
}

/** The module proxies that a setting of GOPROXY names. Go asks the source for `direct`, which needs other programs. */
export function moduleProxies(setting: string | undefined): string[] {
  const names = (setting ?? "").split(/[,|]/).map((one) => one.trim());
  const allowed = names.includes("off") ? names.slice(0, names.indexOf("off")) : names;
  return allowed.filter((name) => /^https?:\/\//.test(name)).map((name) => name.replace(/\/+$/, ""));
}

/** The Go on `PATH` that can build the tools. */
export async function findGo(context: ToolContext): Promise<{ file: string; version: string } | undefined> {
  const found = await findInstalled(
    "go",
    (file) => ask(file, ["env", "GOVERSION", "GOTOOLCHAIN"], context.env),
    (answer) => canBuild(...told(answer)),
    context.env,
  );
  return found && { file: found.file, version: told(found.version)[0] };
}

function told(answer: string): [version: string, toolchain: string] {
  const [version = "", toolchain = ""] = answer.split("\n");
  return [version.trim().replace(/^go/, ""), toolchain.trim()];
}

/** The installed Go if it can build the tools, else one of the Go team, in the cache. */
export async function ensureGo(context: ToolContext, neededFor: string, release = pinned): Promise<Go> {
  const installed = await findGo(context);
  if (installed) return { file: installed.file, env: {} };
  const place = join(context.layout.cache, "go");
  const file = await fromCache(context, join(place, release.version, "go"), (folder) =>
    step(context.report, `Downloading Go ${release.version}`, async (detail) => {
      const reasons = await fetchGo(context, release, folder, detail);
      if (reasons) throw goIsMissing(neededFor, release, reasons);
    }),
  );
  const { GOCACHE, GOPATH, GOFLAGS = "" } = context.env;
  return {
    file: await realpath(file),
    env: {
      GOROOT: undefined,
      GOPATH: GOPATH ?? join(place, "path"),
      GOCACHE: GOCACHE ?? join(place, "build"),
      // Otherwise nobody can delete the cache without changing rights first.
      GOFLAGS: `${GOFLAGS} -modcacherw`.trim(),
    },
  };
}

/** Why it could not be fetched, if it could not. A zip that differs from the pinned one is refused at once. */
async function fetchGo(
  context: ToolContext,
  { version, digests, official }: GoRelease,
  folder: string,
  detail: Detail,
): Promise<string[] | undefined> {
  const { system, machine } = goPlatform();
  const digest = digests[`${system}-${machine}`];
  if (digest === undefined) return [`no digest is known for ${system} ${machine}`];
  const [module, release] = ["golang.org/toolchain", `v0.0.1-go${version}.${system}-${machine}`];
  const zip = join(folder, "go.zip");
  const reasons: string[] = [];
  for (const { place, downloads } of sources(context, official)) {
    try {
      await downloads.file(`${place}/${module}/@v/${release}.zip`, zip, { algorithm: "sha256", digest }, detail);
      detail("unpacking");
      await unpack(zip, `${module}@${release}/`, folder);
      return undefined;
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      // A proxy's address may contain a password.
      reasons.push(error.message.replace(/\/\/[^/@\s]*@/g, "//"));
    }
  }
  return reasons;
}

/** Each with a memory of its own: an unreachable one must not hide the next. */
function sources(context: ToolContext, official: string): { place: string; downloads: Downloads }[] {
  // A build needs the module proxy, too, so PILOT_OFFLINE does not exclude it.
  const online = { ...context.env, PILOT_OFFLINE: undefined };
  return [
    { place: official, downloads: context.downloads },
    ...moduleProxies(context.env["GOPROXY"]).map((place) => ({
      place,
      downloads: new Downloads(context.report, online, context.signal),
    })),
  ];
}

async function unpack(zip: string, prefix: string, folder: string): Promise<void> {
  const root = join(folder, "root");
  await unzip(zip, root, (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : undefined));
  await rm(zip);
  // Zip files of modules carry no rights, and no go.mod of another module: Go restores both, too.
  for (const part of ["src", "src/cmd"]) await rename(join(root, part, "_go.mod"), join(root, part, "go.mod"));
  for (const programs of ["bin", "pkg/tool"]) {
    const entries = await readdir(join(root, programs), { recursive: true, withFileTypes: true });
    for (const entry of entries) if (entry.isFile()) await chmod(join(entry.parentPath, entry.name), 0o755);
  }
  await symlink(join("root", "bin", "go"), join(folder, "go"));
}

function goIsMissing(neededFor: string, { version }: GoRelease, reasons: readonly string[]): Problem {
  return new Problem({
    what: `There is no Go to build ${neededFor} with`,
    why: `PATH has no Go ${neededGo} or newer, and Go ${version} could not be fetched: ${reasons.join("; ")}`,
    next:
      "let this machine reach one of these (HTTPS_PROXY and GOPROXY are respected), or install Go (a package of the " +
      "system, or its official installer), then run the same command again",
  });
}
