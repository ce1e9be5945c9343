import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Declarations, type Properties } from "./declarations.ts";

const require = createRequire(import.meta.url);

/** The declared arguments and outputs of a resource type, or of a function. */
export interface TypeSchema {
  readonly inputs: Properties;
  readonly outputs: Properties;
}

/** An installed Pulumi SDK: a stand-in is always the plugin that belongs to it. */
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
  const localFolder = env["PILOT_LOCAL_DIR"];
  const declarations = new Declarations(
    dirname(require.resolve(manifest)),
    localFolder === undefined ? undefined : join(localFolder, "declarations", `${name}-${version}`),
  );
  return {
    version,
    declarations,
    providerSchema: async () => {
      const inputs = await declarations.ofFile("provider.d.ts", "ProviderArgs");
      if (inputs === undefined) throw new Error(`the installed @pulumi/${name} declares no provider arguments; run \`npm ci\``);
      return inputs;
    },
  };
}
