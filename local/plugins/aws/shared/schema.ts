import { UnsupportedError } from "../../protocol/errors.ts";
import { sdkOf, type TypeSchema } from "../../protocol/sdk.ts";

export type { TypeSchema };

const sdk = sdkOf("aws");

export const sdkVersion = sdk.version;
export const declarations = sdk.declarations;
export const providerSchema = sdk.providerSchema;

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

function fileOf(token: string): { file: string; name: string } {
  const [, module, file, name] = /^aws:([\w.-]+)\/([\w.-]+):(\w+)$/.exec(token) ?? [];
  if (module === undefined || file === undefined || name === undefined) throw unknownToken(token);
  return { file: module === "index" ? `${file}.d.ts` : `${module}/${file}.d.ts`, name };
}

function unknownToken(token: string): UnsupportedError {
  return new UnsupportedError(`@pulumi/aws ${sdkVersion} declares no ${token}`);
}
