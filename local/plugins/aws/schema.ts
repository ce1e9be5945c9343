import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Declarations, type Properties } from "../protocol/declarations.ts";
import { UnsupportedError } from "../protocol/errors.ts";

const require = createRequire(import.meta.url);
const PACKAGE = "@pulumi/aws/package.json";

/** The installed SDK's version: the plugin is always the one that belongs to it. */
export const sdkVersion = (require(PACKAGE) as { version: string }).version;

const localFolder = process.env["PILOT_LOCAL_DIR"];

export const declarations = new Declarations(
  dirname(require.resolve(PACKAGE)),
  localFolder === undefined ? undefined : join(localFolder, "declarations", `aws-${sdkVersion}`),
);

export interface TypeSchema {
  readonly inputs: Properties;
  readonly outputs: Properties;
}

/** The declared arguments and outputs of a resource type such as `aws:ec2/vpc:Vpc`. */
export async function schemaOf(token: string): Promise<TypeSchema> {
  const { file, name } = fileOf(token);
  const inputs = await declarations.ofFile(file, `${name}Args`);
  const outputs = await declarations.ofFile(file, name);
  if (inputs === undefined || outputs === undefined) throw unknownToken(token);
  return { inputs, outputs };
}

/** The declared arguments of a function such as `aws:ec2/getVpc:getVpc`; one without arguments has none. */
export async function functionSchemaOf(token: string): Promise<TypeSchema> {
  const { file, name } = fileOf(token);
  const type = name.charAt(0).toUpperCase() + name.slice(1);
  const outputs = await declarations.ofFile(file, `${type}Result`);
  if (outputs === undefined) throw unknownToken(token);
  return { inputs: (await declarations.ofFile(file, `${type}Args`)) ?? new Map(), outputs };
}

export async function providerSchema(): Promise<Properties> {
  const inputs = await declarations.ofFile("provider.d.ts", "ProviderArgs");
  if (inputs === undefined) throw new Error("the installed @pulumi/aws declares no provider arguments; run `npm ci`");
  return inputs;
}

function fileOf(token: string): { file: string; name: string } {
  const [, module, file, name] = /^aws:([\w.-]+)\/([\w.-]+):(\w+)$/.exec(token) ?? [];
  if (module === undefined || file === undefined || name === undefined) throw unknownToken(token);
  return { file: module === "index" ? `${file}.d.ts` : `${module}/${file}.d.ts`, name };
}

function unknownToken(token: string): UnsupportedError {
  return new UnsupportedError(`@pulumi/aws ${sdkVersion} declares no ${token}`);
}
