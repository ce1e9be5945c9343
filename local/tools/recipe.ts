import { Unreachable } from "./download.ts";
import { fromCache } from "./cache.ts";
import type { ToolContext } from "./context.ts";
import type { Detail } from "./progress.ts";
import { step } from "./progress.ts";

/** The sources of one tool. */
export interface Recipe {
  /** Its name for people, with the version. */
  readonly name: string;
  /** Its executable in the cache. */
  readonly file: string;
  /** Finds a suitable executable on this machine. */
  readonly installed?: () => Promise<string | undefined>;
  /** Looks up the official release with its published digest. The result downloads the tool into a folder. */
  readonly release?: () => Promise<Fill>;
  /** Builds the tool into a folder. */
  readonly build: Fill;
  /** What the build does, for people, if it is not one from source. */
  readonly building?: string;
}

export type Fill = (folder: string, detail: Detail) => Promise<void>;

/** The path of a tool: installed and suitable, else cached, else the official release, else built. */
export async function acquire(context: ToolContext, recipe: Recipe): Promise<string> {
  const installed = await recipe.installed?.();
  if (installed !== undefined) return installed;
  return fromCache(context, recipe.file, async (folder) => {
    const fetchRelease = await lookUp(context, recipe);
    if (fetchRelease) {
      try {
        await step(context.report, `Downloading ${recipe.name}`, (detail) => fetchRelease(folder, detail));
        return;
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
        context.report(`${error.message}: building ${recipe.name} instead`);
      }
    }
    const building = recipe.building ?? `Building ${recipe.name} from source`;
    await step(context.report, building, (detail) => recipe.build(folder, detail));
  });
}

async function lookUp(context: ToolContext, recipe: Recipe): Promise<Fill | undefined> {
  try {
    return await recipe.release?.();
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    context.downloads.explain(error);
    return undefined;
  }
}
