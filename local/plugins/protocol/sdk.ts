import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { digestOfText } from "../../tools/digest.ts";
import { Declarations, type Properties } from "./declarations.ts";

const require = createRequire(import.meta.url);

/** The declared arguments and outputs of a resource type, or of a function. */
export interface TypeSchema {
  readonly inputs: Properties;
  readonly outputs: Properties;
}

/** An installed Pulumi SDK: each stand-in is the plugin of one. */
export interface Sdk {
  readonly version: string;
  readonly declarations: Declarations;
  /** Arguments of the package's Provider resource. */
  readonly providerSchema: () => Promise<Properties>;
}

/** The SDK `@pulumi/<name>` of this checkout. */
export function sdkOf(name: string, env: NodeJS.ProcessEnv = process.env): Sdk {
  const manifest = `@pulumi/${name}/package.json`;
  const { version } = require(manifest) as { version: string };
  // Shared by all checkouts of a user: one folder per version and per version of the reader.
  const cache = env["PILOT_CACHE_DIR"];
  const reader = digestOfText(readFileSync(join(import.meta.dirname, "declarations.ts"), "utf8"));
  const declarations = new Declarations(
    dirname(require.resolve(manifest)),
    cache === undefined ? undefined : join(cache, "declarations", `${name}-${version}-${reader}`),
  );
  return {
    version,
    declarations,
    providerSchema: async () => {
      const inputs = await declarations.ofFile("provider.d.ts", "ProviderArgs");
      if (inputs === undefined)
        throw new Error(`the installed @pulumi/${name} declares no provider arguments; run \`npm ci\``);
      return inputs;
    },
  };
}
